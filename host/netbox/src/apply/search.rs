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

/// Looks for the object that was to be made from `sent`: by its Proxmox identity, or else by its most telling natural key.
pub(super) fn find(kind: &Kind, sent: &Object, objects: &[Object]) -> Found {
    let Some(wanted) = identity(kind, sent).or_else(|| natural_key(kind, sent)) else { return Found::None };
    let mut ids = objects
        .iter()
        .filter(|object| wanted.iter().all(|part| part.matches(object)))
        .filter_map(|object| object.get("id")?.as_u64());
    match (ids.next(), ids.next()) {
        (None, _) => Found::None,
        (Some(id), None) => Found::One(id),
        (Some(_), Some(_)) => Found::Several,
    }
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
        let plain = match held {
            Some(Json::Object(nested)) => nested.get("id").or_else(|| nested.get("value")),
            held => held,
        };
        plain == Some(self.value)
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
