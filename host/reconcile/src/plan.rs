//! From desired and current objects to a plan.

use crate::{Fact, Lowered, State};
use proxbox_model::options::Kept;
use proxbox_model::plan::Plan;
use proxbox_model::report::ObjectResult;
use std::collections::BTreeSet;

/// Which sources were read, by cluster name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Read in full: what they do not name is gone.
    pub complete: BTreeSet<String>,
    /// Read at all, in full or not.
    pub read: BTreeSet<String>,
}

/// What becomes of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum FactResult {
    /// Its object is at that position of [`Plan::objects`].
    Planned(usize),
    /// It has no object in the plan.
    Settled(ObjectResult),
}

/// A plan, and for every fact where to look for its result.
#[derive(Clone, Debug)]
pub struct Reconciled {
    /// What to do.
    pub plan: Plan,
    /// The facts given to [`crate::lower`], in that order.
    pub facts: Vec<(Fact, FactResult)>,
}

/// Compares what is desired with what NetBox holds. Pure: the same input gives the same plan.
pub fn reconcile(lowered: Lowered, _state: &State, _kept: &Kept, _sources: &Sources) -> Reconciled {
    let skipped = || FactResult::Settled(ObjectResult::Skipped { reason: "not yet reconciled".to_owned() });
    Reconciled {
        plan: Plan::default(),
        facts: lowered.facts.into_iter().map(|(f, _)| (f, skipped())).collect(),
    }
}
