//! One draft, checked against the table of kinds.

use crate::error::Fault;
use crate::reference::{self, Part, Ref};
use crate::text::{did_you_mean, shown};
use crate::value::{self, Want};
use proxbox_model::Identity;
use proxbox_model::SourceObject;
use proxbox_model::draft::{Draft, Field, KeyParts, Tag, Value};
use proxbox_model::kind::{self, IdentityRule, Kind, Ownership};
use std::collections::BTreeMap;

/// A draft in which everything is known to the table of kinds.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) kind: &'static Kind,
    /// Which Proxmox object it is about; none for shared kinds.
    pub(crate) identity: Option<Identity>,
    pub(crate) fields: BTreeMap<&'static str, Want>,
    pub(crate) custom_fields: BTreeMap<String, Want>,
    /// Checked fields of `extras.tag`.
    pub(crate) tags: Vec<BTreeMap<&'static str, Want>>,
}

/// The kind that stands for an object of a source.
pub(crate) fn mirrored_kind(object: &SourceObject) -> Option<&'static Kind> {
    let rule = match object {
        SourceObject::Cluster => IdentityRule::Cluster,
        SourceObject::Node(_) => IdentityRule::Node,
        SourceObject::Guest(_) => IdentityRule::Guest,
    };
    kind::KINDS.iter().find(|kind| kind.identity == Some(rule))
}

/// Checks the drafts of one fact; the first must be the fact's own object.
pub(crate) fn drafts(drafts: Vec<Draft>, identity: &Identity) -> Result<Vec<Checked>, Fault> {
    let Some(own) = drafts.first() else {
        return Err(Fault::Empty);
    };
    let wants = mirrored_kind(&identity.object).map_or("", |kind| kind.name);
    if reference::known_kind(&own.kind)?.name != wants {
        return Err(Fault::FirstKind { wants, got: shown(&own.kind) });
    }
    let mut checked = Vec::with_capacity(drafts.len());
    for (position, draft) in drafts.into_iter().enumerate() {
        checked.push(self::draft(draft, identity, position == 0)?);
    }
    Ok(checked)
}

fn draft(draft: Draft, fact: &Identity, own: bool) -> Result<Checked, Fault> {
    let kind = reference::known_kind(&draft.kind)?;
    let mut fields = named_fields(kind, draft.fields, &fact.source)?;
    let identity = match kind.ownership {
        Ownership::Mirrored => Some(whom(kind, draft.key, fact, own)?),
        Ownership::Shared => {
            by_natural_key(kind, draft.key, &fact.source, &mut fields)?;
            None
        }
    };
    Ok(Checked {
        kind,
        identity,
        fields,
        custom_fields: custom_fields(kind, draft.custom_fields, &fact.source)?,
        tags: tags(kind, draft.tags)?,
    })
}

fn named_fields(
    kind: &'static Kind,
    fields: Vec<Field>,
    source: &str,
) -> Result<BTreeMap<&'static str, Want>, Fault> {
    let mut checked = BTreeMap::new();
    for Field { name, value } in fields {
        let Some(spec) = kind.field(&name) else {
            let suggestion = did_you_mean(&name, kind.fields.iter().map(|field| field.name));
            return Err(Fault::UnknownField { kind: kind.name, field: shown(&name), suggestion });
        };
        if checked.insert(spec.name, value::check(kind, spec, value, source)?).is_some() {
            return Err(Fault::Repeated { kind: kind.name, field: spec.name.to_owned() });
        }
    }
    Ok(checked)
}

/// Which Proxmox object a draft of a mirrored kind is about.
fn whom(kind: &'static Kind, key: KeyParts, fact: &Identity, own: bool) -> Result<Identity, Fault> {
    let named = if key.is_empty() { None } else { Some(reference::check_key(kind, key, &fact.source)?) };
    let wrong = |why: &str| Fault::WrongKey { kind: kind.name, key: String::new(), why: why.to_owned() };
    match (own, named) {
        (true, None) => Ok(fact.clone()),
        (true, Some(Ref::Identity { identity, .. })) if identity == *fact => Ok(identity),
        (true, Some(_)) => Err(wrong("the first draft is the fact's own object and needs no key")),
        (false, Some(Ref::Identity { identity, .. })) => Ok(identity),
        (false, _) => Err(wrong("a draft for another Proxmox object names it by its Proxmox identity")),
    }
}

/// Puts the key of a shared object among its fields and makes sure that a natural key is complete.
fn by_natural_key(
    kind: &'static Kind,
    key: KeyParts,
    source: &str,
    fields: &mut BTreeMap<&'static str, Want>,
) -> Result<(), Fault> {
    let parts = match key.is_empty() {
        true => Vec::new(),
        false => match reference::check_key(kind, key, source)? {
            Ref::Natural { parts, .. } => parts,
            Ref::Identity { .. } => Vec::new(),
        },
    };
    for part in parts {
        let (field, value) = match part {
            Part::Text(field, text) => (field, Value::Text(text)),
            Part::Related(field, to) => {
                fields.entry(field).or_insert(Want::One(*to));
                continue;
            }
        };
        let Some(spec) = kind.field(field) else { continue };
        let want = value::check(kind, spec, value, source)?;
        if *fields.entry(field).or_insert_with(|| want.clone()) != want {
            let why = "the key and the field differ".to_owned();
            return Err(Fault::WrongKey { kind: kind.name, key: field.to_owned(), why });
        }
    }
    let complete = |key: &&[&str]| {
        key.iter()
            .all(|field| fields.get(field).is_some_and(|want| *want != Want::Plain(serde_json::Value::Null)))
    };
    if kind.keys.iter().any(complete) {
        return Ok(());
    }
    let keys: Vec<String> = kind.keys.iter().map(|key| key.join(" and ")).collect();
    Err(Fault::WrongKey {
        kind: kind.name,
        key: String::new(),
        why: format!("it needs {}", keys.join(", or ")),
    })
}

fn custom_fields(
    kind: &'static Kind,
    fields: Vec<Field>,
    source: &str,
) -> Result<BTreeMap<String, Want>, Fault> {
    if !kind.custom_fields && !fields.is_empty() {
        return Err(Fault::CarriesNo { kind: kind.name, what: "custom fields" });
    }
    let mut checked = BTreeMap::new();
    for Field { name, value } in fields {
        let want = value::check_custom(kind, &name, value, source)?;
        if checked.contains_key(&name) {
            return Err(Fault::Repeated {
                kind: kind.name,
                field: format!("custom_fields.{}", shown(&name)),
            });
        }
        checked.insert(name, want);
    }
    Ok(checked)
}

fn tags(kind: &'static Kind, tags: Vec<Tag>) -> Result<Vec<BTreeMap<&'static str, Want>>, Fault> {
    if !kind.tags && !tags.is_empty() {
        return Err(Fault::CarriesNo { kind: kind.name, what: "tags" });
    }
    let tag_kind = reference::known_kind("extras.tag")?;
    let field = |name: &str, text: String| Field { name: name.to_owned(), value: Value::Text(text) };
    tags.into_iter()
        .map(|tag| {
            let fields = vec![field("name", tag.name), field("slug", tag.slug), field("color", tag.color)];
            named_fields(tag_kind, fields, "")
        })
        .collect()
}
