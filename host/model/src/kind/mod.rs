//! The one table of NetBox object kinds. It drives checking, references, comparing, reading and writing.
//!
//! A new object type is a row in [`table`](KINDS), a record in `wit/` and a component; nothing else in the host names a
//! NetBox model. Rows are in dependency order: a row only relates to rows above it (or to itself).

mod custom_fields;
mod dcim;
mod extras;
mod ipam;
mod plugin;
mod row;
mod table;
mod tenancy;
mod virtualization;

use crate::SourceObject;

pub use custom_fields::{CUSTOM_FIELD_GROUP, CUSTOM_FIELDS, CustomField, custom_field};
pub use table::KINDS;

/// What a field holds, and how it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text of at most so many characters.
    Text(usize),
    /// Letters, digits, `-` and `_`, of at most so many characters.
    Slug(usize),
    /// Six hexadecimal digits.
    Color,
    /// One of NetBox's choices; comes back as `{"value", "label"}`.
    Choice,
    /// A boolean.
    Flag,
    /// A whole number from zero up to NetBox's limit for the field.
    Integer(i64),
    /// A whole number from the negative of that limit up to it.
    Signed(i64),
    /// A decimal number; compared by value, so that `2` equals `2.00`.
    Decimal,
    /// A point in time, as RFC 3339 text; compared as instants.
    Time,
    /// An IP address with its prefix length; compared in its canonical form.
    Address,
    /// A MAC address; compared without regard to case and separators.
    Mac,
    /// A list of texts, compared as a set.
    Texts,
    /// A list of whole numbers from the first up to the second, compared as a set.
    Integers(i64, i64),
    /// Any JSON, compared as a whole.
    Json,
    /// One object of the named kind; comes back as an object with an `id`.
    Relation(&'static str),
    /// Several objects of the named kind, compared as a set.
    Relations(&'static str),
    /// One object of one of these kinds; the field `type_field` names which, and is written by the host.
    Generic {
        /// The field that holds the name of the kind.
        type_field: &'static str,
        /// Kinds that it may be.
        kinds: &'static [&'static str],
    },
}

impl FieldType {
    /// Names of the kinds that a value may refer to.
    pub fn targets(&self) -> &[&'static str] {
        match self {
            Self::Relation(target) | Self::Relations(target) => std::slice::from_ref(target),
            Self::Generic { kinds, .. } => kinds,
            _ => &[],
        }
    }
}

/// A field of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// NetBox's REST name.
    pub name: &'static str,
    /// What it holds.
    pub holds: FieldType,
}

/// How the objects of a kind come to be ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Made when missing, never changed: roles, types, sites, tags. Operators rename and recolour these.
    Shared,
    /// Mirrors a Proxmox object, or is part of one that does: created and updated.
    Mirrored,
    /// Made by somebody else; the host only fills in links.
    Foreign,
}

/// Which Proxmox object a mirrored kind stands for, and the custom fields that hold its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityRule {
    /// A cluster: custom field `proxmox_cluster_name`.
    Cluster,
    /// A node: custom fields `proxmox_cluster` and `proxmox_node`.
    Node,
    /// A guest: custom fields `proxmox_cluster` and `proxmox_vm_id`.
    Guest,
}

/// A name that NetBox wants to be unique within a scope while Proxmox does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniqueName {
    /// The field.
    pub field: &'static str,
    /// The relation within which it is unique (compared without regard to case).
    pub within: &'static str,
}

/// How the rows that a run can touch are found in a list that may hold many of others. Each is a filter of NetBox's list, and the
/// field that it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Rows that belong to an object that is read.
    Of {
        /// Relation to the owner.
        field: &'static str,
        /// Filters by the owner's id, each with the owner's kind.
        filters: &'static [(&'static str, &'static str)],
    },
    /// Rows that hold what a draft or a reference says.
    Saying {
        /// Field that tells an object from others.
        field: &'static str,
        /// Filter by its value.
        filter: &'static str,
    },
    /// Rows whose custom field names a source of the run.
    OfSource {
        /// Custom field.
        field: &'static str,
        /// Filter by its value.
        filter: &'static str,
    },
}

/// Who brings a kind to NetBox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// NetBox itself.
    Core,
    /// The plugin `netbox-proxbox`, in some of its versions.
    Plugin,
}

/// One kind of NetBox object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// NetBox's own name: `virtualization.virtualmachine`. Of a later pass over a kind, that name, `#` and what it is about.
    pub name: &'static str,
    /// For messages, singular: `virtual machine`.
    pub label: &'static str,
    /// List path below `/api/`, without slashes at the ends: `virtualization/virtual-machines`.
    pub path: &'static str,
    /// Page of one object below the NetBox base URL.
    pub page: &'static str,
    /// Natural keys, most telling first; each is a set of fields that together name one object.
    pub keys: &'static [&'static [&'static str]],
    /// Sets of fields that NetBox wants unique although they do not say whose part an object is.
    pub also_unique: &'static [&'static [&'static str]],
    /// Whether NetBox takes a second object with the same natural key.
    pub may_double: bool,
    /// Relations besides those of its keys that an object cannot do without.
    pub required: &'static [&'static str],
    /// Relations that must be empty for a natural key to count, unless a draft sets them.
    pub unscoped: &'static [&'static str],
    /// Every field that a mapper or the host may write.
    pub fields: &'static [FieldSpec],
    /// Further fields that the host reads and nobody writes.
    pub reads: &'static [&'static str],
    /// Ways to the rows that a run can touch; empty for lists that are always read as a whole.
    pub reach: &'static [Reach],
    /// Whether objects carry tags.
    pub tags: bool,
    /// Whether objects carry custom fields.
    pub custom_fields: bool,
    /// How objects come to be ours.
    pub ownership: Ownership,
    /// Set for kinds that carry their Proxmox identity themselves; others are found by natural key.
    pub identity: Option<IdentityRule>,
    /// Set when NetBox wants a unique name where Proxmox does not.
    pub unique_name: Option<UniqueName>,
    /// First NetBox version (major, minor) that has the kind; none means all that we support.
    pub since: Option<(u32, u32)>,
    /// Who brings it.
    pub provider: Provider,
    /// Kind whose objects these are, written once more when what they relate to is there.
    pub pass_of: Option<&'static str>,
    /// Kind that each object describes further, one to one, through the field of its first key.
    pub sidecar_of: Option<&'static str>,
}

impl Kind {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether an object can do without that field: a relation that is neither part of a key nor required only describes it.
    pub fn can_lack(&self, field: &str) -> bool {
        let names = self.keys.iter().any(|key| key.contains(&field));
        !names && !self.required.contains(&field)
    }

    /// Whether NetBox takes a new object that holds nothing in that field.
    pub fn can_be_made_without(&self, field: &str) -> bool {
        let names = self.unique_name.is_some_and(|unique| unique.field == field);
        !names && field != "type" && self.can_lack(field)
    }

    /// NetBox's own name of the model, also of a later pass.
    pub fn model(&self) -> &'static str {
        self.pass_of.unwrap_or(self.name)
    }

    /// The later pass over this kind that has a field of that name.
    pub fn pass_with(&self, field: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.pass_of == Some(self.name) && kind.field(field).is_some())
    }

    /// The kind that describes objects of this one further.
    pub fn sidecar(&self) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.sidecar_of == Some(self.name))
    }
}

impl std::hash::Hash for Kind {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Position of a kind in dependency order.
pub fn rank(kind: &Kind) -> usize {
    KINDS.iter().position(|row| row.name == kind.name).unwrap_or(KINDS.len())
}

/// The kind that stands for an object of a source.
pub fn of(object: &SourceObject) -> Option<&'static Kind> {
    find(match object {
        SourceObject::Endpoint => "netbox_proxbox.proxmoxendpoint",
        SourceObject::Cluster => "virtualization.cluster",
        SourceObject::Node(_) => "dcim.device",
        SourceObject::NodeInterface(..) => "dcim.interface",
        SourceObject::Vlan(_) => "ipam.vlan",
        SourceObject::Storage(_) => "netbox_proxbox.proxmoxstorage",
        SourceObject::Guest(_) => "virtualization.virtualmachine",
        SourceObject::PrimaryIp(_) => "virtualization.virtualmachine#primary-ip",
        SourceObject::CloudInit(_) => "netbox_proxbox.proxmoxvmcloudinit",
        SourceObject::Disk(..) => "virtualization.virtualdisk",
        SourceObject::Interface(..) => "virtualization.vminterface",
        SourceObject::MacAddress(..) => "dcim.macaddress",
        SourceObject::IpAddress(..) => "ipam.ipaddress",
        SourceObject::GuestInterface(..) => "netbox_proxbox.guestvminterface",
        SourceObject::Backup(_) => "netbox_proxbox.vmbackup",
        SourceObject::Snapshot(..) => "netbox_proxbox.vmsnapshot",
        SourceObject::BackupRoutine(_) => "netbox_proxbox.backuproutine",
        SourceObject::Replication(_) => "netbox_proxbox.replication",
        SourceObject::Task(_) => "netbox_proxbox.vmtaskhistory",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_only_relates_to_kinds_before_it() {
        for kind in KINDS {
            for field in kind.fields {
                for target in field.holds.targets() {
                    let target = find(target)
                        .unwrap_or_else(|| panic!("{}.{} relates to nothing", kind.name, field.name));
                    assert!(
                        rank(target) <= rank(kind),
                        "{}.{} relates to a later kind",
                        kind.name,
                        field.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_key_names_fields_of_its_kind() {
        for kind in KINDS {
            for name in kind.keys.iter().copied().flatten() {
                assert!(kind.field(name).is_some(), "{} has no field {name}", kind.name);
            }
        }
    }

    #[test]
    fn every_relation_that_is_required_is_a_field_of_its_kind() {
        for kind in KINDS {
            for name in kind.required {
                assert!(kind.field(name).is_some(), "{} has no field {name}", kind.name);
            }
        }
    }

    #[test]
    fn a_later_pass_comes_after_its_kind_at_the_same_path() {
        for pass in KINDS {
            let Some(first) = pass.pass_of else { continue };
            let first = find(first).unwrap();
            assert_eq!(first.path, pass.path);
            assert!(rank(first) < rank(pass), "{}", pass.name);
        }
    }

    #[test]
    fn a_sidecar_names_the_object_that_it_describes_by_its_first_key() {
        for sidecar in KINDS {
            let Some(of) = sidecar.sidecar_of else { continue };
            let [parent] = sidecar.keys[0] else { panic!("{} has no parent", sidecar.name) };
            assert_eq!(sidecar.field(parent).unwrap().holds, FieldType::Relation(of), "{}", sidecar.name);
        }
    }

    #[test]
    fn custom_fields_are_on_known_kinds() {
        for field in CUSTOM_FIELDS {
            for kind in field.kinds {
                assert!(find(kind).is_some_and(|kind| kind.custom_fields), "{} is on {kind}", field.name);
            }
        }
    }
}
