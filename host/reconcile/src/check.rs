//! One draft, checked against the table of kinds.

use crate::error::Fault;
use crate::reference::{self, Part, Ref};
use crate::text::{did_you_mean, shown};
use crate::value::{self, Want, Wants};
use proxbox_model::draft::{Draft, Field, KeyParts, Tag, Value};
use proxbox_model::kind::{self, FieldType, Kind, Ownership};
use proxbox_model::{Identity, SourceObject};
use std::collections::BTreeMap;

/// A draft in which everything is known to the table of kinds.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) kind: &'static Kind,
    /// Which Proxmox object it is about; none for what is found by natural key alone.
    pub(crate) identity: Option<Identity>,
    pub(crate) fields: Wants,
    pub(crate) custom_fields: Wants<String>,
    /// Checked fields of `extras.tag`.
    pub(crate) tags: Vec<Wants>,
    /// Fields that are written with other changes and cause none themselves.
    pub(crate) passive: Wants,
}

impl Checked {
    /// A draft of nothing yet.
    pub(crate) fn new(kind: &'static Kind, identity: Option<Identity>) -> Self {
        Self {
            kind,
            identity,
            fields: Wants::default(),
            custom_fields: Wants::default(),
            tags: Vec::new(),
            passive: Wants::default(),
        }
    }
}

/// Checks the drafts of one fact; the first must be the fact's own object. What can only be written in a later pass
/// becomes a draft of its own, after the one that it comes from.
pub(crate) fn drafts(drafts: Vec<Draft>, identity: &Identity) -> Result<Vec<Checked>, Fault> {
    let Some(own) = drafts.first() else {
        return Err(Fault::Empty);
    };
    let wants = kind::of(&identity.object).map_or("", Kind::model);
    if reference::known_kind(&own.kind)?.name != wants {
        return Err(Fault::FirstKind { wants, got: shown(&own.kind) });
    }
    let mut checked = Vec::with_capacity(drafts.len());
    for (position, draft) in drafts.into_iter().enumerate() {
        checked.extend(self::draft(draft, identity, position == 0)?);
    }
    Ok(checked)
}

fn draft(draft: Draft, fact: &Identity, own: bool) -> Result<Vec<Checked>, Fault> {
    let kind = reference::known_kind(&draft.kind)?;
    let Fields { mut first, later } = named_fields(kind, draft.fields, &fact.source)?;
    let identity = match kind.ownership {
        Ownership::Mirrored => whom(kind, draft.key, fact, own, &mut first)?,
        Ownership::Shared => {
            by_natural_key(kind, draft.key, &fact.source, &mut first)?;
            None
        }
        Ownership::Foreign => {
            let why = "the plugin makes these, a draft cannot".to_owned();
            return Err(Fault::WrongKey { kind: kind.name, key: String::new(), why });
        }
    };
    let custom_fields = custom_fields(kind, draft.custom_fields, &fact.source)?;
    let tags = tags(kind, draft.tags)?;
    let only_later = !later.is_empty() && first.is_empty() && custom_fields.is_empty() && tags.is_empty();
    let mut checked = Vec::new();
    if !only_later {
        let first = Checked { fields: first, custom_fields, tags, ..Checked::new(kind, identity.clone()) };
        checked.push(first);
    }
    for (pass, fields) in later.into_values() {
        checked.push(Checked { fields, ..Checked::new(pass, identity.clone()) });
    }
    Ok(checked)
}

/// The fields of a draft by when they are written.
struct Fields {
    first: Wants,
    later: BTreeMap<&'static str, (&'static Kind, Wants)>,
}

fn named_fields(kind: &'static Kind, fields: Vec<Field>, source: &str) -> Result<Fields, Fault> {
    let mut named = Fields { first: Wants::default(), later: BTreeMap::new() };
    for Field { name, value } in fields {
        let (spec, into) = match (kind.field(&name), kind.pass_with(&name)) {
            (Some(spec), _) => (spec, &mut named.first),
            (None, Some(pass)) => match pass.field(&name) {
                Some(spec) => {
                    (spec, &mut named.later.entry(pass.name).or_insert_with(|| (pass, Wants::default())).1)
                }
                None => continue,
            },
            (None, None) => {
                let suggestion = did_you_mean(&name, kind.fields.iter().map(|field| field.name));
                return Err(Fault::UnknownField { kind: kind.name, field: shown(&name), suggestion });
            }
        };
        let want = value::check(kind, spec, value, source)?;
        let related = match (spec.holds, &want) {
            (FieldType::Generic { type_field, .. }, Want::One(to)) => Some((type_field, to.kind().model())),
            _ => None,
        };
        if into.insert(spec.name, want).is_some() {
            return Err(Fault::Repeated { kind: kind.name, field: spec.name.to_owned() });
        }
        if let Some((type_field, model)) = related {
            into.insert(type_field, Want::Plain(model.into()));
        }
    }
    Ok(named)
}

/// Which Proxmox object a draft of a mirrored kind is about; none for a part that has no identity of its own.
fn whom(
    kind: &'static Kind,
    key: KeyParts,
    fact: &Identity,
    own: bool,
    fields: &mut Wants,
) -> Result<Option<Identity>, Fault> {
    let named = if key.is_empty() { None } else { Some(reference::check_key(kind, key, &fact.source)?) };
    let wrong = |why: &str| Fault::WrongKey { kind: kind.name, key: String::new(), why: why.to_owned() };
    let bearer = bearer(fact);
    match (own, named) {
        (true, Some(Ref::Identity { identity, .. })) if identity != bearer => {
            Err(wrong("the first draft is the fact's own object and needs no key"))
        }
        (true, Some(Ref::Natural { .. })) => {
            Err(wrong("the first draft is the fact's own object and needs no key"))
        }
        (true, _) => {
            let of_its_own = bearer == *fact;
            if kind.identity.is_none() && of_its_own {
                by_natural_key(kind, Vec::new(), &fact.source, fields)?;
            }
            Ok(Some(bearer))
        }
        (false, Some(Ref::Identity { identity, .. })) => Ok(Some(identity)),
        (false, None) if kind.identity.is_none() => {
            by_natural_key(kind, Vec::new(), &fact.source, fields)?;
            Ok(None)
        }
        (false, _) => Err(wrong("a draft for another Proxmox object names it by its Proxmox identity")),
    }
}

/// Whose object in NetBox a fact is about: primary addresses are fields of the guest's.
fn bearer(fact: &Identity) -> Identity {
    match fact.object {
        SourceObject::PrimaryIp(vmid) => fact.beside(SourceObject::Guest(vmid)),
        _ => fact.clone(),
    }
}

/// Puts the key of a shared object among its fields and makes sure that a natural key is complete.
fn by_natural_key(kind: &'static Kind, key: KeyParts, source: &str, fields: &mut Wants) -> Result<(), Fault> {
    let parts = match key.is_empty() {
        true => Vec::new(),
        false => match reference::check_key(kind, key, source)? {
            Ref::Natural { parts, .. } => parts,
            Ref::Identity { .. } => Vec::new(),
        },
    };
    for part in parts {
        let (field, value) = match part {
            Part::Text(field, text) => (field, text),
            Part::Related(field, to) => {
                fields.entry(field).or_insert(Want::One((*to).into()));
                continue;
            }
        };
        let Some(spec) = kind.field(field) else { continue };
        let value = match (spec.holds, value.parse()) {
            (FieldType::Integer(_), Ok(number)) => Value::Integer(number),
            _ => Value::Text(value),
        };
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

/// Checks custom fields of objects of a kind.
pub(crate) fn custom_fields(
    kind: &'static Kind,
    fields: Vec<Field>,
    source: &str,
) -> Result<Wants<String>, Fault> {
    if !kind.custom_fields && !fields.is_empty() {
        return Err(Fault::CarriesNo { kind: kind.name, what: "custom fields" });
    }
    let mut checked = Wants::default();
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

fn tags(kind: &'static Kind, tags: Vec<Tag>) -> Result<Vec<Wants>, Fault> {
    if !kind.tags && !tags.is_empty() {
        return Err(Fault::CarriesNo { kind: kind.name, what: "tags" });
    }
    let tag_kind = reference::known_kind("extras.tag")?;
    let field = |name: &str, text: String| Field { name: name.to_owned(), value: Value::Text(text) };
    tags.into_iter()
        .map(|tag| {
            let fields = vec![field("name", tag.name), field("slug", tag.slug), field("color", tag.color)];
            Ok(named_fields(tag_kind, fields, "")?.first)
        })
        .collect()
}
