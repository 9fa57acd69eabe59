//! What reconciling decided: every object's action, in dependency order, ready to be applied or shown.

use crate::Identity;
use crate::kind::Kind;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A field value that may point at an object which does not exist yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Planned {
    /// As it goes to NetBox.
    Ready(Json),
    /// The id of the object at that position of the plan, known once it is created.
    IdOf(usize),
    /// The same for what is no more than an attribute: left out when the object is not there.
    IdIfMade(usize),
    /// Several ids, of existing or planned objects.
    List(Vec<Planned>),
    /// An object of planned values: the `custom_fields` of a request.
    Map(BTreeMap<String, Planned>),
}

/// A changed field.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Value in NetBox, normalised; null when there is none.
    pub before: Json,
    /// Value to write.
    pub after: Planned,
}

/// What is to be done with one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Make it, with these fields (custom fields under `custom_fields`, tags under `tags`).
    Create(BTreeMap<String, Planned>),
    /// Change these fields and no others.
    Update {
        /// NetBox id.
        id: u64,
        /// By field; custom fields as `custom_fields.name`; tags as the full merged list of slugs.
        changes: BTreeMap<String, Change>,
        /// Whether the object was not ours before.
        adopted: bool,
    },
    /// Set these fields of an object that the plan makes.
    Complete {
        /// Position of that object in the plan.
        object: usize,
        /// The fields.
        fields: BTreeMap<String, Planned>,
    },
    /// Remove it: what it stood for is gone, and the operator wants such objects removed.
    Delete {
        /// NetBox id.
        id: u64,
    },
    /// Nothing to do.
    Unchanged {
        /// NetBox id.
        id: u64,
    },
    /// Left out, for a reason that is nobody's fault.
    Skip(String),
    /// Something that is not ours is in the way; nothing is written.
    Conflict(Problem),
    /// Cannot be done; nothing is written.
    Fail(Problem),
}

impl Action {
    /// Whether carrying it out sends NetBox a write.
    pub fn writes(&self) -> bool {
        match self {
            Self::Create(_) | Self::Update { .. } | Self::Delete { .. } => true,
            Self::Complete { fields, .. } => !fields.is_empty(),
            Self::Unchanged { .. } | Self::Skip(_) | Self::Conflict(_) | Self::Fail(_) => false,
        }
    }
}

/// One object of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedObject {
    /// Its kind.
    pub kind: &'static Kind,
    /// Name for people: the name, slug or model.
    pub name: String,
    /// The Proxmox object that it stands for; none for what mappers bring along.
    pub identity: Option<Identity>,
    /// What to do.
    pub action: Action,
    /// Positions of the plan that must have succeeded first.
    pub needs: Vec<usize>,
    /// Attributes that it is written without.
    pub without: Vec<Shortfall>,
}

/// Every object of a run, in dependency order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The objects.
    pub objects: Vec<PlannedObject>,
    /// Ours in NetBox, but gone from a source that was read in full. Those that NetBox can mark or the operator wants
    /// removed are among the objects, too.
    pub stale: Vec<Stale>,
}

/// An object that stands for a Proxmox object which is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Stale {
    /// Its kind.
    pub kind: &'static Kind,
    /// NetBox id.
    pub id: u64,
    /// Its name in NetBox.
    pub name: String,
    /// Whom it stood for.
    pub identity: Identity,
}

/// What became of one object of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Made, with its id.
    Created(u64),
    /// Changed.
    Updated(u64),
    /// Removed.
    Deleted(u64),
    /// Was right already.
    Unchanged(u64),
    /// Left out, with the reason.
    Skipped(String),
    /// Not written, because something is in the way.
    Conflict(Problem),
    /// Not written, or NetBox refused it.
    Failed(Problem),
}

/// What an object was written without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfall {
    /// NetBox's name of the field; `tags` for a tag, custom fields as `custom_fields.name`.
    pub field: String,
    /// Why. It does not name the object that was written, so that a reason that concerns many is told once.
    pub problem: Problem,
}

impl Plan {
    /// Whether applying it would send no write.
    pub fn is_noop(&self) -> bool {
        !self.objects.iter().any(|object| object.action.writes())
    }
}
