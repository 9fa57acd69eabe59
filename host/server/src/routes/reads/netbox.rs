//! What NetBox says of itself.

use crate::body::Id;
use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use proxbox_model::Diagnostic as _;
use proxbox_netbox::NetboxError;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use utoipa::ToSchema;

/// Whoever asks for a probe waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// NetBox's own OpenAPI document
#[utoipa::path(get, path = "/netbox/openapi", tag = "netbox",
    params(("netbox_id" = Option<i64>, Query, description = "The only endpoint when not given")), responses(
    (status = 200, description = "The body of NetBox's `/api/schema/`", body = Value, example = json!({"openapi": "3.0.3"})),
    (status = 400, description = "No NetBox endpoint is stored", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "NetBox cannot be reached or refuses", body = FaultBody),
))]
pub(crate) async fn openapi(State(state): State<AppState>, params: Params) -> Result<Json<Value>, ApiError> {
    let netbox = state.netbox(params.number("netbox_id", 0, i64::MAX)?).await?;
    Ok(Json(netbox.get("schema/", &[("format", "json")]).await?))
}

/// Whether NetBox answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Probe {
    reachable: bool,
    /// `ok`, or what failed.
    #[schema(example = "ok")]
    status: &'static str,
    #[schema(example = "4.7.3")]
    api_version: Option<String>,
    /// Code of what failed.
    error_type: Option<&'static str>,
    /// What failed, in a sentence.
    error: Option<String>,
    timeout_seconds: u64,
}

/// Ask a NetBox endpoint whether it answers
#[utoipa::path(get, path = "/netbox/endpoint/{netbox_id}/probe", tag = "netbox", params(("netbox_id" = i64, Path)), responses(
    (status = 200, body = Probe),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "NetBox Endpoint not found"})),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn probe(State(state): State<AppState>, Id(id): Id) -> Result<Json<Probe>, ApiError> {
    state.store.netbox(id).await?;
    let netbox = state.netbox(Some(id)).await?;
    let answer = tokio::time::timeout(PATIENCE, netbox.get_fresh("status/")).await;
    Ok(Json(match answer {
        Ok(Ok(status)) => Probe {
            reachable: true,
            status: "ok",
            api_version: status.get("netbox-version").and_then(Value::as_str).map(str::to_owned),
            error_type: None,
            error: None,
            timeout_seconds: PATIENCE.as_secs(),
        },
        Ok(Err(error)) => failed(is_answer(&error), error.code(), error.to_string()),
        Err(_) => {
            failed(false, "netbox-timeout", format!("no answer came within {} seconds", PATIENCE.as_secs()))
        }
    }))
}

/// Whether something answered, though not what was asked for.
fn is_answer(error: &NetboxError) -> bool {
    matches!(
        error,
        NetboxError::Forbidden { .. }
            | NetboxError::Rejected { .. }
            | NetboxError::ServerError { .. }
            | NetboxError::Unavailable { .. }
            | NetboxError::NotFound { .. }
            | NetboxError::Html { .. }
    )
}

fn failed(reachable: bool, code: &'static str, error: String) -> Probe {
    Probe {
        reachable,
        status: "error",
        api_version: None,
        error_type: Some(code),
        error: Some(error),
        timeout_seconds: PATIENCE.as_secs(),
    }
}
