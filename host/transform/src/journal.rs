//! What happened beside the outcomes: failures, one entry for each module and sort, and what modules logged.

use crate::failure::Failed;
use crate::settings::Limits;
use crate::tail::clean;
use proxbox_model::Problem;
use proxbox_model::report::{Level, LogLine};
use proxbox_modules::Policy;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Objects that a problem names; the rest are counted.
const NAMED: usize = 3;

/// Failures and log lines of one call and of the calls within it. A call that fails takes its journal with it, so
/// that what is tried again is not told twice.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    falls: BTreeMap<(String, &'static str), Falls>,
    log: Vec<LogLine>,
    dropped: usize,
}

/// Failures of one module and one sort.
#[derive(Debug)]
struct Falls {
    first: Failed,
    noun: &'static str,
    policy: Policy,
    names: Vec<String>,
    count: usize,
}

impl Journal {
    /// An object that a module failed on.
    pub(crate) fn fall(
        &mut self,
        module: &str,
        policy: Policy,
        noun: &'static str,
        label: String,
        failed: &Failed,
    ) {
        let falls = self.falls.entry((module.to_owned(), failed.failure.code())).or_insert_with(|| Falls {
            first: failed.clone(),
            noun,
            policy,
            names: Vec::new(),
            count: 0,
        });
        falls.count += 1;
        if falls.names.len() < NAMED {
            falls.names.push(label);
        }
    }

    /// A line that a module logged.
    pub(crate) fn log(&mut self, limits: &Limits, module: &Arc<str>, level: Level, message: &str) {
        if self.log.len() < limits.log_lines {
            let message = clean(message, limits.log_line);
            self.log.push(LogLine { module: module.to_string(), level, message });
        } else {
            self.dropped += 1;
        }
    }

    /// Takes over what happened within a call that succeeded.
    pub(crate) fn merge(&mut self, limits: &Limits, inner: Self) {
        for (key, falls) in inner.falls {
            match self.falls.entry(key) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(falls);
                }
                std::collections::btree_map::Entry::Occupied(mut entry) => {
                    let known = entry.get_mut();
                    known.count += falls.count;
                    let room = NAMED.saturating_sub(known.names.len());
                    known.names.extend(falls.names.into_iter().take(room));
                }
            }
        }
        let room = limits.log_lines.saturating_sub(self.log.len());
        self.dropped += inner.dropped + inner.log.len().saturating_sub(room);
        self.log.extend(inner.log.into_iter().take(room));
    }

    /// What is told to the operator.
    pub(crate) fn finish(self) -> (Vec<Problem>, Vec<LogLine>) {
        let problems = self.falls.into_iter().map(|((module, _), falls)| falls.problem(&module)).collect();
        let mut log = self.log;
        if self.dropped > 0 {
            log.push(LogLine {
                module: "proxbox".to_owned(),
                level: Level::Warn,
                message: format!("{} more lines of the modules were left out.", self.dropped),
            });
        }
        (problems, log)
    }
}

impl Falls {
    fn problem(self, module: &str) -> Problem {
        let objects = self.objects();
        let (it, was) = if self.count == 1 { ("it", "was") } else { ("they", "were") };
        let then = match self.policy {
            Policy::Builtin => format!("{it} {was} left to the next mapper"),
            Policy::Skip => format!("{it} {was} skipped"),
            Policy::Fail => format!("{it} {was} reported as failed"),
        };
        Problem {
            code: self.first.failure.code().to_owned(),
            message: format!("Module {module} {} on {objects}; {then}.", self.first.failure),
            hint: Some(self.first.failure.hint()),
            causes: self.first.last_words,
        }
    }

    /// `guest 101 (web)`, or `5 guests: 101 (web), 102 (db), 103 (mail) and 2 more`.
    fn objects(&self) -> String {
        let names = self.names.join(", ");
        match self.count.saturating_sub(self.names.len()) {
            _ if self.count == 1 => format!("{} {names}", self.noun),
            0 => format!("{} {}s: {names}", self.count, self.noun),
            more => format!("{} {}s: {names} and {more} more", self.count, self.noun),
        }
    }
}
