//! What became of a fact, once its plan was applied.

use crate::{Fact, FactResult};
use proxbox_model::Problem;
use proxbox_model::plan::{Action, Applied, Plan};
use proxbox_model::report::{ObjectReport, ObjectResult};

/// The report of one fact. `applied` has one entry for each object of the plan; a missing entry counts as failed.
pub fn report(fact: &(Fact, FactResult), plan: &Plan, applied: &[Applied], netbox_url: &str) -> ObjectReport {
    let (fact, result) = fact;
    let (result, netbox_id, page) = match result {
        FactResult::Settled(result) => (result.clone(), None, None),
        FactResult::Planned { own, parts } => {
            let planned = plan.objects.get(*own);
            let (result, id) = outcome(planned.map(|object| &object.action), applied.get(*own));
            let parts = parts.iter().map(|part| {
                outcome(plan.objects.get(*part).map(|object| &object.action), applied.get(*part)).0
            });
            (parts.fold(result, with_part), id, planned.map(|object| object.kind.page))
        }
    };
    ObjectReport {
        stage: fact.stage,
        identity: fact.identity.clone(),
        name: fact.name.clone(),
        item_type: fact.item_type.clone(),
        result,
        netbox_id,
        netbox_url: netbox_id
            .zip(page)
            .map(|(id, page)| format!("{}/{page}/{id}/", netbox_url.trim_end_matches('/'))),
        without: Vec::new(),
        preview: None,
    }
}

/// An object's result together with that of one of its parts: what went wrong weighs most, then what was written.
fn with_part(own: ObjectResult, part: ObjectResult) -> ObjectResult {
    match (own, part) {
        (own @ (ObjectResult::Created | ObjectResult::Updated { .. } | ObjectResult::Unchanged), part) => {
            match (own, part) {
                (_, part @ (ObjectResult::Failed { .. } | ObjectResult::Conflict { .. })) => part,
                (ObjectResult::Unchanged, ObjectResult::Created) => {
                    ObjectResult::Updated { fields: Vec::new(), adopted: false }
                }
                (ObjectResult::Unchanged, part @ ObjectResult::Updated { .. }) => part,
                (
                    ObjectResult::Updated { mut fields, adopted },
                    ObjectResult::Updated { fields: more, .. },
                ) => {
                    fields.extend(more);
                    ObjectResult::Updated { fields, adopted }
                }
                (own, _) => own,
            }
        }
        (own, _) => own,
    }
}

fn outcome(action: Option<&Action>, applied: Option<&Applied>) -> (ObjectResult, Option<u64>) {
    let held = match action {
        Some(Action::Update { id, .. } | Action::Unchanged { id }) => Some(*id),
        _ => None,
    };
    match applied {
        Some(Applied::Created(id)) => (ObjectResult::Created, Some(*id)),
        Some(Applied::Updated(id)) => (updated(action), Some(*id)),
        Some(Applied::Unchanged(id)) => (ObjectResult::Unchanged, Some(*id)),
        Some(Applied::Skipped(reason)) => (ObjectResult::Skipped { reason: reason.clone() }, None),
        Some(Applied::Conflict(problem)) => (ObjectResult::Conflict { problem: problem.clone() }, held),
        Some(Applied::Failed(problem)) => (ObjectResult::Failed { problem: problem.clone() }, held),
        Some(Applied::Deleted(_)) | None => (ObjectResult::Failed { problem: not_applied() }, held),
    }
}

fn updated(action: Option<&Action>) -> ObjectResult {
    match action {
        Some(Action::Update { changes, adopted, .. }) => {
            ObjectResult::Updated { fields: changes.keys().cloned().collect(), adopted: *adopted }
        }
        Some(Action::Complete { fields, .. }) => {
            ObjectResult::Updated { fields: fields.keys().cloned().collect(), adopted: false }
        }
        _ => ObjectResult::Updated { fields: Vec::new(), adopted: false },
    }
}

fn not_applied() -> Problem {
    Problem::new("not-applied", "The run ended before this object was written.")
        .with_hint("Start the sync again; it continues where it stopped.")
}
