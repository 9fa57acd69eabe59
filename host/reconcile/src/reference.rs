//! References of drafts, checked against the table of kinds.

use crate::error::Fault;
use crate::text::{did_you_mean, shown, trim};
use proxbox_model::draft::{KeyParts, Reference};
use proxbox_model::kind::{self, FieldType, IdentityRule, Kind, Ownership};
use proxbox_model::{Identity, SourceObject};
use std::collections::BTreeMap;
use std::fmt;

/// A checked reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ref {
    /// By Proxmox identity.
    Identity { kind: &'static Kind, identity: Identity },
    /// By natural key. `source` is set for mirrored kinds, whose names only mean something within a source.
    Natural { kind: &'static Kind, source: Option<String>, parts: Vec<Part> },
}

/// One part of a natural key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// A field holds this text.
    Text(&'static str, String),
    /// A relation points at that object.
    Related(&'static str, Box<Ref>),
}

impl Ref {
    pub(crate) fn kind(&self) -> &'static Kind {
        match self {
            Self::Identity { kind, .. } | Self::Natural { kind, .. } => kind,
        }
    }

    /// The kinds that must be read to resolve it.
    pub(crate) fn kinds(&self) -> Vec<&'static Kind> {
        let mut kinds = vec![self.kind()];
        if let Self::Natural { parts, .. } = self {
            for part in parts {
                if let Part::Related(_, to) = part {
                    kinds.extend(to.kinds());
                }
            }
        }
        kinds
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, parts) = match self {
            Self::Identity { identity, .. } if identity.object == SourceObject::Cluster => {
                return f.write_str(&shown(&identity.to_string()));
            }
            Self::Identity { kind, identity } => {
                return write!(f, "{} of {}", kind.label, shown(&identity.to_string()));
            }
            Self::Natural { kind, parts, .. } => (kind, parts),
        };
        write!(f, "{} with ", kind.label)?;
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                f.write_str(" and ")?;
            }
            match part {
                Part::Text(field, text) => write!(f, "{field} {}", shown(text))?,
                Part::Related(_, to) => write!(f, "the {to}")?,
            }
        }
        Ok(())
    }
}

/// Checks a reference that a draft of a source holds.
pub(crate) fn check(reference: Reference, source: &str) -> Result<Ref, Fault> {
    let kind = known_kind(&reference.kind)?;
    check_key(kind, reference.key, source)
}

/// The kind of that name.
pub(crate) fn known_kind(name: &str) -> Result<&'static Kind, Fault> {
    kind::find(name).ok_or_else(|| Fault::UnknownKind {
        kind: shown(name),
        suggestion: did_you_mean(name, kind::KINDS.iter().map(|kind| kind.name)),
    })
}

/// Checks the key of an object of a kind.
pub(crate) fn check_key(kind: &'static Kind, key: KeyParts, source: &str) -> Result<Ref, Fault> {
    if key.is_empty() {
        return Err(wrong(kind, "", "a key must have at least one part"));
    }
    if key.iter().any(|(part, _)| part.starts_with("proxmox-")) {
        return identity(kind, &key, source);
    }
    let mut parts = Vec::new();
    let mut related: BTreeMap<&'static str, (&'static Kind, KeyParts)> = BTreeMap::new();
    for (name, text) in key {
        let (field, rest) = match name.split_once('.') {
            Some((field, rest)) => (field, Some(rest)),
            None => (name.as_str(), None),
        };
        let Some(spec) = kind.field(field) else {
            return Err(unknown(kind, &name));
        };
        match (spec.holds, rest) {
            (FieldType::Text(_) | FieldType::Slug(_), None) => {
                parts.push(Part::Text(spec.name, trim(&text).to_owned()));
            }
            (FieldType::Relation(target), Some(rest)) => {
                let target = known_kind(target)?;
                related
                    .entry(spec.name)
                    .or_insert_with(|| (target, Vec::new()))
                    .1
                    .push((rest.to_owned(), text));
            }
            (FieldType::Relation(_), None) => {
                let why = "a relation is named through the other object, as in `manufacturer.slug`";
                return Err(wrong(kind, &name, why));
            }
            _ => return Err(wrong(kind, &name, "only texts and relations can name an object")),
        }
    }
    for (field, (target, key)) in related {
        parts.push(Part::Related(field, Box::new(check_key(target, key, source)?)));
    }
    let source = (kind.ownership == Ownership::Mirrored).then(|| source.to_owned());
    Ok(Ref::Natural { kind, source, parts })
}

fn identity(kind: &'static Kind, key: &KeyParts, source: &str) -> Result<Ref, Fault> {
    let [(name, value)] = key.as_slice() else {
        let names: Vec<&str> = key.iter().map(|(name, _)| name.as_str()).collect();
        return Err(wrong(kind, &names.join(", "), "an identity stands alone"));
    };
    let object = match (name.as_str(), kind.identity) {
        ("proxmox-cluster", Some(IdentityRule::Cluster)) => SourceObject::Cluster,
        ("proxmox-node", Some(IdentityRule::Node)) => SourceObject::Node(trim(value).to_owned()),
        ("proxmox-vmid", Some(IdentityRule::Guest)) => match value.parse() {
            Ok(vmid) => SourceObject::Guest(vmid),
            Err(_) => return Err(wrong(kind, name, "a vmid is a whole number")),
        },
        _ => return Err(wrong(kind, name, "this identity does not name such an object")),
    };
    Ok(Ref::Identity { kind, identity: Identity { source: source.to_owned(), object } })
}

fn unknown(kind: &'static Kind, name: &str) -> Fault {
    let suggestion = did_you_mean(name, kind.fields.iter().map(|field| field.name));
    Fault::UnknownField { kind: kind.name, field: shown(name), suggestion }
}

fn wrong(kind: &'static Kind, key: &str, why: &str) -> Fault {
    Fault::WrongKey { kind: kind.name, key: shown(key), why: why.to_owned() }
}
