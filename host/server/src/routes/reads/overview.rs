//! Who answers, and what they are.

use super::ask::{Live, Question, Trouble, all, answers, each};
use super::place::{Place, invalid};
use super::selecting::Selecting;
use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use proxbox_model::facts::ClusterMode;
use serde_json::{Value, json};
use tokio::try_join;

const OVERVIEW: Question = Question::usual("overview");
const SESSIONS: Question = Question::brief("sessions");
const VERSION: Question = Question::brief("version");
const TOP_LEVELS: [&str; 5] = ["access", "cluster", "nodes", "storage", "version"];

/// The selected endpoints at a glance
#[utoipa::path(get, path = "/proxmox/", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!({"message": "Proxmox API", "clusters": [{"lab": {"access": ["users"],
        "cluster": ["status"], "nodes": ["pve1"], "pools": ["prod"], "storage": ["local"], "version": {"version": "9.1.2"}}}]})),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn overview(State(state): State<AppState>, params: Params) -> Result<Json<Value>, ApiError> {
    let clusters = all(&state, &params, OVERVIEW, |live| async move {
        let name = live.name();
        let names = async |path: &str, key: &str| live.offered_rows(path).await.map(|rows| names_of(rows, key));
        let (name, version, access, cluster, nodes, pools, storage) = try_join!(
            name,
            live.get("/version"),
            names("/access", "subdir"),
            names("/cluster", "name"),
            names("/nodes", "node"),
            names("/pools", "poolid"),
            names("/storage", "storage"),
        )?;
        Ok(json!({ name: {
            "access": access, "cluster": cluster, "nodes": nodes, "pools": pools, "storage": storage, "version": version,
        }}))
    })
    .await?;
    Ok(Json(json!({
        "message": "Proxmox API",
        "proxmox_api_viewer": "https://pve.proxmox.com/pve-docs/api-viewer/",
        "github": {
            "netbox": "https://github.com/netbox-community/netbox",
            "netbox-proxbox": "https://github.com/netdevopsbr/netbox-proxbox",
        },
        "clusters": clusters,
    })))
}

fn names_of(rows: Option<Vec<serde_json::Map<String, Value>>>, key: &str) -> Vec<Value> {
    rows.unwrap_or_default().into_iter().filter_map(|mut row| row.remove(key)).collect()
}

/// Where the selected endpoints are, and as whom they are read
#[utoipa::path(get, path = "/proxmox/sessions", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"ip_address": "192.0.2.10", "domain": null, "http_port": 8006,
        "user": "root@pam", "name": "lab", "mode": "cluster", "proxmox_version": "9.1.2",
        "schema_release": "9.1", "schema_status": "available"}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn sessions(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let known = &state.proxied.shelf.tags();
    let sessions = all(&state, &params, SESSIONS, |live| async move {
        let status = live.status().await?;
        let endpoint = &live.endpoint;
        let release = release(live.client.version());
        let known = known.contains(&release);
        Ok(json!({
            "ip_address": endpoint.ip_address, "domain": endpoint.domain, "http_port": endpoint.port,
            "user": endpoint.username, "name": status.name, "mode": mode_name(status.mode),
            "proxmox_version": live.client.version(), "schema_release": release,
            "schema_status": if known { "available" } else { "missing" },
        }))
    });
    Ok(Json(sessions.await?))
}

/// The release that a version belongs to, which schemas are kept by: `9.1` of `9.1.2`.
fn release(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// What a sort of source is called on the wire.
pub(super) fn mode_name(mode: ClusterMode) -> &'static str {
    match mode {
        ClusterMode::Cluster => "cluster",
        ClusterMode::Standalone => "standalone",
        ClusterMode::Restricted => "restricted",
    }
}

/// The versions of the selected endpoints
///
/// Each under the name of its cluster, or of the node on its own.
#[utoipa::path(get, path = "/proxmox/version", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"lab": {"version": "9.1.2", "release": "9.1", "repoid": "abcd1234"}}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, description = "No endpoint is stored", body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody, example = json!({
        "message": "Failed to query Proxmox version for endpoint 'lab (nb:1)' (192.0.2.10:8006). Upstream responded with HTTP 401.",
        "detail": "Proxmox endpoint lab (nb:1): reading /version failed: the login was refused: invalid token value!",
        "python_exception": null})),
))]
pub(crate) async fn version(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    if state.store.proxmox_list().await?.is_empty() {
        let text = "No Proxmox active connections found, not able to retrieve version information";
        return Err(ApiError::Detail(StatusCode::NOT_FOUND, text.to_owned()));
    }
    Ok(Json(named(&state, &params, VERSION, "/version").await?))
}

/// What each endpoint answers on a path, under its name.
async fn named(
    state: &AppState,
    params: &Params,
    question: Question,
    path: &str,
) -> Result<Vec<Value>, ApiError> {
    let read = |live: Live| async move {
        let (name, answer) = try_join!(live.name(), live.get(path))?;
        Ok::<_, Trouble>(json!({ name: answer }))
    };
    answers(each(state, params, question, read).await?)
}

/// A top level of Proxmox's API, as it is
///
/// `access`, `cluster`, `nodes`, `storage` or `version`, under the names of the clusters.
#[utoipa::path(get, path = "/proxmox/{top_level}", tag = "proxmox", params(("top_level" = String, Path), Selecting), responses(
    (status = 200, body = Value, example = json!([{"lab": [{"subdir": "users"}, {"subdir": "roles"}]}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn top_level(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let asked = place.text("top_level");
    let level = TOP_LEVELS.into_iter().find(|level| *level == asked).ok_or_else(|| {
        invalid("enum", "top_level", format!("Input should be one of {}", TOP_LEVELS.join(", ")))
    })?;
    Ok(Json(named(&state, &params, Question::usual(level), &format!("/{level}")).await?))
}
