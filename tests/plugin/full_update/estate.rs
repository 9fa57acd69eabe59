use super::{Story, story};
use proxbox_fakes::fleet::{Disk, Guest, Task};
use proxbox_model::report::{ObjectResult, RunStatus};
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Lines that are disks of the guest: no drive, no unused volume, nothing of the node's own.
fn disks(guest: &Guest) -> impl Iterator<Item = (&String, &Disk)> {
    guest.disks.iter().filter(|(key, disk)| {
        !key.starts_with("unused") && !disk.options.contains_key("media") && disk.storage().is_some()
    })
}

fn of_guest(story: &Story) -> impl Fn(&&Task) -> bool {
    |task| task.about.parse().is_ok_and(|vmid: u32| story.fleet.guests.contains_key(&vmid))
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_the_cluster_is_in_netbox() {
    let story = story().await;
    let mut claims = Claims::default();
    let (fleet, guests) = (&story.fleet, || story.fleet.guests.values());
    let count = |count: fn(&Guest) -> usize| guests().map(count).sum::<usize>();
    let known = fleet.backups.iter().filter(|backup| fleet.guests.contains_key(&backup.vmid)).count();
    let expected = [
        ("virtualization/clusters/", 1),
        ("dcim/devices/", fleet.nodes.len()),
        ("dcim/interfaces/", fleet.nodes.iter().map(|node| node.interfaces.len()).sum()),
        ("virtualization/virtual-machines/", fleet.guests.len()),
        ("virtualization/virtual-disks/", count(|guest| disks(guest).count())),
        ("virtualization/interfaces/", count(|guest| guest.nics.len())),
        ("dcim/mac-addresses/", count(|guest| guest.nics.len())),
        ("plugins/proxbox/proxmox-clusters/", 1),
        ("plugins/proxbox/proxmox-nodes/", fleet.nodes.len()),
        ("plugins/proxbox/storage/", fleet.storages.len()),
        ("plugins/proxbox/backups/", known),
        ("plugins/proxbox/snapshots/", count(|guest| guest.snapshots.len())),
        ("plugins/proxbox/replications/", fleet.replications.len()),
        ("plugins/proxbox/backup-routines/", fleet.backup_jobs.len()),
        ("plugins/proxbox/task-history/", fleet.tasks.iter().filter(of_guest(&story)).count()),
        ("plugins/proxbox/vm-cloudinit/", count(|guest| usize::from(guest.options.contains_key("ciuser")))),
        ("plugins/proxbox/sync-state/clusters/", 1),
        ("plugins/proxbox/sync-state/devices/", fleet.nodes.len()),
        ("plugins/proxbox/sync-state/virtual-machines/", fleet.guests.len()),
        ("plugins/proxbox/sync-state/virtual-disks/", count(|guest| disks(guest).count())),
        ("plugins/proxbox/sync-state/vm-interfaces/", count(|guest| guest.nics.len())),
    ];
    for (path, expected) in expected {
        claims.same(path, &json!(story.first.netbox.of(path).count()), expected);
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_guest_is_there_by_name_state_and_size() {
    let story = story().await;
    let mut claims = Claims::default();
    let machines: BTreeMap<u64, &Json> = story
        .first
        .netbox
        .of("virtualization/virtual-machines/")
        .map(|vm| (vm["id"].as_u64().unwrap(), vm))
        .collect();
    let rows = story.first.netbox.of("plugins/proxbox/sync-state/virtual-machines/");
    let by_vmid: BTreeMap<u64, &Json> =
        rows.map(|row| (row["proxmox_vm_id"].as_u64().unwrap_or_default(), row)).collect();
    for guest in story.fleet.guests.values() {
        let who = format!("{} {}", guest.kind.as_str(), guest.vmid);
        let row = by_vmid.get(&u64::from(guest.vmid)).copied().unwrap_or(&Json::Null);
        let id = row["virtual_machine"]["id"].as_u64().unwrap_or_default();
        let vm = machines.get(&id).copied().unwrap_or(&Json::Null);
        claims.same(format!("{who} name"), &vm["name"], guest.name.as_str());
        claims.same(format!("{who} memory"), &vm["memory"], guest.memory);
        claims.same(format!("{who} cores"), &vm["vcpus"], guest.cpus());
        claims.same(format!("{who} device"), &vm["device"]["name"], guest.node.as_str());
        claims.same(format!("{who} node"), &row["proxmox_node"]["name"], guest.node.as_str());
        claims.same(format!("{who} sort"), &row["proxmox_vm_type"], guest.kind.as_str());
        claims.that(row["endpoint"]["id"].is_u64(), || format!("{who} has no endpoint"));
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plugins_own_rows_lead_to_netbox() {
    let story = story().await;
    let mut claims = Claims::default();
    for cluster in story.first.netbox.of("plugins/proxbox/proxmox-clusters/") {
        claims.same("cluster", &cluster["netbox_cluster"]["name"], "lab");
        claims.same("nodes", &cluster["node_count"], story.fleet.nodes.len());
    }
    for node in story.first.netbox.of("plugins/proxbox/proxmox-nodes/") {
        claims.same("device", &node["netbox_device"]["name"], node["name"].clone());
        claims.same(format!("{} online", node["name"]), &node["online"], true);
    }
    for backup in story.first.netbox.of("plugins/proxbox/backups/") {
        claims.that(backup["proxmox_storage"]["id"].is_u64(), || {
            format!("{}: no storage", backup["volume_id"])
        });
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_itself_finds_nothing_left_to_write() {
    let story = story().await;
    assert_eq!(story.more.status, RunStatus::Completed, "{:?}", story.more.problems);
    let left =
        story.more.objects.iter().filter(|object| {
            !matches!(object.result, ObjectResult::Unchanged | ObjectResult::Skipped { .. })
        });
    let left: Vec<String> = left.map(|object| format!("{}: {:?}", object.identity, object.result)).collect();
    assert!(left.is_empty(), "{left:#?}");
}
