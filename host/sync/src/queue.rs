//! Who may work: of runs that are about the same endpoints only one at a time, in the order in which they came.
//!
//! A run waits for every earlier one with which it shares an endpoint, at work or waiting itself. Since that only ever looks
//! back, no two runs can wait for each other.

use crate::error::SyncError;
use crate::job::Scope;
use crate::run::{Run, RunInfo, now};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Runs that may wait at a time.
const MOST_WAITING: usize = 64;

/// Runs at work and waiting, in the order in which they came.
pub(crate) struct Queue {
    places: Mutex<Vec<Place>>,
    /// Told when a run left.
    left: watch::Sender<()>,
}

struct Place {
    scope: Scope,
    run: Run,
    /// Seconds since the Unix epoch; none while it waits.
    began: Option<u64>,
}

/// What a run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ahead {
    /// The oldest run that is in the way.
    pub(crate) run: String,
    /// Names of the endpoints that both are about.
    pub(crate) endpoints: Vec<String>,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self { places: Mutex::default(), left: watch::Sender::new(()) }
    }

    fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a run at the end, or joins the one of the same scope. One that was told to stop is not joined.
    pub(crate) fn enter(&self, scope: Scope, make: impl FnOnce(&Scope) -> Run) -> Result<Run, SyncError> {
        let mut places = self.places();
        let same = |place: &&Place| place.scope == scope && !place.run.cancel.is_cancelled();
        if let Some(place) = places.iter().find(same) {
            return Ok(Run { joined: true, ..place.run.clone() });
        }
        if let Some(ahead) = first_in_the_way(&places, &scope) {
            let waiting = places.iter().filter(|place| place.began.is_none()).count();
            if waiting >= MOST_WAITING {
                return Err(SyncError::Busy { run: ahead.run, waiting });
            }
        }
        let run = make(&scope);
        places.push(Place { scope, run: run.clone(), began: None });
        Ok(run)
    }

    /// Waits until the run may work; `tell` hears what it waits for, each time that this is another run. False when it was told
    /// to stop before.
    pub(crate) async fn turn(&self, run: &Run, tell: impl Fn(Ahead)) -> bool {
        let mut left = self.left.subscribe();
        let mut told = None;
        loop {
            if run.cancel.is_cancelled() {
                return false;
            }
            let Some(ahead) = self.begin(run.id()) else { return true };
            if told.as_ref() != Some(&ahead) {
                tell(ahead.clone());
                told = Some(ahead);
            }
            tokio::select! {
                () = run.cancel.cancelled() => return false,
                // The sender lives in the queue that we hold, so this cannot fail.
                _ = left.changed() => {}
            }
        }
    }

    /// Lets a run begin, or says what is in the way.
    fn begin(&self, id: &str) -> Option<Ahead> {
        let mut places = self.places();
        let index = places.iter().position(|place| place.run.id() == id)?;
        let (earlier, from) = places.split_at_mut(index);
        let place = from.first_mut()?;
        let ahead = first_in_the_way(earlier, &place.scope);
        if ahead.is_none() {
            place.began = Some(now());
        }
        ahead
    }

    /// Takes a run out that has ended.
    pub(crate) fn leave(&self, id: &str) {
        self.places().retain(|place| place.run.id() != id);
        self.left.send_replace(());
    }

    /// Every run, in the order in which they came.
    pub(crate) fn all(&self) -> Vec<RunInfo> {
        let places = self.places();
        let info = |(index, place): (usize, &Place)| {
            let earlier = places.get(..index).unwrap_or_default();
            let ahead = first_in_the_way(earlier, &place.scope).filter(|_| place.began.is_none());
            RunInfo {
                started: place.began.unwrap_or(place.run.info.started),
                waits_for: ahead.map(|ahead| ahead.run),
                ..RunInfo::clone(&place.run.info)
            }
        };
        places.iter().enumerate().map(info).collect()
    }

    /// The run of that id.
    pub(crate) fn find(&self, id: &str) -> Option<Run> {
        self.places().iter().find(|place| place.run.id() == id).map(|place| place.run.clone())
    }
}

fn first_in_the_way(places: &[Place], scope: &Scope) -> Option<Ahead> {
    places.iter().find_map(|place| {
        let endpoints = place.scope.overlap(scope);
        (!endpoints.is_empty()).then(|| Ahead { run: place.run.id().to_owned(), endpoints })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::EventLog;
    use proxbox_model::options::RunOptions;
    use proxbox_model::report::Stage;
    use std::sync::Arc;
    use tokio_util::sync::CancellationToken;

    fn scope(endpoints: &[&str], stage: Stage) -> Scope {
        let endpoints = endpoints.iter().map(|name| (*name).to_owned()).collect();
        Scope { netbox: String::new(), endpoints, stages: vec![stage], options: RunOptions::default() }
    }

    fn enter(queue: &Queue, id: &str, scope: Scope) -> Result<Run, SyncError> {
        let make = |scope: &Scope| Run {
            info: Arc::new(RunInfo {
                id: id.to_owned(),
                endpoints: scope.endpoints.iter().cloned().collect(),
                stages: scope.stages.clone(),
                started: 0,
                waits_for: None,
            }),
            log: Arc::new(EventLog::new()),
            found: Arc::default(),
            cancel: CancellationToken::new(),
            joined: false,
        };
        queue.enter(scope, make)
    }

    fn waits(queue: &Queue) -> Vec<(String, Option<String>)> {
        queue.all().into_iter().map(|info| (info.id, info.waits_for)).collect()
    }

    fn pairs(expected: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
        expected.iter().map(|(id, ahead)| ((*id).to_owned(), ahead.map(str::to_owned))).collect()
    }

    #[tokio::test]
    async fn runs_that_overlap_work_in_the_order_in_which_they_came() {
        let queue = Queue::new();
        let a = enter(&queue, "a", scope(&["x"], Stage::Devices)).unwrap();
        let both = enter(&queue, "both", scope(&["x", "y"], Stage::Devices)).unwrap();
        let y = enter(&queue, "y", scope(&["y"], Stage::Storage)).unwrap();
        let z = enter(&queue, "z", scope(&["z"], Stage::Storage)).unwrap();
        assert!(queue.turn(&a, |_| panic!("nothing is ahead")).await);
        assert!(queue.turn(&z, |_| panic!("nothing is ahead")).await);
        assert_eq!(queue.begin("both"), Some(Ahead { run: "a".into(), endpoints: vec!["x".into()] }));
        assert_eq!(queue.begin("y"), Some(Ahead { run: "both".into(), endpoints: vec!["y".into()] }));
        let expected = [("a", None), ("both", Some("a")), ("y", Some("both")), ("z", None)];
        assert_eq!(waits(&queue), pairs(&expected));
        queue.leave("a");
        assert!(queue.turn(&both, |_| panic!("nothing is ahead")).await);
        queue.leave("both");
        assert!(queue.turn(&y, |_| panic!("nothing is ahead")).await);
    }

    #[tokio::test]
    async fn a_run_that_waits_hears_for_whom_and_begins_when_that_one_left() {
        let queue = Arc::new(Queue::new());
        let first = enter(&queue, "first", scope(&["x"], Stage::Devices)).unwrap();
        let second = enter(&queue, "second", scope(&["x"], Stage::Storage)).unwrap();
        assert!(queue.turn(&first, |_| ()).await);
        let told = Arc::new(Mutex::new(Vec::new()));
        let waiting = tokio::spawn({
            let (queue, told) = (Arc::clone(&queue), Arc::clone(&told));
            async move { queue.turn(&second, |ahead| told.lock().unwrap().push(ahead.run)).await }
        });
        tokio::task::yield_now().await;
        queue.leave("first");
        assert!(waiting.await.unwrap());
        assert_eq!(*told.lock().unwrap(), ["first"]);
    }

    #[tokio::test]
    async fn one_that_is_told_to_stop_waits_no_longer_and_is_not_joined() {
        let queue = Queue::new();
        enter(&queue, "first", scope(&["x"], Stage::Devices)).unwrap();
        let second = enter(&queue, "second", scope(&["x"], Stage::Storage)).unwrap();
        second.cancel();
        assert!(!queue.turn(&second, |_| ()).await);
        assert!(!enter(&queue, "third", scope(&["x"], Stage::Storage)).unwrap().joined());
    }

    #[test]
    fn the_same_scope_is_joined_at_work_and_waiting() {
        let queue = Queue::new();
        for (id, stage) in [("a", Stage::Devices), ("b", Stage::Storage)] {
            assert!(!enter(&queue, id, scope(&["x"], stage)).unwrap().joined());
        }
        for (id, stage) in [("a", Stage::Devices), ("b", Stage::Storage)] {
            let joined = enter(&queue, "other", scope(&["x"], stage)).unwrap();
            assert_eq!((joined.id(), joined.joined()), (id, true));
        }
    }

    #[test]
    fn only_so_many_may_wait() {
        let queue = Queue::new();
        let of = |number: usize| {
            let mut scope = scope(&["x"], Stage::Devices);
            scope.options.netbox_vm_ids = vec![number as u64];
            scope
        };
        enter(&queue, "at work", of(0)).unwrap();
        assert_eq!(queue.begin("at work"), None);
        for number in 1..=MOST_WAITING {
            enter(&queue, &number.to_string(), of(number)).unwrap();
        }
        let refused = enter(&queue, "one more", of(1000)).err().unwrap();
        assert!(matches!(refused, SyncError::Busy { run, waiting: MOST_WAITING } if run == "at work"));
        assert!(enter(&queue, "elsewhere", scope(&["y"], Stage::Devices)).is_ok());
    }

    #[test]
    fn what_goes_into_another_netbox_is_a_run_of_its_own_and_does_not_wait() {
        let queue = Queue::new();
        enter(&queue, "first", scope(&["x"], Stage::Devices)).unwrap();
        let elsewhere = Scope { netbox: "https://other".to_owned(), ..scope(&["x"], Stage::Devices) };
        assert!(!enter(&queue, "elsewhere", elsewhere).unwrap().joined());
        assert_eq!(queue.begin("elsewhere"), None);
    }

    #[test]
    fn what_writes_nothing_is_in_nobodys_way() {
        let queue = Queue::new();
        enter(&queue, "first", scope(&["x"], Stage::Devices)).unwrap();
        let mut dry = scope(&["x"], Stage::Storage);
        dry.options.dry_run = true;
        enter(&queue, "dry", dry).unwrap();
        assert_eq!(queue.begin("dry"), None);
    }
}
