//! One object with and without the module.

use crate::bench::{self, Settings, Workbench};
use crate::case::Context;
use crate::diff::{self, Change};
use crate::error::WorkbenchError;
use crate::identity;
use proxbox_model::Problem;
use proxbox_model::draft::Outcome;
use proxbox_model::report::LogLine;
use serde::Serialize;
use serde_json::Value as Json;

/// What the module made of an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// What it is: `virtual-machine`.
    pub interface: String,
    /// How it is called: `virtual-machine 101 (web)`.
    pub label: String,
    /// What the chain of the module and the built-in mappers gave.
    pub outcome: Outcome,
    /// Name and version of the module that gave it.
    pub by: String,
    /// What the built-in mapping alone gave.
    pub usual: Outcome,
    /// From the usual outcome to that of the chain.
    pub changes: Vec<Change>,
}

/// What the module made of some objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Trials {
    /// One for each fact, in order.
    pub objects: Vec<Trial>,
    /// What the module failed on.
    pub problems: Vec<Problem>,
    /// What it logged.
    pub log: Vec<LogLine>,
}

/// Maps facts of one interface with the module and without it.
///
/// # Errors
/// When the host refuses the module with these settings, or a fact is not one of the interface.
pub async fn try_facts(
    bench: &Workbench,
    settings: &Settings,
    interface: &str,
    context: &Context,
    facts: &[Json],
) -> Result<Trials, WorkbenchError> {
    let set = bench.chain(settings).await?;
    let chain = bench::map(&set, interface, context, facts).await?;
    let usual = bench::map(&bench.usual(), interface, context, facts).await?;
    let pairs = facts.iter().zip(chain.outcomes).zip(usual.outcomes);
    let objects = pairs.map(|((fact, mapped), usual)| Trial {
        interface: interface.to_owned(),
        label: identity::label(interface, fact),
        changes: diff::outcomes(&usual.outcome, &mapped.outcome),
        outcome: mapped.outcome,
        by: mapped.module,
        usual: usual.outcome,
    });
    Ok(Trials { objects: objects.collect(), problems: chain.problems, log: chain.log })
}
