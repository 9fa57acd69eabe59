//! What goes in: one source object and what its mapper made of it.

use proxbox_model::draft::{Field, Outcome};
use proxbox_model::report::Stage;
use proxbox_model::{Identity, Problem};

/// How far the object of a fact is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writing {
    /// Only found, so that others can refer to it.
    Nothing,
    /// Made when it is missing, then left to the operator.
    Missing,
    /// Made and kept up to date.
    #[default]
    All,
}

/// How much a claim to something that only one object can have weighs; the first weighs most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// It was seen at work: a running guest reports it, or a node has it.
    #[default]
    Seen,
    /// The configuration of something that runs says so.
    Configured,
    /// The configuration of something that does not run says so.
    Stopped,
    /// The configuration of a template says so.
    Template,
}

/// One object of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Stage that it belongs to.
    pub stage: Stage,
    /// Who it is.
    pub identity: Identity,
    /// Name in Proxmox.
    pub name: String,
    /// `cluster`, `node`, `qemu`, `lxc`, `disk` …
    pub item_type: String,
    /// How far it is written.
    pub writing: Writing,
    /// The object that it is part of. When that one is left out, so is this one.
    pub parent: Option<Identity>,
    /// Custom fields that the host adds to the fact's own draft, where there are any beyond identity.
    pub host_fields: Vec<Field>,
    /// Names of the tags that mirror Proxmox's own.
    pub source_tags: Vec<String>,
    /// A field that NetBox only shows, and its value: tells the object when its name has changed.
    pub hint: Option<(&'static str, String)>,
    /// MAC addresses of a guest. Where nothing of a guest is left but its vmid, it is another guest.
    pub macs: Vec<String>,
    /// SMBIOS UUID of a virtual machine, in lower case.
    pub uuid: Option<String>,
    /// How much its claim to an address weighs.
    pub evidence: Evidence,
    /// Addresses, without prefix length, any of which may be primary: the one that is stays, unless a site module chose.
    pub candidates: Vec<String>,
}

impl Fact {
    /// A fact that is written in full and stands on its own.
    pub fn new(
        stage: Stage,
        identity: Identity,
        name: impl Into<String>,
        item_type: impl Into<String>,
    ) -> Self {
        Self {
            stage,
            identity,
            name: name.into(),
            item_type: item_type.into(),
            writing: Writing::All,
            parent: None,
            host_fields: Vec::new(),
            source_tags: Vec::new(),
            hint: None,
            macs: Vec::new(),
            uuid: None,
            evidence: Evidence::default(),
            candidates: Vec::new(),
        }
    }
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
    /// It was left out before a mapper saw it, with the reason.
    Skipped(String),
    /// It could not be read or mapped.
    Failed(Problem),
}
