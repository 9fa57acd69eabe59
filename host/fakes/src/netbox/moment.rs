//! Dates with times: what NetBox takes for one, and how it shows it.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

/// Reads a date with a time; without an offset it is in NetBox's own time zone, UTC, and without a time it is the
/// first moment of its day.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let day = || text.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0));
    TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok().or_else(day)?).ok()
}

/// As the API shows it: microseconds only where there are any.
pub(crate) fn shown(moment: Timestamp) -> String {
    let moment = moment.round(Unit::Microsecond).unwrap_or(moment);
    let text = moment.to_string();
    let Some((seconds, fraction)) = text.trim_end_matches('Z').split_once('.') else { return text };
    format!("{seconds}.{fraction:0<6}Z")
}

/// As Python prints it.
pub(crate) fn printed(shown: &str) -> String {
    shown.replacen('T', " ", 1).replace('Z', "+00:00")
}
