//! What a run has done so far. It is kept outside the work itself, so that a cancelled run still reports the truth.

use crate::run::{EventLog, RunInfo};
use crate::usage::{ModuleLog, Usage};
use proxbox_model::Identity;
use proxbox_model::event::{Event, Item};
use proxbox_model::plan::Applied;
use proxbox_model::problem::Problem;
use proxbox_model::report::{
    Counts, GoneCounts, LogLine, ModuleUsage, ObjectReport, ObjectResult, QuickCounts, RunReport, RunStatus,
    Stage,
};
use proxbox_netbox::{Netbox, is_gone};
use proxbox_proxmox::Proxmox;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

pub(crate) struct Progress {
    log: Arc<EventLog>,
    started: Instant,
    netbox: OnceLock<Counted>,
    tally: Mutex<Tally>,
}

/// A client of NetBox, and what it had sent before the run.
struct Counted {
    client: Arc<Netbox>,
    requests: u64,
    writes: u64,
}

impl Counted {
    fn requests(&self) -> u64 {
        self.client.requests().saturating_sub(self.requests)
    }

    fn writes(&self) -> u64 {
        self.client.writes().saturating_sub(self.writes)
    }
}

#[derive(Default)]
struct Tally {
    /// Clients, each with the requests that it had sent before.
    proxmox: Vec<(Arc<Proxmox>, u64)>,
    stages: Vec<StageProgress>,
    current: usize,
    objects: Vec<Arc<ObjectReport>>,
    quick: Option<QuickCounts>,
    /// Objects that were deleted in NetBox while they were to be written, with what became of them.
    vanished: BTreeMap<Identity, ObjectReport>,
    /// Whether these are planned again: of all others everything is told by now.
    again: bool,
    dependencies: Counts,
    problems: Vec<Problem>,
    degraded: bool,
    failure: Option<Problem>,
    modules: Usage,
    module_log: ModuleLog,
    staged: Vec<String>,
}

/// A stage with what it is about to handle.
pub(crate) struct StageProgress {
    pub(crate) stage: Stage,
    /// Moved into the event that tells of them when the stage has its turn.
    pub(crate) items: Vec<Item>,
    total: u64,
    /// Objects that were done before the stage had its turn.
    pub(crate) settled: Vec<ObjectReport>,
    /// Rows whose Proxmox object is gone and that are still to be removed or marked.
    pub(crate) clearing: u64,
    counts: Counts,
    gone: GoneCounts,
    started: Option<Instant>,
}

impl StageProgress {
    pub(crate) fn new(stage: Stage) -> Self {
        Self {
            stage,
            items: Vec::new(),
            total: 0,
            settled: Vec::new(),
            clearing: 0,
            counts: Counts::default(),
            gone: GoneCounts::default(),
            started: None,
        }
    }

    /// Of a stage that has its turn.
    fn is_done(&self) -> bool {
        self.counts.total() >= self.total && self.clearing == 0
    }
}

impl Progress {
    pub(crate) fn new(log: Arc<EventLog>) -> Self {
        Self { log, started: Instant::now(), netbox: OnceLock::new(), tally: Mutex::default() }
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn emit(&self, event: Event) {
        self.log.push(event);
    }

    /// Counts the requests of a client, but for those that it had sent before.
    pub(crate) fn count_requests_of(&self, client: Arc<Proxmox>, before: u64) {
        self.tally().proxmox.push((client, before));
    }

    /// Counts the requests of a client, but for those that it had sent before.
    pub(crate) fn use_netbox(&self, client: Arc<Netbox>) {
        let (requests, writes) = (client.requests(), client.writes());
        // Set once, by the run's own task.
        let _ = self.netbox.set(Counted { client, requests, writes });
    }

    /// Something to know that takes nothing from the result.
    pub(crate) fn warn(&self, problem: Problem) {
        let causes = (!problem.causes.is_empty()).then(|| problem.causes.join("\n"));
        {
            let mut tally = self.tally();
            if tally.again && tally.problems.contains(&problem) {
                return;
            }
            tally.problems.push(problem.clone());
        }
        tracing::warn!(code = problem.code, hint = problem.hint, causes, "{}", problem.message);
        self.emit(Event::Warning { problem });
    }

    /// Something that makes the result partial.
    pub(crate) fn degrade(&self, problem: Problem) {
        self.tally().degrade(&problem);
        self.warn(problem);
    }

    /// What ends the run.
    pub(crate) fn fail(&self, problem: Problem) {
        self.tally().failure = Some(problem.clone());
        self.degrade(problem);
    }

    /// What modules did and logged while they mapped a part of the facts.
    pub(crate) fn used(&self, done: &[ModuleUsage], log: Vec<LogLine>) {
        let mut tally = self.tally();
        tally.modules.add(done);
        tally.module_log.add(log);
    }

    /// Staged modules that the run sees.
    pub(crate) fn sees(&self, staged: Vec<String>) {
        self.tally().staged = staged;
    }

    /// A quick run has looked at so many of the guests of a source.
    pub(crate) fn looked(&self, guests: usize, looked_at: usize) {
        let mut tally = self.tally();
        if tally.again {
            return;
        }
        let quick = tally.quick.get_or_insert_default();
        quick.guests += guests as u64;
        quick.looked_at += looked_at as u64;
    }

    /// The objects that did not come right so far.
    pub(crate) fn not_right(&self) -> Vec<Identity> {
        let tally = self.tally();
        let told = tally.objects.iter().map(Arc::as_ref);
        let all = told.chain(tally.stages.iter().flat_map(|stage| &stage.settled));
        let all = all.chain(tally.vanished.values());
        let wrong = all.filter(|object| {
            matches!(object.result, ObjectResult::Failed { .. } | ObjectResult::Conflict { .. })
        });
        wrong.map(|object| object.identity.clone()).collect()
    }

    pub(crate) fn count_dependency(&self, result: &ObjectResult) {
        let mut tally = self.tally();
        if !tally.again || *result != ObjectResult::Unchanged {
            tally.dependencies.count(result);
        }
    }

    /// Whether objects are to be planned once more, because somebody deleted them in NetBox while they were to be written. That is
    /// told, and done once.
    pub(crate) fn plans_again(&self) -> bool {
        let problem = {
            let mut tally = self.tally();
            let Some(first) = tally.vanished.values().next().filter(|_| !tally.again) else { return false };
            let problem = planned_again(tally.vanished.len(), &first.name);
            tally.again = true;
            problem
        };
        self.warn(problem);
        true
    }

    /// What the run is going to handle; announces the first stage.
    pub(crate) fn begin(&self, stages: Vec<StageProgress>) {
        let mut tally = self.tally();
        if tally.again {
            drop(tally);
            stages.into_iter().flat_map(|stage| stage.settled).for_each(|object| self.done(object));
            return;
        }
        tally.stages = stages;
        tally.open(&self.log);
        tally.advance(&self.log);
    }

    /// One object is done. It is told when its stage has its turn; a stage ends when all of its objects are done.
    pub(crate) fn done(&self, object: ObjectReport) {
        let mut tally = self.tally();
        if tally.again && tally.vanished.remove(&object.identity).is_none() {
            let problem = tally.fails_only_now(&object).cloned();
            drop(tally);
            problem.into_iter().for_each(|problem| self.degrade(problem));
            return;
        }
        if !tally.again && vanished(&object.result) {
            tally.vanished.insert(object.identity.clone(), object);
            return;
        }
        tally.tell(object, &self.log);
    }

    /// One row whose Proxmox object is gone was removed, was marked, or could not be.
    pub(crate) fn cleared(&self, stage: Stage, applied: Option<&Applied>) {
        let mut tally = self.tally();
        if let Some(open) = tally.stages.iter_mut().find(|open| open.stage == stage) {
            open.clearing = open.clearing.saturating_sub(1);
            match applied {
                Some(Applied::Deleted(_)) => open.gone.deleted += 1,
                Some(Applied::Updated(_)) => open.gone.stale += 1,
                _ => {}
            }
        }
        if let Some(Applied::Failed(problem) | Applied::Conflict(problem)) = applied {
            tally.degrade(problem);
            tally.problems.push(problem.clone());
        }
        tally.advance(&self.log);
    }

    /// Nothing more will come: ends every stage.
    pub(crate) fn finish(&self) {
        let mut tally = self.tally();
        for object in std::mem::take(&mut tally.vanished).into_values() {
            tally.tell(object, &self.log);
        }
        while tally.current < tally.stages.len() {
            tally.close(&self.log);
            tally.open(&self.log);
        }
    }

    pub(crate) fn report(&self, info: &RunInfo, dry_run: bool, end: End) -> RunReport {
        let mut tally = self.tally();
        let mut counts = Counts::default();
        for object in &tally.objects {
            counts.count(&object.result);
        }
        let mut gone = GoneCounts::default();
        tally.stages.iter().for_each(|stage| gone += stage.gone);
        let troubled = tally.degraded || counts.failed + counts.conflicts > 0;
        let status = match end {
            End::Cancelled => RunStatus::Cancelled,
            End::Failed => RunStatus::Failed,
            End::Through if counts.total() == 0 && tally.degraded => RunStatus::Failed,
            End::Through if troubled => RunStatus::Partial,
            End::Through => RunStatus::Completed,
        };
        RunReport {
            run: info.id.clone(),
            status,
            dry_run,
            counts,
            dependencies: tally.dependencies,
            gone,
            duration_seconds: self.started.elapsed().as_secs_f64(),
            netbox_requests: self.netbox.get().map_or(0, Counted::requests),
            netbox_writes: self.netbox.get().map_or(0, Counted::writes),
            proxmox_requests: tally
                .proxmox
                .iter()
                .map(|(client, before)| client.requests().saturating_sub(*before))
                .sum(),
            quick: tally.quick,
            objects: std::mem::take(&mut tally.objects),
            problems: std::mem::take(&mut tally.problems),
            failure: tally.failure.take(),
            modules: tally.modules.all(),
            module_log: tally.module_log.take(),
            staged: std::mem::take(&mut tally.staged),
        }
    }
}

fn vanished(result: &ObjectResult) -> bool {
    matches!(result, ObjectResult::Failed { problem } if is_gone(problem))
}

fn planned_again(count: usize, first: &str) -> Problem {
    Problem::new(
        "sync-planned-again",
        format!("Somebody deleted objects in NetBox while this run was writing them: {count}, the first is {first}. They were planned once more"),
    )
    .with_hint("Nothing has to be done. Delete objects of Proxmox guests in Proxmox: a sync makes them again.")
}

/// How the work of a run came to its end.
pub(crate) enum End {
    /// All steps were gone through.
    Through,
    /// A step could not be done.
    Failed,
    /// On request.
    Cancelled,
}

impl Tally {
    fn degrade(&mut self, problem: &Problem) {
        self.degraded = true;
        self.failure.get_or_insert_with(|| problem.clone());
    }

    /// Why an object failed of which something else was told.
    fn fails_only_now<'o>(&self, object: &'o ObjectReport) -> Option<&'o Problem> {
        let why = |object: &'o ObjectReport| match &object.result {
            ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => Some(problem),
            _ => None,
        };
        let same = |told: &&Arc<ObjectReport>| told.identity == object.identity;
        let told = self.objects.iter().find(same).map(|told| &told.result);
        why(object).filter(|_| told.is_none_or(|told| *told != object.result))
    }

    /// An object is told when its stage has its turn.
    fn tell(&mut self, object: ObjectReport, log: &EventLog) {
        let current = self.stages.get(self.current).map(|open| open.stage);
        if current == Some(object.stage) {
            self.count(object, log);
            self.advance(log);
        } else if let Some(later) = self.stages.iter_mut().find(|later| later.stage == object.stage) {
            later.settled.push(object);
        }
    }

    /// Ends stages of which everything is done.
    fn advance(&mut self, log: &EventLog) {
        while self.stages.get(self.current).is_some_and(StageProgress::is_done) {
            self.close(log);
            self.open(log);
        }
    }

    fn open(&mut self, log: &EventLog) {
        let Some(open) = self.stages.get_mut(self.current) else { return };
        open.started = Some(Instant::now());
        open.total = open.items.len() as u64;
        let (settled, items) = (std::mem::take(&mut open.settled), std::mem::take(&mut open.items));
        log.push(Event::StageStarted { stage: open.stage });
        log.push(Event::Discovered { stage: open.stage, items });
        for object in settled {
            self.count(object, log);
        }
    }

    fn close(&mut self, log: &EventLog) {
        let Some(open) = self.stages.get(self.current) else { return };
        log.push(Event::StageDone {
            stage: open.stage,
            counts: open.counts,
            gone: open.gone,
            duration_seconds: open.started.map_or(0.0, |started| started.elapsed().as_secs_f64()),
        });
        self.current += 1;
    }

    fn count(&mut self, object: ObjectReport, log: &EventLog) {
        let object = Arc::new(object);
        if let Some(open) = self.stages.iter_mut().find(|open| open.stage == object.stage) {
            open.counts.count(&object.result);
            log.push(Event::ObjectDone {
                object: Arc::clone(&object),
                done: open.counts.total(),
                total: open.total,
            });
        }
        self.objects.push(object);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt as _;
    use proxbox_model::SourceObject;

    fn machine(vmid: u32) -> ObjectReport {
        ObjectReport {
            stage: Stage::VirtualMachines,
            identity: Identity { source: "lab".into(), object: SourceObject::Guest(vmid) },
            name: format!("vm-{vmid}"),
            item_type: "qemu".into(),
            result: ObjectResult::Unchanged,
            netbox_id: None,
            netbox_url: None,
            without: Vec::new(),
            preview: None,
        }
    }

    fn stage(count: usize) -> StageProgress {
        let item = Item { name: "vm".into(), item_type: "qemu".into() };
        let mut stage = StageProgress::new(Stage::VirtualMachines);
        stage.items = vec![item; count];
        stage
    }

    #[tokio::test]
    async fn an_object_is_held_once_by_its_event_and_by_the_report() {
        let run = crate::run::tests::run();
        let progress = Progress::new(Arc::clone(&run.log));
        progress.begin(vec![stage(2)]);
        progress.done(machine(100));
        progress.done(machine(101));
        let report = Arc::new(progress.report(&run.info, false, End::Through));
        progress.emit(Event::RunDone { report: Arc::clone(&report) });
        let told: Vec<Arc<ObjectReport>> = run
            .events()
            .filter_map(async |event| match event {
                Event::ObjectDone { object, .. } => Some(object),
                _ => None,
            })
            .collect()
            .await;
        assert_eq!(told.len(), 2);
        assert!(told.iter().zip(&report.objects).all(|(told, kept)| Arc::ptr_eq(told, kept)));
    }

    #[tokio::test]
    async fn a_stage_ends_with_its_last_object_and_counts_those_settled_before() {
        let run = crate::run::tests::run();
        let progress = Progress::new(Arc::clone(&run.log));
        progress.begin(vec![StageProgress { settled: vec![machine(100)], ..stage(2) }]);
        progress.done(machine(101));
        progress.emit(Event::RunDone { report: Arc::new(progress.report(&run.info, false, End::Through)) });
        let told: Vec<String> = run
            .events()
            .filter_map(async |event| match event {
                Event::Discovered { items, .. } => Some(format!("{} found", items.len())),
                Event::ObjectDone { done, total, .. } => Some(format!("{done} of {total}")),
                Event::StageDone { counts, .. } => Some(format!("{} unchanged", counts.unchanged)),
                _ => None,
            })
            .collect()
            .await;
        assert_eq!(told, ["2 found", "1 of 2", "2 of 2", "2 unchanged"]);
    }
}
