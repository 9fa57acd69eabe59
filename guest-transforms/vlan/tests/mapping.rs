//! What becomes of a VLAN id in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_transform_sdk::facts::VlanFacts;
use proxbox_transform_sdk::{Outcome, Value, VlanMapper, testing};
use proxbox_vlan::Vlan;

fn mapped(id: u16) -> Outcome {
    Vlan::map(&testing::context(), &VlanFacts { id, bridges: Vec::new() })
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::VlanFacts>(env!("CARGO_MANIFEST_DIR"), Vlan::map_all);
}

#[test]
fn every_vlan_is_named_after_its_id() {
    for id in 1..=4094 {
        let drafts = kinds::drafts(mapped(id));
        assert_eq!(drafts[0].get("vid"), Some(&Value::Integer(i64::from(id))));
        assert_eq!(drafts[0].get("name"), Some(&Value::Text(format!("VLAN {id}"))));
    }
}

#[test]
fn other_numbers_are_no_vlans() {
    for id in [0, 4095, u16::MAX] {
        assert!(matches!(mapped(id), Outcome::Reject(_)), "{id}");
    }
}
