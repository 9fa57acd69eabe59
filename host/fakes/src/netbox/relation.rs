//! References to objects: by id, or by attributes that name exactly one.

use serde_json::{Map, Value};

use super::errors::{plain, python};
use super::models;
use super::release::Release;
use super::rights::{Action, Rights};
use super::store::{Row, Store};
use super::table::Model;

/// The id of the object that a value names, or NetBox's message. By its attributes a user can only name what that user
/// may view; by its id, anything.
pub(crate) fn resolve(store: &Store, rights: &Rights, model: &str, value: &Value) -> Result<u64, String> {
    if let Value::Object(attributes) = value {
        return by_attributes(store, rights, model, attributes);
    }
    let id = match value {
        Value::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().map(|number| number.trunc() as i64))
        }
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(flag) => Some(i64::from(*flag)),
        _ => None,
    };
    let Some(id) = id else {
        return Err(format!(
            "Related objects must be referenced by numeric ID or by dictionary of attributes. Received an \
             unrecognized value: {}",
            plain(value)
        ));
    };
    let found = u64::try_from(id).ok().filter(|id| store.get(model, *id).is_some());
    found.ok_or_else(|| not_found(&id.into()))
}

/// NetBox's message about an object that is not there.
pub(crate) fn not_found(value: &Value) -> String {
    match value {
        Value::Object(attributes) => {
            let mut flat = Vec::new();
            flatten("", attributes, &mut flat);
            let shown = flat.iter().map(|(key, value)| format!("'{key}': {}", python(value)));
            let shown = shown.collect::<Vec<_>>().join(", ");
            format!("Related object not found using the provided attributes: {{{shown}}}")
        }
        id => format!("Related object not found using the provided numeric ID: {}", plain(id)),
    }
}

fn by_attributes(
    store: &Store,
    rights: &Rights,
    model: &str,
    attributes: &Map<String, Value>,
) -> Result<u64, String> {
    let mut flat = Vec::new();
    flatten("", attributes, &mut flat);
    let none = || not_found(&attributes.clone().into());
    let model = models::by_name(model).ok_or_else(none)?;
    for (key, _) in &flat {
        check(model, key)?;
    }
    let by_id = attributes.keys().all(|key| key == "id");
    let matches = |row: &Row| {
        flat.iter().all(|(key, value)| equals(store, model, row, key, value))
            && (by_id || rights.allow(Action::View, store, model, row))
    };
    let exact = flat.iter().find_map(|(key, value)| match (key.as_str(), value) {
        ("id" | "pk", value) => Some(value.as_u64().into_iter().collect::<Vec<_>>()),
        ("name", Value::String(text)) => Some(store.find(model.name, "name", text).collect()),
        ("slug", Value::String(text)) => Some(store.find(model.name, "slug", text).collect()),
        _ => None,
    });
    let found: Vec<u64> = match exact {
        Some(ids) => {
            ids.into_iter().filter(|id| store.get(model.name, *id).is_some_and(|row| matches(row))).collect()
        }
        None => store.rows(model.name).filter(|(_, row)| matches(row)).map(|(id, _)| id).collect(),
    };
    match found.as_slice() {
        [id] => Ok(*id),
        [] => Err(none()),
        _ => Err(none().replace("Related object not found using", "Multiple objects match")),
    }
}

fn flatten(prefix: &str, attributes: &Map<String, Value>, into: &mut Vec<(String, Value)>) {
    for (key, value) in attributes {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}__{key}") };
        match value {
            Value::Object(inner) => flatten(&key, inner, into),
            other => into.push((key, other.clone())),
        }
    }
}

/// The attribute exists; if not, NetBox's message about it.
fn check(model: &'static Model, key: &str) -> Result<(), String> {
    let (first, rest) = key.split_once("__").unwrap_or((key, ""));
    if matches!(first, "id" | "pk" | "created" | "last_updated" | "tags") {
        return Ok(());
    }
    let field = model.all().filter(|field| field.stored()).find(|field| {
        field.name == first
            || first.strip_suffix("_id").is_some_and(|bare| bare == field.name && field.relation().is_some())
    });
    let Some(field) = field else {
        let mut known: Vec<_> = model.all().filter(|field| field.stored()).map(|field| field.name).collect();
        known.extend(["id", "created", "last_updated"]);
        known.sort_unstable();
        return Err(format!(
            "Cannot resolve keyword '{first}' into field. Choices are: {}",
            known.join(", ")
        ));
    };
    match field.relation().and_then(|relation| models::by_name(relation.model)) {
        Some(target) if !rest.is_empty() => check(target, rest),
        _ => Ok(()),
    }
}

fn equals(store: &Store, model: &'static Model, row: &Row, key: &str, value: &Value) -> bool {
    let (first, rest) = key.split_once("__").unwrap_or((key, ""));
    let first = match first {
        "pk" => "id",
        _ => first.strip_suffix("_id").filter(|bare| model.field(bare).is_some()).unwrap_or(first),
    };
    let stored = row.get(first).unwrap_or(&Value::Null);
    let relation = model.field(first).and_then(|field| field.relation());
    match relation.and_then(|relation| models::by_name(relation.model)) {
        Some(target) if !rest.is_empty() => {
            let related = stored.as_u64().and_then(|id| store.get(target.name, id));
            related.is_some_and(|related| equals(store, target, related, rest, value))
        }
        _ => match (stored, value) {
            (Value::String(stored), value) if rest == "iexact" => {
                stored.to_lowercase() == plain(value).to_lowercase()
            }
            (Value::String(stored), value) => *stored == plain(value),
            (Value::Number(stored), Value::String(text)) => stored.to_string() == *text,
            (Value::Number(stored), Value::Number(number)) => stored.as_f64() == number.as_f64(),
            (stored, value) => stored == value,
        },
    }
}

/// The name is that of a NetBox model.
pub(crate) fn is_object_type(release: Release, name: &str) -> bool {
    let known = |(app, names): &(&str, &str)| {
        name.strip_prefix(app)
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|name| names.split(' ').any(|known| known == name))
    };
    models::by_name(name).is_some_and(|model| release.offers(model)) || OTHERS.iter().any(known)
}

/// NetBox's models that can carry custom fields and tags, beyond those of the fake.
const OTHERS: &[(&str, &str)] = &[
    (
        "circuits",
        "circuit circuitgroup circuitgroupassignment circuittermination circuittype provider provideraccount \
         providernetwork virtualcircuit virtualcircuittermination virtualcircuittype",
    ),
    (
        "dcim",
        "cable consoleport consoleserverport devicebay frontport inventoryitem inventoryitemrole module \
         modulebay moduletype moduletypeprofile powerfeed poweroutlet powerpanel powerport rack rackreservation \
         rackrole racktype rearport sitegroup virtualchassis virtualdevicecontext",
    ),
    ("extras", "configcontext configtemplate customfieldchoiceset eventrule"),
    (
        "ipam",
        "aggregate asn asnrange fhrpgroup iprange rir role routetarget servicetemplate \
         vlantranslationpolicy vlantranslationrule",
    ),
    ("tenancy", "contact contactassignment contactgroup contactrole"),
    (
        "vpn",
        "ikepolicy ikeproposal ipsecpolicy ipsecprofile ipsecproposal l2vpn l2vpntermination tunnel tunnelgroup \
         tunneltermination",
    ),
    ("wireless", "wirelesslan wirelesslangroup wirelesslink"),
];
