//! What becomes of a snapshot in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_snapshot::Snapshot;
use proxbox_transform_sdk::facts::{GuestKind, SnapshotFacts};
use proxbox_transform_sdk::{Draft, SnapshotMapper, Value, testing};

fn snapshot() -> SnapshotFacts {
    SnapshotFacts {
        vmid: 101,
        guest: GuestKind::Lxc,
        node: "pve1".to_owned(),
        name: "daily".to_owned(),
        description: String::new(),
        parent: None,
        taken: Some(1_700_000_000),
        with_memory: false,
        storage: None,
        raw: "{}".to_owned(),
    }
}

fn mapped(fact: &SnapshotFacts) -> Draft {
    kinds::drafts(Snapshot::map(&testing::context(), fact)).swap_remove(0)
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::SnapshotFacts>(env!("CARGO_MANIFEST_DIR"), Snapshot::map_all);
}

#[test]
fn every_field_is_set_or_cleared_so_that_nothing_stays_from_before() {
    let own = mapped(&snapshot());
    let kind = proxbox_model::kind::find(&own.kind).unwrap();
    let left: Vec<&str> =
        kind.fields.iter().map(|field| field.name).filter(|name| own.get(name).is_none()).collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn times_are_in_utc_and_containers_stay_containers() {
    let snapshot = mapped(&snapshot());
    assert_eq!(snapshot.get("snaptime"), Some(&Value::Text("2023-11-14T22:13:20Z".to_owned())));
    assert_eq!(snapshot.get("subtype"), Some(&Value::Text("lxc".to_owned())));
}

#[test]
fn long_names_stay_apart() {
    let named =
        |end: &str| mapped(&SnapshotFacts { name: "s".repeat(300) + end, ..snapshot() }).get("name").cloned();
    assert_ne!(named("1"), named("2"));
}
