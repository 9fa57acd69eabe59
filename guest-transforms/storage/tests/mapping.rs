//! What becomes of a storage in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_storage::Storage;
use proxbox_transform_sdk::facts::StorageFacts;
use proxbox_transform_sdk::{Draft, StorageMapper, Value, testing};

fn local() -> StorageFacts {
    StorageFacts {
        name: "local".to_owned(),
        kind: "dir".to_owned(),
        content: Vec::new(),
        shared: false,
        enabled: true,
        nodes: Vec::new(),
        path: None,
        prune_backups: None,
        max_protected_backups: None,
        total: None,
        used: None,
        raw: "{}".to_owned(),
    }
}

fn mapped(fact: &StorageFacts) -> Draft {
    kinds::drafts(Storage::map(&testing::context(), fact)).swap_remove(0)
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::StorageFacts>(env!("CARGO_MANIFEST_DIR"), Storage::map_all);
}

#[test]
fn every_field_is_set_or_cleared_so_that_nothing_stays_from_before() {
    let own = mapped(&local());
    let kind = proxbox_model::kind::find(&own.kind).unwrap();
    let left: Vec<&str> =
        kind.fields.iter().map(|field| field.name).filter(|name| own.get(name).is_none()).collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn the_size_of_a_storage_is_not_kept_because_it_always_changes() {
    let full = StorageFacts { total: Some(100), used: Some(99), ..local() };
    assert_eq!(mapped(&full), mapped(&local()));
}

#[test]
fn a_change_of_another_storage_changes_nothing() {
    let with = |digest: &str| StorageFacts { raw: format!("{{\"digest\":\"{digest}\"}}"), ..local() };
    assert_eq!(mapped(&with("one")), mapped(&with("two")));
}

#[test]
fn numbers_may_be_texts() {
    for port in ["8007", "\"8007\""] {
        let storage = mapped(&StorageFacts { raw: format!("{{\"port\":{port}}}"), ..local() });
        assert_eq!(storage.get("port"), Some(&Value::Integer(8007)));
    }
}
