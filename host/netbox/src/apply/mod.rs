//! Carrying out a plan: kind by kind, in bulk, and once.

mod body;
mod outcome;
mod problems;
mod search;
mod write;

use crate::client::Netbox;
use body::Readiness;
use proxbox_model::Problem;
use proxbox_model::plan::{Action, Applied, Plan};
use write::{Item, Operation};

impl Netbox {
    /// Carries out a plan and says what became of each of its objects, in the plan's order. `done` hears of every object as soon as its
    /// fate is known. What is unchanged or cannot be done costs no request; what cannot be written does not stop the rest, unless
    /// NetBox is out of reach or refuses the token.
    pub async fn apply(&self, plan: &Plan, done: &mut (dyn FnMut(usize, &Applied) + Send)) -> Vec<Applied> {
        let mut run = Run {
            netbox: self,
            plan,
            done,
            results: vec![None; plan.objects.len()],
            batch_size: self.settings.bulk_batch_size.max(1),
            setbacks: 0,
            stop: None,
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

/// A plan that is being carried out.
struct Run<'a> {
    netbox: &'a Netbox,
    plan: &'a Plan,
    done: &'a mut (dyn FnMut(usize, &Applied) + Send),
    results: Vec<Option<Applied>>,
    /// Objects in one request; shrinks when NetBox cannot cope.
    batch_size: usize,
    /// Objects in a row that failed for want of an answer.
    setbacks: usize,
    /// Why nothing more is sent.
    stop: Option<Problem>,
}

impl Run<'_> {
    fn settle(&mut self, index: usize, applied: Applied) {
        (self.done)(index, &applied);
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
    async fn group(&mut self, range: std::ops::Range<usize>) {
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
                    Readiness::Settled(applied) => self.settle(index, applied),
                    Readiness::Waiting => waiting.push(index),
                    Readiness::Blocked(problem) => self.settle(index, Applied::Failed(problem)),
                }
            }
            // Updates first: they may give up a name that a new object takes.
            self.write(Operation::Update, updates).await;
            self.write(Operation::Create, creates).await;
            self.write(Operation::Delete, deletes).await;
            if waiting.len() == before {
                return;
            }
            pending = waiting;
        }
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
