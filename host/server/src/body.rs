//! JSON bodies, and what is said about those that do not fit. A value is never repeated: it may be a secret.

use crate::error::{ApiError, InvalidPart};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// A JSON body, whatever its content type.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = bytes::Bytes::from_request(request, state).await.map_err(|_| {
            ApiError::Invalid(vec![InvalidPart::new("body_invalid", "body", "", "The body cannot be read")])
        })?;
        parse(&bytes).map(Self).map_err(|part| ApiError::Invalid(vec![part]))
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, InvalidPart> {
    if bytes.is_empty() {
        return Err(InvalidPart::new("missing", "body", "", "Field required"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "" } else { &path };
        let inner = error.inner();
        if !inner.is_data() {
            return InvalidPart::new("json_invalid", "body", "", "JSON decode error");
        }
        match inner.to_string().strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(field) => InvalidPart::new("missing", "body", field, "Field required"),
            None => InvalidPart::new(
                "value_error",
                "body",
                place,
                "Input should be a valid value of another type",
            ),
        }
    })
}

/// Collects what is wrong with the fields of a body.
#[derive(Default)]
pub(crate) struct Checks(Vec<InvalidPart>);

impl Checks {
    /// A text of at most that many characters.
    pub(crate) fn longest(&mut self, name: &str, text: Option<&str>, limit: usize) {
        if text.is_some_and(|text| text.chars().count() > limit) {
            let msg = format!("String should have at most {limit} characters");
            self.0.push(InvalidPart::new("string_too_long", "body", name, msg));
        }
    }

    /// A text that says something.
    pub(crate) fn filled(&mut self, name: &str, text: Option<&str>) {
        if text.is_some_and(|text| text.trim().is_empty()) {
            let msg = "String should have at least 1 character";
            self.0.push(InvalidPart::new("string_too_short", "body", name, msg));
        }
    }

    /// A number within limits.
    pub(crate) fn within(&mut self, name: &str, number: Option<f64>, least: f64, most: f64) {
        if number.is_some_and(|number| !(least..=most).contains(&number)) {
            let msg = format!("Input should be between {least} and {most}");
            self.0.push(InvalidPart::new("out_of_range", "body", name, msg));
        }
    }

    pub(crate) fn done(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::Invalid(self.0)) }
    }
}

/// Tells a member that is null from one that is absent.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// An id in a path.
pub(crate) struct Id(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<i64>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| {
            let msg = "Input should be a valid integer, unable to parse string as an integer";
            ApiError::Invalid(vec![InvalidPart::new("int_parsing", "path", "id", msg)])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Login {
        #[expect(dead_code, reason = "only its absence matters")]
        name: String,
        #[expect(dead_code, reason = "only its type matters")]
        port: u16,
    }

    #[test]
    fn mistakes_are_placed_and_values_are_not_repeated() {
        let said = |body: &str| parse::<Login>(body.as_bytes()).unwrap_err();
        assert_eq!(said(r#"{"port": 1}"#), InvalidPart::new("missing", "body", "name", "Field required"));
        let wrong = said(r#"{"name": "n", "port": "hunter2"}"#);
        assert_eq!(wrong.loc, ["body", "port"]);
        assert!(!wrong.msg.contains("hunter2"));
        assert_eq!(said("{").kind, "json_invalid");
        assert_eq!(said("").kind, "missing");
    }
}
