//! Making objects when nobody knows whether they are there already: a request that was not answered may have been carried out, and
//! somebody else may make the same in this very minute.

use super::search::{self, Found};
use super::write::{Batch, Item, Queue};
use super::{Run, problems};
use crate::error::NetboxError;
use crate::snapshot;
use proxbox_model::Problem;
use proxbox_model::kind::Kind;
use proxbox_model::plan::Applied;
use serde_json::Value as Json;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// How often a batch is sent again after a request of unknown outcome, before it is halved or given up.
const SAME_AGAIN: u32 = 1;

/// What was looked for within this time is not looked for again.
const LATELY: Duration = Duration::from_secs(20);

/// Whether to look before objects are made: an earlier request may have made them, or NetBox would take them twice.
pub(super) fn is_worth_a_look(queue: &Queue, items: &[Item]) -> bool {
    let lately = queue.looked.is_some_and(|looked| looked.elapsed() < LATELY);
    is_in_doubt(items) || (queue.kind.may_double && !lately)
}

fn is_in_doubt(items: &[Item]) -> bool {
    items.iter().any(|item| item.in_doubt)
}

impl Run<'_> {
    pub(super) async fn settle_doubtful(&mut self, queue: &mut Queue, items: Vec<Item>) {
        match self.find_made(queue.kind, items).await {
            Ok(missing) => {
                let missing = missing.into_iter().map(|item| Item { in_doubt: false, ..item }).collect();
                queue.put_back(missing);
            }
            Err((items, error)) => self.give_up(items, &error),
        }
    }

    /// Looks whether somebody has made what is about to be made: an earlier request of this run, or somebody else. Returns what is
    /// still to be made.
    pub(super) async fn look_before(&mut self, queue: &mut Queue, items: Vec<Item>) -> Vec<Item> {
        let since = if is_in_doubt(&items) { self.netbox.read_up_to(queue.kind) } else { queue.seen };
        let mut came = match self.netbox.read_after(since, queue.kind).await {
            Ok(came) => came,
            Err(error) if error.is_fatal() => {
                self.give_up(items, &error);
                return Vec::new();
            }
            Err(error) => {
                self.fail_all(items, &Problem::from(&error));
                return Vec::new();
            }
        };
        queue.seen = queue.seen.max(snapshot::highest(&came));
        queue.looked = Some(Instant::now());
        let results = self.results.get(queue.range.clone()).unwrap_or_default();
        let made = |result: &Option<Applied>| match result {
            Some(Applied::Created(id)) => Some(*id),
            _ => None,
        };
        let made: HashSet<u64> = results.iter().filter_map(made).collect();
        came.retain(|object| !object.get("id").and_then(Json::as_u64).is_some_and(|id| made.contains(&id)));
        let mut missing = Vec::new();
        for item in items {
            match search::find(queue.kind, &item.body, &came) {
                Found::One(id) if item.in_doubt => {
                    self.settle_without(item.index, Applied::Created(id), &item.without);
                }
                Found::One(id) => self.settle_without(item.index, Applied::Unchanged(id), &item.without),
                Found::Several => self.refuse(&item, |object| Applied::Failed(problems::twice(object))),
                Found::None => missing.push(item),
            }
        }
        missing
    }

    /// A request to make objects has no known outcome: what exists now was made by it, what does not is sent again. NetBox may still
    /// be at it, so that it gets time to finish.
    pub(super) async fn look_again(&mut self, queue: &mut Queue, batch: Batch, error: NetboxError) {
        tracing::warn!(%error, objects = batch.items.len(), "reading again what the request may have done");
        let sent = batch.items.len();
        let mut missing = batch.items;
        let mut pause = self.netbox.settings.retry_delay;
        for _ in 0..looks(&error) {
            if error.is_passing() {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            missing = match self.find_made(queue.kind, missing).await {
                Ok(missing) => missing,
                Err((items, error)) => return self.give_up(items, &error),
            };
            if missing.len() < sent {
                break;
            }
        }
        if missing.len() < sent {
            self.setbacks = 0;
            queue.moved = true;
        }
        if missing.is_empty() {
            return;
        }
        let missing: Vec<Item> = missing.into_iter().map(|item| Item { in_doubt: true, ..item }).collect();
        let batch = Batch { items: missing, unanswered: batch.unanswered };
        let may_pass = error.is_passing() && (!error.took_too_long() || batch.items.len() == 1);
        if may_pass && batch.unanswered < SAME_AGAIN {
            queue.batches.push_front(Batch { unanswered: batch.unanswered + 1, ..batch });
        } else {
            self.send_less(queue, batch, &error);
        }
    }

    /// Settles those items that NetBox holds now, and returns the others.
    async fn find_made(
        &mut self,
        kind: &'static Kind,
        items: Vec<Item>,
    ) -> Result<Vec<Item>, (Vec<Item>, NetboxError)> {
        let objects = match self.netbox.read_after(self.netbox.read_up_to(kind), kind).await {
            Ok(objects) => objects,
            Err(error) => return Err((items, error)),
        };
        let mut missing = Vec::new();
        for item in items {
            match search::find(kind, &item.body, &objects) {
                Found::None => missing.push(item),
                Found::One(id) => self.settle_without(item.index, Applied::Created(id), &item.without),
                Found::Several => self.refuse(&item, |object| Applied::Failed(problems::twice(object))),
            }
        }
        Ok(missing)
    }
}

/// How often it is looked whether NetBox did what was asked, before that is asked again.
fn looks(error: &NetboxError) -> u32 {
    match error {
        error if error.took_too_long() => 4,
        error if error.is_passing() => 2,
        // NetBox has answered, so that it is done with it.
        _ => 1,
    }
}
