//! Desired objects: one for each Proxmox object and one for each natural key that mappers bring along.

use crate::check::Checked;
use crate::fact::{Evidence, Writing};
use crate::normal;
use crate::reference::{Part, Ref};
use crate::value::{Want, Wants};
use litemap::LiteMap;
use proxbox_model::kind::{Kind, Ownership, rank};
use proxbox_model::{Identity, SourceObject};
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A value and who gave it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) want: Want,
    /// Name and version of the module, for messages.
    pub(crate) module: Arc<str>,
}

/// What a guest is recognised by besides its vmid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// `qemu` or `lxc`.
    pub(crate) sort: String,
    /// In NetBox's form.
    pub(crate) macs: BTreeSet<String>,
    /// SMBIOS UUID; none of a container.
    pub(crate) uuid: Option<String>,
}

/// What one NetBox object should look like, whoever said so.
#[derive(Clone, Debug)]
pub(crate) struct Desired {
    pub(crate) kind: &'static Kind,
    pub(crate) identity: Option<Identity>,
    /// Whether a fact of this run stands behind it. If not, it is only extended, never made.
    pub(crate) own: bool,
    /// How far it is written.
    pub(crate) writing: Writing,
    /// The object that it is part of.
    pub(crate) parent: Option<Identity>,
    pub(crate) fields: LiteMap<&'static str, Wanted>,
    pub(crate) custom_fields: LiteMap<String, Wanted>,
    /// Positions of desired tags.
    pub(crate) tags: BTreeSet<usize>,
    /// Names of the tags that mirror Proxmox's own; none when nobody said which they are.
    pub(crate) source_tags: Option<Vec<String>>,
    /// Fields that are written with other changes and cause none themselves.
    pub(crate) passive: Wants,
    /// A field that NetBox only shows, and its value.
    pub(crate) hint: Option<(&'static str, String)>,
    /// What a guest is recognised by besides its vmid.
    pub(crate) marks: Option<Marks>,
    /// How much its claim to an address weighs.
    pub(crate) evidence: Evidence,
    /// Addresses of which the one that is primary stays.
    pub(crate) candidates: Vec<String>,
}

/// What a desired object takes from the fact that it comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) own: bool,
    pub(crate) writing: Writing,
    pub(crate) parent: Option<Identity>,
    pub(crate) source_tags: Option<Vec<String>>,
    pub(crate) hint: Option<(&'static str, String)>,
    pub(crate) marks: Option<Marks>,
    pub(crate) evidence: Evidence,
    pub(crate) candidates: Vec<String>,
}

impl Desired {
    /// Name for people: the name, model or slug, else the identity.
    pub(crate) fn name(&self) -> String {
        ["name", "model", "slug", "address", "mac_address", "volume_id", "job_id", "replication_id", "upid"]
            .iter()
            .find_map(|field| self.fields.get(field)?.want.text())
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .or_else(|| self.identity.as_ref().map(Identity::to_string))
            .unwrap_or_default()
    }
}

const NOTHING: Want = Want::Plain(Json::Null);

/// One value of a natural key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum KeyValue {
    Text(String),
    /// A desired object.
    Desired(usize),
    /// An object that nobody brings along.
    Elsewhere(Ref),
}

/// Rank of the kind, which of its keys, and the values.
type NaturalKey = (usize, usize, Vec<KeyValue>);

/// Collects desired objects and merges those that are the same. What comes first wins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collection {
    pub(crate) objects: Vec<Desired>,
    /// By the rank of the kind and the identity.
    by_identity: HashMap<(usize, Identity), usize>,
    by_key: HashMap<NaturalKey, usize>,
}

impl Collection {
    /// Adds a draft of a shared object that is nobody's but the caller's to merge.
    pub(crate) fn add_apart(&mut self, draft: Checked, module: &Arc<str>) -> usize {
        let incoming = Self::incoming(draft, BTreeSet::new(), Origin::default(), module);
        let keys = self.natural_keys(&incoming);
        let position = self.push(incoming);
        for key in keys {
            self.by_key.entry(key).or_insert(position);
        }
        position
    }

    /// Adds a checked draft. Drafts must come in dependency order of their kinds.
    pub(crate) fn add(
        &mut self,
        draft: Checked,
        tags: BTreeSet<usize>,
        origin: Origin,
        module: &Arc<str>,
    ) -> usize {
        let incoming = Self::incoming(draft, tags, origin, module);
        match &incoming.identity {
            Some(identity) => {
                let key = (rank(incoming.kind), identity.clone());
                match self.by_identity.get(&key) {
                    Some(&position) => self.merge(position, incoming),
                    None => {
                        self.by_identity.insert(key, self.objects.len());
                        self.push(incoming)
                    }
                }
            }
            None => {
                let keys = self.natural_keys(&incoming);
                let position = match keys.iter().find_map(|key| self.by_key.get(key)) {
                    Some(&position) => self.merge(position, incoming),
                    None => self.push(incoming),
                };
                for key in keys {
                    self.by_key.entry(key).or_insert(position);
                }
                position
            }
        }
    }

    fn incoming(draft: Checked, tags: BTreeSet<usize>, origin: Origin, module: &Arc<str>) -> Desired {
        let wanted = |want: Want| Wanted { want, module: Arc::clone(module) };
        Desired {
            kind: draft.kind,
            identity: draft.identity,
            own: origin.own,
            writing: origin.writing,
            parent: origin.parent,
            source_tags: origin.source_tags,
            hint: origin.hint,
            marks: origin.marks,
            evidence: origin.evidence,
            candidates: origin.candidates,
            passive: draft.passive,
            fields: draft.fields.into_iter().map(|(name, want)| (name, wanted(want))).collect(),
            custom_fields: draft.custom_fields.into_iter().map(|(name, want)| (name, wanted(want))).collect(),
            tags,
        }
    }

    fn push(&mut self, incoming: Desired) -> usize {
        self.objects.push(incoming);
        self.objects.len() - 1
    }

    fn merge(&mut self, position: usize, incoming: Desired) -> usize {
        if let Some(held) = self.objects.get_mut(position) {
            held.own |= incoming.own;
            held.writing = held.writing.max(incoming.writing);
            held.parent = held.parent.take().or(incoming.parent);
            held.source_tags = held.source_tags.take().or(incoming.source_tags);
            held.hint = held.hint.take().or(incoming.hint);
            held.marks = held.marks.take().or(incoming.marks);
            held.passive.extend(incoming.passive);
            for (name, wanted) in incoming.fields {
                match held.fields.get_mut(name) {
                    Some(present) if name == "object_types" => unite(&mut present.want, wanted.want),
                    // Who knows what an object is stacked on knows more than who knows of nothing.
                    Some(present) if held.kind.pass_of.is_some() && present.want == NOTHING => {
                        *present = wanted;
                    }
                    Some(_) => {}
                    None => {
                        held.fields.insert(name, wanted);
                    }
                }
            }
            for (name, wanted) in incoming.custom_fields {
                held.custom_fields.entry(name).or_insert(wanted);
            }
            held.tags.extend(incoming.tags);
        }
        position
    }

    /// Every natural key that the object's fields make up.
    fn natural_keys(&self, object: &Desired) -> Vec<NaturalKey> {
        let value = |field: &&str| match &object.fields.get(field)?.want {
            Want::Plain(value) => {
                let spec = object.kind.field(field)?;
                Some(KeyValue::Text(normal::key(spec.holds, value)?))
            }
            Want::One(to) => Some(self.key_value(to)),
            _ => None,
        };
        let keys = object.kind.keys.iter().enumerate();
        keys.filter_map(|(i, key)| {
            Some((rank(object.kind), i, key.iter().map(value).collect::<Option<Vec<KeyValue>>>()?))
        })
        .collect()
    }

    fn key_value(&self, to: &Ref) -> KeyValue {
        match self.find(to).as_slice() {
            [position] => KeyValue::Desired(*position),
            _ => KeyValue::Elsewhere(to.clone()),
        }
    }

    /// The desired objects that a reference names, also by a key of a draft that was merged into another.
    pub(crate) fn find(&self, to: &Ref) -> Vec<usize> {
        let (kind, source, parts) = match to {
            Ref::Identity { kind, identity } => {
                return self.with_identity(kind, identity).into_iter().collect();
            }
            Ref::Natural { kind, source, parts } => (*kind, source, parts),
        };
        if let Some(position) = self.by_whole_key(kind, parts) {
            return vec![position];
        }
        let fits =
            |object: &Desired| object.kind == kind && parts.iter().all(|part| self.holds(object, part));
        let found = self.objects.iter().enumerate().filter(|(_, object)| fits(object));
        let found: Vec<usize> = found.map(|(position, _)| position).collect();
        let ours = |position: &usize| {
            let identity = self.objects.get(*position).and_then(|object| object.identity.as_ref());
            identity.map(|identity| &identity.source) == source.as_ref()
        };
        let of_the_source: Vec<usize> = found.iter().copied().filter(ours).collect();
        if of_the_source.is_empty() { found } else { of_the_source }
    }

    /// The desired object of a kind that stands for a Proxmox object.
    pub(crate) fn with_identity(&self, kind: &Kind, identity: &Identity) -> Option<usize> {
        self.by_identity.get(&(rank(kind), identity.clone())).copied()
    }

    fn by_whole_key(&self, kind: &'static Kind, parts: &[Part]) -> Option<usize> {
        let value = |field: &&str| {
            parts.iter().find_map(|part| match part {
                Part::Text(name, text) if name == field => Some(KeyValue::Text(text.clone())),
                Part::Related(name, to) if name == field => Some(self.key_value(to)),
                _ => None,
            })
        };
        let keys = kind.keys.iter().enumerate().filter(|(_, key)| key.len() == parts.len());
        keys.filter_map(|(i, key)| Some((rank(kind), i, key.iter().map(value).collect::<Option<_>>()?)))
            .find_map(|key| self.by_key.get(&key).copied())
    }

    fn holds(&self, object: &Desired, part: &Part) -> bool {
        match part {
            Part::Text(field, text) => match object.fields.get(field).map(|wanted| &wanted.want) {
                Some(Want::Plain(value)) => {
                    let spec = object.kind.field(field);
                    spec.and_then(|spec| normal::key(spec.holds, value)).as_ref() == Some(text)
                }
                _ => false,
            },
            Part::Related(field, to) => match object.fields.get(field).map(|wanted| &wanted.want) {
                Some(Want::One(held)) => self.key_value(to) == self.key_value(held),
                _ => false,
            },
        }
    }
}

fn unite(present: &mut Want, more: Want) {
    if let (Want::Plain(Json::Array(present)), Want::Plain(Json::Array(more))) = (present, more) {
        for text in more {
            if !present.contains(&text) {
                present.push(text);
            }
        }
        present.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    }
}

/// Whether a kind is made for one Proxmox object each.
pub(crate) fn is_mirrored(kind: &Kind) -> bool {
    kind.ownership == Ownership::Mirrored
}

/// How messages call an object of a source.
pub(crate) fn label(identity: &Identity, name: &str) -> String {
    let text = match &identity.object {
        SourceObject::Guest(_) if !name.is_empty() => format!("{identity} ({name})"),
        _ => identity.to_string(),
    };
    crate::text::shown(&text)
}
