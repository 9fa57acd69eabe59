//! What becomes of a backup job in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_backup_routine::BackupRoutine;
use proxbox_transform_sdk::facts::{BackupRoutineFacts, Selection};
use proxbox_transform_sdk::{BackupRoutineMapper, Draft, Value, testing};

fn job() -> BackupRoutineFacts {
    BackupRoutineFacts {
        id: "backup-1".to_owned(),
        enabled: true,
        schedule: "daily".to_owned(),
        comment: String::new(),
        node: None,
        storage: None,
        selection: Selection::All,
        exclude: Vec::new(),
        retention: Vec::new(),
        next_run: None,
        raw: "{}".to_owned(),
    }
}

fn mapped(fact: &BackupRoutineFacts) -> Draft {
    kinds::drafts(BackupRoutine::map(&testing::context(), fact)).swap_remove(0)
}

fn with_raw(raw: &str) -> Draft {
    mapped(&BackupRoutineFacts { raw: raw.to_owned(), ..job() })
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::BackupRoutineFacts>(
        env!("CARGO_MANIFEST_DIR"),
        BackupRoutine::map_all,
    );
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
fn a_selection_is_never_empty() {
    let table = [
        (Selection::All, vec![], "{\"all\":true}"),
        (Selection::All, vec![7, 9], "{\"all\":true,\"exclude\":[7,9]}"),
        (Selection::Pool("prod".to_owned()), vec![], "{\"pool\":\"prod\"}"),
        (Selection::Guests(vec![100, 101]), vec![], "[100,101]"),
        (Selection::Guests(vec![]), vec![], "{\"guests\":[]}"),
    ];
    for (selection, exclude, json) in table {
        let routine = mapped(&BackupRoutineFacts { selection, exclude, ..job() });
        assert_eq!(routine.get("selection"), Some(&Value::Json(json.to_owned())));
    }
}

#[test]
fn only_counts_are_kept_of_a_retention_rule() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let retention = vec![pair("keep-last", "3"), pair("keep-hourly", "24"), pair("keep-daily", "x")];
    let routine = mapped(&BackupRoutineFacts { retention, ..job() });
    assert_eq!(routine.get("keep_last"), Some(&Value::Integer(3)));
    assert_eq!(routine.get("keep_daily"), Some(&Value::Null));
    for (text, on) in [("1", true), ("true", true), ("yes", true), ("0", false)] {
        let routine = mapped(&BackupRoutineFacts { retention: vec![pair("keep-all", text)], ..job() });
        assert_eq!(routine.get("keep_all"), Some(&Value::Flag(on)), "{text}");
    }
}

#[test]
fn both_spellings_are_read() {
    for raw in [
        "{\"repeat-missed\":1,\"pbs-change-detection-mode\":\"data\"}",
        "{\"repeat_missed\":\"1\",\"pbs_change_detection_mode\":\"data\"}",
    ] {
        let routine = with_raw(raw);
        assert_eq!(routine.get("repeat_missed"), Some(&Value::Flag(true)), "{raw}");
        assert_eq!(routine.get("pbs_change_detection_mode"), Some(&Value::Text("data".to_owned())), "{raw}");
    }
}

#[test]
fn the_next_run_does_not_change_the_raw_job() {
    let raw = |next: u64| with_raw(&format!("{{\"id\":\"x\",\"next-run\":{next}}}"));
    assert_eq!(raw(1).get("raw_config"), raw(2).get("raw_config"));
}
