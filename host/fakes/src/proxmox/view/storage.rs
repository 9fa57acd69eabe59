//! `/storage` and `/nodes/{node}/storage`.

use super::super::answer::Refusal;
use super::super::call::{Answer, Call};
use super::{digest, known, object, text};
use crate::fleet::{Backup, Disk, Guest, Node, Storage};
use serde_json::{Map, Value, json};

fn used(storage: &Storage) -> u64 {
    storage.total / 10 * 4
}

pub(super) fn resources(call: &Call<'_>) -> Vec<Value> {
    let visible = |storage: &&Storage| storage.enabled && call.sees_storage(storage);
    let on_nodes = |storage| call.fleet.nodes.iter().map(move |node| (storage, node));
    let pairs = call.fleet.storages.iter().filter(visible).flat_map(on_nodes);
    pairs
        .filter(|(storage, node)| storage.is_on(&node.name))
        .map(|(storage, node)| resource(storage, node))
        .collect()
}

fn resource(storage: &Storage, node: &Node) -> Value {
    let available = node.online && storage.active;
    known(json!({
        "type": "storage", "id": format!("storage/{}/{}", node.name, storage.name), "storage": storage.name,
        "node": node.name, "plugintype": storage.kind, "content": storage.content.join(","),
        "shared": u8::from(storage.shared), "status": if available { "available" } else { "unknown" },
        "maxdisk": available.then_some(storage.total), "disk": available.then(|| used(storage)),
    }))
}

fn entry(storage: &Storage) -> Map<String, Value> {
    let mut entry: Map<String, Value> =
        storage.options.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    entry.extend(object(known(json!({
        "storage": storage.name, "type": storage.kind, "content": storage.content.join(","),
        "shared": storage.shared.then_some(1), "disable": (!storage.enabled).then_some(1),
        "nodes": text(&storage.nodes.join(",")),
    }))));
    if let Some(limit) =
        storage.options.get("max-protected-backups").and_then(|limit| limit.parse::<i64>().ok())
    {
        entry.insert("max-protected-backups".to_owned(), json!(limit));
    }
    entry.insert("digest".to_owned(), json!(digest(&entry)));
    entry
}

pub(in crate::proxmox) fn all(call: &Call<'_>) -> Answer {
    let kind = call.query("type");
    let visible =
        |storage: &&Storage| call.sees_storage(storage) && kind.is_none_or(|kind| kind == storage.kind);
    Ok(call.fleet.storages.iter().filter(visible).map(|storage| Value::from(entry(storage))).collect())
}

pub(in crate::proxmox) fn one(call: &Call<'_>) -> Answer {
    let name = call.part("storage");
    call.require(&format!("/storage/{name}"), "Datastore.Audit")?;
    Ok(entry(find(call, name)?).into())
}

fn find<'a>(call: &Call<'a>, name: &str) -> Result<&'a Storage, Refusal> {
    let missing = || Refusal::new(500, format!("storage '{name}' does not exist"));
    call.fleet.storage(name).ok_or_else(missing)
}

pub(in crate::proxmox) fn of_node(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    let content = call.query("content");
    let wanted = |storage: &&Storage| {
        storage.is_on(&node.name)
            && call.sees_storage(storage)
            && content.is_none_or(|content| content.split(',').any(|c| storage.holds(c)))
            && (storage.enabled || call.query("enabled") != Some("1"))
    };
    let entry = |storage: &Storage| {
        let total = storage.active.then_some(storage.total);
        known(json!({
            "storage": storage.name, "type": storage.kind, "content": storage.content.join(","),
            "enabled": u8::from(storage.enabled), "active": u8::from(storage.active),
            "shared": u8::from(storage.shared), "total": total, "used": total.map(|_| used(storage)),
            "avail": total.map(|total| total - used(storage)), "used_fraction": total.map(|_| 0.4),
        }))
    };
    Ok(call.fleet.storages.iter().filter(wanted).map(entry).collect())
}

/// The storage of the path, which the caller must see and the path's node must reach.
pub(in crate::proxmox) fn reachable<'a>(call: &Call<'a>) -> Result<&'a Storage, Refusal> {
    let node = call.node()?;
    let storage = find(call, call.part("storage"))?;
    let name = &storage.name;
    if !call.sees_storage(storage) {
        return Err(Refusal::denied(&format!("/storage/{name}"), "Datastore.Audit|Datastore.AllocateSpace"));
    }
    if !storage.enabled {
        return Err(Refusal::new(500, format!("storage '{name}' is disabled")));
    }
    if !storage.is_on(&node.name) {
        let message = format!("storage '{name}' is not available on node '{}'", node.name);
        return Err(Refusal::new(500, message));
    }
    if !storage.active {
        return Err(Refusal::new(500, format!("storage '{name}' is not online")));
    }
    Ok(storage)
}

pub(in crate::proxmox) fn content(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    let storage = reachable(call)?;
    let name = &storage.name;
    let vmid = call.number("vmid")?;
    let wanted = |kind: &str| storage.holds(kind) && call.query("content").is_none_or(|only| only == kind);
    let mut entries: Vec<Value> = Vec::new();
    if wanted("backup") {
        entries.extend(backups(call, storage, node, vmid));
    }
    if wanted("images") || wanted("rootdir") {
        entries.extend(images(call, storage, node, vmid));
    }
    if wanted("iso") && vmid.is_none() {
        let volid = format!("{name}:iso/debian-13.2.0-amd64-netinst.iso");
        entries.push(json!({
            "volid": volid, "content": "iso", "format": "iso", "size": 822_083_584, "ctime": 1_763_164_800,
        }));
    }
    Ok(entries.into())
}

/// Reading a backup asks for more than reading a storage.
fn backups(call: &Call<'_>, storage: &Storage, node: &Node, vmid: Option<u64>) -> Vec<Value> {
    let path = format!("/storage/{}", storage.name);
    let visible = |backup: &&Backup| {
        backup.storage == storage.name
            && backup.node.as_ref().is_none_or(|on| *on == node.name)
            && vmid.is_none_or(|vmid| vmid == u64::from(backup.vmid))
            && call.may(&format!("/vms/{}", backup.vmid), "VM.Backup")
    };
    if !call.may(&path, "Datastore.AllocateSpace") {
        return Vec::new();
    }
    let entry = |backup: &Backup| {
        let verification =
            backup.verification.as_ref().map(|(state, upid)| json!({"state": state, "upid": upid}));
        known(json!({
            "volid": backup.volid, "content": "backup", "subtype": backup.kind.as_str(), "format": backup.format,
            "size": backup.size, "ctime": backup.created, "vmid": backup.vmid, "notes": text(&backup.notes),
            "protected": backup.protected.then_some(1), "verification": verification,
            "encrypted": backup.encrypted,
        }))
    };
    call.fleet.backups.iter().filter(visible).map(entry).collect()
}

fn images(call: &Call<'_>, storage: &Storage, node: &Node, vmid: Option<u64>) -> Vec<Value> {
    let mut entries = Vec::new();
    for guest in call.fleet.guests.values() {
        let is_here = (storage.shared || guest.node == node.name)
            && vmid.is_none_or(|vmid| vmid == u64::from(guest.vmid))
            && call.sees(guest);
        let disks = guest.disks.values().filter(|disk| is_here && disk.storage() == Some(&storage.name));
        entries.extend(disks.filter(|disk| !disk.volume.contains(":iso/")).map(|disk| image(guest, disk)));
    }
    entries
}

fn image(guest: &Guest, disk: &Disk) -> Value {
    let format = match disk.volume.rsplit_once('.') {
        Some((_, "qcow2")) => "qcow2",
        _ if disk.volume.contains(":subvol-") => "subvol",
        _ => "raw",
    };
    let content = if guest.kind == crate::fleet::GuestKind::Lxc { "rootdir" } else { "images" };
    json!({
        "volid": disk.volume, "content": content, "format": format, "size": disk.bytes().unwrap_or(0),
        "vmid": guest.vmid, "ctime": guest.started,
    })
}
