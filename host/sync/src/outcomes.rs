//! From what became of planned objects to the reports of the facts behind them.

use crate::progress::{Progress, StageProgress};
use crate::shortfalls::Shortfalls;
use proxbox_model::Identity;
use proxbox_model::event::Item;
use proxbox_model::plan::{Action, Applied, Plan, PlannedObject, Shortfall};
use proxbox_model::problem::Problem;
use proxbox_model::report::{ObjectReport, ObjectResult, Preview, Stage};
use proxbox_reconcile::{Fact, FactResult, Reconciled, Writing, report};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Failed objects that no fact stands behind of which each is told; the rest is counted.
const MOST_TOLD: usize = 10;

/// Follows a plan while it is applied.
pub(crate) struct Outcomes<'a> {
    plan: &'a Plan,
    facts: &'a [(Fact, FactResult)],
    /// By fact, what is foreseen in detail; empty unless the run only plans.
    previews: Vec<Option<Arc<Preview>>>,
    /// Objects that failed and that no fact stands behind.
    failed_dependencies: usize,
    /// Facts by the positions of their objects and parts in the plan.
    by_position: HashMap<usize, Vec<usize>>,
    /// By fact, how many of its positions have no outcome yet.
    waiting: HashMap<usize, usize>,
    settled: BTreeSet<usize>,
    applied: Vec<Applied>,
    /// By position, what an object was written without.
    without: HashMap<usize, Vec<Shortfall>>,
    stages: Vec<Stage>,
    netbox_url: &'a str,
}

impl<'a> Outcomes<'a> {
    pub(crate) fn new(
        reconciled: &'a Reconciled,
        previews: Vec<Option<Arc<Preview>>>,
        stages: Vec<Stage>,
        netbox_url: &'a str,
    ) -> Self {
        let pending = Problem::new("sync-not-reached", "the run ended before this object's turn");
        let mut outcomes = Self {
            plan: &reconciled.plan,
            facts: &reconciled.facts,
            previews,
            failed_dependencies: 0,
            by_position: HashMap::new(),
            waiting: HashMap::new(),
            settled: BTreeSet::new(),
            applied: vec![Applied::Failed(pending); reconciled.plan.objects.len()],
            without: HashMap::new(),
            stages,
            netbox_url,
        };
        for (index, (fact, result)) in reconciled.facts.iter().enumerate() {
            if let (true, FactResult::Planned { own, parts }) = (outcomes.reports(fact), result) {
                let positions: BTreeSet<usize> = std::iter::once(*own).chain(parts.iter().copied()).collect();
                outcomes.waiting.insert(index, positions.len());
                for position in positions {
                    outcomes.by_position.entry(position).or_default().push(index);
                }
            }
        }
        outcomes
    }

    /// Whether a fact is one of those that the run is about.
    fn reports(&self, fact: &Fact) -> bool {
        self.stages.contains(&fact.stage) && fact.writing != Writing::Nothing
    }

    /// Every stage of the run with its items and what is settled before anything is written.
    pub(crate) fn stages(&self) -> Vec<StageProgress> {
        let mut stages: Vec<StageProgress> = self.stages.iter().copied().map(StageProgress::new).collect();
        for (index, fact) in self.facts.iter().enumerate().filter(|(_, (fact, _))| self.reports(fact)) {
            let Some(progress) = stages.iter_mut().find(|progress| progress.stage == fact.0.stage) else {
                continue;
            };
            progress.items.push(Item { name: fact.0.name.clone(), item_type: fact.0.item_type.clone() });
            if let (_, FactResult::Settled(_)) = fact {
                progress.settled.push(self.report(index, fact));
            }
        }
        for stage in self.plan.objects.iter().filter_map(clears) {
            let progress = stages.iter_mut().find(|progress| progress.stage == stage);
            progress.into_iter().for_each(|progress| progress.clearing += 1);
        }
        stages
    }

    fn report(&self, index: usize, fact: &(Fact, FactResult)) -> ObjectReport {
        let mut object = report(fact, self.plan, &self.applied, self.netbox_url);
        if let FactResult::Planned { own, parts } = &fact.1 {
            let positions: BTreeSet<&usize> = std::iter::once(own).chain(parts).collect();
            let without = positions.into_iter().filter_map(|position| self.without.get(position));
            object.without = without.flatten().cloned().collect();
        }
        object.preview = self.previews.get(index).cloned().flatten();
        if object.netbox_id == Some(0) {
            object.netbox_id = None;
            object.netbox_url = None;
        }
        object
    }

    /// What became of one object of the plan.
    pub(crate) fn settle(
        &mut self,
        position: usize,
        applied: Applied,
        without: &[Shortfall],
        progress: &Progress,
    ) {
        if !self.settled.insert(position) {
            return;
        }
        let planned = self.plan.objects.get(position).map(|object| object.without.as_slice());
        let without: Vec<Shortfall> = planned.unwrap_or_default().iter().chain(without).cloned().collect();
        if !without.is_empty() {
            self.without.insert(position, without);
        }
        let dependency = dependency_result(&applied);
        if let Some(slot) = self.applied.get_mut(position) {
            *slot = applied;
        }
        let Some(facts) = self.by_position.get(&position) else {
            if let Some(stage) = self.plan.objects.get(position).and_then(clears) {
                progress.cleared(stage, self.applied.get(position));
            } else if let Some(result) = dependency {
                progress.count_dependency(&result);
                self.tell_failed_dependency(position, result, progress);
            }
            return;
        };
        for index in facts {
            let Some(waiting) = self.waiting.get_mut(index) else { continue };
            *waiting = waiting.saturating_sub(1);
            if let (0, Some(fact)) = (*waiting, self.facts.get(*index)) {
                progress.done(self.report(*index, fact));
            }
        }
    }
}

impl Outcomes<'_> {
    /// What objects were written without, each reason once: something that was asked for is not done.
    pub(crate) fn tell_shortfalls(&self, progress: &Progress) {
        let mut reasons = Shortfalls::default();
        for (position, object) in self.plan.objects.iter().enumerate() {
            let without = self.without.get(&position).into_iter().flatten();
            reasons.add(object.kind, self.name(position, object), without);
        }
        let of_facts = self.by_position.keys().filter_map(|position| self.applied.get(*position));
        let told = of_facts.filter_map(|applied| match applied {
            Applied::Failed(problem) | Applied::Conflict(problem) => Some(problem.message.as_str()),
            _ => None,
        });
        let reasons = reasons.without_the_told(&told.collect());
        reasons.into_problems().into_iter().for_each(|problem| progress.degrade(problem));
    }

    /// The SMBIOS UUIDs of guests that are in NetBox now, but for those that are known.
    pub(crate) fn uuids(&self, known: &HashMap<Identity, String>) -> HashMap<Identity, String> {
        let noted = |(fact, result): &(Fact, FactResult)| {
            let FactResult::Planned { own, .. } = result else { return None };
            let there = matches!(
                self.applied.get(*own)?,
                Applied::Created(_) | Applied::Updated(_) | Applied::Unchanged(_)
            );
            let uuid = fact.uuid.as_ref().filter(|uuid| there && known.get(&fact.identity) != Some(uuid))?;
            Some((fact.identity.clone(), uuid.clone()))
        };
        self.facts.iter().filter_map(noted).collect()
    }

    /// What was to be made and is there now, made by somebody else: another service is at work in this NetBox.
    pub(crate) fn tell_what_came(&self, progress: &Progress) {
        let mut came: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (object, applied) in self.plan.objects.iter().zip(&self.applied) {
            if matches!((&object.action, applied), (Action::Create(_), Applied::Unchanged(_))) {
                came.entry(object.kind.label).or_default().push(&object.name);
            }
        }
        for (label, names) in came {
            let (count, first) = (names.len(), names.first().copied().unwrap_or_default());
            progress.warn(
                Problem::new(
                    "sync-made-meanwhile",
                    format!("Somebody else made {count} {label}(s) while this run was writing, the first is {first}"),
                )
                .with_hint(
                    "They are used and not made a second time. Only one service should sync an estate into a NetBox: \
                     look for another one, or an older one that still runs.",
                ),
            );
        }
    }

    /// What the fact behind an object is called, which says whose part it is, or else its own name.
    fn name<'o>(&'o self, position: usize, object: &'o PlannedObject) -> &'o str {
        let facts = self.by_position.get(&position).into_iter().flatten();
        let mut names = facts.filter_map(|index| self.facts.get(*index)).map(|(fact, _)| fact.name.as_str());
        names.next().unwrap_or(&object.name)
    }

    /// What is brought along and referred to by nobody has no object whose outcome would tell that it failed.
    fn tell_failed_dependency(&mut self, position: usize, result: ObjectResult, progress: &Progress) {
        let (ObjectResult::Failed { problem } | ObjectResult::Conflict { problem }) = result else { return };
        let Some(object) = self.plan.objects.get(position) else { return };
        self.failed_dependencies += 1;
        if self.failed_dependencies <= MOST_TOLD {
            let message = format!("{} {}: {}", object.kind.label, object.name, problem.message);
            progress.degrade(Problem { message, ..problem });
        }
    }
}

/// The stage whose gone rows an object of the plan is one of: it is removed, or marked as stale.
fn clears(object: &PlannedObject) -> Option<Stage> {
    let stage = match object.kind.name {
        "netbox_proxbox.vmbackup" => Stage::Backups,
        "netbox_proxbox.vmsnapshot" => Stage::Snapshots,
        "netbox_proxbox.backuproutine" => Stage::BackupRoutines,
        "netbox_proxbox.replication" => Stage::Replications,
        _ => return None,
    };
    let gone = match &object.action {
        Action::Delete { .. } => true,
        Action::Update { changes, .. } => object.identity.is_none() && changes.contains_key("status"),
        _ => false,
    };
    gone.then_some(stage)
}

/// What applying would come to when NetBox refuses nothing; ids of objects that are not there yet are 0.
pub(crate) fn foreseen(plan: &Plan) -> impl Iterator<Item = (usize, Applied)> + '_ {
    plan.objects.iter().enumerate().map(|(position, object)| {
        let applied = match &object.action {
            Action::Create(_) => Applied::Created(0),
            Action::Update { id, .. } => Applied::Updated(*id),
            Action::Complete { fields, .. } if fields.is_empty() => Applied::Unchanged(0),
            Action::Complete { .. } => Applied::Updated(0),
            Action::Delete { id } => Applied::Deleted(*id),
            Action::Unchanged { id } => Applied::Unchanged(*id),
            Action::Skip(reason) => Applied::Skipped(reason.clone()),
            Action::Conflict(problem) => Applied::Conflict(problem.clone()),
            Action::Fail(problem) => Applied::Failed(problem.clone()),
        };
        (position, applied)
    })
}

/// How an object that no fact of the run stands behind is counted; one that was left out is not.
fn dependency_result(applied: &Applied) -> Option<ObjectResult> {
    Some(match applied {
        Applied::Created(_) => ObjectResult::Created,
        Applied::Updated(_) | Applied::Deleted(_) => {
            ObjectResult::Updated { fields: Vec::new(), adopted: false }
        }
        Applied::Unchanged(_) => ObjectResult::Unchanged,
        Applied::Skipped(_) => return None,
        Applied::Conflict(problem) => ObjectResult::Conflict { problem: problem.clone() },
        Applied::Failed(problem) => ObjectResult::Failed { problem: problem.clone() },
    })
}
