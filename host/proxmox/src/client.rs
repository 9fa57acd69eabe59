//! The client: one endpoint, GET only, with retries, fail-over between its addresses and a bound on concurrency.

use crate::address::Address;
use crate::credentials::{Credentials, header_value};
use crate::error::{Fault, ProxmoxError, Step};
use crate::lenient::Fields;
use crate::memory::Memory;
use crate::wire::{Data, Wire};
use backon::{ExponentialBuilder, Retryable};
use proxbox_model::address::AddressPolicy;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_tls::GuardedDns;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, Semaphore};

/// Proxmox lets a ticket live for two hours.
const TICKET_LIFE: Duration = Duration::from_secs(90 * 60);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const TICKET_PATH: &str = "/access/ticket";

/// How to read. An endpoint's own values go before these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxmoxSettings {
    /// Limit for one request, answer included.
    pub timeout: Duration,
    /// How often a request is sent again after a failure that may pass.
    pub max_retries: u32,
    /// Pause before the first retry; doubles each time.
    pub retry_backoff: Duration,
    /// Requests under way at the same time, per endpoint.
    pub concurrency: usize,
    /// Guests that are read at the same time, per endpoint.
    pub guest_concurrency: usize,
    /// Where Proxmox VE may be.
    pub addresses: AddressPolicy,
}

impl Default for ProxmoxSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            max_retries: 2,
            retry_backoff: Duration::from_millis(500),
            concurrency: 8,
            guest_concurrency: 4,
            addresses: AddressPolicy::default(),
        }
    }
}

/// A connection to one Proxmox VE endpoint that can read and do nothing else.
pub struct Proxmox {
    endpoint: String,
    /// Never empty. The first is the one that links are made of.
    addresses: Vec<(Address, String)>,
    /// Index of the address that answered last.
    current: AtomicUsize,
    credentials: Credentials,
    ticket: Mutex<Option<Ticket>>,
    wire: Wire,
    permits: Semaphore,
    concurrency: usize,
    guest_concurrency: usize,
    backoff: ExponentialBuilder,
    version: String,
    memory: Option<Memory>,
}

#[derive(Clone)]
struct Ticket {
    cookie: HeaderValue,
    issued: Instant,
}

impl Proxmox {
    /// Logs in and reads `/version`.
    ///
    /// # Errors
    /// When the endpoint's settings cannot be used, it cannot be reached, its certificate or our credentials are refused, or what
    /// answers is not Proxmox VE.
    pub async fn connect(
        endpoint: &ProxmoxEndpoint,
        settings: ProxmoxSettings,
    ) -> Result<Self, ProxmoxError> {
        let mut client = Self::set_up(endpoint, &settings)
            .map_err(|fault| ProxmoxError::new(&endpoint.name, Step::SetUp, fault))?;
        let version = client.get("/version", &[]).await?;
        client.version = Fields::of(&version).text("version").ok_or_else(|| {
            client.error(Step::Read("/version".to_owned()), Fault::Shape("it does not hold a version"))
        })?;
        Ok(client)
    }

    fn set_up(endpoint: &ProxmoxEndpoint, settings: &ProxmoxSettings) -> Result<Self, Fault> {
        let addresses = Address::allowed_of(endpoint, &settings.addresses)?;
        let https = addresses.iter().any(Address::is_https);
        let concurrency = settings.concurrency.clamp(1, Semaphore::MAX_PERMITS);
        Ok(Self {
            endpoint: endpoint.name.clone(),
            addresses: addresses
                .into_iter()
                .map(|address| {
                    let base = address.base_url();
                    (address, base)
                })
                .collect(),
            current: AtomicUsize::new(0),
            credentials: Credentials::of(endpoint)?,
            ticket: Mutex::new(None),
            wire: Wire::new(
                &endpoint.tls,
                endpoint.timeout.unwrap_or(settings.timeout),
                https,
                GuardedDns::new(&settings.addresses, None),
            )?,
            permits: Semaphore::new(concurrency),
            concurrency,
            guest_concurrency: settings.guest_concurrency.clamp(1, concurrency),
            backoff: ExponentialBuilder::new()
                .with_min_delay(endpoint.retry_backoff.unwrap_or(settings.retry_backoff))
                .with_max_delay(LONGEST_PAUSE)
                .with_max_times(endpoint.max_retries.unwrap_or(settings.max_retries) as usize)
                .with_jitter(),
            version: String::new(),
            memory: None,
        })
    }

    /// The same client, which from now on keeps what Proxmox answers and does not ask for it a second time.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { memory: Some(Memory::default()), ..self }
    }

    /// Reads a path below `/api2/json` and unwraps `data`.
    ///
    /// # Errors
    /// When the answer does not come, after the retries that are due, or is a refusal or no API answer.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Json, ProxmoxError> {
        let limit = self.wire.timeout();
        match &self.memory {
            None => self.retried(path, query, limit).await,
            Some(memory) => self.remembered(memory, (path, query), self.retried(path, query, limit)).await,
        }
    }

    /// The same, also when the answer is remembered.
    pub(crate) async fn get_anew(&self, path: &str) -> Result<Json, ProxmoxError> {
        if let Some(memory) = &self.memory {
            memory.forget(path);
        }
        self.get(path, &[]).await
    }

    /// Reads a path below `/api2/json`, percent-encoded where it needs to be, and gives `data` as it came: nothing is
    /// reordered or rounded. Each attempt may take that long, whatever the endpoint's own limit is.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_raw(
        &self,
        path: &str,
        query: &[(&str, &str)],
        limit: Duration,
    ) -> Result<Box<RawValue>, ProxmoxError> {
        self.retried(path, query, limit).await
    }

    async fn retried<T: Data>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        limit: Duration,
    ) -> Result<T, ProxmoxError> {
        (|| self.attempt(path, query, limit))
            .retry(self.backoff)
            .when(|error| error.fault().is_transient())
            .notify(|error, pause| {
                tracing::debug!(endpoint = self.endpoint, path, %error, ?pause, "trying again");
            })
            .await
    }

    /// The same with one attempt only, which is given up after so long or the endpoint's own limit, whichever is shorter.
    pub(crate) async fn get_once(
        &self,
        path: &str,
        query: &[(&str, &str)],
        limit: Duration,
    ) -> Result<Json, ProxmoxError> {
        let limit = limit.min(self.wire.timeout());
        match &self.memory {
            None => self.attempt(path, query, limit).await,
            Some(memory) => self.remembered(memory, (path, query), self.attempt(path, query, limit)).await,
        }
    }

    /// Requests sent so far, retries and logins included.
    pub fn requests(&self) -> u64 {
        self.wire.requests()
    }

    /// Where the endpoint answers now, without a trailing slash: `https://pve.example.org:8006`.
    pub fn base_url(&self) -> &str {
        self.addresses.get(self.current.load(Ordering::Relaxed)).map_or("", |(_, base)| base)
    }

    /// Version as `/version` gives it: `8.4.1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The address that the operator put first, whichever answers now. Links made of it do not change with the weather.
    pub(crate) fn preferred_url(&self) -> &str {
        self.addresses.first().map_or("", |(_, base)| base)
    }

    /// Host name of the endpoint, or else its address.
    pub(crate) fn preferred_host(&self) -> &str {
        self.addresses.first().map_or("", |(address, _)| address.name())
    }

    /// `sync@pve`, with `!netbox` when it is a token.
    pub(crate) fn login(&self) -> &str {
        self.credentials.login()
    }

    pub(crate) fn concurrency(&self) -> usize {
        self.concurrency
    }

    pub(crate) fn guest_concurrency(&self) -> usize {
        self.guest_concurrency
    }

    pub(crate) fn error(&self, step: Step, fault: Fault) -> ProxmoxError {
        ProxmoxError::new(&self.endpoint, step, fault)
    }

    async fn attempt<T: Data>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        limit: Duration,
    ) -> Result<T, ProxmoxError> {
        let at = |fault| self.error(Step::Read(path.to_owned()), fault);
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await.ok();
        let refused = match &self.credentials {
            Credentials::Token(header) => {
                let value = header_value(header.expose_secret())
                    .ok_or_else(|| at(Fault::InvalidCredential("API token")))?;
                return self.read(path, query, (AUTHORIZATION, value), limit).await.map_err(at);
            }
            Credentials::Password { .. } => {
                let ticket = self.ticket(None).await?;
                match self.read(path, query, (COOKIE, ticket.cookie.clone()), limit).await {
                    Err(Fault::Unauthorized { .. }) => ticket,
                    other => return other.map_err(at),
                }
            }
        };
        let ticket = self.ticket(Some(refused.issued)).await?;
        self.read(path, query, (COOKIE, ticket.cookie), limit).await.map_err(at)
    }

    async fn read<T: Data>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        authorization: (HeaderName, HeaderValue),
        limit: Duration,
    ) -> Result<T, Fault> {
        self.reach(path, |mut url| {
            if !query.is_empty() {
                url.query_pairs_mut().extend_pairs(query);
            }
            self.wire.get(url, authorization.clone(), &self.credentials, limit)
        })
        .await
    }

    /// Sends to the address that answered last, and to the other one when that cannot be reached.
    async fn reach<T, F>(&self, path: &str, send: impl Fn(Url) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let first = self.current.load(Ordering::Relaxed);
        let mut failed: Option<Fault> = None;
        for step in 0..self.addresses.len() {
            let index = (first + step) % self.addresses.len();
            let Some((address, _)) = self.addresses.get(index) else { break };
            let url = address.api_url(path).ok_or(Fault::InvalidPath)?;
            match send(url).await {
                Err(Fault::Unreachable { why, source, .. }) => {
                    failed = Some(match failed {
                        Some(Fault::Unreachable { tried, why: first, source, .. }) => {
                            let also = Some(format!("{} {why}", address.authority()));
                            Fault::Unreachable { tried, why: first, also, source }
                        }
                        _ => Fault::Unreachable { tried: address.authority(), why, also: None, source },
                    });
                }
                answer => {
                    self.current.store(index, Ordering::Relaxed);
                    return answer;
                }
            }
        }
        Err(failed.unwrap_or(Fault::NoAddress))
    }

    /// The ticket in use, or a new one when it is old, missing, or the one issued at `refused`.
    async fn ticket(&self, refused: Option<Instant>) -> Result<Ticket, ProxmoxError> {
        let mut held = self.ticket.lock().await;
        if let Some(ticket) = held.as_ref()
            && ticket.issued.elapsed() < TICKET_LIFE
            && Some(ticket.issued) != refused
        {
            return Ok(ticket.clone());
        }
        *held = None;
        let ticket = self.log_in().await.map_err(|fault| self.error(Step::LogIn, fault))?;
        Ok(held.insert(ticket).clone())
    }

    async fn log_in(&self) -> Result<Ticket, Fault> {
        let Credentials::Password { username, password } = &self.credentials else {
            return Err(Fault::InvalidCredential("password"));
        };
        let issued = Instant::now();
        let answer: Json = self
            .reach(TICKET_PATH, |url| {
                self.wire.log_in(url, username, password.expose_secret(), &self.credentials)
            })
            .await?;
        let answer = Fields::of(&answer);
        let ticket = answer.text("ticket").ok_or(Fault::Shape("it does not hold a ticket"))?;
        if answer.flag("NeedTFA") == Some(true) || ticket.starts_with("PVE:!tfa!") {
            return Err(Fault::SecondFactor);
        }
        let cookie = header_value(&format!("PVEAuthCookie={ticket}"))
            .ok_or(Fault::Shape("its ticket cannot be sent back"))?;
        Ok(Ticket { cookie, issued })
    }
}

impl fmt::Debug for Proxmox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxmox")
            .field("endpoint", &self.endpoint)
            .field("base_url", &self.base_url())
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
