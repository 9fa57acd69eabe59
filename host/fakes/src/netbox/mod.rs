//! A NetBox in memory: the REST API as NetBox answers it, for the demo and for tests.
//!
//! [`FakeNetbox::start`] serves the models that a Proxmox fleet is written to, with NetBox's representations, filters,
//! rules and error texts, and plain HTML pages for people. It keeps a log of the requests, lets them go wrong on
//! demand, and gives its objects away without a request. On request it has the plugin `netbox-proxbox`: see
//! [`Flavour`].
//!
//! It is not a NetBox: no users but those of its options, no change log, no background jobs, no GraphQL. Models that
//! are not in its table answer 404; relations to such models can only be null.

mod address;
mod answer;
mod auth;
mod bulk;
mod connection;
mod custom;
mod delete;
mod effects;
mod errors;
mod fault;
mod field;
mod filter;
mod html;
mod log;
mod models;
mod moment;
mod network;
mod options;
mod page;
mod parse;
mod relation;
mod release;
mod represent;
mod rights;
mod roots;
mod rules;
mod seed;
mod server;
mod state;
mod store;
mod table;
mod write;

pub use fault::Fault;
pub use log::Request;
pub use release::Flavour;
pub use rights::{Action, Grant, Login};

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use serde_json::Value;
use tokio::task::JoinHandle;

use server::Server;

/// How a fake NetBox is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The path below which everything is served, as with NetBox's `BASE_PATH`: `/netbox`. Patterns of faults and the log leave it out.
    pub base_path: String,
    /// The release it says it is: `4.7.3`. Older ones lack the models and fields that came later.
    pub version: String,
    /// Token of the first kind, sent as `Token …`.
    pub token: String,
    /// Key and secret of a token of the second kind, sent as `Bearer nbt_<key>.<secret>`.
    pub token_v2: (String, String),
    /// Token of the first kind that may only read.
    pub read_only_token: String,
    /// Further tokens, whose users may do less.
    pub logins: Vec<Login>,
    /// Most objects on a page; with 0 a client may ask for all.
    pub max_page_size: usize,
    /// Most bytes of a request's first line, which holds its whole query; the web server answers a longer one with a page.
    /// With 0 there is no limit.
    pub max_request_line: usize,
    /// Most bytes of a body that NetBox reads; it answers a longer one with status 500.
    pub max_body: usize,
    /// Most bytes of a body that a proxy in front of NetBox lets through; it answers a longer one with status 413.
    pub proxy_max_body: Option<usize>,
    /// Time that every answer takes.
    pub latency: Duration,
    /// Further time for every object in an answer.
    pub latency_per_object: Duration,
    /// Which `netbox-proxbox` plugin it has.
    pub flavour: Flavour,
    /// It has the two custom fields of virtual machines that the current plugin brings along: `proxmox_node` and
    /// `proxmox_storage`.
    pub plugin_fields: bool,
    /// Further plugins that the status names, with their versions.
    pub plugins: Vec<(String, String)>,
    /// Objects to begin with: list path below `/api/` and body of the POST.
    pub objects: Vec<(String, Value)>,
}

impl Default for Options {
    fn default() -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: any,
            base_path: String::new(),
            version: "4.7.3".to_owned(),
            token: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            token_v2: ("fakekey00001".to_owned(), "fakesecret0000000000000000000000000000001".to_owned()),
            read_only_token: "76543210fedcba9876543210fedcba9876543210".to_owned(),
            logins: Vec::new(),
            max_page_size: 1000,
            max_request_line: 4094,
            max_body: 2_621_440,
            proxy_max_body: None,
            latency: Duration::ZERO,
            latency_per_object: Duration::ZERO,
            flavour: Flavour::Bare,
            plugin_fields: false,
            plugins: Vec::new(),
            objects: Vec::new(),
        }
    }
}

impl Options {
    /// The same with another release.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// The same with that plugin, and on the release of NetBox that the plugin is usually found on.
    #[must_use]
    pub fn flavour(self, flavour: Flavour) -> Self {
        Self { flavour, ..self.version(flavour.netbox()) }
    }

    /// The same with one more object to begin with: list path below `/api/` and body of the POST.
    #[must_use]
    pub fn object(mut self, path: &str, body: Value) -> Self {
        self.objects.push((path.to_owned(), body));
        self
    }
}

/// A running server. Dropping it stops it at once; [`shutdown`](Self::shutdown) waits.
#[derive(Debug)]
pub struct FakeNetbox {
    addr: SocketAddr,
    server: Arc<Server>,
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
}

impl FakeNetbox {
    /// Serves an empty NetBox, or one with the objects of the options.
    ///
    /// # Errors
    /// When the address cannot be bound, or an object or a login of the options is not valid.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(options.listen)?;
        let addr = listener.local_addr()?;
        let (objects, logins) = (options.objects.clone(), options.logins.clone());
        let server = Arc::new(Server::new(options));
        for (path, body) in objects {
            server.insert(&path, &body).map_err(|error| io::Error::other(format!("{path}: {error}")))?;
        }
        for login in logins {
            server.admit(login).map_err(io::Error::other)?;
        }
        let handle = Handle::new();
        let service = connection::service(Arc::clone(&server));
        let task = tokio::spawn(axum_server::from_tcp(listener)?.handle(handle.clone()).serve(service));
        handle.listening().await;
        Ok(Self { addr, server, handle, task })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.addr, self.server.options().base_path)
    }

    /// Token of the first kind.
    pub fn token(&self) -> &str {
        &self.server.options().token
    }

    /// Key and secret of the token of the second kind.
    pub fn token_v2(&self) -> (&str, &str) {
        let (key, secret) = &self.server.options().token_v2;
        (key, secret)
    }

    /// Token of the first kind that may only read.
    pub fn read_only_token(&self) -> &str {
        &self.server.options().read_only_token
    }

    /// Lets a login in, in place of an earlier one with the same token.
    ///
    /// # Errors
    /// When a grant is about a model that is not there, or looks its objects up by what they do not have.
    pub fn admit(&self, login: Login) -> Result<(), String> {
        self.server.admit(login)
    }

    /// Requests since the start or the last [`clear_requests`](Self::clear_requests), in the order of their arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.server.log().all()
    }

    /// Those of the requests that can change something: POST, PUT, PATCH and DELETE.
    pub fn writes(&self) -> Vec<Request> {
        self.requests().into_iter().filter(Request::is_write).collect()
    }

    /// Number of requests that match a pattern; see [`fault`](Self::fault).
    pub fn count(&self, pattern: &str) -> usize {
        self.requests()
            .iter()
            .filter(|request| fault::matches(pattern, &request.method, &request.path))
            .count()
    }

    /// Most requests that were under way at the same time.
    pub fn max_in_flight(&self) -> usize {
        self.server.log().max_in_flight()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.log().clear();
    }

    /// From now on answers requests that match the pattern with a fault. A pattern is a path, in which `*` stands for
    /// any text, with or without a method before it: `/api/status/`, `POST /api/virtualization/*`. The latest
    /// matching fault counts.
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

    /// Creates an object as a POST of the body to the list path below `/api/` would, and returns it as NetBox shows it.
    ///
    /// # Errors
    /// NetBox's answer, when it refuses the object or has no such path.
    pub fn insert(&self, path: &str, body: &Value) -> Result<Value, Value> {
        self.server.insert(path, body)
    }

    /// Changes an object as a PATCH of the body to its path below `/api/` would: `dcim/sites/1`.
    ///
    /// # Errors
    /// NetBox's answer, when it refuses the change or has no such object.
    pub fn change(&self, path: &str, body: &Value) -> Result<Value, Value> {
        self.server.change(path, body)
    }

    /// Deletes an object as a DELETE of its path below `/api/` would.
    ///
    /// # Errors
    /// NetBox's answer, when something depends on the object or there is no such object.
    pub fn delete(&self, path: &str) -> Result<(), Value> {
        self.server.delete(path)
    }

    /// Every object of a model (`virtualization.virtualmachine`) as NetBox shows it, by id.
    pub fn objects(&self, model: &str) -> Vec<Value> {
        self.server.objects(model)
    }

    /// The object of a model whose field has the text, as NetBox shows it; the first by id.
    pub fn find(&self, model: &str, field: &str, text: &str) -> Option<Value> {
        self.objects(model).into_iter().find(|object| object.get(field).and_then(Value::as_str) == Some(text))
    }

    /// Stops listening, lets requests under way finish for a moment, and waits for the end.
    pub async fn shutdown(mut self) {
        self.server.stop();
        self.handle.graceful_shutdown(Some(Duration::from_millis(500)));
        let _ = (&mut self.task).await;
    }
}

impl Drop for FakeNetbox {
    fn drop(&mut self) {
        self.server.stop();
        self.handle.shutdown();
        self.task.abort();
    }
}
