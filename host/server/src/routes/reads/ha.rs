//! High availability. A release that has none of a thing, or an account that may not see it, gives an empty list.

use super::ask::{Live, Question, Trouble, all};
use super::cluster::named;
use super::place::Place;
use super::selecting::Selecting;
use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use proxbox_proxmox::flag;
use serde_json::{Map, Value, json};
use tokio::try_join;

const HA: Question = Question::usual("high availability");
/// Members that are true or false, which Proxmox writes as numbers.
const SWITCHES: [&str; 6] = ["quorate", "restricted", "nofailback", "failback", "auto-rebalance", "disable"];
/// What the manager knows of a resource beyond its configuration.
const OF_STATUS: [&str; 4] = ["node", "crm_state", "request_state", "status"];

type Row = Map<String, Value>;

/// What a cluster says of high availability.
struct Availability {
    cluster: String,
    status: Vec<Row>,
    groups: Vec<Row>,
    resources: Vec<Row>,
    rules: Vec<Row>,
}

async fn read(live: &Live) -> Result<Availability, Trouble> {
    let offered = async |path| Ok::<_, Trouble>(live.offered_rows(path).await?.unwrap_or_default());
    let (cluster, status, groups, resources, rules) = try_join!(
        live.name(),
        offered("/cluster/ha/status/current"),
        offered("/cluster/ha/groups"),
        offered("/cluster/ha/resources"),
        offered("/cluster/ha/rules"),
    )?;
    let resources = resources.into_iter().map(|resource| with_status(resource, &status)).collect();
    Ok(Availability { cluster, status, groups, resources, rules })
}

fn with_status(mut resource: Row, status: &[Row]) -> Row {
    let sid = resource.get("sid").cloned();
    let known = status.iter().find(|entry| sid.is_some() && entry.get("sid") == sid.as_ref());
    for name in OF_STATUS {
        if let Some(value) = known.and_then(|entry| entry.get(name)) {
            resource.insert(name.to_owned(), value.clone());
        }
    }
    resource
}

fn entry(mut row: Row, cluster: &str) -> Value {
    for name in SWITCHES {
        if let Some(value) = row.get(name).and_then(flag) {
            row.insert(name.to_owned(), value.into());
        }
    }
    named(row, cluster)
}

/// High availability of all selected clusters
#[utoipa::path(get, path = "/proxmox/cluster/ha/summary", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!({"status": [{"type": "quorum", "quorate": true, "cluster_name": "lab"}],
        "groups": [], "resources": [{"sid": "vm:100", "state": "started", "node": "pve1", "cluster_name": "lab"}], "rules": []})),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn summary(State(state): State<AppState>, params: Params) -> Result<Json<Value>, ApiError> {
    let found = all(&state, &params, HA, |live| async move { read(&live).await }).await?;
    let list = |rows: fn(&Availability) -> &Vec<Row>| -> Value {
        let entries = found.iter().flat_map(|of| rows(of).iter().map(|row| entry(row.clone(), &of.cluster)));
        entries.collect()
    };
    Ok(Json(json!({
        "status": list(|of| &of.status),
        "groups": list(|of| &of.groups),
        "resources": list(|of| &of.resources),
        "rules": list(|of| &of.rules),
    })))
}

/// High availability of a guest
///
/// Null when it is not managed.
#[utoipa::path(get, path = "/proxmox/cluster/ha/resources/by-vm/{vmid}", tag = "proxmox",
    params(("vmid" = u32, Path), Selecting), responses(
    (status = 200, body = Value, example = json!({"sid": "vm:100", "type": "vm", "state": "started", "node": "pve1",
        "crm_state": "started", "max_restart": 1, "cluster_name": "lab"})),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn of_a_guest(
    State(state): State<AppState>,
    place: Place,
    params: Params,
) -> Result<Json<Option<Value>>, ApiError> {
    let vmid = place.vmid()?;
    let sids = [format!("vm:{vmid}"), format!("ct:{vmid}")];
    let found = all(&state, &params, HA, |live| async move { read(&live).await }).await?;
    let is_it = |row: &&Row| {
        row.get("sid").and_then(Value::as_str).is_some_and(|sid| sids.iter().any(|of| of == sid))
    };
    let found =
        found.iter().find_map(|of| Some(entry(of.resources.iter().find(is_it)?.clone(), &of.cluster)));
    Ok(Json(found))
}
