use super::{Cast, trial};
use proxbox_fakes::fleet::{Fleet, GuestKind, NodeInterface};
use proxbox_model::report::RunStatus;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_guest_comes_with_all_that_is_its_own_and_stays_when_it_is_gone() {
    let (mut trial, _) = trial().await;
    let mut vmid = 0;
    let mut mac = String::new();
    trial.lab.change(|fleet| {
        let next = fleet.next_vmid();
        let made = fleet.add_guest(GuestKind::Qemu, "probe");
        assert_eq!(made, next);
        (vmid, mac) = (made, fleet.guests[&made].nics[&0].mac.clone());
        fleet.guests.remove(&made);
        fleet.tasks.pop();
    });
    trial
        .step(
            "new",
            |fleet| assert_eq!(fleet.add_guest(GuestKind::Qemu, "newcomer"), vmid),
            &[
                "virtual-machines newcomer: new",
                "sync-state/virtual-machines newcomer: new",
                "virtual-disks newcomer / scsi0: new",
                "sync-state/virtual-disks scsi0: new",
                "interfaces newcomer / net0: new",
                &format!("mac-addresses {mac}: new"),
                "sync-state/vm-interfaces net0: new",
                "guest-vm-interfaces newcomer / ens18: new",
                "task-history newcomer / qmcreate: new",
            ],
        )
        .await;
    let report = trial.step("gone", |fleet| drop(fleet.remove_guest(vmid).unwrap()), &[]).await;
    trial.tells(&report, "sync-stale", "newcomer");
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_changes_its_content() {
    let (mut trial, _) = trial().await;
    trial
        .step(
            "content",
            |fleet| {
                let storage = fleet.storages.iter_mut().find(|storage| storage.name == "nas-nfs").unwrap();
                storage.content.push("snippets".into());
            },
            &["storage lab / nas-nfs: content, raw_config"],
        )
        .await;
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_gets_an_interface_and_goes_offline_alone() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    assert_eq!(trial.lab.fleet().guests[&subject].node, "pve1");
    let add = |fleet: &mut Fleet| {
        let card = NodeInterface {
            name: "eno5".into(),
            kind: "eth".into(),
            active: true,
            ..NodeInterface::default()
        };
        fleet.change_node("pve2").unwrap().interfaces.push(card);
    };
    trial.step("interface", add, &["interfaces pve2 / eno5: new"]).await;
    let offline = |fleet: &mut Fleet| fleet.set_node_online("pve2", false).unwrap();
    let report = trial.step("offline", offline, &["devices pve2: status"]).await;
    trial.claims.that(report.status == RunStatus::Partial, || format!("{:?}", report.status));
    trial.settle();
}
