//! What changes in Proxmox changes in a NetBox without the plugin, and nothing else does.

use proxbox_fakes::fleet::{Fleet, GuestKind};
use proxbox_tests::{Lab, Trial};

/// A cluster that is in step, with a virtual machine that is known in full.
async fn trial() -> (Trial, u32) {
    let lab = Lab::with_cluster(2, 12).await;
    let vmid = lab.change(|fleet| fleet.add_guest(GuestKind::Qemu, "subject"));
    (Trial::of(lab).await, vmid)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_in_proxmox_touches_exactly_its_object() {
    let (mut trial, vmid) = trial().await;
    let vm = |fields: &str| format!("virtual-machines subject: {fields}");
    trial.step("migrate", |fleet| fleet.migrate(vmid, "pve2").unwrap(), &[&vm(MOVED)]).await;
    trial.step("stop", |fleet| fleet.stop(vmid).unwrap(), &[&vm("status")]).await;
    trial.step("start", |fleet| fleet.start(vmid).unwrap(), &[&vm("status")]).await;
    trial.step("memory", |fleet| fleet.set_memory(vmid, 12_288).unwrap(), &[&vm("memory")]).await;
    trial.step("processors", |fleet| fleet.set_cpus(vmid, 6).unwrap(), &[&vm("vcpus")]).await;
    trial
        .step(
            "disk",
            |fleet| fleet.resize_disk(vmid, "scsi0", "777G").unwrap(),
            &["virtual-disks subject / scsi0: size", &vm("disk")],
        )
        .await;
    let rename = |fleet: &mut Fleet| fleet.rename(vmid, "renamed").unwrap();
    trial.step("rename", rename, &["virtual-machines renamed: name"]).await;
    trial.settle();
}

const MOVED: &str = "custom_fields.proxmox_node, description, device";

#[tokio::test(flavor = "multi_thread")]
async fn the_order_in_which_proxmox_lists_things_is_no_change() {
    let lab = Lab::with_plugin(3, 12).await;
    lab.change(|fleet| {
        let vmid = *fleet.guests.keys().next().unwrap();
        fleet.guest_mut(vmid).unwrap().tags = vec!["alpha".into(), "beta".into()];
        let storage = fleet.storages.iter_mut().find(|storage| storage.content.len() > 1).unwrap();
        storage.nodes = vec!["pve1".into(), "pve2".into()];
    });
    lab.sync().await;
    lab.change(|fleet| {
        fleet.storages.iter_mut().for_each(|storage| {
            storage.content.reverse();
            storage.nodes.reverse();
        });
        fleet.guests.values_mut().for_each(|guest| {
            guest.tags.reverse();
            guest.lock = Some("backup".into());
        });
        fleet.backups.reverse();
        fleet.nodes.iter_mut().for_each(|node| node.interfaces.reverse());
    });
    let report = lab.sync().await;
    assert_eq!(report.netbox_writes, 0, "{:#?}", report.objects);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_guest_is_made_and_a_gone_one_is_told_but_stays() {
    let (mut trial, vmid) = trial().await;
    let mut guest = trial.lab.fleet().guests[&vmid].clone();
    guest.vmid = 990;
    guest.name = "newcomer".into();
    guest.nics.clear();
    trial
        .step(
            "new",
            |fleet| drop(fleet.guests.insert(990, guest)),
            &["virtual-machines newcomer: new", "virtual-disks newcomer / scsi0: new"],
        )
        .await;
    let report = trial.step("gone", |fleet| drop(fleet.guests.remove(&vmid)), &[]).await;
    trial.tells(&report, "sync-stale", "subject");
    trial.settle();
}
