//! What becomes of a task in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_task::Task;
use proxbox_transform_sdk::facts::{GuestKind, TaskFacts};
use proxbox_transform_sdk::{Draft, TaskMapper, Value, testing};

fn task() -> TaskFacts {
    TaskFacts {
        upid: "UPID:pve1:0000C350:0001E240:6774D7C0:qmstart:101:root@pam:".to_owned(),
        node: "pve1".to_owned(),
        vmid: 101,
        guest: GuestKind::Qemu,
        kind: "qmstart".to_owned(),
        user: "root@pam".to_owned(),
        started: 1_735_710_656,
        ended: Some(1_735_710_659),
        status: Some("OK".to_owned()),
        process: None,
        raw: "{}".to_owned(),
    }
}

fn mapped(fact: &TaskFacts) -> Draft {
    kinds::drafts(Task::map(&testing::context(), fact)).swap_remove(0)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::TaskFacts>(env!("CARGO_MANIFEST_DIR"), Task::map_all);
}

#[test]
fn every_field_is_set_or_cleared_so_that_nothing_stays_from_before() {
    let own = mapped(&task());
    let kind = proxbox_model::kind::find(&own.kind).unwrap();
    let left: Vec<&str> =
        kind.fields.iter().map(|field| field.name).filter(|name| own.get(name).is_none()).collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn descriptions_say_what_was_done_to_whom() {
    let table = [
        ("qmstart", GuestKind::Qemu, "QEMU 101 - Start"),
        ("vzshutdown", GuestKind::Lxc, "CT 101 - Shutdown"),
        ("qmreboot", GuestKind::Qemu, "QEMU 101 - Reboot"),
        ("vzmigrate", GuestKind::Lxc, "CT 101 - Migrate"),
        ("qmdelsnapshot", GuestKind::Qemu, "QEMU 101 - Snapshot"),
        ("qmrestore", GuestKind::Qemu, "QEMU 101 - Restore"),
        ("vzdump", GuestKind::Lxc, "CT 101 - Vzdump"),
        ("qmdestroy", GuestKind::Qemu, "QEMU 101 - Qmdestroy"),
        ("", GuestKind::Qemu, "QEMU 101 - Task"),
    ];
    for (kind, guest, description) in table {
        let task = mapped(&TaskFacts { kind: kind.to_owned(), guest, ..task() });
        assert_eq!(task.get("description"), Some(&text(description)), "{kind}");
    }
}

#[test]
fn a_task_runs_until_proxmox_says_how_it_ended() {
    let table = [
        (None, None, ["running", "running"], Value::Null),
        (None, Some("running"), ["running", "running"], Value::Null),
        (None, Some("unexpected status"), ["unexpected status", "stopped"], text("unexpected status")),
        (Some(2), Some("OK"), ["OK", "stopped"], text("OK")),
        (Some(2), None, ["unknown", "stopped"], Value::Null),
    ];
    for (ended, status, [shown, state], exit) in table {
        let task = mapped(&TaskFacts { ended, status: status.map(str::to_owned), ..task() });
        assert_eq!(task.get("status"), Some(&text(shown)), "{ended:?} {status:?}");
        assert_eq!(task.get("task_state"), Some(&text(state)), "{ended:?} {status:?}");
        assert_eq!(task.get("exitstatus"), Some(&exit), "{ended:?} {status:?}");
    }
}

#[test]
fn the_upid_tells_of_the_process() {
    assert_eq!(mapped(&task()).get("pid"), Some(&Value::Integer(50_000)));
    assert_eq!(mapped(&task()).get("pstart"), Some(&Value::Integer(123_456)));
    for upid in ["", "UPID:pve1", "UPID:pve1:xyz:-1:", "UPID:pve1:FFFFFFFFFFFFFFFFF:"] {
        let task = mapped(&TaskFacts { upid: upid.to_owned(), ..task() });
        assert_eq!(task.get("pid"), Some(&Value::Null), "{upid}");
        assert_eq!(task.get("pstart"), Some(&Value::Null), "{upid}");
    }
}
