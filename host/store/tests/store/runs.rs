//! Past runs.

use crate::common::Lab;
use proxbox_model::report::{Counts, GoneCounts, Level, LogLine, ModuleUsage, RunReport, RunStatus};
use proxbox_store::RunState;

pub fn report(run: &str) -> RunReport {
    RunReport {
        run: run.into(),
        status: RunStatus::Partial,
        dry_run: false,
        counts: Counts { created: 3, failed: 1, ..Counts::default() },
        dependencies: Counts::default(),
        gone: GoneCounts::default(),
        duration_seconds: 1.5,
        netbox_requests: 9,
        netbox_writes: 2,
        proxmox_requests: 7,
        quick: None,
        objects: Vec::new(),
        problems: Vec::new(),
        failure: None,
        modules: Vec::new(),
        module_log: Vec::new(),
        staged: Vec::new(),
    }
}

#[tokio::test]
async fn the_latest_runs_are_kept_with_their_reports() {
    let lab = Lab::new();
    let store = lab.open().await;
    for run in ["a", "b", "c", "d"] {
        store.run_started(run, "all endpoints").await.unwrap();
        store.run_ended(&report(run).into()).await.unwrap();
    }
    let runs = store.runs(10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["d", "c", "b"]);
    assert_eq!(runs[0].state, RunState::Ended(RunStatus::Partial));
    assert_eq!(store.run_report("d").await.unwrap(), Some(report("d").into()));
    assert_eq!(store.run_report("a").await.unwrap(), None);
}

#[tokio::test]
async fn a_run_that_its_process_did_not_survive_is_interrupted() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.run_started("a", "all endpoints").await.unwrap();
    assert_eq!(store.runs(1).await.unwrap()[0].state, RunState::Running);
    store.close().await;
    let store = lab.open().await;
    store.close_interrupted_runs().await.unwrap();
    assert_eq!(store.runs(1).await.unwrap()[0].state, RunState::Interrupted);
}

fn used(run: &str, module: &str, objects: u64, said: &[&str]) -> RunReport {
    let usage = ModuleUsage {
        module: module.into(),
        version: "1.0.0".into(),
        interface: "virtual-machine".into(),
        objects,
        ..ModuleUsage::default()
    };
    let line = |text: &&str| LogLine {
        module: format!("{module} 1.0.0"),
        level: Level::Info,
        message: (*text).to_owned(),
    };
    let module_log = said.iter().map(line).collect();
    RunReport { modules: vec![usage], module_log, ..report(run) }
}

#[tokio::test]
async fn the_latest_usage_is_that_of_the_latest_run_in_which_a_module_was_asked() {
    let lab = Lab::new();
    let store = lab.open().await;
    for report in [used("a", "acme", 1, &[]), used("b", "acme", 2, &[]), used("c", "other", 3, &[])] {
        store.run_started(&report.run, "all endpoints").await.unwrap();
        store.run_ended(&report.into()).await.unwrap();
    }
    let latest = store.latest_usage().await.unwrap();
    let latest: Vec<_> = latest
        .iter()
        .map(|record| (record.run.as_str(), record.usage.module.as_str(), record.usage.objects))
        .collect();
    assert_eq!(latest, [("c", "other", 3), ("b", "acme", 2)]);
}

#[tokio::test]
async fn logs_of_a_module_are_kept_with_the_run() {
    let lab = Lab::new();
    let store = lab.open().await;
    assert_eq!(store.module_log(None, None).await.unwrap(), None);
    for report in [used("a", "acme", 1, &["one", "two"]), used("b", "acme-2", 1, &["three"]), report("c")] {
        store.run_started(&report.run, "all endpoints").await.unwrap();
        store.run_ended(&report.into()).await.unwrap();
    }
    let told = async |run: Option<&str>, module: Option<&str>| {
        let log = store.module_log(run, module).await.unwrap()?;
        Some((log.run, log.lines.into_iter().map(|line| line.message).collect::<Vec<_>>()))
    };
    let log = |run: &str, lines: &[&str]| {
        Some((run.to_owned(), lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()))
    };
    assert_eq!(told(None, None).await, log("b", &["three"]));
    assert_eq!(told(None, Some("acme")).await, log("a", &["one", "two"]));
    assert_eq!(told(Some("a"), None).await, log("a", &["one", "two"]));
    assert_eq!(told(Some("c"), None).await, log("c", &[]));
    assert_eq!(told(Some("x"), None).await, None);
}
