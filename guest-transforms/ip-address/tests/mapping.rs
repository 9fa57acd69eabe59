//! What becomes of an address in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_ip_address::IpAddress;
use proxbox_transform_sdk::facts::{Address, AddressOrigin, AddressOwner, IpAddressFacts};
use proxbox_transform_sdk::{Context, IpAddressMapper, Outcome, Value, testing};

fn mapped(cx: &Context, ip: &str, prefix: Option<u8>) -> Outcome {
    let fact = IpAddressFacts {
        owner: AddressOwner::VmInterface((101, "net0".to_owned())),
        address: Address { ip: ip.to_owned(), prefix },
        origin: AddressOrigin::Agent,
        link_local: false,
    };
    IpAddress::map(cx, &fact)
}

fn written(cx: &Context, ip: &str, prefix: Option<u8>) -> Option<Value> {
    kinds::drafts(mapped(cx, ip, prefix))[0].get("address").cloned()
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::IpAddressFacts>(env!("CARGO_MANIFEST_DIR"), IpAddress::map_all);
}

#[test]
fn addresses_have_a_prefix_length_that_netbox_takes() {
    let table = [
        ("192.0.2.10", Some(24), "192.0.2.10/24"),
        ("192.0.2.10", Some(32), "192.0.2.10/32"),
        ("192.0.2.10", Some(33), "192.0.2.10/32"),
        ("192.0.2.10", Some(0), "192.0.2.10/32"),
        ("192.0.2.10", None, "192.0.2.10/32"),
        ("2001:DB8::0:10", Some(64), "2001:db8::10/64"),
        ("2001:db8::10", Some(129), "2001:db8::10/128"),
        ("2001:db8::10", None, "2001:db8::10/128"),
        ("169.254.0.1", Some(16), "169.254.0.1/16"),
    ];
    for (ip, prefix, address) in table {
        assert_eq!(written(&testing::context(), ip, prefix), Some(Value::Text(address.to_owned())), "{ip}");
    }
}

#[test]
fn addresses_of_nobody_are_left_out_whatever_the_operator_chooses() {
    let mut cx = testing::context();
    cx.options = "{\"ignore-ipv6-link-local-addresses\":false}".to_owned();
    let texts =
        ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "224.0.0.1", "ff02::1"];
    for ip in texts.into_iter().chain(["255.255.255.255"]) {
        assert!(matches!(mapped(&cx, ip, None), Outcome::Skip(reason) if reason.starts_with(ip)), "{ip}");
    }
}

#[test]
fn link_local_addresses_of_ipv6_are_the_operators_choice() {
    let mut cx = testing::context();
    assert!(matches!(mapped(&cx, "fe80::1", Some(64)), Outcome::Skip(_)));
    cx.options = "{\"ignore-ipv6-link-local-addresses\":false}".to_owned();
    assert_eq!(written(&cx, "fe80::1", Some(64)), Some(Value::Text("fe80::1/64".to_owned())));
}
