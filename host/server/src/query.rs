//! Query strings as clients write them: unknown keys are ignored, booleans come in any case, ids as comma lists.

use crate::error::{ApiError, InvalidPart};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use std::collections::BTreeMap;

/// The members of a query; the last one of a name counts.
pub(crate) struct Params(BTreeMap<String, String>);

impl<const N: usize> From<[(&str, &str); N]> for Params {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// The members of a query as they came, in their order.
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Pairs {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let pairs = Query::from_request_parts(parts, state).await;
        let Query(pairs) = pairs
            .map_err(|_| invalid("query_invalid", "", "The query is not properly encoded".to_owned()))?;
        Ok(Self(pairs))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Pairs(pairs) = Pairs::from_request_parts(parts, state).await?;
        Ok(pairs.into_iter().collect())
    }
}

impl Params {
    /// The same with another member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The same without a member.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

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

    /// One of a few words, as `parse` understands them; none when it is not given.
    pub(crate) fn choice<T>(
        &self,
        name: &str,
        words: &[&str],
        parse: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let parsed = parse(&text.to_ascii_lowercase());
        parsed
            .map(Some)
            .ok_or_else(|| invalid("enum", name, format!("Input should be one of {}", words.join(", "))))
    }

    /// A comma-separated list of positive numbers; empty when it is not given.
    pub(crate) fn ids(&self, name: &str) -> Result<Vec<u64>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(Vec::new()) };
        positive(text).ok_or_else(|| invalid("int_parsing", name, POSITIVE.to_owned()))
    }

    /// The members of a list; `offset` and `limit` of 100 at most.
    pub(crate) fn page<T>(&self, items: Vec<T>) -> Result<Vec<T>, ApiError> {
        let offset = self.number("offset", 0, i64::MAX)?.unwrap_or(0);
        let limit = self.number("limit", 0, 100)?.unwrap_or(100);
        let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(items.into_iter().skip(count(offset)).take(count(limit)).collect())
    }
}

/// What is said about a list that is none of positive numbers.
pub(crate) const POSITIVE: &str = "comma-separated positive integers are expected";

/// The numbers of a comma-separated list; none when there are none or something else is among them.
pub(crate) fn positive<T>(text: &str) -> Option<Vec<T>>
where
    T: std::str::FromStr + PartialOrd + Default,
{
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let numbers: Option<Vec<T>> =
        parts.map(|part| part.parse::<T>().ok().filter(|number| *number > T::default())).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}

fn invalid(kind: &'static str, name: &str, msg: String) -> ApiError {
    ApiError::Invalid(vec![InvalidPart::new(kind, "query", name, msg)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_come_in_any_case() {
        for (text, value) in [("True", true), ("false", false), ("1", true), ("NO", false), ("on", true)] {
            assert_eq!(Params::from([("flag", text)]).flag("flag").unwrap(), Some(value), "{text}");
        }
        assert_eq!(Params::from([("flag", "")]).flag("flag").unwrap(), None);
        assert!(Params::from([("flag", "perhaps")]).flag("flag").is_err());
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_right_ones() {
        let parse = |text: &str| ["up", "down"].into_iter().find(|word| *word == text);
        let choice = |text: &str| Params::from([("way", text)]).choice("way", &["up", "down"], parse);
        assert_eq!(choice("Up").unwrap(), Some("up"));
        assert_eq!(choice("").unwrap(), None);
        let Err(ApiError::Invalid(parts)) = choice("left") else { panic!("accepted") };
        assert_eq!(parts, [InvalidPart::new("enum", "query", "way", "Input should be one of up, down")]);
    }

    #[test]
    fn numbers_have_limits() {
        assert_eq!(Params::from([("n", "5")]).number("n", 1, 9).unwrap(), Some(5));
        assert!(Params::from([("n", "10")]).number("n", 1, 9).is_err());
        assert!(Params::from([("n", "x")]).number("n", 1, 9).is_err());
        assert_eq!(Params::from([("ids", " 3, 1,")]).ids("ids").unwrap(), [3, 1]);
        for text in ["0", "1,x", ",", "-1"] {
            assert!(Params::from([("ids", text)]).ids("ids").is_err(), "{text}");
        }
        assert_eq!(Params::from([("offset", "1"), ("limit", "1")]).page(vec![1, 2, 3]).unwrap(), [2]);
    }
}
