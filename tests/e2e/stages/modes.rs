use proxbox_fakes::fleet::{Fleet, GuestKind};
use proxbox_fakes::netbox::Flavour;
use proxbox_model::options::SyncMode;
use proxbox_model::report::{ObjectReport, ObjectResult};
use proxbox_sync::Job;
use proxbox_tests::{Claims, Lab, Trial};

fn with(mut job: Job, mode: &str, to: SyncMode) -> Job {
    job.options.modes.insert(mode.to_owned(), to);
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_disabled_is_left_out_and_says_which_setting_did_it() {
    let mut claims = Claims::default();
    for (mode, types, path) in [
        ("sync_mode_storage", &["storage"][..], "plugins/proxbox/storage/"),
        ("sync_mode_vm_interface", &["vm-interface"], "virtualization/interfaces/"),
        ("sync_mode_mac", &["mac-address"], "dcim/mac-addresses/"),
        ("sync_mode_ip_address", &["primary-ip"], "plugins/proxbox/guest-vm-interface-addresses/"),
        ("sync_mode_vm", &["disk", "snapshot", "backup", "task"], "virtualization/virtual-disks/"),
    ] {
        let lab = Lab::with_plugin(2, 12).await;
        let job = with(lab.job(), mode, SyncMode::Disabled);
        let report = lab.run(job.clone()).await;
        let about = |object: &&ObjectReport| types.contains(&object.item_type.as_str());
        let objects: Vec<_> = report.objects().filter(about).collect();
        claims.that(!objects.is_empty(), || format!("{mode} is about nothing"));
        for object in objects {
            let says = matches!(&object.result, ObjectResult::Skipped { reason } if reason.contains("disabled") || reason.contains("left out"));
            claims.that(says, || format!("{mode}: {} {:?}", object.identity, object.result));
        }
        let made = lab.netbox.list(path).await.len();
        claims.that(made == 0, || format!("{mode}: {made} of {path}"));
        let wrong = report.counts.failed + report.counts.conflicts;
        claims.that(wrong == 0, || format!("{mode}: {:?}", report.counts));
        let again = lab.run(job).await;
        claims.that(again.netbox_writes == 0, || format!("{mode}: then {} writes", again.netbox_writes));
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_bootstrapped_is_made_and_then_left_to_the_operator() {
    let lab = Lab::of_flavour(Flavour::CurrentPlugin, 2, 8).await;
    let vmid = lab.change(|fleet| fleet.add_guest(GuestKind::Qemu, "subject"));
    let mut trial = Trial::of(lab).await;
    let only =
        |job: &mut Job| job.options.modes = [("sync_mode_vm".to_owned(), SyncMode::BootstrapOnly)].into();
    let change = |fleet: &mut Fleet| {
        fleet.rename(vmid, "renamed").unwrap();
        fleet.set_memory(vmid, 4_321).unwrap();
        fleet.resize_disk(vmid, "scsi0", "99G").unwrap();
    };
    trial.step_with("changed", only, change, &[]).await;
    let add = |fleet: &mut Fleet| drop(fleet.guests.insert(990, newcomer(fleet, vmid)));
    trial
        .step_with(
            "new",
            only,
            add,
            &[
                "virtual-machines newcomer: new",
                "sync-state/virtual-machines newcomer: new",
                "virtual-disks newcomer / scsi0: new",
                "sync-state/virtual-disks scsi0: new",
            ],
        )
        .await;
    let later = [
        "virtual-machines renamed: disk, memory, name",
        "sync-state/virtual-machines renamed: proxmox_vm_name",
        "virtual-disks renamed / scsi0: size",
    ];
    trial.step("in step again", |_| {}, &later).await;
    trial.settle();
}

/// A guest like another one, without interfaces.
fn newcomer(fleet: &Fleet, like: u32) -> proxbox_fakes::fleet::Guest {
    let mut guest = fleet.guests[&like].clone();
    guest.vmid = 990;
    guest.name = "newcomer".into();
    guest.nics.clear();
    guest.interfaces.clear();
    guest
}
