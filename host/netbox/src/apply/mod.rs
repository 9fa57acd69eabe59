//! Carrying out a plan: in the order of what objects depend on, in bulk, side by side where that is allowed, and once.

mod body;
mod doubt;
mod fault;
mod lane;
mod outcome;
mod pace;
mod problems;
mod relent;
mod search;
mod write;

use crate::client::Netbox;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use lane::Lane;
use pace::Pace;
pub use problems::is_gone;
use proxbox_model::Problem;
use proxbox_model::plan::{Action, Applied, Plan, Shortfall};
use serde_json::{Map, Value as Json};
use std::pin::pin;
use write::Landed;

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
            pace: Pace::new(self.settings.bulk_batch_size),
            setbacks: 0,
            stop: None,
            tags: None,
        };
        run.settle_what_is_decided().await;
        run.work_off(Lane::all(plan)).await;
        run.finish()
    }
}

/// Objects that are settled before others get their turn on this thread.
const AT_A_STRETCH: usize = 256;

/// Hears of an object: its position, what became of it, and what it was written without.
pub(super) type Done<'a> = dyn FnMut(usize, &Applied, &[Shortfall]) + Send + 'a;

/// Requests under way, each with the position of its lane.
type Flying<'a> = FuturesUnordered<BoxFuture<'a, (usize, Landed)>>;

/// Does some work while requests are under way, and keeps those that land.
async fn beside<T>(
    work: impl Future<Output = T>,
    flying: &mut Flying<'_>,
    landed: &mut Vec<(usize, Landed)>,
) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            Some(next) = flying.next(), if !flying.is_empty() => landed.push(next),
        }
    }
}

/// A plan that is being carried out.
struct Run<'a> {
    netbox: &'a Netbox,
    plan: &'a Plan,
    done: &'a mut Done<'a>,
    results: Vec<Option<Applied>>,
    /// Objects in one request.
    pace: Pace,
    /// Objects in a row that failed for want of an answer.
    setbacks: usize,
    /// Why nothing more is sent.
    stop: Option<Problem>,
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

    async fn settle_what_is_decided(&mut self) {
        for (index, object) in self.plan.objects.iter().enumerate() {
            if index % AT_A_STRETCH == 0 {
                tokio::task::yield_now().await;
            }
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

    /// Writes lanes side by side, as many requests at a time as the settings allow.
    async fn work_off(&mut self, mut lanes: Vec<Lane>) {
        let most = self.netbox.settings.max_concurrent.max(1);
        let mut flying: Flying<'_> = FuturesUnordered::new();
        let mut landed = Vec::new();
        loop {
            for index in 0..lanes.len() {
                let is_open = lanes.get(index).is_some_and(|lane| lane.is_open(&lanes));
                let Some(lane) = lanes.get_mut(index).filter(|_| is_open) else { continue };
                while flying.len() < most {
                    let Some(request) = beside(self.next(lane), &mut flying, &mut landed).await else {
                        break;
                    };
                    let netbox = self.netbox;
                    flying.push(async move { (index, request.send(netbox).await) }.boxed());
                }
            }
            if landed.is_empty() {
                match flying.next().await {
                    Some(next) => landed.push(next),
                    None => return,
                }
            }
            for (index, landed) in landed.drain(..) {
                if let Some(lane) = lanes.get_mut(index) {
                    self.take(lane, landed);
                }
            }
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
}
