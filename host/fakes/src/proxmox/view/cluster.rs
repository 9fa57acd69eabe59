//! `/version` and `/cluster`.

use super::super::answer::Refusal;
use super::super::call::{Answer, Call};
use super::{guest, index as list, known, node, object, pool, storage, text};
use crate::fleet::Replication;
use serde_json::{Value, json};

pub(in crate::proxmox) fn version(call: &Call<'_>) -> Answer {
    let version = &call.fleet.version;
    let release = version.rsplit_once('.').map_or(version.as_str(), |(release, _)| release);
    Ok(json!({"version": version, "release": release, "repoid": "4c1f3b2a9d8e7f60"}))
}

pub(in crate::proxmox) fn index(_: &Call<'_>) -> Answer {
    let names = [
        "replication",
        "metrics",
        "notifications",
        "config",
        "firewall",
        "backup",
        "backup-info",
        "ha",
        "acme",
        "ceph",
        "jobs",
        "mapping",
        "sdn",
        "log",
        "resources",
        "tasks",
        "options",
        "status",
        "nextid",
    ];
    Ok(list("name", &names))
}

pub(in crate::proxmox) fn status(call: &Call<'_>) -> Answer {
    call.require("/", "Sys.Audit")?;
    let fleet = call.fleet;
    let local = fleet.local_node().map(|node| node.id);
    let cluster = fleet.cluster.as_ref().map(|name| {
        let online = fleet.nodes.iter().filter(|node| node.online).count();
        json!({
            "type": "cluster", "id": "cluster", "name": name, "nodes": fleet.nodes.len(),
            "quorate": u8::from(online * 2 > fleet.nodes.len()), "version": fleet.cluster_version,
        })
    });
    let nodes = fleet.nodes.iter().map(|node| {
        json!({
            "type": "node", "id": format!("node/{}", node.name), "name": node.name, "ip": node.ip,
            "nodeid": if fleet.cluster.is_some() { node.id } else { 0 },
            "online": u8::from(node.online), "local": u8::from(local == Some(node.id)), "level": node.level,
        })
    });
    Ok(cluster.into_iter().chain(nodes).collect())
}

pub(in crate::proxmox) fn resources(call: &Call<'_>) -> Answer {
    let only = call.choice("type", &["vm", "storage", "node", "sdn"])?;
    let wanted = |kind: &str| only.is_none_or(|only| only == kind);
    let mut entries: Vec<Value> = Vec::new();
    if only.is_none() {
        entries.extend(pool::resources(call));
    }
    if wanted("vm") {
        entries.extend(guest::resources(call));
    }
    if wanted("node") {
        entries.extend(node::resources(call));
    }
    if wanted("storage") {
        entries.extend(storage::resources(call));
    }
    if wanted("sdn") && call.may("/sdn", "SDN.Audit") {
        entries.extend(call.fleet.nodes.iter().map(|node| {
            let status = if node.online { "ok" } else { "unknown" };
            json!({
                "type": "sdn", "id": format!("sdn/{}/localnetwork", node.name), "sdn": "localnetwork",
                "node": node.name, "status": status,
            })
        }));
    }
    Ok(entries.into())
}

pub(in crate::proxmox) fn join(call: &Call<'_>) -> Answer {
    call.require("/", "Sys.Audit")?;
    let fleet = call.fleet;
    if fleet.cluster.is_none() {
        return Err(Refusal::new(500, "node is not in a cluster, no join info available!"));
    }
    let nodes = fleet.nodes.iter().map(|node| {
        json!({
            "name": node.name, "nodeid": node.id.to_string(), "pve_addr": node.ip, "pve_fp": node.fingerprint,
            "quorum_votes": "1", "ring0_addr": node.ip,
        })
    });
    Ok(json!({
        "config_digest": "5b1f0e9d8c7b6a594837261504f3e2d1c0b9a897",
        "nodelist": nodes.collect::<Value>(),
        "preferred_node": fleet.local_node().map(|node| &node.name),
        "totem": {"cluster_name": fleet.cluster, "config_version": fleet.cluster_version.to_string(), "version": "2"},
    }))
}

pub(in crate::proxmox) fn options(_: &Call<'_>) -> Answer {
    Ok(json!({
        "keyboard": "en-us",
        "tag-style": {"color-map": "prod:c0392b:ffffff;staging:f39c12;dev:27ae60", "ordering": "alphabetical"},
        "allowed-tags": ["prod", "staging", "dev"],
    }))
}

pub(in crate::proxmox) fn next_id(call: &Call<'_>) -> Answer {
    match call.number("vmid")? {
        Some(vmid) if call.fleet.guests.keys().any(|used| u64::from(*used) == vmid) => {
            Err(Refusal::parameter("vmid", format!("VM {vmid} already exists")))
        }
        Some(vmid) => Ok(vmid.to_string().into()),
        None => Ok(call.fleet.next_vmid().to_string().into()),
    }
}

pub(in crate::proxmox) fn backup_jobs(call: &Call<'_>) -> Answer {
    call.require("/", "Sys.Audit")?;
    let entry = |job: &crate::fleet::BackupJob| {
        let mut entry = job.entry.clone();
        entry.insert("id".to_owned(), json!(job.id));
        Value::from(entry)
    };
    Ok(call.fleet.backup_jobs.iter().map(entry).collect())
}

pub(in crate::proxmox) fn backup_job(call: &Call<'_>) -> Answer {
    let id = call.part("id");
    let Value::Array(jobs) = backup_jobs(call)? else { return Ok(Value::Null) };
    let job = jobs.into_iter().find(|job| job.get("id").is_some_and(|found| found == id));
    job.ok_or_else(|| Refusal::parameter("id", format!("No such job '{id}'")))
}

pub(in crate::proxmox) fn replications(call: &Call<'_>) -> Answer {
    let fleet = call.fleet;
    let visible = |job: &&Replication| call.may(&format!("/vms/{}", job.vmid), "VM.Audit");
    Ok(fleet.replications.iter().filter(visible).map(|job| replication_entry(call, job)).collect())
}

pub(in crate::proxmox) fn replication(call: &Call<'_>) -> Answer {
    let id = call.part("id");
    let job = call.fleet.replications.iter().find(|job| job.id() == id);
    let job = job.ok_or_else(|| Refusal::new(500, format!("no such replication job '{id}'")))?;
    call.require(&format!("/vms/{}", job.vmid), "VM.Audit")?;
    let mut entry = object(replication_entry(call, job));
    entry.insert("digest".to_owned(), json!(super::digest(&entry)));
    Ok(entry.into())
}

fn replication_entry(call: &Call<'_>, job: &Replication) -> Value {
    known(json!({
        "id": job.id(), "type": "local", "guest": job.vmid, "jobnum": job.number, "target": job.target,
        "source": call.fleet.guest(job.vmid).map(|guest| &guest.node), "schedule": job.schedule, "rate": job.rate,
        "comment": text(&job.comment), "disable": (!job.enabled).then_some(1),
    }))
}

/// Before 9.2 there is no list of them.
pub(in crate::proxmox) fn cpu_models(call: &Call<'_>) -> Answer {
    let fleet = call.fleet;
    let minor =
        fleet.version.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok()).unwrap_or_default();
    if (fleet.major_version(), minor) < (9, 2) {
        return Err(Refusal::new(501, "Method 'GET /cluster/qemu/custom-cpu-models' not implemented"));
    }
    call.require("/", "Sys.Audit")?;
    Ok(json!([
        {"cputype": "web", "reported-model": "EPYC-Rome", "flags": "+aes;-pcid", "hv-vendor-id": "proxmox", "hidden": 0},
        {"cputype": "plain"},
    ]))
}
