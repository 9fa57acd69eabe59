//! Carrying out a plan: kind by kind, in bulk, and once.

mod body;
mod doubt;
mod fault;
mod outcome;
mod problems;
mod relent;
mod search;
mod write;

use crate::client::Netbox;
use body::Readiness;
use proxbox_model::Problem;
use proxbox_model::plan::{Action, Applied, Plan, Shortfall};
use serde_json::{Map, Value as Json};
use std::ops::Range;
use write::{Item, Operation};

impl Netbox {
    /// Carries out a plan and says what became of each of its objects, in the plan's order. `done` hears of every object as soon as its
    /// fate is known, and what it was written without: an attribute that is not there, or that NetBox refuses, costs only itself. What
    /// is unchanged or cannot be done costs no request; what cannot be written does not stop the rest, unless NetBox is out of reach or
    /// refuses the token.
    pub async fn apply(&self, plan: &Plan, done: &mut Done<'_>) -> Vec<Applied> {
        let mut run = Run {
            netbox: self,
            plan,
            done,
            results: vec![None; plan.objects.len()],
            batch_size: self.settings.bulk_batch_size.max(1),
            setbacks: 0,
            stop: None,
            at_work: 0..0,
            impatient: false,
            tags: None,
        };
        run.settle_what_is_decided();
        let mut start = 0;
        for group in plan.objects.chunk_by(|one, next| one.kind == next.kind) {
            run.group(start..start + group.len()).await;
            start += group.len();
        }
        run.finish()
    }
}

/// Hears of an object: its position, what became of it, and what it was written without.
pub(super) type Done<'a> = dyn FnMut(usize, &Applied, &[Shortfall]) + Send + 'a;

/// A plan that is being carried out.
struct Run<'a> {
    netbox: &'a Netbox,
    plan: &'a Plan,
    done: &'a mut Done<'a>,
    results: Vec<Option<Applied>>,
    /// Objects in one request; shrinks when NetBox cannot cope.
    batch_size: usize,
    /// Objects in a row that failed for want of an answer.
    setbacks: usize,
    /// Why nothing more is sent.
    stop: Option<Problem>,
    /// Positions of the kind that is being written.
    at_work: Range<usize>,
    /// Whether attributes are waited for no longer, because they wait for each other.
    impatient: bool,
    /// NetBox's tags, once it refused one; none in it when they may not be read.
    tags: Option<Option<Vec<Map<String, Json>>>>,
}

impl Run<'_> {
    fn settle(&mut self, index: usize, applied: Applied) {
        self.settle_without(index, applied, &[]);
    }

    fn settle_without(&mut self, index: usize, applied: Applied, without: &[Shortfall]) {
        (self.done)(index, &applied, without);
        if let Some(result) = self.results.get_mut(index) {
            *result = Some(applied);
        }
    }

    fn settle_what_is_decided(&mut self) {
        for (index, object) in self.plan.objects.iter().enumerate() {
            match &object.action {
                Action::Unchanged { id } => self.settle(index, Applied::Unchanged(*id)),
                Action::Skip(reason) => self.settle(index, Applied::Skipped(reason.clone())),
                Action::Conflict(problem) => self.settle(index, Applied::Conflict(problem.clone())),
                Action::Fail(problem) => self.settle(index, Applied::Failed(problem.clone())),
                Action::Create(_)
                | Action::Update { .. }
                | Action::Complete { .. }
                | Action::Delete { .. } => {}
            }
        }
    }

    /// Writes neighbours of one kind: those first that wait for nothing, then those that waited for them.
    async fn group(&mut self, range: Range<usize>) {
        self.at_work = range.clone();
        let mut pending: Vec<usize> = range.filter(|index| self.result(*index).is_none()).collect();
        while !pending.is_empty() {
            let before = pending.len();
            let (mut updates, mut creates, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
            let mut deletes = Vec::new();
            for index in pending {
                match self.readiness(index) {
                    Readiness::Update(item) => updates.push(item),
                    Readiness::Create(item) => creates.push(item),
                    Readiness::Delete(item) => deletes.push(item),
                    Readiness::Settled(applied, without) => self.settle_without(index, applied, &without),
                    Readiness::Waiting => waiting.push(index),
                    Readiness::Blocked(problem) => self.settle(index, Applied::Failed(problem)),
                }
            }
            // Updates first: they may give up a name that a new object takes.
            self.write(Operation::Update, updates).await;
            self.write(Operation::Create, creates).await;
            self.write(Operation::Delete, deletes).await;
            let stuck = waiting.len() == before;
            if stuck && self.impatient {
                break;
            }
            self.impatient = stuck;
            pending = waiting;
        }
        self.impatient = false;
    }

    fn result(&self, index: usize) -> Option<&Applied> {
        self.results.get(index).and_then(Option::as_ref)
    }

    fn finish(mut self) -> Vec<Applied> {
        for (index, object) in self.plan.objects.iter().enumerate() {
            if self.result(index).is_none() {
                self.settle(index, Applied::Failed(problems::out_of_order(object)));
            }
        }
        let unsettled = || Applied::Failed(Problem::new("netbox-unsettled", "The object has no outcome"));
        self.results.into_iter().map(|result| result.unwrap_or_else(unsettled)).collect()
    }

    async fn write(&mut self, operation: Operation, items: Vec<Item>) {
        write::write(self, operation, items).await;
    }
}
