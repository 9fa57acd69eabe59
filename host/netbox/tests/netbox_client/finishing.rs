//! What comes after objects are made: later passes, removals, and what is left open or left out.

use crate::support::{Lab, apply, create, created, object, plan, problem, update};
use proxbox_model::plan::{Action, Applied, Planned, PlannedObject};
use serde_json::json;

const VM: &str = "virtualization.virtualmachine";
const VMS: &str = "virtualization/virtual-machines";
const PRIMARY_IP: &str = "virtualization.virtualmachine#primary-ip";

fn complete(position: usize, fields: &[(&str, Planned)]) -> PlannedObject {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    object(PRIMARY_IP, "vm", Action::Complete { object: position, fields })
}

fn delete(id: u64) -> PlannedObject {
    object("netbox_proxbox.vmsnapshot", &format!("snapshot {id}"), Action::Delete { id })
}

fn skipped(kind: &str, why: &str) -> PlannedObject {
    object(kind, "left out", Action::Skip(why.to_owned()))
}

/// How many requests of a method went to a path.
async fn count(lab: &Lab, verb: &str) -> usize {
    lab.server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .filter(|request| request.method.as_str() == verb)
        .count()
}

#[tokio::test]
async fn new_objects_are_completed_by_one_request_with_their_new_ids() {
    let lab = Lab::start().await;
    let mut objects: Vec<_> = (0..3).map(|n| create(VM, &format!("vm{n}"), &[])).collect();
    objects.extend((0..3).map(|n| create("ipam.ipaddress", &format!("ip{n}"), &[])));
    objects.extend((0..3).map(|n| complete(n, &[("primary_ip4", Planned::IdOf(3 + n))])));
    let applied = apply(&lab.client(), &plan(objects)).await;
    assert_eq!(applied[6..], [1, 2, 3].map(Applied::Updated));
    let sent = json!([
        {"id": 1, "primary_ip4": 4},
        {"id": 2, "primary_ip4": 5},
        {"id": 3, "primary_ip4": 6},
    ]);
    assert_eq!(lab.bodies("PATCH").await, [sent]);
}

#[tokio::test]
async fn objects_that_are_there_are_changed_in_the_request_that_completes_new_ones() {
    let lab = Lab::start().await;
    let old = lab.store.lock().unwrap().add(VMS, json!({"name": "old"}));
    let change = PlannedObject {
        kind: crate::support::kind(PRIMARY_IP),
        ..update(VM, old, &[("primary_ip4", json!(null))])
    };
    let objects =
        vec![create(VM, "new", &[]), change, complete(0, &[("primary_ip6", Planned::Ready(json!(9)))])];
    let applied = apply(&lab.client(), &plan(objects)).await;
    assert_eq!(applied, [Applied::Created(2), Applied::Updated(old), Applied::Updated(2)]);
    assert_eq!(
        lab.bodies("PATCH").await,
        [json!([{"id": old, "primary_ip4": null}, {"id": 2, "primary_ip6": 9}])]
    );
}

#[tokio::test]
async fn nothing_to_complete_sends_nothing() {
    let lab = Lab::start().await;
    let applied = apply(&lab.client(), &plan(vec![create(VM, "vm", &[]), complete(0, &[])])).await;
    assert_eq!(applied, [Applied::Created(1), Applied::Unchanged(1)]);
    assert_eq!(count(&lab, "PATCH").await, 0);
}

#[tokio::test]
async fn what_was_not_made_is_not_completed() {
    let lab = Lab::start().await;
    let objects = vec![
        create(VM, "bad vm", &[]),
        create(VM, "good", &[]),
        complete(0, &[("primary_ip4", Planned::Ready(json!(9)))]),
        complete(1, &[("primary_ip4", Planned::Ready(json!(9)))]),
    ];
    let applied = apply(&lab.client(), &plan(objects)).await;
    assert_eq!(problem(&applied[2]).0, "netbox-needs-failed");
    assert!(matches!(applied[3], Applied::Updated(_)));
}

#[tokio::test]
async fn objects_are_removed_by_one_request() {
    let lab = Lab::start().await;
    let path = "plugins/proxbox/snapshots";
    let ids: Vec<u64> =
        (0..4).map(|n| lab.store.lock().unwrap().add(path, json!({"name": format!("s{n}")}))).collect();
    let applied = apply(&lab.client(), &plan(ids[1..].iter().map(|id| delete(*id)).collect())).await;
    assert_eq!(applied, ids[1..].iter().map(|id| Applied::Deleted(*id)).collect::<Vec<_>>());
    assert_eq!(lab.bodies("DELETE").await, [json!([{"id": 2}, {"id": 3}, {"id": 4}])]);
    assert_eq!(lab.names(path), ["s0"]);
}

#[tokio::test]
async fn what_is_removed_already_counts_as_removed_and_the_others_go_too() {
    let lab = Lab::start().await;
    let path = "plugins/proxbox/snapshots";
    let id = lab.store.lock().unwrap().add(path, json!({"name": "s"}));
    let applied = apply(&lab.client(), &plan(vec![delete(999), delete(id)])).await;
    assert_eq!(applied, [Applied::Deleted(999), Applied::Deleted(id)]);
    assert!(lab.names(path).is_empty());
}

#[tokio::test]
async fn a_removal_whose_connection_broke_is_finished() {
    let lab = Lab::start().await;
    let path = "plugins/proxbox/snapshots";
    let ids: Vec<u64> =
        (0..3).map(|n| lab.store.lock().unwrap().add(path, json!({"name": format!("s{n}")}))).collect();
    lab.drop_after_work("DELETE", path, 1).await;
    let applied = apply(&lab.client(), &plan(ids.iter().map(|id| delete(*id)).collect())).await;
    assert_eq!(applied, ids.iter().map(|id| Applied::Deleted(*id)).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_needs_an_object_that_is_left_out_is_left_out_with_its_reason() {
    let lab = Lab::start().await;
    let mut disk = create("virtualization.virtualdisk", "disk", &[("virtual_machine", Planned::IdOf(0))]);
    disk.needs = vec![0];
    let mut snapshot = create("netbox_proxbox.vmsnapshot", "snapshot", &[]);
    snapshot.needs = vec![1];
    let objects = vec![skipped(VM, "not wanted"), disk, snapshot, complete(0, &[])];
    let netbox = lab.client();
    let applied = apply(&netbox, &plan(objects)).await;
    assert_eq!(applied, vec![Applied::Skipped("not wanted".to_owned()); 4]);
    assert_eq!(netbox.requests(), 0);
}

#[tokio::test]
async fn the_id_of_an_optional_object_is_sent_when_it_was_made_and_left_out_when_it_was_not() {
    let lab = Lab::start().await;
    let storage = |position| [("proxmox_storage", Planned::IdIfMade(position))];
    let objects = vec![
        create("netbox_proxbox.proxmoxstorage", "local", &[]),
        create("netbox_proxbox.proxmoxstorage", "bad storage", &[]),
        create("netbox_proxbox.vmbackup", "a", &storage(0)),
        create("netbox_proxbox.vmbackup", "b", &storage(1)),
    ];
    let applied = apply(&lab.client(), &plan(objects)).await;
    assert_eq!((created(&applied), problem(&applied[1]).0), (3, "netbox-rejected"));
    let Applied::Created(local) = applied[0] else { panic!() };
    let sent = json!([{"name": "a", "proxmox_storage": local}, {"name": "b"}]);
    assert_eq!(lab.bodies("POST").await.last(), Some(&sent));
}

#[tokio::test]
async fn an_optional_object_that_is_left_out_does_not_hold_up_what_names_it() {
    let lab = Lab::start().await;
    let objects = vec![
        skipped("netbox_proxbox.proxmoxstorage", "not wanted"),
        create("netbox_proxbox.vmbackup", "a", &[("proxmox_storage", Planned::IdIfMade(0))]),
    ];
    let applied = apply(&lab.client(), &plan(objects)).await;
    assert_eq!(applied[1], Applied::Created(1));
    assert_eq!(lab.bodies("POST").await[0], json!([{"name": "a"}]));
}
