//! What becomes of an interface of a node in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_node_interface::NodeInterface;
use proxbox_transform_sdk::facts::NodeInterfaceFacts;
use proxbox_transform_sdk::{Draft, NodeInterfaceMapper, Outcome, Value, node_interface, testing};

fn interface(name: &str, kind: &str) -> NodeInterfaceFacts {
    NodeInterfaceFacts {
        node: "pve1".to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        active: true,
        addresses: Vec::new(),
        gateways: Vec::new(),
        vlan_id: None,
        parent: None,
        members: Vec::new(),
        vlan_aware: false,
        mtu: None,
        comment: String::new(),
        raw: "{}".to_owned(),
    }
}

fn mapped(fact: &NodeInterfaceFacts) -> Vec<Draft> {
    kinds::drafts(NodeInterface::map(&testing::context(), fact))
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::NodeInterfaceFacts>(
        env!("CARGO_MANIFEST_DIR"),
        NodeInterface::map_all,
    );
}

#[test]
fn types_are_those_of_netbox() {
    let table = [
        ("bridge", "bridge"),
        ("OVSBridge", "bridge"),
        ("vnet", "bridge"),
        ("bond", "lag"),
        ("OVSBond", "lag"),
        ("vlan", "virtual"),
        ("alias", "virtual"),
        ("OVSIntPort", "virtual"),
        ("fabric", "virtual"),
        ("eth", "other"),
        ("OVSPort", "other"),
        ("unknown", "other"),
        ("", "other"),
    ];
    for (proxmox, netbox) in table {
        let drafts = mapped(&interface("x0", proxmox));
        assert_eq!(drafts[0].get("type"), Some(&Value::Text(netbox.to_owned())), "{proxmox}");
    }
}

#[test]
fn members_are_told_whose_they_are() {
    let members = ["eno1", "eno2", "eno1", "none", "", "x0"].map(str::to_owned).to_vec();
    for (kind, field) in [("bridge", "bridge"), ("OVSBridge", "bridge"), ("bond", "lag"), ("OVSBond", "lag")]
    {
        let drafts = mapped(&NodeInterfaceFacts { members: members.clone(), ..interface("x0", kind) });
        let told: Vec<_> =
            drafts[1..].iter().map(|member| (member.key.clone(), member.get(field).cloned())).collect();
        let whose = Some(node_interface("pve1", "x0").into());
        let expected = ["eno1", "eno2"].map(|member| (node_interface("pve1", member).key, whose.clone()));
        assert_eq!(told, expected, "{kind}");
    }
    let drafts = mapped(&NodeInterfaceFacts { members, ..interface("x0", "eth") });
    assert_eq!(drafts.len(), 1);
}

#[test]
fn only_virtual_interfaces_ride_on_another_one() {
    let on = |kind: &str, parent: &str| {
        let fact = NodeInterfaceFacts { parent: Some(parent.to_owned()), ..interface("bond0.20", kind) };
        mapped(&fact)[0].get("parent").cloned()
    };
    assert_eq!(on("vlan", "bond0"), Some(node_interface("pve1", "bond0").into()));
    assert_eq!(on("vlan", "bond0.20"), None, "an interface does not ride on itself");
    assert_eq!(on("bridge", "bond0"), None);
    assert_eq!(on("eth", "bond0"), None);
}

#[test]
fn vlans_of_physical_interfaces_are_the_operators() {
    for kind in ["eth", "bond", "bridge"] {
        let drafts = mapped(&NodeInterfaceFacts { vlan_id: Some(20), ..interface("x0", kind) });
        assert!(["mode", "untagged_vlan", "tagged_vlans"].iter().all(|field| drafts[0].get(field).is_none()));
    }
}

#[test]
fn what_proxmox_does_not_say_is_the_operators() {
    for kind in ["eth", "bond", "bridge", "vlan", "alias", "unknown"] {
        let own =
            mapped(&NodeInterfaceFacts { comment: " \n".to_owned(), ..interface("x0", kind) }).swap_remove(0);
        for field in ["mtu", "description", "parent", "mode", "untagged_vlan", "tagged_vlans"] {
            assert_eq!(own.get(field), None, "{kind} {field}");
        }
    }
    let said =
        NodeInterfaceFacts { mtu: Some(9000), comment: "uplink\n".to_owned(), ..interface("x0", "eth") };
    let own = mapped(&said).swap_remove(0);
    assert_eq!(own.get("mtu"), Some(&Value::Integer(9000)));
    assert_eq!(own.get("description"), Some(&Value::Text("uplink".to_owned())));
    let no_mtu = mapped(&NodeInterfaceFacts { mtu: Some(65_537), ..said }).swap_remove(0);
    assert_eq!(no_mtu.get("mtu"), None);
}

#[test]
fn loopback_is_left_out() {
    for fact in [interface("lo", "loopback"), interface("lo", "eth"), interface("lo0", "lo")] {
        assert!(matches!(NodeInterface::map(&testing::context(), &fact), Outcome::Skip(_)));
    }
}
