//! What goes wrong around the host is told with the endpoint and what to try; nothing half-done is reported as done.

use proxbox_fakes::fleet::FleetSpec;
use proxbox_fakes::netbox::Fault as NetboxFault;
use proxbox_fakes::proxmox::Fault as ProxmoxFault;
use proxbox_model::endpoint::{ProxmoxAuth, TlsPolicy};
use proxbox_model::report::{ObjectReport, ObjectResult, RunReport, RunStatus, Stage};
use proxbox_sync::Job;
use proxbox_tests::{Lab, LabBuilder, of_stage};
use secrecy::SecretString;
use serde_json::json;

const SEEDED: &str = "seeded-secret-3f9c1b";

async fn lab() -> Lab {
    LabBuilder::default().fleet(FleetSpec::new("lab", 2, 8, 2)).impatient().start().await
}

fn told(report: &RunReport) -> String {
    report
        .problems
        .iter()
        .map(|problem| {
            let hint = problem.hint.as_deref().unwrap_or("NO HINT");
            format!("[{}] {} because {:?} hint {hint}\n", problem.code, problem.message, problem.causes)
        })
        .collect()
}

/// Runs a job that cannot do anything, and returns what it tells.
async fn failed(lab: &Lab, job: Job) -> String {
    let report = lab.run(job).await;
    assert_eq!(report.status, RunStatus::Failed, "{report:#?}");
    assert_eq!(report.counts.total(), 0);
    assert_eq!(report.netbox_writes, 0);
    let told = told(&report);
    assert!(!told.contains("NO HINT"), "{told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_proxmox_token_is_told_with_the_endpoint_and_what_to_try() {
    let lab = lab().await;
    let mut job = lab.job();
    job.proxmox[0].auth = ProxmoxAuth::Token { name: "sync".into(), value: SecretString::from(SEEDED) };
    let told = failed(&lab, job).await;
    assert!(told.contains("pve-1") && told.contains("token"), "{told}");
    assert!(!told.contains(SEEDED));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_ca_is_told_and_the_certificate_is_not_accepted() {
    let lab = lab().await;
    let mut job = lab.job();
    job.proxmox[0].tls = TlsPolicy::Verify;
    let told = failed(&lab, job).await;
    assert!(told.contains("pve-1") && told.contains("certificate"), "{told}");
    assert!(lab.proxmox[0].requests().is_empty(), "nothing was sent over an unverified connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_proxmox_is_told_and_the_other_one_is_synced() {
    let mut lab = lab().await;
    let mut job = lab.job();
    let mut gone = job.proxmox[0].clone();
    gone.name = "pve-gone".into();
    gone.port = 1;
    job.proxmox.push(gone);

    let report = lab.run(job).await;
    assert_eq!(report.status, RunStatus::Partial);
    assert_eq!(of_stage(&report, Stage::Devices).created, 1 + 2);
    assert_eq!(of_stage(&report, Stage::VirtualMachines).created, 8);
    assert!(told(&report).contains("pve-gone"), "{}", told(&report));
    lab.proxmox.clear();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_netbox_token_is_told_before_anything_is_read_from_proxmox() {
    let lab = lab().await;
    let mut job = lab.job();
    job.netbox.token = proxbox_model::endpoint::NetboxToken::V1(SecretString::from(SEEDED));
    let told = failed(&lab, job).await;
    assert!(told.contains("netbox") && told.contains("token"), "{told}");
    assert!(!told.contains(SEEDED));
    assert!(lab.proxmox[0].requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_netbox_that_answers_with_errors_pages_or_half_bodies_is_told() {
    for fault in [
        NetboxFault::Status(500, json!({"error": "boom", "exception": "ProgrammingError"})),
        NetboxFault::Html(200),
        NetboxFault::Html(502),
        NetboxFault::Truncated,
        NetboxFault::Reset,
        NetboxFault::Garbage,
    ] {
        let lab = lab().await;
        lab.netbox.fake().fault("GET /api/*", fault.clone());
        let told = failed(&lab, lab.job()).await;
        assert!(told.contains("netbox"), "{fault:?}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_netbox_that_fails_while_writing_leaves_nothing_reported_as_done_that_is_not() {
    let lab = lab().await;
    let path = "POST /api/virtualization/virtual-machines/";
    lab.netbox.fake().fault(path, NetboxFault::Status(500, json!({"error": "disk full"})));

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial);
    let machines = of_stage(&report, Stage::VirtualMachines);
    assert_eq!((machines.failed, machines.created), (8, 0), "{:?}", report.counts);
    for stage in [Stage::VirtualDisks, Stage::VmInterfaces, Stage::IpAddresses] {
        assert_eq!(
            of_stage(&report, stage).created,
            of_vlans(&report, stage),
            "{stage:?}: nothing without its machine"
        );
    }
    assert!(lab.netbox.list("virtualization/virtual-machines/").await.is_empty());

    lab.netbox.fake().clear_faults();
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed);
    assert_eq!(of_stage(&report, Stage::VirtualMachines).created, 8);
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

/// VLANs that were made belong to no machine.
fn of_vlans(report: &RunReport, stage: Stage) -> u64 {
    let made = |object: &&ObjectReport| object.stage == stage && object.result == ObjectResult::Created;
    report.objects().filter(made).filter(|object| object.item_type == "vlan").count() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_write_makes_nothing_twice() {
    let lab = lab().await;
    let path = "POST /api/virtualization/virtual-machines/";
    lab.netbox.fake().fault_times(path, NetboxFault::Lost, 1);

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.objects);
    assert_eq!(lab.netbox.list("virtualization/virtual-machines/").await.len(), 8);
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_guest_is_told_and_the_others_are_synced() {
    let lab = lab().await;
    let vmid = *lab.proxmox[0].fleet().read().unwrap().guests.keys().next().unwrap();
    lab.proxmox[0].fault(&format!("*/{vmid}/config"), ProxmoxFault::Status(500, "got no worker upid".into()));

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial);
    let machines = of_stage(&report, Stage::VirtualMachines);
    assert_eq!((machines.failed, machines.created), (1, 7));
    assert_eq!(report.counts.failed, 1, "{:?}", report.counts);
}
