//! What NetBox holds.

use crate::body::Id;
use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use proxbox_netbox::{Netbox, NetboxError};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::try_join;

const MACHINES: &str = "virtualization/virtual-machines";
/// Slug of the tag that is on everything that was synced.
const OURS: &str = "proxbox";

async fn netbox(state: &AppState, params: &Params) -> Result<Arc<Netbox>, ApiError> {
    state.netbox(params.number("netbox_id", 0, i64::MAX)?).await
}

async fn rows(netbox: &Netbox, path: &str, filter: &[(&str, &str)]) -> Result<Vec<Value>, NetboxError> {
    Ok(netbox.every_row(path, filter).await?.into_iter().map(Value::from).collect())
}

/// The virtual machines in NetBox
///
/// All of them, as NetBox writes them.
#[utoipa::path(get, path = "/virtualization/virtual-machines/", tag = "netbox",
    params(("netbox_id" = Option<i64>, Query, description = "The only endpoint when not given")), responses(
    (status = 200, body = Value, example = json!([{"id": 7, "name": "web", "status": {"value": "active", "label": "Active"}}])),
    (status = 400, description = "No NetBox endpoint is stored", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "NetBox cannot be reached or refuses", body = FaultBody),
))]
pub(crate) async fn machines(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    Ok(Json(rows(&*netbox(&state, &params).await?, MACHINES, &[]).await?))
}

async fn machine_of(netbox: &Netbox, id: i64) -> Result<Value, ApiError> {
    match netbox.get_fresh(&format!("{MACHINES}/{id}")).await {
        Err(NetboxError::NotFound { .. }) => {
            Err(ApiError::Detail(StatusCode::NOT_FOUND, "Virtual machine not found".to_owned()))
        }
        answer => Ok(answer?),
    }
}

/// A virtual machine in NetBox
#[utoipa::path(get, path = "/virtualization/virtual-machines/{id}", tag = "netbox", params(("id" = i64, Path),
    ("netbox_id" = Option<i64>, Query, description = "The only endpoint when not given")), responses(
    (status = 200, body = Value, example = json!({"id": 7, "name": "web", "status": {"value": "active", "label": "Active"}})),
    (status = 400, description = "No NetBox endpoint is stored", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Virtual machine not found"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "NetBox cannot be reached or refuses", body = FaultBody),
))]
pub(crate) async fn machine(
    State(state): State<AppState>,
    Id(id): Id,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(machine_of(&*netbox(&state, &params).await?, id).await?))
}

/// A virtual machine in NetBox with what is part of it
#[utoipa::path(get, path = "/virtualization/virtual-machines/{id}/summary", tag = "netbox", params(("id" = i64, Path),
    ("netbox_id" = Option<i64>, Query, description = "The only endpoint when not given")), responses(
    (status = 200, body = Value, example = json!(example())),
    (status = 400, description = "No NetBox endpoint is stored", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Virtual machine not found"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "NetBox cannot be reached or refuses", body = FaultBody),
))]
pub(crate) async fn summary(
    State(state): State<AppState>,
    Id(id): Id,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let netbox = netbox(&state, &params).await?;
    let machine = machine_of(&netbox, id).await?;
    let id = id.to_string();
    let of_machine = [("virtual_machine_id", id.as_str())];
    let (disks, interfaces, addresses) = try_join!(
        rows(&netbox, "virtualization/virtual-disks", &of_machine),
        rows(&netbox, "virtualization/interfaces", &of_machine),
        rows(&netbox, "ipam/ip-addresses", &of_machine),
    )?;
    Ok(Json(json!({
        "virtual_machine": machine, "disks": disks, "interfaces": interfaces, "ip_addresses": addresses,
    })))
}

/// What a summary looks like
#[utoipa::path(get, path = "/virtualization/virtual-machines/summary/example", tag = "netbox", responses(
    (status = 200, body = Value, example = json!(example())),
    (status = 401, body = DetailBody),
))]
pub(crate) async fn summary_example() -> Json<Value> {
    Json(example())
}

fn example() -> Value {
    json!({
        "virtual_machine": {"id": 7, "name": "web", "status": {"value": "active", "label": "Active"}, "vcpus": 2.0,
            "memory": 2048, "disk": 32000, "cluster": {"id": 1, "name": "lab"}},
        "disks": [{"id": 3, "name": "scsi0", "size": 32000}],
        "interfaces": [{"id": 5, "name": "net0", "enabled": true}],
        "ip_addresses": [{"id": 9, "address": "192.0.2.20/24", "status": {"value": "active", "label": "Active"}}],
    })
}

/// The devices in NetBox that were synced
#[utoipa::path(get, path = "/dcim/devices", tag = "netbox",
    params(("netbox_id" = Option<i64>, Query, description = "The only endpoint when not given")), responses(
    (status = 200, body = Value, example = json!([{"id": 1, "name": "pve1", "tags": [{"slug": "proxbox"}]}])),
    (status = 400, description = "No NetBox endpoint is stored", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "NetBox cannot be reached or refuses", body = FaultBody),
))]
pub(crate) async fn devices(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let netbox = netbox(&state, &params).await?;
    match rows(&netbox, "dcim/devices", &[("tag", OURS)]).await {
        // A NetBox that nothing was synced to has no such tag, and refuses to filter by it.
        Err(NetboxError::Rejected { status: 400, .. }) => Ok(Json(Vec::new())),
        devices => Ok(Json(devices?)),
    }
}
