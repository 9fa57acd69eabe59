//! What becomes of a replication job in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_replication::Replication;
use proxbox_transform_sdk::facts::ReplicationFacts;
use proxbox_transform_sdk::{Draft, ReplicationMapper, Value, testing};

fn job() -> ReplicationFacts {
    ReplicationFacts {
        id: "101-0".to_owned(),
        vmid: 101,
        number: 0,
        source_node: None,
        target_node: "pve2".to_owned(),
        schedule: "*/15".to_owned(),
        rate: None,
        comment: String::new(),
        enabled: true,
        raw: "{}".to_owned(),
    }
}

fn mapped(fact: &ReplicationFacts) -> Draft {
    kinds::drafts(Replication::map(&testing::context(), fact)).swap_remove(0)
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::ReplicationFacts>(env!("CARGO_MANIFEST_DIR"), Replication::map_all);
}

#[test]
fn every_field_is_set_or_cleared_so_that_nothing_stays_from_before() {
    let own = mapped(&job());
    let kind = proxbox_model::kind::find(&own.kind).unwrap();
    let left: Vec<&str> =
        kind.fields.iter().map(|field| field.name).filter(|name| own.get(name).is_none()).collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn a_rate_is_exact_and_finite() {
    let decimal = |text: &str| Value::Decimal(text.to_owned());
    let table = [
        (Some(10.0), decimal("10")),
        (Some(0.1), decimal("0.1")),
        (Some(-1.0), Value::Null),
        (Some(f64::NAN), Value::Null),
        (Some(f64::INFINITY), Value::Null),
        (None, Value::Null),
    ];
    for (rate, expected) in table {
        assert_eq!(mapped(&ReplicationFacts { rate, ..job() }).get("rate"), Some(&expected), "{rate:?}");
    }
}

#[test]
fn how_a_job_fares_does_not_change_the_raw_job() {
    let raw = |next: u64| {
        let raw = format!("{{\"id\":\"101-0\",\"next_sync\":{next},\"last_sync\":{next}}}");
        mapped(&ReplicationFacts { raw, ..job() }).get("raw_config").cloned()
    };
    assert_eq!(raw(1), raw(2));
}
