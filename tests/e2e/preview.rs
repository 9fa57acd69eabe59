//! What a dry run shows of site modules, and when a run takes them: staged, enabled, replaced, broken.

use futures::StreamExt;
use proxbox_fakes::fleet::FleetSpec;
use proxbox_fakes::proxmox::Fault;
use proxbox_model::event::Event;
use proxbox_model::report::{Difference, ModuleUsage, ObjectReport, ObjectResult, RunReport, RunStatus};
use proxbox_model::{Identity, Problem};
use proxbox_tests::{Lab, LabBuilder};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/modules/artifacts/");
const GUESTS: u64 = 12;
const ROLES: &str =
    "[[module]]\nfile = \"pool-roles.wasm\"\nsettings = { roles = { web = \"Web server\" } }\n";

/// A folder with these entries and their modules.
fn folder(entries: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["pool-roles.wasm", "hostile.wasm"].into_iter().filter(|file| entries.contains(file)) {
        fs::copy(format!("{MODULES}{file}"), dir.path().join(file)).unwrap();
    }
    list(dir.path(), entries);
    dir
}

/// Replaces the entries.
fn list(dir: &Path, entries: &str) {
    fs::write(dir.join("transforms.toml"), entries).unwrap();
}

fn hostile(behaviour: &str, lines: &str) -> String {
    format!(
        "[[module]]\nfile = \"hostile.wasm\"\n{lines}\nsettings = {{ behaviour = \"{behaviour}\", vmid = 101, size = 2 }}\n"
    )
}

/// A cluster in which guest 101 is in the pool `web`, and no other guest in any.
async fn lab_with(modules: &TempDir) -> Lab {
    let spec = FleetSpec::new("lab", 2, GUESTS as usize, 11);
    let lab = LabBuilder::default().fleet(spec).modules(modules.path()).start().await;
    lab.change(|fleet| {
        let vmids: Vec<u32> = fleet.guests.keys().copied().collect();
        for vmid in vmids {
            fleet.set_pool(vmid, (vmid == 101).then_some("web")).unwrap();
        }
    });
    lab
}

async fn dry_run(lab: &Lab) -> Arc<RunReport> {
    let mut job = lab.job();
    job.options.dry_run = true;
    lab.run(job).await
}

fn guest(report: &RunReport, vmid: u32) -> &ObjectReport {
    let identity = Identity::guest("lab", vmid);
    report.objects().find(|object| object.identity == identity).unwrap()
}

fn change<'a>(differences: &'a [Difference], field: &str) -> Option<&'a Difference> {
    differences.iter().find(|difference| difference.field == field)
}

fn told(report: &RunReport, code: &str) -> bool {
    report.problems.iter().any(|problem| problem.code == code)
}

async fn role(lab: &Lab) -> Value {
    lab.vm("lab", 101).await["role"]["name"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staged_module_is_seen_in_previews_and_not_in_writes() {
    let modules = folder(&format!("{ROLES}state = \"staged\"\n"));
    let lab = lab_with(&modules).await;

    let planned = dry_run(&lab).await;
    assert_eq!(planned.staged, ["pool-roles"], "the preview says which staged modules it sees");
    assert!(guest(&planned, 101).preview.as_ref().is_some_and(|preview| !preview.usual.is_empty()));

    let written = lab.sync().await;
    assert_eq!(written.status, RunStatus::Completed, "{:?}", written.problems);
    assert!(written.staged.is_empty() && written.objects.iter().all(|object| object.preview.is_none()));
    assert!(!written.modules.is_empty(), "{written:#?}");
    assert!(written.modules.iter().all(ModuleUsage::is_built_in), "{:?}", written.modules);
    assert_ne!(role(&lab).await, "Web server");

    list(modules.path(), ROLES);
    lab.sync().await;
    assert_eq!(role(&lab).await, "Web server", "the next run takes a module that was enabled meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_names_the_module_and_the_field_against_the_built_in_mapping_and_against_netbox() {
    let modules = folder(ROLES);
    list(modules.path(), "");
    let lab = lab_with(&modules).await;
    lab.sync().await;
    list(modules.path(), ROLES);

    let planned = dry_run(&lab).await;
    let changed = guest(&planned, 101);
    let preview = changed.preview.as_ref().unwrap();
    assert_eq!(preview.modules, ["pool-roles"]);
    let usual = change(&preview.usual, "role").unwrap();
    assert_eq!(usual.to, Some(json!("device role web-server")), "{usual:?}");
    assert!(change(&preview.usual, "device role web-server").is_some(), "what it brings along: {preview:?}");
    let netbox = change(&preview.netbox, "role").unwrap();
    assert_eq!(netbox.to, Some(json!("device role Web server (new)")), "{netbox:?}");
    assert_eq!(changed.result, ObjectResult::Updated { fields: vec!["role".into()], adopted: false });

    let other = planned
        .objects
        .iter()
        .find(|object| object.item_type == "qemu" && object.identity != changed.identity);
    let other = other.unwrap().preview.as_ref().unwrap();
    assert!(
        other.modules == ["pool-roles"] && other.usual.is_empty() && other.netbox.is_empty(),
        "{other:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_what_a_staged_module_fails_on_under_its_policy() {
    for (policy, outcome) in [("fail", "failed: "), ("skip", "left out: ")] {
        let modules = folder(&hostile("panic", &format!("state = \"staged\"\npolicy = \"{policy}\"")));
        let lab = lab_with(&modules).await;

        let planned = dry_run(&lab).await;
        let preview = guest(&planned, 101).preview.clone().unwrap();
        let [Difference { field, from, to }] = preview.usual.as_slice() else { panic!("{preview:?}") };
        assert_eq!((field.as_str(), from), ("outcome", &Some(json!("kept"))));
        let to = to.as_ref().and_then(Value::as_str).unwrap();
        assert!(to.starts_with(outcome) && to.contains("hostile"), "{to}");
        assert!(told(&planned, "module-panicked"), "{:?}", planned.problems);
        assert_eq!(lab.sync().await.status, RunStatus::Completed, "a staged module harms no write");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_progress_keeps_its_modules() {
    let modules = folder(ROLES);
    let lab = lab_with(&modules).await;
    lab.proxmox[0].fault_times("/nodes/*/config", Fault::Slow(Duration::from_secs(1)), 1);

    let run = lab.syncer.start(lab.job()).unwrap();
    let mut events = Box::pin(run.events());
    while !matches!(events.next().await, Some(Event::Reading { total: Some(_), .. })) {}
    list(modules.path(), &ROLES.replace("Web server", "Database"));
    run.wait().await;
    assert_eq!(role(&lab).await, "Web server", "what held when the run began");

    lab.sync().await;
    assert_eq!(role(&lab).await, "Database", "the next run has the new modules");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_list_of_modules_is_wrong_the_former_ones_are_used_and_that_is_told() {
    let modules = folder(ROLES);
    let lab = lab_with(&modules).await;
    list(modules.path(), "[[module]]\nfile = \"pool-roles.wasm\"\nstate = \"perhaps\"\n");

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial, "what the site asked for was not done");
    let is_told = |problem: &&Problem| problem.message.starts_with("The modules stay as they were: ");
    let problem = report.problems.iter().find(is_told).unwrap();
    assert!(problem.message.contains("line 3"), "{problem:?}");
    assert_eq!(role(&lab).await, "Web server");

    list(modules.path(), ROLES);
    assert_eq!(lab.sync().await.status, RunStatus::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_whose_file_changed_is_refused_and_its_policy_applies() {
    let other = "ab".repeat(32);
    for (policy, made) in [("builtin", GUESTS), ("fail", 0)] {
        let modules = folder(&format!("{ROLES}sha256 = \"{other}\"\npolicy = \"{policy}\"\n"));
        let lab = lab_with(&modules).await;

        let report = lab.sync().await;
        assert_eq!(report.status, RunStatus::Partial);
        let problem = report.problems.iter().find(|problem| problem.message.contains("pool-roles")).unwrap();
        assert!(problem.hint.as_ref().is_some_and(|hint| hint.contains("accept")), "{problem:?}");
        let created = |object: &&ObjectReport| {
            matches!(object.item_type.as_str(), "qemu" | "lxc") && object.result == ObjectResult::Created
        };
        assert_eq!(report.objects().filter(created).count() as u64, made, "{policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_adds_up_to_the_facts() {
    let modules = folder(&hostile("panic", ""));
    let lab = lab_with(&modules).await;

    let report = lab.sync().await;
    for usage in &report.modules {
        let sum = usage.kept + usage.skipped + usage.rejected + usage.failed;
        assert_eq!(usage.objects, sum, "{usage:?}");
        assert!(usage.calls > 0 && usage.seconds >= 0.0 && usage.memory_peak > 0, "{usage:?}");
    }
    let of = |module: &str| report.modules.iter().find(|usage| usage.module == module).unwrap();
    let hostile = of("hostile");
    assert_eq!((hostile.version.as_str(), hostile.interface.as_str()), ("0.1.0", "virtual-machine"));
    assert_eq!((hostile.objects, hostile.kept, hostile.failed), (GUESTS, GUESTS - 1, 1));
    assert!(hostile.restarts > 0, "{hostile:?}");
    assert_eq!(of("proxbox-node").objects, 2);
    assert_eq!(of("proxbox-cluster").objects, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_module_logs_is_in_the_report() {
    let modules = folder(&hostile("log-flood", ""));
    let lab = lab_with(&modules).await;

    let report = lab.sync().await;
    assert_eq!(report.module_log.len(), 2, "{:?}", report.module_log);
    assert!(report.module_log.iter().all(|line| line.module == "hostile 0.1.0"), "{:?}", report.module_log);
    assert!(lab.syncer.module_usage().iter().any(|usage| usage.module == "hostile"));
}
