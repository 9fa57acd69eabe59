//! The way of a request: log, fault, login, handler.

use super::Options;
use super::account::Account;
use super::answer::{self, Refusal};
use super::call::{Answer, Call};
use super::catalogue;
use super::fault::{Faults, Verdict};
use super::log::{Log, Request as Logged};
use super::login::{self, Tickets};
use super::routes::{self, Handler};
use crate::fleet::Fleet;
use axum::Router;
use axum::body::Body;
use axum::extract::{Form, FromRequest as _, Json, Query, RawPathParams, Request, State};
use axum::http::{HeaderMap, Method, Response, Uri, header};
use axum::middleware::{self, Next};
use axum::routing::{any, post};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use tokio_util::sync::CancellationToken;

pub(super) const ROOT: &str = "/api2/json";

/// Everything that requests share.
#[derive(Debug)]
pub(super) struct Server {
    fleet: Arc<RwLock<Fleet>>,
    options: Options,
    tickets: Tickets,
    faults: Faults,
    log: Log,
    stopped: CancellationToken,
}

impl Server {
    pub(super) fn new(fleet: Fleet, options: Options) -> Self {
        Self {
            fleet: Arc::new(RwLock::new(fleet)),
            options,
            tickets: Tickets::default(),
            faults: Faults::default(),
            log: Log::default(),
            stopped: CancellationToken::new(),
        }
    }

    pub(super) fn accounts(&self) -> &[Account] {
        &self.options.accounts
    }

    pub(super) fn fleet(&self) -> Arc<RwLock<Fleet>> {
        Arc::clone(&self.fleet)
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(super) fn tickets(&self) -> &Tickets {
        &self.tickets
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    /// Ends the requests that hang on purpose.
    pub(super) fn stop(&self) {
        self.stopped.cancel();
    }

    fn read(&self) -> RwLockReadGuard<'_, Fleet> {
        self.fleet.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn tick(&self) {
        self.fleet.write().unwrap_or_else(PoisonError::into_inner).advance(self.options.tick);
    }
}

/// The whole application.
pub(super) fn app(server: Arc<Server>) -> Router {
    let login = post(ticket).get(|| async { answer::data(&serde_json::Value::Null) });
    let mut router = Router::new()
        .route(&format!("{ROOT}/access/ticket"), login.fallback(beyond_the_fleet))
        .route("/", any(front_page))
        .fallback(beyond_the_fleet);
    for (path, handler) in routes::TABLE {
        let run =
            move |state, method, uri, headers, parts| read(*handler, state, method, uri, headers, parts);
        router = router.route(&format!("{ROOT}{path}"), any(run));
    }
    router.layer(middleware::from_fn_with_state(Arc::clone(&server), around)).with_state(server)
}

/// Notes the request, and lets it go wrong when it should.
async fn around(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response<Body> {
    let whole = request.uri().path();
    let path = whole.strip_prefix(ROOT).unwrap_or(whole).to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let _under_way =
        server.log.begin(Logged { method: request.method().to_string(), path: path.clone(), query });
    server.tick();
    if !server.options.latency.is_zero() {
        tokio::time::sleep(server.options.latency).await;
    }
    let Some(fault) = server.faults.take(&path) else { return next.run(request).await };
    match fault.verdict() {
        Verdict::Answer(response) => response,
        Verdict::Spoil(fault) => fault.spoil(next.run(request).await).await,
        Verdict::Delay(time) => {
            tokio::select! {
                () = tokio::time::sleep(time) => {}
                () = server.stopped.cancelled() => {}
            }
            next.run(request).await
        }
        Verdict::Hang => {
            server.stopped.cancelled().await;
            Refusal::bare(503, "stopped").into_response()
        }
    }
}

async fn read(
    handler: Handler,
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    parts: RawPathParams,
) -> Response<Body> {
    let answer = || -> Answer {
        let caller = login::caller(server.accounts(), &server.tickets, &headers)?;
        if method != Method::GET {
            return Err(unknown(&method, uri.path()));
        }
        let path = parts.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let Query(query) = Query::<HashMap<String, String>>::try_from_uri(&uri).unwrap_or_default();
        let fleet = server.read();
        handler(&Call { fleet: &fleet, caller: &caller, path: &path, query: &query })
    };
    respond(answer())
}

/// Takes the login as a form or as JSON, as Proxmox does.
async fn ticket(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    let fields: HashMap<String, String> = if is_json {
        Json::from_request(request, &()).await.map(|Json(fields)| fields).unwrap_or_default()
    } else {
        Form::from_request(request, &()).await.map(|Form(fields)| fields).unwrap_or_default()
    };
    let fleet = server.read();
    let cluster = fleet.cluster.as_deref();
    respond(login::ticket_for(server.accounts(), &server.tickets, &fields, cluster, fleet.now))
}

fn respond(answer: Answer) -> Response<Body> {
    match answer {
        Ok(value) => answer::data(&value),
        Err(refusal) => refusal.into_response(),
    }
}

async fn front_page() -> Response<Body> {
    let page =
        "<!DOCTYPE html><html><head><title>Proxmox Virtual Environment</title></head><body></body></html>";
    answer::with_reason(200, "OK", "text/html; charset=UTF-8", page.into())
}

/// What the fleet has no part in.
async fn beyond_the_fleet(
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    if !uri.path().starts_with(ROOT) {
        return Refusal::new(501, format!("no such file '{}'", uri.path())).into_response();
    }
    let answer = || -> Answer {
        let caller = login::caller(server.accounts(), &server.tickets, &headers)?;
        let fleet = server.read();
        let path = uri.path().strip_prefix(ROOT).unwrap_or_default();
        let found = (method == Method::GET).then(|| catalogue::find(&fleet.version, path)).flatten();
        let found = found.ok_or_else(|| unknown(&method, path))?;
        let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&uri).unwrap_or_default();
        catalogue::answer(&fleet, &caller, &found, &query)
    };
    respond(answer())
}

fn unknown(method: &Method, path: &str) -> Refusal {
    let path = path.strip_prefix(ROOT).unwrap_or(path);
    Refusal::new(501, format!("Method '{method} {path}' not implemented"))
}
