//! The two gates before the routes: the rate limit and the API key.

use crate::error::ApiError;
use crate::limit::WINDOW;
use crate::state::AppState;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use proxbox_store::Access;
use secrecy::SecretString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

/// The one way to authenticate.
pub(crate) const KEY_HEADER: &str = "x-proxbox-api-key";

/// Paths that need no key and do not count, matched as they stand.
pub(crate) const OPEN_PATHS: &[&str] = &[
    "/",
    "/docs",
    "/redoc",
    "/openapi.json",
    "/health",
    "/livez",
    "/readyz",
    "/meta",
    "/auth/register-key",
    "/auth/bootstrap-status",
];

/// Lets a request through, or says why not.
pub(crate) async fn gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if OPEN_PATHS.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let (client, key) = (client(&state, &request), key(request.headers()));
    match admit(&state, client, key).await {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn admit(state: &AppState, client: IpAddr, key: Option<SecretString>) -> Result<(), ApiError> {
    if !state.rate_limit.admit(client, Instant::now()) {
        return Err(ApiError::TooMany {
            detail: "Rate limit exceeded. Please try again later.",
            retry_after: WINDOW,
        });
    }
    let unauthorized = |detail: String| Err(ApiError::Detail(StatusCode::UNAUTHORIZED, detail));
    match state.store.authenticate(&client.to_string(), key.as_ref()).await? {
        Access::Granted { .. } => Ok(()),
        Access::Locked { retry_after } => Err(ApiError::TooMany {
            detail: "Too many failed authentication attempts. Please try again later.",
            retry_after,
        }),
        Access::NoActiveKey => unauthorized(
            "No API key configured. Register a key via POST /auth/register-key or use an existing key."
                .to_owned(),
        ),
        Access::Missing { remaining } => unauthorized(with_remaining("API key required.", remaining)),
        Access::Wrong { remaining } => unauthorized(with_remaining("Invalid API key.", remaining)),
        Access::Busy => Err(ApiError::Exhausted),
    }
}

fn with_remaining(text: &str, remaining: u32) -> String {
    if remaining == 0 { text.to_owned() } else { format!("{text} {remaining} attempts remaining.") }
}

/// An empty header is a missing one.
fn key(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(KEY_HEADER)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    (!text.is_empty()).then(|| text.into_owned().into())
}

fn client(state: &AppState, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
    let forwarded: Vec<&str> =
        request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    state.config.trusted_proxies.client(peer, forwarded.into_iter())
}
