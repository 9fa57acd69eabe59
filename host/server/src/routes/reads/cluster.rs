//! What belongs to a cluster as a whole.

use super::ask::{Live, Question, Trouble, all, answers, each};
use super::overview::mode_name;
use super::selecting::Selecting;
use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use proxbox_model::facts::ClusterMode;
use proxbox_proxmox::{Status, flag, unsigned};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use tokio::try_join;

const STATUS: Question = Question::usual("cluster status");
const RESOURCES: Question = Question::usual("cluster resources");
const STORAGE: Question = Question::usual("storage");
const BACKUP: Question = Question::usual("backup jobs");
const REPLICATION: Question = Question::usual("replication jobs");
const TYPES: &[&str] = &["vm", "storage", "node", "sdn"];

/// The clusters and their nodes
///
/// A node on its own is a record with the mode `standalone`. Addresses of nodes are never null; a node of which none is
/// known is left out.
#[utoipa::path(get, path = "/proxmox/cluster/status", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"type": "cluster", "name": "lab", "id": "cluster", "nodes": 2,
        "quorate": true, "version": 3, "mode": "cluster", "node_list": [{"type": "node", "name": "pve1", "id": "node/pve1",
        "nodeid": 1, "ip": "192.0.2.10", "online": true, "local": true, "level": ""}]}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn status(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let records = all(&state, &params, STATUS, |live| async move {
        let status = live.status().await?;
        let spare = spare_addresses(&live, &status).await?;
        Ok(record(&status, &spare))
    });
    Ok(Json(records.await?))
}

fn record(status: &Status, spare: &BTreeMap<String, String>) -> Value {
    json!({
        "type": "cluster", "id": "cluster", "name": status.name, "nodes": status.nodes.len(),
        "quorate": status.quorate, "version": status.version, "mode": mode_name(status.mode),
        "node_list": status.nodes.iter().filter_map(|(name, entry)| node(name, entry, spare)).collect::<Value>(),
    })
}

fn node(name: &str, entry: &Value, spare: &BTreeMap<String, String>) -> Option<Value> {
    let Some(ip) = address(entry).or_else(|| spare.get(name).cloned()) else {
        tracing::warn!(node = name, "left out of the cluster's status: nobody knows its address");
        return None;
    };
    let is = |member: &str| entry.get(member).and_then(flag);
    Some(json!({
        "type": "node", "name": name, "ip": ip,
        "id": entry.get("id").and_then(Value::as_str).map_or_else(|| format!("node/{name}"), str::to_owned),
        "nodeid": entry.get("nodeid").and_then(unsigned).unwrap_or(0),
        "online": is("online").unwrap_or(false), "local": is("local").unwrap_or(false),
        "level": entry.get("level").and_then(Value::as_str).unwrap_or_default(),
    }))
}

fn address(entry: &Value) -> Option<String> {
    entry.get("ip").and_then(Value::as_str).filter(|ip| !ip.is_empty()).map(str::to_owned)
}

/// Addresses of nodes that the status does not tell: of a node on its own the one that it is read at, of members of a cluster
/// those that they joined with.
async fn spare_addresses(live: &Live, status: &Status) -> Result<BTreeMap<String, String>, Trouble> {
    if status.nodes.values().all(|entry| address(entry).is_some()) {
        return Ok(BTreeMap::new());
    }
    if status.mode == ClusterMode::Standalone {
        let own = own_address(live).await;
        return Ok(status.nodes.keys().cloned().zip(own).collect());
    }
    let join = live.offered(live.get("/cluster/config/join").await)?.unwrap_or_default();
    let members = join.get("nodelist").and_then(Value::as_array).into_iter().flatten();
    let text = |member: &Value, name: &str| member.get(name).and_then(Value::as_str).map(str::to_owned);
    let joined = |member: &Value| {
        let address = text(member, "pve_addr").or_else(|| text(member, "ring0_addr"))?;
        Some((text(member, "name")?, address.parse::<IpAddr>().ok()?.to_string()))
    };
    Ok(members.filter_map(joined).collect())
}

/// The address of the endpoint itself: the stored one, or the one that its host name stands for.
async fn own_address(live: &Live) -> Option<String> {
    let stored = live.endpoint.ip_address.as_deref().and_then(|ip| ip.parse::<IpAddr>().ok());
    if let Some(ip) = stored {
        return Some(ip.to_string());
    }
    let host = (live.endpoint.domain.as_deref()?, live.endpoint.port);
    let mut found = tokio::net::lookup_host(host).await.ok()?;
    found.next().map(|address| address.ip().to_string())
}

/// Nodes, guests and storages as Proxmox lists them
///
/// Each endpoint under the name of its cluster, or of the node on its own.
#[utoipa::path(get, path = "/proxmox/cluster/resources", tag = "proxmox",
    params(("type" = Option<String>, Query, description = "`vm`, `storage`, `node` or `sdn`"), Selecting), responses(
    (status = 200, body = Value, example = json!([{"lab": [{"type": "qemu", "vmid": 100, "name": "vm100", "node": "pve1",
        "status": "running", "template": 0, "maxcpu": 2, "maxmem": 1073741824, "maxdisk": 8589934592u64}]}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn resources(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let known = |word: &str| TYPES.iter().find(|kind| **kind == word).copied();
    let query: Vec<(&str, &str)> =
        params.choice("type", TYPES, known)?.map(|kind| ("type", kind)).into_iter().collect();
    let query = &query;
    let lists = all(&state, &params, RESOURCES, |live| async move {
        let (name, rows) = try_join!(live.name(), live.rows_where("/cluster/resources", query))?;
        Ok(json!({ name: rows }))
    });
    Ok(Json(lists.await?))
}

/// The storages, with what they hold
///
/// `total`, `used` and `avail` are bytes: of a shared storage once, of others the sum of all nodes.
#[utoipa::path(get, path = "/proxmox/storage", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"lab": [{"storage": "local", "type": "dir", "path": "/var/lib/vz",
        "content": "iso,backup", "shared": 0, "total": 100000000000u64, "used": 20000000000u64, "avail": 80000000000u64}]}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn storage(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let lists = all(&state, &params, STORAGE, |live| async move {
        let (name, storages, usage) = try_join!(
            live.name(),
            live.rows("/storage"),
            live.rows_where("/cluster/resources", &[("type", "storage")])
        )?;
        Ok(
            json!({ name: storages.into_iter().map(|storage| with_usage(storage, &usage)).collect::<Value>() }),
        )
    });
    Ok(Json(lists.await?))
}

fn with_usage(mut storage: Map<String, Value>, listed: &[Map<String, Value>]) -> Value {
    let sizes =
        listed.iter().filter(|entry| entry.get("storage") == storage.get("storage")).filter_map(|entry| {
            let size = |name: &str| entry.get(name).and_then(unsigned);
            Some((size("maxdisk").filter(|total| *total > 0)?, size("disk")?))
        });
    let once = if storage.get("shared").and_then(flag) == Some(true) { 1 } else { usize::MAX };
    let sum = sizes
        .take(once)
        .reduce(|(total, used), (more, taken)| (total.saturating_add(more), used.saturating_add(taken)));
    if let Some((total, used)) = sum {
        let usage = [("total", total), ("used", used), ("avail", total.saturating_sub(used))];
        storage.extend(usage.map(|(name, bytes)| (name.to_owned(), bytes.into())));
    }
    storage.into()
}

/// The backup jobs of all clusters
///
/// With `cluster_name` added. An endpoint that does not answer is an entry with `error`.
#[utoipa::path(get, path = "/proxmox/cluster/backup", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"id": "backup-1", "schedule": "02:00", "storage": "pbs", "enabled": 1,
        "cluster_name": "lab"}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn backup(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let results = each(&state, &params, BACKUP, |live| of_cluster(live, "/cluster/backup")).await?;
    if results.iter().all(Result::is_err) {
        return Ok(Json(answers(results)?.into_iter().flatten().collect()));
    }
    let entries = results.into_iter().flat_map(|result| {
        result.unwrap_or_else(|failure| {
            vec![json!({"cluster_name": failure.endpoint.name, "error": failure.sentence()})]
        })
    });
    Ok(Json(entries.collect()))
}

/// The replication jobs of all clusters
#[utoipa::path(get, path = "/proxmox/replication", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"id": "100-0", "guest": 100, "source": "pve1", "target": "pve2",
        "type": "local", "schedule": "*/15", "cluster_name": "lab"}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn replication(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let lists = all(&state, &params, REPLICATION, |live| of_cluster(live, "/cluster/replication")).await?;
    Ok(Json(lists.into_iter().flatten().collect()))
}

async fn of_cluster(live: Live, path: &str) -> Result<Vec<Value>, Trouble> {
    let (name, rows) = try_join!(live.name(), live.rows(path))?;
    Ok(rows.into_iter().map(|row| named(row, &name)).collect())
}

/// The same with the name of its cluster.
pub(super) fn named(mut row: Map<String, Value>, cluster: &str) -> Value {
    row.insert("cluster_name".to_owned(), cluster.into());
    row.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(list: Value) -> Vec<Map<String, Value>> {
        list.as_array().unwrap().iter().map(|row| row.as_object().unwrap().clone()).collect()
    }

    #[test]
    fn a_shared_storage_counts_once_and_others_on_every_node() {
        let listed = rows(json!([
            {"storage": "nas", "node": "pve1", "maxdisk": 100, "disk": 30},
            {"storage": "nas", "node": "pve2", "maxdisk": 100, "disk": 30},
            {"storage": "local", "node": "pve1", "maxdisk": 10, "disk": "1"},
            {"storage": "local", "node": "pve2", "maxdisk": 20, "disk": 2},
            {"storage": "off", "node": "pve2", "maxdisk": 0, "disk": 0},
        ]));
        let of = |storage: Value| with_usage(storage.as_object().unwrap().clone(), &listed);
        let nas = of(json!({"storage": "nas", "shared": 1}));
        assert_eq!(nas, json!({"storage": "nas", "shared": 1, "total": 100, "used": 30, "avail": 70}));
        assert_eq!(of(json!({"storage": "local"}))["avail"], 27);
        assert_eq!(of(json!({"storage": "off"})), json!({"storage": "off"}));
    }

    #[test]
    fn a_node_without_an_address_takes_the_spare_one_or_is_left_out() {
        let entry = json!({"type": "node", "name": "pve2", "online": "1", "nodeid": "2"});
        assert_eq!(node("pve2", &entry, &BTreeMap::new()), None);
        let spare = BTreeMap::from([("pve2".to_owned(), "192.0.2.2".to_owned())]);
        assert_eq!(
            node("pve2", &entry, &spare),
            Some(json!({"type": "node", "name": "pve2", "ip": "192.0.2.2", "id": "node/pve2", "nodeid": 2,
                "online": true, "local": false, "level": ""}))
        );
    }
}
