//! What becomes of a MAC address in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_mac_address::MacAddress;
use proxbox_transform_sdk::facts::MacAddressFacts;
use proxbox_transform_sdk::{MacAddressMapper, Outcome, Value, guest_interface, mac_address, testing};

fn mapped(mac: &str) -> Outcome {
    let fact = MacAddressFacts { vmid: 101, net: "net0".to_owned(), mac: mac.to_owned() };
    MacAddress::map(&testing::context(), &fact)
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::MacAddressFacts>(env!("CARGO_MANIFEST_DIR"), MacAddress::map_all);
}

#[test]
fn the_interface_is_told_its_primary_address_in_a_draft_of_its_own() {
    let drafts = kinds::drafts(mapped("bc:24:11:00:00:01"));
    let [mac, interface] = &drafts[..] else { panic!("{drafts:?}") };
    assert_eq!(mac.get("assigned_object_id"), Some(&guest_interface(101, "net0").into()));
    assert_eq!(interface.key, guest_interface(101, "net0").key);
    assert_eq!(interface.get("primary_mac_address"), Some(&mac_address(101, "net0").into()));
    assert_eq!(interface.fields.len(), 1, "the rest of the interface is another mapper's");
}

#[test]
fn addresses_are_written_as_netbox_stores_them() {
    let drafts = kinds::drafts(mapped("bc:24:11:aa:bb:cc"));
    assert_eq!(drafts[0].get("mac_address"), Some(&Value::Text("BC:24:11:AA:BB:CC".to_owned())));
}

#[test]
fn what_is_no_mac_address_is_rejected() {
    for text in ["", "auto", "bc-24-11-00-00-01", "bc:24:11:00:00:01:02", "bc:24:11:00:00:é"] {
        assert!(matches!(mapped(text), Outcome::Reject(_)), "{text}");
    }
}
