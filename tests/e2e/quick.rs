//! Runs that look only at what may have changed since a run that looked at everything.

use proxbox_fakes::fleet::{Backup, Fleet, FleetSpec, GuestKind};
use proxbox_fakes::netbox::Flavour;
use proxbox_fakes::proxmox::Fault;
use proxbox_model::report::{ObjectResult, QuickCounts, RunReport, RunStatus};
use proxbox_model::{Identity, SourceObject};
use proxbox_tests::{Lab, LabBuilder};
use std::collections::BTreeSet;
use std::sync::Arc;

async fn quick(lab: &Lab) -> Arc<RunReport> {
    let mut job = lab.job();
    job.options.quick = true;
    lab.run(job).await
}

/// A cluster that is in step with a NetBox that has the plugin.
async fn in_step(guests: usize) -> Lab {
    brought_into_step(of(guests, 7)).await
}

/// Two clusters that are alike, each in step with a NetBox of its own.
async fn twins(seed: u64) -> (Lab, Lab) {
    let twin = || brought_into_step(of(16, seed).in_memory());
    tokio::join!(twin(), twin())
}

fn of(guests: usize, seed: u64) -> LabBuilder {
    LabBuilder::default()
        .fleet(FleetSpec::new("lab", 2, guests, seed))
        .flavour(Flavour::CurrentPlugin)
        .impatient()
}

async fn brought_into_step(lab: LabBuilder) -> Lab {
    let lab = lab.start().await;
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    lab
}

fn codes(report: &RunReport) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

/// What was written, and what was told to be gone.
fn done(report: &RunReport) -> BTreeSet<String> {
    let written = report.objects().filter_map(|object| match &object.result {
        ObjectResult::Created => Some(format!("{} created", named(&object.identity))),
        ObjectResult::Updated { fields, .. } => Some(format!("{}: {fields:?}", named(&object.identity))),
        _ => None,
    });
    let gone = report.problems.iter().filter(|problem| problem.code == "sync-stale");
    written.chain(gone.map(|problem| problem.message.clone())).collect()
}

/// Tasks of two clusters that were made alike differ in their times.
fn named(identity: &Identity) -> String {
    match &identity.object {
        SourceObject::Task(upid) => upid.split(':').skip(5).collect(),
        _ => identity.to_string(),
    }
}

fn first_of(fleet: &Fleet, kind: GuestKind) -> u32 {
    *fleet.guests.iter().find(|(_, guest)| guest.kind == kind && guest.is_running()).unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn after_nothing_happened_it_costs_a_handful_of_requests_however_many_guests_there_are() {
    let mut costs = BTreeSet::new();
    for guests in [6, 30] {
        let lab = in_step(guests).await;
        // What always moves is no news.
        lab.change(|fleet| fleet.advance(3600));
        let report = quick(&lab).await;
        assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
        assert_eq!(report.quick, Some(QuickCounts { guests: guests as u64, looked_at: 0 }));
        assert_eq!(report.netbox_writes, 0);
        assert!(report.netbox_requests <= 12, "{} requests to NetBox", report.netbox_requests);
        assert!(report.proxmox_requests <= 12, "{} requests to Proxmox", report.proxmox_requests);
        costs.insert((report.netbox_requests, report.proxmox_requests));
    }
    assert_eq!(costs.len(), 1, "{costs:?}");
}

/// A change in Proxmox, with the task that Proxmox notes of it.
type Change = fn(&mut Fleet);

const CHANGES: [(&str, Change); 12] = [
    ("a rename", |fleet| {
        let vmid = first_of(fleet, GuestKind::Qemu);
        fleet.rename(vmid, "renamed").unwrap();
    }),
    ("a stop", |fleet| {
        let vmid = first_of(fleet, GuestKind::Lxc);
        fleet.stop(vmid).unwrap();
    }),
    ("a migration", |fleet| {
        let vmid = first_of(fleet, GuestKind::Qemu);
        let from = fleet.guest(vmid).unwrap().node.clone();
        fleet.migrate(vmid, if from == "pve1" { "pve2" } else { "pve1" }).unwrap();
    }),
    ("more memory", |fleet| {
        let vmid = first_of(fleet, GuestKind::Qemu);
        fleet.set_memory(vmid, 12_288).unwrap();
    }),
    ("a larger disk", |fleet| {
        let (vmid, guest) = fleet.guests.iter().find(|(_, guest)| guest.disks.contains_key("scsi0")).unwrap();
        let (vmid, node) = (*vmid, guest.node.clone());
        fleet.resize_disk(vmid, "scsi0", "777G").unwrap();
        fleet.add_task(&node, "resize", &vmid.to_string());
    }),
    ("other notes", |fleet| {
        let vmid = first_of(fleet, GuestKind::Qemu);
        let guest = fleet.guest_mut(vmid).unwrap();
        guest.notes = "written anew".to_owned();
        let node = guest.node.clone();
        fleet.add_task(&node, "qmconfig", &vmid.to_string());
    }),
    ("a snapshot", |fleet| {
        let vmid = first_of(fleet, GuestKind::Qemu);
        fleet.take_snapshot(vmid, "before-upgrade").unwrap();
        let node = fleet.guest(vmid).unwrap().node.clone();
        fleet.add_task(&node, "qmsnapshot", &vmid.to_string());
    }),
    ("a new guest", |fleet| {
        fleet.add_guest(GuestKind::Lxc, "newcomer");
    }),
    ("a namesake", |fleet| {
        let name = fleet.guests.values().next().unwrap().name.clone();
        fleet.add_guest(GuestKind::Qemu, &name);
    }),
    ("a guest that is destroyed", |fleet| {
        let vmid = *fleet.guests.keys().last().unwrap();
        let node = fleet.remove_guest(vmid).unwrap().node;
        fleet.add_task(&node, "qmdestroy", &vmid.to_string());
    }),
    ("a job that makes backups of several guests", |fleet| {
        let backup = fleet.backups.iter().find(|backup| fleet.guests.contains_key(&backup.vmid)).unwrap();
        let volid =
            backup.volid.replacen("2024", "2031", 1).replacen("2025", "2031", 1).replacen("2026", "2031", 1);
        assert_ne!(volid, backup.volid);
        let made = Backup { volid, created: fleet.now, ..backup.clone() };
        fleet.backups.push(made);
        fleet.add_task("pve1", "vzdump", "");
    }),
    ("another tag", |fleet| {
        let vmid = first_of(fleet, GuestKind::Qemu);
        fleet.set_tags(vmid, &["blue"]).unwrap();
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn after_changes_it_writes_exactly_what_a_full_run_would() {
    let (one, other) = twins(7).await;
    for (what, change) in CHANGES {
        for lab in [&one, &other] {
            lab.change(|fleet| {
                fleet.advance(60);
                change(fleet);
            });
        }
        let (short, whole) = tokio::join!(quick(&one), other.sync());
        assert!(!done(&whole).is_empty(), "{what} changes nothing");
        assert_eq!(done(&short), done(&whole), "{what}");
        let looked_at = short.quick.unwrap().looked_at;
        assert!(looked_at <= 2, "{what}: {looked_at} guests were looked at");
    }
    let left = one.sync().await;
    assert_eq!(left.netbox_writes, 0, "{:#?}", done(&left));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_changes_at_once_are_found_at_once_in_any_cluster() {
    for seed in [1, 2, 3] {
        let (one, other) = twins(seed).await;
        for lab in [&one, &other] {
            lab.change(|fleet| CHANGES.iter().for_each(|(_, change)| change(fleet)));
        }
        let (short, whole) = tokio::join!(quick(&one), other.sync());
        assert_eq!(done(&short), done(&whole), "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_leaves_is_in_step() {
    let lab = in_step(12).await;
    lab.change(|fleet| CHANGES.iter().for_each(|(_, change)| change(fleet)));
    let report = quick(&lab).await;
    assert!(report.netbox_writes > 0 && report.status == RunStatus::Completed, "{:#?}", report.problems);
    let left = lab.sync().await;
    assert_eq!(left.netbox_writes, 0, "{:#?}", done(&left));
    assert_eq!(quick(&lab).await.quick.unwrap().looked_at, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_one_looks_at_everything_and_says_why() {
    let lab = Lab::with_plugin(2, 6).await;
    let first = quick(&lab).await;
    assert!(codes(&first).contains(&"sync-quick-in-full"), "{:#?}", first.problems);
    assert_eq!(first.quick, Some(QuickCounts { guests: 6, looked_at: 6 }));
    assert_eq!(first.status, RunStatus::Completed);
    assert_eq!(lab.sync().await.netbox_writes, 0);
    assert_eq!(quick(&lab).await.quick.unwrap().looked_at, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_other_choices_everything_is_looked_at() {
    let lab = in_step(6).await;
    let mut job = lab.job();
    job.options.quick = true;
    job.options.overwrite.insert("overwrite_vm_role".to_owned(), false);
    let report = lab.run(job).await;
    assert!(codes(&report).contains(&"sync-quick-in-full"), "{:#?}", report.problems);
    assert_eq!(report.quick.unwrap().looked_at, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_could_not_be_read_is_looked_at_until_it_can() {
    let lab = in_step(6).await;
    let vmid = lab.change(|fleet| {
        let vmid = first_of(fleet, GuestKind::Qemu);
        fleet.rename(vmid, "renamed").unwrap();
        vmid
    });
    let path = format!("/nodes/*/qemu/{vmid}/config");
    lab.proxmox[0].fault(&path, Fault::Status(500, "no".to_owned()));
    let report = quick(&lab).await;
    let failed = report.objects().filter(|object| matches!(object.result, ObjectResult::Failed { .. }));
    assert!(failed.map(|object| &object.identity).any(|identity| *identity == Identity::guest("lab", vmid)));
    lab.proxmox[0].clear_faults();
    let report = quick(&lab).await;
    assert_eq!(report.quick.unwrap().looked_at, 1);
    assert_eq!(done(&report).len(), 1, "{:#?}", done(&report));
    assert_eq!(quick(&lab).await.quick.unwrap().looked_at, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_one_writes_nothing_and_takes_nothing_from_the_next() {
    let lab = in_step(6).await;
    lab.change(|fleet| {
        let vmid = first_of(fleet, GuestKind::Qemu);
        fleet.rename(vmid, "renamed").unwrap();
    });
    let mut job = lab.job();
    (job.options.quick, job.options.dry_run) = (true, true);
    for _ in 0..2 {
        let report = lab.run(job.clone()).await;
        assert_eq!((report.netbox_writes, report.quick.unwrap().looked_at), (0, 1));
    }
    assert_eq!(quick(&lab).await.counts.updated, 1);
}
