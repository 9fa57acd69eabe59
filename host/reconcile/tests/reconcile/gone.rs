//! Rows whose Proxmox object is gone: marked, removed when that is wanted, and told of in any case.

use crate::build::*;
use crate::parts::*;
use proxbox_model::plan::{Action, Applied};
use proxbox_model::{Identity, SourceObject};
use proxbox_reconcile::{Fact, FactOutcome, Part};
use serde_json::json;

/// Names of the stale objects of a plan.
fn stale(run: &Run) -> Vec<&str> {
    run.plan.stale.iter().map(|stale| stale.name.as_str()).collect()
}

fn deleted(run: &Run) -> usize {
    run.applied.iter().filter(|applied| matches!(applied, Applied::Deleted(_))).count()
}

fn statuses(lab: &Lab, kind: &str) -> Vec<String> {
    lab.values(kind, "status").iter().map(|status| status.as_str().unwrap().to_owned()).collect()
}

fn snapshots(names: impl IntoIterator<Item = u32>) -> Vec<(Fact, FactOutcome)> {
    prod(names.into_iter().map(|n| snapshot("prod", 101, &format!("s{n:02}"))))
}

#[test]
fn a_snapshot_that_is_gone_is_marked_stale_once() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]);
    lab.sync(&snapshots([1, 2]));
    let run = lab.settle(&snapshots([2]));
    assert_eq!(statuses(&lab, SNAPSHOT), ["stale", "active"]);
    assert_eq!(stale(&run), ["s01"]);
    assert_eq!(run.plan.stale[0].identity, Identity::guest("prod", 101));
    assert!(stale(&lab.sync(&snapshots([2]))).is_empty(), "it was told");
}

#[test]
fn a_snapshot_that_is_there_again_is_active_again() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]);
    for present in [&[1, 2][..], &[2], &[1, 2]] {
        lab.settle(&snapshots(present.iter().copied()));
    }
    assert_eq!(statuses(&lab, SNAPSHOT), ["active", "active"]);
}

#[test]
fn routines_and_replications_that_are_gone_are_marked_too() {
    let mut lab = Lab::new().read([Part::BackupRoutines, Part::Replications]);
    let [a, b] = ["a", "b"].map(|id| routine("prod", id));
    let [c, d] = [0, 1].map(|number| replication("prod", 101, number));
    lab.sync(&prod([a.clone(), b, c.clone(), d]));
    let run = lab.settle(&prod([a, c]));
    assert_eq!(statuses(&lab, ROUTINE), ["active", "stale"]);
    assert_eq!(statuses(&lab, REPLICATION), ["active", "stale"]);
    assert_eq!(stale(&run), ["b", "101-1"]);
}

#[test]
fn what_has_no_mark_is_only_told_of() {
    let mut lab =
        Lab::new().read([Part::Disks(101), Part::Storages, Part::NodeInterfaces("pve1".to_owned())]);
    let keep = [disk("prod", 101, "scsi0", 8), storage("prod", "a"), node_interface("prod", "vmbr0")];
    let gone = [disk("prod", 101, "scsi1", 8), storage("prod", "b"), node_interface("prod", "vmbr1")];
    lab.sync(&prod(keep.clone().into_iter().chain(gone)));
    let before = lab.netbox.everything();
    let run = lab.settle(&prod(keep));
    assert_eq!(stale(&run), ["b", "scsi1", "vmbr1"]);
    assert_eq!(lab.netbox.everything(), before);
}

#[test]
fn interfaces_and_what_is_on_them_are_told_of() {
    let mut lab = Lab::new().read([Part::Interfaces(101), Part::Addresses(101)]);
    let net = |n: u8| {
        let name = format!("net{n}");
        [
            interface("prod", 101, &name),
            mac("prod", 101, &name, &format!("bc:24:11:00:00:0{n}")),
            address("prod", 101, &name, &format!("192.0.2.1{n}/24")),
        ]
    };
    let eth = |name| guest_interface("prod", 101, name);
    lab.sync(&prod(net(0).into_iter().chain(net(1)).chain([eth("eth0"), eth("eth1")])));
    let run = lab.settle(&prod(net(0).into_iter().chain([eth("eth0")])));
    assert_eq!(stale(&run), ["net1", "BC:24:11:00:00:01", "192.0.2.11/24", "eth1"]);
}

#[test]
fn a_part_that_was_not_read_in_full_makes_nothing_stale() {
    let mut lab = Lab::new().read([Part::Snapshots(102), Part::Disks(101)]).removing(SNAPSHOT);
    lab.sync(&snapshots([1, 2]));
    let run = lab.settle(&snapshots([2]));
    assert!(stale(&run).is_empty());
    assert_eq!(statuses(&lab, SNAPSHOT), ["active", "active"]);
}

#[test]
fn a_snapshot_that_is_gone_is_removed_when_that_is_wanted() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]).removing(SNAPSHOT);
    lab.sync(&snapshots([1, 2]));
    let run = lab.settle(&snapshots([2]));
    assert_eq!((deleted(&run), lab.netbox.names(SNAPSHOT)), (1, vec!["s02".to_owned()]));
    assert!(stale(&run).is_empty());
}

#[test]
fn a_snapshot_that_was_marked_before_is_removed_when_that_becomes_wanted() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]);
    lab.sync(&snapshots([1, 2]));
    lab.settle(&snapshots([2]));
    let mut lab = lab.removing(SNAPSHOT);
    assert_eq!(deleted(&lab.settle(&snapshots([2]))), 1);
}

#[test]
fn only_kinds_that_are_to_be_removed_are() {
    let mut lab = Lab::new().read([Part::Snapshots(101), Part::Backups("local".to_owned())]).removing(BACKUP);
    let (snapshot_1, backup_1) = (snapshot("prod", 101, "a"), backup("prod", 101, "a.vma"));
    let rest = [snapshot("prod", 101, "b"), backup("prod", 101, "b.vma")];
    lab.sync(&prod(rest.clone().into_iter().chain([snapshot_1, backup_1])));
    lab.settle(&prod(rest));
    assert_eq!(lab.values(BACKUP, "volume_id"), ["local:backup/b.vma"]);
    assert_eq!(lab.netbox.names(SNAPSHOT), ["a", "b"]);
}

#[test]
fn backups_are_only_gone_from_storages_that_were_read() {
    let mut lab = Lab::new().read([Part::Backups("pbs".to_owned())]).removing(BACKUP);
    lab.sync(&prod([backup("prod", 101, "a.vma"), backup("prod", 101, "b.vma")]));
    assert_eq!(deleted(&lab.settle(&prod([backup("prod", 101, "b.vma")]))), 0);
}

#[test]
fn up_to_ten_are_removed_whatever_their_share() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]).removing(SNAPSHOT);
    lab.sync(&snapshots(0..11));
    assert_eq!(deleted(&lab.settle(&snapshots([10]))), 10);
}

#[test]
fn half_of_many_are_removed() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]).removing(SNAPSHOT);
    lab.sync(&snapshots(0..24));
    assert_eq!(deleted(&lab.settle(&snapshots(12..24))), 12);
}

#[test]
fn more_than_half_of_many_are_not_removed_but_marked_and_that_is_said() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]).removing(SNAPSHOT);
    lab.sync(&snapshots(0..24));
    let facts = snapshots(13..24);
    let planned = plan_in(&lab.netbox, &facts, &lab.kept, &lab.sources, &lab.world);
    let [problem] = &planned.problems[..] else { panic!("{:?}", planned.problems) };
    assert_eq!(problem.code, "too-many-gone");
    assert!(problem.message.starts_with("13 of 24 snapshots"), "{}", problem.message);
    let run = lab.settle(&facts);
    assert_eq!((deleted(&run), stale(&run).len()), (0, 13));
    assert_eq!(statuses(&lab, SNAPSHOT).iter().filter(|status| *status == "stale").count(), 13);
}

#[test]
fn an_operators_own_disk_is_never_stale() {
    let mut lab = Lab::new().read([Part::Disks(101)]).removing(DISK);
    let run = lab.sync(&prod([disk("prod", 101, "scsi0", 8)]));
    lab.netbox.put(DISK, json!({ "virtual_machine": run.id("prod", 101), "name": "by hand", "size": 1 }));
    let run = lab.settle(&prod([disk("prod", 101, "scsi0", 8)]));
    assert_eq!((stale(&run).len(), deleted(&run)), (0, 0));
}

#[test]
fn rows_of_a_source_that_was_not_read_are_left_alone() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]).removing(SNAPSHOT);
    lab.endpoint("lab");
    let mut facts = source("lab", [guest("lab", 101, "web")]);
    facts.push(snapshot("lab", 101, "theirs").into());
    lab.sync(&facts);
    lab.sync(&snapshots([1]));
    lab.settle(&snapshots([1]));
    assert_eq!(lab.netbox.names(SNAPSHOT), ["s01", "theirs"]);
}

#[test]
fn what_a_mapper_leaves_out_is_not_gone() {
    let mut lab = Lab::new()
        .read([Part::Snapshots(101), Part::Backups("local".to_owned()), Part::Addresses(101)])
        .removing(SNAPSHOT)
        .removing(BACKUP);
    let parts = || {
        [
            snapshot("prod", 101, "s01"),
            backup("prod", 101, "a.vma"),
            address("prod", 101, "net0", "192.0.2.10/24"),
        ]
    };
    lab.sync(&prod([interface("prod", 101, "net0")].into_iter().chain(parts())));
    let mut facts =
        prod([interface("prod", 101, "net0"), snapshot("prod", 101, "s02"), backup("prod", 101, "b.vma")]);
    facts.extend(parts().map(Kept1::skipped));
    let run = lab.settle(&facts);
    assert_eq!((stale(&run), deleted(&run)), (vec![], 0));
    assert_eq!(statuses(&lab, SNAPSHOT), ["active", "active"]);
}

#[test]
fn parts_of_a_guest_that_a_mapper_leaves_out_are_not_gone_whatever_they_are_called() {
    let mut lab = Lab::new().read([Part::Interfaces(101), Part::Addresses(101)]);
    let parts = || {
        [
            interface("prod", 101, "net0").with_text("name", "eth0"),
            mac("prod", 101, "net0", "BC:24:11:00:00:01"),
            address("prod", 101, "net0", "192.0.2.10/24"),
        ]
    };
    lab.sync(&prod(parts()));
    let mut facts = vec![guest("prod", 101, "web").skipped()];
    facts.extend(parts().map(Into::into));
    assert!(stale(&lab.settle(&facts)).is_empty());
}

#[test]
fn while_something_of_a_part_failed_nothing_of_it_is_gone() {
    for failed in [Kept1::rejected, Kept1::unread, |kept: Kept1| kept.with_text("no_such_field", "x").into()]
    {
        let mut lab = Lab::new().read([Part::Snapshots(101), Part::Snapshots(102)]).removing(SNAPSHOT);
        lab.sync(&prod([snapshot("prod", 101, "a"), snapshot("prod", 101, "b"), snapshot("prod", 102, "c")]));
        let mut facts = prod([snapshot("prod", 102, "d")]);
        facts.push(failed(snapshot("prod", 101, "renamed by its mapper")));
        lab.sync(&facts);
        assert_eq!(lab.netbox.names(SNAPSHOT), ["a", "b", "d"]);
    }
}

#[test]
fn a_row_whose_fact_is_in_conflict_is_not_gone() {
    let mut lab = Lab::new().read([Part::Disks(101)]).removing(DISK);
    lab.sync(&prod([disk("prod", 101, "scsi0", 8), disk("prod", 101, "scsi1", 8)]));
    let twin = disk("prod", 101, "scsi1", 8).with_text("name", "scsi0");
    let run = lab.sync(&prod([disk("prod", 101, "scsi0", 8), twin]));
    assert_eq!(deleted(&run), 0);
    assert_eq!(lab.netbox.names(DISK), ["scsi0", "scsi1"]);
}

#[test]
fn parts_of_a_guest_that_failed_are_not_gone() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]).removing(SNAPSHOT);
    lab.sync(&snapshots([1, 2]));
    let mut facts = source("prod", [guest("prod", 102, "db")]);
    facts.push(guest("prod", 101, "web").unread());
    facts.extend([1, 2].map(|n| snapshot("prod", 101, &format!("s0{n}")).into()));
    assert_eq!(deleted(&lab.settle(&facts)), 0);
    assert_eq!(lab.netbox.names(SNAPSHOT), ["s01", "s02"]);
}

#[test]
fn the_sources_say_what_must_be_read_to_know_what_is_gone() {
    let lab =
        Lab::new().read([Part::Snapshots(101), Part::Interfaces(101), Part::Backups("local".to_owned())]);
    let mut names: Vec<_> = lab.sources.kinds().iter().map(|kind| kind.name).collect();
    names.sort_unstable();
    assert_eq!(names, [MAC, BACKUP, SNAPSHOT, INTERFACE]);
}

#[test]
fn the_last_one_of_its_kind_is_gone_like_any_other() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]).removing(SNAPSHOT);
    lab.sync(&snapshots([1]));
    assert_eq!(deleted(&lab.settle(&snapshots([]))), 1);
    assert_eq!(lab.netbox.all(SNAPSHOT).count(), 0);
}

#[test]
fn a_row_of_a_guest_that_names_no_source_belongs_to_that_of_its_cluster() {
    let mut lab = Lab::new().read([Part::Snapshots(101)]).removing(SNAPSHOT);
    let run = lab.sync(&snapshots([1]));
    lab.netbox.edit(VM, run.id("prod", 101)).custom_fields.remove("proxmox_cluster");
    let alone: Vec<_> = snapshots([2])
        .into_iter()
        .filter(|(fact, _)| matches!(fact.identity.object, SourceObject::Snapshot(..)))
        .collect();
    let rows: Vec<u64> =
        lab.netbox.all("netbox_proxbox.proxboxvirtualmachinesyncstate").map(|(id, _)| id).collect();
    for id in rows {
        lab.netbox
            .edit("netbox_proxbox.proxboxvirtualmachinesyncstate", id)
            .fields
            .remove("proxmox_cluster_name");
    }
    let run = lab.sync(&alone);
    assert!(run.plan.objects.iter().any(|object| matches!(object.action, Action::Delete { .. })));
    assert_eq!(lab.netbox.names(SNAPSHOT), ["s02"]);
}
