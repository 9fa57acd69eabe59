//! From desired and current objects to a plan.

use crate::custom::Definitions;
use crate::desired::label;
use crate::lower::Lowering;
use crate::matching::Seeker;
use crate::order::arrange;
use crate::planner::Planner;
use crate::resolve::Resolver;
use crate::stale::stale;
use crate::{Fact, Lowered, State};
use proxbox_model::Identity;
use proxbox_model::options::Kept;
use proxbox_model::plan::Plan;
use proxbox_model::report::ObjectResult;
use std::collections::{BTreeSet, HashMap};

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
///
/// `state` must hold the kinds of [`Lowered::kinds`]; objects of a kind that it lacks fail. In the plan, `tags` are lists
/// of slugs, relations are ids, and every position in `needs` is smaller than the position of the object itself.
pub fn reconcile(lowered: Lowered, state: &State, kept: &Kept, sources: &Sources) -> Reconciled {
    let Lowered { facts, desired } = lowered;
    let objects = &desired.objects;
    let own: BTreeSet<&Identity> =
        objects.iter().filter(|object| object.own).filter_map(|object| object.identity.as_ref()).collect();
    let mut settled: HashMap<&Identity, String> = HashMap::new();
    let mut rivals = Vec::new();
    for (fact, lowering) in &facts {
        if let Lowering::Settled(result) = lowering
            && !own.contains(&fact.identity)
        {
            settled.entry(&fact.identity).or_insert_with(|| because(result));
            rivals.push(Seeker {
                identity: fact.identity.clone(),
                label: label(&fact.identity, &fact.name),
                name: Some(crate::text::trim(&fact.name).to_owned()),
                cluster: None,
                site: None,
            });
        }
    }
    let definitions = Definitions::new(state, objects);
    let resolver = Resolver::new(state, &desired, settled);
    let decisions = Planner::new(state, objects, &definitions, kept, resolver, rivals).decide();
    let (planned, places) = arrange(objects, decisions);
    let extended = objects.iter().filter_map(|object| object.identity.as_ref());
    let stale = stale(facts.iter().map(|(fact, _)| &fact.identity), extended, state, sources);
    let facts = facts.into_iter().map(|(fact, lowering)| {
        let result = match lowering {
            Lowering::Desired(position) => {
                FactResult::Planned(places.get(position).copied().unwrap_or(usize::MAX))
            }
            Lowering::Settled(result) => FactResult::Settled(result),
        };
        (fact, result)
    });
    Reconciled { facts: facts.collect(), plan: Plan { objects: planned, stale } }
}

fn because(result: &ObjectResult) -> String {
    match result {
        ObjectResult::Skipped { reason } => format!("it was left out ({})", crate::text::shown(reason)),
        ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => problem.message.clone(),
        ObjectResult::Created | ObjectResult::Updated { .. } | ObjectResult::Unchanged => {
            "it was not part of this run".to_owned()
        }
    }
}
