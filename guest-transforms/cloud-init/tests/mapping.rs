//! What becomes of cloud-init settings in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_cloud_init::CloudInit;
use proxbox_transform_sdk::facts::CloudInitFacts;
use proxbox_transform_sdk::{CloudInitMapper, Draft, Value, testing};

fn settings(line: &str) -> CloudInitFacts {
    CloudInitFacts {
        vmid: 101,
        user: None,
        ssh_keys: Vec::new(),
        nameservers: Vec::new(),
        search_domain: None,
        addresses: vec![("net0".to_owned(), line.to_owned())],
        has_password: false,
        upgrade: false,
    }
}

fn mapped(fact: &CloudInitFacts) -> Draft {
    kinds::drafts(CloudInit::map(&testing::context(), fact)).swap_remove(0)
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::CloudInitFacts>(env!("CARGO_MANIFEST_DIR"), CloudInit::map_all);
}

#[test]
fn every_field_is_set_or_cleared_so_that_nothing_stays_from_before() {
    let own = mapped(&settings(""));
    let kind = proxbox_model::kind::find(&own.kind).unwrap();
    let left: Vec<&str> =
        kind.fields.iter().map(|field| field.name).filter(|name| own.get(name).is_none()).collect();
    assert_eq!(left, ["hostname", "bridge", "vlan_tag"]);
}

#[test]
fn addresses_are_those_that_are_fixed() {
    let text = |text: &str| if text.is_empty() { Value::Null } else { Value::Text(text.to_owned()) };
    let table = [
        ("ip=192.0.2.10/24,gw=192.0.2.1", "192.0.2.10/24", "192.0.2.1"),
        (" ip = 192.0.2.10/24 , gw = 192.0.2.1 ", "192.0.2.10/24", "192.0.2.1"),
        ("ip6=2001:db8::10/64,gw6=2001:db8::1", "2001:db8::10/64", "2001:db8::1"),
        ("ip=dhcp,ip6=auto", "", ""),
        ("gw=,ip=", "", ""),
        ("", "", ""),
    ];
    for (line, cidr, gateway) in table {
        let row = mapped(&settings(line));
        assert_eq!(row.get("ip_cidr"), Some(&text(cidr)), "{line}");
        assert_eq!(row.get("gateway"), Some(&text(gateway)), "{line}");
    }
}
