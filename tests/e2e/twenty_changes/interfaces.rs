use super::{Cast, trial};
use proxbox_fakes::fleet::{Fleet, Nic};

fn nic(fleet: &mut Fleet, vmid: u32) -> &mut Nic {
    fleet.change(vmid).unwrap().nics.get_mut(&0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_comes_with_its_address_and_bridge_and_is_told_when_it_goes() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    let second = Nic {
        model: "virtio".into(),
        mac: "BC:24:11:99:00:01".into(),
        bridge: Some("vmbr1".into()),
        ..Nic::default()
    };
    trial
        .step(
            "add",
            |fleet| fleet.set_nic(subject, 1, second).unwrap(),
            &[
                "interfaces subject / net1: new",
                "mac-addresses BC:24:11:99:00:01: new",
                "sync-state/vm-interfaces net1: new",
            ],
        )
        .await;
    let report = trial.step("remove", |fleet| drop(fleet.remove_nic(subject, 1).unwrap()), &[]).await;
    trial.tells(&report, "sync-stale", "net1");
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_changes_its_vlan_its_link_and_its_mtu() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    trial
        .step(
            "another tag",
            |fleet| nic(fleet, subject).tag = Some(777),
            &["vlans VLAN 777: new", "interfaces subject / net0: untagged_vlan"],
        )
        .await;
    trial
        .step(
            "no tag",
            |fleet| nic(fleet, subject).tag = None,
            &["interfaces subject / net0: mode, untagged_vlan"],
        )
        .await;
    trial
        .step(
            "trunks",
            |fleet| nic(fleet, subject).trunks = Some("20;777-778".into()),
            &["vlans VLAN 778: new", "interfaces subject / net0: mode, tagged_vlans"],
        )
        .await;
    trial
        .step(
            "link down",
            |fleet| nic(fleet, subject).link_down = true,
            &["interfaces subject / net0: enabled"],
        )
        .await;
    trial
        .step(
            "mtu",
            |fleet| drop(nic(fleet, subject).options.insert("mtu".into(), "9000".into())),
            &["interfaces subject / net0: mtu"],
        )
        .await;
    trial
        .step(
            "another bridge",
            |fleet| nic(fleet, subject).bridge = Some("vmbr1".into()),
            &["interfaces subject / net0: description", "sync-state/vm-interfaces net0: proxbox_bridge"],
        )
        .await;
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mac_address_is_the_primary_one_and_the_old_one_is_told() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    let old = trial.lab.fleet().guests[&subject].nics[&0].mac.clone();
    let change = |fleet: &mut Fleet| {
        nic(fleet, subject).mac = "BC:24:11:99:00:02".into();
        let inside = &mut fleet.change(subject).unwrap().interfaces[0];
        inside.mac = Some("bc:24:11:99:00:02".into());
    };
    let effects = [
        "mac-addresses BC:24:11:99:00:02: new",
        "interfaces subject / net0: primary_mac_address",
        "guest-vm-interfaces subject / ens18: mac_address",
    ];
    let report = trial.step("another MAC address", change, &effects).await;
    trial.tells(&report, "sync-stale", &old);
    trial.settle();
}
