//! What a run came to, as the last frame and the plain `GET /full-update` say it.

use super::tally::{Tallies, Tally, members};
use super::words::{Shape, operation, sentence, words};
use proxbox_model::Problem;
use proxbox_model::report::{Counts, ObjectReport, ObjectResult, RunReport, RunStatus, Stage};
use serde_json::{Map, Value as Json, json};

/// More would drown whoever reads them; the counts say how many there are.
const MAX_WARNINGS: usize = 50;

/// The result of a full update: a member and a count for every stage, all counts of each, and the counts over all.
pub(crate) fn full(report: &RunReport) -> Map<String, Json> {
    let mut result = overall(report, "full-update");
    let tallies: Tallies = report.objects().collect();
    for stage in Stage::ALL {
        let (names, tally) = (words(stage), tallies.of(stage));
        let member = match names.result {
            Shape::List => list(report, stage),
            Shape::EmptyList => json!([]),
            Shape::Counts => Json::Object(counted(tally)),
        };
        result.insert(format!("{}_count", names.key()), tally.in_place.into());
        result.insert(names.key(), member);
    }
    result.insert("stages".to_owned(), of_each(&tallies, &Stage::ALL));
    result
}

/// The result of one stage's own stream; of each stage, where others came along.
pub(super) fn of_stage(report: &RunReport, stage: Stage) -> Map<String, Json> {
    let mut result = overall(report, words(stage).phase);
    let tallies: Tallies = report.objects().collect();
    result.insert("count".to_owned(), tallies.of(stage).in_place.into());
    if tallies.stages() > 1 {
        let stages: Vec<Stage> =
            Stage::ALL.into_iter().filter(|stage| tallies.of(*stage).counts.total() > 0).collect();
        result.insert("stages".to_owned(), of_each(&tallies, &stages));
    }
    result
}

/// Whether a stage answers those who want no stream with a list.
pub(crate) fn is_listed(stage: Stage) -> bool {
    matches!(words(stage).result, Shape::List | Shape::EmptyList)
}

/// What a stage answers to those who want no stream: the list of its objects, or their counts.
pub(crate) fn plain(report: &RunReport, stage: Stage) -> Json {
    if is_listed(stage) {
        return list(report, stage);
    }
    let mut counts = counted(report.objects().collect::<Tallies>().of(stage));
    counts.insert("deleted".to_owned(), report.gone.deleted.into());
    Json::Object(counts)
}

/// The objects of one type, whatever their stage.
pub(crate) fn of_type(report: &RunReport, item_type: &str) -> Json {
    let wanted = |object: &&ObjectReport| object.item_type == item_type && object.netbox_id.is_some();
    report.objects().filter(wanted).map(listed).collect()
}

fn list(report: &RunReport, stage: Stage) -> Json {
    let wanted = |object: &&ObjectReport| {
        object.stage == stage && words(stage).counts(&object.item_type) && object.netbox_id.is_some()
    };
    report.objects().filter(wanted).map(listed).collect()
}

fn counted(tally: Tally) -> Map<String, Json> {
    let mut counts = members(tally.counts);
    counts.insert("count".to_owned(), tally.in_place.into());
    counts.insert("errors".to_owned(), (tally.counts.failed + tally.counts.conflicts).into());
    counts
}

fn of_each(tallies: &Tallies, stages: &[Stage]) -> Json {
    stages
        .iter()
        .map(|stage| (words(*stage).step.to_owned(), Json::Object(members(tallies.of(*stage).counts))))
        .collect::<Map<String, Json>>()
        .into()
}

/// Whether a run that could do something did not do everything.
pub(super) fn is_degraded(report: &RunReport) -> bool {
    report.status != RunStatus::Completed
}

fn overall(report: &RunReport, phase: &str) -> Map<String, Json> {
    let mut result = members(report.counts);
    result.insert("status".to_owned(), json!(report.status));
    result.insert("run_id".to_owned(), report.run.clone().into());
    if report.dry_run {
        result.insert("dry_run".to_owned(), true.into());
    }
    if let Some(quick) = report.quick {
        result.insert("quick".to_owned(), json!(quick));
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
    let of_objects = report.objects().filter_map(|object| match &object.result {
        ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => {
            Some(warning(words(object.stage).phase, Some(&object.name), problem))
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
    report.cause().map_or_else(|| "The run ended without saying why.".to_owned(), sentence)
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
