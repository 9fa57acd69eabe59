//! From a prepared object to the action and what must be written before it.

use crate::prepare::Prepared;
use crate::{Object, diff, normal};
use proxbox_model::kind::Kind;
use proxbox_model::plan::{Action, Change, Planned};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Makes the object. Fields that are wanted empty are left out: that is what NetBox makes of them.
pub(crate) fn create(prepared: Prepared) -> (Action, BTreeSet<usize>) {
    let filled = |value: &Planned| !matches!(value, Planned::Ready(value) if normal::is_empty(value));
    let mut needs = BTreeSet::new();
    let mut fields: BTreeMap<String, Planned> = BTreeMap::new();
    for (name, value) in prepared.fields {
        if filled(&value) {
            add_needs(&value, &mut needs);
            fields.insert(name.to_owned(), value);
        }
    }
    let mut custom_fields = BTreeMap::new();
    for (name, (value, _)) in prepared.custom_fields {
        if filled(&value) {
            add_needs(&value, &mut needs);
            needs.extend(prepared.custom_fields_need.get(&name));
            custom_fields.insert(name, value);
        }
    }
    if !custom_fields.is_empty() {
        fields.insert("custom_fields".to_owned(), Planned::Map(custom_fields));
    }
    if !prepared.tags.is_empty() {
        fields.insert("tags".to_owned(), Planned::Ready(json!(prepared.tags)));
    }
    for (name, value) in prepared.passive {
        needs.extend(
            name.strip_prefix("custom_fields.").and_then(|name| prepared.custom_fields_need.get(name)),
        );
        match (name.strip_prefix("custom_fields."), fields.get_mut("custom_fields")) {
            (Some(name), Some(Planned::Map(custom))) => {
                custom.insert(name.to_owned(), value);
            }
            (Some(name), _) => {
                let custom = Planned::Map(BTreeMap::from([(name.to_owned(), value)]));
                fields.insert("custom_fields".to_owned(), custom);
            }
            (None, _) => {
                fields.insert(name, value);
            }
        }
    }
    (Action::Create(fields), needs)
}

/// Changes what differs.
pub(crate) fn change(
    kind: &'static Kind,
    id: u64,
    adopted: bool,
    current: &Object,
    prepared: Prepared,
) -> (Action, BTreeSet<usize>) {
    let mut needs = BTreeSet::new();
    let mut changes = diff::fields(kind, current, &prepared.fields);
    for (name, (after, holds)) in &prepared.custom_fields {
        if let Some(change) = diff::custom_field(name, holds, current, after) {
            needs.extend(prepared.custom_fields_need.get(name));
            changes.insert(format!("custom_fields.{name}"), change);
        }
    }
    let tags: Vec<String> = prepared.tags.into_iter().collect();
    if let Some(change) = diff::merged(normal::tag_slugs(current.get("tags")), &tags, &prepared.tags_gone) {
        changes.insert("tags".to_owned(), change);
    }
    for change in changes.values() {
        add_needs(&change.after, &mut needs);
    }
    if changes.is_empty() {
        (Action::Unchanged { id }, needs)
    } else {
        for (name, after) in prepared.passive {
            needs.extend(
                name.strip_prefix("custom_fields.").and_then(|name| prepared.custom_fields_need.get(name)),
            );
            changes.entry(name).or_insert(Change { before: Json::Null, after });
        }
        (Action::Update { id, changes, adopted }, needs)
    }
}

/// Sets fields of an object that the plan makes.
pub(crate) fn complete(object: usize, prepared: Prepared) -> (Action, BTreeSet<usize>) {
    let filled = |value: &Planned| !matches!(value, Planned::Ready(value) if normal::is_empty(value));
    let fields: BTreeMap<String, Planned> = prepared
        .fields
        .into_iter()
        .filter(|(_, value)| filled(value))
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let mut needs = BTreeSet::from([object]);
    fields.values().for_each(|value| add_needs(value, &mut needs));
    (Action::Complete { object, fields }, needs)
}

fn add_needs(value: &Planned, needs: &mut BTreeSet<usize>) {
    match value {
        Planned::Ready(_) | Planned::IdIfMade(_) => {}
        Planned::IdOf(position) => {
            needs.insert(*position);
        }
        Planned::List(items) => items.iter().for_each(|item| add_needs(item, needs)),
        Planned::Map(items) => items.values().for_each(|item| add_needs(item, needs)),
    }
}
