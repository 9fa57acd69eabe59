use super::{Cast, trial};
use proxbox_fakes::fleet::Disk;

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_grows_comes_and_is_told_when_it_goes() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    trial
        .step(
            "resize",
            |fleet| fleet.resize_disk(subject, "scsi0", "64G").unwrap(),
            &["virtual-disks subject / scsi0: size", "virtual-machines subject: disk"],
        )
        .await;
    trial
        .step(
            "add",
            |fleet| fleet.set_disk(subject, "scsi1", Disk::new("tank:vm-disk-1", "10G")).unwrap(),
            &[
                "virtual-disks subject / scsi1: new",
                "sync-state/virtual-disks scsi1: new",
                "virtual-machines subject: disk",
            ],
        )
        .await;
    trial
        .step(
            "move to another storage",
            |fleet| fleet.set_disk(subject, "scsi1", Disk::new("local-lvm:vm-disk-1", "10G")).unwrap(),
            &[
                "virtual-disks subject / scsi1: description",
                "sync-state/virtual-disks scsi1: proxbox_storage",
            ],
        )
        .await;
    let remove = |fleet: &mut proxbox_fakes::fleet::Fleet| drop(fleet.remove_disk(subject, "scsi1").unwrap());
    let report = trial.step("remove", remove, &[]).await;
    trial.tells(&report, "sync-stale", "scsi1");
    trial.settle();
}
