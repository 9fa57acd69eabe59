//! NetBoxes that are not where, how empty or how willing one expects.

use proxbox_fakes::netbox::{Action, FakeNetbox, Fault, Grant, Login, Options};
use proxbox_model::endpoint::NetboxToken;
use proxbox_model::kind::{KINDS, Provider};
use proxbox_model::report::{ObjectResult, RunReport, RunStatus, Stage};
use proxbox_tests::{Lab, LabBuilder, LabNetbox, of_stage};
use serde_json::json;

const CLUSTER: &str = "virtualization.cluster";

async fn lab_with(options: Options) -> Lab {
    let mut lab = Lab::with_cluster(1, 6).await;
    lab.netbox = LabNetbox::Fake(FakeNetbox::start(options).await.unwrap());
    lab
}

/// The problems of a code that a run tells.
fn told<'a>(report: &'a RunReport, code: &str) -> Vec<&'a str> {
    let problems = report.problems.iter().filter(|problem| problem.code == code);
    problems.map(|problem| problem.message.as_str()).collect()
}

fn failed(report: &RunReport) -> Vec<&str> {
    let failed = report.objects().filter(|object| {
        matches!(object.result, ObjectResult::Failed { .. } | ObjectResult::Conflict { .. })
    });
    failed.map(|object| object.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_netbox_below_a_path_with_small_pages_is_filled_and_linked_there() {
    let options = Options { base_path: "/netbox".into(), max_page_size: 4, ..Options::default() };
    let lab = lab_with(options).await;
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    let base = format!("{}/", lab.netbox.url());
    assert!(base.ends_with("/netbox/"));
    let links: Vec<_> = report.objects().filter_map(|object| object.netbox_url.as_deref()).collect();
    assert!(links.len() > 6 && links.iter().all(|link| link.starts_with(&base)), "{links:?}");
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn others_who_add_addresses_all_the_time_keep_no_run_from_its_end() {
    let lab = lab_with(Options { max_page_size: 5, ..Options::default() }).await;
    for n in 1..=30 {
        let address = json!({"address": format!("172.20.0.{n}/24")});
        lab.netbox.create("ipam/ip-addresses/", address).await;
    }
    for n in 1..=60 {
        let address = json!({"address": format!("10.250.{n}.1/24")});
        let others = vec![("POST", "ipam/ip-addresses".to_owned(), address)];
        lab.netbox.fake().fault_times("GET /api/ipam/ip-addresses/", Fault::Meanwhile(others), 1);
    }
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_limited_to_devices_costs_only_the_tag_and_is_told_once() {
    let lab = Lab::with_cluster(1, 6).await;
    let tag = json!({"name": "prod", "slug": "prod", "color": "ff0000", "object_types": ["dcim.device"]});
    lab.netbox.create("extras/tags/", tag).await;
    let vmids: Vec<u32> = lab.fleet().guests.keys().copied().collect();
    lab.change(|fleet| {
        for guest in fleet.guests.values_mut() {
            guest.tags = vec!["prod".into(), "test".into()];
        }
    });

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial);
    assert_eq!(failed(&report), Vec::<&str>::new());
    assert_eq!(of_stage(&report, Stage::VirtualMachines).created, vmids.len() as u64);
    let [message] = told(&report, "tag-not-for-kind")[..] else { panic!("{:#?}", report.problems) };
    assert!(message.starts_with("6 virtual machines (") && message.contains("the tag prod"), "{message}");
    for vmid in vmids {
        let vm = lab.vm("lab", vmid).await;
        let tags = vm["tags"].as_array().unwrap();
        let mut slugs: Vec<&str> = tags.iter().map(|tag| tag["slug"].as_str().unwrap()).collect();
        slugs.sort_unstable();
        assert_eq!(slugs, ["proxbox", "test"]);
    }
    let machines = report.objects().filter(|object| object.stage == Stage::VirtualMachines);
    assert!(machines.into_iter().all(|machine| machine.without.len() == 1), "each machine says so itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cause_of_a_failed_run_is_its_failure_though_a_warning_came_first() {
    let lab = LabBuilder::default()
        .fleet(proxbox_fakes::fleet::FleetSpec::new("lab", 1, 2, 7))
        .impatient()
        .start()
        .await;
    let boom = Fault::Status(500, json!({"error": "boom", "exception": "ProgrammingError"}));
    lab.netbox.fake().fault("GET /api/virtualization/clusters/", boom);
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(report.problems[0].code, "sync-stages-left-out", "{:#?}", report.problems);
    assert_eq!(report.cause().unwrap().code, "netbox-server-error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_see_all_clusters_stops_the_run_before_anything_is_made_again() {
    let lab = Lab::with_cluster(2, 8).await;
    lab.sync().await;
    let before = lab.look().await;
    let models: Vec<&str> = KINDS
        .iter()
        .filter(|kind| kind.provider == Provider::Core && kind.pass_of.is_none() && kind.name != CLUSTER)
        .map(|kind| kind.name)
        .collect();
    let some = Grant::new(&[Action::View], &[CLUSTER]).only(json!({"name": "another"}));
    let grants = vec![Grant::new(Action::ALL, &models), some, Grant::new(&[Action::Add], &[CLUSTER])];
    let login = Login { token: "limited".to_owned(), grants, ..Login::default() };
    lab.netbox.fake().admit(login).unwrap();
    let mut job = lab.job();
    job.netbox.token = NetboxToken::V1("limited".to_owned().into());
    let report = lab.run(job).await;
    assert_eq!(report.status, RunStatus::Failed, "{:#?}", report.problems);
    assert_eq!(report.failure.as_ref().unwrap().code, "sync-netbox-hides");
    assert_eq!(proxbox_tests::told(&before, &lab.look().await), Vec::<String>::new());
}
