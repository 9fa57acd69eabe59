//! What a run leaves in the log: its beginning, the counts of every stage, the first objects that failed, its end.

use crate::run::RunInfo;
use proxbox_model::event::Event;
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, ObjectReport, ObjectResult, RunReport, RunStatus, Stage};
use std::sync::atomic::{AtomicU64, Ordering};

/// Failed objects of a run that are told one by one; the counts hold them all.
const MOST_TOLD: u64 = 50;

/// What a run does, in a word or a few.
pub(crate) fn operation(stages: &[Stage]) -> String {
    if stages == Stage::ALL {
        return "full-update".to_owned();
    }
    stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().join(", ")
}

/// Everything told here happens within the span of the run.
#[derive(Default)]
pub(crate) struct Journal {
    failed: AtomicU64,
}

impl Journal {
    /// The run begins.
    pub(crate) fn begin(info: &RunInfo, dry_run: bool) {
        let stages: Vec<&str> = info.stages.iter().map(|stage| stage.as_str()).collect();
        tracing::info!(
            endpoints = info.endpoints.join(", "),
            stages = stages.join(", "),
            dry_run,
            "run started"
        );
    }

    pub(crate) fn tell(&self, event: &Event) {
        match event {
            Event::ObjectDone { object, .. } => self.object(object),
            Event::StageDone { stage, counts, gone, duration_seconds } => tracing::info!(
                phase = stage.as_str(),
                deleted = (gone.deleted > 0).then_some(gone.deleted),
                marked_stale = (gone.stale > 0).then_some(gone.stale),
                seconds = tenths(*duration_seconds),
                "{}: {}",
                stage.as_str(),
                in_words(counts)
            ),
            Event::RunDone { report } => end(report),
            Event::Waiting { .. }
            | Event::RunStarted { .. }
            | Event::Reading { .. }
            | Event::Warning { .. }
            | Event::StageStarted { .. }
            | Event::Discovered { .. } => {}
        }
    }

    fn object(&self, object: &ObjectReport) {
        let (ObjectResult::Failed { problem } | ObjectResult::Conflict { problem }) = &object.result else {
            return;
        };
        match self.failed.fetch_add(1, Ordering::Relaxed) {
            before if before < MOST_TOLD => failed(object, problem),
            MOST_TOLD => tracing::warn!("more objects failed; the counts of the run hold them all"),
            _ => {}
        }
    }
}

fn failed(object: &ObjectReport, problem: &Problem) {
    tracing::warn!(
        phase = object.stage.as_str(),
        resource_type = object.item_type,
        resource_id = object.name,
        code = problem.code,
        hint = problem.hint,
        causes = (!problem.causes.is_empty()).then(|| problem.causes.join("\n")),
        "{}",
        problem.message
    );
}

fn end(report: &RunReport) {
    let (counts, seconds) = (in_words(&report.counts), tenths(report.duration_seconds));
    let (requests, writes) = (report.netbox_requests, report.netbox_writes);
    match report.status {
        RunStatus::Completed => {
            tracing::info!(
                seconds,
                netbox_requests = requests,
                netbox_writes = writes,
                "run completed: {counts}"
            );
        }
        RunStatus::Partial => {
            tracing::warn!(
                seconds,
                netbox_requests = requests,
                netbox_writes = writes,
                "run done in part: {counts}"
            );
        }
        RunStatus::Failed => tracing::error!(seconds, "run failed: {counts}"),
        RunStatus::Cancelled => tracing::warn!(seconds, "run cancelled: {counts}"),
    }
}

fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

/// `3 created, 1 failed`; what is zero is left out.
fn in_words(counts: &Counts) -> String {
    let parts: Vec<String> = [
        (counts.created, "created"),
        (counts.updated, "updated"),
        (counts.unchanged, "unchanged"),
        (counts.skipped, "skipped"),
        (counts.failed, "failed"),
        (counts.conflicts, "in conflict"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}
