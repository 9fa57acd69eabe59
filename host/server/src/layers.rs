//! What every request passes through, outermost last in this file's functions and first on the way in.

use crate::auth::KEY_HEADER;
use crate::error;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, http::request::Parts};
use std::any::Any;
use std::time::Instant;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Origins that are fine whatever is stored.
const LOCAL_ORIGINS: &[&str] = &[
    "https://127.0.0.1:443",
    "http://127.0.0.1:80",
    "http://127.0.0.1:8000",
    "http://localhost:3000",
    "http://127.0.0.1:3000",
    "http://localhost:3001",
    "http://127.0.0.1:3001",
];

const SECURITY_HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "1; mode=block"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", "geolocation=(), microphone=(), camera=()"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("content-security-policy", "default-src 'self'; frame-ancestors 'none'"),
];

/// Browser origins: preflights are answered here, before anyone asks for a key.
pub(crate) fn cors(state: AppState) -> CorsLayer {
    let allowed = move |origin: HeaderValue, _: &Parts| async move {
        match origin.to_str() {
            Ok(origin) => is_allowed(&state, origin).await,
            Err(_) => false,
        }
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::async_predicate(allowed))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS])
        .allow_headers([
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            header::CONTENT_TYPE,
            HeaderName::from_static(KEY_HEADER),
            HeaderName::from_static("x-requested-with"),
            HeaderName::from_static("x-proxbox-actor"),
        ])
}

async fn is_allowed(state: &AppState, origin: &str) -> bool {
    if LOCAL_ORIGINS.contains(&origin) || state.config.cors_extra_origins.iter().any(|extra| extra == origin)
    {
        return true;
    }
    let Some((_, host)) = origin.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
    else {
        return false;
    };
    // The colons of an IPv6 address stand in brackets.
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, ""),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let endpoints = state.store.netbox_list().await.unwrap_or_default();
    endpoints.iter().any(|endpoint| {
        !name.is_empty()
            && (name == endpoint.domain || name == endpoint.ip_address)
            && (matches!(port, "" | "80" | "443" | "8000") || port == endpoint.port.to_string())
    })
}

/// The pages that show the API draw one icon from within their style sheet.
const DOCUMENTATION: &[&str] = &["/docs", "/redoc"];
const DOCUMENTATION_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");

/// The same headers on every answer.
pub(crate) async fn security_headers(request: Request, next: Next) -> Response {
    let documents = DOCUMENTATION.contains(&request.uri().path());
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if documents {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, DOCUMENTATION_POLICY);
    }
    response
}

/// Makes the bodies of errors, and words for what axum answers without one.
pub(crate) async fn errors(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let response = error::render(next.run(request).await, state.syncer.settings().expose_internal_errors);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow = response.headers().get(header::ALLOW).cloned();
        let body = Json(serde_json::json!({ "detail": "Method Not Allowed" }));
        let mut worded = (StatusCode::METHOD_NOT_ALLOWED, body).into_response();
        worded.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
        return worded;
    }
    response
}

/// One line for every request, without its query: that is where people put what does not belong into a log.
pub(crate) async fn log(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let started = Instant::now();
    let response = next.run(request).await;
    tracing::debug!(
        request_id = id,
        %method,
        path,
        status = response.status().as_u16(),
        milliseconds = started.elapsed().as_millis() as u64,
        "answered"
    );
    response
}

/// A handler that panicked is a defect of ours; the client learns no more than that.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, Json(error::internal())).into_response()
}
