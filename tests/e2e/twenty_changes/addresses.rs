use super::{Cast, trial};
use proxbox_fakes::fleet::Fleet;

fn set(fleet: &mut Fleet, vmid: u32, addresses: &[&str]) {
    let addresses = addresses.iter().map(|address| (address.parse().unwrap(), 24)).collect();
    fleet.set_addresses(vmid, 0, addresses).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_added_and_told_when_it_is_gone() {
    let (mut trial, Cast { subject, .. }) = trial().await;
    trial
        .step(
            "added",
            |fleet| set(fleet, subject, &["10.99.0.5", "10.99.0.6", "10.99.0.7"]),
            &["ip-addresses 10.99.0.7/24: new", "guest-vm-interface-addresses ens18 / 10.99.0.7/24: new"],
        )
        .await;
    let report = trial.step("gone", |fleet| set(fleet, subject, &["10.99.0.5", "10.99.0.6"]), &[]).await;
    trial.tells(&report, "sync-stale", "10.99.0.7");
    let report = trial
        .step(
            "the primary one gone",
            |fleet| set(fleet, subject, &["10.99.0.6"]),
            &["virtual-machines subject: primary_ip4"],
        )
        .await;
    trial.tells(&report, "sync-stale", "10.99.0.5");
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_moves_to_another_guest() {
    let (mut trial, Cast { subject, neighbour }) = trial().await;
    trial
        .step(
            "moved",
            |fleet| {
                set(fleet, subject, &["10.99.0.5"]);
                set(fleet, neighbour, &["10.99.0.9", "10.99.0.6"]);
            },
            &[
                "ip-addresses 10.99.0.6/24: assigned_object_id",
                "guest-vm-interface-addresses ens18 / 10.99.0.6/24: new",
            ],
        )
        .await;
    trial
        .step(
            "the primary one moved",
            |fleet| {
                set(fleet, subject, &["10.99.0.8"]);
                set(fleet, neighbour, &["10.99.0.5", "10.99.0.9", "10.99.0.6"]);
            },
            &[
                "ip-addresses 10.99.0.5/24: assigned_object_id",
                "ip-addresses 10.99.0.8/24: new",
                "guest-vm-interface-addresses ens18 / 10.99.0.5/24: new",
                "guest-vm-interface-addresses ens18 / 10.99.0.8/24: new",
                // The neighbour's own stays the primary one, although another comes first now.
                "virtual-machines subject: primary_ip4",
            ],
        )
        .await;
    trial.settle();
}
