//! The NetBox endpoint over HTTP.

use crate::body::{Body, Checks, Id, nullable};
use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use proxbox_store::{NetboxChange, NetboxRecord, NewNetbox, Rejected, StoreError};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A NetBox endpoint. Its token is never shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct NetboxEndpoint {
    id: i64,
    #[schema(example = "netbox")]
    name: String,
    #[schema(example = "192.0.2.5")]
    ip_address: String,
    /// Goes before the address; empty when there is none.
    #[schema(example = "netbox.example.org")]
    domain: String,
    port: u16,
    /// `v1` or `v2`.
    token_version: String,
    verify_ssl: bool,
    /// Whether syncs may use it.
    enabled: bool,
    /// Pinned SHA-256 fingerprint of the certificate.
    fingerprint: Option<String>,
    /// Extra certificate authorities, PEM.
    ca_pem: Option<String>,
    /// Scheme, when it was given.
    use_https: Option<bool>,
    /// Path below which NetBox is served; empty when there is none.
    #[schema(example = "/netbox")]
    base_path: String,
    /// Where NetBox is reached.
    #[schema(example = "https://netbox.example.org:443")]
    url: String,
}

impl From<NetboxRecord> for NetboxEndpoint {
    fn from(record: NetboxRecord) -> Self {
        Self {
            id: record.id,
            name: record.name,
            ip_address: record.ip_address,
            domain: record.domain,
            port: record.port,
            token_version: record.token_version,
            verify_ssl: record.verify_ssl,
            enabled: record.enabled,
            fingerprint: record.fingerprint,
            ca_pem: record.ca_pem,
            use_https: record.use_https,
            base_path: record.base_path,
            url: record.url,
        }
    }
}

/// A NetBox endpoint to store.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"name": "netbox", "ip_address": "192.0.2.5", "domain": "netbox.example.org", "port": 443,
    "token_version": "v1", "token": "0123456789abcdef0123456789abcdef01234567", "verify_ssl": true}))]
pub(crate) struct NetboxCreate {
    #[schema(max_length = 255)]
    name: String,
    #[schema(max_length = 45)]
    ip_address: String,
    #[serde(default)]
    #[schema(max_length = 255)]
    domain: Option<String>,
    /// 443 when not given.
    port: Option<u16>,
    /// `v1` when not given.
    #[schema(max_length = 2)]
    token_version: Option<String>,
    /// Public part of a v2 token.
    #[schema(value_type = Option<String>, max_length = 1000)]
    token_key: Option<SecretString>,
    /// A v1 token, or the secret part of a v2 token.
    #[serde(default)]
    #[schema(value_type = String, max_length = 1000)]
    token: SecretString,
    /// True when not given.
    verify_ssl: Option<bool>,
    /// True when not given.
    enabled: Option<bool>,
    /// Pin the certificate by its SHA-256 fingerprint; names and authorities do not matter then.
    fingerprint: Option<String>,
    /// Trust these authorities too, PEM.
    ca_pem: Option<String>,
    /// When not given: https on port 443 or when the certificate is checked.
    use_https: Option<bool>,
    /// Path below which NetBox is served (its `BASE_PATH`), when there is one.
    #[schema(max_length = 255)]
    base_path: Option<String>,
}

/// What to change; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"domain": "netbox.example.org", "port": 8443}))]
pub(crate) struct NetboxUpdate {
    name: Option<String>,
    ip_address: Option<String>,
    domain: Option<String>,
    port: Option<u16>,
    token_version: Option<String>,
    #[schema(value_type = Option<String>)]
    token_key: Option<SecretString>,
    #[schema(value_type = Option<String>)]
    token: Option<SecretString>,
    verify_ssl: Option<bool>,
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    fingerprint: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    ca_pem: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<bool>)]
    use_https: Option<Option<bool>>,
    base_path: Option<String>,
}

fn check(
    (name, ip_address, domain, base_path): (Option<&str>, Option<&str>, Option<&str>, Option<&str>),
    port: Option<u16>,
    token: Option<&SecretString>,
    token_key: Option<&SecretString>,
) -> Result<(), ApiError> {
    let mut checks = Checks::default();
    checks.filled("name", name);
    checks.longest("name", name, 255);
    checks.longest("ip_address", ip_address, 45);
    checks.longest("domain", domain, 255);
    checks.longest("base_path", base_path, 255);
    checks.within("port", port.map(f64::from), 1.0, 65535.0);
    checks.longest("token", token.map(|token| token.expose_secret()), 1000);
    checks.longest("token_key", token_key.map(|key| key.expose_secret()), 1000);
    checks.done()
}

/// Hosts that are addresses must be ones that the service may connect to, as far as the plugin's settings are known by now. They
/// are not asked for here: NetBox waits for this very answer. Names are looked up when they are connected to.
pub(super) fn check_hosts(state: &AppState, hosts: &[Option<&str>]) -> Result<(), ApiError> {
    let addresses = &state.syncer.settings().addresses;
    for host in hosts.iter().flatten() {
        addresses.check_host(host).map_err(Rejected::from)?;
    }
    Ok(())
}

/// Store the NetBox endpoint
///
/// There is one.
#[utoipa::path(post, path = "/netbox/endpoint", tag = "netbox", request_body = NetboxCreate, responses(
    (status = 200, body = NetboxEndpoint),
    (status = 400, body = DetailBody, example = json!({"detail": "Only one NetBox endpoint is allowed"})),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn create(
    State(state): State<AppState>,
    Body(body): Body<NetboxCreate>,
) -> Result<Json<NetboxEndpoint>, ApiError> {
    let (domain, base_path) = (body.domain.as_deref(), body.base_path.as_deref());
    let texts = (Some(body.name.as_str()), Some(body.ip_address.as_str()), domain, base_path);
    check(texts, body.port, Some(&body.token), body.token_key.as_ref())?;
    check_hosts(&state, &[Some(&body.ip_address), body.domain.as_deref()])?;
    let new = NewNetbox {
        name: body.name,
        ip_address: body.ip_address,
        domain: body.domain.unwrap_or_default(),
        port: body.port.unwrap_or(443),
        token_version: body.token_version.unwrap_or_else(|| "v1".to_owned()),
        token_key: body.token_key,
        token: body.token,
        verify_ssl: body.verify_ssl.unwrap_or(true),
        enabled: body.enabled.unwrap_or(true),
        ca_pem: body.ca_pem,
        fingerprint: body.fingerprint,
        use_https: body.use_https,
        base_path: body.base_path.unwrap_or_default(),
    };
    Ok(Json(state.store.netbox_create(new).await?.into()))
}

/// The NetBox endpoints
#[utoipa::path(get, path = "/netbox/endpoint", tag = "netbox",
    params(("offset" = Option<u64>, Query), ("limit" = Option<u64>, Query, description = "100 at most")),
    responses((status = 200, body = Vec<NetboxEndpoint>), (status = 401, body = DetailBody), (status = 422, body = InvalidBody)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<NetboxEndpoint>>, ApiError> {
    let records = params.page(state.store.netbox_list().await?)?;
    Ok(Json(records.into_iter().map(NetboxEndpoint::from).collect()))
}

/// One NetBox endpoint
#[utoipa::path(get, path = "/netbox/endpoint/{netbox_id}", tag = "netbox", params(("netbox_id" = i64, Path)), responses(
    (status = 200, body = NetboxEndpoint),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Netbox Endpoint not found"})),
))]
pub(crate) async fn read(
    State(state): State<AppState>,
    Id(id): Id,
) -> Result<Json<NetboxEndpoint>, ApiError> {
    match state.store.netbox(id).await {
        Ok(record) => Ok(Json(record.into())),
        // This route has always written the name its own way.
        Err(StoreError::Rejected(Rejected::NetboxNotFound)) => {
            Err(ApiError::Detail(StatusCode::NOT_FOUND, "Netbox Endpoint not found".to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Change the NetBox endpoint
///
/// What is not given stays, the token too.
#[utoipa::path(put, path = "/netbox/endpoint/{netbox_id}", tag = "netbox", params(("netbox_id" = i64, Path)),
    request_body = NetboxUpdate, responses(
    (status = 200, body = NetboxEndpoint),
    (status = 400, body = DetailBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "NetBox Endpoint not found"})),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn update(
    State(state): State<AppState>,
    Id(id): Id,
    Body(body): Body<NetboxUpdate>,
) -> Result<Json<NetboxEndpoint>, ApiError> {
    let (domain, base_path) = (body.domain.as_deref(), body.base_path.as_deref());
    let texts = (body.name.as_deref(), body.ip_address.as_deref(), domain, base_path);
    check(texts, body.port, body.token.as_ref(), body.token_key.as_ref())?;
    check_hosts(&state, &[body.ip_address.as_deref(), body.domain.as_deref()])?;
    let change = NetboxChange {
        name: body.name,
        ip_address: body.ip_address,
        domain: body.domain,
        port: body.port,
        token_version: body.token_version,
        token_key: body.token_key,
        token: body.token,
        verify_ssl: body.verify_ssl,
        enabled: body.enabled,
        ca_pem: body.ca_pem,
        fingerprint: body.fingerprint,
        use_https: body.use_https,
        base_path: body.base_path,
    };
    Ok(Json(state.store.netbox_update(id, change).await?.into()))
}

/// A word that it is done.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deleted {
    #[schema(example = "NetBox Endpoint deleted.")]
    pub(crate) message: &'static str,
}

/// Forget the NetBox endpoint
#[utoipa::path(delete, path = "/netbox/endpoint/{netbox_id}", tag = "netbox", params(("netbox_id" = i64, Path)), responses(
    (status = 200, body = Deleted), (status = 401, body = DetailBody), (status = 404, body = DetailBody),
))]
pub(crate) async fn delete(State(state): State<AppState>, Id(id): Id) -> Result<Json<Deleted>, ApiError> {
    state.store.netbox_delete(id).await?;
    state.forget_netbox();
    Ok(Json(Deleted { message: "NetBox Endpoint deleted." }))
}

/// What NetBox says about itself
#[utoipa::path(get, path = "/netbox/status", tag = "netbox",
    params(("netbox_id" = Option<i64>, Query, description = "The only endpoint when not given")), responses(
    (status = 200, description = "The body of NetBox's `/api/status/`", body = Value, example = json!({"netbox-version": "4.7.3"})),
    (status = 400, description = "No NetBox endpoint is stored", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "NetBox cannot be reached or refuses", body = FaultBody),
))]
pub(crate) async fn status(State(state): State<AppState>, params: Params) -> Result<Json<Value>, ApiError> {
    let netbox = state.netbox(params.number("netbox_id", 0, i64::MAX)?).await?;
    Ok(Json(netbox.get("status/", &[]).await?))
}
