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
        FactResult::Planned(index) => {
            let planned = plan.objects.get(*index);
            let (result, id) = outcome(planned.map(|object| &object.action), applied.get(*index));
            (result, id, planned.map(|object| object.kind.page))
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
        Some(Applied::Conflict(problem)) => (ObjectResult::Conflict { problem: problem.clone() }, held),
        Some(Applied::Failed(problem)) => (ObjectResult::Failed { problem: problem.clone() }, held),
        None => (ObjectResult::Failed { problem: not_applied() }, held),
    }
}

fn updated(action: Option<&Action>) -> ObjectResult {
    match action {
        Some(Action::Update { changes, adopted, .. }) => {
            ObjectResult::Updated { fields: changes.keys().cloned().collect(), adopted: *adopted }
        }
        _ => ObjectResult::Updated { fields: Vec::new(), adopted: false },
    }
}

fn not_applied() -> Problem {
    Problem::new("not-applied", "The run ended before this object was written.")
        .with_hint("Start the sync again; it continues where it stopped.")
}
