//! Sources in a state that nobody planned: told object by object, and all the rest complete.

use proxbox_fakes::fleet::{FleetSpec, GuestKind};
use proxbox_fakes::netbox::Flavour;
use proxbox_fakes::proxmox::{Account, Fault};
use proxbox_model::endpoint::ProxmoxAuth;
use proxbox_model::report::{ObjectReport, ObjectResult, RunReport, RunStatus, Stage};
use proxbox_tests::{Lab, LabBuilder, of_stage, told};
use secrecy::SecretString;
use serde_json::json;

async fn lab() -> Lab {
    let spec = FleetSpec::new("lab", 3, 15, 7);
    LabBuilder::default().flavour(Flavour::CurrentPlugin).fleet(spec).impatient().start().await
}

fn wrong(report: &RunReport) -> Vec<&ObjectReport> {
    let is_wrong = |object: &&ObjectReport| {
        matches!(object.result, ObjectResult::Failed { .. } | ObjectResult::Conflict { .. })
    };
    report.objects().filter(is_wrong).collect()
}

/// Claims that a run was complete, and that the next one writes nothing.
async fn assert_complete(lab: &Lab) {
    let report = lab.sync().await;
    assert!(wrong(&report).is_empty(), "{:#?}", wrong(&report));
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    let again = lab.sync().await;
    assert_eq!(again.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_offline_from_the_start_fails_its_guests_alone() {
    let lab = lab().await;
    lab.change(|fleet| fleet.set_node_online("pve3", false).unwrap());
    let fleet = lab.fleet();
    let away = fleet.guests.values().filter(|guest| guest.node == "pve3").count() as u64;
    assert!(away > 0);
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial);
    let machines = of_stage(&report, Stage::VirtualMachines);
    assert_eq!(machines.failed, away, "{machines:?}");
    for object in wrong(&report) {
        assert!(format!("{:?}", object.result).contains("pve3"), "it says why: {object:?}");
    }
    assert_eq!(of_stage(&report, Stage::Devices).created, 4);
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_cannot_be_read_is_told_and_its_backups_are_not_gone() {
    let lab = lab().await;
    lab.sync().await;
    let before = lab.look().await;
    lab.proxmox[0]
        .fault("*/storage/pbs-main/content", Fault::Status(500, "pbs-main: connection refused".into()));
    let mut job = lab.job();
    job.options.delete_nonexistent_backup = true;
    let report = lab.run(job).await;
    assert_eq!(report.status, RunStatus::Partial);
    assert!(
        report.problems.iter().any(|problem| problem.message.contains("pbs-main")),
        "{:#?}",
        report.problems
    );
    assert_eq!(told(&before, &lab.look().await), [""; 0]);
    assert_eq!(report.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_every_node_mounts_shows_each_backup_once() {
    let lab = lab().await;
    let backups = lab.change(|fleet| {
        let nas = fleet.storages.iter_mut().find(|storage| storage.name == "nas-nfs").unwrap();
        (nas.kind, nas.shared) = ("dir".into(), false);
        fleet.backups.iter().filter(|backup| backup.storage == "nas-nfs").count()
    });
    assert_complete(&lab).await;
    let rows = lab.netbox.list("plugins/proxbox/backups/").await;
    let of_nas = rows.iter().filter(|row| row["volume_id"].as_str().unwrap().starts_with("nas-nfs:"));
    assert_eq!((of_nas.count(), backups > 0), (backups, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_hangs_is_told_and_the_guest_keeps_its_addresses() {
    let lab = lab().await;
    let vmid = lab.change(|fleet| {
        let vmid = fleet.add_guest(GuestKind::Qemu, "sleeper");
        fleet.set_addresses(vmid, 0, vec![("10.99.0.5".parse().unwrap(), 24)]).unwrap();
        vmid
    });
    lab.sync().await;
    let before = lab.look().await;
    lab.proxmox[0].fault(&format!("*/{vmid}/agent/*"), Fault::Hang);
    let report = lab.sync().await;
    assert!(
        report.problems.iter().any(|problem| problem.message.contains("sleeper")),
        "{:#?}",
        report.problems
    );
    assert_eq!(report.status, RunStatus::Completed, "all that was asked for was done");
    assert!(wrong(&report).is_empty(), "{:#?}", wrong(&report));
    assert_eq!(told(&before, &lab.look().await), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_only_reads_gives_a_complete_run_and_its_hidden_backups_are_not_gone() {
    let lab = lab().await;
    let mut job = lab.job();
    let auditor = Account::reader().tokens.into_iter().find(|token| token.name == "auditor").unwrap();
    job.proxmox[0].auth =
        ProxmoxAuth::Token { name: auditor.name, value: SecretString::from(auditor.secret) };
    job.options.delete_nonexistent_backup = true;

    let report = lab.run(job.clone()).await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    assert_eq!(of_stage(&report, Stage::Backups).total(), 0);
    let codes: Vec<&str> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert!(codes.contains(&"proxmox-backups-hidden"), "{codes:?}");

    let report = lab.sync().await;
    assert!(of_stage(&report, Stage::Backups).created > 0);
    let before = lab.netbox.list("plugins/proxbox/backups/").await;
    let report = lab.run(job).await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    assert_eq!(lab.netbox.list("plugins/proxbox/backups/").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_nobody_knows_do_no_harm() {
    let lab = lab().await;
    lab.change(|fleet| {
        for guest in fleet.guests.values_mut() {
            guest.options.insert("zz-future".into(), json!({ "nested": [1, null, "x"] }));
            guest.options.insert("net-future".into(), json!("model=quantum"));
            guest.options.insert("scsi-future".into(), json!(null));
        }
    });
    assert_complete(&lab).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_longer_than_netbox_allows_and_of_any_letters_arrive() {
    let lab = lab().await;
    let long = "x".repeat(200);
    let vmids: Vec<u32> = lab.fleet().guests.keys().copied().take(4).collect();
    lab.change(|fleet| {
        fleet.rename(vmids[0], &long).unwrap();
        fleet.rename(vmids[1], &long).unwrap();
        fleet.rename(vmids[2], "🦀 Straße 日本").unwrap();
        fleet.rename(vmids[3], &"🦀".repeat(60)).unwrap();
    });
    assert_complete(&lab).await;
    let names: Vec<String> = lab
        .netbox
        .list("virtualization/virtual-machines/")
        .await
        .iter()
        .map(|vm| vm["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(names.iter().all(|name| name.chars().count() <= 64), "{names:?}");
    assert!(names.iter().any(|name| name == "🦀 Straße 日本"), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_of_one_name_in_one_cluster_are_all_there() {
    let lab = lab().await;
    let vmids: Vec<u32> = lab.fleet().guests.keys().copied().take(3).collect();
    lab.change(|fleet| vmids.iter().for_each(|vmid| fleet.rename(*vmid, "twin").unwrap()));
    assert_complete(&lab).await;
    let vms = lab.netbox.list("virtualization/virtual-machines/?name__isw=twin").await;
    assert_eq!(vms.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_two_guests_is_one_of_theirs_and_the_other_is_told() {
    let lab = lab().await;
    lab.change(|fleet| {
        for name in ["one", "two"] {
            let vmid = fleet.add_guest(GuestKind::Qemu, name);
            fleet.set_addresses(vmid, 0, vec![("10.99.0.5".parse().unwrap(), 24)]).unwrap();
        }
    });
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial, "{:#?}", report.problems);
    for object in wrong(&report) {
        let is_about_it =
            matches!(object.item_type.as_str(), "ip-address" | "primary-ip" | "guest-interface");
        assert!(is_about_it, "{object:?}");
    }
    assert!(!wrong(&report).is_empty());
    assert_eq!(lab.netbox.list("virtualization/virtual-machines/").await.len(), 17);
    assert_eq!(lab.netbox.list("ipam/ip-addresses/?address=10.99.0.5").await.len(), 1);
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estate_without_backups_snapshots_jobs_and_tasks_is_complete() {
    let lab = lab().await;
    lab.change(|fleet| {
        fleet.backups.clear();
        fleet.backup_jobs.clear();
        fleet.replications.clear();
        fleet.tasks.clear();
        fleet.guests.values_mut().for_each(|guest| guest.snapshots.clear());
    });
    assert_complete(&lab).await;
    let report = lab.sync().await;
    for stage in
        [Stage::Backups, Stage::Snapshots, Stage::BackupRoutines, Stage::Replications, Stage::TaskHistory]
    {
        assert_eq!(of_stage(&report, stage).total(), 0, "{stage:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_emptied_is_stale_and_nothing_is_removed() {
    let lab = lab().await;
    lab.sync().await;
    let count = lab.netbox.list("plugins/proxbox/snapshots/").await.len();
    assert!(count > 0);
    lab.change(|fleet| fleet.guests.values_mut().for_each(|guest| guest.snapshots.clear()));
    lab.sync().await;
    let rows = lab.netbox.list("plugins/proxbox/snapshots/").await;
    assert_eq!(rows.len(), count);
    assert!(rows.iter().all(|row| row["status"]["value"] == "stale"), "{rows:#?}");
}
