//! What changes in Proxmox changes in NetBox, and nothing else does.

use proxbox_model::report::RunStatus;
use proxbox_tests::{Lab, Snapshot, changed};
use std::collections::BTreeMap;

/// Runs twice around a change, and says what differs in NetBox and how many objects the run says it touched.
async fn effect(lab: &Lab) -> (BTreeMap<String, Vec<String>>, u64) {
    let before = Snapshot::take(&lab.netbox).await;
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    let touched = report.counts.created + report.counts.updated;
    let again = lab.sync().await;
    assert_eq!(again.netbox_writes, 0, "the change is in, so nothing is left to write");
    (changed(&before, &Snapshot::take(&lab.netbox).await), touched)
}

fn only(path: &str, id: &serde_json::Value, fields: &[&str]) -> BTreeMap<String, Vec<String>> {
    BTreeMap::from([(format!("{path}{id}"), fields.iter().map(|field| (*field).to_owned()).collect())])
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_in_proxmox_touches_exactly_its_object() {
    let lab = Lab::with_cluster(2, 20).await;
    assert_eq!(lab.sync().await.status, RunStatus::Completed);
    let fleet = lab.proxmox[0].fleet().read().unwrap().clone();
    let vms = "virtualization/virtual-machines/";
    let running: Vec<u32> =
        fleet.guests.values().filter(|guest| guest.is_running()).map(|guest| guest.vmid).collect();
    let vmid = running[0];
    let id = lab.vm("lab", vmid).await["id"].clone();

    lab.change(|fleet| fleet.rename(vmid, "renamed-guest").unwrap());
    assert_eq!(effect(&lab).await, (only(vms, &id, &["name"]), 1), "rename");

    let there = fleet.guests[&vmid].node.clone();
    let other = if there == "pve1" { "pve2" } else { "pve1" };
    lab.change(|fleet| fleet.migrate(vmid, other).unwrap());
    let moved = ["custom_fields.proxmox_node", "description", "device"];
    assert_eq!(effect(&lab).await, (only(vms, &id, &moved), 1), "migrate");
    assert_eq!(lab.vm("lab", vmid).await["device"]["name"], other);

    lab.change(|fleet| fleet.stop(vmid).unwrap());
    assert_eq!(effect(&lab).await, (only(vms, &id, &["status"]), 1), "stop");
    lab.change(|fleet| fleet.start(vmid).unwrap());
    assert_eq!(effect(&lab).await, (only(vms, &id, &["status"]), 1), "start again");

    lab.change(|fleet| fleet.set_memory(vmid, 12_288).unwrap());
    assert_eq!(effect(&lab).await, (only(vms, &id, &["memory"]), 1), "more memory");

    let cpus = fleet.guests[&vmid].cpus() + 3;
    lab.change(|fleet| fleet.set_cpus(vmid, cpus).unwrap());
    assert_eq!(effect(&lab).await, (only(vms, &id, &["vcpus"]), 1), "more processors");

    let (disk, _) = fleet.guests[&vmid].disks.iter().find(|(key, disk)| disk.is_data(key)).unwrap();
    lab.change(|fleet| fleet.resize_disk(vmid, disk, "777G").unwrap());
    assert_eq!(effect(&lab).await, (only(vms, &id, &["disk"]), 1), "resized disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_guest_is_made_and_a_gone_one_is_told_but_stays() {
    let lab = Lab::with_cluster(2, 10).await;
    assert_eq!(lab.sync().await.status, RunStatus::Completed);
    let mut guest = lab.proxmox[0].fleet().read().unwrap().guests.values().next().unwrap().clone();
    let gone = guest.vmid;
    guest.vmid = 990;
    guest.name = "newcomer".into();
    lab.change(|fleet| fleet.guests.insert(guest.vmid, guest));

    let (touched, count) = effect(&lab).await;
    assert_eq!(count, 1);
    assert_eq!(touched.values().collect::<Vec<_>>(), [&vec!["new".to_owned()]]);
    assert_eq!(lab.vm("lab", 990).await["name"], "newcomer");

    lab.change(|fleet| fleet.guests.remove(&gone));
    let before = Snapshot::take(&lab.netbox).await;
    let report = lab.sync().await;
    assert_eq!(report.netbox_writes, 0);
    assert!(report.problems.iter().any(|problem| problem.code == "sync-stale"), "{:?}", report.problems);
    assert!(changed(&before, &Snapshot::take(&lab.netbox).await).is_empty());
}
