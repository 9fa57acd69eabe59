//! Kinds whose objects do not carry their Proxmox identity: found by natural key within what they are part of.

use crate::build::*;
use crate::parts::*;
use proxbox_model::draft::Value;
use proxbox_model::report::ObjectResult;
use serde_json::json;

fn one_of_each() -> Vec<Kept1> {
    vec![
        disk("prod", 101, "scsi0", 32),
        interface("prod", 101, "net0"),
        mac("prod", 101, "net0", "bc:24:11:00:00:01"),
        address("prod", 101, "net0", "192.0.2.10/24"),
        snapshot("prod", 101, "before"),
        storage("prod", "local"),
        backup("prod", 101, "a.vma"),
        routine("prod", "backup-1"),
        replication("prod", 101, 0),
        task("prod", 101, "UPID:1"),
        cloud_init("prod", 101),
        guest_interface("prod", 101, "eth0"),
        node_interface("prod", "vmbr0"),
        vlan("prod", 20),
    ]
}

#[test]
fn every_part_is_made_once_and_found_again() {
    let mut lab = Lab::new();
    let parts = one_of_each();
    let run = lab.settle(&prod(parts.clone()));
    for part in &parts {
        assert_eq!(run.result(part.identity()), &ObjectResult::Created, "{}", part.identity());
    }
    let again = lab.sync(&prod(parts.clone()));
    for part in &parts {
        assert_eq!(again.result(part.identity()), &ObjectResult::Unchanged, "{}", part.identity());
        assert_eq!(again.of(part.identity()).netbox_id, run.of(part.identity()).netbox_id);
    }
}

#[test]
fn a_changed_part_is_updated_in_its_own_row() {
    let mut lab = Lab::new();
    lab.sync(&prod([disk("prod", 101, "scsi0", 32), disk("prod", 101, "scsi1", 8)]));
    let grown = disk("prod", 101, "scsi1", 16);
    let run = lab.settle(&prod([disk("prod", 101, "scsi0", 32), grown.clone()]));
    assert_eq!(updated_fields(run.result(grown.identity())), ["size"]);
    assert_eq!(lab.values(DISK, "size"), [32, 16]);
}

#[test]
fn parts_of_one_name_on_two_guests_are_two_objects() {
    let mut lab = Lab::new();
    let parts = [101, 102].map(|vmid| [disk("prod", vmid, "scsi0", 8), snapshot("prod", vmid, "daily")]);
    lab.settle(&prod(parts.into_iter().flatten()));
    assert_eq!(lab.values(DISK, "name"), ["scsi0", "scsi0"]);
    assert_eq!(lab.values(SNAPSHOT, "name"), ["daily", "daily"]);
}

#[test]
fn parts_of_one_vmid_in_two_sources_are_two_objects() {
    let mut lab = Lab::new();
    lab.endpoint("lab");
    let mut facts = prod([disk("prod", 101, "scsi0", 8), storage("prod", "local")]);
    facts.extend(source("lab", [guest("lab", 101, "web")]));
    facts.extend([disk("lab", 101, "scsi0", 9), storage("lab", "local")].map(Into::into));
    lab.settle(&facts);
    assert_eq!(lab.values(DISK, "size"), [8, 9]);
    assert_eq!(lab.values(STORAGE, "name"), ["local", "local"]);
}

#[test]
fn a_snapshot_of_a_migrated_guest_is_updated_and_not_made_again() {
    let mut lab = Lab::new();
    lab.sync(&prod([snapshot("prod", 101, "before")]));
    let moved = snapshot("prod", 101, "before").with_text("node", "pve2");
    let run = lab.settle(&prod([moved.clone()]));
    assert_eq!(updated_fields(run.result(moved.identity())), ["node"]);
    assert_eq!(lab.values(SNAPSHOT, "node"), ["pve2"]);
}

#[test]
fn a_task_that_ends_is_updated() {
    let mut lab = Lab::new();
    lab.sync(&prod([task("prod", 101, "UPID:1")]));
    let ended = task("prod", 101, "UPID:1").with_text("task_state", "stopped");
    let run = lab.settle(&prod([ended.clone()]));
    assert_eq!(updated_fields(run.result(ended.identity())), ["task_state"]);
}

#[test]
fn rows_that_somebody_else_has_made_are_found_by_their_keys() {
    let mut lab = Lab::new();
    let run = lab.sync(&prod([]));
    let vm = run.id("prod", 101);
    let row = lab.netbox.put(BACKUP, json!({ "virtual_machine": vm, "volume_id": "local:backup/a.vma" }));
    let disk_row = lab.netbox.put(DISK, json!({ "virtual_machine": vm, "name": "scsi0", "size": 8 }));
    let (backup, disk) = (backup("prod", 101, "a.vma"), disk("prod", 101, "scsi0", 8));
    let run = lab.settle(&prod([backup.clone(), disk.clone()]));
    assert_eq!(run.of(backup.identity()).netbox_id, Some(row));
    assert_eq!(run.of(disk.identity()).netbox_id, Some(disk_row));
    assert_eq!(updated_fields(run.result(disk.identity())), ["tags"]);
}

#[test]
fn a_second_fact_that_would_be_the_same_new_row_is_a_conflict() {
    let mut lab = Lab::new();
    let twin = disk("prod", 101, "scsi1", 8).with_text("name", "scsi0");
    let run = lab.sync(&prod([disk("prod", 101, "scsi0", 32), twin.clone()]));
    assert_eq!(code(run.result(twin.identity())), "same-object");
    assert!(message(run.result(twin.identity())).contains("prod/vmid 101/scsi0"));
    assert_eq!(lab.values(DISK, "size"), [32]);
}

#[test]
fn a_second_fact_that_would_be_the_same_row_in_netbox_is_a_conflict() {
    let mut lab = Lab::new();
    let disk0 = disk("prod", 101, "scsi0", 32);
    lab.sync(&prod([disk0.clone()]));
    let twin = disk("prod", 101, "scsi1", 8).with_text("name", "scsi0");
    let run = lab.settle(&prod([disk0.clone(), twin.clone()]));
    assert_eq!(run.result(disk0.identity()), &ObjectResult::Unchanged);
    assert_eq!(code(run.result(twin.identity())), "same-object");
}

#[test]
fn of_two_interfaces_of_one_name_the_first_has_it_in_every_run() {
    const MAC_ADDRESS: &str = "bc:24:11:00:00:01";
    let mut lab = Lab::new();
    lab.sync(&prod([interface("prod", 101, "net1"), mac("prod", 101, "net1", MAC_ADDRESS)]));
    let twins = ["net0", "net1"].map(|net| interface("prod", 101, net).with_text("name", "eth0"));
    let [first, second] = twins;
    let second = second.hint(MAC_ADDRESS);
    let run = lab.settle(&prod([first.clone(), second.clone()]));
    assert_eq!(run.result(first.identity()), &ObjectResult::Created);
    assert_eq!(code(run.result(second.identity())), "same-object");
    assert_eq!(lab.netbox.names(INTERFACE), ["eth0", "net1"]);
}

#[test]
fn a_guest_that_is_renamed_keeps_its_parts() {
    let mut lab = Lab::new();
    lab.sync(&prod([disk("prod", 101, "scsi0", 32)]));
    let mut facts = source("prod", [guest("prod", 101, "renamed")]);
    facts.push(disk("prod", 101, "scsi0", 32).into());
    let run = lab.settle(&facts);
    assert_eq!(updated_fields(run.vm("prod", 101))[0], "name");
    lab.only(DISK);
}

#[test]
fn a_renamed_interface_is_recognised_by_its_mac_address() {
    const MAC_ADDRESS: &str = "bc:24:11:00:00:01";
    let parts = |name: &str| {
        [
            interface("prod", 101, "net0").with_text("name", name).hint(MAC_ADDRESS),
            mac("prod", 101, "net0", MAC_ADDRESS),
        ]
    };
    let mut lab = Lab::new();
    lab.settle(&prod(parts("net0")));
    let id = lab.only(INTERFACE);
    let run = lab.settle(&prod(parts("eth0")));
    let [renamed, _] = parts("eth0");
    assert_eq!(updated_fields(run.result(renamed.identity())), ["name"]);
    assert_eq!((lab.only(INTERFACE), lab.values(INTERFACE, "name")), (id, vec![json!("eth0")]));
    lab.only(MAC);
}

#[test]
fn an_interface_is_not_recognised_by_a_mac_address_that_two_have_or_another_guest_has() {
    const MAC_ADDRESS: &str = "bc:24:11:00:00:01";
    let mut lab = Lab::new();
    let run = lab.sync(&prod([]));
    let (web, db) = (run.id("prod", 101), run.id("prod", 102));
    for (vm, name) in [(web, "a"), (web, "b"), (db, "c")] {
        let fields = json!({ "virtual_machine": vm, "name": name, "mac_address": "BC:24:11:00:00:01" });
        lab.netbox.put(INTERFACE, fields);
    }
    let new = interface("prod", 101, "net0").hint(MAC_ADDRESS);
    let run = lab.settle(&prod([new.clone()]));
    assert_eq!(run.result(new.identity()), &ObjectResult::Created);
    assert_eq!(lab.netbox.names(INTERFACE), ["a", "b", "c", "net0"]);
}

#[test]
fn an_interface_under_its_own_name_is_not_taken_for_a_renamed_one() {
    let mut lab = Lab::new();
    let parts = [
        interface("prod", 101, "net0").hint("bc:24:11:00:00:01"),
        mac("prod", 101, "net0", "bc:24:11:00:00:01"),
    ];
    lab.sync(&prod(parts.clone()));
    let second = interface("prod", 101, "net1").hint("BC:24:11:00:00:01");
    let run = lab.sync(&prod(parts.into_iter().chain([second.clone()])));
    assert_eq!(run.result(second.identity()), &ObjectResult::Created);
    assert_eq!(lab.netbox.names(INTERFACE), ["net0", "net1"]);
}

#[test]
fn a_part_needs_its_whole_key() {
    let mut lab = Lab::new();
    let nameless = disk("prod", 101, "scsi0", 1).without("name");
    let run = lab.sync(&prod([nameless.clone()]));
    assert_eq!(code(run.result(nameless.identity())), "draft-wrong-key");
    let loose = disk("prod", 101, "scsi1", 1).with("virtual_machine", Value::Null);
    let run = lab.sync(&prod([loose.clone()]));
    assert_eq!(code(run.result(loose.identity())), "draft-wrong-key");
}

#[test]
fn a_snapshot_that_the_plugin_would_take_for_another_clusters_is_a_conflict_without_a_write() {
    let mut lab = Lab::new();
    lab.endpoint("lab");
    let named = |source: &str| snapshot(source, 101, "before").with("vmid", Value::Integer(101));
    lab.settle(&prod([named("prod")]));
    let mut facts = source("lab", [guest("lab", 101, "web")]);
    facts.push(named("lab").into());
    let run = lab.settle(&facts);
    assert_eq!(code(run.result(named("lab").identity())), "same-object");
    assert_eq!(lab.netbox.all(SNAPSHOT).count(), 1);
}

#[test]
fn a_replication_that_was_written_before_the_plugin_knew_the_endpoint_is_still_that_one() {
    let mut lab = Lab::new();
    let machine = lab.sync(&source("prod", [guest("prod", 101, "web")])).id("prod", 101);
    let row = json!({ "virtual_machine": machine, "replication_id": "101-0", "status": "active" });
    let row = lab.netbox.put(REPLICATION, row);
    let mut facts = source("prod", [guest("prod", 101, "web")]);
    facts.push(replication("prod", 101, 0).into());
    lab.settle(&facts);
    assert_eq!(lab.only(REPLICATION), row);
    assert!(lab.values(REPLICATION, "endpoint")[0].is_u64());
}
