//! A sync that is asked for stage by stage, as the plugin's job does.

use super::ORDER_OF_THE_PLUGIN;
use proxbox_model::report::{RunStatus, Stage};
use proxbox_tests::Lab;

/// Requests to Proxmox of a job.
async fn job(lab: &Lab) -> u64 {
    let mut requests = 0;
    for stage in ORDER_OF_THE_PLUGIN {
        let report = lab.sync_stages(&[stage]).await;
        assert_eq!(report.status, RunStatus::Completed, "{stage:?}: {:#?}", report.problems);
        requests += report.proxmox_requests;
    }
    requests
}

/// Renames a guest in Proxmox and returns its vmid.
fn rename_a_guest(lab: &Lab) -> u32 {
    lab.change(|fleet| {
        let (vmid, guest) = fleet.guests.iter_mut().next().unwrap();
        guest.name = "renamed".to_owned();
        *vmid
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stages_of_a_job_ask_proxmox_once() {
    let lab = Lab::with_plugin(2, 20).await;
    let asked = job(&lab).await;
    let whole = lab.sync().await;
    let at_once = whole.proxmox_requests;
    assert!(asked * 10 <= at_once * 12, "{asked} requests stage by stage, {at_once} at once");
    assert_eq!(whole.netbox_writes, 0, "stage by stage nothing was left out: {:#?}", whole.objects);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_job_sees_what_changed_since() {
    let lab = Lab::with_plugin(2, 6).await;
    job(&lab).await;
    let vmid = rename_a_guest(&lab);
    job(&lab).await;
    assert_eq!(lab.vm("lab", vmid).await["name"], "renamed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_is_asked_for_again_sees_what_changed_since() {
    let lab = Lab::with_plugin(2, 6).await;
    lab.sync_stages(&[Stage::Devices]).await;
    lab.sync_stages(&[Stage::VirtualMachines]).await;
    let vmid = rename_a_guest(&lab);
    lab.sync_stages(&[Stage::VirtualMachines]).await;
    assert_eq!(lab.vm("lab", vmid).await["name"], "renamed");
}
