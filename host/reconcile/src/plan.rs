//! From desired and current objects to a plan.

use crate::custom::Definitions;
use crate::desired::label;
use crate::gone::Gone;
use crate::lower::Lowering;
use crate::matching::Seeker;
use crate::order::arrange;
use crate::planner::Planner;
use crate::resolve::{Absence, Resolver};
use crate::sources::Sources;
use crate::stale::stale;
use crate::world::World;
use crate::{Fact, Lowered, State, tags};
use proxbox_model::options::Kept;
use proxbox_model::plan::{Plan, Stale};
use proxbox_model::report::ObjectResult;
use proxbox_model::{Identity, Problem};
use std::collections::{BTreeSet, HashMap};

/// What becomes of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum FactResult {
    /// Its object, and what is part of it, are at those positions of [`Plan::objects`].
    Planned {
        /// The object.
        own: usize,
        /// Its parts: rows that describe it further, and what is set in a later pass.
        parts: Vec<usize>,
    },
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
    /// What deserves a look.
    pub problems: Vec<Problem>,
}

/// Compares what is desired with what NetBox holds. Pure: the same input gives the same plan.
///
/// `state` must hold the kinds of [`Lowered::kinds`]; objects of a kind that it lacks fail. In the plan, `tags` are lists
/// of slugs, relations are ids, and every position in `needs` is smaller than the position of the object itself.
pub fn reconcile(
    lowered: Lowered,
    state: &State,
    kept: &Kept,
    sources: &Sources,
    world: &World,
) -> Reconciled {
    let Lowered { facts, mut desired, .. } = lowered;
    tags::settle(&mut desired.objects, state);
    let objects = &desired.objects;
    // A later pass is about fields of an object, not about the object itself.
    let own = objects.iter().filter(|object| object.own && object.kind.pass_of.is_none());
    let own: BTreeSet<&Identity> = own.filter_map(|object| object.identity.as_ref()).collect();
    let mut settled: HashMap<&Identity, Absence> = HashMap::new();
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
                marks: None,
                uuid_before: None,
            });
        }
    }
    let definitions = Definitions::new(state, objects);
    let resolver = Resolver::new(state, &desired, settled, world);
    let extended = objects.iter().filter_map(|object| object.identity.as_ref());
    let missed = stale(facts.iter().map(|(fact, _)| &fact.identity), extended, state, sources);
    let others = (rivals, missed.as_slice());
    let decided = Planner::new(state, objects, &definitions, (kept, &world.kept), resolver, others).decide();
    let (mut decisions, mut problems) = (decided.decisions, decided.problems);
    // What has moved to another source is not gone.
    let is_there = |stale: &&Stale| decided.resolver.speaks_for(stale.kind, stale.id);
    let mut stale: Vec<Stale> = missed.iter().filter(|stale| !is_there(stale)).cloned().collect();
    let gone = Gone::find(state, &decided.resolver, &facts, sources, world);
    decisions.extend(gone.decisions);
    problems.extend(gone.problems);
    stale.extend(gone.stale);
    // What was wanted is in the decisions now, and takes more room than they do.
    drop(decided.resolver);
    drop(desired);
    let (planned, places) = arrange(decisions);
    let facts = facts.into_iter().map(|(fact, lowering)| {
        let place = |position: usize| places.get(position).copied().unwrap_or(usize::MAX);
        let result = match lowering {
            Lowering::Desired { own, parts } => {
                FactResult::Planned { own: place(own), parts: parts.into_iter().map(place).collect() }
            }
            Lowering::Settled(result) => FactResult::Settled(result),
        };
        (fact, result)
    });
    Reconciled { facts: facts.collect(), plan: Plan { objects: planned, stale }, problems }
}

fn because(result: &ObjectResult) -> Absence {
    match result {
        ObjectResult::Skipped { reason } => {
            Absence::LeftOut(format!("it was left out ({})", crate::text::shown(reason)))
        }
        ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => {
            Absence::Failed(problem.message.clone())
        }
        ObjectResult::Created | ObjectResult::Updated { .. } | ObjectResult::Unchanged => {
            Absence::Failed("it was not part of this run".to_owned())
        }
    }
}
