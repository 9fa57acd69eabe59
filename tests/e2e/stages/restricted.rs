use proxbox_fakes::fleet::GuestKind;
use proxbox_model::report::Stage;
use proxbox_sync::Job;
use proxbox_tests::{Lab, Trial, of_stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_for_one_machine_touches_no_other_and_calls_none_gone() {
    let lab = Lab::with_plugin(2, 8).await;
    let (one, other, gone) = lab.change(|fleet| {
        let one = fleet.add_guest(GuestKind::Qemu, "one");
        let other = fleet.add_guest(GuestKind::Qemu, "other");
        fleet.take_snapshot(other, "golden").unwrap();
        (one, other, fleet.add_guest(GuestKind::Qemu, "gone"))
    });
    let mut trial = Trial::of(lab).await;
    let vms = trial.lab.netbox.list("virtualization/virtual-machines/?name=one").await;
    let id = vms[0]["id"].as_u64().unwrap();
    let only = |job: &mut Job| job.options.netbox_vm_ids = vec![id];
    let report = trial
        .step_with(
            "only one",
            only,
            |fleet| {
                fleet.set_memory(one, 3_333).unwrap();
                fleet.set_memory(other, 3_333).unwrap();
                fleet.change(other).unwrap().snapshots.clear();
                fleet.remove_guest(gone).unwrap();
            },
            &["virtual-machines one: memory"],
        )
        .await;
    let machines = of_stage(&report, Stage::VirtualMachines);
    trial.claims.that(machines.total() == 1, || format!("{machines:?}"));
    let told = report.problems.iter().any(|problem| problem.code == "sync-stale");
    trial.claims.that(!told, || format!("{:?}", report.problems));
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_none_of_ours_is_told() {
    let lab = Lab::with_plugin(1, 4).await;
    lab.sync().await;
    let mut job = lab.job();
    job.options.netbox_vm_ids = vec![4_711];
    let report = lab.run(job).await;
    assert_eq!(report.netbox_writes, 0);
    assert!(report.problems.iter().any(|problem| problem.message.contains("4711")), "{:?}", report.problems);
}
