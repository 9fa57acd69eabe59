//! The module, run natively.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use management_ip::ManagementIp;
use proxbox_transform_sdk::{Context, Draft, Outcome, PrimaryIpOverride, Value, guest_address, testing};

const ADDRESSES: &[(&str, &str)] = &[
    ("net0", "192.0.2.10/24"),
    ("net0", "2001:db8::10/64"),
    ("net1", "10.0.0.10/24"),
    ("net1", "10.1.0.10/24"),
    ("net1", "fe80::1/64"),
];

/// Stands for the built-in mapping: the first address of each family.
fn usual() -> Draft {
    Draft::new("virtualization.virtualmachine")
        .reference("primary_ip4", guest_address(101, "net0", "192.0.2.10"))
        .reference("primary_ip6", guest_address(101, "net0", "2001:db8::10"))
}

fn outcome(cx: &Context) -> Outcome {
    testing::primary_ip::always(usual());
    ManagementIp::map_one(cx, testing::candidates(101, ADDRESSES))
}

fn mapped(settings: &str) -> Draft {
    testing::kept(outcome(&testing::with_settings(settings))).remove(0)
}

#[test]
fn the_primary_address_is_in_the_management_network() {
    let vm = mapped(r#"{"networks": ["10.0.0.0/24"]}"#);
    assert_eq!(vm.get("primary_ip4"), Some(&guest_address(101, "net1", "10.0.0.10").into()));
    assert_eq!(vm.get("primary_ip6"), usual().get("primary_ip6"));
}

#[test]
fn the_first_network_is_preferred() {
    let vm = mapped(r#"{"networks": ["10.2.0.0/16", "10.1.0.0/16", "10.0.0.0/16"]}"#);
    assert_eq!(vm.get("primary_ip4"), Some(&guest_address(101, "net1", "10.1.0.10").into()));
}

#[test]
fn a_guest_outside_keeps_the_usual_addresses_or_has_none() {
    assert_eq!(mapped(r#"{"networks": ["10.9.0.0/24"]}"#), usual());
    let vm = mapped(r#"{"networks": ["10.0.0.0/24"], "only": true}"#);
    assert_eq!(vm.get("primary_ip4"), Some(&guest_address(101, "net1", "10.0.0.10").into()));
    assert_eq!(vm.get("primary_ip6"), Some(&Value::Null));
}

#[test]
fn an_address_that_netbox_does_not_get_is_no_primary_one() {
    assert_eq!(mapped(r#"{"networks": ["fe80::/10"]}"#), usual());
}

#[test]
fn a_network_that_is_none_is_told() {
    let outcome = outcome(&testing::with_settings(r#"{"networks": ["10.0.0.0/33"]}"#));
    assert!(matches!(outcome, Outcome::Reject(why) if why.code == "wrong-settings"));
}
