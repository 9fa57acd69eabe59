//! What a run came to, as the last frame and the plain `GET /full-update` say it.

use super::words::{operation, sentence, words};
use proxbox_model::Problem;
use proxbox_model::report::{Counts, ObjectReport, ObjectResult, RunReport, RunStatus, Stage};
use serde_json::{Map, Value as Json, json};

/// More would drown whoever reads them; the counts say how many there are.
const MAX_WARNINGS: usize = 50;

/// How many objects of that type are right in NetBox now.
pub(super) fn in_place<'a>(objects: impl IntoIterator<Item = &'a ObjectReport>, stage: Stage) -> u64 {
    let counted = words(stage).counted;
    let right = |object: &&ObjectReport| {
        object.stage == stage
            && counted(&object.item_type)
            && matches!(
                object.result,
                ObjectResult::Created | ObjectResult::Updated { .. } | ObjectResult::Unchanged
            )
    };
    objects.into_iter().filter(right).count() as u64
}

/// The result of a full update: a list and a count for every stage, and the counts over all.
pub(crate) fn full(report: &RunReport) -> Map<String, Json> {
    let mut result = overall(report, "full-update");
    for stage in Stage::ALL {
        let key = words(stage).step.replace('-', "_");
        let counted = words(stage).counted;
        let list: Vec<Json> = report
            .objects
            .iter()
            .filter(|object| {
                object.stage == stage && counted(&object.item_type) && object.netbox_id.is_some()
            })
            .map(listed)
            .collect();
        result.insert(format!("{key}_count"), in_place(&report.objects, stage).into());
        result.insert(key, list.into());
    }
    result
}

/// The result of one stage's own stream.
pub(super) fn of_stage(report: &RunReport, stage: Stage) -> Map<String, Json> {
    let mut result = overall(report, words(stage).step);
    result.insert("count".to_owned(), in_place(&report.objects, stage).into());
    result
}

/// Whether a run that could do something did not do everything.
pub(super) fn is_degraded(report: &RunReport) -> bool {
    report.status != RunStatus::Completed
}

fn overall(report: &RunReport, phase: &str) -> Map<String, Json> {
    let Counts { created, updated, unchanged, skipped, failed, conflicts } = report.counts;
    let mut result = Map::new();
    result.insert("status".to_owned(), json!(report.status));
    result.insert("run_id".to_owned(), report.run.clone().into());
    for (name, count) in [
        ("created", created),
        ("updated", updated),
        ("unchanged", unchanged),
        ("skipped", skipped),
        ("failed", failed),
        ("conflicts", conflicts),
        ("total", report.counts.total()),
    ] {
        result.insert(name.to_owned(), count.into());
    }
    if report.dry_run {
        result.insert("dry_run".to_owned(), true.into());
    }
    if is_degraded(report) {
        result.insert("degraded".to_owned(), true.into());
    }
    let warnings = warnings(report, phase);
    if !warnings.is_empty() {
        result.insert("warnings".to_owned(), warnings.into());
    }
    result
}

fn listed(object: &ObjectReport) -> Json {
    json!({
        "id": object.netbox_id,
        "url": object.netbox_url,
        "name": object.name,
        "operation": operation(&object.result),
    })
}

fn warnings(report: &RunReport, phase: &str) -> Vec<Json> {
    let of_run = report.problems.iter().map(|problem| warning(phase, None, problem));
    let of_objects = report.objects.iter().filter_map(|object| match &object.result {
        ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => {
            Some(warning(object.stage.as_str(), Some(&object.name), problem))
        }
        _ => None,
    });
    of_run.chain(of_objects).take(MAX_WARNINGS).collect()
}

fn warning(phase: &str, name: Option<&str>, problem: &Problem) -> Json {
    let mut warning = json!({"phase": phase, "code": problem.code, "message": sentence(problem)});
    if let (Some(name), Some(fields)) = (name, warning.as_object_mut()) {
        fields.insert("name".to_owned(), name.into());
    }
    warning
}

/// The text of a run that is not as it should be.
pub(crate) fn trouble(report: &RunReport) -> String {
    let problem = report.problems.first().or_else(|| {
        report.objects.iter().find_map(|object| match &object.result {
            ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => Some(problem),
            _ => None,
        })
    });
    problem.map_or_else(|| "The run ended without saying why.".to_owned(), sentence)
}

/// `2 failed, 1 in conflict`; empty when only a source is incomplete.
pub(super) fn shortfall(counts: Counts) -> String {
    let parts: Vec<String> = [(counts.failed, "failed"), (counts.conflicts, "in conflict")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() { "not everything could be read".to_owned() } else { parts.join(", ") }
}
