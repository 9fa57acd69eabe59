//! What becomes of a guest's choice of addresses in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_primary_ip::PrimaryIp;
use proxbox_transform_sdk::facts::{Address, PrimaryIpFacts};
use proxbox_transform_sdk::{PrimaryIpMapper, Value, guest_address, testing};

fn chosen(candidates: &[(&str, &str)]) -> [Option<Value>; 2] {
    let candidate =
        |(net, ip): &(&str, &str)| ((*net).to_owned(), Address { ip: (*ip).to_owned(), prefix: Some(24) });
    let fact = PrimaryIpFacts { vmid: 101, candidates: candidates.iter().map(candidate).collect() };
    let drafts = kinds::drafts(PrimaryIp::map(&testing::context(), &fact));
    ["primary_ip4", "primary_ip6"].map(|field| drafts[0].get(field).cloned())
}

fn address(net: &str, ip: &str) -> Option<Value> {
    Some(guest_address(101, net, ip).into())
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::PrimaryIpFacts>(env!("CARGO_MANIFEST_DIR"), PrimaryIp::map_all);
}

#[test]
fn the_first_interface_with_an_address_decides() {
    let candidates =
        [("net0", "192.0.2.1"), ("net0", "192.0.2.2"), ("net1", "2001:db8::1"), ("net2", "2001:db8::2")];
    assert_eq!(chosen(&candidates), [address("net0", "192.0.2.1"), address("net1", "2001:db8::1")]);
}

#[test]
fn a_family_without_an_address_is_cleared() {
    assert_eq!(chosen(&[("net0", "192.0.2.1")]), [address("net0", "192.0.2.1"), Some(Value::Null)]);
    assert_eq!(chosen(&[]), [Some(Value::Null), Some(Value::Null)]);
}

#[test]
fn addresses_that_nobody_can_reach_are_passed_over() {
    let candidates = [("net0", "169.254.3.4"), ("net0", "fe80::1"), ("net0", "127.0.0.1"), ("net0", "dhcp")];
    assert_eq!(chosen(&candidates), [Some(Value::Null), Some(Value::Null)]);
}
