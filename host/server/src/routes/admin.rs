//! For operators: the log, and whether the stored credentials can be read.

use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::logs::{self, ActiveFilters, Entry, Filter, LogQuery};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A part of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct Logs {
    /// Newest first.
    #[schema(value_type = Vec<Entry>)]
    logs: Vec<Arc<Entry>>,
    /// How many entries match.
    total: usize,
    /// Whether there are older ones behind this part.
    has_more: bool,
    active_filters: ActiveFilters,
}

/// Which entries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `LogQuery` reads")]
pub(crate) struct LogParams {
    /// `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`: entries of that level and higher ones.
    level: Option<String>,
    /// Errors alone.
    #[param(default = false)]
    errors_only: Option<bool>,
    /// Entries with a greater id.
    newer_than_id: Option<u64>,
    /// Run that they belong to.
    operation_id: Option<String>,
}

/// Which part of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `LogQuery` reads")]
pub(crate) struct PageParams {
    /// Entries with a smaller id.
    older_than_id: Option<u64>,
    /// Entries of that time and later ones, in ISO 8601; without an offset in UTC.
    #[param(example = "2026-01-31T12:00:00Z")]
    since: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 5000, default = 200)]
    limit: Option<u32>,
    /// How many of the newest to leave out.
    #[param(default = 0)]
    offset: Option<u64>,
}

/// The log
///
/// The latest 10,000 entries at most, newest first, without secrets. What happened in a run carries its id as
/// `operation_id`.
#[utoipa::path(get, path = "/admin/logs", tag = "admin", params(LogParams, PageParams), responses(
    (status = 200, body = Logs),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn logs(State(state): State<AppState>, params: Params) -> Result<Json<Logs>, ApiError> {
    let query = LogQuery::parse(&params)?;
    let page = state.config.logs.select(&query);
    Ok(Json(Logs {
        has_more: query.offset.saturating_add(page.entries.len()) < page.total,
        total: page.total,
        logs: page.entries,
        active_filters: query.filter.active(),
    }))
}

/// The log as it grows
///
/// Server-Sent Events named `log`, each with one entry; comments keep the connection alive. With `newer_than_id` it
/// begins with what is already there.
#[utoipa::path(get, path = "/admin/logs/stream", tag = "admin", params(LogParams), responses(
    (status = 200, body = String, content_type = "text/event-stream",
        example = "event: log\ndata: {\"id\": 1, \"timestamp\": \"2026-01-31T12:00:00.123456Z\", \"level\": \"INFO\", \"module\": \"proxbox\", \"message\": \"ready\"}\n\n"),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn logs_stream(State(state): State<AppState>, params: Params) -> Result<Response, ApiError> {
    let filter = Filter::parse(&params)?;
    Ok(logs::response(state.config.logs.clone(), filter, state.closing.clone()))
}

/// How the stored credentials are encrypted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Encryption {
    /// Always 1.
    attestation_version: u8,
    /// `env`: the key comes from outside. Null: there is none, and credentials are stored as they are.
    #[schema(example = "env")]
    active_key_source: Option<&'static str>,
    /// Whether every stored credential is encrypted and was opened just now.
    encrypted_credentials_verified: bool,
    /// Encrypted and opened.
    opened: usize,
    /// Encrypted, and not to be opened with this key.
    unreadable: usize,
    /// Stored without encryption.
    unencrypted: usize,
}

/// Whether the stored credentials can be read
///
/// Opens every one of them.
#[utoipa::path(get, path = "/admin/encryption/status", tag = "admin", responses(
    (status = 200, body = Encryption),
    (status = 401, body = DetailBody),
    (status = 500, description = "The database does not answer", body = FaultBody),
))]
pub(crate) async fn encryption(State(state): State<AppState>) -> Result<Json<Encryption>, ApiError> {
    let found = state.store.verify_credentials().await?;
    let encrypts = !state.store.is_plaintext();
    Ok(Json(Encryption {
        attestation_version: 1,
        active_key_source: encrypts.then_some("env"),
        encrypted_credentials_verified: encrypts && found.unreadable == 0 && found.plain == 0,
        opened: found.opened,
        unreadable: found.unreadable,
        unencrypted: found.plain,
    }))
}
