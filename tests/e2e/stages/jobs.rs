//! A sync that is asked for stage by stage, as the plugin's job does.

use super::ORDER_OF_THE_PLUGIN;
use proxbox_fakes::fleet::FleetSpec;
use proxbox_fakes::netbox::Flavour;
use proxbox_model::report::{RunReport, RunStatus, Stage};
use proxbox_tests::{Lab, LabBuilder};
use serde_json::json;

/// What a job, or a run, asked of Proxmox and NetBox.
#[derive(Debug, Default)]
struct Asked {
    proxmox: u64,
    netbox: u64,
    writes: u64,
}

impl Asked {
    fn add(&mut self, report: &RunReport) {
        assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
        self.proxmox += report.proxmox_requests;
        self.netbox += report.netbox_requests;
        self.writes += report.netbox_writes;
    }
}

async fn job(lab: &Lab) -> Asked {
    let mut asked = Asked::default();
    for stage in ORDER_OF_THE_PLUGIN {
        asked.add(&*lab.sync_stages(&[stage]).await);
    }
    asked
}

async fn at_once(lab: &Lab) -> Asked {
    let mut asked = Asked::default();
    asked.add(&*lab.sync().await);
    asked
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
    assert!(asked.proxmox * 10 <= at_once * 12, "{asked:?} stage by stage, {at_once} at once");
    assert_eq!(whole.netbox_writes, 0, "stage by stage nothing was left out: {:#?}", whole.objects);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stages_of_a_job_that_finds_nothing_new_ask_netbox_once() {
    let lab = Lab::with_plugin(2, 20).await;
    job(&lab).await;
    let (stage_by_stage, at_once) = (job(&lab).await, at_once(&lab).await);
    assert_eq!(stage_by_stage.writes, 0);
    assert!(stage_by_stage.netbox <= at_once.netbox, "{stage_by_stage:?}, {at_once:?} at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_cluster_writes_between_two_stages_is_seen() {
    let spec = |name, seed| FleetSpec::new(name, 2, 6, seed);
    let lab = LabBuilder::default()
        .fleet(spec("one", 1))
        .fleet(spec("two", 2))
        .flavour(Flavour::CurrentPlugin)
        .start()
        .await;
    let of = |cluster: usize, stages: &[Stage]| {
        let mut job = lab.job();
        job.proxmox = vec![lab.endpoint(cluster)];
        job.options.stages = stages.to_vec();
        lab.run(job)
    };
    for stage in ORDER_OF_THE_PLUGIN {
        for report in [of(0, &[stage]).await, of(1, &[stage]).await] {
            // Both clusters use some of the same addresses, which is told.
            assert!(
                report.cause().is_none_or(|cause| cause.code == "address-taken"),
                "{:#?}",
                report.cause()
            );
        }
    }
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_edited_in_netbox_is_seen_by_the_next_job() {
    let lab = Lab::with_plugin(2, 6).await;
    job(&lab).await;
    let vmid = *lab.fleet().guests.keys().next().unwrap();
    let vm = lab.vm("lab", vmid).await;
    let id = vm["id"].as_u64().unwrap();
    lab.netbox.change("virtualization/virtual-machines/", id, json!({"memory": 7})).await;
    job(&lab).await;
    assert_eq!(lab.vm("lab", vmid).await["memory"], vm["memory"]);
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
