//! The Proxmox endpoints over HTTP.

use super::netbox::{Deleted, check_hosts};
use crate::body::{Body, Checks, Id, nullable};
use crate::error::{ApiError, DetailBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use proxbox_store::{NewProxmox, ProxmoxChange, ProxmoxRecord};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A Proxmox endpoint. Its password and token are never shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProxmoxEndpoint {
    id: i64,
    /// The NetBox plugin appends ` (nb:<its own id>)`.
    #[schema(example = "lab (nb:1)")]
    name: String,
    #[schema(example = "192.0.2.10")]
    ip_address: String,
    domain: Option<String>,
    port: u16,
    #[schema(example = "root@pam")]
    username: String,
    verify_ssl: bool,
    /// Whether syncs may use it.
    enabled: bool,
    /// Limit for one request, seconds.
    timeout: Option<u32>,
    /// Retries of one request.
    max_retries: Option<u32>,
    /// Base delay between retries, seconds.
    retry_backoff: Option<f64>,
    /// Kept for the plugin.
    access_methods: String,
    /// Kept for the plugin.
    allow_packer_template_builds: bool,
    /// Pinned SHA-256 fingerprint of the certificate.
    fingerprint: Option<String>,
    /// Extra certificate authorities, PEM.
    ca_pem: Option<String>,
}

impl From<ProxmoxRecord> for ProxmoxEndpoint {
    fn from(record: ProxmoxRecord) -> Self {
        Self {
            id: record.id,
            name: record.name,
            ip_address: record.ip_address,
            domain: record.domain,
            port: record.port,
            username: record.username,
            verify_ssl: record.verify_ssl,
            enabled: record.enabled,
            timeout: record.timeout,
            max_retries: record.max_retries,
            retry_backoff: record.retry_backoff,
            access_methods: record.access_methods.unwrap_or_else(|| "api".to_owned()),
            allow_packer_template_builds: record.allow_packer_template_builds.unwrap_or(false),
            fingerprint: record.fingerprint,
            ca_pem: record.ca_pem,
        }
    }
}

/// A Proxmox endpoint to store: with an API token, or with a password.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"name": "lab", "ip_address": "192.0.2.10", "port": 8006, "username": "root@pam",
    "token_name": "proxbox", "token_value": "11111111-2222-3333-4444-555555555555", "verify_ssl": false}))]
pub(crate) struct ProxmoxCreate {
    name: String,
    ip_address: String,
    domain: Option<String>,
    port: u16,
    username: String,
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// True when not given.
    verify_ssl: Option<bool>,
    token_name: Option<String>,
    #[schema(value_type = Option<String>)]
    token_value: Option<SecretString>,
    /// True when not given.
    enabled: Option<bool>,
    /// Seconds, 1 to 3600.
    timeout: Option<u32>,
    /// 0 to 100.
    max_retries: Option<u32>,
    /// Seconds, 0 to 300.
    retry_backoff: Option<f64>,
    /// Pin the certificate by its SHA-256 fingerprint; names and authorities do not matter then.
    fingerprint: Option<String>,
    /// Trust these authorities too, PEM.
    ca_pem: Option<String>,
    access_methods: Option<String>,
    allow_packer_template_builds: Option<bool>,
}

/// What to change; what is not given stays. Credentials that are null or empty are not given.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"enabled": false}))]
pub(crate) struct ProxmoxUpdate {
    name: Option<String>,
    ip_address: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    domain: Option<Option<String>>,
    port: Option<u16>,
    username: Option<String>,
    /// Given alone, it takes the place of a token.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    verify_ssl: Option<bool>,
    /// Together with `token_value`.
    token_name: Option<String>,
    /// Takes the place of a password, unless that is given as well.
    #[schema(value_type = Option<String>)]
    token_value: Option<SecretString>,
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<u32>)]
    timeout: Option<Option<u32>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<u32>)]
    max_retries: Option<Option<u32>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<f64>)]
    retry_backoff: Option<Option<f64>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    fingerprint: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    ca_pem: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    access_methods: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>)]
    allow_packer_template_builds: Option<Option<bool>>,
}

fn check_texts(name: Option<&str>, username: Option<&str>, port: Option<u16>) -> Checks {
    let mut checks = Checks::default();
    checks.filled("name", name);
    checks.longest("name", name, 255);
    checks.filled("username", username);
    checks.longest("username", username, 255);
    checks.within("port", port.map(f64::from), 1.0, 65535.0);
    checks
}

fn check_limits(
    mut checks: Checks,
    timeout: Option<u32>,
    retries: Option<u32>,
    backoff: Option<f64>,
) -> Result<(), ApiError> {
    checks.within("timeout", timeout.map(f64::from), 1.0, 3600.0);
    checks.within("max_retries", retries.map(f64::from), 0.0, 100.0);
    checks.within("retry_backoff", backoff, 0.0, 300.0);
    checks.done()
}

/// Store a Proxmox endpoint
///
/// An endpoint whose name ends in ` (nb:<id>)` is stored under that id when it is free. No two endpoints may have the same
/// `(nb:<id>)`.
#[utoipa::path(post, path = "/proxmox/endpoints", tag = "proxmox", request_body = ProxmoxCreate, responses(
    (status = 200, body = ProxmoxEndpoint),
    (status = 400, body = DetailBody, example = json!({"detail": "Provide password or both token_name/token_value"})),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn create(
    State(state): State<AppState>,
    Body(body): Body<ProxmoxCreate>,
) -> Result<Json<ProxmoxEndpoint>, ApiError> {
    let checks = check_texts(Some(&body.name), Some(&body.username), Some(body.port));
    check_limits(checks, body.timeout, body.max_retries, body.retry_backoff)?;
    check_hosts(&state, &[Some(&body.ip_address), body.domain.as_deref()])?;
    let new = NewProxmox {
        name: body.name,
        ip_address: body.ip_address,
        domain: body.domain,
        port: body.port,
        username: body.username,
        password: body.password,
        token_name: body.token_name,
        token_value: body.token_value,
        verify_ssl: body.verify_ssl.unwrap_or(true),
        enabled: body.enabled.unwrap_or(true),
        ca_pem: body.ca_pem,
        fingerprint: body.fingerprint,
        timeout: body.timeout,
        max_retries: body.max_retries,
        retry_backoff: body.retry_backoff,
        access_methods: body.access_methods,
        allow_packer_template_builds: body.allow_packer_template_builds,
    };
    Ok(Json(state.store.proxmox_create(new).await?.into()))
}

/// The Proxmox endpoints
#[utoipa::path(get, path = "/proxmox/endpoints", tag = "proxmox",
    params(("offset" = Option<u64>, Query), ("limit" = Option<u64>, Query, description = "100 at most")),
    responses((status = 200, body = Vec<ProxmoxEndpoint>), (status = 401, body = DetailBody), (status = 422, body = InvalidBody)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<ProxmoxEndpoint>>, ApiError> {
    let records = params.page(state.store.proxmox_list().await?)?;
    Ok(Json(records.into_iter().map(ProxmoxEndpoint::from).collect()))
}

/// One Proxmox endpoint
#[utoipa::path(get, path = "/proxmox/endpoints/{endpoint_id}", tag = "proxmox", params(("endpoint_id" = i64, Path)), responses(
    (status = 200, body = ProxmoxEndpoint),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Proxmox endpoint not found"})),
))]
pub(crate) async fn read(
    State(state): State<AppState>,
    Id(id): Id,
) -> Result<Json<ProxmoxEndpoint>, ApiError> {
    Ok(Json(state.store.proxmox(id).await?.into()))
}

/// Change a Proxmox endpoint
///
/// What is not given stays. Credentials that are null or empty are not given.
#[utoipa::path(put, path = "/proxmox/endpoints/{endpoint_id}", tag = "proxmox", params(("endpoint_id" = i64, Path)),
    request_body = ProxmoxUpdate, responses(
    (status = 200, body = ProxmoxEndpoint),
    (status = 400, body = DetailBody, example = json!({"detail": "Proxmox endpoint name already exists"})),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn update(
    State(state): State<AppState>,
    Id(id): Id,
    Body(body): Body<ProxmoxUpdate>,
) -> Result<Json<ProxmoxEndpoint>, ApiError> {
    let checks = check_texts(body.name.as_deref(), body.username.as_deref(), body.port);
    check_limits(checks, body.timeout.flatten(), body.max_retries.flatten(), body.retry_backoff.flatten())?;
    check_hosts(&state, &[body.ip_address.as_deref(), body.domain.as_ref().and_then(Option::as_deref)])?;
    let change = ProxmoxChange {
        name: body.name,
        ip_address: body.ip_address,
        domain: body.domain,
        port: body.port,
        username: body.username,
        password: body.password,
        token_name: body.token_name,
        token_value: body.token_value,
        verify_ssl: body.verify_ssl,
        enabled: body.enabled,
        ca_pem: body.ca_pem,
        fingerprint: body.fingerprint,
        timeout: body.timeout,
        max_retries: body.max_retries,
        retry_backoff: body.retry_backoff,
        access_methods: body.access_methods,
        allow_packer_template_builds: body.allow_packer_template_builds,
    };
    Ok(Json(state.store.proxmox_update(id, change).await?.into()))
}

/// Forget a Proxmox endpoint
#[utoipa::path(delete, path = "/proxmox/endpoints/{endpoint_id}", tag = "proxmox", params(("endpoint_id" = i64, Path)), responses(
    (status = 200, body = Deleted, example = json!({"message": "Proxmox endpoint deleted."})),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody),
))]
pub(crate) async fn delete(State(state): State<AppState>, Id(id): Id) -> Result<Json<Deleted>, ApiError> {
    state.store.proxmox_delete(id).await?;
    Ok(Json(Deleted { message: "Proxmox endpoint deleted." }))
}
