//! Answers in Proxmox's shape, with its own words in the status line.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use hyper::ext::ReasonPhrase;
use serde_json::{Map, Value, json};

/// A request that is answered with an error.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    message: String,
    errors: Map<String, Value>,
    has_body: bool,
}

impl Refusal {
    /// An error of a handler; the body repeats the message.
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: Map::new(), has_body: true }
    }

    /// An error of the server in front of the handlers, without a body.
    pub(super) fn bare(status: u16, message: impl Into<String>) -> Self {
        Self { has_body: false, ..Self::new(status, message) }
    }

    /// The account may not do this.
    pub(super) fn denied(path: &str, privilege: &str) -> Self {
        Self::new(403, format!("Permission check failed ({path}, {privilege})"))
    }

    /// A parameter that does not pass its schema.
    pub(super) fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self::parameters([(name.to_owned(), message.into())])
    }

    /// Parameters that do not pass their schemas, each with what is wrong with it.
    pub(super) fn parameters(errors: impl IntoIterator<Item = (String, String)>) -> Self {
        let errors = errors.into_iter().map(|(name, message)| (name, message.into())).collect();
        Self { errors, ..Self::new(400, "Parameter verification failed.") }
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let body = if self.has_body {
            let mut body = json!({"data": null, "message": format!("{}\n", self.message)});
            if let (false, Some(fields)) = (self.errors.is_empty(), body.as_object_mut()) {
                fields.insert("errors".to_owned(), self.errors.into());
            }
            body.to_string()
        } else {
            String::new()
        };
        with_reason(self.status, &self.message, "application/json;charset=UTF-8", body.into())
    }
}

/// What the API answers with: the value inside `data`.
pub(super) fn data(value: &Value) -> Response<Body> {
    let body = json!({ "data": value }).to_string();
    with_reason(200, "OK", "application/json;charset=UTF-8", body.into())
}

/// Any answer.
pub(super) fn with_reason(status: u16, reason: &str, content: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(reason) = ReasonPhrase::try_from(reason.as_bytes()) {
        response.extensions_mut().insert(reason);
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=0"));
    headers.insert(header::SERVER, HeaderValue::from_static("pve-api-daemon/3.0"));
    response
}
