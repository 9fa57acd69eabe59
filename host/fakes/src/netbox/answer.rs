//! An answer before it becomes HTTP.

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// Status, headers and body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: Content,
    /// Objects in the body.
    pub(crate) objects: usize,
}

#[derive(Clone, Debug)]
enum Content {
    Nothing,
    Json(Value),
    Html(String),
    Text(&'static str),
}

impl Answer {
    fn new(status: u16, body: Content) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: Vec::new(), body, objects: 0 }
    }

    pub(crate) fn json(status: u16, body: Value) -> Self {
        let objects = match &body {
            Value::Array(list) => list.len(),
            body => body.get("results").and_then(Value::as_array).map_or(1, Vec::len),
        };
        Self { objects, ..Self::new(status, Content::Json(body)) }
    }

    /// NetBox's usual error body.
    pub(crate) fn detail(status: u16, message: impl Into<String>) -> Self {
        Self::json(status, json!({ "detail": message.into() }))
    }

    /// The user may not do that.
    pub(crate) fn denied() -> Self {
        Self::detail(403, "You do not have permission to perform this action.")
    }

    pub(crate) fn html(status: u16, page: String) -> Self {
        Self::new(status, Content::Html(page))
    }

    pub(crate) fn nothing(status: u16) -> Self {
        Self::new(status, Content::Nothing)
    }

    /// Says that it is JSON and is not.
    pub(crate) fn garbage(text: &'static str) -> Self {
        Self::new(200, Content::Text(text))
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The JSON of the body; null when there is none.
    pub(crate) fn into_json(self) -> Value {
        match self.body {
            Content::Json(body) => body,
            _ => Value::Null,
        }
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        let (kind, bytes) = match self.body {
            Content::Nothing => (None, Bytes::new()),
            Content::Json(body) => (Some("application/json"), body.to_string().into()),
            Content::Html(page) => (Some("text/html; charset=utf-8"), page.into()),
            Content::Text(text) => (Some("application/json"), text.into()),
        };
        let mut response = Response::new(bytes);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.extend(kind.map(|kind| (header::CONTENT_TYPE, HeaderValue::from_static(kind))));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}
