//! Stages restricted to a few objects, without a stream.

use super::stages::plain;
use super::sync::{outcome, start_for};
use super::sync_params::SyncParams;
use crate::error::{ApiError, CodedBody, DetailBody, FaultBody, InvalidBody, InvalidPart};
use crate::query::Params;
use crate::state::AppState;
use crate::stream;
use axum::Json;
use axum::extract::{Path, State};
use proxbox_model::options::{Focus, Only};
use proxbox_model::report::{RunReport, Stage};
use serde_json::Value;
use std::sync::Arc;

/// The largest vmid.
pub(super) const MOST_VMID: i64 = 999_999_999;

/// A vmid of the query.
pub(super) fn vmid(params: &Params) -> Result<Option<u32>, ApiError> {
    let number = params.number("vmid", 1, MOST_VMID)?;
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

/// Refuses a request that lacks one of these.
pub(super) fn need(params: &Params, names: &[&str]) -> Result<(), ApiError> {
    let missing: Vec<InvalidPart> = names
        .iter()
        .filter(|name| params.text(name).is_none())
        .map(|name| InvalidPart::new("missing", "query", name, "Field required"))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(ApiError::Invalid(missing)) }
}

/// A text of the query, once it is known to be there.
pub(super) fn given(params: &Params, name: &str) -> String {
    params.text(name).unwrap_or_default().to_owned()
}

/// Runs a stage for a few objects of any cluster.
async fn run(state: &AppState, params: &Params, only: Only) -> Result<Arc<RunReport>, ApiError> {
    let stage = only.stage();
    let focus = Focus { cluster: None, only, create_guest: false, create_storage: false };
    let report = start_for(state, params, focus).await?.wait().await;
    outcome(&report, stream::name(stage))?;
    Ok(report)
}

/// Interfaces of one node
///
/// Answers when it is done. The run goes on when the client leaves.
#[utoipa::path(get, path = "/dcim/devices/{node}/interfaces/create", tag = "sync",
    params(("node" = String, Path, description = "Name in Proxmox."), SyncParams), responses(
    (status = 200, body = Vec<Value>, description = "The interfaces: id, url, name and operation of each"),
    (status = 400, body = FaultBody), (status = 401, body = DetailBody), (status = 422, body = InvalidBody),
    (status = 502, description = "Nothing could be done", body = FaultBody),
    (status = 503, description = "Too many runs are waiting", body = CodedBody),
))]
pub(super) async fn node_interfaces(
    State(state): State<AppState>,
    Path(node): Path<String>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let report = run(&state, &params, Only::NodeInterfaces(node)).await?;
    Ok(Json(stream::plain(&report, Stage::NodeInterfaces)))
}

/// Clusters
///
/// Of all selected endpoints, without their nodes.
#[utoipa::path(get, path = "/virtualization/clusters/create", tag = "sync", params(SyncParams), responses(
    (status = 200, body = Vec<Value>, description = "The clusters: id, url, name and operation of each"),
    (status = 400, body = FaultBody), (status = 401, body = DetailBody), (status = 422, body = InvalidBody),
    (status = 502, description = "Nothing could be done", body = FaultBody),
    (status = 503, description = "Too many runs are waiting", body = CodedBody),
))]
pub(super) async fn clusters(State(state): State<AppState>, params: Params) -> Result<Json<Value>, ApiError> {
    let report = run(&state, &params, Only::Cluster).await?;
    Ok(Json(stream::of_type(&report, "cluster")))
}

/// Cluster types
///
/// Those of the clusters of all selected endpoints, which are synced on the way.
#[utoipa::path(get, path = "/virtualization/cluster-types/create", tag = "sync", params(SyncParams), responses(
    (status = 200, body = Vec<Value>, description = "The cluster types, as NetBox shows them in short"),
    (status = 400, body = FaultBody), (status = 401, body = DetailBody), (status = 422, body = InvalidBody),
    (status = 502, description = "Nothing could be done", body = FaultBody),
    (status = 503, description = "Too many runs are waiting", body = CodedBody),
))]
pub(super) async fn cluster_types(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let report = run(&state, &params, Only::Cluster).await?;
    let netbox = state.netbox(params.number("netbox_id", 0, i64::MAX)?).await?;
    let mut types: Vec<Value> = Vec::new();
    let clusters = report.objects().filter(|object| object.item_type == "cluster");
    for id in clusters.filter_map(|object| object.netbox_id) {
        let cluster = netbox.get_fresh(&format!("virtualization/clusters/{id}")).await?;
        let cluster_type = cluster.get("type").filter(|kind| kind.is_object());
        types.extend(cluster_type.filter(|kind| !types.contains(kind)).cloned());
    }
    Ok(Json(types))
}

/// What a sync of the virtual machines would do
///
/// As `/virtualization/virtual-machines/create`, and nothing is written.
#[utoipa::path(get, path = "/virtualization/virtual-machines/create-test", tag = "sync", params(SyncParams), responses(
    (status = 200, body = Vec<Value>, description = "The virtual machines in NetBox: id, url, name and operation of each"),
    (status = 400, body = FaultBody), (status = 401, body = DetailBody), (status = 422, body = InvalidBody),
    (status = 502, description = "Nothing could be done", body = FaultBody),
    (status = 503, description = "Too many runs are waiting", body = CodedBody),
))]
pub(super) async fn machines_dry(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    plain(state, params.with("dry_run", "true"), Stage::VirtualMachines).await
}

/// Backups on one storage
///
/// As one node sees them; of one guest when a vmid is given. Nothing is removed.
#[utoipa::path(get, path = "/virtualization/virtual-machines/backups/create", tag = "sync", params(
    ("node" = String, Query, description = "Name in Proxmox."),
    ("storage" = String, Query, description = "Name in Proxmox."),
    ("vmid" = Option<u32>, Query, description = "Only the backups of this guest."), SyncParams), responses(
    (status = 200, body = Vec<Value>, description = "The backups: id, url, name and operation of each"),
    (status = 400, body = FaultBody), (status = 401, body = DetailBody), (status = 422, body = InvalidBody),
    (status = 502, description = "Nothing could be done", body = FaultBody),
    (status = 503, description = "Too many runs are waiting", body = CodedBody),
))]
pub(super) async fn backups(State(state): State<AppState>, params: Params) -> Result<Json<Value>, ApiError> {
    need(&params, &["node", "storage"])?;
    let (node, storage) = (given(&params, "node"), given(&params, "storage"));
    let report = run(&state, &params, Only::Backups { node, storage, vmid: vmid(&params)? }).await?;
    Ok(Json(stream::plain(&report, Stage::Backups)))
}

/// Snapshots
///
/// Of one guest when a vmid is given, of the guests on one node when a node is. Nothing is removed.
#[utoipa::path(get, path = "/virtualization/virtual-machines/snapshots/create", tag = "sync", params(
    ("vmid" = Option<u32>, Query, description = "Only the snapshots of this guest."),
    ("node" = Option<String>, Query, description = "Only the snapshots of guests on this node."), SyncParams), responses(
    (status = 200, body = Value, description = "The counts of the snapshots"),
    (status = 400, body = FaultBody), (status = 401, body = DetailBody), (status = 422, body = InvalidBody),
    (status = 502, description = "Nothing could be done", body = FaultBody),
    (status = 503, description = "Too many runs are waiting", body = CodedBody),
))]
pub(super) async fn snapshots(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let only = Only::Snapshots { vmid: vmid(&params)?, node: params.text("node").map(str::to_owned) };
    let report = run(&state, &params, only).await?;
    Ok(Json(stream::plain(&report, Stage::Snapshots)))
}
