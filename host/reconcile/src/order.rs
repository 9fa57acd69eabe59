//! Puts decisions in an order in which everything comes after what it needs.

use crate::planner::Decision;
use proxbox_model::kind::rank;
use proxbox_model::plan::{Action, Change, Planned, PlannedObject};
use std::collections::BTreeSet;

/// The objects of a plan, and for each decision its position in the plan.
///
/// Kinds come in dependency order; within a kind, what changes comes before what is made, and an object that takes a name
/// comes after the one that gives it up.
pub(crate) fn arrange(decisions: Vec<Decision>) -> (Vec<PlannedObject>, Vec<usize>) {
    let depths = depths(&decisions);
    let mut order: Vec<usize> = (0..decisions.len()).collect();
    order.sort_by_key(|position| {
        let made =
            matches!(decisions.get(*position).map(|decision| &decision.action), Some(Action::Create(_)));
        (
            decisions.get(*position).map(|decision| rank(decision.kind)),
            made,
            depths.get(*position).copied(),
            *position,
        )
    });
    let mut places = vec![0; decisions.len()];
    for (place, position) in order.iter().enumerate() {
        if let Some(slot) = places.get_mut(*position) {
            *slot = place;
        }
    }
    let planned = |decision: Decision| {
        let needs: BTreeSet<usize> =
            decision.needs.iter().filter_map(|need| places.get(*need).copied()).collect();
        PlannedObject {
            kind: decision.kind,
            name: decision.name,
            identity: decision.identity,
            action: moved_action(decision.action, &places),
            needs: needs.into_iter().collect(),
            without: decision.without,
        }
    };
    let mut decisions: Vec<Option<Decision>> = decisions.into_iter().map(Some).collect();
    let in_order = order.iter().filter_map(|position| decisions.get_mut(*position)?.take());
    let objects = in_order.map(planned).collect();
    (objects, places)
}

/// How many objects of the same kind wait before each object.
fn depths(decisions: &[Decision]) -> Vec<usize> {
    let waits_for = |position: usize| {
        let kind = decisions.get(position)?.kind;
        let same = |need: &&usize| decisions.get(**need).is_some_and(|other| other.kind == kind);
        decisions.get(position)?.needs.iter().find(same).copied()
    };
    let depth = |position: usize| {
        std::iter::successors(Some(position), |position| waits_for(*position)).take(decisions.len()).count()
    };
    (0..decisions.len()).map(depth).collect()
}

fn moved_action(action: Action, places: &[usize]) -> Action {
    match action {
        Action::Create(fields) => {
            Action::Create(fields.into_iter().map(|(name, value)| (name, moved(value, places))).collect())
        }
        Action::Update { id, changes, adopted } => {
            let change =
                |change: Change| Change { before: change.before, after: moved(change.after, places) };
            let changes = changes.into_iter().map(|(name, value)| (name, change(value))).collect();
            Action::Update { id, changes, adopted }
        }
        Action::Complete { object, fields } => Action::Complete {
            object: places.get(object).copied().unwrap_or(object),
            fields: fields.into_iter().map(|(name, value)| (name, moved(value, places))).collect(),
        },
        other => other,
    }
}

fn moved(value: Planned, places: &[usize]) -> Planned {
    match value {
        Planned::Ready(value) => Planned::Ready(value),
        Planned::IdOf(position) => Planned::IdOf(places.get(position).copied().unwrap_or(position)),
        Planned::IdIfMade(position) => Planned::IdIfMade(places.get(position).copied().unwrap_or(position)),
        Planned::List(items) => Planned::List(items.into_iter().map(|item| moved(item, places)).collect()),
        Planned::Map(items) => {
            Planned::Map(items.into_iter().map(|(name, item)| (name, moved(item, places))).collect())
        }
    }
}
