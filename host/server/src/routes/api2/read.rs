//! Any operation that reads, passed on to one endpoint; everything else is refused.

use super::call::{Asked, invalid, no_catalogue, not_found, parted};
use super::document;
use crate::error::ApiError;
use crate::query::{Pairs, Params};
use crate::routes::reads::http_status;
use crate::routes::selection;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use proxbox_catalogue::{Arguments, Catalogue, Method, Operation, check_returns};
use proxbox_model::Diagnostic as _;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::problem::Problem;
use proxbox_proxmox::ProxmoxError;
use serde::Serialize;
use serde_json::value::RawValue;
use std::time::Duration;
use utoipa::ToSchema;

/// Clients of these routes wait half a minute.
const BUDGET: Duration = Duration::from_secs(25);
/// Some operations look for things on the network first.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(20);
/// How many places of the answer are not as its schema says.
pub(super) const DRIFT: HeaderName = HeaderName::from_static("x-proxbox-schema-drift");

/// What is said to whoever wants to change something.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadOnlyBody {
    #[schema(example = "Generated Proxmox proxy routes are read-only.")]
    message: &'static str,
    #[schema(example = "Use a typed, audited RPC procedure for mutation operations.")]
    detail: &'static str,
}

/// Refuses whatever is not GET, before anything about it is looked at.
pub(super) async fn refuse() -> Response {
    let body = ReadOnlyBody {
        message: "Generated Proxmox proxy routes are read-only.",
        detail: "Use a typed, audited RPC procedure for mutation operations.",
    };
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

/// Checks a call against the schema of its operation, asks the one endpoint that is meant, and gives its answer as it is.
pub(super) async fn read(
    State(state): State<AppState>,
    uri: Uri,
    Pairs(pairs): Pairs,
) -> Result<Response, ApiError> {
    let asked = Asked::of(uri.path());
    let catalogue = state.proxied.shelf.get(asked.version).map_err(|error| no_catalogue(&error))?;
    if asked.path == document::FILE {
        return document::of_version(&state, &catalogue, asked.prefix()).await;
    }
    let found = catalogue.find(Method::Get, asked.path).map_err(|error| not_found(&error))?;
    let (controls, query) = parted(&found.operation, pairs);
    let arguments = found.operation.check_parameters(&found.arguments, &query).map_err(invalid)?;
    let endpoint = target(&state, &controls).await?;
    let data = ask(&state, &endpoint, &arguments).await?;
    let drifts = drifts(&state, &catalogue, &found.operation, &data);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (DRIFT, HeaderValue::from(drifts)),
    ];
    Ok((headers, String::from(Box::<str>::from(data))).into_response())
}

/// The one endpoint that the parameters mean.
async fn target(state: &AppState, controls: &Params) -> Result<ProxmoxEndpoint, ApiError> {
    let mut endpoints = selection::endpoints(state, controls).await?;
    match (endpoints.pop(), endpoints.as_slice()) {
        (Some(only), []) => Ok(only),
        (last, others) => {
            let names = others.iter().chain(last.as_ref()).map(|endpoint| endpoint.name.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            Err(ApiError::bad_request(
                "Several Proxmox endpoints could be meant",
                format!(
                    "Say which one with target_name, target_domain, target_ip_address or proxmox_endpoint_ids. There are: {names}."
                ),
            ))
        }
    }
}

async fn ask(
    state: &AppState,
    endpoint: &ProxmoxEndpoint,
    Arguments { path, query }: &Arguments,
) -> Result<Box<RawValue>, ApiError> {
    let settings = state.settings().await.proxmox.clone();
    let limit = endpoint.timeout.unwrap_or(settings.timeout).min(LONGEST_ATTEMPT);
    let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let work = async {
        let client = state.proxmox_clients.of(endpoint, settings).await.map_err(|error| upstream(&error))?;
        client.get_raw(path, &query, limit).await.map_err(|error| upstream(&error))
    };
    tokio::time::timeout(BUDGET, work).await.unwrap_or_else(|_| Err(too_slow(endpoint)))
}

/// Proxmox's own words and what they mean, told apart by code and status.
fn upstream(error: &ProxmoxError) -> ApiError {
    ApiError::Upstream {
        code: error.code(),
        upstream_status: http_status(error.fault()),
        message: error.to_string(),
        detail: error.hint(),
        chain: Problem::from(error).causes,
    }
}

fn too_slow(endpoint: &ProxmoxEndpoint) -> ApiError {
    ApiError::Upstream {
        code: "proxmox-timeout",
        upstream_status: None,
        message: format!(
            "Proxmox endpoint {}: no answer came within {} seconds",
            endpoint.name,
            BUDGET.as_secs()
        ),
        detail: Some("Look at the load of the node and at its network.".to_owned()),
        chain: Vec::new(),
    }
}

/// Notes where an answer is not as its schema says, and how often.
fn drifts(state: &AppState, catalogue: &Catalogue, operation: &Operation, data: &RawValue) -> usize {
    let Ok(answer) = serde_json::from_str(data.get()) else { return 0 };
    let drifts = check_returns(operation, &answer);
    let (version, path) = (catalogue.version(), operation.summary.path.as_str());
    for drift in &drifts {
        tracing::debug!(version, path, "not as the schema says: {drift}");
    }
    state.proxied.count(version, path, drifts.len());
    drifts.len()
}
