use super::{Cast, trial};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_is_renamed_or_moved_stays_the_same_object() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    trial
        .step(
            "rename",
            |fleet| fleet.rename(subject, "renamed").unwrap(),
            &["virtual-machines renamed: name", "sync-state/virtual-machines renamed: proxmox_vm_name"],
        )
        .await;
    trial
        .step(
            "migrate",
            |fleet| fleet.migrate(subject, "pve2").unwrap(),
            &[
                "virtual-machines renamed: description, device",
                "sync-state/virtual-machines renamed: proxmox_node, proxmox_node_name",
                "sync-state/vm-interfaces net0: proxbox_bridge",
                "snapshots renamed / golden: node",
                "task-history renamed / qmigrate: new",
            ],
        )
        .await;
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_stops_and_starts_changes_its_status_and_keeps_its_addresses() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    trial
        .step(
            "stop",
            |fleet| fleet.stop(subject).unwrap(),
            &[
                "virtual-machines subject: status",
                "sync-state/virtual-machines subject: proxmox_status",
                "task-history subject / qmstop: new",
            ],
        )
        .await;
    trial
        .step(
            "start",
            |fleet| fleet.start(subject).unwrap(),
            &[
                "virtual-machines subject: status",
                "sync-state/virtual-machines subject: proxmox_status",
                "task-history subject / qmstart: new",
            ],
        )
        .await;
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_setting_of_a_guest_is_a_field_of_its_own() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    trial
        .step(
            "memory",
            |fleet| fleet.set_memory(subject, 12_288).unwrap(),
            &["virtual-machines subject: memory"],
        )
        .await;
    trial
        .step("cpus", |fleet| fleet.set_cpus(subject, 6).unwrap(), &["virtual-machines subject: vcpus"])
        .await;
    trial
        .step(
            "notes",
            |fleet| fleet.change(subject).unwrap().notes = "ask Ada first\n".into(),
            &["sync-state/virtual-machines subject: proxmox_notes"],
        )
        .await;
    trial
        .step(
            "start at boot",
            |fleet| fleet.change(subject).unwrap().onboot = false,
            &[
                "virtual-machines subject: start_on_boot",
                "sync-state/virtual-machines subject: proxmox_start_at_boot",
            ],
        )
        .await;
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_comes_and_goes_with_the_one_in_proxmox() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    trial
        .step(
            "tag added",
            |fleet| fleet.set_tags(subject, &["alpha", "zulu"]).unwrap(),
            &[
                "tags zulu: new",
                "virtual-machines subject: tags",
                "sync-state/virtual-machines subject: proxmox_tags",
            ],
        )
        .await;
    trial
        .step(
            "tag removed",
            |fleet| fleet.set_tags(subject, &["zulu"]).unwrap(),
            &["virtual-machines subject: tags", "sync-state/virtual-machines subject: proxmox_tags"],
        )
        .await;
    trial.settle();
}
