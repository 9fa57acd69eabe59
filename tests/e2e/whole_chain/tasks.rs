use super::{is_moment, whole};
use proxbox_fakes::fleet::Task;
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_task_of_a_guest_is_there_with_its_end_and_sort_of_guest() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let of_guest =
        |task: &&Task| task.about.parse().is_ok_and(|vmid: u32| whole.fleet.guests.contains_key(&vmid));
    let tasks: Vec<&Task> = whole.fleet.tasks.iter().filter(of_guest).collect();
    let path = "plugins/proxbox/task-history/";
    claims.same("tasks", &json!(whole.netbox.of(path).count()), tasks.len());
    for task in tasks {
        let upid = task.upid();
        let row = whole.one(path, |row| row["upid"] == upid);
        let vmid: u32 = task.about.parse().unwrap();
        let kind = whole.fleet.guests[&vmid].kind.as_str();
        let ran = task.ended.is_some();
        claims.same(format!("{upid} guest"), &row["virtual_machine"]["id"], whole.machines[&vmid]);
        for (field, expected) in [
            ("vm_type", json!(kind)),
            ("node", json!(task.node)),
            ("pid", json!(task.pid)),
            ("pstart", json!(task.pstart)),
            ("task_id", json!(task.about)),
            ("task_type", json!(task.kind)),
            ("username", json!(task.user)),
            ("status", json!(if ran { task.status.as_str() } else { "running" })),
            ("task_state", json!(if ran { "stopped" } else { "running" })),
            ("exitstatus", if ran { json!(task.status) } else { Json::Null }),
        ] {
            claims.same(format!("{upid} {field}"), &row[field], expected);
        }
        claims.that(is_moment(&row["start_time"], Some(task.started)), || {
            format!("{upid} {}", row["start_time"])
        });
        claims.that(is_moment(&row["end_time"], task.ended), || {
            format!("{upid} ended {} not at {:?}", row["end_time"], task.ended)
        });
    }
    claims.settle();
}
