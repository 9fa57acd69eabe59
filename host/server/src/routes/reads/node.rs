//! What belongs to a node.

use super::ask::{Question, all};
use super::place::{Place, of_node};
use super::selecting::Selecting;
use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value};

const NODES: Question = Question::usual("nodes");
const NETWORK: Question = Question::usual("node network");
const GUESTS: Question = Question::usual("virtual machines");
const CONTENT: Question = Question::usual("storage content");

/// The nodes of all selected endpoints, as one list
#[utoipa::path(get, path = "/proxmox/nodes/", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"node": "pve1", "status": "online", "cpu": 0.01, "maxcpu": 8, "mem": 1,
        "maxmem": 2, "disk": 1, "maxdisk": 2, "uptime": 5, "ssl_fingerprint": "AA", "level": ""}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn nodes(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let lists = all(&state, &params, NODES, |live| async move { live.rows("/nodes").await }).await?;
    Ok(Json(lists.into_iter().flatten().map(Value::from).collect()))
}

/// The network interfaces of a node
#[utoipa::path(get, path = "/proxmox/nodes/{node}/network", tag = "proxmox", params(("node" = String, Path),
    ("cluster_name" = Option<String>, Query, description = "Only the node of this cluster"),
    ("type" = Option<String>, Query, description = "Only interfaces of this type: `bridge`, `bond`, `eth` …"), Selecting), responses(
    (status = 200, body = Value, example = json!([{"iface": "vmbr0", "type": "bridge", "active": 1, "cidr": "192.0.2.10/24"}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Node pve9 not found"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "No answer", body = FaultBody),
))]
pub(crate) async fn network(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let node = place.name("node")?;
    list(&state, &params, NETWORK, node, "network", &["type"]).await
}

/// The virtual machines on a node
#[utoipa::path(get, path = "/proxmox/nodes/{node}/qemu", tag = "proxmox", params(("node" = String, Path),
    ("cluster_name" = Option<String>, Query, description = "Only the node of this cluster"), Selecting), responses(
    (status = 200, body = Value, example = json!([{"vmid": 100, "name": "web", "status": "running", "cpus": 2}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Node pve9 not found"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "No answer", body = FaultBody),
))]
pub(crate) async fn guests(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let node = place.name("node")?;
    list(&state, &params, GUESTS, node, "qemu", &[]).await
}

/// What a storage of a node holds
///
/// Entries are flat: what is known of a backup's verification is in `verification_state` and `verification_upid`.
#[utoipa::path(get, path = "/proxmox/nodes/{node}/storage/{storage}/content", tag = "proxmox",
    params(("node" = String, Path), ("storage" = String, Path),
    ("vmid" = Option<String>, Query, description = "Only what belongs to this guest"),
    ("content" = Option<String>, Query, description = "Only this content: `backup`, `images`, `iso` …"), Selecting), responses(
    (status = 200, body = Value, example = json!([{"volid": "local:backup/vzdump-qemu-100.vma.zst", "content": "backup",
        "format": "vma.zst", "size": 1073741824, "ctime": 1767225600, "vmid": 100}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Node pve9 not found"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "No answer", body = FaultBody),
))]
pub(crate) async fn content(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let (node, storage) = (place.name("node")?, place.name("storage")?);
    let path = format!("storage/{storage}/content");
    let Json(rows) = list(&state, &params, CONTENT, node, &path, &["vmid", "content"]).await?;
    Ok(Json(rows.into_iter().map(flat).collect()))
}

/// Clients take a nested object for an entry of its own.
fn flat(row: Value) -> Value {
    let Value::Object(mut row) = row else { return row };
    if let Some(Value::Object(verification)) = row.remove("verification") {
        row.extend(verification.into_iter().map(|(name, value)| (format!("verification_{name}"), value)));
    }
    row.into()
}

/// The rows of a list below a node; of the query, these parameters are passed on.
async fn list(
    state: &AppState,
    params: &Params,
    question: Question,
    node: &str,
    below: &str,
    passed_on: &[&'static str],
) -> Result<Json<Vec<Value>>, ApiError> {
    let query: Vec<(&str, &str)> =
        passed_on.iter().filter_map(|name| Some((*name, params.text(name)?))).collect();
    let (path, query) = (&format!("/nodes/{node}/{below}"), &query);
    let lists: Vec<Vec<Map<String, Value>>> =
        of_node(state, params, question, node, |live| async move { live.rows_where(path, query).await })
            .await?;
    Ok(Json(lists.into_iter().flatten().map(Value::from).collect()))
}
