//! Why an object cannot be reconciled.

use proxbox_model::Diagnostic;
use proxbox_model::kind::Kind;
use std::fmt;

/// What is wrong with a draft. Every text in it is fit to be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("it kept the object but returned no draft")]
    Empty,
    #[error("the first draft must be a {wants}, not a {got}")]
    FirstKind { wants: &'static str, got: String },
    #[error("there is no NetBox kind `{kind}`{suggestion}")]
    UnknownKind { kind: String, suggestion: String },
    #[error("{kind} has no field `{field}`{suggestion}")]
    UnknownField { kind: &'static str, field: String, suggestion: String },
    #[error("{kind}.{field} comes twice")]
    Repeated { kind: &'static str, field: String },
    #[error("{kind}.{field} wants {wants}, not {got}")]
    WrongValue { kind: &'static str, field: String, wants: String, got: String },
    #[error("{kind}.{field} holds at most {most} characters, not {length}")]
    TooLong { kind: &'static str, field: String, most: usize, length: usize },
    #[error("{kind} is named by {}: {why}", if key.is_empty() { "nothing" } else { key })]
    WrongKey { kind: &'static str, key: String, why: String },
    #[error("a {kind} carries no {what}")]
    CarriesNo { kind: &'static str, what: &'static str },
}

impl Fault {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "draft-missing",
            Self::FirstKind { .. } => "draft-wrong-kind",
            Self::UnknownKind { .. } => "draft-unknown-kind",
            Self::UnknownField { .. } => "draft-unknown-field",
            Self::Repeated { .. } => "draft-repeated-field",
            Self::WrongValue { .. } => "draft-wrong-value",
            Self::TooLong { .. } => "draft-too-long",
            Self::WrongKey { .. } => "draft-wrong-key",
            Self::CarriesNo { .. } => "draft-unknown-field",
        }
    }
}

/// What stands in the way of one object.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReconcileError {
    #[error("{module} returned a wrong draft for {object}: {fault}")]
    Draft { module: String, object: String, fault: Box<Fault> },
    #[error("{object} comes from more than one endpoint of this run")]
    SeenTwice { object: String },
    #[error("{object} has no name that could identify it")]
    Nameless { object: String },
    #[error("this NetBox has no {}s{}", kind.label, since(kind))]
    NoSuchKind { kind: &'static Kind },
    #[error("NetBox has no custom field `{field}` for a {}, which {module} sets", kind.label)]
    NoCustomField { module: String, field: String, kind: &'static Kind },
    #[error("the custom field `{field}` holds {wants} in NetBox, but {module} gives {got}")]
    CustomFieldType { module: String, field: String, wants: String, got: String },
    #[error("{object} needs the {target} for its field `{field}`, which {}", missing(because))]
    Missing { object: String, field: String, target: String, because: Option<String> },
    #[error("{object} needs the {target} for its field `{field}`, but NetBox has {count} of them")]
    Ambiguous { object: String, field: String, target: String, count: usize },
    #[error("{object} needs {target}, which cannot be written: {because}")]
    Blocked { object: String, target: String, because: String },
    #[error("no draft gives {object} a name, and NetBox has no object for it yet")]
    NoName { object: String },
    #[error("NetBox has no object for {object}, which a module wants to extend")]
    NothingToExtend { object: String },
    #[error("NetBox has {} {}s for {object} ({})", ids.len(), kind.label, listed(ids))]
    Duplicate { object: String, kind: &'static Kind, ids: Vec<u64> },
    #[error("NetBox has {} {}s that could be {object} ({})", ids.len(), kind.label, listed(ids))]
    ManyCandidates { object: String, kind: &'static Kind, ids: Vec<u64> },
    #[error("the {} {id} in NetBox could be {object}, but also {other}", kind.label)]
    ManyClaims { object: String, kind: &'static Kind, id: u64, other: String },
    #[error("{object} and {other} would be the same {} in NetBox", kind.label)]
    SameKey { object: String, kind: &'static Kind, other: String },
    #[error("{other} has the address of {object}, and NetBox holds an address once")]
    AddressShared { object: String, other: String },
    #[error("the address of {object} is on {owner} in NetBox (id {id}), where no sync has put it")]
    AddressTaken { object: String, id: u64, owner: String },
    #[error("NetBox has {} {}s called {name} ({})", ids.len(), kind.label, listed(ids))]
    ManyShared { kind: &'static Kind, name: String, ids: Vec<u64> },
}

/// Why an object is written without one of its attributes. The words name no object, so that many may share them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unmet {
    #[error("the {target} {}", missing(because))]
    Missing { target: String, because: Option<String> },
    #[error("NetBox has {count} objects that could be the {target}")]
    Ambiguous { target: String, count: usize },
    #[error("the {target} cannot be written: {because}")]
    Blocked { target: String, because: String },
    #[error("NetBox does not let {}s carry the tag {tag}", kind.label)]
    TagOfOthers { tag: String, kind: &'static Kind },
}

impl Diagnostic for Unmet {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "reference-missing",
            Self::Ambiguous { .. } => "reference-ambiguous",
            Self::Blocked { .. } => "dependency-failed",
            Self::TagOfOthers { .. } => "tag-not-for-kind",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { because: None, .. } => {
                "Create it in NetBox, or let a module bring it along.".to_owned()
            }
            Self::Ambiguous { .. } => {
                "Merge them in NetBox, or let a module name the right one more exactly.".to_owned()
            }
            Self::Missing { .. } | Self::Blocked { .. } => {
                "Solve that first; this follows by itself.".to_owned()
            }
            Self::TagOfOthers { kind, .. } => {
                format!("Allow the tag for {}s in NetBox, or rename it in Proxmox.", kind.label)
            }
        })
    }
}

fn since(kind: &Kind) -> String {
    kind.since.map(|(major, minor)| format!("; they come with NetBox {major}.{minor}")).unwrap_or_default()
}

fn missing(because: &Option<String>) -> String {
    match because {
        Some(because) => format!("is not in NetBox: {because}"),
        None => "is not in NetBox".to_owned(),
    }
}

fn listed(ids: &[u64]) -> String {
    const MOST: usize = 5;
    let mut list: Vec<String> = ids.iter().take(MOST).map(|id| format!("id {id}")).collect();
    if ids.len() > MOST {
        list.push("…".to_owned());
    }
    list.join(", ")
}

impl Diagnostic for ReconcileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Draft { fault, .. } => fault.code(),
            Self::SeenTwice { .. } => "source-object-seen-twice",
            Self::Nameless { .. } => "source-object-nameless",
            Self::NoSuchKind { .. } => "netbox-lacks-kind",
            Self::NoCustomField { .. } => "custom-field-missing",
            Self::CustomFieldType { .. } => "custom-field-type",
            Self::Missing { .. } => "reference-missing",
            Self::Ambiguous { .. } => "reference-ambiguous",
            Self::Blocked { .. } => "dependency-failed",
            Self::NoName { .. } => "draft-without-name",
            Self::NothingToExtend { .. } => "nothing-to-extend",
            Self::Duplicate { .. } => "identity-duplicate",
            Self::ManyCandidates { .. } | Self::ManyClaims { .. } => "adoption-ambiguous",
            Self::SameKey { .. } | Self::AddressShared { .. } => "same-object",
            Self::AddressTaken { .. } => "address-taken",
            Self::ManyShared { .. } => "name-ambiguous",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Draft { module, .. } => format!(
                "For you: switch {module} off until it is corrected. For its author: return only what NetBox takes there; \
                 `proxbox transform test` checks it."
            ),
            Self::SeenTwice { .. } => {
                "Keep one endpoint for each cluster, and give clusters different names.".to_owned()
            }
            Self::NoSuchKind { .. } => "Upgrade NetBox, or use a module that does not need it.".to_owned(),
            Self::NoCustomField { field, kind, .. } => {
                format!("Create the custom field `{field}` for {}s in NetBox.", kind.label)
            }
            Self::CustomFieldType { field, .. } => {
                format!("Change the type of `{field}` in NetBox, or correct the module.")
            }
            Self::Missing { because: None, .. } => {
                "Create it in NetBox, let a module bring it along, or sync devices first.".to_owned()
            }
            Self::Missing { .. } | Self::Blocked { .. } => {
                "Solve that first; this follows by itself.".to_owned()
            }
            Self::Ambiguous { .. } => "Let the module name it more exactly.".to_owned(),
            Self::NothingToExtend { .. } => "Sync devices first.".to_owned(),
            Self::Duplicate { .. } => {
                "Delete the wrong ones in NetBox, or clear their proxmox custom fields.".to_owned()
            }
            Self::ManyCandidates { kind, .. } | Self::ManyClaims { kind, .. } => {
                format!("Tell them apart in NetBox: {}.", identity_fields(kind))
            }
            Self::SameKey { .. } => "Give one of them another name.".to_owned(),
            Self::AddressShared { .. } => {
                "Change the address of one of the two; where both are right, let a module leave one out."
                    .to_owned()
            }
            Self::AddressTaken { .. } => {
                "Unassign it in NetBox when it belongs to this guest; else one of the two is wrong."
                    .to_owned()
            }
            Self::ManyShared { .. } => "Rename or merge them in NetBox.".to_owned(),
            Self::Nameless { .. } | Self::NoName { .. } => return None,
        };
        Some(hint)
    }
}

fn identity_fields(kind: &Kind) -> impl fmt::Display {
    use proxbox_model::kind::IdentityRule;
    match kind.identity {
        Some(IdentityRule::Cluster) => {
            "set the custom field `proxmox_cluster_name` of the right one, or rename the others"
        }
        Some(IdentityRule::Node) => {
            "set the custom fields `proxmox_cluster` and `proxmox_node` of the right one, or rename the others"
        }
        Some(IdentityRule::Guest) => {
            "set the custom fields `proxmox_cluster` and `proxmox_vm_id` of the right one, or rename the others"
        }
        None => "rename the others",
    }
}
