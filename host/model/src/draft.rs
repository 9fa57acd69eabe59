//! What a mapper wants NetBox to look like, mirroring `wit/v0.1/types.wit`.

use serde::{Deserialize, Serialize};

/// Key parts, field name and text value, all of which must match.
pub type KeyParts = Vec<(String, String)>;

/// Names a NetBox object by its natural key or its Proxmox identity, never by its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// NetBox model: `dcim.devicerole`.
    pub kind: String,
    /// `slug` = `db`; or an identity: `proxmox-cluster`, `proxmox-node` = `pve1`, `proxmox-vmid` = `101`.
    pub key: KeyParts,
}

/// The value of one field of a draft. A field that is absent is not the mapper's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Clear the field.
    Null,
    /// A boolean.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// Exact decimal text.
    Decimal(String),
    /// Text, or the value of a choice.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// JSON text, compared as a whole.
    Json(String),
    /// Another object.
    Reference(Reference),
    /// Several other objects.
    References(Vec<Reference>),
}

/// One field under NetBox's own REST name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// NetBox's name of the field.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// A NetBox tag.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// Shown name.
    pub name: String,
    /// URL-safe key.
    pub slug: String,
    /// Six hexadecimal digits, lower case.
    pub color: String,
}

/// What one NetBox object should look like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// NetBox model: `virtualization.virtualmachine`.
    pub kind: String,
    /// Which object is meant when neither the fact nor the fields say so; else empty.
    pub key: KeyParts,
    /// Fields that the mapper owns.
    pub fields: Vec<Field>,
    /// Custom fields that the mapper owns; the others stay.
    pub custom_fields: Vec<Field>,
    /// Tags that the object should have; the others stay.
    pub tags: Vec<Tag>,
}

/// Why a fact could not be mapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Stable, kebab-case.
    pub code: String,
    /// One sentence for the operator.
    pub message: String,
    /// The field of the fact at fault.
    pub field: Option<String>,
}

/// What a mapper decided for one fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The first draft is the fact's own object; the others are what it needs or brings along.
    Keep(Vec<Draft>),
    /// Left out on purpose, with the reason.
    Skip(String),
    /// The fact is wrong.
    Reject(Rejection),
}
