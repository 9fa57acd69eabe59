//! What is kept of the reports of past runs.

use crate::common::Lab;
use crate::runs::report;
use proxbox_model::report::{
    Counts, Difference, ObjectReport, ObjectResult, Preview, RunReport, RunStatus, Stage,
};
use proxbox_model::{Identity, Problem, SourceObject};
use proxbox_store::{PastReport, RunState, Store};
use std::sync::Arc;

fn object(stage: Stage, vmid: u32, result: ObjectResult) -> ObjectReport {
    ObjectReport {
        stage,
        identity: Identity { source: "lab".into(), object: SourceObject::Guest(vmid) },
        name: format!("vm-{vmid}"),
        item_type: "qemu".into(),
        result,
        netbox_id: Some(u64::from(vmid)),
        netbox_url: None,
        without: Vec::new(),
        preview: None,
    }
}

fn failed(text: impl Into<String>) -> ObjectResult {
    ObjectResult::Failed { problem: Problem::new("netbox-rejected", text) }
}

fn of(run: &str, objects: Vec<ObjectReport>) -> RunReport {
    let objects = objects.into_iter().map(Arc::new).collect();
    RunReport { objects, ..report(run) }
}

async fn record(store: &Store, report: RunReport) {
    store.run_started(&report.run, "all endpoints").await.unwrap();
    store.run_ended(&Arc::new(report)).await.unwrap();
}

async fn kept(store: &Store, run: &str) -> Option<PastReport> {
    store.run_report(run).await.unwrap()
}

fn names(report: &PastReport) -> Vec<&str> {
    report.report.objects.iter().map(|object| object.name.as_str()).collect()
}

/// Text that does not become smaller.
fn noise(seed: u32, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        char::from(b' ' + u8::try_from(state % 95).unwrap())
    };
    (0..bytes).map(letter).collect()
}

#[tokio::test]
async fn unchanged_objects_of_a_past_run_are_counts_of_their_stages() {
    let lab = Lab::new();
    let store = lab.open().await;
    let skipped = ObjectResult::Skipped { reason: "a template".into() };
    let objects = vec![
        object(Stage::VirtualMachines, 100, ObjectResult::Unchanged),
        object(Stage::VirtualMachines, 101, ObjectResult::Created),
        object(Stage::VirtualMachines, 102, ObjectResult::Unchanged),
        object(Stage::VirtualMachines, 103, skipped),
        object(Stage::VirtualDisks, 100, ObjectResult::Unchanged),
        object(Stage::VirtualDisks, 101, failed("no")),
    ];
    record(&store, of("a", objects)).await;
    let kept = kept(&store, "a").await.unwrap();
    assert_eq!(names(&kept), ["vm-101", "vm-103", "vm-101"]);
    let machines = Counts { created: 1, unchanged: 2, skipped: 1, ..Counts::default() };
    let disks = Counts { unchanged: 1, failed: 1, ..Counts::default() };
    assert_eq!(kept.stages, [(Stage::VirtualMachines, machines), (Stage::VirtualDisks, disks)].into());
    assert_eq!(kept.report.counts, report("a").counts);
}

#[tokio::test]
async fn previews_are_not_kept() {
    let lab = Lab::new();
    let store = lab.open().await;
    let usual = vec![Difference { field: "role".into(), from: None, to: None }];
    let preview = Some(Arc::new(Preview { usual, ..Preview::default() }));
    let planned = ObjectReport { preview, ..object(Stage::VirtualMachines, 100, ObjectResult::Created) };
    record(&store, RunReport { dry_run: true, ..of("a", vec![planned]) }).await;
    let kept = kept(&store, "a").await.unwrap().report;
    assert_eq!(*kept.objects[0], object(Stage::VirtualMachines, 100, ObjectResult::Created));
}

#[tokio::test]
async fn ten_thousand_guests_that_did_not_change_take_next_to_nothing() {
    let lab = Lab::new();
    let store = lab.open().await;
    let guests = (0..10_000).map(|vmid| object(Stage::VirtualMachines, vmid, ObjectResult::Unchanged));
    record(&store, of("a", guests.collect())).await;
    let mut raw = lab.raw().await;
    let size: i64 =
        sqlx::query_scalar("SELECT size FROM proxbox_run_report").fetch_one(&mut raw).await.unwrap();
    assert!(size < 1024, "{size} bytes");
}

#[tokio::test]
async fn the_oldest_reports_make_room_and_their_runs_stay() {
    let lab = Lab::new();
    let store = lab.open_with_room(40_000, 70_000).await;
    for (seed, run) in (1..).zip(["a", "b", "c"]) {
        record(&store, of(run, vec![object(Stage::VirtualMachines, 100, failed(noise(seed, 36_000)))])).await;
    }
    assert_eq!(kept(&store, "a").await, None);
    for run in ["b", "c"] {
        assert_eq!(names(&kept(&store, run).await.unwrap()), ["vm-100"], "{run}");
    }
    let runs = store.runs(10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["c", "b", "a"]);
    assert!(runs.iter().all(|run| run.state == RunState::Ended(RunStatus::Partial)));
}

#[tokio::test]
async fn a_report_that_is_too_large_keeps_what_failed_and_says_what_is_missing() {
    let lab = Lab::new();
    let store = lab.open_with_room(20_000, 100_000).await;
    let changed = |vmid| {
        let fields = vec![noise(vmid, 1000)];
        object(Stage::VirtualMachines, vmid, ObjectResult::Updated { fields, adopted: false })
    };
    let mut objects: Vec<ObjectReport> = (100..200).map(changed).collect();
    objects.push(object(Stage::VirtualMachines, 900, failed("refused")));
    let problems = vec![Problem::new("sync-stale", "three are gone")];
    record(&store, RunReport { problems, ..of("a", objects) }).await;

    let kept = kept(&store, "a").await.unwrap();
    let count = kept.report.objects.len();
    assert!((10..25).contains(&count), "{count}");
    assert_eq!(names(&kept)[..2], ["vm-900", "vm-100"]);
    let [cut, stale] = kept.report.problems.as_slice() else { panic!("{:?}", kept.report.problems) };
    assert_eq!((cut.code.as_str(), stale.code.as_str()), ("run-report-cut", "sync-stale"));
    assert!(cut.message.starts_with(&format!("{} of the 101 objects", 101 - count)), "{}", cut.message);
    let all = Counts { updated: 100, failed: 1, ..Counts::default() };
    assert_eq!(kept.stages, [(Stage::VirtualMachines, all)].into());
}

#[tokio::test]
async fn problems_that_do_not_fit_are_cut_too() {
    let lab = Lab::new();
    let store = lab.open_with_room(20_000, 100_000).await;
    let problems = (1..100).map(|seed| Problem::new("sync-noise", noise(seed, 1000))).collect();
    record(&store, RunReport { problems, ..report("a") }).await;
    let kept = kept(&store, "a").await.unwrap().report;
    assert!((8..25).contains(&kept.problems.len()), "{}", kept.problems.len());
    assert_eq!(kept.problems[0].code, "run-report-cut");
    assert_eq!(kept.counts, report("a").counts);
}

#[tokio::test]
async fn a_run_whose_report_fits_nowhere_is_still_a_run() {
    let lab = Lab::new();
    let store = lab.open_with_room(10, 100).await;
    record(&store, report("a")).await;
    assert_eq!(kept(&store, "a").await, None);
    assert_eq!(store.runs(1).await.unwrap()[0].state, RunState::Ended(RunStatus::Partial));
}

#[tokio::test]
async fn a_report_that_a_former_release_stored_is_still_read() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.run_started("a", "all endpoints").await.unwrap();
    let objects = vec![
        object(Stage::VirtualMachines, 100, ObjectResult::Unchanged),
        object(Stage::VirtualMachines, 101, ObjectResult::Created),
    ];
    let whole = of("a", objects);
    sqlx::query("UPDATE proxbox_run SET status = 'partial', ended = 1, report = ?")
        .bind(serde_json::to_string(&whole).unwrap())
        .execute(&mut lab.raw().await)
        .await
        .unwrap();
    assert_eq!(kept(&store, "a").await, Some(whole.into()));
}

#[tokio::test]
async fn a_report_goes_with_its_run() {
    let lab = Lab::new();
    let store = lab.open().await;
    for run in ["a", "b", "c", "d"] {
        record(&store, report(run)).await;
    }
    let left: Vec<String> = sqlx::query_scalar("SELECT run FROM proxbox_run_report ORDER BY run")
        .fetch_all(&mut lab.raw().await)
        .await
        .unwrap();
    assert_eq!(left, ["b", "c", "d"]);
}
