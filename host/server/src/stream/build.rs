//! Frames that need nothing but the object or problem they are about.

use super::frame::{Complete, Detail, ErrorDetail, Frame, ItemProgress, Named, ProgressOf, Step, StepRest};
use super::words::{category, nouns, operation, sentence, words};
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, ObjectReport, ObjectResult, Stage};

pub(super) fn complete_error(message: String, detail: String) -> Frame {
    Frame::Complete(Complete { ok: false, message, result: None, errors: vec![Detail { detail }] })
}

/// The beginning of a stage; its own stream calls it by another name than the full update does.
pub(super) fn started(stage: Stage, full: bool) -> Frame {
    let names = words(stage);
    let label = if full { names.label.to_owned() } else { names.own_label.to_lowercase() };
    Frame::Step(Step {
        step: names.step,
        status: "started",
        message: format!("Starting {label} synchronization."),
        rest: StepRest::Bare {},
    })
}

/// The beginning of what is about one virtual machine, by its id in NetBox.
pub(super) fn started_for(step: &'static str, stage: Stage, machine: u64) -> Frame {
    let message = match stage {
        Stage::VirtualMachines => format!("Starting virtual machine synchronization for id={machine}."),
        _ => format!("Starting {} sync for VM id={machine}.", words(stage).label),
    };
    Frame::Step(Step { step, status: "started", message, rest: StepRest::Bare {} })
}

pub(super) fn named(object: &ObjectReport) -> Named {
    Named {
        name: object.name.clone(),
        netbox_id: object.netbox_id,
        netbox_url: object.netbox_url.clone(),
        item_type: Some(object.item_type.clone()),
    }
}

pub(super) fn processing(object: &ObjectReport, progress: ProgressOf, counts: Counts) -> Frame {
    let verb = match object.stage {
        Stage::Devices => "Finalizing",
        _ => "Processing",
    };
    Frame::ItemProgress(ItemProgress {
        event: "item_progress",
        phase: words(object.stage).phase,
        status: "processing",
        message: format!("{verb} {} '{}'", nouns(&object.item_type).0, object.name),
        item: Named { netbox_id: None, netbox_url: None, ..named(object) },
        operation: operation(&object.result),
        progress,
        counts: Some(counts.into()),
        error: None,
        warning: None,
    })
}

/// An object that is done, with what its stage came to so far: clients do not keep every frame.
pub(super) fn item_done(object: &ObjectReport, progress: ProgressOf, counts: Counts) -> Frame {
    let one = nouns(&object.item_type).0;
    let name = &object.name;
    let (status, message, error, warning) = match &object.result {
        ObjectResult::Failed { problem } => {
            ("failed", format!("Failed to sync {one} '{name}'"), Some(sentence(problem)), None)
        }
        ObjectResult::Conflict { problem } => {
            ("failed", format!("Conflict over {one} '{name}'"), Some(sentence(problem)), None)
        }
        ObjectResult::Skipped { reason } => {
            ("completed", format!("Skipped {one} '{name}'"), None, Some(reason.clone()))
        }
        ObjectResult::Created | ObjectResult::Updated { .. } | ObjectResult::Unchanged => {
            ("completed", format!("Synced {one} '{name}'"), None, None)
        }
    };
    Frame::ItemProgress(ItemProgress {
        event: "item_progress",
        phase: words(object.stage).phase,
        status,
        message,
        item: named(object),
        operation: operation(&object.result),
        progress,
        counts: Some(counts.into()),
        error,
        warning,
    })
}

pub(super) fn error_detail(phase: &'static str, item: Option<Named>, problem: &Problem) -> Frame {
    Frame::ErrorDetail(ErrorDetail {
        event: "error_detail",
        phase,
        item,
        category: category(problem),
        message: problem.message.clone(),
        detail: (!problem.causes.is_empty()).then(|| problem.causes.join(": ")),
        suggestion: problem.hint.clone(),
    })
}
