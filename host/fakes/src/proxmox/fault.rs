//! What can go wrong between a client and Proxmox, on demand.

use super::answer;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderValue, Response, header};
use futures::stream;
use serde_json::{Value, json};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a request fails.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// An error with this status and reason, in Proxmox's shape.
    Status(u16, String),
    /// An HTML page, as a proxy in between would send.
    Html(u16),
    /// The right answer up to its middle, as if complete.
    Truncated,
    /// The right answer up to its middle, then the connection breaks.
    Reset,
    /// The connection breaks before any answer.
    Dropped,
    /// No answer, ever.
    Hang,
    /// The right answer, so much later.
    Slow(Duration),
    /// The right answer with an object in place of every plain value, which no documentation of it allows.
    Drift,
    /// Status 200 and a body that is not JSON.
    Garbage,
    /// Status 200 and an empty list.
    Empty,
    /// Status 200 and this inside `data`.
    Data(Value),
}

/// What to do about one request.
pub(super) enum Verdict {
    /// This is the answer.
    Answer(Response<Body>),
    /// Make the right answer, then spoil it.
    Spoil(Fault),
    /// Wait, then go on.
    Delay(Duration),
    /// Never answer.
    Hang,
}

impl Fault {
    pub(super) fn verdict(self) -> Verdict {
        let json = "application/json;charset=UTF-8";
        match self {
            Self::Status(status, reason) => {
                Verdict::Answer(answer::Refusal::new(status, reason).into_response())
            }
            Self::Html(status) => {
                let page = "<html><head><title>Error</title></head><body><h1>upstream</h1></body></html>";
                Verdict::Answer(answer::with_reason(status, "Error", "text/html", page.into()))
            }
            Self::Dropped => Verdict::Answer(answer::with_reason(200, "OK", json, broken(Vec::new()))),
            Self::Hang => Verdict::Hang,
            Self::Slow(time) => Verdict::Delay(time),
            Self::Garbage => {
                Verdict::Answer(answer::with_reason(200, "OK", json, "\u{0}{data:]not json".into()))
            }
            Self::Empty => Verdict::Answer(answer::data(&json!([]))),
            Self::Data(value) => Verdict::Answer(answer::data(&value)),
            Self::Truncated | Self::Reset | Self::Drift => Verdict::Spoil(self),
        }
    }

    /// Cuts an answer in the middle, or makes it drift.
    pub(super) async fn spoil(self, response: Response<Body>) -> Response<Body> {
        let (mut parts, body) = response.into_parts();
        let length = body.size_hint().exact();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        if self == Self::Drift {
            return Response::from_parts(parts, drifted_body(bytes));
        }
        let half = bytes.slice(..bytes.len() / 2);
        if self == Self::Truncated {
            return Response::from_parts(parts, half.into());
        }
        if let Some(length) = length {
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        Response::from_parts(parts, broken(vec![half]))
    }
}

/// The body with other data; an error stays as it is.
fn drifted_body(bytes: Bytes) -> Body {
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    match body.get("data") {
        None | Some(Value::Null) => bytes.into(),
        Some(data) => json!({ "data": drifted(data) }).to_string().into(),
    }
}

fn drifted(value: &Value) -> Value {
    match value {
        Value::Array(items) if !items.is_empty() => items.iter().map(drifted).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), drifted(value))).collect(),
        other => json!({"was": other}),
    }
}

/// A body that ends in a broken connection.
fn broken(chunks: Vec<Bytes>) -> Body {
    let reset = Err(io::Error::from(io::ErrorKind::ConnectionReset));
    Body::from_stream(stream::iter(chunks.into_iter().map(Ok).chain([reset])))
}

/// The faults in force.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Rule>>);

#[derive(Debug)]
struct Rule {
    pattern: String,
    fault: Fault,
    left: Option<u32>,
}

impl Faults {
    pub(super) fn add(&self, pattern: &str, fault: Fault, left: Option<u32>) {
        self.rules().push(Rule { pattern: pattern.to_owned(), fault, left });
    }

    pub(super) fn clear(&self) {
        self.rules().clear();
    }

    /// The fault for this path, used up by one.
    pub(super) fn take(&self, path: &str) -> Option<Fault> {
        let mut rules = self.rules();
        let rule =
            rules.iter_mut().rev().find(|rule| rule.left != Some(0) && matches(&rule.pattern, path))?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.fault.clone())
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a path matches a pattern in which `*` stands for any text.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|path| {
            (0..=path.len()).filter_map(|at| path.get(at..)).any(|tail| matches(rest, tail))
        }),
    }
}
