//! Which object of its source a fact is about.

use proxbox_model::SourceObject;
use proxbox_model::facts::AddressOwner;
use serde::Deserialize;
use serde_json::Value as Json;

/// The object of a fact of that interface; none when the fact does not say it.
pub(crate) fn of(interface: &str, fact: &Json) -> Option<SourceObject> {
    let text = |name: &str| fact.get(name)?.as_str().map(str::to_owned);
    let vmid = || u32::try_from(fact.get("vmid")?.as_u64()?).ok();
    Some(match interface {
        "cluster" => SourceObject::Cluster,
        "node" => SourceObject::Node(text("name")?),
        "node-interface" => SourceObject::NodeInterface(text("node")?, text("name")?),
        "storage" => SourceObject::Storage(text("name")?),
        "virtual-machine" => SourceObject::Guest(vmid()?),
        "virtual-disk" => SourceObject::Disk(vmid()?, text("key")?),
        "vm-interface" => SourceObject::Interface(vmid()?, text("key")?),
        "mac-address" => SourceObject::MacAddress(vmid()?, text("net")?),
        "vlan" => SourceObject::Vlan(u16::try_from(fact.get("id")?.as_u64()?).ok()?),
        "ip-address" => {
            let owner = AddressOwner::deserialize(fact.get("owner")?).ok()?;
            SourceObject::IpAddress(owner, fact.pointer("/address/ip")?.as_str()?.to_owned())
        }
        "primary-ip" => SourceObject::PrimaryIp(vmid()?),
        "snapshot" => SourceObject::Snapshot(vmid()?, text("name")?),
        "backup" => SourceObject::Backup(text("volume_id")?),
        "backup-routine" => SourceObject::BackupRoutine(text("id")?),
        "replication" => SourceObject::Replication(text("id")?),
        "task" => SourceObject::Task(text("upid")?),
        "cloud-init" => SourceObject::CloudInit(vmid()?),
        "guest-interface" => SourceObject::GuestInterface(vmid()?, text("name")?),
        _ => return None,
    })
}

/// Makes the fact that of another object of its sort, so many further on.
pub(crate) fn vary(interface: &str, fact: &mut Json, by: u32) {
    let name = match interface {
        "cluster" | "node" | "node-interface" | "storage" => "name",
        "backup" => "volume_id",
        "backup-routine" | "replication" => "id",
        "task" => "upid",
        _ => "vmid",
    };
    let part = match interface {
        "vlan" => fact.get_mut("id"),
        "ip-address" if fact.pointer("/owner/vm-interface").is_some() => {
            fact.pointer_mut("/owner/vm-interface/0")
        }
        "ip-address" => fact.pointer_mut("/owner/node-interface/1"),
        _ => fact.get_mut(name),
    };
    match part {
        Some(Json::String(text)) => text.push_str(&format!("-{by}")),
        Some(number @ Json::Number(_)) => {
            *number = (number.as_u64().unwrap_or_default() + u64::from(by)).into();
        }
        _ => {}
    }
}

/// How a fact of an interface is called: `virtual-machine 101 (web)`.
pub fn label(interface: &str, fact: &Json) -> String {
    let text = |name: &str| fact.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let number = |name: &str| fact.get(name).and_then(Json::as_u64).map(|number| number.to_string());
    let named = ["key", "net", "name", "volume_id", "upid", "id"].into_iter().find_map(text);
    match (number("vmid").or_else(|| number("id")), named) {
        (Some(number), Some(name)) => format!("{interface} {number} ({name})"),
        (Some(one), None) => format!("{interface} {one}"),
        (None, Some(one)) => format!("{interface} {one}"),
        (None, None) => match fact.pointer("/address/ip").and_then(Json::as_str) {
            Some(ip) => format!("{interface} {ip}"),
            None => interface.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard;

    #[test]
    fn every_standard_fact_says_what_it_is_about() {
        for interface in proxbox_transform::interfaces() {
            for case in standard::cases(interface) {
                let object = of(interface, &case.fact);
                assert!(object.is_some(), "{interface}: {}", case.name);
                assert!(label(interface, &case.fact).len() > interface.len());
            }
        }
    }

    #[test]
    fn a_varied_fact_is_of_another_object() {
        for interface in proxbox_transform::interfaces().filter(|interface| *interface != "cluster") {
            let mut fact = standard::cases(interface).remove(0).fact;
            let before = of(interface, &fact);
            vary(interface, &mut fact, 7);
            assert_ne!(of(interface, &fact), before, "{interface}");
        }
    }
}
