//! What can go wrong between a client and NetBox, on demand.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use futures::stream;
use serde_json::{Value, json};

use super::answer::Answer;

/// How a request fails.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// This status and body; nothing happens to the objects.
    Status(u16, Value),
    /// An HTML page, as a proxy in between would send.
    Html(u16),
    /// Status 429 with `Retry-After` in so many seconds.
    TooMany(u64),
    /// Status 200 and a body that is not JSON.
    Garbage,
    /// The right answer up to its middle, as if complete.
    Truncated,
    /// The right answer up to its middle, then the connection breaks.
    Reset,
    /// The connection breaks before anything happens.
    Dropped,
    /// The request is carried out, then the connection breaks without an answer.
    Lost,
    /// No answer, ever; nothing happens.
    Hang,
    /// The right answer, so much later.
    Slow(Duration),
    /// The right answer, and then others do these, each a method, a path below `/api/` and a body. What NetBox refuses stays undone.
    Meanwhile(Vec<(&'static str, String, Value)>),
}

impl Fault {
    /// The answer that a fault gives in place of the right one.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let page = |status: u16| {
            let text = format!(
                "<html><head><title>{status}</title></head><body><h1>{status}</h1><p>proxy</p></body></html>"
            );
            Answer::html(status, text)
        };
        match self {
            Self::Status(status, body) => Some(Answer::json(*status, body.clone())),
            Self::Html(status) => Some(page(*status)),
            Self::TooMany(seconds) => {
                let body = json!({ "detail": format!("Request was throttled. Expected available in {seconds} seconds.") });
                Some(Answer::json(429, body).header("retry-after", seconds.to_string()))
            }
            Self::Garbage => Some(Answer::garbage("\u{0}{\"count\": not json")),
            _ => None,
        }
    }

    /// Cuts an answer in the middle.
    pub(crate) fn cut(&self, status: StatusCode, bytes: &Bytes) -> Response<Body> {
        let half = bytes.slice(..bytes.len() / 2);
        let mut response = if *self == Self::Truncated {
            Response::new(Body::from(half))
        } else {
            let reset = Err(io::Error::from(io::ErrorKind::ConnectionReset));
            let mut response = Response::new(Body::from_stream(stream::iter([Ok(half), reset])));
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            response
        };
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Rule>>);

#[derive(Debug)]
struct Rule {
    pattern: String,
    fault: Fault,
    left: Option<u32>,
}

impl Faults {
    pub(crate) fn add(&self, pattern: &str, fault: Fault, left: Option<u32>) {
        self.rules().push(Rule { pattern: pattern.to_owned(), fault, left });
    }

    pub(crate) fn clear(&self) {
        self.rules().clear();
    }

    /// The fault for this request, used up by one.
    pub(crate) fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut rules = self.rules();
        let rule = rules
            .iter_mut()
            .rev()
            .find(|rule| rule.left != Some(0) && matches(&rule.pattern, method, path))?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.fault.clone())
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a request matches a pattern: a path with `*` for any text, with or without a method before it.
pub(crate) fn matches(pattern: &str, method: &str, path: &str) -> bool {
    match pattern.split_once(' ') {
        Some((wanted, pattern)) => wanted == method && path_matches(pattern, path),
        None => path_matches(pattern, path),
    }
}

fn path_matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|path| {
            (0..=path.len()).filter_map(|at| path.get(at..)).any(|tail| path_matches(rest, tail))
        }),
    }
}
