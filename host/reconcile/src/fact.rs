//! What goes in: one source object and what its mapper made of it.

use proxbox_model::draft::Outcome;
use proxbox_model::report::Stage;
use proxbox_model::{Identity, Problem};

/// One object of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Stage that it belongs to.
    pub stage: Stage,
    /// Who it is.
    pub identity: Identity,
    /// Name in Proxmox.
    pub name: String,
    /// `cluster`, `node`, `qemu` or `lxc`.
    pub item_type: String,
}

/// What came of a fact before reconciling.
#[derive(Clone, Debug, PartialEq)]
pub enum FactOutcome {
    /// A mapper decided.
    Mapped {
        /// Name and version of the module that decided, for messages.
        module: String,
        /// What it decided.
        outcome: Outcome,
    },
    /// It could not be read or mapped.
    Failed(Problem),
}
