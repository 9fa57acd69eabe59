//! A guest's configuration in the shape of `/nodes/{node}/{qemu|lxc}/{vmid}/config`.

use super::guest::{Agent, Guest, GuestKind};
use serde_json::{Map, Value, json};

/// Numbers and texts as Proxmox gives them: `memory` is a text for a virtual machine and a number for a container.
pub(super) fn of(guest: &Guest) -> Map<String, Value> {
    let mut config = Map::new();
    config.extend(guest.options.clone());
    if guest.cores > 0 {
        config.insert("cores".to_owned(), json!(guest.cores));
    }
    config.insert("ostype".to_owned(), json!(guest.ostype));
    match guest.kind {
        GuestKind::Qemu => qemu(guest, &mut config),
        GuestKind::Lxc => lxc(guest, &mut config),
    }
    if guest.onboot {
        config.insert("onboot".to_owned(), json!(1));
    }
    if guest.template {
        config.insert("template".to_owned(), json!(1));
    }
    if !guest.tags.is_empty() {
        config.insert("tags".to_owned(), json!(guest.tags.join(";")));
    }
    if !guest.notes.is_empty() {
        config.insert("description".to_owned(), json!(guest.notes));
    }
    if let Some(lock) = &guest.lock {
        config.insert("lock".to_owned(), json!(lock));
    }
    if let Some(parent) = &guest.current_parent {
        config.insert("parent".to_owned(), json!(parent));
    }
    config.extend(guest.disks.iter().map(|(key, disk)| (key.clone(), json!(disk.to_string()))));
    config.extend(guest.nics.iter().map(|(n, nic)| (format!("net{n}"), json!(nic.line(guest.kind)))));
    config
}

fn qemu(guest: &Guest, config: &mut Map<String, Value>) {
    config.insert("sockets".to_owned(), json!(guest.sockets));
    config.insert("memory".to_owned(), json!(guest.memory.to_string()));
    if guest.agent != Agent::Absent {
        config.insert("agent".to_owned(), json!(guest.agent_line));
    }
    if !guest.name.is_empty() {
        config.insert("name".to_owned(), json!(guest.name));
    }
}

fn lxc(guest: &Guest, config: &mut Map<String, Value>) {
    config.insert("memory".to_owned(), json!(guest.memory));
    config.insert("arch".to_owned(), json!("amd64"));
    if guest.unprivileged {
        config.insert("unprivileged".to_owned(), json!(1));
    }
    if !guest.name.is_empty() {
        config.insert("hostname".to_owned(), json!(guest.name));
    }
}
