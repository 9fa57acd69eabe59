//! The way of a request: log, fault, login, objects.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::Query as Parameters;
use axum::http::{HeaderMap, Method, Request as HttpRequest, Response, Uri, header};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::auth;
use super::connection::Dropped;
use super::errors;
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
        let release = Release::of(&options.version, options.flavour);
        let mut state = State { store: Default::default(), release, max_page_size: options.max_page_size };
        state.found();
        if options.flavour == Flavour::CurrentPlugin && options.plugin_fields {
            state.found_fields();
        }
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
            body: Ok(body.clone()),
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
        let Some(uri) = self.below(&parts.uri) else {
            return Ok(self.finish(html::not_found(), parts.uri.path(), &parts.method).map(Body::from));
        };
        let path = uri.path().to_owned();
        let logged = Request {
            method: parts.method.to_string(),
            path: path.clone(),
            query: uri.query().unwrap_or_default().to_owned(),
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
            None => match self.in_front(&parts.method, &parts.uri, &bytes) {
                Some(refused) => refused,
                None => self.route(&parts.method, &uri, &parts.headers, &bytes),
            },
        };
        if let Some(Fault::Meanwhile(others)) = &fault {
            for (method, path, body) in others {
                let _ = self.direct(method, path, body);
            }
        }
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

    /// The address of a request as seen from the path below which NetBox is served.
    fn below(&self, uri: &Uri) -> Option<Uri> {
        let target = uri.path_and_query()?.as_str().strip_prefix(&self.options.base_path)?;
        target.starts_with('/').then(|| target.parse().ok()).flatten()
    }

    fn finish(&self, answer: Answer, path: &str, method: &Method) -> Response<Bytes> {
        let mut response = answer.into_response(&self.options.version, path);
        if *method == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        response
    }

    /// What a proxy and the web server refuse before NetBox sees it.
    fn in_front(&self, method: &Method, uri: &Uri, bytes: &Bytes) -> Option<Answer> {
        if self.options.proxy_max_body.is_some_and(|most| bytes.len() > most) {
            let title = "413 Request Entity Too Large";
            let page = format!(
                "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
                 <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
            );
            return Some(Answer::front(413, page));
        }
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let line = format!("{method} {target} HTTP/1.1").len();
        let most = self.options.max_request_line;
        (most > 0 && line > most).then(|| {
            let page = format!(
                "<html>\n  <head>\n    <title>Bad Request</title>\n  </head>\n  <body>\n    \
                 <h1><p>Bad Request</p></h1>\n    Request Line is too large ({line} &gt; {most})\n  </body>\n\
                 </html>\n"
            );
            Answer::front(400, page)
        })
    }

    fn route(&self, method: &Method, uri: &Uri, headers: &HeaderMap, bytes: &Bytes) -> Answer {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        let base = format!("http://{host}{}", self.options.base_path);
        let path = uri.path();
        let Some(below) = path.strip_prefix("/api/") else {
            let state = self.state();
            return html::page(&state, path, &self.options.version);
        };
        if !path.ends_with('/') {
            return match method.as_str() {
                "GET" | "HEAD" | "OPTIONS" => {
                    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
                    Answer::moved(format!("{path}/{query}"))
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
        let allow = place.allow();
        let answer = self.at(place, &mut state, &Asked { method, uri, headers, bytes, below, base: &base });
        let answer = answer.unwrap_or_else(|refused| refused);
        if answer.status.is_server_error() { answer } else { answer.header("allow", allow) }
    }

    /// What a request to a place comes to.
    fn at(&self, place: Place, state: &mut State, asked: &Asked<'_>) -> Result<Answer, Answer> {
        let method = asked.method;
        self.right_version(asked.headers)?;
        let caller = auth::caller(&self.options, &self.logins(), asked.headers)?;
        if caller.read_only && !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS") {
            return Err(Answer::denied());
        }
        if let (Some(action), Some(model)) = (Action::of(method.as_str()), place.model())
            && !caller.rights.has(action, model)
        {
            return Err(Answer::denied());
        }
        if *method == Method::OPTIONS {
            return Ok(Answer::json(200, options::place(&place, &caller, state.release)));
        }
        let body = self.read_body(asked, &place, state.release);
        let query =
            Parameters::<Query>::try_from_uri(asked.uri).map(|Parameters(query)| query).unwrap_or_default();
        let if_match =
            asked.headers.get(header::IF_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let call = Call {
            method: method.as_str(),
            path: asked.below,
            query,
            body,
            base: asked.base,
            if_match,
            rights: caller.rights,
        };
        Ok(state.run(place, &call))
    }

    /// The client asks for the API of another release.
    fn right_version(&self, headers: &HeaderMap) -> Result<(), Answer> {
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let Some((_, wanted)) = accept.split_once("version=") else { return Ok(()) };
        let wanted = wanted.split([',', ';', ' ']).next().unwrap_or_default();
        let own = self.options.version.split('.').take(2).collect::<Vec<_>>().join(".");
        if wanted == own { Ok(()) } else { Err(Answer::detail(406, "Invalid version in \"Accept\" header.")) }
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
                "python-version": errors::PYTHON,
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
        let caller =
            self.right_version(headers).and_then(|()| auth::caller(&self.options, &self.logins(), headers));
        let answer = match caller {
            Err(refused) => refused,
            Ok(_) if !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS") => {
                Answer::detail(405, format!("Method \"{method}\" not allowed."))
            }
            Ok(_) => Answer::json(200, body),
        };
        Some(answer.header("allow", "GET, HEAD, OPTIONS"))
    }

    /// The JSON of a request that carries some.
    fn read_body(&self, asked: &Asked<'_>, place: &Place, release: Release) -> Result<Value, Answer> {
        let bytes = asked.bytes;
        if !matches!(asked.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE")
            || matches!(place, Place::App(_) | Place::Runtime(_))
        {
            return Ok(Value::Null);
        }
        if bytes.is_empty() {
            return Ok(json!({}));
        }
        let kind = asked.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default();
        if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
            return Err(Answer::detail(415, format!("Unsupported media type \"{kind}\" in request.")));
        }
        if bytes.len() > self.options.max_body {
            let error = "Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.";
            return Err(Answer::json(500, errors::crash(release, "RequestDataTooBig", error)));
        }
        serde_json::from_slice(bytes)
            .map_err(|error| Answer::detail(400, format!("JSON parse error - {error}")))
    }
}

/// A request to the REST API as it came in.
struct Asked<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    bytes: &'a Bytes,
    /// Path below `/api/`, without slashes at the ends.
    below: &'a str,
    /// Scheme and host by which the client knows the server.
    base: &'a str,
}
