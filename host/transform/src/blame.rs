//! How far the search for guilty objects goes, so that a module which fails on everything costs little.

use crate::failure::Failure;
use crate::settings::Limits;
use std::collections::BTreeSet;
use std::time::Duration;

/// What one module failed on in one mapping.
#[derive(Debug, Default)]
pub(crate) struct Blame {
    guilty: BTreeSet<String>,
    slow: BTreeSet<String>,
    mapped: usize,
    spent: Duration,
}

impl Blame {
    /// A fact that the module fails on by itself.
    pub(crate) fn guilty(&mut self, label: String, failure: &Failure) {
        if failure.is_slow() {
            self.slow.insert(label.clone());
        }
        self.guilty.insert(label);
    }

    /// Facts that it mapped.
    pub(crate) fn mapped(&mut self, facts: usize) {
        self.mapped += facts;
    }

    /// Time of a call that failed.
    pub(crate) fn spent(&mut self, time: Duration) {
        self.spent += time;
    }

    /// Whether the module is not worth another try in this mapping.
    pub(crate) fn gives_up(&self, limits: &Limits) -> bool {
        self.slow.len() >= limits.blame_slow
            || self.spent >= limits.blame_time
            || (self.mapped == 0 && self.guilty.len() >= limits.blame_all)
    }
}
