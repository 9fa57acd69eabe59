//! Who answers here, and whether it is well.

use super::api2;
use crate::error::{ApiError, DetailBody};
use crate::state::AppState;
use crate::ws::{self, Channel};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use proxbox_store::NetboxRecord;
use serde::Serialize;
use utoipa::ToSchema;

/// What clients may rely on beyond the oldest releases.
#[derive(Clone, Copy, Serialize, ToSchema)]
struct Capabilities {
    /// Version of the JSON commands of `/ws`, with an id on every frame.
    ws_run_id: u8,
}

const CAPABILITIES: Capabilities = Capabilities { ws_run_id: 1 };

/// Who answers here. The plugin looks at how `message` begins.
#[derive(Serialize, ToSchema)]
pub(crate) struct Root {
    /// Begins with `Proxbox Backend`.
    #[schema(example = "Proxbox Backend made in FastAPI framework")]
    message: &'static str,
    proxbox: Links,
    fastapi: Framework,
    capabilities: Capabilities,
}

/// Where to read on.
#[derive(Serialize, ToSchema)]
struct Links {
    github: &'static str,
    docs: &'static str,
}

/// Kept for clients that show it.
#[derive(Serialize, ToSchema)]
struct Framework {
    github: &'static str,
    website: &'static str,
    reason: &'static str,
}

/// Who answers here
///
/// A WebSocket client that shows its key in the first text frame is sent `Message: 1`, `Message: 2` … every two seconds.
#[utoipa::path(get, path = "/", tag = "meta", security(()), responses((status = 200, body = Root)))]
pub(crate) async fn root(State(state): State<AppState>, request: Request) -> Response {
    if ws::is_wanted(&request) {
        return ws::open(state, request, Channel::Counter).await;
    }
    Json(Root {
        message: "Proxbox Backend made in FastAPI framework",
        proxbox: Links {
            github: "https://github.com/netdevopsbr/netbox-proxbox",
            docs: "https://docs.netbox.dev.br",
        },
        fastapi: Framework {
            github: "https://github.com/tiangolo/fastapi",
            website: "https://fastapi.tiangolo.com/",
            reason: "The message keeps the words that clients look for; this service itself is written in Rust.",
        },
        capabilities: CAPABILITIES,
    })
    .into_response()
}

/// Whether requests can be served.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ready` or `unready`.
    #[schema(example = "ready")]
    status: &'static str,
    init_ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What an operator should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    capabilities: Capabilities,
}

/// Whether requests can be served
#[utoipa::path(get, path = "/health", tag = "meta", security(()), responses(
    (status = 200, body = Health, example = json!({"status": "ready", "init_ok": true})),
    (status = 503, description = "The database does not answer.", body = Health),
))]
pub(crate) async fn health(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let Ok(endpoints) = state.store.netbox_list().await else {
        let reason = Some("database");
        let health = Health {
            status: "unready",
            init_ok: false,
            reason,
            warnings: Vec::new(),
            capabilities: CAPABILITIES,
        };
        return (StatusCode::SERVICE_UNAVAILABLE, Json(health));
    };
    let warnings = warnings(&state, &endpoints);
    let health =
        Health { status: "ready", init_ok: true, reason: None, warnings, capabilities: CAPABILITIES };
    (StatusCode::OK, Json(health))
}

/// What an operator should know.
pub(super) fn warnings(state: &AppState, endpoints: &[NetboxRecord]) -> Vec<String> {
    let mut warnings = Vec::new();
    if state.store.is_plaintext() {
        warnings.push("Credentials are stored without encryption.".to_owned());
    }
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.enabled && endpoint.url.starts_with("http:"))
    {
        warnings.push(format!("NetBox is reached without encryption: {}", endpoint.url));
    }
    warnings
}

/// Whether the process is alive
#[utoipa::path(get, path = "/livez", tag = "meta", security(()), responses(
    (status = 200, body = String, content_type = "text/plain", example = "ok"),
))]
pub(crate) async fn livez() -> &'static str {
    "ok"
}

/// Whether requests can be served, for load balancers
#[utoipa::path(get, path = "/readyz", tag = "meta", security(()), responses(
    (status = 200, body = String, content_type = "text/plain", example = "ok"),
    (status = 503, body = String, content_type = "text/plain", example = "the database does not answer"),
))]
pub(crate) async fn readyz(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.store.bootstrap().await {
        Ok(_) => (StatusCode::OK, "ok"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

/// The release that answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Version {
    #[schema(example = "0.1.0")]
    version: &'static str,
    capabilities: Capabilities,
}

/// The release that answers
#[utoipa::path(get, path = "/version", tag = "meta", responses(
    (status = 200, body = Version),
    (status = 401, body = DetailBody),
))]
pub(crate) async fn version() -> Json<Version> {
    Json(Version { version: env!("CARGO_PKG_VERSION"), capabilities: CAPABILITIES })
}

/// What answers here, for programs that look around.
#[derive(Serialize, ToSchema)]
pub(crate) struct Meta {
    #[schema(example = "proxbox")]
    name: &'static str,
    #[schema(example = "0.1.0")]
    version: &'static str,
    capabilities: Capabilities,
    /// Where the description of every route is, for programs.
    #[schema(example = "/openapi.json")]
    openapi: &'static str,
    /// The same for people.
    #[schema(example = "/docs")]
    docs: &'static str,
    /// The header that carries the key.
    #[schema(example = "X-Proxbox-API-Key")]
    key_header: &'static str,
}

/// What answers here
#[utoipa::path(get, path = "/meta", tag = "meta", security(()), responses((status = 200, body = Meta)))]
pub(crate) async fn meta() -> Json<Meta> {
    Json(Meta {
        name: "proxbox",
        version: env!("CARGO_PKG_VERSION"),
        capabilities: CAPABILITIES,
        openapi: "/openapi.json",
        docs: "/docs",
        key_header: "X-Proxbox-API-Key",
    })
}

/// This document
///
/// With the operations of the newest Proxmox VE that the service knows; those of other versions are at
/// `/proxmox/api2/{version}/openapi.json`.
#[utoipa::path(get, path = "/openapi.json", tag = "meta", security(()), responses(
    (status = 200, description = "OpenAPI", body = serde_json::Value, example = json!({"openapi": "3.1.0"})),
))]
pub(crate) async fn openapi(State(state): State<AppState>) -> Result<Response, ApiError> {
    api2::served_document(&state).await
}
