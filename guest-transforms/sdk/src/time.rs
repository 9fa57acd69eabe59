//! Points in time as NetBox takes them.

/// 9999-12-31T23:59:59Z, the last second that a year of four digits can write.
const LAST: u64 = 253_402_300_799;

/// Seconds since the Unix epoch as RFC 3339 text in UTC: `2026-01-02T03:04:05Z`. What is later than the year 9999 is
/// its last second.
///
/// ```
/// # use proxbox_transform_sdk::time;
/// assert_eq!(time(1_767_323_045), "2026-01-02T03:04:05Z");
/// ```
pub fn time(timestamp: u64) -> String {
    let seconds = timestamp.min(LAST);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a day since the epoch. Years begin in March here, so that a leap day is a year's last day.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_TO_EPOCH: u64 = 719_468;
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days + DAYS_TO_EPOCH;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (400 * era + year + u64::from(month <= 2), month, day)
}
