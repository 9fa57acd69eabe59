//! Stops asking what has shown not to answer, so that one dead node or endpoint does not cost a timeout for each of its guests.

use crate::error::{Fault, ProxmoxError};
use proxbox_model::Problem;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What has shown not to answer during one read.
pub(crate) struct Breaker {
    /// So many time-outs of one node in a row mean that the node hangs.
    limit: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    endpoint: Option<Problem>,
    nodes: BTreeMap<String, Node>,
}

#[derive(Default)]
struct Node {
    dead: Option<Problem>,
    timeouts: u32,
}

impl Breaker {
    /// `limit` is how many time-outs of one node in a row mean that the node hangs.
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, state: Mutex::default() }
    }

    /// Why a node need not be asked any more.
    pub(crate) fn open(&self, node: &str) -> Option<Problem> {
        let state = self.state();
        state.endpoint.clone().or_else(|| state.nodes.get(node)?.dead.clone())
    }

    pub(crate) fn answered(&self, node: &str) {
        self.state().nodes.entry(node.to_owned()).or_default().timeouts = 0;
    }

    /// Notes a failure, and gives what to say of it: of a node or endpoint that is gone, the same each time.
    pub(crate) fn failed(&self, node: &str, error: &ProxmoxError) -> Problem {
        let mut state = self.state();
        match error.fault() {
            Fault::TimedOut { .. } => {
                let known = state.nodes.entry(node.to_owned()).or_default();
                known.timeouts += 1;
                if known.timeouts >= self.limit {
                    known.dead.get_or_insert_with(|| Problem::from(error));
                }
                Problem::from(error)
            }
            _ => Self::refused(&mut state, node, error),
        }
    }

    /// The same for what may take long for reasons of its own: it says nothing of the node that it was not in time. Proxmox answers
    /// 596 and above when it loses patience with a node itself.
    pub(crate) fn failed_aside(&self, node: &str, error: &ProxmoxError) -> Problem {
        match error.fault() {
            Fault::TimedOut { .. } | Fault::NodeUnreachable { status: 596.., .. } => Problem::from(error),
            _ => Self::refused(&mut self.state(), node, error),
        }
    }

    fn refused(state: &mut State, node: &str, error: &ProxmoxError) -> Problem {
        let dead = match error.fault() {
            // Asking on with credentials that are refused would look like an attack.
            Fault::Unreachable { .. } | Fault::Unauthorized { .. } | Fault::SecondFactor => {
                &mut state.endpoint
            }
            Fault::NodeUnreachable { .. } => &mut state.nodes.entry(node.to_owned()).or_default().dead,
            _ => {
                // Any other refusal is an answer too.
                state.nodes.entry(node.to_owned()).or_default().timeouts = 0;
                return Problem::from(error);
            }
        };
        dead.get_or_insert_with(|| Problem::from(error)).clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
