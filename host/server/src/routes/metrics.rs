//! What a monitoring system wants to know.

use super::cache::{EXPOSITION, exposition};
use crate::error::{ApiError, DetailBody, FaultBody};
use crate::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use proxbox_model::report::RunStatus;
use proxbox_store::{RunRecord, RunState};
use std::fmt::Write as _;

/// Metrics, for Prometheus
///
/// The release, runs at work, the latest run that ended, and the cache. A run that was done in part counts as a success
/// of 0.
#[utoipa::path(get, path = "/metrics", tag = "meta", responses(
    (status = 200, body = String, content_type = "text/plain",
        example = "# TYPE proxbox_runs_active gauge\nproxbox_runs_active 0\n"),
    (status = 401, body = DetailBody),
    (status = 500, description = "The database does not answer", body = FaultBody),
))]
pub(crate) async fn metrics(State(state): State<AppState>) -> Result<impl IntoResponse, ApiError> {
    let mut text = String::new();
    gauge(&mut text, "build_info", &format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1.0);
    gauge(&mut text, "runs_active", "", state.syncer.active().len() as f64);
    let ended = state.store.runs(50).await?.into_iter().find(|run| run.ended.is_some());
    if let Some(RunRecord { state, started, ended: Some(ended), .. }) = ended {
        let success = state == RunState::Ended(RunStatus::Completed);
        gauge(&mut text, "last_run_success", "", f64::from(u8::from(success)));
        gauge(&mut text, "last_run_ended_timestamp_seconds", "", ended);
        gauge(&mut text, "last_run_duration_seconds", "", ended - started);
    }
    text.push_str(&exposition(&state).await);
    Ok(([(header::CONTENT_TYPE, EXPOSITION)], text))
}

fn gauge(text: &mut String, name: &str, labels: &str, value: f64) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "# TYPE proxbox_{name} gauge\nproxbox_{name}{labels} {value}");
}
