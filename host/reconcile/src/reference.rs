//! References of drafts, checked against the table of kinds.

use crate::error::Fault;
use crate::text::{did_you_mean, shown, trim};
use crate::{address, normal};
use proxbox_model::draft::{KeyParts, Reference};
use proxbox_model::facts::AddressOwner;
use proxbox_model::kind::{self, FieldType, Kind, Ownership};
use proxbox_model::{Identity, SourceObject};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

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
    /// To what stands for a Proxmox object.
    pub(crate) fn to(kind: &'static Kind, identity: Identity) -> Arc<Self> {
        Arc::new(Self::Identity { kind, identity })
    }

    pub(crate) fn kind(&self) -> &'static Kind {
        match self {
            Self::Identity { kind, .. } | Self::Natural { kind, .. } => kind,
        }
    }

    /// The kinds that must be read to resolve it.
    pub(crate) fn kinds(&self) -> Vec<&'static Kind> {
        let mut kinds = vec![self.kind()];
        let natural;
        let parts = match self {
            Self::Natural { parts, .. } => parts.as_slice(),
            Self::Identity { kind, identity } => {
                natural = natural_key(kind, identity).unwrap_or_default();
                natural.as_slice()
            }
        };
        for part in parts {
            if let Part::Related(_, to) = part {
                kinds.extend(to.kinds());
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
    let mut kinds = kind::KINDS.iter().filter(|kind| kind.pass_of.is_none());
    kinds.clone().find(|kind| kind.name == name).ok_or_else(|| Fault::UnknownKind {
        kind: shown(name),
        suggestion: did_you_mean(name, kinds.by_ref().map(|kind| kind.name)),
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
            (FieldType::Text(_) | FieldType::Slug(_) | FieldType::Integer(_) | FieldType::Mac, None) => {
                let text = trim(&text).to_owned();
                let text = normal::key(spec.holds, &text.as_str().into()).unwrap_or(text);
                parts.push(Part::Text(spec.name, text));
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
            _ => return Err(wrong(kind, &name, "only texts, numbers and relations can name an object")),
        }
    }
    for (field, (target, key)) in related {
        parts.push(Part::Related(field, Box::new(check_key(target, key, source)?)));
    }
    let source = (kind.ownership == Ownership::Mirrored).then(|| source.to_owned());
    Ok(Ref::Natural { kind, source, parts })
}

fn identity(kind: &'static Kind, key: &KeyParts, source: &str) -> Result<Ref, Fault> {
    let mut parts: Vec<(&str, &str)> = key.iter().map(|(name, value)| (name.as_str(), trim(value))).collect();
    parts.sort_unstable();
    let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
    if names.iter().any(|name| !name.starts_with("proxmox-")) {
        return Err(wrong(kind, &names.join(", "), "an identity stands alone"));
    }
    let vmid = parts.iter().find(|(name, _)| *name == "proxmox-vmid").map(|(_, value)| value.parse::<u32>());
    let vmid = match vmid {
        Some(Ok(vmid)) => vmid,
        Some(Err(_)) => return Err(wrong(kind, "proxmox-vmid", "a vmid is a whole number")),
        None => 0,
    };
    let object = object_named(kind, vmid, &parts)
        .ok_or_else(|| wrong(kind, &names.join(", "), "this identity does not name such an object"))?;
    Ok(Ref::Identity { kind, identity: Identity { source: source.to_owned(), object } })
}

/// The Proxmox object that the parts of an identity name, sorted by name, if objects of the kind can stand for it.
fn object_named(kind: &Kind, vmid: u32, parts: &[(&str, &str)]) -> Option<SourceObject> {
    let text = |value: &str| value.to_owned();
    Some(match (kind.name, parts) {
        ("virtualization.cluster" | "netbox_proxbox.proxmoxcluster", [("proxmox-cluster", _)]) => {
            SourceObject::Cluster
        }
        ("netbox_proxbox.proxmoxendpoint", [("proxmox-endpoint", _)]) => SourceObject::Endpoint,
        ("dcim.device" | "netbox_proxbox.proxmoxnode", [("proxmox-node", node)]) => {
            SourceObject::Node(text(node))
        }
        ("dcim.interface", [("proxmox-interface", name), ("proxmox-node", node)]) => {
            SourceObject::NodeInterface(text(node), text(name))
        }
        ("netbox_proxbox.proxmoxstorage", [("proxmox-storage", name)]) => SourceObject::Storage(text(name)),
        ("virtualization.virtualmachine", [("proxmox-vmid", _)]) => SourceObject::Guest(vmid),
        ("virtualization.virtualdisk", [("proxmox-disk", key), ("proxmox-vmid", _)]) => {
            SourceObject::Disk(vmid, text(key))
        }
        ("virtualization.vminterface", [("proxmox-net", net), ("proxmox-vmid", _)]) => {
            SourceObject::Interface(vmid, text(net))
        }
        ("dcim.macaddress", [("proxmox-net", net), ("proxmox-vmid", _)]) => {
            SourceObject::MacAddress(vmid, text(net))
        }
        ("ipam.ipaddress", [("proxmox-ip", ip), ("proxmox-net", net), ("proxmox-vmid", _)]) => {
            SourceObject::IpAddress(AddressOwner::VmInterface(vmid, text(net)), address::host(ip))
        }
        ("ipam.ipaddress", [("proxmox-interface", name), ("proxmox-ip", ip), ("proxmox-node", node)]) => {
            SourceObject::IpAddress(AddressOwner::NodeInterface(text(node), text(name)), address::host(ip))
        }
        ("netbox_proxbox.guestvminterface", [("proxmox-guest-interface", name), ("proxmox-vmid", _)]) => {
            SourceObject::GuestInterface(vmid, text(name))
        }
        _ => return None,
    })
}

/// The natural key of the object that stands for a Proxmox object, for kinds that do not carry their identity.
pub(crate) fn natural_key(kind: &'static Kind, identity: &Identity) -> Option<Vec<Part>> {
    let text = |field, value: &str| Part::Text(field, value.to_owned());
    let related = |field, object: SourceObject| {
        let kind = kind::of(&object)?;
        Some(Part::Related(field, Box::new(Ref::Identity { kind, identity: identity.beside(object) })))
    };
    Some(match (kind.name, &identity.object) {
        ("netbox_proxbox.proxmoxcluster", SourceObject::Cluster) => {
            vec![related("endpoint", SourceObject::Endpoint)?, text("name", &identity.source)]
        }
        ("netbox_proxbox.proxmoxnode", SourceObject::Node(node)) => {
            vec![related("endpoint", SourceObject::Endpoint)?, text("name", node)]
        }
        (_, SourceObject::NodeInterface(node, name)) => {
            vec![related("device", SourceObject::Node(node.clone()))?, text("name", name)]
        }
        (_, SourceObject::Vlan(id)) => vec![text("vid", &id.to_string())],
        (_, SourceObject::Storage(name)) => {
            vec![related("cluster", SourceObject::Cluster)?, text("name", name)]
        }
        (
            _,
            SourceObject::Disk(vmid, name)
            | SourceObject::Interface(vmid, name)
            | SourceObject::GuestInterface(vmid, name)
            | SourceObject::Snapshot(vmid, name),
        ) => vec![related("virtual_machine", SourceObject::Guest(*vmid))?, text("name", name)],
        (_, SourceObject::MacAddress(vmid, net)) => {
            vec![related("assigned_object_id", SourceObject::Interface(*vmid, net.clone()))?]
        }
        (_, SourceObject::IpAddress(owner, ip)) => {
            vec![text("address", ip), related("assigned_object_id", owner_object(owner))?]
        }
        _ => return None,
    })
}

/// The interface that an address is on.
pub(crate) fn owner_object(owner: &AddressOwner) -> SourceObject {
    match owner.clone() {
        AddressOwner::VmInterface(vmid, net) => SourceObject::Interface(vmid, net),
        AddressOwner::NodeInterface(node, name) => SourceObject::NodeInterface(node, name),
    }
}

fn unknown(kind: &'static Kind, name: &str) -> Fault {
    let suggestion = did_you_mean(name, kind.fields.iter().map(|field| field.name));
    Fault::UnknownField { kind: kind.name, field: shown(name), suggestion }
}

fn wrong(kind: &'static Kind, key: &str, why: &str) -> Fault {
    Fault::WrongKey { kind: kind.name, key: shown(key), why: why.to_owned() }
}
