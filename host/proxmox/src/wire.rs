//! The only place that sends anything: GET requests, and the one POST that exchanges a password for a ticket.

use crate::credentials::Credentials;
use crate::error::{Fault, Unreachable};
use hyper::ext::ReasonPhrase;
use proxbox_model::endpoint::TlsPolicy;
use proxbox_tls::{GuardedDns, TlsFailure, find_refusal};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Response, StatusCode, Url};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Largest answer taken. The listing of ten thousand guests is a tenth of it.
const BODY_LIMIT: usize = 64 * 1024 * 1024;
/// Largest part read of an answer that only explains a refusal.
const REFUSAL_LIMIT: usize = 64 * 1024;
/// Waiting longer for a connection rarely helps, and the other address may answer.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);

/// An HTTP client that cannot change anything in Proxmox VE: its owner has no way to choose a method.
pub(crate) struct Wire {
    http: reqwest::Client,
    timeout: Duration,
    pinned: Option<String>,
    requests: AtomicU64,
}

impl Wire {
    /// `https` tells whether TLS will be spoken at all.
    pub(crate) fn new(
        policy: &TlsPolicy,
        timeout: Duration,
        https: bool,
        dns: GuardedDns,
    ) -> Result<Self, Fault> {
        let tls = if https { proxbox_tls::client_config(policy) } else { proxbox_tls::plaintext_config() }
            .map_err(Fault::TlsSetup)?;
        // Proxies of the environment are meant for the internet; a redirect could lead credentials elsewhere.
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(dns)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(LONGEST_CONNECT.min(timeout / 2))
            .timeout(timeout)
            .user_agent(concat!("proxbox/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Fault::Client)?;
        let pinned = match policy {
            TlsPolicy::Fingerprint(expected) => Some(hex(expected)),
            _ => None,
        };
        Ok(Self { http, timeout, pinned, requests: AtomicU64::new(0) })
    }

    /// Limit for one request, answer included.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Requests sent, retries and logins included.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Reads a URL within this time and unwraps `data`.
    pub(crate) async fn get<T: Data>(
        &self,
        url: Url,
        authorization: (HeaderName, HeaderValue),
        credentials: &Credentials,
        limit: Duration,
    ) -> Result<T, Fault> {
        let (name, value) = authorization;
        self.exchange(self.http.get(url).header(name, value), credentials, limit).await
    }

    /// Exchanges user and password for the object that holds the ticket.
    pub(crate) async fn log_in(
        &self,
        url: Url,
        username: &str,
        password: &str,
        credentials: &Credentials,
    ) -> Result<Json, Fault> {
        let form = [("username", username), ("password", password)];
        self.exchange(self.http.post(url).form(&form), credentials, self.timeout).await
    }

    async fn exchange<T: Data>(
        &self,
        request: reqwest::RequestBuilder,
        credentials: &Credentials,
        limit: Duration,
    ) -> Result<T, Fault> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let request = request.header(reqwest::header::ACCEPT, "application/json").timeout(limit);
        let mut response = request.send().await.map_err(|error| self.fault(error, limit))?;
        let status = response.status();
        if status.is_success() {
            let body = self.body(&mut response, limit).await?;
            return data(&body, status);
        }
        let body = refusal_body(&mut response).await;
        Err(refusal(&response, &body, credentials))
    }

    async fn body(&self, response: &mut Response, limit: Duration) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.fault(error, limit))? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(Fault::TooLarge { limit: BODY_LIMIT });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// What an error of the transport means. URLs are left out: messages name the endpoint and the path themselves.
    fn fault(&self, error: reqwest::Error, limit: Duration) -> Fault {
        let error = error.without_url();
        if let Some(failure) = TlsFailure::find(&error) {
            let expected = match failure {
                TlsFailure::OtherFingerprint { .. } => self.pinned.clone(),
                _ => None,
            };
            let presented = TlsFailure::refused_fingerprint(&error);
            return Fault::Tls { failure, expected, presented, source: error };
        }
        if let Some(refusal) = find_refusal(&error) {
            return Fault::AddressRefused(refusal.clone());
        }
        if error.is_connect() {
            let why = unreachable(&error);
            return Fault::Unreachable { tried: String::new(), why, also: None, source: error };
        }
        if error.is_timeout() {
            return Fault::TimedOut { after: limit };
        }
        Fault::Dropped(error)
    }
}

fn unreachable(error: &reqwest::Error) -> Unreachable {
    if error.is_dns() {
        return Unreachable::UnknownHost;
    }
    if error.is_timeout() {
        return Unreachable::TimedOut;
    }
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && error.kind() == io::ErrorKind::ConnectionRefused
        {
            return Unreachable::Refused;
        }
        next = error.source();
    }
    Unreachable::NoConnection
}

/// As much of a refusal as is there; a refusal that breaks off is still a refusal.
async fn refusal_body(response: &mut Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < REFUSAL_LIMIT {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    body
}

fn refusal(response: &Response, body: &[u8], credentials: &Credentials) -> Fault {
    let status = response.status();
    let code = status.as_u16();
    let reason = credentials.redact(&reason(response, body));
    match code {
        401 => Fault::Unauthorized { reason, token: credentials.is_token() },
        403 => Fault::Forbidden { reason },
        595..=599 => Fault::NodeUnreachable { status: code, reason },
        300..500 if code != 429 && is_html(response, body) => Fault::Html { status: code },
        _ => Fault::Status { status: code, reason },
    }
}

/// Proxmox explains itself in the status line, newer versions in the body as well.
fn reason(response: &Response, body: &[u8]) -> String {
    let mut parts = Vec::new();
    if let Ok(Json::Object(body)) = serde_json::from_slice(body) {
        parts.extend(body.get("message").and_then(Json::as_str).map(|text| text.trim().to_owned()));
        if let Some(Json::Object(errors)) = body.get("errors") {
            parts.extend(errors.iter().map(|(field, text)| match text {
                Json::String(text) => format!("{field}: {}", text.trim()),
                other => format!("{field}: {other}"),
            }));
        }
    }
    parts.retain(|part| !part.is_empty());
    if !parts.is_empty() {
        return parts.join("; ");
    }
    match response.extensions().get::<ReasonPhrase>() {
        Some(phrase) => String::from_utf8_lossy(phrase.as_bytes()).into_owned(),
        None => response.status().canonical_reason().unwrap_or("without a reason").to_owned(),
    }
}

fn is_html(response: &Response, body: &[u8]) -> bool {
    let declared = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    declared.is_some_and(|value| value.starts_with("text/html")) || looks_like_html(body)
}

fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// What the member `data` of an answer is taken as.
pub(crate) trait Data: Sized {
    /// The member `data` of a JSON object; none when there is no such member.
    fn of(text: &str) -> Result<Option<Self>, Odd>;
}

/// A text that is no JSON object.
pub(crate) enum Odd {
    NotJson(serde_json::Error),
    NotAnObject,
}

impl Data for Json {
    fn of(text: &str) -> Result<Option<Self>, Odd> {
        match serde_json::from_str(text).map_err(Odd::NotJson)? {
            Self::Object(mut answer) => Ok(answer.remove("data")),
            _ => Err(Odd::NotAnObject),
        }
    }
}

/// As it came: nothing is reordered or rounded.
impl Data for Box<RawValue> {
    fn of(text: &str) -> Result<Option<Self>, Odd> {
        let answer: Result<BTreeMap<String, Self>, _> = serde_json::from_str(text);
        match answer {
            Ok(mut answer) => Ok(answer.remove("data")),
            Err(error) if error.is_data() => Err(Odd::NotAnObject),
            Err(error) => Err(Odd::NotJson(error)),
        }
    }
}

/// Proxmox may let bytes of an old encoding through in notes; one odd letter is better than no guest.
fn data<T: Data>(body: &[u8], status: StatusCode) -> Result<T, Fault> {
    if looks_like_html(body) {
        return Err(Fault::Html { status: status.as_u16() });
    }
    match T::of(&String::from_utf8_lossy(body)) {
        Ok(data) => data.ok_or(Fault::Shape("without the member `data`")),
        Err(Odd::NotAnObject) => Err(Fault::Shape("not an object")),
        Err(Odd::NotJson(error)) if error.is_eof() && !body.is_empty() => {
            Err(Fault::Truncated { received: body.len() })
        }
        Err(Odd::NotJson(error)) => Err(Fault::NotJson(error)),
    }
}

/// A fingerprint as certificate tools print it: `AB:CD:…`.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &[u8]) -> Result<Json, Fault> {
        data(body, StatusCode::OK)
    }

    #[test]
    fn data_is_unwrapped_even_when_it_is_null() {
        assert_eq!(read(br#"{"data":[1]}"#).unwrap(), json!([1]));
        assert_eq!(read(br#"{"data":null}"#).unwrap(), Json::Null);
    }

    #[test]
    fn bytes_that_are_not_utf_8_spoil_one_letter_only() {
        assert_eq!(read(b"{\"data\":\"caf\xe9\"}").unwrap(), json!("caf\u{fffd}"));
    }

    #[test]
    fn raw_data_is_what_came_to_the_letter() {
        let raw = |body: &[u8]| data::<Box<RawValue>>(body, StatusCode::OK);
        let text = r#"{"b": 1.50, "a":18446744073709551616}"#;
        assert_eq!(raw(format!(r#"{{"data": {text} ,"total":1}}"#).as_bytes()).unwrap().get(), text);
        assert_eq!(raw(br#"{"data":null}"#).unwrap().get(), "null");
        assert!(matches!(raw(b"<html>"), Err(Fault::Html { status: 200 })));
        assert!(matches!(raw(br#"{"data":[{"vmid":1"#), Err(Fault::Truncated { received: 18 })));
        assert!(matches!(raw(b"hello"), Err(Fault::NotJson(_))));
        assert!(matches!(raw(b"{}"), Err(Fault::Shape(_))));
        assert!(matches!(raw(b"[]"), Err(Fault::Shape(_))));
    }

    #[test]
    fn what_is_not_an_api_answer_is_called_by_its_name() {
        assert!(matches!(read(b" <html>"), Err(Fault::Html { status: 200 })));
        assert!(matches!(read(br#"{"data":[{"vmid":1"#), Err(Fault::Truncated { received: 18 })));
        assert!(matches!(read(b"hello"), Err(Fault::NotJson(_))));
        assert!(matches!(read(b""), Err(Fault::NotJson(_))));
        assert!(matches!(read(b"{}"), Err(Fault::Shape(_))));
        assert!(matches!(read(b"[]"), Err(Fault::Shape(_))));
    }
}
