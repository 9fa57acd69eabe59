//! Points in time as NetBox takes and gives them.

use jiff::Timestamp;

/// RFC 3339 text in UTC, to the second; none when the text is no point in time.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let time: Timestamp = text.trim().parse().ok()?;
    from_seconds(time.as_second())
}

/// The text of a number of seconds since the Unix epoch.
pub(crate) fn from_seconds(seconds: i64) -> Option<String> {
    Some(Timestamp::from_second(seconds).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_has_one_text() {
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T23:13:20+01:00",
            "2023-11-14T22:13:20.123456Z",
            "2023-11-14 22:13:20Z",
        ] {
            assert_eq!(canonical(text).as_deref(), Some("2023-11-14T22:13:20Z"), "{text}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_none() {
        for text in ["2023-11-14T22:13:20", "yesterday", ""] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
