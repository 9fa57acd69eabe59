//! Stops asking what has shown not to answer, so that one dead node or endpoint does not cost a timeout for each of its guests.

use crate::error::{Fault, ProxmoxError};
use proxbox_model::Problem;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many guests of a node in a row that time out mean that the node hangs.
const TIMEOUTS_IN_A_ROW: u32 = 3;

/// What has shown not to answer during one read.
#[derive(Default)]
pub(crate) struct Breaker(Mutex<State>);

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
    /// Why a node need not be asked any more.
    pub(crate) fn open(&self, node: &str) -> Option<Problem> {
        let state = self.state();
        state.endpoint.clone().or_else(|| state.nodes.get(node)?.dead.clone())
    }

    pub(crate) fn answered(&self, node: &str) {
        self.state().nodes.entry(node.to_owned()).or_default().timeouts = 0;
    }

    pub(crate) fn failed(&self, node: &str, error: &ProxmoxError) {
        let mut state = self.state();
        match error.fault() {
            // Asking on with credentials that are refused would look like an attack.
            Fault::Unreachable { .. } | Fault::Unauthorized { .. } | Fault::SecondFactor => {
                state.endpoint = Some(Problem::from(error));
            }
            Fault::NodeUnreachable { .. } => {
                state.nodes.entry(node.to_owned()).or_default().dead = Some(Problem::from(error));
            }
            Fault::TimedOut { .. } => {
                let known = state.nodes.entry(node.to_owned()).or_default();
                known.timeouts += 1;
                if known.timeouts >= TIMEOUTS_IN_A_ROW {
                    known.dead = Some(Problem::from(error));
                }
            }
            // Any other refusal is an answer too.
            _ => state.nodes.entry(node.to_owned()).or_default().timeouts = 0,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
