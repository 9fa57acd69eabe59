//! Past runs.

use crate::common::Lab;
use proxbox_model::report::{Counts, GoneCounts, RunReport, RunStatus};
use proxbox_store::RunState;

fn report(run: &str) -> RunReport {
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
        objects: Vec::new(),
        problems: Vec::new(),
    }
}

#[tokio::test]
async fn the_latest_runs_are_kept_with_their_reports() {
    let lab = Lab::new();
    let store = lab.open().await;
    for run in ["a", "b", "c", "d"] {
        store.run_started(run, "all endpoints").await.unwrap();
        store.run_ended(&report(run)).await.unwrap();
    }
    let runs = store.runs(10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["d", "c", "b"]);
    assert_eq!(runs[0].state, RunState::Ended(RunStatus::Partial));
    assert_eq!(store.run_report("d").await.unwrap(), Some(report("d")));
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
