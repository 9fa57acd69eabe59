//! Starting syncs and watching them. A run that was started goes on when its client leaves.

use super::sync_query::{SyncParams, job, wants_network};
use crate::error::{ApiError, CodedBody, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use crate::stream::{self, Surface};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use proxbox_model::report::{RunStatus, Stage};
use proxbox_sync::{Run, RunInfo};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Starts the run of a request, or joins the one that does just that already.
async fn start(state: &AppState, params: &Params, stages: &[Stage]) -> Result<Run, ApiError> {
    let job = job(state, params, stages).await?;
    let scope = scope(&job.proxmox.iter().map(|endpoint| endpoint.name.as_str()).collect::<Vec<_>>(), stages);
    let run = state.syncer.start(job)?;
    if !run.joined() {
        record(state, run.clone(), scope);
    }
    Ok(run)
}

fn scope(endpoints: &[&str], stages: &[Stage]) -> String {
    let stages: Vec<&str> = stages.iter().map(|stage| stage.as_str()).collect();
    let what = if stages.is_empty() { "full update".to_owned() } else { stages.join(", ") };
    format!("{what} of {}", endpoints.join(", "))
}

/// Writes down that the run began and how it ended, whoever listens.
fn record(state: &AppState, run: Run, scope: String) {
    let store = state.store.clone();
    state.records.spawn(async move {
        let mut result = store.run_started(run.id(), &scope).await;
        let report = run.wait().await;
        if result.is_ok() {
            result = store.run_ended(&report).await;
        }
        if let Err(error) = result {
            tracing::warn!(run = run.id(), %error, "the run cannot be recorded");
        }
    });
}

async fn streamed(state: AppState, params: Params, surface: Surface) -> Result<Response, ApiError> {
    let stages = match surface {
        Surface::Full => Vec::new(),
        Surface::Stage { stage, .. } => vec![stage],
    };
    let run = start(&state, &params, &stages).await?;
    Ok(stream::response(run.events(), surface))
}

/// Full update
///
/// Answers when it is done. Clients with little patience may leave; the run goes on.
#[utoipa::path(get, path = "/full-update", tag = "sync", params(SyncParams), responses(
    (status = 200, body = Value, example = json!({"status": "completed", "devices_count": 2, "virtual_machines_count": 4,
        "created": 7, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 0, "conflicts": 0, "total": 7})),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 409, description = "Another run is at work on some of the same endpoints", body = CodedBody),
    (status = 422, body = InvalidBody),
    (status = 502, description = "Nothing could be done", body = FaultBody),
))]
pub(crate) async fn full_update(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let run = start(&state, &params, &[]).await?;
    let report = run.wait().await;
    let message = match report.status {
        RunStatus::Completed | RunStatus::Partial => return Ok(Json(Value::Object(stream::full(&report)))),
        RunStatus::Failed => "Full update sync failed.",
        RunStatus::Cancelled => "Full update sync cancelled.",
    };
    Err(ApiError::Fault {
        status: if report.status == RunStatus::Failed {
            StatusCode::BAD_GATEWAY
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        },
        message: message.to_owned(),
        detail: Some(stream::trouble(&report)),
        chain: report.problems.first().map(|problem| problem.causes.clone()).unwrap_or_default(),
    })
}

/// Full update, with progress
///
/// Server-Sent Events: `step`, `discovery`, `substep`, `item_progress`, `phase_summary`, `error_detail`, `error`, and
/// at the end exactly one `complete`. Comments keep the connection alive. The run goes on when the client leaves.
#[utoipa::path(get, path = "/full-update/stream", tag = "sync", params(SyncParams), responses(
    (status = 200, body = String, content_type = "text/event-stream",
        example = "event: complete\ndata: {\"ok\": true, \"message\": \"Full update sync completed.\", \"result\": {\"status\": \"completed\"}}\n\n"),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 409, description = "Another run is at work on some of the same endpoints", body = CodedBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn full_update_stream(
    State(state): State<AppState>,
    params: Params,
) -> Result<Response, ApiError> {
    streamed(state, params, Surface::Full).await
}

/// Clusters and nodes, with progress
///
/// Server-Sent Events as of the full update, for this stage alone.
#[utoipa::path(get, path = "/dcim/devices/create/stream", tag = "sync", params(SyncParams), responses(
    (status = 200, body = String, content_type = "text/event-stream",
        example = "event: complete\ndata: {\"ok\": true, \"message\": \"devices sync completed.\", \"result\": {\"count\": 2}}\n\n"),
    (status = 400, body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 409, body = CodedBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn devices_stream(
    State(state): State<AppState>,
    params: Params,
) -> Result<Response, ApiError> {
    streamed(state, params, Surface::Stage { stage: Stage::Devices, network: false }).await
}

/// Virtual machines and containers, with progress
///
/// Server-Sent Events as of the full update, for this stage alone.
#[utoipa::path(get, path = "/virtualization/virtual-machines/create/stream", tag = "sync",
    params(SyncParams, ("sync_vm_network" = Option<bool>, Query, description = "False leaves out the rows of single machines.")),
    responses(
    (status = 200, body = String, content_type = "text/event-stream",
        example = "event: complete\ndata: {\"ok\": true, \"message\": \"Virtual machines sync completed.\", \"result\": {\"count\": 4}}\n\n"),
    (status = 400, body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 409, body = CodedBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn virtual_machines_stream(
    State(state): State<AppState>,
    params: Params,
) -> Result<Response, ApiError> {
    let network = wants_network(&params)?;
    streamed(state, params, Surface::Stage { stage: Stage::VirtualMachines, network }).await
}

/// Runs at work.
#[derive(Serialize, ToSchema)]
pub(crate) struct Active {
    /// Whether there are any.
    active: bool,
    runs: Vec<ActiveRun>,
}

/// A run at work.
#[derive(Serialize, ToSchema)]
struct ActiveRun {
    /// UUID.
    run_id: String,
    /// Names of the Proxmox endpoints.
    endpoints: Vec<String>,
    /// Stages, in order.
    #[schema(example = json!(["devices", "virtual-machines"]))]
    stages: Vec<&'static str>,
    /// Seconds since the epoch.
    started_at: u64,
}

impl From<RunInfo> for ActiveRun {
    fn from(info: RunInfo) -> Self {
        Self {
            run_id: info.id,
            endpoints: info.endpoints,
            stages: info.stages.into_iter().map(Stage::as_str).collect(),
            started_at: info.started,
        }
    }
}

/// Runs at work
#[utoipa::path(get, path = "/sync/active", tag = "sync", responses(
    (status = 200, body = Active), (status = 401, body = DetailBody),
))]
pub(crate) async fn active(State(state): State<AppState>) -> Json<Active> {
    let runs: Vec<ActiveRun> = state.syncer.active().into_iter().map(ActiveRun::from).collect();
    Json(Active { active: !runs.is_empty(), runs })
}
