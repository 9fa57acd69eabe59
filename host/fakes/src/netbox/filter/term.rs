//! One value of a filter parameter, and how it is compared.

use jiff::Timestamp;
use serde_json::Value;

use super::super::moment;
use super::super::network::Network;
use super::super::parse::mac;
use super::super::table::By;

/// A value that a client filters by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    Null,
    Id(u64),
    Text(String),
    Number(f64),
    Flag(bool),
    Moment(Timestamp),
    Network(Network),
    /// A value that nothing equals.
    Never,
}

impl Term {
    /// Reads a value as a filter wants it, or gives NetBox's messages.
    pub(super) fn read(by: By, value: &str) -> Result<Self, Vec<String>> {
        let flag = || match value.to_lowercase().as_str() {
            "true" | "1" => Some(Self::Flag(true)),
            "false" | "0" => Some(Self::Flag(false)),
            _ => None,
        };
        Ok(match by {
            By::Moment => match moment::read(value) {
                Some(moment) => Self::Moment(moment),
                None => return Err(vec!["Enter a valid date/time.".to_owned()]),
            },
            By::NumberOrNone => match value.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Self::Number(number),
                _ => return Err(vec!["Enter a number.".to_owned()]),
            },
            By::Number | By::AnyId => match value.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Self::Number(number),
                _ => return Err(vec!["Enter a whole number.".to_owned()]),
            },
            By::Flag | By::Present => flag().unwrap_or(Self::Never),
            By::Mac => mac(value).map_or_else(
                || Err(vec![format!("Invalid MAC address format: {value}")]),
                |mac| Ok(Self::Text(mac)),
            )?,
            By::Address | By::Prefix | By::Contains | By::Within => {
                Network::parse(value).map_or(Self::Never, Self::Network)
            }
            _ => Self::Text(value.to_owned()),
        })
    }
}

/// How a value is compared with a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    Exact,
    Not,
    Contains,
    NotContains,
    Starts,
    NotStarts,
    Ends,
    NotEnds,
    Folded,
    NotFolded,
    Less,
    AtMost,
    More,
    AtLeast,
    Empty,
}

impl Lookup {
    /// The comparison that a suffix names; none when the filter has no such suffix.
    pub(super) fn of(by: By, suffix: Option<&str>) -> Option<Self> {
        let Some(suffix) = suffix else { return Some(Self::Exact) };
        let number = matches!(by, By::Number | By::Moment);
        let text = matches!(by, By::Text | By::Folded | By::Choice | By::OneChoice | By::Mac);
        let fixed = matches!(
            by,
            By::Flag | By::Present | By::Contains | By::Within | By::AnyId | By::NumberOrNone | By::Part
        );
        Some(match suffix {
            "n" if !fixed => Self::Not,
            "empty" if number || text => Self::Empty,
            "lt" if number => Self::Less,
            "lte" if number => Self::AtMost,
            "gt" if number => Self::More,
            "gte" if number => Self::AtLeast,
            "ic" if text => Self::Contains,
            "nic" if text => Self::NotContains,
            "isw" if text => Self::Starts,
            "nisw" if text => Self::NotStarts,
            "iew" if text => Self::Ends,
            "niew" if text => Self::NotEnds,
            "ie" if text => Self::Folded,
            "nie" if text => Self::NotFolded,
            _ => return None,
        })
    }

    /// The objects that compare are left out.
    pub(super) fn negated(self) -> bool {
        matches!(self, Self::Not | Self::NotContains | Self::NotStarts | Self::NotEnds | Self::NotFolded)
    }

    /// Compares a stored value with a term, without regard to negation.
    pub(super) fn compare(self, by: By, value: &Value, term: &Term) -> bool {
        if self == Self::Empty {
            let empty = value.is_null() || *value == "";
            return Term::Flag(empty) == *term;
        }
        match (value, term) {
            (Value::Null, Term::Null) => true,
            (Value::Number(number), Term::Number(wanted)) => {
                let number = number.as_f64().unwrap_or_default();
                match self {
                    Self::Less => number < *wanted,
                    Self::AtMost => number <= *wanted,
                    Self::More => number > *wanted,
                    Self::AtLeast => number >= *wanted,
                    _ => number == *wanted,
                }
            }
            (Value::String(text), Term::Moment(wanted)) => {
                moment::read(text).is_some_and(|moment| match self {
                    Self::Less => moment < *wanted,
                    Self::AtMost => moment <= *wanted,
                    Self::More => moment > *wanted,
                    Self::AtLeast => moment >= *wanted,
                    _ => moment == *wanted,
                })
            }
            (Value::Bool(flag), Term::Flag(wanted)) => flag == wanted,
            (Value::String(text), Term::Text(wanted)) => self.texts(by, text, wanted),
            (Value::Array(list), Term::Text(wanted)) => list.iter().any(|item| item.as_str() == Some(wanted)),
            (Value::String(text), Term::Network(wanted)) => {
                Network::parse(text).is_some_and(|network| networks(by, network, *wanted))
            }
            _ => false,
        }
    }

    fn texts(self, by: By, text: &str, wanted: &str) -> bool {
        let (folded, low) = (text.to_lowercase(), wanted.to_lowercase());
        match self {
            Self::Exact | Self::Not if by == By::Folded => folded == low,
            Self::Exact if by == By::Part => folded.contains(&low),
            Self::Contains | Self::NotContains => folded.contains(&low),
            Self::Starts | Self::NotStarts => folded.starts_with(&low),
            Self::Ends | Self::NotEnds => folded.ends_with(&low),
            Self::Folded | Self::NotFolded => folded == low,
            _ => text == wanted,
        }
    }
}

fn networks(by: By, network: Network, wanted: Network) -> bool {
    match by {
        By::Within => wanted.network().contains(network),
        By::Contains => network.contains(wanted),
        By::Address if wanted.length() == wanted.width() => network.same_host(wanted),
        _ => network == wanted,
    }
}
