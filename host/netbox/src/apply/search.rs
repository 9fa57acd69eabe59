//! Finding the objects that an interrupted request may have made.

use proxbox_model::kind::{IdentityRule, Kind};
use serde_json::{Map, Value as Json};

type Object = Map<String, Json>;

/// How many objects answer to what was sent.
pub(super) enum Found {
    None,
    One(u64),
    Several,
}

/// Looks for the object that was to be made from `sent`: by its Proxmox identity, or else by its most telling natural key in its place.
pub(super) fn find(kind: &Kind, sent: &Object, objects: &[Object]) -> Found {
    let Some(wanted) = identity(kind, sent).or_else(|| natural_key(kind, sent)) else { return Found::None };
    let in_place =
        |object: &&Object| kind.unscoped.iter().all(|name| is_alike(sent.get(*name), object.get(*name)));
    let mut ids = objects
        .iter()
        .filter(|object| wanted.iter().all(|part| part.matches(object)))
        .filter(in_place)
        .filter_map(|object| object.get("id")?.as_u64());
    match (ids.next(), ids.next()) {
        (None, _) => Found::None,
        (Some(id), None) => Found::One(id),
        (Some(_), Some(_)) => Found::Several,
    }
}

/// Whether another object has what makes the one that was sent unique. Names are compared as NetBox does it, without regard to case.
pub(super) fn has_rival(kind: &Kind, own: Option<u64>, sent: &Object, objects: &[Object]) -> bool {
    let id = |object: &Object| object.get("id").and_then(Json::as_u64);
    let held = own.and_then(|own| objects.iter().find(|object| id(object) == Some(own)));
    let mut whole = held.cloned().unwrap_or_default();
    whole.extend(sent.clone());
    let unique = kind.unique_name.map(|unique| [unique.field, unique.within]);
    let keys = kind.keys.iter().chain(kind.also_unique).copied();
    let keys = keys.chain(unique.as_ref().map(|unique| unique.as_slice()));
    let keys: Vec<_> = keys.filter(|key| key.iter().any(|name| !is_empty(whole.get(*name)))).collect();
    let rivals = objects.iter().filter(|object| own.is_none() || id(object) != own);
    let alike = |object: &Object, name: &str| is_alike(whole.get(name), object.get(name));
    rivals.into_iter().any(|object| keys.iter().any(|key| key.iter().all(|name| alike(object, name))))
}

/// Whether an object that NetBox returned can be the one that was sent: what it is called is the same.
pub(super) fn is_same(sent: &Object, returned: &Json) -> bool {
    ["name", "slug", "model"].iter().all(|field| match (sent.get(*field), returned.get(*field)) {
        (Some(sent @ Json::String(_)), Some(returned @ Json::String(_))) => sent == returned,
        _ => true,
    })
}

/// A field, possibly a custom one, and the value that it must have.
struct Part<'a> {
    custom: bool,
    name: &'a str,
    value: &'a Json,
}

impl Part<'_> {
    fn matches(&self, object: &Object) -> bool {
        let held = if self.custom {
            object.get("custom_fields").and_then(|fields| fields.get(self.name))
        } else {
            object.get(self.name)
        };
        plain(held) == Some(self.value)
    }
}

fn is_empty(value: Option<&Json>) -> bool {
    value.is_none_or(Json::is_null)
}

fn is_alike(one: Option<&Json>, other: Option<&Json>) -> bool {
    match (plain(one), plain(other)) {
        (Some(Json::String(one)), Some(Json::String(other))) => one.to_lowercase() == other.to_lowercase(),
        (one, other) => one == other || (is_empty(one) && is_empty(other)),
    }
}

/// A value as it is sent: the id of a related object, the value of a choice.
fn plain(held: Option<&Json>) -> Option<&Json> {
    match held {
        Some(Json::Object(nested)) => nested.get("id").or_else(|| nested.get("value")),
        held => held,
    }
}

fn identity<'a>(kind: &Kind, sent: &'a Object) -> Option<Vec<Part<'a>>> {
    let names: &[&'a str] = match kind.identity? {
        IdentityRule::Cluster => &["proxmox_cluster_name"],
        IdentityRule::Node => &["proxmox_cluster", "proxmox_node"],
        IdentityRule::Guest => &["proxmox_cluster", "proxmox_vm_id"],
    };
    let fields = sent.get("custom_fields")?.as_object()?;
    parts(names, true, fields)
}

fn natural_key<'a>(kind: &Kind, sent: &'a Object) -> Option<Vec<Part<'a>>> {
    kind.keys.iter().find_map(|names| parts(names, false, sent))
}

fn parts<'a>(names: &[&'a str], custom: bool, fields: &'a Object) -> Option<Vec<Part<'a>>> {
    names
        .iter()
        .map(|name| {
            let value = fields.get(*name).filter(|value| !value.is_null())?;
            Some(Part { custom, name, value })
        })
        .collect()
}
