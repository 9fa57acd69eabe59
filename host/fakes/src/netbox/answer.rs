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
    origin: Origin,
    /// Objects in the body.
    pub(crate) objects: usize,
}

/// Which part of NetBox answers; each adds headers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// What the path leads to.
    View,
    /// What looks at a request before its path is looked up.
    Middleware,
    /// The web server, or a proxy in front of it.
    Front,
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
        Self { status, headers: Vec::new(), body, origin: Origin::View, objects: 0 }
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

    /// The page of a web server in front of NetBox.
    pub(crate) fn front(status: u16, page: String) -> Self {
        let answer = Self { origin: Origin::Front, ..Self::new(status, Content::Html(page)) };
        answer.header("content-type", "text/html").header("connection", "close")
    }

    /// Sends the client elsewhere.
    pub(crate) fn moved(location: String) -> Self {
        let answer = Self { origin: Origin::Middleware, ..Self::nothing(301) };
        answer.header("location", location).header("content-type", HTML)
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

    /// The response to a request for the path.
    pub(crate) fn into_response(self, version: &str, path: &str) -> Response<Bytes> {
        let mut own: Vec<(&'static str, String)> = match self.origin {
            Origin::View => VIEW.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            Origin::Middleware => vec![("vary", VARY.to_owned())],
            Origin::Front => Vec::new(),
        };
        if self.origin == Origin::View {
            own.push(("x-request-id", uuid::Uuid::new_v4().to_string()));
            if path.starts_with("/api/") {
                own.push(("api-version", version.split('.').take(2).collect::<Vec<_>>().join(".")));
            }
        }
        if self.origin != Origin::Front {
            own.push(("content-language", "en".to_owned()));
        }
        let (kind, bytes) = match self.body {
            Content::Nothing => (None, Bytes::new()),
            Content::Json(body) => (Some("application/json"), body.to_string().into()),
            Content::Html(page) => (Some(HTML), page.into()),
            Content::Text(text) => (Some("application/json"), text.into()),
        };
        let mut response = Response::new(bytes);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.extend(kind.map(|kind| (header::CONTENT_TYPE, HeaderValue::from_static(kind))));
        for (name, value) in own.into_iter().chain(self.headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

const HTML: &str = "text/html; charset=utf-8";
const VARY: &str = "Accept-Language, Cookie, origin";

/// What every answer of a view carries.
const VIEW: &[(&str, &str)] = &[
    ("vary", "HX-Request, Accept-Language, Cookie, origin"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-frame-options", "SAMEORIGIN"),
];
