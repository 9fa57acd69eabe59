//! Two clusters that look alike stay apart.

use proxbox_fakes::fleet::FleetSpec;
use proxbox_model::report::{ObjectReport, ObjectResult, RunStatus, Stage};
use proxbox_tests::{LabBuilder, Snapshot, changed, of_stage};
use std::collections::BTreeSet;

fn is_wrong(object: &ObjectReport) -> bool {
    matches!(object.result, ObjectResult::Failed { .. } | ObjectResult::Conflict { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clusters_with_the_same_vmids_guests_and_nodes_are_neither_merged_nor_stolen() {
    let builder = LabBuilder::default()
        .fleet(FleetSpec::new("north", 2, 15, 3))
        .fleet(FleetSpec::new("south", 2, 15, 3));
    let Some(lab) = builder.start().await else { return };

    let first = lab.sync().await;
    let told: Vec<_> = first.objects.iter().filter(|object| is_wrong(object)).collect();
    assert!(told.is_empty(), "{told:#?}");
    assert_eq!(first.status, RunStatus::Completed, "{:#?}", first.problems);
    assert_eq!(of_stage(&first, Stage::Devices).created, 2 * (1 + 2));
    assert_eq!(of_stage(&first, Stage::VirtualMachines).created, 2 * 15);
    let vms = lab.netbox.list("virtualization/virtual-machines/").await;
    let who = |cluster: &str| -> BTreeSet<String> {
        vms.iter()
            .filter(|vm| vm["cluster"]["name"] == cluster)
            .map(|vm| format!("{} {}", vm["custom_fields"]["proxmox_vm_id"], vm["name"]))
            .collect()
    };
    assert_eq!(who("north").len(), 15);
    assert_eq!(who("north"), who("south"), "same vmids and names on both sides");
    for vm in &vms {
        assert_eq!(vm["custom_fields"]["proxmox_cluster"], vm["cluster"]["name"]);
        assert_eq!(vm["device"]["name"], vm["custom_fields"]["proxmox_node"]);
    }
    assert_eq!(lab.netbox.list("dcim/devices/").await.len(), 4);
    assert_eq!(lab.sync().await.netbox_writes, 0);

    let before = Snapshot::take(&lab.netbox).await;
    let vmid = *lab.proxmox[0].fleet().read().unwrap().guests.keys().next().unwrap();
    lab.change(|fleet| fleet.rename(vmid, "only-in-the-north").unwrap());
    let report = lab.sync().await;
    assert_eq!(report.counts.updated, 1);
    assert_eq!(changed(&before, &Snapshot::take(&lab.netbox).await).len(), 1);
    assert_eq!(lab.vm("north", vmid).await["name"], "only-in-the-north");
    assert_ne!(lab.vm("south", vmid).await["name"], "only-in-the-north");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_different_clusters_of_one_name_are_told_and_the_first_is_kept() {
    let builder =
        LabBuilder::default().fleet(FleetSpec::new("prod", 2, 8, 1)).fleet(FleetSpec::new("prod", 2, 9, 2));
    let Some(lab) = builder.start().await else { return };

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial);
    assert!(report.problems.iter().any(|problem| problem.code == "sync-cluster-name-taken"));
    assert_eq!(of_stage(&report, Stage::Devices).created, 1 + 2);
    assert_eq!(of_stage(&report, Stage::VirtualMachines).created, 8);
}
