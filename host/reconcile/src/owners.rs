//! Whom the objects in NetBox belong to, read from their custom fields, else from the plugin's rows beside them.

use crate::text::{fold, trim};
use crate::{Object, State};
use crate::{address, normal};
use proxbox_model::kind::{self, FieldSpec, FieldType, IdentityRule, Kind, Ownership, Provider};
use proxbox_model::{Identity, SourceObject};
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};

/// The tag of everything that is mirrored from Proxmox.
const OURS: &str = "proxbox";

/// Whether an object carries the tag that a sync gives to what it makes.
pub(crate) fn is_ours(object: &Object) -> bool {
    normal::tag_slugs(object.get("tags")).iter().any(|slug| slug == OURS)
}

pub(crate) const VM_INTERFACE: &str = "virtualization.vminterface";

/// What an object in NetBox says about its own identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The source that it names.
    source: Option<String>,
    /// The object of a source that it names.
    object: Named,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Nothing,
    Object(SourceObject),
    /// Something that is no identity; only the operator can know what it means.
    Unreadable,
}

impl Claim {
    /// What an object says in its custom fields, and where it says nothing, what the row beside it says.
    fn read(rule: IdentityRule, object: &Object, beside: Option<&Object>) -> Self {
        let own = Self::from_texts(rule, |name| custom_text(object, name));
        match beside {
            Some(row) if own.is_nothing() => Self::from_texts(rule, |name| row_text(row, name)),
            _ => own,
        }
    }

    fn is_nothing(&self) -> bool {
        self.source.is_none() && self.object == Named::Nothing
    }

    fn from_texts(rule: IdentityRule, text: impl Fn(&str) -> Option<String>) -> Self {
        match rule {
            IdentityRule::Cluster => Self { source: text("proxmox_cluster_name"), object: Named::Nothing },
            IdentityRule::Node => Self {
                source: text("proxmox_cluster"),
                object: text("proxmox_node")
                    .map_or(Named::Nothing, |node| Named::Object(SourceObject::Node(node))),
            },
            IdentityRule::Guest => Self {
                source: text("proxmox_cluster"),
                object: text("proxmox_vm_id").map_or(Named::Nothing, |vmid| {
                    vmid.parse().map_or(Named::Unreadable, |vmid| Named::Object(SourceObject::Guest(vmid)))
                }),
            },
        }
    }

    fn identity(&self, rule: IdentityRule) -> Option<Identity> {
        let source = self.source.clone()?;
        let object = match (rule, &self.object) {
            (IdentityRule::Cluster, _) => SourceObject::Cluster,
            (_, Named::Object(object)) => object.clone(),
            _ => return None,
        };
        Some(Identity { source, object })
    }

    /// Whether nobody owns it, as far as that source is concerned.
    fn is_free_for(&self, rule: IdentityRule, source: &str) -> bool {
        let foreign = match (&self.source, rule) {
            (None, _) => false,
            (Some(_), IdentityRule::Cluster) => true,
            (Some(named), _) => named != source,
        };
        !foreign && self.object == Named::Nothing
    }
}

fn custom_text(object: &Object, name: &str) -> Option<String> {
    plain_text(object.get("custom_fields")?.get(name)?)
}

/// The field of a sidecar that holds what the custom field of that name holds.
fn row_text(row: &Object, name: &str) -> Option<String> {
    plain_text(row.get(match name {
        "proxmox_cluster" => "proxmox_cluster_name",
        "proxmox_node" => "proxmox_node_name",
        other => other,
    })?)
}

fn plain_text(value: &Json) -> Option<String> {
    let text = normal::choice(value)?;
    let text = trim(&text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// The objects of one mirrored kind, by identity and by name.
#[derive(Debug)]
pub(crate) struct Owners<'a> {
    pub(crate) kind: &'static Kind,
    rule: IdentityRule,
    state: &'a State,
    /// The rows beside the objects, by the objects' ids.
    beside: HashMap<u64, &'a Object>,
    by_identity: HashMap<Identity, Vec<u64>>,
    /// Those that name an object but no source, by the NetBox cluster they are in.
    by_cluster: HashMap<(u64, SourceObject), Vec<u64>>,
    by_name: HashMap<String, Vec<u64>>,
    /// MAC addresses of machines.
    macs: HashMap<u64, BTreeSet<String>>,
}

impl<'a> Owners<'a> {
    pub(crate) fn new(kind: &'static Kind, rule: IdentityRule, state: &'a State) -> Self {
        let mut owners = Self {
            kind,
            rule,
            state,
            beside: beside(kind, state),
            by_identity: HashMap::new(),
            by_cluster: HashMap::new(),
            by_name: HashMap::new(),
            macs: if rule == IdentityRule::Guest { macs(state) } else { HashMap::new() },
        };
        for (id, object) in state.objects(kind) {
            let claim = owners.claim(id, object);
            if let Some(name) = object.get("name").and_then(Json::as_str) {
                owners.by_name.entry(fold(trim(name))).or_default().push(id);
            }
            if let Some(identity) = claim.identity(rule) {
                owners.by_identity.entry(identity).or_default().push(id);
            } else if let (None, Named::Object(named), Some(cluster)) =
                (claim.source, claim.object, relation(object, "cluster"))
            {
                owners.by_cluster.entry((cluster, named)).or_default().push(id);
            }
        }
        owners
    }

    fn claim(&self, id: u64, object: &Object) -> Claim {
        Claim::read(self.rule, object, self.beside.get(&id).copied())
    }

    /// Those that carry the identity in full.
    pub(crate) fn of(&self, identity: &Identity) -> &[u64] {
        self.by_identity.get(identity).map_or(&[], Vec::as_slice)
    }

    /// Which of several objects of one identity is used: the only one that other objects are part of, or else the oldest. None when
    /// several have something, which only a person can put together, or when not everything was read that may be part of them.
    pub(crate) fn one_of(&self, ids: &[u64]) -> Option<u64> {
        let parts: Vec<(&'static Kind, &'static str)> =
            kind::KINDS.iter().filter_map(|kind| self.part(kind)).collect();
        if !parts.iter().all(|(kind, _)| self.state.holds(kind)) {
            return None;
        }
        let bears = |id: &u64| {
            parts.iter().any(|(kind, field)| {
                self.state.objects(kind).any(|(_, row)| relation(row, field) == Some(*id))
            })
        };
        let bearing: Vec<u64> = ids.iter().copied().filter(bears).collect();
        match bearing.as_slice() {
            [] => ids.iter().min().copied(),
            [one] => Some(*one),
            _ => None,
        }
    }

    /// A kind whose objects may be part of these, and the field that says so; rows of the plugin follow their objects.
    fn part(&self, kind: &'static Kind) -> Option<(&'static Kind, &'static str)> {
        let ours = kind.ownership == Ownership::Mirrored
            && kind.provider == Provider::Core
            && kind.pass_of.is_none();
        let refers = |spec: &&FieldSpec| spec.holds == FieldType::Relation(self.kind.name);
        kind.fields.iter().find(refers).filter(|_| ours).map(|spec| (kind, spec.name))
    }

    /// The MAC addresses of a machine, as far as its interfaces were read.
    pub(crate) fn macs(&self, id: u64) -> Option<&BTreeSet<String>> {
        self.macs.get(&id)
    }

    /// The source that an object is of, also one whose Proxmox object nobody knows any more.
    pub(crate) fn source_of(&self, id: u64, source_of: impl Fn(u64) -> Option<String>) -> Option<String> {
        let object = self.state.get(self.kind, id)?;
        self.claim(id, object).source.or_else(|| source_of(relation(object, "cluster")?))
    }

    /// Those that name the object of the source, name no source and are in that NetBox cluster.
    pub(crate) fn in_cluster(&self, cluster: u64, object: &SourceObject) -> &[u64] {
        self.by_cluster.get(&(cluster, object.clone())).map_or(&[], Vec::as_slice)
    }

    /// Those of that name, compared as NetBox compares unique names.
    pub(crate) fn named(&self, name: &str) -> &[u64] {
        self.by_name.get(&fold(name)).map_or(&[], Vec::as_slice)
    }

    /// Whether nobody owns the object, as far as that source is concerned.
    pub(crate) fn is_free_for(&self, id: u64, source: &str) -> bool {
        let object = self.state.get(self.kind, id);
        object.is_some_and(|object| self.claim(id, object).is_free_for(self.rule, source))
    }

    /// What the object's custom field of that name holds, or else the row beside it.
    pub(crate) fn record(&self, id: u64, name: &str) -> Option<String> {
        let object = self.state.get(self.kind, id)?;
        custom_text(object, name).or_else(|| row_text(self.beside.get(&id)?, name))
    }

    /// Whom the object stands for, when it says so in full or is in the NetBox cluster of that source.
    pub(crate) fn identity_of(&self, id: u64, source_of: impl Fn(u64) -> Option<String>) -> Option<Identity> {
        let object = self.state.get(self.kind, id)?;
        let claim = self.claim(id, object);
        claim.identity(self.rule).or_else(|| {
            let source = claim.source.clone().or_else(|| source_of(relation(object, "cluster")?))?;
            Claim { source: Some(source), ..claim }.identity(self.rule)
        })
    }

    pub(crate) fn relation(&self, id: u64, field: &str) -> Option<u64> {
        relation(self.state.get(self.kind, id)?, field)
    }

    pub(crate) fn name(&self, id: u64) -> Option<&str> {
        self.state.get(self.kind, id)?.get("name")?.as_str().map(trim)
    }

    /// Every identity and the objects that carry it.
    pub(crate) fn identities(&self) -> impl Iterator<Item = (&Identity, &[u64])> {
        self.by_identity.iter().map(|(identity, ids)| (identity, ids.as_slice()))
    }
}

/// The MAC addresses of machines, as far as their interfaces were read.
fn macs(state: &State) -> HashMap<u64, BTreeSet<String>> {
    let mut macs: HashMap<u64, BTreeSet<String>> = HashMap::new();
    let interfaces = kind::find(VM_INTERFACE).into_iter().flat_map(|kind| state.objects(kind));
    for (_, interface) in interfaces {
        let mac = interface.get("mac_address").and_then(normal::choice).and_then(|mac| address::mac(&mac));
        if let (Some(machine), Some(mac)) = (relation(interface, "virtual_machine"), mac) {
            macs.entry(machine).or_default().insert(mac);
        }
    }
    macs
}

fn beside<'a>(kind: &Kind, state: &'a State) -> HashMap<u64, &'a Object> {
    let Some(sidecar) = kind.sidecar() else { return HashMap::new() };
    let Some([parent]) = sidecar.keys.first().copied() else { return HashMap::new() };
    state.objects(sidecar).filter_map(|(_, row)| Some((relation(row, parent)?, row))).collect()
}

/// The id of the object that a relation points at.
pub(crate) fn relation(object: &Object, field: &str) -> Option<u64> {
    normal::id(object.get(field)?)
}

/// The Proxmox objects that objects of a kind in NetBox stand for, by NetBox id. The state must hold clusters, the kind
/// and, where there are any, the rows beside both.
pub fn identities(state: &State, kind: &'static Kind) -> HashMap<u64, Identity> {
    let owners = |kind: &'static Kind| Some(Owners::new(kind, kind.identity?, state));
    let clusters = kind::of(&SourceObject::Cluster).and_then(owners);
    let source_of = |cluster: u64| Some(clusters.as_ref()?.identity_of(cluster, |_| None)?.source);
    let Some(owners) = owners(kind) else { return HashMap::new() };
    state.objects(kind).filter_map(|(id, _)| Some((id, owners.identity_of(id, source_of)?))).collect()
}
