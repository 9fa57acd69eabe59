//! Which VLANs a source uses, and on which bridges.

use proxbox_model::facts::{NodeInterfaceFacts, VlanFacts, VmInterfaceFacts};
use std::collections::{BTreeMap, BTreeSet};

/// Bridges by VLAN id.
#[derive(Default)]
struct Uses(BTreeMap<u16, BTreeSet<String>>);

impl Uses {
    fn add<'a>(&mut self, id: u16, bridges: impl IntoIterator<Item = &'a String>) {
        self.0.entry(id).or_default().extend(bridges.into_iter().cloned());
    }

    fn into_facts(self) -> Vec<VlanFacts> {
        let fact =
            |(id, bridges): (u16, BTreeSet<String>)| VlanFacts { id, bridges: bridges.into_iter().collect() };
        self.0.into_iter().map(fact).collect()
    }
}

/// A trunk of so many VLANs passes them all, and says of none that it is in use.
const EVERY: usize = 4093;

/// VLANs of guests, tagged ones included.
pub(crate) fn of_guests<'a>(interfaces: impl Iterator<Item = &'a VmInterfaceFacts>) -> Vec<VlanFacts> {
    let mut uses = Uses::default();
    for interface in interfaces {
        let trunks = if interface.trunks.len() >= EVERY { &[] } else { interface.trunks.as_slice() };
        for id in interface.vlan.iter().chain(trunks) {
            uses.add(*id, &interface.bridge);
        }
    }
    uses.into_facts()
}

/// VLANs of nodes. One is used on the bridges that it is a port of, and on the bridge that it rides on.
pub(crate) fn of_nodes(interfaces: &[NodeInterfaceFacts]) -> Vec<VlanFacts> {
    let bridges: Vec<&NodeInterfaceFacts> = interfaces
        .iter()
        .filter(|interface| matches!(interface.kind.as_str(), "bridge" | "OVSBridge"))
        .collect();
    let mut uses = Uses::default();
    for interface in interfaces {
        let Some(id) = interface.vlan_id else { continue };
        let here = bridges.iter().filter(|bridge| {
            bridge.node == interface.node
                && (bridge.members.contains(&interface.name)
                    || interface.parent.as_ref() == Some(&bridge.name))
        });
        uses.add(id, here.map(|bridge| &bridge.name));
    }
    uses.into_facts()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::facts::GuestKind;

    fn card(bridge: Option<&str>, vlan: Option<u16>, trunks: &[u16]) -> VmInterfaceFacts {
        VmInterfaceFacts {
            vmid: 101,
            guest: GuestKind::Qemu,
            key: "net0".to_owned(),
            name: None,
            guest_name: None,
            model: "virtio".to_owned(),
            mac: None,
            bridge: bridge.map(str::to_owned),
            vlan,
            trunks: trunks.to_vec(),
            link_down: false,
            firewall: false,
            mtu: None,
            rate: None,
            options: Vec::new(),
        }
    }

    #[test]
    fn a_trunk_of_all_vlans_names_none() {
        let all: Vec<u16> = (2..=4094).collect();
        let cards = [card(Some("vmbr0"), Some(20), &all), card(Some("vmbr0"), None, &[30, 31])];
        let ids: Vec<u16> = of_guests(cards.iter()).iter().map(|vlan| vlan.id).collect();
        assert_eq!(ids, [20, 30, 31]);
    }

    fn port(
        node: &str,
        name: &str,
        kind: &str,
        vlan_id: Option<u16>,
        parent: Option<&str>,
    ) -> NodeInterfaceFacts {
        NodeInterfaceFacts {
            node: node.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            active: true,
            addresses: Vec::new(),
            gateways: Vec::new(),
            vlan_id,
            parent: parent.map(str::to_owned),
            members: Vec::new(),
            vlan_aware: false,
            mtu: None,
            comment: String::new(),
            raw: "{}".to_owned(),
        }
    }

    fn shown(vlans: &[VlanFacts]) -> Vec<String> {
        vlans.iter().map(|vlan| format!("{} {}", vlan.id, vlan.bridges.join(","))).collect()
    }

    #[test]
    fn each_vlan_of_guests_comes_once_with_all_its_bridges() {
        let cards = [
            card(Some("vmbr1"), Some(40), &[]),
            card(Some("vmbr0"), Some(40), &[]),
            card(Some("vmbr0"), None, &[10, 20]),
            card(None, Some(7), &[]),
            card(Some("vmbr0"), None, &[]),
        ];
        assert_eq!(shown(&of_guests(cards.iter())), ["7 ", "10 vmbr0", "20 vmbr0", "40 vmbr0,vmbr1"]);
    }

    #[test]
    fn each_vlan_of_nodes_comes_once_with_the_bridges_it_is_used_on() {
        let mut bridge = port("pve1", "vmbr40", "bridge", None, None);
        bridge.members = vec!["bond0.40".to_owned()];
        let interfaces = [
            port("pve1", "bond0.40", "vlan", Some(40), Some("bond0")),
            port("pve1", "vmbr40.7", "vlan", Some(7), Some("vmbr40")),
            port("pve2", "bond0.40", "vlan", Some(40), Some("bond0")),
            port("pve2", "eno1.9", "vlan", Some(9), Some("eno1")),
            bridge,
        ];
        assert_eq!(shown(&of_nodes(&interfaces)), ["7 vmbr40", "9 ", "40 vmbr40"]);
    }
}
