//! What of the log is asked for.

use super::entry::{Entry, Level};
use crate::error::{ApiError, InvalidPart};
use crate::query::Params;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::Serialize;
use utoipa::ToSchema;

/// Which entries are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// That level and higher ones.
    pub(crate) level: Option<Level>,
    pub(crate) errors_only: bool,
    pub(crate) newer_than_id: Option<u64>,
    pub(crate) older_than_id: Option<u64>,
    pub(crate) since: Option<Timestamp>,
    pub(crate) operation_id: Option<String>,
}

/// Which part of those entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogQuery {
    pub(crate) filter: Filter,
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

/// The filters as they were understood.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActiveFilters {
    level: Option<Level>,
    errors_only: bool,
    newer_than_id: Option<u64>,
    older_than_id: Option<u64>,
    #[schema(example = "2026-01-31T12:00:00Z")]
    since: Option<String>,
    operation_id: Option<String>,
}

impl Filter {
    pub(crate) fn parse(params: &Params) -> Result<Self, ApiError> {
        let id = |name| Ok::<_, ApiError>(params.number(name, 0, i64::MAX)?.map(i64::unsigned_abs));
        Ok(Self {
            level: params.choice("level", &Level::NAMES, Level::parse)?,
            errors_only: params.flag("errors_only")?.unwrap_or(false),
            newer_than_id: id("newer_than_id")?,
            older_than_id: id("older_than_id")?,
            since: params.text("since").map(since).transpose()?,
            operation_id: params.text("operation_id").map(str::to_owned),
        })
    }

    pub(crate) fn matches(&self, entry: &Entry) -> bool {
        self.level.is_none_or(|level| entry.level >= level)
            && (!self.errors_only || entry.level >= Level::Error)
            && self.newer_than_id.is_none_or(|id| entry.id > id)
            && self.older_than_id.is_none_or(|id| entry.id < id)
            && self.since.is_none_or(|since| entry.timestamp >= since)
            && self.operation_id.as_ref().is_none_or(|id| entry.about.operation_id.as_ref() == Some(id))
    }

    pub(crate) fn active(&self) -> ActiveFilters {
        ActiveFilters {
            level: self.level,
            errors_only: self.errors_only,
            newer_than_id: self.newer_than_id,
            older_than_id: self.older_than_id,
            since: self.since.map(|since| since.to_string()),
            operation_id: self.operation_id.clone(),
        }
    }
}

impl LogQuery {
    pub(crate) fn parse(params: &Params) -> Result<Self, ApiError> {
        let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Self {
            filter: Filter::parse(params)?,
            limit: count(params.number("limit", 1, 5000)?.unwrap_or(200)),
            offset: count(params.number("offset", 0, i64::MAX)?.unwrap_or(0)),
        })
    }
}

/// A point in time in ISO 8601; without an offset it is in UTC.
fn since(text: &str) -> Result<Timestamp, ApiError> {
    // The `+` of an offset that nobody encoded arrives as a space.
    let text = match text.split_once('T') {
        Some((date, time)) => format!("{date}T{}", time.replace(' ', "+")),
        None => text.to_owned(),
    };
    let utc = |text: &str| Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    text.parse::<Timestamp>().ok().or_else(|| utc(&text)).ok_or_else(|| {
        let msg = "Input should be a valid datetime, like 2026-01-31T12:00:00Z";
        ApiError::Invalid(vec![InvalidPart::new("datetime_parsing", "query", "since", msg)])
    })
}

#[cfg(test)]
mod tests {
    use super::super::entry::{About, Expandable};
    use super::*;

    fn entry(level: Level, run: &str) -> Entry {
        Entry {
            id: 5,
            timestamp: "2026-01-31T12:00:00Z".parse().unwrap(),
            level,
            module: String::new(),
            message: String::new(),
            about: About { operation_id: Some(run.to_owned()), ..About::default() },
            expandable: Expandable::default(),
        }
    }

    fn matches(name: &str, value: &str, entry: &Entry) -> bool {
        Filter::parse(&Params::from([(name, value)])).unwrap().matches(entry)
    }

    #[test]
    fn every_filter_counts() {
        let warning = entry(Level::Warning, "r-1");
        for (name, value, expected) in [
            ("level", "debug", true),
            ("level", "WARNING", true),
            ("level", "ERROR", false),
            ("errors_only", "true", false),
            ("errors_only", "false", true),
            ("newer_than_id", "4", true),
            ("newer_than_id", "5", false),
            ("older_than_id", "6", true),
            ("older_than_id", "5", false),
            ("operation_id", "r-1", true),
            ("operation_id", "r-2", false),
            ("since", "2026-01-31T12:00:00", true),
            ("since", "2026-01-31T13:00:00+01:00", true),
            ("since", "2026-01-31T13:00:00 01:00", true),
            ("since", "2026-01-31 12:00:01", false),
            ("since", "2026-02-01", false),
            ("since", "2026-01-31T12:00:00.001Z", false),
        ] {
            assert_eq!(matches(name, value, &warning), expected, "{name}={value}");
        }
        assert!(matches("errors_only", "1", &entry(Level::Error, "")));
        assert!(matches("errors_only", "1", &entry(Level::Critical, "")));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (name, value) in [
            ("level", "LOUD"),
            ("errors_only", "perhaps"),
            ("newer_than_id", "x"),
            ("older_than_id", "-1"),
            ("since", "yesterday"),
            ("limit", "0"),
            ("limit", "5001"),
            ("offset", "-1"),
        ] {
            let Err(ApiError::Invalid(parts)) = LogQuery::parse(&Params::from([(name, value)])) else {
                panic!("{name}={value} is accepted");
            };
            assert_eq!(parts[0].loc, ["query", name]);
        }
    }

    #[test]
    fn two_hundred_are_answered_unless_asked_otherwise() {
        let query = |params: Params| LogQuery::parse(&params).unwrap();
        let defaults = query(Params::from([]));
        assert_eq!((defaults.limit, defaults.offset), (200, 0));
        let given = query(Params::from([("limit", "5000"), ("offset", "7")]));
        assert_eq!((given.limit, given.offset), (5000, 7));
    }
}
