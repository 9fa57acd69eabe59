//! A fleet becomes an inventory, and stays it.

use proxbox_fakes::fleet::{Guest, GuestStatus};
use proxbox_model::report::{ObjectResult, RunStatus, Stage};
use proxbox_tests::{Lab, Snapshot, changed, of_stage};
use serde_json::{Value as Json, json};

/// MiB of the disks in a guest's configuration; a begun one counts.
fn disk_mib(guest: &Guest) -> u64 {
    let disks = guest.disks.iter().filter(|(key, disk)| {
        let media = disk.options.get("media").is_some_and(|media| media == "cdrom");
        !key.starts_with("unused") && !media && disk.storage().is_some()
    });
    disks.filter_map(|(_, disk)| disk.bytes()).map(|bytes| bytes.div_ceil(1 << 20)).sum()
}

fn assert_shows(vm: &Json, guest: &Guest, cluster: &str) {
    let who = format!("{} {}", guest.kind.as_str(), guest.vmid);
    let name = vm["name"].as_str().unwrap();
    assert!(name == guest.name || name.starts_with(&format!("{} (", guest.name)), "{who} is called {name}");
    let status = if guest.status == GuestStatus::Running { "active" } else { "offline" };
    assert_eq!(vm["status"]["value"], status, "{who}");
    assert_eq!(vm["cluster"]["name"], cluster, "{who}");
    assert_eq!(vm["device"]["name"], guest.node, "{who}");
    assert_eq!(vm["vcpus"], json!(f64::from(guest.cpus())), "{who}");
    assert_eq!(vm["memory"], json!(guest.memory), "{who}");
    assert_eq!(vm["disk"], json!(disk_mib(guest)), "{who}");
    assert_eq!(vm["description"], format!("Synced from Proxmox node {}", guest.node), "{who}");
    let vm_type = if guest.kind.as_str() == "qemu" { "qemu-virtual-machine" } else { "lxc-container" };
    assert_eq!(vm["virtual_machine_type"]["slug"], vm_type, "{who}");
    assert!(vm["tags"].as_array().unwrap().iter().any(|tag| tag["slug"] == "proxbox"), "{who}");
    let custom = &vm["custom_fields"];
    assert_eq!(custom["proxmox_vm_id"], json!(guest.vmid), "{who}");
    assert_eq!(custom["proxmox_vm_type"], guest.kind.as_str(), "{who}");
    assert_eq!(custom["proxmox_cluster"], cluster, "{who}");
    assert_eq!(custom["proxmox_node"], guest.node, "{who}");
    assert!(custom.get("proxmox_link").is_none(), "{who}: without the plugin, only the identity is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_of_a_hundred_guests_is_all_in_netbox_and_a_second_run_writes_nothing() {
    let lab = Lab::with_cluster(2, 100).await;

    let first = lab.sync().await;
    assert_eq!(first.status, RunStatus::Completed, "{:#?}", first.problems);
    assert_eq!(of_stage(&first, Stage::Devices).created, 3, "a cluster and two nodes");
    assert_eq!(of_stage(&first, Stage::VirtualMachines).created, 100);
    assert_eq!(first.counts.total(), first.objects.len() as u64);
    assert!(first.netbox_requests <= 150, "{} requests", first.netbox_requests);
    assert!(first.proxmox_requests <= 240, "{} requests", first.proxmox_requests);

    let fleet = lab.fleet();
    let vms = lab.netbox.list("virtualization/virtual-machines/").await;
    assert_eq!(vms.len(), 100);
    for guest in fleet.guests.values() {
        assert_shows(&lab.vm("lab", guest.vmid).await, guest, "lab");
    }
    let devices = lab.netbox.list("dcim/devices/").await;
    assert_eq!(devices.len(), 2);
    for device in &devices {
        assert_eq!(device["cluster"]["name"], "lab");
        assert_eq!(device["role"]["slug"], "proxmox-node");
        assert_eq!(device["site"]["name"], "Proxmox Default Site - lab");
        assert_eq!(device["custom_fields"]["proxmox_node"], device["name"]);
    }

    let before = Snapshot::take(&lab.netbox).await;
    let second = lab.sync().await;
    assert_eq!(second.status, RunStatus::Completed);
    assert_eq!(second.counts.unchanged + second.counts.skipped, second.counts.total(), "{:?}", second.counts);
    assert_eq!(second.netbox_writes, 0, "a second run must not write");
    assert!(second.netbox_requests <= 60, "{} requests", second.netbox_requests);
    assert!(changed(&before, &Snapshot::take(&lab.netbox).await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_everything_and_writes_nothing() {
    let lab = Lab::with_cluster(2, 10).await;
    let before = Snapshot::take(&lab.netbox).await;
    let mut job = lab.job();
    job.options.dry_run = true;

    let report = lab.run(job).await;
    assert!(report.dry_run);
    assert_eq!(of_stage(&report, Stage::Devices).created, 3);
    assert_eq!(of_stage(&report, Stage::VirtualMachines).created, 10);
    assert_eq!(report.netbox_writes, 0);
    assert!(report.objects().all(|object| object.netbox_id.is_none()));
    assert!(changed(&before, &Snapshot::take(&lab.netbox).await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_node_is_told_and_fails_nobody_else() {
    let lab = Lab::with_cluster(3, 30).await;
    assert_eq!(lab.sync().await.status, RunStatus::Completed);
    lab.change(|fleet| fleet.set_node_online("pve2", false).unwrap());
    let before = Snapshot::take(&lab.netbox).await;

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial);
    let fleet = lab.fleet();
    let away = fleet.guests.values().filter(|guest| guest.node == "pve2").count() as u64;
    assert!(away > 0);
    assert_eq!(of_stage(&report, Stage::VirtualMachines).failed, away, "{:?}", report.counts);
    for object in &report.objects {
        if let ObjectResult::Failed { problem } = &object.result {
            assert!(problem.message.contains("pve2"), "{}", problem.message);
        }
    }
    let touched = changed(&before, &Snapshot::take(&lab.netbox).await);
    assert!(touched.keys().all(|key| key.starts_with("dcim/devices/")), "only the device: {touched:?}");
    assert_eq!(touched.len(), 1, "{touched:?}");
}
