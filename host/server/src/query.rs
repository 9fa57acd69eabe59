//! Query strings as clients write them: unknown keys are ignored, booleans come in any case, ids as comma lists.

use crate::error::{ApiError, InvalidPart};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use std::collections::BTreeMap;

/// The members of a query; the last one of a name counts.
pub(crate) struct Params(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let pairs = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Query(pairs) = pairs
            .map_err(|_| invalid("query_invalid", "", "The query is not properly encoded".to_owned()))?;
        Ok(Self(pairs.into_iter().collect()))
    }
}

impl Params {
    /// A text that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A boolean in any of the ways to write one; none when it is not given.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => Ok(Some(true)),
            "false" | "0" | "no" | "off" | "f" | "n" => Ok(Some(false)),
            _ => Err(invalid(
                "bool_parsing",
                name,
                "Input should be a valid boolean, unable to interpret input".to_owned(),
            )),
        }
    }

    /// A whole number within limits; none when it is not given.
    pub(crate) fn number(&self, name: &str, least: i64, most: i64) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            Ok(_) => {
                Err(invalid("out_of_range", name, format!("Input should be between {least} and {most}")))
            }
            Err(_) => Err(invalid(
                "int_parsing",
                name,
                "Input should be a valid integer, unable to parse string as an integer".to_owned(),
            )),
        }
    }

    /// The members of a list; `offset` and `limit` of 100 at most.
    pub(crate) fn page<T>(&self, items: Vec<T>) -> Result<Vec<T>, ApiError> {
        let offset = self.number("offset", 0, i64::MAX)?.unwrap_or(0);
        let limit = self.number("limit", 0, 100)?.unwrap_or(100);
        let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(items.into_iter().skip(count(offset)).take(count(limit)).collect())
    }
}

fn invalid(kind: &'static str, name: &str, msg: String) -> ApiError {
    ApiError::Invalid(vec![InvalidPart::new(kind, "query", name, msg)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn booleans_come_in_any_case() {
        for (text, value) in [("True", true), ("false", false), ("1", true), ("NO", false), ("on", true)] {
            assert_eq!(params(&[("flag", text)]).flag("flag").unwrap(), Some(value), "{text}");
        }
        assert_eq!(params(&[("flag", "")]).flag("flag").unwrap(), None);
        assert!(params(&[("flag", "perhaps")]).flag("flag").is_err());
    }

    #[test]
    fn numbers_have_limits() {
        assert_eq!(params(&[("n", "5")]).number("n", 1, 9).unwrap(), Some(5));
        assert!(params(&[("n", "10")]).number("n", 1, 9).is_err());
        assert!(params(&[("n", "x")]).number("n", 1, 9).is_err());
        assert_eq!(params(&[("offset", "1"), ("limit", "1")]).page(vec![1, 2, 3]).unwrap(), [2]);
    }
}
