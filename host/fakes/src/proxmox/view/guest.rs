//! Guests: `/cluster/resources?type=vm` and `/nodes/{node}/{qemu|lxc}`.

use super::super::call::{Answer, Call};
use super::{digest, index as list, known, object, text};
use crate::fleet::{Agent, Guest, GuestKind, GuestStatus};
use serde_json::{Map, Value, json};

pub(super) fn resources(call: &Call<'_>) -> Vec<Value> {
    call.fleet.guests.values().filter(|guest| call.sees(guest)).map(|guest| resource(call, guest)).collect()
}

/// Of a guest on a node that is offline, Proxmox knows no more than that it exists.
fn resource(call: &Call<'_>, guest: &Guest) -> Value {
    let mut entry = object(known(json!({
        "id": guest.id(), "type": guest.kind.as_str(), "vmid": guest.vmid, "node": guest.node,
        "status": "unknown", "tags": text(&guest.tags.join(";")), "lock": guest.lock,
        "pool": call.fleet.pool_of(guest.vmid),
    })));
    if let Some(node) = call.fleet.node(&guest.node).filter(|node| node.online) {
        entry.extend(reading(call, guest));
        entry.insert("status".to_owned(), json!(guest.status.as_str()));
        entry.insert("template".to_owned(), json!(u8::from(guest.template)));
        // Without a limit, Proxmox lists what the node has.
        entry.insert(
            "maxcpu".to_owned(),
            if guest.cpus() > 0 { json!(guest.cpus()) } else { json!(node.cpus) },
        );
    }
    entry.into()
}

fn reading(call: &Call<'_>, guest: &Guest) -> Map<String, Value> {
    let usage = call.fleet.guest_usage(guest);
    let of = |value: fn(&crate::fleet::Usage) -> u64| usage.as_ref().map_or(0, value);
    let disk = if guest.kind == GuestKind::Lxc { guest.boot_disk_bytes() / 4 } else { 0 };
    object(known(json!({
        "name": text(&guest.name), "cpu": usage.map_or(json!(0), |usage| json!(usage.cpu)),
        "mem": of(|usage| usage.memory), "maxmem": guest.memory_bytes(),
        "disk": disk, "maxdisk": guest.boot_disk_bytes(),
        "netin": of(|usage| usage.incoming), "netout": of(|usage| usage.outgoing),
        "diskread": of(|usage| usage.outgoing / 3), "diskwrite": of(|usage| usage.incoming / 3),
        "uptime": of(|usage| usage.uptime),
    })))
}

/// The entry of `/nodes/{node}/{qemu|lxc}`; here a paused machine is `running` too.
fn listed(call: &Call<'_>, guest: &Guest) -> Map<String, Value> {
    let mut entry = reading(call, guest);
    let status = if guest.is_running() { "running" } else { "stopped" };
    entry.extend(object(known(json!({
        "vmid": guest.vmid, "status": status, "cpus": guest.cpus(), "tags": text(&guest.tags.join(";")),
        "template": guest.template.then_some(1), "lock": guest.lock,
        "pid": guest.is_running().then_some(1000 + guest.vmid),
    }))));
    if guest.kind == GuestKind::Lxc {
        entry.insert("type".to_owned(), json!("lxc"));
        entry.insert("maxswap".to_owned(), json!(512u64 << 20));
        entry.insert("swap".to_owned(), json!(0));
    }
    entry
}

fn all(call: &Call<'_>, kind: GuestKind) -> Answer {
    let node = call.node()?;
    let here = call.fleet.guests.values().filter(|guest| guest.node == node.name && guest.kind == kind);
    Ok(here.filter(|guest| call.sees(guest)).map(|guest| Value::from(listed(call, guest))).collect())
}

fn config(call: &Call<'_>, kind: GuestKind) -> Answer {
    call.node()?;
    let mut config = call.guest(kind, "VM.Audit")?.config();
    config.insert("digest".to_owned(), json!(digest(&config)));
    Ok(config.into())
}

fn current(call: &Call<'_>, kind: GuestKind) -> Answer {
    call.node()?;
    let guest = call.guest(kind, "VM.Audit")?;
    let mut entry = listed(call, guest);
    entry.insert("ha".to_owned(), json!({"managed": 0}));
    if kind == GuestKind::Qemu {
        entry.insert("qmpstatus".to_owned(), json!(guest.status.as_str()));
        if guest.agent != Agent::Absent {
            entry.insert("agent".to_owned(), json!(1));
        }
    }
    if kind == GuestKind::Qemu && guest.status != GuestStatus::Stopped {
        entry.insert("running-qemu".to_owned(), json!("10.1.2"));
        entry.insert("running-machine".to_owned(), json!("pc-i440fx-10.1+pve0"));
    }
    Ok(entry.into())
}

/// The snapshots, and last the state of now, which Proxmox lists with them.
fn snapshots(call: &Call<'_>, kind: GuestKind) -> Answer {
    call.node()?;
    let guest = call.guest(kind, "VM.Audit")?;
    let taken = guest.snapshots.iter().map(|snapshot| {
        known(json!({
            "name": snapshot.name, "description": snapshot.description, "snaptime": snapshot.taken,
            "parent": snapshot.parent,
            "vmstate": (kind == GuestKind::Qemu).then_some(u8::from(snapshot.vmstate)),
        }))
    });
    let now = known(json!({
        "name": "current", "description": "You are here!", "digest": digest(&guest.config()),
        "running": u8::from(guest.is_running()), "parent": guest.current_parent,
    }));
    Ok(taken.chain([now]).collect())
}

fn index(call: &Call<'_>, kind: GuestKind) -> Answer {
    call.node()?;
    call.guest(kind, "VM.Audit")?;
    let own = if kind == GuestKind::Qemu { "agent" } else { "interfaces" };
    Ok(list("subdir", &["config", "status", "snapshot", "firewall", "rrd", "rrddata", "feature", own]))
}

fn firewall(call: &Call<'_>, kind: GuestKind) -> Answer {
    call.node()?;
    call.guest(kind, "VM.Audit")?;
    Ok(list("name", &["rules", "aliases", "ipset", "options", "log", "refs"]))
}

both! {
    all_qemu, all_lxc => all;
    qemu_index, lxc_index => index;
    qemu_firewall, lxc_firewall => firewall;
    qemu_config, lxc_config => config;
    qemu_current, lxc_current => current;
    qemu_snapshots, lxc_snapshots => snapshots;
}
