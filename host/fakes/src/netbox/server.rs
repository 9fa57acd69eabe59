//! The way of a request: log, fault, login, objects.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::Query as Parameters;
use axum::http::{HeaderMap, HeaderValue, Method, Request as HttpRequest, Response, header};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::auth;
use super::connection::Dropped;
use super::fault::{Fault, Faults};
use super::filter::Query;
use super::html;
use super::log::{Log, Request};
use super::models;
use super::options;
use super::release::Release;
use super::represent::{Presenter, Wanted};
use super::rights::{Action, Login, Rights};
use super::state::{Call, Place, State};
use super::{Flavour, Options};

/// Everything that requests share.
pub(crate) struct Server {
    options: Options,
    logins: Mutex<Vec<Login>>,
    state: Mutex<State>,
    faults: Faults,
    log: Log,
    stopped: CancellationToken,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Server").field("version", &self.options.version).finish_non_exhaustive()
    }
}

impl Server {
    pub(crate) fn new(options: Options) -> Self {
        let mut parts = options.version.split(['.', '-']).map(|part| part.parse().unwrap_or_default());
        let version = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let release = Release { version, flavour: options.flavour };
        let mut state = State { store: Default::default(), release, max_page_size: options.max_page_size };
        state.found();
        Self {
            options,
            logins: Mutex::default(),
            state: Mutex::new(state),
            faults: Faults::default(),
            log: Log::default(),
            stopped: CancellationToken::new(),
        }
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Ends the requests that hang on purpose.
    pub(crate) fn stop(&self) {
        self.stopped.cancel();
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a login in, in place of an earlier one with the same token.
    pub(crate) fn admit(&self, login: Login) -> Result<(), String> {
        Rights::read(&login)?;
        let mut logins = self.logins();
        logins.retain(|known| known.token != login.token);
        logins.push(login);
        Ok(())
    }

    fn logins(&self) -> MutexGuard<'_, Vec<Login>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn insert(&self, path: &str, body: &Value) -> Result<Value, Value> {
        self.direct("POST", path, body)
    }

    pub(crate) fn change(&self, path: &str, body: &Value) -> Result<Value, Value> {
        self.direct("PATCH", path, body)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<(), Value> {
        self.direct("DELETE", path, &Value::Null).map(|_| ())
    }

    fn direct(&self, method: &str, path: &str, body: &Value) -> Result<Value, Value> {
        let path = path.trim_matches('/');
        let mut state = self.state();
        let place = state.place(path).ok_or_else(|| json!({ "detail": "Not found." }))?;
        let call = Call {
            method,
            path,
            query: Query::new(),
            body: body.clone(),
            base: "",
            if_match: None,
            rights: Rights::All,
        };
        let answer = state.run(place, &call);
        let good = answer.status.is_success();
        if good { Ok(answer.into_json()) } else { Err(answer.into_json()) }
    }

    pub(crate) fn objects(&self, model: &str) -> Vec<Value> {
        let state = self.state();
        let Some(model) = models::by_name(model) else { return Vec::new() };
        let presenter = Presenter::new(&state.store, "", state.release);
        state.store.rows(model.name).map(|(_, row)| presenter.object(model, row, &Wanted::All)).collect()
    }

    /// Answers a request, or breaks the connection.
    pub(crate) async fn answer<B>(&self, request: HttpRequest<B>) -> Result<Response<Body>, Dropped>
    where
        B: axum::body::HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(Body::new(body), usize::MAX).await.map_err(|_| Dropped)?;
        let path = parts.uri.path().to_owned();
        let logged = Request {
            method: parts.method.to_string(),
            path: path.clone(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        };
        let _under_way = self.log.begin(logged);
        let fault = self.faults.take(parts.method.as_str(), &path);
        match &fault {
            Some(Fault::Dropped) => return Err(Dropped),
            Some(Fault::Hang) => {
                self.stopped.cancelled().await;
                return Err(Dropped);
            }
            Some(Fault::Slow(time)) => {
                tokio::select! {
                    () = tokio::time::sleep(*time) => {}
                    () = self.stopped.cancelled() => {}
                }
            }
            _ => {}
        }
        let answer = match fault.as_ref().and_then(Fault::answer) {
            Some(answer) => answer,
            None => self.route(&parts.method, &parts.uri, &parts.headers, &bytes),
        };
        let objects = u32::try_from(answer.objects).unwrap_or(u32::MAX);
        let wait = self.options.latency + self.options.latency_per_object * objects;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let response = self.finish(answer, &path, &parts.method);
        match fault {
            Some(Fault::Lost) => Err(Dropped),
            Some(fault @ (Fault::Truncated | Fault::Reset)) => {
                Ok(fault.cut(response.status(), response.body()))
            }
            _ => Ok(response.map(Body::from)),
        }
    }

    fn finish(&self, answer: Answer, path: &str, method: &Method) -> Response<Bytes> {
        let mut response = answer.into_response();
        if *method == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        let version = self.options.version.split('.').take(2).collect::<Vec<_>>().join(".");
        let headers = response.headers_mut();
        if path.starts_with("/api/") {
            headers.extend(
                HeaderValue::from_str(&version)
                    .ok()
                    .map(|version| (header::HeaderName::from_static("api-version"), version)),
            );
        }
        let id = uuid::Uuid::new_v4().to_string();
        headers.extend(
            HeaderValue::from_str(&id).ok().map(|id| (header::HeaderName::from_static("x-request-id"), id)),
        );
        response
    }

    fn route(&self, method: &Method, uri: &axum::http::Uri, headers: &HeaderMap, bytes: &Bytes) -> Answer {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        let base = format!("http://{host}");
        let path = uri.path();
        let Some(below) = path.strip_prefix("/api/") else {
            let state = self.state();
            return html::page(&state, path, &self.options.version);
        };
        if !path.ends_with('/') {
            return match method.as_str() {
                "GET" | "HEAD" | "OPTIONS" => {
                    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
                    Answer::nothing(301).header("location", format!("{path}/{query}"))
                }
                _ => html::not_found(),
            };
        }
        let below = below.trim_end_matches('/');
        if let Some(answer) = self.fixed(method, below, headers, &base) {
            return answer;
        }
        let mut state = self.state();
        let Some(place) = state.place(below) else { return html::not_found() };
        let caller = match auth::caller(&self.options, &self.logins(), headers) {
            Ok(caller) => caller,
            Err(refused) => return refused,
        };
        if caller.read_only && !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS") {
            return Answer::denied();
        }
        if let (Some(action), Some(model)) = (Action::of(method.as_str()), place.model())
            && !caller.rights.has(action, model)
        {
            return Answer::denied();
        }
        if let Some(refused) = self.wrong_version(headers) {
            return refused;
        }
        if *method == Method::OPTIONS {
            return Answer::json(200, options::place(&state.store, &place, &caller, state.release));
        }
        let body = match read_body(method, headers, bytes, &place) {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let query = Parameters::<Query>::try_from_uri(uri).map(|Parameters(query)| query).unwrap_or_default();
        let if_match = headers.get(header::IF_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let call = Call {
            method: method.as_str(),
            path: below,
            query,
            body,
            base: &base,
            if_match,
            rights: caller.rights,
        };
        state.run(place, &call)
    }

    /// The client asks for the API of another release.
    fn wrong_version(&self, headers: &HeaderMap) -> Option<Answer> {
        let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
        let (_, wanted) = accept.split_once("version=")?;
        let wanted = wanted.split([',', ';', ' ']).next()?;
        let own = self.options.version.split('.').take(2).collect::<Vec<_>>().join(".");
        (wanted != own).then(|| Answer::detail(406, "Invalid version in \"Accept\" header."))
    }

    /// Every plugin with its version.
    fn plugins(&self) -> Value {
        let own =
            self.options.flavour.plugin().map(|version| ("netbox_proxbox".to_owned(), version.to_owned()));
        let all = own.into_iter().chain(self.options.plugins.iter().cloned());
        Value::Object(all.map(|(name, version)| (name, version.into())).collect())
    }

    /// Paths that are not models.
    fn fixed(&self, method: &Method, below: &str, headers: &HeaderMap, base: &str) -> Option<Answer> {
        let body = match below {
            "" => {
                let apps = [
                    "circuits",
                    "core",
                    "dcim",
                    "extras",
                    "ipam",
                    "plugins",
                    "status",
                    "tenancy",
                    "users",
                    "virtualization",
                    "vpn",
                    "wireless",
                ];
                Value::Object(
                    apps.iter().map(|app| ((*app).to_owned(), format!("{base}/api/{app}/").into())).collect(),
                )
            }
            "status" => json!({
                "django-version": "6.1.2",
                "hostname": "netbox",
                "installed_apps": { "django_filters": "26.2", "rest_framework": "3.18.0" },
                "netbox-version": self.options.version,
                "netbox-full-version": self.options.version,
                "plugins": self.plugins(),
                "python-version": "3.12.1",
                "rq-workers-running": 1,
            }),
            "plugins" => {
                let mut roots =
                    json!({ "installed-plugins": format!("{base}/api/plugins/installed-plugins/") });
                if let (Value::Object(roots), true) = (&mut roots, self.options.flavour != Flavour::Bare) {
                    roots.insert("proxbox".to_owned(), format!("{base}/api/plugins/proxbox/").into());
                }
                roots
            }
            _ => return None,
        };
        if let Err(refused) = auth::caller(&self.options, &self.logins(), headers) {
            return Some(refused);
        }
        if !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS") {
            return Some(Answer::detail(405, format!("Method \"{method}\" not allowed.")));
        }
        Some(Answer::json(200, body))
    }
}

/// The JSON of a request that carries some.
fn read_body(method: &Method, headers: &HeaderMap, bytes: &Bytes, place: &Place) -> Result<Value, Answer> {
    if !matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE")
        || matches!(place, Place::App(_) | Place::Runtime(_))
    {
        return Ok(Value::Null);
    }
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Answer::detail(415, format!("Unsupported media type \"{kind}\" in request.")));
    }
    serde_json::from_slice(bytes).map_err(|error| Answer::detail(400, format!("JSON parse error - {error}")))
}
