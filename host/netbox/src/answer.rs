//! What an HTTP answer means.

use crate::error::NetboxError;
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use serde_json::Value as Json;
use std::time::Duration;

/// Longest text of a server that goes into an error, in characters.
const MAX_DETAIL: usize = 500;

/// A complete answer, as it came.
pub(crate) struct Answer<'a> {
    /// `GET https://…`
    pub(crate) request: &'a str,
    /// Base URL of NetBox.
    pub(crate) url: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// The JSON that NetBox gave, or what the answer means instead.
    pub(crate) fn judge(&self) -> Result<Json, NetboxError> {
        let request = self.request.to_owned();
        let status = self.status.as_u16();
        match status {
            200..=299 => self.parse(),
            300..=399 => Err(NetboxError::Redirected { request, to: self.location() }),
            401 => Err(self.unauthorized()),
            404 => Err(NetboxError::NotFound { request }),
            413 => Err(NetboxError::TooLarge { request }),
            429 | 502..=504 => Err(self.unavailable()),
            500..=599 if self.is_about_the_database() => Err(self.unavailable()),
            500..=599 => Err(NetboxError::ServerError { request, status, detail: self.detail() }),
            _ if self.is_html() => Err(NetboxError::Html { request, status, title: self.detail() }),
            403 if self.json().is_none_or(|body| body.get("errors").is_none()) => {
                Err(NetboxError::Forbidden { request, detail: self.detail() })
            }
            _ => Err(NetboxError::Rejected {
                request,
                status,
                detail: self.detail(),
                body: self.json().unwrap_or_default(),
            }),
        }
    }

    fn parse(&self) -> Result<Json, NetboxError> {
        if self.body.is_empty() {
            return Ok(Json::Null);
        }
        let request = self.request.to_owned();
        serde_json::from_slice(self.body).map_err(|error| {
            if self.is_html() {
                NetboxError::Html { request, status: self.status.as_u16(), title: self.detail() }
            } else if error.is_eof() {
                NetboxError::CutOff { request, bytes: self.body.len() }
            } else {
                NetboxError::Malformed { request, what: "it is not JSON".to_owned() }
            }
        })
    }

    fn unauthorized(&self) -> NetboxError {
        NetboxError::Unauthorized { url: self.url.to_owned(), detail: self.detail() }
    }

    fn unavailable(&self) -> NetboxError {
        NetboxError::Unavailable {
            request: self.request.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail(),
            retry_after: retry_after(self.headers, Timestamp::now()),
        }
    }

    /// A database that has no connection left answers 500, but is as passing as an overloaded server.
    fn is_about_the_database(&self) -> bool {
        let exception = self.json().and_then(|body| body.get("exception")?.as_str().map(str::to_owned));
        matches!(exception.as_deref(), Some("OperationalError" | "InterfaceError"))
    }

    fn is_html(&self) -> bool {
        self.body.trim_ascii_start().first() == Some(&b'<')
    }

    fn json(&self) -> Option<Json> {
        serde_json::from_slice(self.body).ok()
    }

    /// The server's own words, short and on one line.
    fn detail(&self) -> String {
        let detail = match self.json() {
            Some(body) => words(&body),
            None if self.is_html() => title(&String::from_utf8_lossy(self.body)),
            None => String::from_utf8_lossy(self.body).into_owned(),
        };
        let detail = clip(&detail);
        if detail.is_empty() {
            self.status.canonical_reason().unwrap_or("no explanation").to_owned()
        } else {
            detail
        }
    }

    fn location(&self) -> String {
        let location = self.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
        clip(location.split(['?', '#']).next().unwrap_or_default())
    }
}

/// The message in a JSON answer, whichever way NetBox or one of its parts puts it.
fn words(body: &Json) -> String {
    let named = ["detail", "error", "message"].iter().find_map(|name| body.get(name)?.as_str());
    named.map_or_else(|| messages(body), str::to_owned)
}

/// Error messages by field, as one line: `name: This field is required.`
pub(crate) fn messages(errors: &Json) -> String {
    let mut lines = Vec::new();
    collect(errors, &mut String::new(), &mut lines);
    clip(&lines.join("; "))
}

fn collect(errors: &Json, field: &mut String, lines: &mut Vec<String>) {
    match errors {
        Json::Object(fields) => {
            for (name, inner) in fields {
                let length = field.len();
                if !matches!(name.as_str(), "__all__" | "non_field_errors" | "detail") {
                    let separator = if field.is_empty() { "" } else { "." };
                    field.push_str(separator);
                    field.push_str(name);
                }
                collect(inner, field, lines);
                field.truncate(length);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, field, lines)),
        Json::Null => {}
        other => {
            let text = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
            lines.push(if field.is_empty() { text } else { format!("{field}: {text}") });
        }
    }
}

fn title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let text = lower.find("<title").and_then(|start| {
        let open = start + lower.get(start..)?.find('>')? + 1;
        let close = open + lower.get(open..)?.find('<')?;
        page.get(open..close)
    });
    text.map_or_else(|| "a page without a title".to_owned(), |text| text.trim().to_owned())
}

/// One line without control characters, of bounded length.
pub(crate) fn clip(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    match line.char_indices().nth(MAX_DETAIL) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}
