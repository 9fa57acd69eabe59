//! Time that passes while a module waits for a host function. (While its own code runs, the engine's clock counts.)

use crate::failure::Failure;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Waiting is measured by the wall clock, which also runs while other tasks have the processor.
const PATIENCE: u32 = 2;

const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A deadline that does not move on while the next mapper of the chain works. Clones share it.
#[derive(Clone)]
pub(crate) struct Watch {
    limit: Duration,
    state: Arc<Mutex<State>>,
}

struct State {
    started: Instant,
    deadline: Instant,
    paused: Option<Instant>,
    /// Time of all pauses that ended.
    rested: Duration,
}

impl Watch {
    pub(crate) fn new(limit: Duration) -> Self {
        let started = Instant::now();
        let deadline = started + limit.saturating_mul(PATIENCE).min(LONGEST);
        let state = State { started, deadline, paused: None, rested: Duration::ZERO };
        Self { limit, state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pause(&self) {
        self.state().paused = Some(Instant::now());
    }

    pub(crate) fn resume(&self) {
        let mut state = self.state();
        if let Some(since) = state.paused.take() {
            let rested = since.elapsed();
            state.deadline += rested;
            state.rested += rested;
        }
    }

    /// The time so far that was not paused.
    pub(crate) fn spent(&self) -> Duration {
        let state = self.state();
        let resting = state.paused.map_or(Duration::ZERO, |since| since.elapsed());
        state.started.elapsed().saturating_sub(state.rested + resting)
    }

    /// What is told of a module that ran out of time.
    pub(crate) fn failure(&self) -> Failure {
        Failure::TooSlow { limit: self.limit }
    }

    /// Returns when the time is over.
    pub(crate) async fn expired(&self) {
        loop {
            let left = {
                let state = self.state();
                match state.paused {
                    Some(_) => self.limit,
                    None => state.deadline.saturating_duration_since(Instant::now()),
                }
            };
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}
