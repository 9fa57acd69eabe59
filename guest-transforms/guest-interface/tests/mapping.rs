//! What becomes of an interface inside a guest in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_guest_interface::GuestInterface;
use proxbox_transform_sdk::facts::{Address, GuestInterfaceFacts, GuestKind};
use proxbox_transform_sdk::{
    Draft, GuestInterfaceMapper, Outcome, Value, guest_address, guest_interface, interface_inside, testing,
};

fn interface(name: &str, addresses: &[&str]) -> GuestInterfaceFacts {
    let address = |ip: &&str| Address { ip: (*ip).to_owned(), prefix: Some(24) };
    GuestInterfaceFacts {
        vmid: 101,
        guest: GuestKind::Qemu,
        name: name.to_owned(),
        mac: Some("bc:24:11:00:00:01".to_owned()),
        addresses: addresses.iter().map(address).collect(),
        net: Some("net0".to_owned()),
        raw: "{}".to_owned(),
    }
}

fn mapped(fact: &GuestInterfaceFacts) -> Vec<Draft> {
    kinds::drafts(GuestInterface::map(&testing::context(), fact))
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::GuestInterfaceFacts>(
        env!("CARGO_MANIFEST_DIR"),
        GuestInterface::map_all,
    );
}

#[test]
fn every_field_is_set_or_cleared_so_that_nothing_stays_from_before() {
    let own = mapped(&interface("ens18", &[])).swap_remove(0);
    let kind = proxbox_model::kind::find(&own.kind).unwrap();
    let left: Vec<&str> =
        kind.fields.iter().map(|field| field.name).filter(|name| own.get(name).is_none()).collect();
    assert_eq!(left, ["mtu"]);
}

#[test]
fn one_interface_only_stands_for_one_of_proxmox() {
    let facts =
        [interface("ens18", &[]), interface("ens18.20", &["192.0.2.20"]), interface("lo", &["127.0.0.1"])];
    let outcomes = GuestInterface::map_all(&testing::context(), &facts);
    let [first, second, loopback] = &outcomes[..] else { panic!("{outcomes:?}") };
    let first = kinds::drafts(first.clone());
    assert_eq!(first[0].get("vm_interface"), Some(&guest_interface(101, "net0").into()));
    let second = kinds::drafts(second.clone());
    assert_eq!(second[0].get("vm_interface"), Some(&Value::Null));
    assert_eq!(second.len(), 2, "its address is on Proxmox's interface all the same");
    assert!(matches!(loopback, Outcome::Skip(_)));
}

#[test]
fn an_interface_that_is_left_out_takes_no_place() {
    let facts = [interface("lo", &[]), interface("ens18", &[])];
    let outcomes = GuestInterface::map_all(&testing::context(), &facts);
    let own = kinds::drafts(outcomes[1].clone()).swap_remove(0);
    assert_eq!(own.get("vm_interface"), Some(&guest_interface(101, "net0").into()));
}

#[test]
fn addresses_are_linked_once_and_only_those_that_netbox_has() {
    let fact = interface("ens18", &["192.0.2.10", "192.0.2.10", "fe80::1", "127.0.0.1", "x", "2001:db8::10"]);
    let linked: Vec<_> = mapped(&fact)[1..].iter().map(|link| link.get("ip_address").cloned()).collect();
    let expected = ["192.0.2.10", "2001:db8::10"].map(|ip| Some(guest_address(101, "net0", ip).into()));
    assert_eq!(linked, expected);
    let unknown = GuestInterfaceFacts { net: None, ..fact };
    assert_eq!(mapped(&unknown).len(), 1);
}

#[test]
fn links_name_the_interface_as_the_guest_does() {
    let drafts = mapped(&interface(&"e".repeat(200), &["192.0.2.10"]));
    let whose = interface_inside(101, &"e".repeat(200));
    assert_eq!(drafts[1].get("guest_interface"), Some(&whose.into()));
}
