//! The answers of NetBox that are kept for a while to answer single questions. Syncs never read them.

use crate::error::DetailBody;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use proxbox_netbox::{CacheMetrics, CachedQuestion};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Questions that the overview names.
const SAMPLE: usize = 20;

/// What the cache has done and holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct Metrics {
    hits: u64,
    misses: u64,
    /// Per cent, two decimals.
    hit_rate: f64,
    invalidations: u64,
    /// Evictions for age.
    evictions_ttl: u64,
    /// Evictions for room. Entries and bytes are one limit, so that these hold both.
    evictions_size: u64,
    /// Always 0: see `evictions_size`.
    evictions_bytes: u64,
    current_entries: u64,
    current_bytes: u64,
    max_entries: u64,
    max_bytes: u64,
    ttl_seconds: f64,
    oldest_entry_age_seconds: Option<f64>,
}

async fn measured(state: &AppState) -> Metrics {
    let metrics = match state.known_netbox() {
        Some(netbox) => netbox.cache_metrics().await,
        None => CacheMetrics::default(),
    };
    let settings = state.netbox_settings();
    let questions = metrics.hits + metrics.misses;
    let rate = if questions == 0 { 0.0 } else { metrics.hits as f64 * 100.0 / questions as f64 };
    Metrics {
        hits: metrics.hits,
        misses: metrics.misses,
        hit_rate: (rate * 100.0).round() / 100.0,
        invalidations: metrics.invalidations,
        evictions_ttl: metrics.evictions_age,
        evictions_size: metrics.evictions_room,
        evictions_bytes: 0,
        current_entries: metrics.entries,
        current_bytes: metrics.bytes,
        max_entries: settings.get_cache_max_entries,
        max_bytes: settings.get_cache_max_bytes,
        ttl_seconds: settings.get_cache_ttl.as_secs_f64(),
        oldest_entry_age_seconds: metrics.oldest.map(|age| (age.as_secs_f64() * 1000.0).round() / 1000.0),
    }
}

/// Everything that is cached
#[derive(Serialize, ToSchema)]
pub(crate) struct Overview {
    /// Kept for clients that look at it; empty.
    proxbox_cache: Value,
    netbox_get_cache_metrics: Metrics,
    /// Some of the questions whose answers are held, 20 at most.
    netbox_get_cache_sample: Vec<Question>,
}

/// A question whose answer is held.
#[derive(Serialize, ToSchema)]
struct Question {
    /// The NetBox that was asked.
    #[schema(example = "https://netbox.example.org:443")]
    api_id: String,
    /// Below `/api/`.
    #[schema(example = "dcim/sites")]
    path: String,
    query: BTreeMap<String, String>,
}

fn sample(state: &AppState) -> Vec<Question> {
    let Some(netbox) = state.known_netbox() else { return Vec::new() };
    let question = |CachedQuestion { path, query }| Question {
        api_id: netbox.url().to_owned(),
        path,
        query: query.into_iter().collect(),
    };
    netbox.cached_questions(SAMPLE).into_iter().map(question).collect()
}

/// What is cached
#[utoipa::path(get, path = "/cache", tag = "cache", responses(
    (status = 200, body = Overview), (status = 401, body = DetailBody),
))]
pub(crate) async fn overview(State(state): State<AppState>) -> Json<Overview> {
    Json(Overview {
        proxbox_cache: json!({}),
        netbox_get_cache_metrics: measured(&state).await,
        netbox_get_cache_sample: sample(&state),
    })
}

/// Metrics of the cache
#[utoipa::path(get, path = "/cache/metrics", tag = "cache", responses(
    (status = 200, body = Metrics), (status = 401, body = DetailBody),
))]
pub(crate) async fn metrics(State(state): State<AppState>) -> Json<Metrics> {
    Json(measured(&state).await)
}

/// Metrics of the cache, for Prometheus
#[utoipa::path(get, path = "/cache/metrics/prometheus", tag = "cache", responses(
    (status = 200, body = String, content_type = "text/plain", example = "# TYPE proxbox_cache_hits counter\nproxbox_cache_hits 0\n"),
    (status = 401, body = DetailBody),
))]
pub(crate) async fn prometheus(State(state): State<AppState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, EXPOSITION)], exposition(&state).await)
}

/// The content type of metrics for Prometheus.
pub(super) const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of the cache for Prometheus.
pub(super) async fn exposition(state: &AppState) -> String {
    let metrics = measured(state).await;
    let mut text = String::new();
    for (name, kind, value) in [
        ("hits", "counter", metrics.hits as f64),
        ("misses", "counter", metrics.misses as f64),
        ("hit_rate", "gauge", metrics.hit_rate),
        ("invalidations", "counter", metrics.invalidations as f64),
        ("evictions_ttl", "counter", metrics.evictions_ttl as f64),
        ("evictions_size", "counter", metrics.evictions_size as f64),
        ("evictions_bytes", "counter", metrics.evictions_bytes as f64),
        ("current_entries", "gauge", metrics.current_entries as f64),
        ("current_bytes", "gauge", metrics.current_bytes as f64),
        ("max_entries", "gauge", metrics.max_entries as f64),
        ("max_bytes", "gauge", metrics.max_bytes as f64),
        ("ttl_seconds", "gauge", metrics.ttl_seconds),
        ("oldest_entry_age_seconds", "gauge", metrics.oldest_entry_age_seconds.unwrap_or(0.0)),
    ] {
        // Writing to a string does not fail.
        let _ = writeln!(text, "# TYPE proxbox_cache_{name} {kind}\nproxbox_cache_{name} {value}");
    }
    text
}

/// A word that it is done.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cleared {
    #[schema(example = "All caches cleared")]
    message: &'static str,
}

/// Forget everything that is cached
#[utoipa::path(get, path = "/clear-cache", tag = "cache", responses(
    (status = 200, body = Cleared), (status = 401, body = DetailBody),
))]
pub(crate) async fn clear(State(state): State<AppState>) -> Json<Cleared> {
    state.forget_netbox();
    Json(Cleared { message: "All caches cleared" })
}
