//! What belongs to a guest.

use super::ask::{Live, Question, Trouble};
use super::place::{Place, guest_or_absent, of_node};
use super::selecting::Selecting;
use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use proxbox_model::facts::GuestKind;
use proxbox_proxmox::GuestSheet;
use serde_json::{Map, Value, json};

const CONFIG: Question = Question::usual("guest configuration");
const FIREWALL: Question = Question::usual("guest firewall");

/// The configuration of a guest
///
/// Every key that Proxmox gives, without secrets, and its disk and network lines taken apart in `disks` and `networks`.
#[utoipa::path(get, path = "/proxmox/{node}/{type}/{vmid}/config", tag = "proxmox", params(("node" = String, Path),
    ("type" = String, Path, description = "`qemu` or `lxc`"), ("vmid" = u32, Path),
    ("cluster_name" = Option<String>, Query, description = "Only the node of this cluster"), Selecting), responses(
    (status = 200, body = Value, example = json!({"name": "web", "cores": 2, "memory": "2048",
        "scsi0": "local-lvm:vm-100-disk-0,size=32G", "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0",
        "disks": [{"key": "scsi0", "storage": "local-lvm", "size": 34359738368u64}],
        "networks": [{"key": "net0", "model": "virtio", "mac": "bc:24:11:00:00:01", "bridge": "vmbr0"}]})),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Guest 100 not found on node pve1"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "No answer", body = FaultBody),
))]
pub(crate) async fn config(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let (node, kind, vmid) = (place.name("node")?, place.kind()?, place.vmid()?);
    let path = &format!("/nodes/{node}/{}/{vmid}/config", kind.as_str());
    let read = |live: Live| async move {
        match guest_or_absent(live.get(path).await, vmid, node)? {
            Value::Object(config) => Ok(sheet(vmid, kind, &config)),
            _ => Err(Trouble::Shape(path.clone())),
        }
    };
    first(of_node(&state, &params, CONFIG, node, read).await?, vmid)
}

fn sheet(vmid: u32, kind: GuestKind, config: &Map<String, Value>) -> Value {
    let GuestSheet { mut config, disks, interfaces } = GuestSheet::of(vmid, kind, config);
    let disks = disks.iter().map(|disk| {
        json!({
            "key": disk.key, "role": disk.role, "storage": disk.storage, "volume": disk.volume, "size": disk.size,
            "format": disk.format, "options": options(&disk.options),
        })
    });
    let networks = interfaces.iter().map(|interface| {
        json!({
            "key": interface.key, "name": interface.name, "model": interface.model, "mac": interface.mac,
            "bridge": interface.bridge, "vlan": interface.vlan, "trunks": interface.trunks,
            "link_down": interface.link_down, "firewall": interface.firewall, "mtu": interface.mtu,
            "options": options(&interface.options),
        })
    });
    config.insert("disks".to_owned(), disks.collect());
    config.insert("networks".to_owned(), networks.collect());
    config.into()
}

fn options(options: &[(String, String)]) -> Map<String, Value> {
    options.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect()
}

fn first(found: Vec<Value>, vmid: u32) -> Result<Json<Value>, ApiError> {
    let absent = || ApiError::Detail(StatusCode::NOT_FOUND, format!("Guest {vmid} not found"));
    found.into_iter().next().map(Json).ok_or_else(absent)
}

/// The parts of the firewall of a virtual machine
#[utoipa::path(get, path = "/proxmox/nodes/{node}/qemu/{vmid}/firewall", tag = "proxmox",
    params(("node" = String, Path), ("vmid" = u32, Path),
    ("cluster_name" = Option<String>, Query, description = "Only the node of this cluster"), Selecting), responses(
    (status = 200, body = Value, example = json!([{"name": "rules"}, {"name": "aliases"}, {"name": "options"}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "Guest 100 not found on node pve1"})),
    (status = 422, body = InvalidBody),
    (status = 502, description = "No answer", body = FaultBody),
))]
pub(crate) async fn firewall(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Value>, ApiError> {
    let (node, vmid) = (place.name("node")?, place.vmid()?);
    let path = &format!("/nodes/{node}/qemu/{vmid}/firewall");
    let read = |live: Live| async move { guest_or_absent(live.get(path).await, vmid, node) };
    first(of_node(&state, &params, FIREWALL, node, read).await?, vmid)
}
