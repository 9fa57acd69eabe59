//! `/cluster/ha`: of a cluster, its first running guests are managed.

use super::super::answer::Refusal;
use super::super::call::{Answer, Call};
use super::known;
use crate::fleet::{Fleet, Guest, GuestKind};
use serde_json::{Value, json};

const MANAGED: usize = 2;
/// The release that has rules instead of groups.
const WITH_RULES: u32 = 9;
const GROUP: &str = "prefer-first";

fn managed(fleet: &Fleet) -> impl Iterator<Item = &Guest> {
    let in_cluster = fleet.cluster.is_some();
    fleet
        .guests
        .values()
        .filter(move |guest| in_cluster && guest.is_running() && !guest.template)
        .take(MANAGED)
}

fn sid(guest: &Guest) -> String {
    format!("{}:{}", kind(guest), guest.vmid)
}

fn kind(guest: &Guest) -> &'static str {
    if guest.kind == GuestKind::Qemu { "vm" } else { "ct" }
}

fn nodes(fleet: &Fleet) -> String {
    fleet.nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join(",")
}

pub(in crate::proxmox) fn resources(call: &Call<'_>) -> Answer {
    call.require("/", "Sys.Audit")?;
    let rules = call.fleet.major_version() >= WITH_RULES;
    let entry = |guest: &Guest| {
        known(json!({
            "sid": sid(guest), "type": kind(guest), "state": "started", "max_restart": 1, "max_relocate": 1,
            "failback": rules.then_some(1), "group": (!rules).then_some(GROUP),
        }))
    };
    Ok(managed(call.fleet).map(entry).collect())
}

pub(in crate::proxmox) fn groups(call: &Call<'_>) -> Answer {
    call.require("/", "Sys.Audit")?;
    if call.fleet.cluster.is_none() || call.fleet.major_version() >= WITH_RULES {
        return Ok(json!([]));
    }
    Ok(
        json!([{"group": GROUP, "type": "group", "nodes": nodes(call.fleet), "restricted": 0, "nofailback": 0}]),
    )
}

pub(in crate::proxmox) fn rules(call: &Call<'_>) -> Answer {
    if call.fleet.major_version() < WITH_RULES {
        return Err(Refusal::new(501, "Method 'GET /cluster/ha/rules' not implemented"));
    }
    call.require("/", "Sys.Audit")?;
    let sids: Vec<String> = managed(call.fleet).map(sid).collect();
    if sids.is_empty() {
        return Ok(json!([]));
    }
    Ok(json!([{
        "rule": "prefer-first", "type": "node-affinity", "resources": sids.join(","), "nodes": nodes(call.fleet), "strict": 0,
    }]))
}

pub(in crate::proxmox) fn status(call: &Call<'_>) -> Answer {
    call.require("/", "Sys.Audit")?;
    let fleet = call.fleet;
    let local = fleet.local_node().map_or("", |node| &node.name);
    let quorum = json!({"id": "quorum", "type": "quorum", "node": local, "status": "OK", "quorate": 1});
    let services: Vec<Value> = managed(fleet)
        .map(|guest| {
            let sid = sid(guest);
            json!({
                "id": format!("service:{sid}"), "type": "service", "sid": sid, "node": guest.node, "state": "started",
                "crm_state": "started", "request_state": "started", "status": format!("{sid} ({}, started)", guest.node),
                "max_restart": 1, "max_relocate": 1,
            })
        })
        .collect();
    if services.is_empty() {
        return Ok(json!([quorum]));
    }
    let master = json!({
        "id": "master", "type": "master", "node": local, "status": format!("{local} (active)"), "timestamp": fleet.now,
    });
    let managers = fleet.nodes.iter().filter(|node| node.online).map(|node| {
        json!({
            "id": format!("lrm:{}", node.name), "type": "lrm", "node": node.name,
            "status": format!("{} (active)", node.name), "timestamp": fleet.now,
        })
    });
    Ok([quorum, master].into_iter().chain(managers).chain(services).collect())
}
