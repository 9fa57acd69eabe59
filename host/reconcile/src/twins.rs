//! Objects that a sync made twice: two processes on one NetBox, or a write that went through although its answer was lost.

use crate::State;
use crate::owners::is_ours;
use proxbox_model::Problem;
use proxbox_model::kind::Kind;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The oldest of several objects of one natural key, when a sync has made them all.
pub(crate) fn oldest_of_ours(state: &State, kind: &Kind, ids: &[u64]) -> Option<u64> {
    let ours = |id: &u64| state.get(kind, *id).is_some_and(is_ours);
    ids.iter().all(ours).then(|| ids.iter().min().copied())?
}

/// What is told of twins, each pair once.
#[derive(Debug, Default)]
pub(crate) struct Twins(RefCell<BTreeMap<(&'static str, u64), Problem>>);

impl Twins {
    /// Hears that one of the objects `ids` is used, which may be among them.
    pub(crate) fn tell(&self, kind: &'static Kind, object: &str, used: u64, ids: &[u64]) {
        let label = kind.label;
        let others = ids.iter().filter(|id| **id != used);
        let listed = others.map(|id| format!("id {id}")).collect::<Vec<_>>().join(", ");
        let problem = Problem::new(
            "identity-twins",
            format!("NetBox has another {label} for {object} ({listed}); the one with id {used} is used"),
        )
        .with_hint(format!("Nothing is part of the other: delete it in NetBox ({listed})."));
        self.0.borrow_mut().insert((kind.name, used), problem);
    }

    pub(crate) fn into_problems(self) -> impl Iterator<Item = Problem> {
        self.0.into_inner().into_values()
    }
}
