//! What is in the way is told, and nothing else suffers.

use proxbox_fakes::fleet::FleetSpec;
use proxbox_model::report::RunStatus;
use proxbox_tests::{Lab, LabBuilder};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn duplicate_names_in_one_cluster_get_numbers_and_keep_them() {
    let lab = Lab::with_cluster(1, 6).await;
    let vmids: Vec<u32> = lab.proxmox[0].fleet().read().unwrap().guests.keys().copied().take(3).collect();
    lab.change(|fleet| {
        for vmid in &vmids {
            fleet.rename(*vmid, "twin").unwrap();
        }
    });

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.objects);
    let mut names = BTreeSet::new();
    for vmid in &vmids {
        names.insert(lab.vm("lab", *vmid).await["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["twin", "twin (2)", "twin (3)"]);
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_all_arrive() {
    let spec = FleetSpec { odd_names: true, ..FleetSpec::new("odd", 2, 20, 5) };
    let lab = LabBuilder::default().fleet(spec).start().await;

    let report = lab.sync().await;
    assert_eq!(report.counts.failed + report.counts.conflicts, 0, "{:#?}", report.objects);
    let guests = lab.proxmox[0].fleet().read().unwrap().guests.len();
    assert_eq!(lab.netbox.list("virtualization/virtual-machines/").await.len(), guests);
    assert_eq!(lab.sync().await.netbox_writes, 0);
}
