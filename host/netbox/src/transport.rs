//! One request to NetBox: places, tries, pauses and counting.

use crate::answer::Answer;
use crate::error::{Doubt, NetboxError};
use crate::settings::NetboxSettings;
use crate::token::Token;
use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;
use proxbox_model::endpoint::NetboxEndpoint;
use proxbox_tls::{GuardedDns, TlsFailure, find_refusal};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use serde_json::Value as Json;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Longest pause between two tries, and the longest `Retry-After` that we sit out.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// Longest wait for a connection.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// Longest answer that we take.
const MAX_ANSWER: usize = 256 * 1024 * 1024;

/// What NetBox shows to everybody whose token it accepts.
const STATUS: &str = "status";

/// Which failures are worth another try of the same request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Any that may pass: sending it twice does no harm.
    AnyPassing,
    /// Any that may pass, but not one that took too long: the caller would rather send less at once.
    UnlessTooLong,
    /// Only those after which nothing was done.
    NothingDone,
}

/// What to send.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    /// Below `/api/`, without slashes at the ends.
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<Bytes>,
    pub(crate) retry: Retry,
}

pub(crate) struct Transport {
    base: Url,
    /// The base URL as people know it, without a slash at the end.
    url: String,
    client: reqwest::Client,
    token: Arc<Token>,
    places: Semaphore,
    timeout: Duration,
    backoff: ExponentialBuilder,
    sent: Arc<Sent>,
}

/// Requests sent so far.
#[derive(Default)]
struct Sent {
    requests: AtomicU64,
    writes: AtomicU64,
}

impl Transport {
    pub(crate) fn new(endpoint: &NetboxEndpoint, settings: &NetboxSettings) -> Result<Self, NetboxError> {
        let (_, url) = base_url(&endpoint.url)?;
        let token = Token::new(&url, &endpoint.token)?;
        Self::with(endpoint, settings, Arc::new(token), Arc::default())
    }

    /// The same under other settings; both count their requests together.
    pub(crate) fn again(
        &self,
        endpoint: &NetboxEndpoint,
        settings: &NetboxSettings,
    ) -> Result<Self, NetboxError> {
        Self::with(endpoint, settings, Arc::clone(&self.token), Arc::clone(&self.sent))
    }

    fn with(
        endpoint: &NetboxEndpoint,
        settings: &NetboxSettings,
        token: Arc<Token>,
        sent: Arc<Sent>,
    ) -> Result<Self, NetboxError> {
        let (base, url) = base_url(&endpoint.url)?;
        settings
            .addresses
            .check_host(base.host_str().unwrap_or_default())
            .map_err(|refusal| NetboxError::AddressRefused { url: url.clone(), refusal })?;
        let tls = match base.scheme() {
            "https" => proxbox_tls::client_config(&endpoint.tls),
            _ => proxbox_tls::plaintext_config(),
        };
        let tls = tls.map_err(|source| NetboxError::TlsSetup { url: url.clone(), source })?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(GuardedDns::new(&settings.addresses, endpoint.spare_address))
            .redirect(Policy::none())
            .timeout(settings.timeout)
            .connect_timeout(MAX_CONNECT.min(settings.timeout))
            .user_agent(concat!("proxbox-host/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| NetboxError::Setup { url: url.clone(), source: source.without_url() })?;
        Ok(Self {
            client,
            token,
            places: Semaphore::new(settings.max_concurrent.clamp(1, Semaphore::MAX_PERMITS)),
            timeout: settings.timeout,
            backoff: ExponentialBuilder::new()
                .with_jitter()
                .with_min_delay(settings.retry_delay)
                .with_max_delay(MAX_PAUSE.max(settings.retry_delay))
                .with_max_times(settings.max_retries as usize),
            sent,
            base,
            url,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn requests(&self) -> u64 {
        self.sent.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn writes(&self) -> u64 {
        self.sent.writes.load(Ordering::Relaxed)
    }

    /// Whether NetBox takes the v2 secret only as a v1 token.
    pub(crate) fn has_fallen_back(&self) -> bool {
        self.token.has_fallen_back()
    }

    /// `GET https://netbox.example.org/api/dcim/devices/`
    pub(crate) fn name(&self, method: &Method, path: &str) -> String {
        format!("{method} {}/api/{path}/", self.url)
    }

    /// Sends a request, again where that helps and does no harm.
    pub(crate) async fn send(&self, request: &Request<'_>) -> Result<Json, NetboxError> {
        (|| self.attempt(request))
            .retry(self.backoff)
            .when(|error| match request.retry {
                Retry::AnyPassing => error.is_passing(),
                Retry::UnlessTooLong => error.is_passing() && !error.took_too_long(),
                Retry::NothingDone => error.is_passing() && error.doubt() == Doubt::NotDone,
            })
            .adjust(|error, pause| Some(error.retry_after().map_or(pause?, |asked| asked.min(MAX_PAUSE))))
            .notify(|error, pause| {
                tracing::warn!(%error, pause_seconds = pause.as_secs_f64(), "trying again");
            })
            .await
    }

    /// One try, or two when the token seems to be stored as the wrong version.
    async fn attempt(&self, request: &Request<'_>) -> Result<Json, NetboxError> {
        let _place = self.places.acquire().await.ok();
        let answer = self.ask(request, self.token.header()).await;
        let Err(NetboxError::Unauthorized { .. }) = &answer else { return answer };
        let Some(header) = self.token.second_chance() else { return answer };
        match self.ask(request, header).await {
            Err(NetboxError::Unauthorized { .. }) => answer,
            second => {
                tracing::warn!(netbox = self.url, "NetBox takes the v2 token only as a v1 token");
                self.token.fall_back();
                second
            }
        }
    }

    /// NetBox answers 403 to a bad token as well as to a good one that lacks permission. What every good one may see tells which.
    async fn ask(&self, request: &Request<'_>, token: &HeaderValue) -> Result<Json, NetboxError> {
        let answer = self.exchange(request, token).await;
        let Err(NetboxError::Forbidden { detail, .. }) = &answer else { return answer };
        let status =
            Request { method: Method::GET, path: STATUS, query: &[], body: None, retry: request.retry };
        let refused = request.path == STATUS
            || matches!(
                self.exchange(&status, token).await,
                Err(NetboxError::Forbidden { .. } | NetboxError::Unauthorized { .. })
            );
        match refused {
            true => Err(NetboxError::Unauthorized { url: self.url.clone(), detail: detail.clone() }),
            false => answer,
        }
    }

    async fn exchange(&self, request: &Request<'_>, token: &HeaderValue) -> Result<Json, NetboxError> {
        self.sent.requests.fetch_add(1, Ordering::Relaxed);
        if !request.method.is_safe() {
            self.sent.writes.fetch_add(1, Ordering::Relaxed);
        }
        let name = self.name(&request.method, request.path);
        let mut builder = self
            .client
            .request(request.method.clone(), self.target(request.path))
            .query(request.query)
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, token);
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let mut response = builder.send().await.map_err(|error| self.failure(&name, 0, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| self.failure(&name, body.len(), error))?
        {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                let what = format!("it is larger than {} MiB", MAX_ANSWER / 1024 / 1024);
                return Err(NetboxError::Malformed { request: name, what });
            }
        }
        if !status.is_success() {
            body = self.token.scrub(&String::from_utf8_lossy(&body)).into_bytes();
        }
        Answer { request: &name, url: &self.url, status, headers: &headers, body: &body }.judge()
    }

    fn target(&self, path: &str) -> Url {
        let mut target = self.base.clone();
        if let Ok(mut segments) = target.path_segments_mut() {
            segments.pop_if_empty().push("api").extend(path.split('/')).push("");
        }
        target
    }

    fn failure(&self, request: &str, received: usize, error: reqwest::Error) -> NetboxError {
        let source = error.without_url();
        let request = request.to_owned();
        if source.is_connect() {
            let url = self.url.clone();
            if let Some(refusal) = find_refusal(&source) {
                return NetboxError::AddressRefused { url, refusal: refusal.clone() };
            }
            return match TlsFailure::find(&source) {
                Some(failure) => {
                    NetboxError::Tls { url, failure, presented: TlsFailure::refused_fingerprint(&source) }
                }
                None => NetboxError::Unreachable { url, why: why_unreachable(&source), source },
            };
        }
        if source.is_timeout() {
            return NetboxError::TimedOut { request, after: self.timeout };
        }
        if received > 0 {
            return NetboxError::CutOff { request, bytes: received };
        }
        NetboxError::Dropped { request, source }
    }
}

fn why_unreachable(error: &reqwest::Error) -> &'static str {
    if error.is_dns() {
        return "its host name is not known here";
    }
    if error.is_timeout() {
        return "it does not answer";
    }
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused) {
            return "it refuses the connection";
        }
        next = cause.source();
    }
    "no connection could be made"
}

/// The base URL for requests and as text, from what an operator stored.
fn base_url(stored: &str) -> Result<(Url, String), NetboxError> {
    let invalid = |reason| NetboxError::InvalidUrl { reason };
    let mut base = Url::parse(stored.trim()).map_err(|_| invalid("it is not a URL"))?;
    if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
        return Err(invalid("it does not begin with http:// or https:// and a host name"));
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(invalid("it holds a user name or a password"));
    }
    base.set_query(None);
    base.set_fragment(None);
    let path = base.path().trim_end_matches('/');
    let path = path.strip_suffix("/api").unwrap_or(path).to_owned();
    base.set_path(&path);
    let url = base.as_str().trim_end_matches('/').to_owned();
    Ok((base, url))
}
