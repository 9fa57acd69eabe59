//! Syncs of one object.

use crate::lab::answer;
use crate::world::{World, world};
use proxbox_fakes::fleet::{Fleet, Guest, GuestKind};
use proxbox_fakes::netbox::Fault;
use reqwest::Method;
use serde_json::{Value, json};

type Query = Vec<(&'static str, String)>;

impl World {
    async fn sync(&self, object: &str, query: &[(&'static str, String)]) -> (u16, Value) {
        let request = self.lab.request(Method::GET, &format!("/sync/individual/{object}"));
        answer(request.query(query)).await
    }

    /// Syncs an object, which works, and gives what happened.
    async fn done(&self, object: &str, query: &[(&'static str, String)]) -> Value {
        let (code, body) = self.sync(object, query).await;
        assert_eq!((code, &body["error"]), (200, &Value::Null), "{object}: {body}");
        body
    }

    fn read<T>(&self, read: impl FnOnce(&Fleet) -> T) -> T {
        read(&self.proxmox.fleet().read().unwrap())
    }
}

/// What names a guest.
fn of(guest: &Guest) -> Query {
    vec![
        ("cluster_name", "lab".to_owned()),
        ("node", guest.node.clone()),
        ("type", guest.kind.as_str().to_owned()),
        ("vmid", guest.vmid.to_string()),
        ("proxmox_endpoint_ids", "1".to_owned()),
    ]
}

fn with(mut query: Query, name: &'static str, value: impl Into<String>) -> Query {
    query.push((name, value.into()));
    query
}

fn in_lab(name: &'static str, value: impl Into<String>) -> Query {
    vec![("cluster_name", "lab".to_owned()), (name, value.into())]
}

/// One object of every type, and what a client says to have it synced.
fn everything(fleet: &Fleet) -> Vec<(&'static str, Query)> {
    let guest = fleet.guests.values().find(|guest| !guest.snapshots.is_empty()).unwrap();
    let disked =
        fleet.guests.values().find(|guest| guest.kind == GuestKind::Qemu && !guest.disks.is_empty()).unwrap();
    let disk = disked.disks.keys().find(|key| disked.disks[*key].is_data(key)).unwrap();
    let netted = fleet.guests.values().find(|guest| !guest.nics.is_empty()).unwrap();
    let nic = format!("net{}", netted.nics.keys().next().unwrap());
    let backup = fleet.backups.iter().find(|backup| fleet.guests.contains_key(&backup.vmid)).unwrap();
    let backed_up = &fleet.guests[&backup.vmid];
    let task = fleet
        .tasks
        .iter()
        .find(|task| task.about.parse().is_ok_and(|vmid: u32| fleet.guests.contains_key(&vmid)))
        .unwrap();
    let tasked = &fleet.guests[&task.about.parse().unwrap()];
    let tasked = Guest { node: task.node.clone(), ..tasked.clone() };
    let on = backup.node.clone().unwrap_or_else(|| "pve1".to_owned());
    let backed_up = Guest { node: on, ..backed_up.clone() };
    vec![
        ("cluster", vec![("cluster_name", "lab".to_owned())]),
        ("node", in_lab("node_name", "pve1")),
        ("storage", in_lab("storage_name", &fleet.storages[0].name)),
        ("vm", of(guest)),
        ("interface", with(of(netted), "interface_name", nic)),
        ("disk", with(of(disked), "disk_name", disk)),
        ("snapshot", with(of(guest), "snapshot_name", &guest.snapshots[0].name)),
        ("backup", with(with(of(&backed_up), "storage", &backup.storage), "volid", &backup.volid)),
        ("task-history", with(of(&tasked), "upid", task.upid())),
        ("replication", in_lab("replication_id", fleet.replications[0].id())),
        ("backup-routines", in_lab("job_id", &fleet.backup_jobs[0].id)),
    ]
}

#[tokio::test]
async fn every_object_is_made_alone_and_then_nothing_is_written() {
    let world = world(3, 12).await;
    for (object, query) in world.read(everything) {
        let (code, body) = world.sync(object, &query).await;
        // Tasks are of guests that are there; no client makes one for its tasks.
        if object == "task-history" && body["action"] == "skipped" {
            continue;
        }
        assert_eq!((code, &body["error"]), (200, &Value::Null), "{object}: {body}");
        assert!(["created", "unchanged"].contains(&body["action"].as_str().unwrap()), "{object}: {body}");
        assert!(body["netbox_object"]["id"].is_u64(), "{object}: {body}");
        assert!(!body["proxmox_resource"].as_object().unwrap().is_empty(), "{object}: {body}");
        assert_eq!(body["dependencies_synced"], json!([]), "{object}");

        world.netbox.clear_requests();
        let again = world.done(object, &query).await;
        assert_eq!(
            (&again["action"], &again["netbox_object"]),
            (&json!("unchanged"), &body["netbox_object"]),
            "{object}"
        );
        assert!(world.netbox.writes().is_empty(), "{object}: {:?}", world.netbox.writes());
    }
    assert!(world.netbox.objects("virtualization.virtualmachine").len() < 12);
}

#[tokio::test]
async fn after_a_full_update_every_object_is_as_it_should_be() {
    let world = world(3, 12).await;
    world.last("/full-update/stream").await;
    world.netbox.clear_requests();
    for (object, query) in world.read(everything) {
        let body = world.done(object, &query).await;
        assert_eq!(body["action"], "unchanged", "{object}: {body}");
    }
    assert!(world.netbox.writes().is_empty(), "{:?}", world.netbox.writes());
}

#[tokio::test]
async fn the_guest_of_an_object_is_made_with_it_unless_told_otherwise() {
    let world = world(2, 8).await;
    let (query, name) = world.read(|fleet| {
        let guest = fleet.guests.values().find(|guest| !guest.snapshots.is_empty()).unwrap();
        (with(of(guest), "snapshot_name", &guest.snapshots[0].name), guest.name.clone())
    });
    let (code, left) = world
        .sync(
            "snapshot",
            &with(with(query.clone(), "auto_create_vm", "false"), "auto_create_storage", "false"),
        )
        .await;
    assert_eq!(
        (code, &left["action"], &left["netbox_object"]),
        (200, &json!("skipped"), &Value::Null),
        "{left}"
    );
    assert!(left["error"].is_string());
    assert!(world.netbox.objects("virtualization.virtualmachine").is_empty());

    let body = world.done("snapshot", &query).await;
    assert_eq!(body["action"], "created");
    let made = body["created_on_the_way"].as_array().unwrap();
    let made: Vec<&str> = made.iter().map(|object| object["name"].as_str().unwrap()).collect();
    assert!(made.contains(&name.as_str()) && made.contains(&"lab"), "{body}");
    let machines = world.netbox.objects("virtualization.virtualmachine");
    assert_eq!((machines.len(), &machines[0]["name"]), (1, &json!(name)));
    assert_eq!(world.netbox.objects("netbox_proxbox.vmsnapshot").len(), 1);
}

#[tokio::test]
async fn what_an_object_needs_is_not_changed_with_it() {
    let world = world(2, 8).await;
    world.last("/full-update/stream").await;
    let (query, vmid) = world.read(|fleet| {
        let guest = fleet.guests.values().find(|guest| !guest.snapshots.is_empty()).unwrap();
        (with(of(guest), "snapshot_name", &guest.snapshots[0].name), guest.vmid)
    });
    world.proxmox.change(|fleet| fleet.set_memory(vmid, 7777)).unwrap();
    world.netbox.clear_requests();
    assert_eq!(world.done("snapshot", &query).await["action"], "unchanged");
    assert!(world.netbox.writes().is_empty());
    let guest = world.done("vm", &query).await;
    assert_eq!(guest["action"], "updated");
    assert!(guest["changed_fields"].as_array().unwrap().contains(&json!("memory")), "{guest}");
}

#[tokio::test]
async fn only_the_guest_that_is_meant_is_read() {
    let world = world(2, 12).await;
    let query = world.read(|fleet| of(fleet.guests.values().next().unwrap()));
    world.proxmox.clear_requests();
    world.done("vm", &query).await;
    assert_eq!(world.proxmox.count("/nodes/*/config"), 1);
    assert_eq!(world.proxmox.count("/nodes/*"), 2, "and whose certificates the nodes have");
    let part = |name: &str| query.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    let path = format!("vm/lab/{}/{}/{}", part("node"), part("type"), part("vmid"));
    assert_eq!(world.done(&path, &[]).await["action"], "unchanged");
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    let world = world(2, 4).await;
    let query = world.read(|fleet| with(of(fleet.guests.values().next().unwrap()), "dry_run", "true"));
    let body = world.done("vm", &query).await;
    assert_eq!(
        (&body["action"], &body["planned_action"], &body["dry_run"]),
        (&json!("dry_run"), &json!("created"), &json!(true))
    );
    assert!(world.netbox.writes().is_empty());
}

#[tokio::test]
async fn addresses_are_synced_by_their_text_which_selects_no_endpoint() {
    let world = world(2, 12).await;
    world.last("/full-update/stream").await;
    let addresses = world.netbox.objects("ipam.ipaddress");
    let on_guest = addresses
        .iter()
        .find(|address| address["assigned_object_type"] == "virtualization.vminterface")
        .unwrap();
    let interface = on_guest["assigned_object_id"].as_u64().unwrap();
    let interfaces = world.netbox.objects("virtualization.vminterface");
    let machine = interfaces.iter().find(|one| one["id"] == interface).unwrap()["virtual_machine"].clone();
    let machine = machine["id"].as_u64().or(machine.as_u64()).unwrap();
    let machines = world.netbox.objects("virtualization.virtualmachine");
    let name = machines.iter().find(|one| one["id"] == machine).unwrap()["name"].as_str().unwrap().to_owned();
    let query = world.read(|fleet| of(fleet.guests.values().find(|guest| guest.name == name).unwrap()));
    let text = on_guest["address"].as_str().unwrap();
    let one = world.done("ip", &with(query.clone(), "ip_address", text.split('/').next().unwrap())).await;
    assert_eq!(
        (&one["action"], &one["netbox_object"]["id"]),
        (&json!("unchanged"), &on_guest["id"]),
        "{one}"
    );
    assert_eq!(world.done("ip", &query).await["action"], "unchanged");
    let (code, absent) = world.sync("ip", &with(query, "ip_address", "203.0.113.99")).await;
    assert_eq!(code, 404);
    assert!(absent["detail"].as_str().unwrap().contains("203.0.113.99"), "{absent}");
}

#[tokio::test]
async fn what_cannot_be_found_is_told_in_its_own_way() {
    let world = world(2, 4).await;
    let (code, body) = world.sync("cluster", &[("cluster_name", "elsewhere".to_owned())]).await;
    assert_eq!((code, &body["action"]), (200, &json!("error")));
    assert_eq!(body["error"], "No Proxmox session found for cluster: elsewhere");
    let guest = world.read(|fleet| fleet.guests.values().next().unwrap().clone());
    let other = if guest.kind == GuestKind::Qemu { GuestKind::Lxc } else { GuestKind::Qemu };
    for (object, query) in [
        ("node", in_lab("node_name", "pve9")),
        ("storage", in_lab("storage_name", "nowhere")),
        ("vm", of(&Guest { vmid: 4242, ..guest.clone() })),
        ("vm", of(&Guest { kind: other, ..guest.clone() })),
        ("snapshot", with(of(&guest), "snapshot_name", "never-taken")),
        ("disk", with(of(&guest), "disk_name", "scsi30")),
        ("backup", with(with(of(&guest), "storage", "local"), "volid", "local:backup/none.zst")),
        ("replication", in_lab("replication_id", "9999-0")),
        ("backup-routines", in_lab("job_id", "none")),
    ] {
        let (code, body) = world.sync(object, &query).await;
        assert_eq!(code, 404, "{object}: {body}");
        assert!(body["detail"].is_string(), "{object}: {body}");
    }
    assert!(world.netbox.writes().is_empty());
    let (code, body) = world.sync("node", &[("cluster_name", "lab".to_owned())]).await;
    assert_eq!((code, &body["detail"][0]["loc"]), (422, &json!(["query", "node_name"])));
    let (code, body) =
        world.sync("task-history", &[("node", "pve1".to_owned()), ("vm_type", "qemu".to_owned())]).await;
    assert_eq!((code, &body["detail"][0]["loc"]), (422, &json!(["query", "vmid"])));
    assert_eq!(world.sync("vm", &with(of(&guest), "vmid", "x")).await.0, 422);
}

#[tokio::test]
async fn what_netbox_refuses_is_an_error_of_the_object() {
    let world = world(1, 2).await;
    world.done("cluster", &[("cluster_name", "lab".to_owned())]).await;
    world.netbox.fault(
        "POST /api/plugins/proxbox/storage/",
        Fault::Status(400, json!([{"name": ["Not this one."]}])),
    );
    let name = world.read(|fleet| fleet.storages[0].name.clone());
    let (code, body) = world.sync("storage", &in_lab("storage_name", name)).await;
    assert_eq!((code, &body["action"]), (200, &json!("error")), "{body}");
    assert!(body["error"].as_str().unwrap().contains("Not this one"), "{body}");
}

#[tokio::test]
async fn a_proxmox_that_cannot_be_reached_is_an_error_and_no_absence() {
    let world = world(1, 2).await;
    world.proxmox.fault("*", proxbox_fakes::proxmox::Fault::Status(500, "no".to_owned()));
    let (code, body) = world.sync("storage", &in_lab("storage_name", "local")).await;
    assert_eq!((code, &body["action"]), (200, &json!("error")), "{body}");
    assert!(
        body["error"].as_str().unwrap().starts_with("No Proxmox session found for cluster: lab. "),
        "{body}"
    );
}

#[tokio::test]
async fn a_guest_that_cannot_be_read_is_an_error_of_what_belongs_to_it() {
    let world = world(2, 8).await;
    world.last("/full-update/stream").await;
    let everything = world.read(everything);
    world.proxmox.fault("/nodes/*/config", proxbox_fakes::proxmox::Fault::Status(500, "broken".to_owned()));
    for (object, query) in
        everything.iter().filter(|(object, _)| ["vm", "disk", "interface"].contains(object))
    {
        let (code, body) = world.sync(object, query).await;
        assert_eq!((code, &body["action"]), (200, &json!("error")), "{object}: {body}");
        assert!(body["error"].as_str().unwrap().contains("broken"), "{object}: {body}");
    }
}

#[tokio::test]
async fn one_object_tells_nothing_of_what_is_gone() {
    let world = world(2, 8).await;
    world.last("/full-update/stream").await;
    let (query, vmid, gone) = world.read(|fleet| {
        let guest = fleet.guests.values().find(|guest| guest.snapshots.len() > 1).unwrap();
        (
            with(of(guest), "snapshot_name", &guest.snapshots[0].name),
            guest.vmid,
            guest.snapshots[1].name.clone(),
        )
    });
    world
        .proxmox
        .change(|fleet| fleet.change(vmid).unwrap().snapshots.retain(|snapshot| snapshot.name != gone));
    world.netbox.clear_requests();
    let query = with(query, "delete_nonexistent_snapshot", "true");
    assert_eq!(world.done("snapshot", &query).await["action"], "unchanged");
    assert!(world.netbox.writes().is_empty());
}

#[tokio::test]
async fn post_does_the_same_where_clients_post() {
    let world = world(2, 8).await;
    let (object, query) = world.read(everything).into_iter().find(|(object, _)| *object == "disk").unwrap();
    let request = world.lab.request(Method::POST, &format!("/sync/individual/{object}"));
    let (code, body) = answer(request.query(&query)).await;
    assert_eq!((code, &body["action"]), (200, &json!("created")), "{body}");
    assert_eq!(world.done(object, &query).await["action"], "unchanged");
    assert_eq!(answer(world.lab.request(Method::POST, "/sync/individual/node")).await.0, 405);
}
