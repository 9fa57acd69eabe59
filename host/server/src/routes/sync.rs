//! Starting syncs and watching them. A run that was started goes on when its client leaves.

use super::opening;
use super::sync_params::SyncParams;
use super::sync_query::job;
use crate::error::{ApiError, CodedBody, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use crate::stream::{self, Surface};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use proxbox_model::options::Focus;
use proxbox_model::report::{RunReport, RunStatus, Stage};
use proxbox_sync::{Job, Run, RunInfo};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Starts the run of a request, or joins the one that does just that already. It waits while another one is in the way.
pub(crate) async fn start(state: &AppState, params: &Params, stages: &[Stage]) -> Result<Run, ApiError> {
    let job = job(state, params, stages).await?;
    let stages: Vec<&str> = stages.iter().map(|stage| stage.as_str()).collect();
    let what = match (stages.is_empty(), job.options.quick) {
        (true, true) => "quick update".to_owned(),
        (true, false) => "full update".to_owned(),
        (false, _) => stages.join(", "),
    };
    begin(state, job, &what)
}

/// The same without a write, whatever the request says of that.
pub(super) async fn start_dry(state: &AppState, params: &Params, stages: &[Stage]) -> Result<Run, ApiError> {
    let mut job = job(state, params, stages).await?;
    job.options.dry_run = true;
    begin(state, job, "preview")
}

/// The same for a few objects.
pub(super) async fn start_for(state: &AppState, params: &Params, focus: Focus) -> Result<Run, ApiError> {
    let mut job = job(state, params, &focus.stages()).await?;
    let what = focus.only.to_string();
    job.options.netbox_vm_ids.clear();
    job.options.focus = Some(focus);
    begin(state, job, &what)
}

fn begin(state: &AppState, job: Job, what: &str) -> Result<Run, ApiError> {
    let endpoints: Vec<&str> = job.proxmox.iter().map(|endpoint| endpoint.name.as_str()).collect();
    let scope = format!("{what} of {}", endpoints.join(", "));
    let run = state.syncer.start(job)?;
    if !run.joined() {
        record(state, run.clone(), scope);
    }
    Ok(run)
}

/// What `HEAD` of a route that starts runs is answered with: who wants no answer wants no run.
pub(super) async fn no_head() -> ApiError {
    ApiError::Detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed".to_owned())
}

/// Writes down that the run began and how it ended, whoever listens.
fn record(state: &AppState, run: Run, scope: String) {
    let store = state.store.clone();
    state.records.spawn(async move {
        let mut result = store.run_started(run.id(), &scope).await;
        let report = run.wait().await;
        // Its events need not wait until the report is written.
        drop(run);
        if result.is_ok() {
            result = store.run_ended(&report).await;
        }
        if let Err(error) = result {
            tracing::warn!(run = report.run, %error, "the run cannot be recorded");
        }
    });
}

/// Starts or joins a run and tells its progress. One that cannot do anything at all is an error instead.
pub(super) async fn streamed(
    state: AppState,
    params: Params,
    stages: &[Stage],
    surface: Surface,
) -> Result<Response, ApiError> {
    let run = start(&state, &params, stages).await?;
    if let Some(report) = opening::failed(&run).await {
        outcome(&report, surface.label())?;
    }
    Ok(stream::response(run.events(), surface))
}

/// Whether a run came to anything; what it is called begins the sentence when it did not.
pub(super) fn outcome(report: &RunReport, name: &str) -> Result<(), ApiError> {
    let (status, word) = match report.status {
        RunStatus::Completed | RunStatus::Partial => return Ok(()),
        RunStatus::Failed => (opening::status(report), "failed"),
        RunStatus::Cancelled => (StatusCode::SERVICE_UNAVAILABLE, "cancelled"),
    };
    Err(ApiError::Fault {
        status,
        message: format!("{name} sync {word}."),
        detail: Some(stream::trouble(report)),
        chain: report.cause().map(|problem| problem.causes.clone()).unwrap_or_default(),
    })
}

/// Full update
///
/// Answers when it is done. Clients with little patience may leave; the run goes on. Every stage has a member and a count
/// (`virtual_machines`, `virtual_machines_count`); devices, storage and machines are listed, other lists stay empty.
/// `stages` holds all counts of every stage.
#[utoipa::path(get, path = "/full-update", tag = "sync", params(SyncParams), responses(
    (status = 200, body = Value, example = json!({"status": "completed", "devices_count": 2, "virtual_machines_count": 4,
        "created": 7, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 0, "conflicts": 0, "total": 7,
        "stages": {"devices": {"created": 3, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 0, "conflicts": 0, "total": 3}}})),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 503, description = "Too many runs are waiting", body = CodedBody),
    (status = 422, body = InvalidBody),
    (status = 502, description = "Nothing could be done", body = FaultBody),
))]
pub(crate) async fn full_update(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let run = start(&state, &params, &[]).await?;
    let report = run.wait().await;
    outcome(&report, "Full update")?;
    Ok(Json(Value::Object(stream::full(&report))))
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
    (status = 503, description = "Too many runs are waiting", body = CodedBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn full_update_stream(
    State(state): State<AppState>,
    params: Params,
) -> Result<Response, ApiError> {
    streamed(state, params, &[], Surface::Full).await
}

/// Runs at work and waiting.
#[derive(Serialize, ToSchema)]
pub(crate) struct Active {
    /// Whether there are any.
    active: bool,
    /// In the order in which they came.
    runs: Vec<ActiveRun>,
}

/// A run at work or waiting.
#[derive(Serialize, ToSchema)]
struct ActiveRun {
    /// UUID.
    run_id: String,
    /// `running` or `waiting`.
    #[schema(example = "running")]
    state: &'static str,
    /// The run that it waits for.
    waits_for: Option<String>,
    /// Names of the Proxmox endpoints.
    endpoints: Vec<String>,
    /// Stages, in order.
    #[schema(example = json!(["devices", "virtual-machines"]))]
    stages: Vec<&'static str>,
    /// Seconds since the epoch; of one that waits, when it was asked for.
    started_at: u64,
}

impl From<RunInfo> for ActiveRun {
    fn from(info: RunInfo) -> Self {
        Self {
            run_id: info.id,
            state: if info.waits_for.is_some() { "waiting" } else { "running" },
            waits_for: info.waits_for,
            endpoints: info.endpoints,
            stages: info.stages.into_iter().map(Stage::as_str).collect(),
            started_at: info.started,
        }
    }
}

/// Runs at work and waiting
#[utoipa::path(get, path = "/sync/active", tag = "sync", responses(
    (status = 200, body = Active), (status = 401, body = DetailBody),
))]
pub(crate) async fn active(State(state): State<AppState>) -> Json<Active> {
    let runs: Vec<ActiveRun> = state.syncer.active().into_iter().map(ActiveRun::from).collect();
    Json(Active { active: !runs.is_empty(), runs })
}

/// What was told to stop.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cancelled {
    /// UUID.
    run_id: String,
    #[schema(example = "The run was told to stop")]
    detail: &'static str,
}

/// Stop a run
///
/// At work or waiting. What it has written stays, and whoever listens is told.
#[utoipa::path(post, path = "/sync/{run_id}/cancel", tag = "sync", params(("run_id" = String, Path, description = "UUID")),
    responses(
        (status = 202, body = Cancelled), (status = 401, body = DetailBody),
        (status = 404, description = "No such run is at work or waits", body = DetailBody),
))]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    Path(run_id): Path<String>,
) -> Result<(StatusCode, Json<Cancelled>), ApiError> {
    if !state.syncer.cancel(&run_id) {
        let detail = "No such run is at work or waiting".to_owned();
        return Err(ApiError::Detail(StatusCode::NOT_FOUND, detail));
    }
    Ok((StatusCode::ACCEPTED, Json(Cancelled { run_id, detail: "The run was told to stop" })))
}
