//! Writing objects of one kind in bulk. NetBox's bulk requests are all-or-nothing: what is at fault is taken out and the rest sent again.

use super::fault::Fault;
use super::lane::Lane;
use super::{Run, doubt, outcome, problems, search};
use crate::client::Netbox;
use crate::error::{Doubt, NetboxError};
use crate::transport::Retry;
use proxbox_model::Problem;
use proxbox_model::kind::Kind;
use proxbox_model::plan::{Applied, PlannedObject, Shortfall};
use reqwest::Method;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::time::{Duration, Instant};

/// Objects in a row without an answer after which nothing more is sent.
const MAX_SETBACKS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Update,
    Delete,
}

/// One object on its way to NetBox.
pub(super) struct Item {
    /// Position in the plan.
    pub(super) index: usize,
    /// NetBox id of an object to change.
    pub(super) id: Option<u64>,
    pub(super) body: Map<String, Json>,
    /// What is left out of it.
    pub(super) without: Vec<Shortfall>,
    /// Whether an earlier request may have made it after all.
    pub(super) in_doubt: bool,
}

impl Item {
    pub(super) fn new(
        index: usize,
        id: Option<u64>,
        body: Map<String, Json>,
        without: Vec<Shortfall>,
    ) -> Self {
        Self { index, id, body, without, in_doubt: false }
    }

    /// Whether nothing is left to change.
    fn is_empty(&self) -> bool {
        self.id.is_some() && self.body.len() <= 1
    }
}

/// Items that go into one request.
pub(super) struct Batch {
    pub(super) items: Vec<Item>,
    /// Times it was sent as it is without an answer.
    pub(super) unanswered: u32,
}

impl Batch {
    fn new(items: Vec<Item>) -> Self {
        Self { items, unanswered: 0 }
    }
}

/// Items of a lane that are written in the same way.
pub(super) struct Queue {
    pub(super) kind: &'static Kind,
    operation: Operation,
    /// Positions of the lane in the plan.
    pub(super) range: Range<usize>,
    pub(super) batches: VecDeque<Batch>,
    /// Batches under way.
    flying: usize,
    /// Batches that NetBox did not take. They are looked at when nothing of this queue is under way, as what comes back then says
    /// where things stand.
    failed: VecDeque<(Batch, NetboxError)>,
    /// Items that NetBox may take later, as when their name is that of one that gives it up.
    taken: Vec<(Item, Fault)>,
    /// Whether anything was written since the first of those.
    pub(super) moved: bool,
    /// Id above which objects have come since this was last looked at, and when that was.
    pub(super) seen: u64,
    pub(super) looked: Option<Instant>,
}

/// A batch that is to be sent.
pub(super) struct Request {
    kind: &'static Kind,
    operation: Operation,
    batch: Batch,
}

/// A batch that was sent.
pub(super) struct Landed {
    batch: Batch,
    answer: Result<Vec<Result<Applied, Gone>>, NetboxError>,
    took: Duration,
}

impl Request {
    pub(super) async fn send(self, netbox: &Netbox) -> Landed {
        let Self { kind, operation, batch } = self;
        let begun = Instant::now();
        let answer = match operation {
            Operation::Create => create(netbox, kind, &batch.items).await,
            Operation::Update => update(netbox, kind, &batch.items).await,
            Operation::Delete => delete(netbox, kind, &batch.items).await,
        };
        Landed { batch, answer, took: begun.elapsed().saturating_sub(netbox.settings.bulk_batch_delay) }
    }
}

impl Queue {
    /// None when there is nothing to write.
    pub(super) fn new(
        run: &Run<'_>,
        range: Range<usize>,
        operation: Operation,
        items: Vec<Item>,
    ) -> Option<Self> {
        let kind = run.plan.objects.get(items.first()?.index)?.kind;
        let share = run.pace.share(items.len(), run.netbox.settings.max_concurrent);
        let mut batches = VecDeque::new();
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            batches.push_back(Batch::new(items.by_ref().take(share).collect()));
        }
        Some(Self {
            kind,
            operation,
            range,
            batches,
            flying: 0,
            failed: VecDeque::new(),
            taken: Vec::new(),
            moved: false,
            seen: run.netbox.read_up_to(kind),
            looked: None,
        })
    }

    pub(super) fn put_back(&mut self, items: Vec<Item>) {
        if !items.is_empty() {
            self.batches.push_front(Batch::new(items));
        }
    }

    fn halve(&mut self, mut items: Vec<Item>) {
        let second = items.split_off(items.len().div_ceil(2));
        self.put_back(second);
        self.put_back(items);
    }
}

impl Run<'_> {
    /// Brings a lane forward as far as that goes without an answer; what to send next, or none when it waits or is done.
    pub(super) async fn next(&mut self, lane: &mut Lane) -> Option<Request> {
        loop {
            let Some(queue) = lane.queues.front_mut() else {
                if self.next_wave(lane) {
                    continue;
                }
                return None;
            };
            let waits = queue.flying > 0;
            if !queue.failed.is_empty() && waits {
                return None;
            } else if let Some((batch, error)) = queue.failed.pop_front() {
                self.cope(queue, batch, error).await;
            } else if let Some(batch) = queue.batches.pop_front() {
                if waits && self.looks_before(queue, &batch.items) {
                    queue.batches.push_front(batch);
                    return None;
                }
                if let Some(batch) = self.prepare(queue, batch).await {
                    queue.flying += 1;
                    return Some(Request { kind: queue.kind, operation: queue.operation, batch });
                }
            } else if waits {
                return None;
            } else if queue.taken.is_empty() {
                lane.queues.pop_front();
            } else {
                self.reconsider_taken(queue).await;
            }
        }
    }

    /// The part of a batch that is to be sent now, if there is any.
    async fn prepare(&mut self, queue: &mut Queue, mut batch: Batch) -> Option<Batch> {
        if let Some(stop) = self.stop.clone() {
            self.fail_all(batch.items, &stop);
            return None;
        }
        if batch.items.len() > self.pace.size() {
            let rest = batch.items.split_off(self.pace.size());
            queue.put_back(rest);
        }
        if self.looks_before(queue, &batch.items) {
            batch.items = self.look_before(queue, batch.items).await;
        }
        (!batch.items.is_empty()).then_some(batch)
    }

    fn looks_before(&self, queue: &Queue, items: &[Item]) -> bool {
        queue.operation == Operation::Create && self.stop.is_none() && doubt::is_worth_a_look(queue, items)
    }

    /// Settles what NetBox took. What it did not take waits until nothing of its queue is under way.
    pub(super) fn take(&mut self, lane: &mut Lane, landed: Landed) {
        let Some(queue) = lane.queues.front_mut() else { return };
        let Landed { batch, answer, took } = landed;
        queue.flying = queue.flying.saturating_sub(1);
        let results = match answer {
            Ok(results) => results,
            Err(error) => return queue.failed.push_back((batch, error)),
        };
        self.setbacks = 0;
        self.pace.took(batch.items.len(), took);
        queue.moved = true;
        for (item, applied) in batch.items.iter().zip(results) {
            if let Ok(Applied::Created(id)) = applied {
                queue.seen = queue.seen.max(id);
            }
            match applied {
                Ok(applied) => self.settle_without(item.index, applied, &item.without),
                Err(Gone(id)) => {
                    self.refuse(item, |object| Applied::Failed(problems::gone(object, id)));
                }
            }
        }
    }

    /// Makes the best of a batch that NetBox did not take.
    async fn cope(&mut self, queue: &mut Queue, batch: Batch, error: NetboxError) {
        let creating = queue.operation == Operation::Create;
        match error {
            NetboxError::Rejected { status, detail, body, .. } => {
                self.take_out(queue, batch.items, status, &detail, &body).await
            }
            NetboxError::TooLarge { .. } if batch.items.len() > 1 => {
                self.pace.too_many(batch.items.len());
                queue.halve(batch.items);
            }
            NetboxError::TooLarge { .. } => self.fail_all(batch.items, &Problem::from(&error)),
            error if creating && error.doubt() == Doubt::MayBeDone => {
                self.look_again(queue, batch, error).await
            }
            error if error.took_too_long() => self.send_less(queue, batch, &error),
            error if error.is_fatal() => self.give_up(batch.items, &error),
            error if error.doubt() == Doubt::MayBeDone => self.send_less(queue, batch, &error),
            // Permission or the endpoint is missing: no other object of the kind would fare better.
            error => {
                let problem = Problem::from(&error);
                self.fail_all(batch.items, &problem);
                let rest: Vec<Item> = queue.batches.drain(..).flat_map(|batch| batch.items).collect();
                self.fail_all(rest, &problem);
            }
        }
    }

    /// Takes the items that NetBox finds fault with out of a batch and sends the rest again; halves it when NetBox names none.
    async fn take_out(
        &mut self,
        queue: &mut Queue,
        items: Vec<Item>,
        status: u16,
        detail: &str,
        body: &Json,
    ) {
        self.setbacks = 0;
        let mut faults = outcome::faults(&items, body);
        if faults.is_empty() {
            if items.len() > 1 {
                return queue.halve(items);
            }
            faults = BTreeMap::from([(0, Fault::of_one(body, detail))]);
        }
        let (mut good, mut doubtful) = (Vec::new(), Vec::new());
        let (operation, kind) = (queue.operation, queue.kind);
        let may_pass =
            |fault: &Fault| status == 400 && operation != Operation::Delete && fault.may_pass(kind);
        for (place, mut item) in items.into_iter().enumerate() {
            match faults.remove(&place) {
                None => good.push(item),
                Some(fault) if fault.is_gone() => self.gone(operation, &item),
                // Taken perhaps by itself: NetBox may have finished the earlier request only now.
                Some(fault) if may_pass(&fault) && item.in_doubt => doubtful.push(item),
                Some(fault) if may_pass(&fault) => {
                    if queue.taken.is_empty() {
                        queue.moved = false;
                    }
                    queue.taken.push((item, fault));
                }
                Some(fault) if status == 400 && self.relent(kind, &mut item, &fault).await => {
                    good.push(item);
                }
                Some(fault) => self.refuse_for(&item, &fault),
            }
        }
        self.put_back(queue, good);
        if !doubtful.is_empty() {
            self.settle_doubtful(queue, doubtful).await;
        }
    }

    fn gone(&mut self, operation: Operation, item: &Item) {
        let id = item.id.unwrap_or_default();
        if operation == Operation::Delete {
            return self.settle(item.index, Applied::Deleted(id));
        }
        self.refuse(item, |object| Applied::Failed(problems::gone(object, id)));
    }

    /// Sends items again, but for those of which nothing is left to send.
    fn put_back(&mut self, queue: &mut Queue, items: Vec<Item>) {
        if queue.operation == Operation::Delete {
            return queue.put_back(items);
        }
        let (done, left): (Vec<_>, Vec<_>) = items.into_iter().partition(Item::is_empty);
        for item in done {
            self.settle_without(item.index, Applied::Unchanged(item.id.unwrap_or_default()), &item.without);
        }
        queue.put_back(left);
    }

    /// What NetBox may take later is sent again when something was written meanwhile. Else what it refuses is taken out; where that
    /// leaves nothing, it is a conflict when another object is in the way.
    async fn reconsider_taken(&mut self, queue: &mut Queue) {
        let taken = std::mem::take(&mut queue.taken);
        if queue.moved {
            return queue.put_back(taken.into_iter().map(|(item, _)| item).collect());
        }
        let (mut relented, mut refused) = (Vec::new(), Vec::new());
        for (mut item, fault) in taken {
            match self.relent(queue.kind, &mut item, &fault).await {
                true => relented.push(item),
                false => refused.push((item, fault)),
            }
        }
        self.put_back(queue, relented);
        if refused.is_empty() {
            return;
        }
        let held = self.netbox.read(queue.kind).await.unwrap_or_default();
        for (item, fault) in refused {
            if search::has_rival(queue.kind, item.id, &item.body, &held) {
                self.refuse(&item, |object| Applied::Conflict(problems::taken(object, fault.words())));
            } else {
                self.refuse_for(&item, &fault);
            }
        }
    }

    /// Refused in NetBox's words. That it misses what it refused before says nothing.
    fn refuse_for(&mut self, item: &Item, fault: &Fault) {
        let before = item.without.iter().find(|without| fault.is_about(&without.field));
        let words = before.map_or_else(
            || fault.words().to_owned(),
            |without| format!("{}: {}", without.field, without.problem.message),
        );
        self.refuse(item, |object| Applied::Failed(problems::refused(object, &words)));
    }

    /// Halves a batch that NetBox cannot cope with; a single item that it cannot cope with fails.
    pub(super) fn send_less(&mut self, queue: &mut Queue, batch: Batch, error: &NetboxError) {
        if batch.items.len() > 1 {
            if error.took_too_long() {
                self.pace.too_many(batch.items.len());
            }
            return queue.halve(batch.items);
        }
        if error.is_passing() {
            self.setbacks += 1;
        }
        if self.setbacks >= MAX_SETBACKS {
            return self.give_up(batch.items, error);
        }
        self.fail_all(batch.items, &Problem::from(error));
    }

    /// Nothing more is sent.
    pub(super) fn give_up(&mut self, items: Vec<Item>, error: &NetboxError) {
        let problem = Problem::from(error);
        self.fail_all(items, &problem);
        self.stop = Some(problem);
    }

    pub(super) fn fail_all(&mut self, items: Vec<Item>, problem: &Problem) {
        for item in items {
            self.settle(item.index, Applied::Failed(problem.clone()));
        }
    }

    pub(super) fn refuse(&mut self, item: &Item, applied: impl FnOnce(&PlannedObject) -> Applied) {
        if let Some(object) = self.plan.objects.get(item.index) {
            self.settle(item.index, applied(object));
        }
    }
}

/// The id of an object that NetBox does not find any more.
struct Gone(u64);

async fn create(
    netbox: &Netbox,
    kind: &Kind,
    items: &[Item],
) -> Result<Vec<Result<Applied, Gone>>, NetboxError> {
    let answer = netbox.write(Method::POST, kind.path, &bodies(items), Retry::NothingDone).await?;
    let ids = outcome::created(items, &answer).ok_or_else(|| misfit(netbox, &Method::POST, kind))?;
    Ok(ids.into_iter().map(|id| Ok(Applied::Created(id))).collect())
}

async fn update(
    netbox: &Netbox,
    kind: &Kind,
    items: &[Item],
) -> Result<Vec<Result<Applied, Gone>>, NetboxError> {
    let retry = if items.len() > 1 { Retry::UnlessTooLong } else { Retry::AnyPassing };
    let answer = netbox.write(Method::PATCH, kind.path, &bodies(items), retry).await?;
    let ids = outcome::updated(&answer).ok_or_else(|| misfit(netbox, &Method::PATCH, kind))?;
    // Before 4.7, NetBox leaves out what it does not find and says nothing.
    let changed = |item: &Item| {
        let id = item.id.unwrap_or_default();
        if ids.contains(&id) { Ok(Applied::Updated(id)) } else { Err(Gone(id)) }
    };
    Ok(items.iter().map(changed).collect())
}

async fn delete(
    netbox: &Netbox,
    kind: &Kind,
    items: &[Item],
) -> Result<Vec<Result<Applied, Gone>>, NetboxError> {
    netbox.write(Method::DELETE, kind.path, &bodies(items), Retry::AnyPassing).await?;
    Ok(items.iter().map(|item| Ok(Applied::Deleted(item.id.unwrap_or_default()))).collect())
}

fn misfit(netbox: &Netbox, method: &Method, kind: &Kind) -> NetboxError {
    NetboxError::Malformed {
        request: netbox.transport.name(method, kind.path),
        what: "it does not list the objects that were sent".to_owned(),
    }
}

fn bodies(items: &[Item]) -> Vec<Json> {
    items.iter().map(|item| Json::Object(item.body.clone())).collect()
}
