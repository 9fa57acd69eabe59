//! Site modules in a whole run: what they change is in NetBox, and what they break harms nobody else.

use proxbox_fakes::fleet::FleetSpec;
use proxbox_model::report::{ObjectResult, RunReport, RunStatus, Stage};
use proxbox_tests::{Lab, LabBuilder, of_stage};
use serde_json::json;
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/modules/artifacts/");
const GUESTS: u64 = 12;

/// A folder of modules with one module and its lines of `transforms.toml`.
fn folder(module: &str, lines: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::copy(format!("{MODULES}{module}"), dir.path().join(module)).unwrap();
    let manifest = format!("[[module]]\nfile = \"{module}\"\ntimeout_ms = 300\n{lines}\n");
    fs::write(dir.path().join("transforms.toml"), manifest).unwrap();
    dir
}

async fn lab_with(modules: &TempDir) -> Lab {
    let spec = FleetSpec::new("lab", 2, GUESTS as usize, 11);
    LabBuilder::default().fleet(spec).modules(modules.path()).start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_module_sets_the_role_from_the_pool_and_leaves_the_rest_to_the_built_in_mapping() {
    let modules = folder("pool-roles.wasm", "settings = { roles = { web = \"Web server\" } }");
    let lab = lab_with(&modules).await;
    let vmids: Vec<u32> = lab.proxmox[0].fleet().read().unwrap().guests.keys().copied().collect();
    lab.change(|fleet| {
        for vmid in &vmids {
            fleet.set_pool(*vmid, None).unwrap();
        }
        fleet.set_pool(vmids[0], Some("web")).unwrap();
    });

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    let vm = lab.vm("lab", vmids[0]).await;
    assert_eq!(vm["role"]["name"], "Web server");
    assert!(vm["virtual_machine_type"].is_object(), "the rest is mapped as usual");
    assert_eq!(lab.vm("lab", vmids[1]).await["role"], json!(null));
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

/// Runs a hostile module that misbehaves on one guest, under policy `fail`, and returns the message about that guest.
async fn harm(behaviour: &str) -> String {
    let lines = format!("policy = \"fail\"\nsettings = {{ behaviour = \"{behaviour}\", vmid = 101 }}");
    let modules = folder("hostile.wasm", &lines);
    let lab = lab_with(&modules).await;

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial, "{behaviour}");
    let machines = of_stage(&report, Stage::VirtualMachines);
    assert_eq!((machines.failed, machines.created), (1, GUESTS - 1), "{behaviour}: everyone else is synced");
    for object in &report.objects {
        if let ObjectResult::Failed { .. } = &object.result {
            assert!(
                object.identity.to_string().starts_with("lab/vmid 101"),
                "{behaviour}: {}",
                object.identity
            );
        }
    }
    message_about(&report, 101)
}

/// Claims that the cluster, its nodes and all its guests were made.
fn assert_all_made(report: &RunReport, what: &str) {
    assert_eq!(of_stage(report, Stage::Devices).created, 1 + 2, "{what}: {:?}", report.problems);
    assert_eq!(of_stage(report, Stage::VirtualMachines).created, GUESTS, "{what}: {:?}", report.problems);
    assert_eq!(report.counts.failed, 0, "{what}: {:?}", report.counts);
}

fn message_about(report: &Arc<RunReport>, vmid: u32) -> String {
    let identity = proxbox_model::Identity::guest("lab", vmid);
    let object = report.objects().find(|object| object.identity == identity).unwrap();
    match &object.result {
        ObjectResult::Failed { problem } => {
            format!("{} {}", problem.message, problem.hint.clone().unwrap_or_default())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_breaks_on_one_guest_fails_that_guest_alone_and_is_named() {
    for behaviour in ["panic", "loop", "allocate", "recurse", "too-few", "huge", "unknown-field"] {
        let message = harm(behaviour).await;
        assert!(message.contains("hostile"), "{behaviour}: the module is named: {message}");
        assert!(message.contains("101"), "{behaviour}: the guest is named: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_policy_builtin_the_broken_guest_is_mapped_as_usual_and_told() {
    let modules = folder("hostile.wasm", "settings = { behaviour = \"panic\", vmid = 101 }");
    let lab = lab_with(&modules).await;

    let report = lab.sync().await;
    assert_all_made(&report, "panic");
    assert_eq!(report.status, RunStatus::Partial, "a module that failed is not plain success");
    assert!(
        report.problems.iter().any(|problem| problem.message.contains("hostile")),
        "{:?}",
        report.problems
    );
    assert_eq!(lab.vm("lab", 101).await["cluster"]["name"], "lab");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_sockets_and_the_environment_are_out_of_reach_and_nobody_suffers() {
    for behaviour in ["file", "socket", "environment"] {
        let modules = folder("hostile.wasm", &format!("settings = {{ behaviour = \"{behaviour}\" }}"));
        let lab = lab_with(&modules).await;
        assert_all_made(&*lab.sync().await, behaviour);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_module_is_refused_with_what_to_do_and_the_built_in_mapping_goes_on() {
    let good = fs::read(format!("{MODULES}pool-roles.wasm")).unwrap();
    let cut = good[..good.len() / 2].to_vec();
    for (what, bytes) in [("truncated", cut), ("garbage", b"#!/bin/sh\necho hello\n".to_vec())] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("broken.wasm"), bytes).unwrap();
        let lab = lab_with(&dir).await;

        let report = lab.sync().await;
        assert_all_made(&report, what);
        assert_eq!(report.status, RunStatus::Partial, "{what}: what the site asked for was not done");
        let problem = report.problems.iter().find(|problem| problem.message.contains("broken")).unwrap();
        assert!(problem.hint.is_some(), "{what}: {problem:?}");
    }
}
