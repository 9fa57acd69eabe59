//! Picks the objects that a list request asks for.

mod narrow;
mod special;
mod term;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::errors::Errors;
use super::models;
use super::store::{Row, Store, Values, generic};
use super::table::{By, Filter, Holds, Model};
use narrow::indexed;
use special::{custom, tags};
use term::{Lookup, Term};

/// Query parameters in the order in which they came.
pub(crate) type Query = Vec<(String, String)>;

/// A condition on an object.
type Condition<'a> = Box<dyn Fn(&Row) -> bool + 'a>;

/// What a filter looks at: a value of the object itself, or another object.
enum Found {
    Value(Value),
    Object(&'static Model, u64),
    Nothing,
}

/// Objects by ascending id.
type Rows<'s> = Box<dyn Iterator<Item = (u64, &'s Arc<Row>)> + 's>;

/// The objects from an id on that match every known parameter; unknown parameters are ignored, as NetBox does.
pub(crate) fn select<'s>(
    store: &'s Store,
    model: &'static Model,
    query: &Query,
    from: u64,
) -> Result<Rows<'s>, Errors> {
    if model.single {
        return Ok(Box::new(store.rows_from(model.name, from)));
    }
    let mut errors = Errors::default();
    let mut among = None;
    let mut conditions: Vec<Condition<'_>> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (name, _) in query {
        if seen.contains(&name.as_str()) {
            continue;
        }
        seen.push(name);
        let values: Vec<&str> =
            query.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect();
        match condition(store, model, name, &values, &mut among) {
            Ok(Some(condition)) => conditions.push(condition),
            Ok(None) => {}
            Err(messages) => errors.set(name, messages.into()),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let rows: Rows<'_> = match among {
        Some(mut ids) => {
            let ids = ids.split_off(&from).into_iter();
            Box::new(ids.filter_map(|id| Some((id, store.get(model.name, id)?))))
        }
        None => Box::new(store.rows_from(model.name, from)),
    };
    Ok(Box::new(rows.filter(move |(_, row)| conditions.iter().all(|condition| condition(row)))))
}

/// The condition that a parameter makes; `among` becomes what an index tells of the ids of the objects that meet it.
fn condition<'s>(
    store: &'s Store,
    model: &'static Model,
    name: &str,
    values: &[&str],
    among: &mut Option<BTreeSet<u64>>,
) -> Result<Option<Condition<'s>>, Vec<String>> {
    let values: Vec<String> =
        values.iter().filter(|value| !value.is_empty()).map(|value| (*value).to_owned()).collect();
    let (base, lookup) = parts(model, name);
    let last = |values: &[String]| values.last().cloned().unwrap_or_default();
    if values.is_empty() {
        return Ok(None);
    }
    match base {
        "q" => {
            let text = last(&values).trim().to_lowercase();
            return Ok(Some(Box::new(move |row| search(store, model, row, &text))));
        }
        "tag" | "tag_id" if model.tags => return tags(store, base, lookup, &values).map(Some),
        _ => {}
    }
    if let Some(field) = base.strip_prefix("cf_").filter(|_| model.custom_fields) {
        return custom(store, model, field, lookup, &values);
    }
    let builtin = match base {
        "id" => Some(Filter { name: "id", path: &[], by: By::Number }),
        "created" | "last_updated" => {
            let name = if base == "created" { "created" } else { "last_updated" };
            Some(Filter { name, path: &[], by: By::Moment })
        }
        _ => None,
    };
    let Some(filter) = builtin.or_else(|| model.filter(base).copied()) else { return Ok(None) };
    let Some(lookup) = Lookup::of(filter.by, lookup) else { return Ok(None) };
    let terms = terms(store, model, &filter, lookup, &values)?;
    if matches!(filter.by, By::Flag | By::Present) && terms.contains(&Term::Never) {
        return Ok(None);
    }
    if lookup == Lookup::Exact
        && let Some(ids) = indexed(store, model, &filter, &terms)
        && among.as_ref().is_none_or(|among| ids.len() < among.len())
    {
        *among = Some(ids);
    }
    Ok(Some(Box::new(move |row| {
        let found = follow(store, model, row, &filter);
        let any =
            terms.iter().any(|term| found.iter().any(|found| matches(store, &filter, lookup, found, term)));
        any != lookup.negated()
    })))
}

/// The name of a filter and the comparison behind it.
fn parts<'n>(model: &'static Model, name: &'n str) -> (&'n str, Option<&'n str>) {
    if model.filter(name).is_some() {
        return (name, None);
    }
    let split = match name.rsplit_once("__") {
        Some((base, lookup)) if model.filter(base).is_some() => Some((base, lookup)),
        _ => name.split_once("__"),
    };
    split.map_or((name, None), |(base, lookup)| (base, Some(lookup)))
}

/// Reads the values of a parameter, each as its filter wants it.
fn terms(
    store: &Store,
    model: &'static Model,
    filter: &Filter,
    lookup: Lookup,
    values: &[String],
) -> Result<Vec<Term>, Vec<String>> {
    if lookup == Lookup::Empty {
        let flag = values.last().is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1");
        return Ok(vec![Term::Flag(flag)]);
    }
    let target = target(model, filter);
    let single = matches!(filter.by, By::OneId | By::OneChoice | By::NumberOrNone);
    let values =
        if single { values.get(values.len().saturating_sub(1)..).unwrap_or_default() } else { values };
    let invalid =
        |value: &str| vec![format!("Select a valid choice. {value} is not one of the available choices.")];
    values
        .iter()
        .map(|value| {
            if value == "null" && !filter.by.has_no_null() {
                return Ok(Term::Null);
            }
            match (filter.by, target) {
                (By::OneId, Some(target)) => {
                    let id = value.trim().parse().ok().filter(|id| store.get(target.name, *id).is_some());
                    let unknown = "Select a valid choice. That choice is not one of the available choices.";
                    id.map(Term::Id).ok_or_else(|| vec![unknown.to_owned()])
                }
                (By::Id | By::TreeId, Some(target)) => match value.trim().parse::<u64>() {
                    Ok(id) if store.get(target.name, id).is_some() => Ok(Term::Id(id)),
                    Ok(_) => Err(invalid(value)),
                    Err(_) => Err(vec![format!("\u{201c}{value}\u{201d} is not a valid value.")]),
                },
                (By::Attr(_) | By::TreeSlug, Some(target)) => {
                    let attribute = if let By::Attr(attribute) = filter.by { attribute } else { "slug" };
                    let mut rows = store.rows(target.name);
                    match rows.any(|(_, row)| row.text(attribute) == value) {
                        true => Ok(Term::Text(value.clone())),
                        false => Err(invalid(value)),
                    }
                }
                (By::Choice | By::OneChoice, _) if lookup == Lookup::Exact => {
                    let choices = match model.field(filter.name).map(|field| field.holds) {
                        Some(Holds::Choice(choices) | Holds::Word(choices)) => choices,
                        _ => &[],
                    };
                    match choices.iter().any(|(known, _)| known == value) {
                        true => Ok(Term::Text(value.clone())),
                        false => Err(invalid(value)),
                    }
                }
                (By::Number, _) if lookup != Lookup::Empty => whole(model, filter, value),
                _ => Term::read(filter.by, value),
            }
        })
        .collect()
}

/// A number, which only a decimal field takes with a fraction.
fn whole(model: &'static Model, filter: &Filter, value: &str) -> Result<Term, Vec<String>> {
    let fraction =
        model.field(filter.name).is_some_and(|field| matches!(field.holds, Holds::Decimal(_) | Holds::Float));
    match Term::read(filter.by, value) {
        Ok(Term::Number(number)) if fraction || number.fract() == 0.0 => Ok(Term::Number(number)),
        Err(_) if fraction => Err(vec!["Enter a number.".to_owned()]),
        _ => Err(vec!["Enter a whole number.".to_owned()]),
    }
}

/// The model of the object at the end of a filter's path.
fn target(model: &'static Model, filter: &Filter) -> Option<&'static Model> {
    let mut model = model;
    for step in filter.path {
        model = match step.split_once(':') {
            Some((_, kind)) => models::by_name(kind)?,
            None => match *step {
                "_site" => models::by_name("dcim.site")?,
                "_region" => models::by_name("dcim.region")?,
                step => models::by_name(model.field(step)?.relation()?.model)?,
            },
        };
    }
    Some(model)
}

/// What a filter looks at in an object; a list of MAC addresses gives several.
fn follow(store: &Store, model: &'static Model, row: &Row, filter: &Filter) -> Vec<Found> {
    if filter.path.is_empty() {
        return vec![own(store, model, row, filter.name)];
    }
    let mut model = model;
    let mut row = row;
    let mut found = Found::Nothing;
    for step in filter.path {
        let next = match (step.split_once(':'), *step) {
            (Some((_, kind)), _) => generic(model, row)
                .filter(|(target, _)| target == kind)
                .and_then(|(_, id)| Some((models::by_name(kind)?, id))),
            (None, "_site") => models::by_name("dcim.site").zip(row.id("_site")),
            (None, "_region") => models::by_name("dcim.region").zip(row.id("_region")),
            (None, "mac_addresses") => return macs(store, model, row),
            (None, "primary_ip") => {
                let id = row.id("primary_ip4").or_else(|| row.id("primary_ip6"));
                models::by_name("ipam.ipaddress").zip(id)
            }
            (None, "assigned_object") => {
                generic(model, row).and_then(|(kind, id)| Some((models::by_name(&kind)?, id)))
            }
            (None, step) => match model.field(step).and_then(|field| field.relation()) {
                Some(relation) => models::by_name(relation.model).zip(row.id(step)),
                None => return vec![own(store, model, row, step)],
            },
        };
        let Some((target, id)) = next else { return vec![Found::Nothing] };
        found = Found::Object(target, id);
        match store.get(target.name, id) {
            Some(next) => (model, row) = (target, next),
            None => return vec![Found::Nothing],
        }
    }
    vec![found]
}

fn own(store: &Store, model: &'static Model, row: &Row, name: &str) -> Found {
    match model.field(name).map(|field| field.holds) {
        Some(Holds::Count { model, field, .. }) => {
            Found::Value(store.count(model, field, &row.own_id().to_string()).into())
        }
        _ if name == "family" => {
            let text = if row.contains_key("address") { row.text("address") } else { row.text("prefix") };
            Found::Value(if text.contains(':') { 6 } else { 4 }.into())
        }
        _ => row.get(name).map_or(Found::Nothing, |value| Found::Value(value.clone())),
    }
}

/// The MAC addresses of an interface, or of all interfaces of a device or virtual machine.
fn macs(store: &Store, model: &'static Model, row: &Row) -> Vec<Found> {
    let own = row.own_id().to_string();
    let interfaces: Vec<(&str, u64)> = match model.name {
        "dcim.device" => {
            store.find("dcim.interface", "device", &own).map(|id| ("dcim.interface", id)).collect()
        }
        "virtualization.virtualmachine" => store
            .find("virtualization.vminterface", "virtual_machine", &own)
            .map(|id| ("virtualization.vminterface", id))
            .collect(),
        _ => vec![(model.name, row.own_id())],
    };
    let keys = interfaces.into_iter().map(|(kind, id)| super::store::generic_key(kind, id));
    let macs =
        keys.flat_map(|key| store.find("dcim.macaddress", "assigned_object", &key).collect::<Vec<_>>());
    let texts = macs.filter_map(|id| store.get("dcim.macaddress", id)?.get("mac_address").cloned());
    texts.map(Found::Value).collect()
}

fn matches(store: &Store, filter: &Filter, lookup: Lookup, found: &Found, term: &Term) -> bool {
    match (filter.by, found, term) {
        (By::Present, found, Term::Flag(wanted)) => matches!(found, Found::Object(..)) == *wanted,
        (_, Found::Nothing, Term::Null) => true,
        (_, Found::Object(..), Term::Null) => false,
        (By::AnyId, Found::Object(_, id), Term::Number(wanted)) => *id as f64 == *wanted,
        (By::NumberOrNone, Found::Value(Value::Null), _) => true,
        (By::Id | By::OneId, Found::Object(_, id), Term::Id(wanted)) => id == wanted,
        (By::TreeId, Found::Object(model, id), Term::Id(wanted)) => {
            above(store, model, *id).iter().any(|row| row.own_id() == *wanted)
        }
        (By::TreeSlug, Found::Object(model, id), Term::Text(wanted)) => {
            above(store, model, *id).iter().any(|row| row.text("slug") == wanted)
        }
        (By::Attr(attribute), Found::Object(model, id), Term::Text(wanted)) => {
            store.get(model.name, *id).is_some_and(|row| row.text(attribute) == wanted)
        }
        (_, Found::Value(value), term) => lookup.compare(filter.by, value, term),
        (_, Found::Nothing, term) => lookup.compare(filter.by, &Value::Null, term),
        _ => false,
    }
}

/// An object of a tree and all above it.
fn above<'s>(store: &'s Store, model: &'static Model, id: u64) -> Vec<&'s Row> {
    let mut rows: Vec<&Row> = Vec::new();
    let mut next = Some(id);
    while let Some(row) = next.and_then(|id| store.get(model.name, id)) {
        next = row.id("parent").filter(|_| model.tree);
        rows.push(row);
    }
    rows
}

fn search(store: &Store, model: &'static Model, row: &Row, text: &str) -> bool {
    text.is_empty()
        || model.search.iter().any(|name| {
            let value = match (model.field(name).and_then(|field| field.relation()), row.get(*name)) {
                (Some(relation), Some(Value::Number(id))) => id
                    .as_u64()
                    .and_then(|id| store.get(relation.model, id))
                    .map(|row| row.text("name").to_owned()),
                (_, Some(Value::String(value))) => Some(value.clone()),
                (_, Some(Value::Number(number))) => Some(number.to_string()),
                _ => None,
            };
            value.is_some_and(|value| value.to_lowercase().contains(text))
        })
}
