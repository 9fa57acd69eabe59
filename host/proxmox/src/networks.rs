//! `/nodes/{node}/network`.

use crate::addresses::{fact, parse, prefix_of, to_text, with_prefix};
use crate::guest_config::vlan;
use crate::lenient::{Fields, parts};
use crate::part::Part;
use crate::reader::Reader;
use futures::future::join_all;
use proxbox_model::facts::{Address, AddressOrigin, AddressOwner, IpAddressFacts, NodeInterfaceFacts};
use std::collections::BTreeSet;

/// Where a kind of interface names its members.
const MEMBERS: &[&str] = &["bridge_ports", "slaves", "ovs_ports", "ovs_bonds"];

/// Reads the interfaces of these nodes, by node and name. The names are those of the nodes that were read in full.
pub(crate) async fn read(
    reader: &Reader<'_>,
    nodes: &BTreeSet<String>,
) -> (Part<NodeInterfaceFacts>, BTreeSet<String>) {
    let reads = nodes.iter().map(|node| async move {
        let path = format!("/nodes/{node}/network");
        let answer = reader.of_node(node, &path, &[], true).await;
        (node, reader.parsed(answer, &path, |entry| interface(node, entry).map(Some)))
    });
    let (mut all, mut seen) = (Part::full(Vec::new()), BTreeSet::new());
    for (node, part) in join_all(reads).await {
        if part.full {
            seen.insert(node.clone());
        }
        all.extend(part);
    }
    all.items.sort_by(|one, other| (&one.node, &one.name).cmp(&(&other.node, &other.name)));
    all.items.dedup_by(|one, other| (&one.node, &one.name) == (&other.node, &other.name));
    (all, seen)
}

/// Addresses of interfaces, in their order.
pub(crate) fn addresses(interfaces: &[NodeInterfaceFacts]) -> Vec<IpAddressFacts> {
    let of = |interface: &NodeInterfaceFacts| -> Vec<IpAddressFacts> {
        let owner = || AddressOwner::NodeInterface(interface.node.clone(), interface.name.clone());
        let addresses = interface.addresses.iter().filter_map(|text| parse(text));
        addresses.map(|address| fact(owner(), address, AddressOrigin::Node)).collect()
    };
    interfaces.iter().flat_map(of).collect()
}

fn interface(node: &str, entry: Fields<'_>) -> Result<NodeInterfaceFacts, &'static str> {
    let name = entry.text("iface").ok_or("has no interface name")?;
    let kind = entry.text("type").unwrap_or_else(|| "unknown".to_owned());
    let members: BTreeSet<String> = MEMBERS.iter().flat_map(|key| names(entry, key)).collect();
    let members: Vec<String> = members.into_iter().collect();
    let comment = [entry.verbatim("comments"), entry.verbatim("comments6")];
    Ok(NodeInterfaceFacts {
        node: node.to_owned(),
        active: entry.flag("active").unwrap_or(false),
        addresses: [
            address(entry, "cidr", "address", "netmask"),
            address(entry, "cidr6", "address6", "netmask6"),
        ]
        .iter()
        .flatten()
        .map(to_text)
        .collect(),
        gateways: ["gateway", "gateway6"]
            .iter()
            .filter_map(|key| Some(with_prefix(&entry.text(key)?, None)?.ip))
            .collect(),
        vlan_id: vlan_id(entry, &name, &kind),
        parent: parent(entry, &name, &kind, &members),
        members,
        vlan_aware: entry.flag("bridge_vlan_aware").unwrap_or(false),
        mtu: entry.unsigned("mtu").and_then(|mtu| u32::try_from(mtu).ok()),
        comment: comment.into_iter().find(|comment| !comment.is_empty()).unwrap_or_default(),
        raw: entry.to_json(),
        name,
        kind,
    })
}

/// The address with prefix length, or put together of address and netmask.
fn address(entry: Fields<'_>, cidr: &str, address: &str, netmask: &str) -> Option<Address> {
    if let Some(address) = entry.text(cidr).and_then(|text| parse(&text)) {
        return Some(address);
    }
    let prefix = entry.text(netmask).and_then(|text| prefix_of(&text));
    let address = entry.text(address)?;
    if address.contains('/') { parse(&address) } else { with_prefix(&address, prefix) }
}

/// Names of a list; `none` is what a bridge without ports says.
fn names(entry: Fields<'_>, key: &str) -> Vec<String> {
    let list = entry.text(key).unwrap_or_default();
    parts(&list).filter(|name| *name != "none").map(str::to_owned).collect()
}

/// VLAN id of `bond0.40` and `vlan40`, where Proxmox does not say it, and the tag of a port of Open vSwitch.
fn vlan_id(entry: Fields<'_>, name: &str, kind: &str) -> Option<u16> {
    let digits = match kind {
        "vlan" => entry.text("vlan-id").or_else(|| {
            let dotted = name.rsplit_once('.').map(|(_, number)| number);
            Some(dotted.or_else(|| name.strip_prefix("vlan"))?.to_owned())
        }),
        _ => entry.text("ovs_tag"),
    };
    vlan(digits?.parse().ok()?)
}

/// What an interface rides on: a VLAN on its device, an alias on its interface, a port of Open vSwitch on its bridge, and a bridge on
/// its only port.
fn parent(entry: Fields<'_>, name: &str, kind: &str, members: &[String]) -> Option<String> {
    let before = |mark| name.rsplit_once(mark).map(|(device, _)| device.to_owned());
    match kind {
        "vlan" => entry.text("vlan-raw-device").or_else(|| before('.')),
        "alias" => before(':'),
        "bridge" | "OVSBridge" => match members {
            [only] => Some(only.clone()),
            _ => None,
        },
        _ => entry.text("ovs_bridge"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn read(entry: &Json) -> NodeInterfaceFacts {
        interface("pve1", Fields::of(entry)).unwrap()
    }

    #[test]
    fn a_bridge_tells_its_ports_and_addresses() {
        let facts = read(&json!({
            "iface": "vmbr0", "type": "bridge", "active": 1, "bridge_ports": "bond0", "bridge_vlan_aware": "1",
            "cidr": "192.0.2.1/24", "address": "192.0.2.1", "netmask": "24", "gateway": "192.0.2.254",
            "cidr6": "2001:DB8:0::1/64", "gateway6": "2001:db8::fe", "mtu": "9000", "comments": "uplink\n",
        }));
        assert!(facts.active && facts.vlan_aware);
        assert_eq!(facts.addresses, ["192.0.2.1/24", "2001:db8::1/64"]);
        assert_eq!(facts.gateways, ["192.0.2.254", "2001:db8::fe"]);
        assert_eq!(
            (facts.members.clone(), facts.parent.as_deref()),
            (vec!["bond0".to_owned()], Some("bond0"))
        );
        assert_eq!((facts.mtu, facts.comment.as_str()), (Some(9000), "uplink\n"));
    }

    #[test]
    fn a_bridge_without_or_with_several_ports_rides_on_nothing() {
        let none = read(&json!({"iface": "vmbr9", "type": "bridge", "bridge_ports": "none"}));
        assert_eq!((none.members.len(), none.parent, none.active), (0, None, false));
        let two = read(&json!({"iface": "vmbr8", "type": "bridge", "bridge_ports": "eno1 eno2"}));
        assert_eq!((two.members.len(), two.parent), (2, None));
    }

    #[test]
    fn vlans_know_their_id_and_device_also_by_their_name() {
        let of = |entry: Json| {
            let facts = read(&entry);
            (facts.vlan_id, facts.parent)
        };
        let expected = (Some(40), Some("bond0".to_owned()));
        assert_eq!(of(json!({"iface": "bond0.40", "type": "vlan"})), expected);
        assert_eq!(of(json!({"iface": "vlan40", "type": "vlan", "vlan-raw-device": "bond0"})), expected);
        assert_eq!(
            of(json!({"iface": "x", "type": "vlan", "vlan-id": "40", "vlan-raw-device": "bond0"})),
            expected
        );
        assert_eq!(of(json!({"iface": "x.5000", "type": "vlan"})).0, None);
        let port = json!({"iface": "mgmt", "type": "OVSIntPort", "ovs_tag": 7, "ovs_bridge": "vmbr1"});
        assert_eq!(of(port), (Some(7), Some("vmbr1".to_owned())));
        assert_eq!(of(json!({"iface": "eno1:0", "type": "alias"})), (None, Some("eno1".to_owned())));
        assert_eq!(of(json!({"iface": "eno1.40", "type": "eth"})), (None, None));
    }

    #[test]
    fn bonds_have_members_and_old_addresses_a_netmask() {
        let bond = read(&json!({"iface": "bond0", "type": "bond", "slaves": "eno1 eno2"}));
        assert_eq!(bond.members, ["eno1", "eno2"]);
        let ovs = read(
            &json!({"iface": "bond1", "type": "OVSBond", "ovs_bonds": "eno3 eno4", "ovs_bridge": "vmbr1"}),
        );
        assert_eq!((ovs.members.len(), ovs.parent.as_deref()), (2, Some("vmbr1")));
        let old = read(&json!({"iface": "eno1", "address": "192.0.2.9", "netmask": "255.255.255.0",
            "address6": "fe80::9", "netmask6": 64}));
        assert_eq!(
            (old.kind.as_str(), old.addresses.clone()),
            ("unknown", vec!["192.0.2.9/24".to_owned(), "fe80::9/64".to_owned()])
        );
        let facts = addresses(&[old]);
        assert_eq!(facts.iter().map(|fact| fact.link_local).collect::<Vec<_>>(), [false, true]);
        assert_eq!(facts[0].owner, AddressOwner::NodeInterface("pve1".to_owned(), "eno1".to_owned()));
    }

    #[test]
    fn an_interface_without_a_name_is_odd() {
        assert!(interface("pve1", Fields::of(&json!({"type": "eth"}))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(name in ".+", kind in "vlan|alias|bridge|eth|.*", text in ".*") {
            let entry = json!({"iface": name, "type": kind, "cidr": text, "address6": text, "netmask6": text,
                "vlan-id": text, "bridge_ports": text, "mtu": text, "gateway": text});
            let _ = interface("pve1", Fields::of(&entry));
        }
    }
}
