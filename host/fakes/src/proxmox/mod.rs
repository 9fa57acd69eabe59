//! A Proxmox VE API server over a [`Fleet`]: read-only, with tokens, tickets, permissions and faults on demand.
//!
//! It answers every read that the fleet's version of Proxmox VE documents: from the fleet where [`paths`] has it, else
//! with an example that fits its documentation. Of a version that nothing is known of, it answers the former only.
//!
//! Answers, status lines and error texts are those of the real thing, so that a client that copes with this server
//! copes with Proxmox.

mod account;
mod answer;
mod call;
mod catalogue;
mod fault;
mod log;
mod login;
mod routes;
mod server;
mod tls;
mod view;
mod walk;

pub use account::{Account, Grant, Rights, Token};
pub use fault::Fault;
pub use log::Request;
pub use routes::paths;
pub use walk::Read;

use crate::fleet::Fleet;
use axum_server::Handle;
use server::Server;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tls::Identity;
use tokio::task::JoinHandle;

/// How to serve a fleet.
#[derive(Clone, Debug)]
pub struct Options {
    /// HTTPS with a certificate of its own authority; otherwise plain HTTP.
    pub tls: bool,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Names and addresses for the certificate besides those of this machine.
    pub names: Vec<String>,
    /// Who may log in. The first account and its first token are those that the handle shows.
    pub accounts: Vec<Account>,
    /// Time each answer takes.
    pub latency: Duration,
    /// Seconds by which every request advances the fleet's clock, so that loads and uptimes change as they do in life.
    pub tick: u64,
    /// Plays this version of Proxmox VE in place of the fleet's: `9.2`, `9.1`, or `latest` for the newest one whose
    /// documentation is known.
    pub api: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: true,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            names: Vec::new(),
            accounts: vec![Account::reader()],
            latency: Duration::ZERO,
            tick: 1,
            api: None,
        }
    }
}

impl Options {
    /// The defaults over plain HTTP.
    pub fn http() -> Self {
        Self { tls: false, ..Self::default() }
    }

    /// The same with these accounts only.
    #[must_use]
    pub fn accounts(self, accounts: Vec<Account>) -> Self {
        Self { accounts, ..self }
    }

    /// The same for this version of Proxmox VE: `9.2`, `latest`.
    #[must_use]
    pub fn api(self, version: &str) -> Self {
        Self { api: Some(version.to_owned()), ..self }
    }
}

/// A running server. Dropping it stops it at once; [`shutdown`](Self::shutdown) waits.
#[derive(Debug)]
pub struct FakeProxmox {
    addr: SocketAddr,
    server: Arc<Server>,
    identity: Option<Identity>,
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
}

impl FakeProxmox {
    /// Serves a fleet until the handle goes.
    ///
    /// # Errors
    /// When the address cannot be bound, no certificate can be made, or the version of the options is not known.
    pub async fn start(mut fleet: Fleet, options: Options) -> io::Result<Self> {
        if let Some(version) = &options.api {
            fleet.version = catalogue::release(version).ok_or_else(|| unknown_version(version))?;
        }
        let listener = std::net::TcpListener::bind(options.listen)?;
        let addr = listener.local_addr()?;
        let identity = if options.tls { Some(Identity::new(addr.ip(), &options.names)?) } else { None };
        if let (Some(identity), Some(node)) = (&identity, fleet.nodes.first_mut()) {
            node.fingerprint = identity.fingerprint_text();
        }
        let server = Arc::new(Server::new(fleet, options));
        let app = server::app(Arc::clone(&server)).into_make_service();
        let handle = Handle::new();
        let task = match &identity {
            Some(identity) => {
                let acceptor = axum_server::from_tcp_rustls(listener, identity.config())?;
                tokio::spawn(acceptor.handle(handle.clone()).serve(app))
            }
            None => tokio::spawn(axum_server::from_tcp(listener)?.handle(handle.clone()).serve(app)),
        };
        handle.listening().await;
        Ok(Self { addr, server, identity, handle, task })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Base URL of the web interface, without a trailing slash.
    pub fn url(&self) -> String {
        let scheme = if self.identity.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.addr)
    }

    /// The authority that signed the server's certificate, as PEM; empty over plain HTTP.
    pub fn ca_pem(&self) -> &str {
        self.identity.as_ref().map_or("", |identity| &identity.ca_pem)
    }

    /// SHA-256 of the server's certificate; zeros over plain HTTP.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.identity.as_ref().map_or([0; 32], |identity| identity.fingerprint)
    }

    /// User with realm, name and secret of the first account's first token; empty when there is none.
    pub fn token(&self) -> (String, String, String) {
        let account = self.server.accounts().first();
        let token = account.and_then(|account| Some((account, account.tokens.first()?)));
        token
            .map(|(account, token)| (account.user.clone(), token.name.clone(), token.secret.clone()))
            .unwrap_or_default()
    }

    /// User with realm and password of the first account; empty when it has none.
    pub fn password(&self) -> (String, String) {
        let account = self.server.accounts().first();
        account
            .and_then(|account| Some((account.user.clone(), account.password.clone()?)))
            .unwrap_or_default()
    }

    /// The fleet behind the server; what is changed here shows in the next answer.
    pub fn fleet(&self) -> Arc<RwLock<Fleet>> {
        self.server.fleet()
    }

    /// Changes the fleet between two requests.
    pub fn change<R>(&self, change: impl FnOnce(&mut Fleet) -> R) -> R {
        change(&mut self.server.fleet().write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Requests since the start or the last [`clear_requests`](Self::clear_requests), in the order of their arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.server.log().all()
    }

    /// Number of requests whose path matches a pattern; see [`fault`](Self::fault).
    pub fn count(&self, pattern: &str) -> usize {
        self.server.log().all().iter().filter(|request| fault::matches(pattern, &request.path)).count()
    }

    /// Those of them that would have written, had this been the real thing: all but reads and logins.
    pub fn writes(&self) -> Vec<Request> {
        let login = |request: &Request| request.method == "POST" && request.path == "/access/ticket";
        let read = |request: &Request| matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let requests = self.requests().into_iter();
        requests.filter(|request| !read(request) && !login(request)).collect()
    }

    /// A call of every read that the fleet's version documents, in the order of the paths. Each is answered when the
    /// fleet has what a generated cluster has: guests of both kinds that run, a pool, jobs, tasks.
    pub fn reads(&self) -> Vec<Read> {
        walk::reads(&self.server.fleet().read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Most requests that were under way at the same time.
    pub fn max_in_flight(&self) -> usize {
        self.server.log().max_in_flight()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.log().clear();
    }

    /// From now on answers requests whose path matches the pattern with a fault. The path starts behind
    /// `/api2/json`; in the pattern `*` stands for any text: `/nodes/*/qemu/101/config`. The latest matching fault
    /// counts.
    pub fn fault(&self, pattern: &str, fault: Fault) {
        self.server.faults().add(pattern, fault, None);
    }

    /// The same for so many requests only.
    pub fn fault_times(&self, pattern: &str, fault: Fault, times: u32) {
        self.server.faults().add(pattern, fault, Some(times));
    }

    /// Takes all faults back.
    pub fn clear_faults(&self) {
        self.server.faults().clear();
    }

    /// Makes all tickets given so far invalid, as after two hours.
    pub fn expire_tickets(&self) {
        self.server.tickets().clear();
    }

    /// Stops listening, lets requests under way finish for a moment, and waits for the end.
    pub async fn shutdown(mut self) {
        self.server.stop();
        self.handle.graceful_shutdown(Some(Duration::from_millis(500)));
        let _ = (&mut self.task).await;
    }
}

fn unknown_version(version: &str) -> io::Error {
    let message = format!("nothing is known of Proxmox VE {version}");
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

impl Drop for FakeProxmox {
    fn drop(&mut self) {
        self.server.stop();
        self.handle.shutdown();
        self.task.abort();
    }
}
