//! For native tests of a mapper: a context, what the next mapper answers, and the lines that were logged.
//!
//! `testing::virtual_machine::set(mapper)` says what answers `next::virtual_machine` on this thread.

pub use crate::interfaces::answers::*;

use crate::log::Level;
use crate::types::{Source, Target};
use crate::{Context, Outcome, Rejection};
use std::cell::RefCell;

thread_local!(static LOG: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) });

/// A context of the cluster `lab` and a current NetBox without the plugin.
pub fn context() -> Context {
    Context {
        source: Source {
            endpoint: "lab".to_owned(),
            url: "https://pve.example.org:8006".to_owned(),
            cluster: "lab".to_owned(),
            mode: "cluster".to_owned(),
            pve_version: "9.1".to_owned(),
            now: 1_767_225_600,
        },
        target: Target {
            netbox_version: "4.7.3".to_owned(),
            features: vec!["virtual-machine-types".to_owned(), "identity-custom-fields".to_owned()],
        },
        options: "{}".to_owned(),
        settings: "{}".to_owned(),
    }
}

/// The lines logged on this thread since the last call.
pub fn take_log() -> Vec<(Level, String)> {
    LOG.take()
}

pub(crate) fn record(level: Level, message: &str) {
    LOG.with_borrow_mut(|log| log.push((level, message.to_owned())));
}

pub(crate) fn unanswered() -> Outcome {
    Rejection::new("no-next-mapper", "No mapper was set to answer; see proxbox_transform_sdk::testing.")
        .into()
}
