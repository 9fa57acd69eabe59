//! Who answers here, and whether it is well.

use crate::error::DetailBody;
use crate::openapi;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// Who answers here. The plugin looks at how `message` begins.
#[derive(Serialize, ToSchema)]
pub(crate) struct Root {
    /// Begins with `Proxbox Backend`.
    #[schema(example = "Proxbox Backend made in FastAPI framework")]
    message: &'static str,
    proxbox: Links,
    fastapi: Framework,
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
#[utoipa::path(get, path = "/", tag = "meta", security(()), responses((status = 200, body = Root)))]
pub(crate) async fn root() -> Json<Root> {
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
    })
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
}

/// Whether requests can be served
#[utoipa::path(get, path = "/health", tag = "meta", security(()), responses(
    (status = 200, body = Health, example = json!({"status": "ready", "init_ok": true})),
    (status = 503, description = "The database does not answer.", body = Health),
))]
pub(crate) async fn health(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let Ok(endpoints) = state.store.netbox_list().await else {
        let reason = Some("database");
        let health = Health { status: "unready", init_ok: false, reason, warnings: Vec::new() };
        return (StatusCode::SERVICE_UNAVAILABLE, Json(health));
    };
    let mut warnings = Vec::new();
    if state.store.is_plaintext() {
        warnings.push("Credentials are stored without encryption.".to_owned());
    }
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.enabled && endpoint.url.starts_with("http:"))
    {
        warnings.push(format!("NetBox is reached without encryption: {}", endpoint.url));
    }
    (StatusCode::OK, Json(Health { status: "ready", init_ok: true, reason: None, warnings }))
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
}

/// The release that answers
#[utoipa::path(get, path = "/version", tag = "meta", responses(
    (status = 200, body = Version),
    (status = 401, body = DetailBody),
))]
pub(crate) async fn version() -> Json<Version> {
    Json(Version { version: env!("CARGO_PKG_VERSION") })
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "meta", security(()), responses(
    (status = 200, description = "OpenAPI", body = serde_json::Value, example = json!({"openapi": "3.1.0"})),
))]
pub(crate) async fn openapi() -> Json<&'static utoipa::openapi::OpenApi> {
    Json(openapi::document())
}
