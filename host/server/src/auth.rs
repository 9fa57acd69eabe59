//! The two gates before the routes: the rate limit and the API key.

use crate::error::ApiError;
use crate::state::AppState;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use ipnet::IpNet;
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
    // These look at the key themselves.
    "/admin/",
    "/ws",
    "/ws/virtual-machines",
];

/// Below it are files that hold nothing of this installation.
const OPEN_PREFIX: &str = "/static/";

/// Lets a request through, or says why not.
pub(crate) async fn gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if OPEN_PATHS.contains(&path) || path.starts_with(OPEN_PREFIX) {
        return next.run(request).await;
    }
    let (client, key) = (client(&state, &request), key(request.headers()));
    match admit(&state, client, key).await {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Whether a client may in with that key: the rate limit, the lockout, the key.
///
/// Who shows a key that is known to be good is not counted among those who may be guessing: a full update of the plugin asks
/// more often than any sensible limit for strangers.
pub(crate) async fn admit(
    state: &AppState,
    client: IpAddr,
    key: Option<SecretString>,
) -> Result<(), ApiError> {
    let source = source(client);
    let known = match &key {
        Some(key) => state.store.knows(key).await,
        None => false,
    };
    let limit = if known { &state.key_rate_limit } else { &state.rate_limit };
    limit.admit(source.addr(), Instant::now()).map_err(|retry_after| ApiError::TooMany {
        detail: "Rate limit exceeded. Please try again later.",
        retry_after,
    })?;
    let unauthorized = |detail: String| Err(ApiError::Detail(StatusCode::UNAUTHORIZED, detail));
    match state.store.authenticate(&named(source), key.as_ref()).await? {
        Access::Granted { .. } => Ok(()),
        Access::Locked { retry_after } => Err(ApiError::TooMany {
            detail: "Too many failed authentication attempts. Please try again later.",
            retry_after,
        }),
        Access::NoActiveKey => unauthorized(
            "No API key configured. Register a key via POST /auth/register-key or use an existing key."
                .to_owned(),
        ),
        Access::Missing => unauthorized("API key required.".to_owned()),
        Access::Wrong { remaining } => unauthorized(with_remaining("Invalid API key.", remaining)),
        Access::Busy => Err(ApiError::Exhausted),
    }
}

fn with_remaining(text: &str, remaining: u32) -> String {
    if remaining == 0 { text.to_owned() } else { format!("{text} {remaining} attempts remaining.") }
}

/// Who is counted as one: an IPv4 address, or the IPv6 network that one customer has.
fn source(client: IpAddr) -> IpNet {
    let prefix = if client.is_ipv4() { 32 } else { 64 };
    IpNet::new(client, prefix).map_or_else(|_| client.into(), |network| network.trunc())
}

/// As the database and people see it: without the length that says nothing.
fn named(source: IpNet) -> String {
    if source.addr().is_ipv4() { source.addr().to_string() } else { source.to_string() }
}

/// An empty header is a missing one.
pub(crate) fn key(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(KEY_HEADER)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    (!text.is_empty()).then(|| text.into_owned().into())
}

/// Who sends a request.
pub(crate) fn client(state: &AppState, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
    let forwarded: Vec<&str> =
        request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    state.config.trusted_proxies.client(peer, forwarded.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_counts_as_one_client() {
        let of = |address: &str| named(source(address.parse().unwrap()));
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::1"));
    }
}
