//! `/nodes`.

use super::super::call::{Answer, Call};
use super::{index as list, known, object};
use crate::fleet::{Node, NodeInterface};
use serde_json::{Map, Value, json};

/// What a node says of itself to those who may know; for the others its name and state are enough.
fn reading(call: &Call<'_>, node: &Node) -> Map<String, Value> {
    let usage =
        call.fleet.node_usage(node).filter(|_| call.may(&format!("/nodes/{}", node.name), "Sys.Audit"));
    let mut entry = object(json!({
        "id": format!("node/{}", node.name), "type": "node", "node": node.name,
        "status": if node.online { "online" } else { "offline" },
    }));
    if let Some(usage) = usage {
        entry.extend(object(json!({
            "cpu": usage.cpu, "maxcpu": node.cpus, "mem": usage.memory, "maxmem": node.memory, "disk": node.disk / 5,
            "maxdisk": node.disk, "uptime": usage.uptime, "level": node.level,
        })));
    }
    entry
}

pub(super) fn resources(call: &Call<'_>) -> Vec<Value> {
    let entry = |node: &Node| {
        let mut entry = reading(call, node);
        if entry.contains_key("cpu") {
            entry.insert("cgroup-mode".to_owned(), json!(2));
        }
        entry.into()
    };
    call.fleet.nodes.iter().map(entry).collect()
}

pub(in crate::proxmox) fn all(call: &Call<'_>) -> Answer {
    let entry = |node: &Node| {
        let mut entry = reading(call, node);
        entry.insert("ssl_fingerprint".to_owned(), json!(node.fingerprint));
        Value::from(entry)
    };
    Ok(call.fleet.nodes.iter().map(entry).collect())
}

pub(in crate::proxmox) fn index(_: &Call<'_>) -> Answer {
    let names = [
        "qemu",
        "lxc",
        "version",
        "status",
        "network",
        "tasks",
        "storage",
        "disks",
        "firewall",
        "replication",
        "certificates",
        "config",
        "subscription",
        "hosts",
        "dns",
        "time",
        "syslog",
        "services",
        "apt",
    ];
    Ok(list("name", &names))
}

pub(in crate::proxmox) fn version(call: &Call<'_>) -> Answer {
    call.node()?;
    super::cluster::version(call)
}

/// Everybody who is logged in may read them.
pub(in crate::proxmox) fn certificates(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    let authority =
        format!("/CN=Proxmox Virtual Environment/OU={}/O=PVE Cluster Manager CA", call.fleet.authority);
    let subject = format!("/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN={}", node.name);
    Ok(json!([
        {"filename": "pve-root-ca.pem", "subject": authority, "issuer": authority},
        {"filename": "pve-ssl.pem", "subject": subject, "issuer": authority},
    ]))
}

pub(in crate::proxmox) fn status(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    call.require(&format!("/nodes/{}", node.name), "Sys.Audit")?;
    let usage = call.fleet.node_usage(node);
    let (cpu, used, uptime) = usage.map_or((0.0, 0, 0), |usage| (usage.cpu, usage.memory, usage.uptime));
    let load = format!("{:.2}", cpu * f64::from(node.cpus));
    Ok(json!({
        "cpu": cpu, "wait": 0.001, "idle": 0, "uptime": uptime, "loadavg": [load, load, load],
        "memory": {"total": node.memory, "used": used, "free": node.memory - used, "available": node.memory - used},
        "swap": {"total": 8u64 << 30, "used": 0, "free": 8u64 << 30},
        "rootfs": {"total": node.disk, "used": node.disk / 5, "free": node.disk - node.disk / 5,
                   "avail": node.disk - node.disk / 5},
        "ksm": {"shared": 0},
        "cpuinfo": {"model": node.cpu_model, "sockets": node.sockets, "cores": node.cpus / 2, "cpus": node.cpus,
                    "mhz": "2000.000", "hvm": "1", "user_hz": 100, "flags": "fpu vme de pse"},
        "pveversion": format!("pve-manager/{}/4c1f3b2a9d8e7f60", call.fleet.version),
        "kversion": format!("Linux {}", node.kernel),
        "current-kernel": {"sysname": "Linux", "release": node.kernel, "version": "#1 SMP PREEMPT_DYNAMIC",
                           "machine": "x86_64"},
        "boot-info": {"mode": "efi", "secureboot": 0},
    }))
}

/// The clock on the wall is an hour ahead of UTC.
pub(in crate::proxmox) fn time(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    call.require(&format!("/nodes/{}", node.name), "Sys.Audit")?;
    let now = call.fleet.now;
    Ok(json!({"timezone": "Europe/Berlin", "time": now, "localtime": now + 3600}))
}

pub(in crate::proxmox) fn network(call: &Call<'_>) -> Answer {
    let node = call.node()?;
    let only = call.query("type");
    let wanted = |interface: &&NodeInterface| match only {
        None => true,
        Some("any_bridge" | "any_local_bridge") => interface.kind == "bridge",
        Some(kind) => interface.kind == kind,
    };
    let entries = node.interfaces.iter().enumerate().filter(|(_, interface)| wanted(interface));
    Ok(entries.map(|(at, interface)| interface_entry(at + 3, interface)).collect())
}

fn interface_entry(priority: usize, interface: &NodeInterface) -> Value {
    let split = |cidr: &Option<String>| {
        let (address, prefix) = cidr.as_deref()?.split_once('/')?;
        Some((address.to_owned(), prefix.to_owned()))
    };
    let (v4, v6) = (split(&interface.cidr), split(&interface.cidr6));
    let method = |is_static: bool| if is_static { "static" } else { "manual" };
    let families: Vec<&str> = std::iter::once("inet").chain(v6.is_some().then_some("inet6")).collect();
    let mut entry = object(known(json!({
        "iface": interface.name, "type": interface.kind, "priority": priority, "families": families,
        "active": interface.active.then_some(1),
        "autostart": (interface.kind != "eth").then_some(1),
        "exists": (interface.kind == "eth").then_some(1),
        "method": method(v4.is_some()), "method6": method(v6.is_some()),
        "address": v4.as_ref().map(|(address, _)| address), "netmask": v4.as_ref().map(|(_, prefix)| prefix),
        "cidr": interface.cidr, "gateway": interface.gateway,
        "address6": v6.as_ref().map(|(address, _)| address),
        "netmask6": v6.as_ref().and_then(|(_, prefix)| prefix.parse::<u8>().ok()),
        "cidr6": interface.cidr6, "comments": interface.comment,
    })));
    let number = |key: &str| key == "bridge_vlan_aware";
    entry.extend(interface.options.iter().map(|(key, value)| {
        let value = if number(key) { json!(1) } else { json!(value) };
        (key.clone(), value)
    }));
    entry.into()
}
