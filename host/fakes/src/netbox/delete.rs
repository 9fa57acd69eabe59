//! Deletes objects with what hangs on them, unless something protects them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::effects;
use super::models;
use super::represent::display;
use super::store::{Row, Store, Values, generic_key, referrers};
use super::table::{Model, OnDelete};

/// Objects that stand in the way of a deletion: text and id.
pub(crate) type Protected = Vec<(String, u64)>;

/// Everything that a deletion does, collected before it is done.
#[derive(Default)]
struct Deletion {
    going: Vec<(&'static Model, u64)>,
    known: BTreeSet<(&'static str, u64)>,
    cleared: Vec<(&'static Model, u64, &'static str)>,
    protected: Vec<(&'static Model, u64)>,
    restricted: Vec<(&'static Model, u64)>,
}

/// Deletes an object, or names those that protect it.
pub(crate) fn delete(store: &mut Store, model: &'static Model, id: u64) -> Result<(), Protected> {
    let mut deletion = Deletion::default();
    collect(store, model, id, &mut deletion);
    let known = std::mem::take(&mut deletion.known);
    let staying = deletion.restricted.iter().filter(|(model, id)| !known.contains(&(model.name, *id)));
    let mut protected: Protected = deletion
        .protected
        .iter()
        .chain(staying)
        .filter_map(|(model, id)| Some((display(store, model, store.get(model.name, *id)?), *id)))
        .collect();
    if !protected.is_empty() {
        protected.dedup();
        return Err(protected);
    }
    for (model, id, field) in deletion.cleared {
        if !known.contains(&(model.name, id)) {
            effects::change(store, model.name, id, |row| {
                row.insert(field.to_owned(), Value::Null);
            });
        }
    }
    for (model, id) in deletion.going.into_iter().rev() {
        let Some(row) = store.get(model.name, id).cloned() else { continue };
        store.remove(model, id);
        forget(store, model, id, &row);
        effects::after_delete(store, model, &row);
    }
    Ok(())
}

fn collect(store: &Store, model: &'static Model, id: u64, deletion: &mut Deletion) {
    if !deletion.known.insert((model.name, id)) {
        return;
    }
    deletion.going.push((model, id));
    let key = id.to_string();
    for (other, field) in referrers(model.name) {
        let Some(relation) = field.relation() else { continue };
        for referring in store.find(other.name, field.name, &key).collect::<Vec<_>>() {
            match relation.on_delete {
                OnDelete::Protect => deletion.protected.push((other, referring)),
                OnDelete::Restrict => deletion.restricted.push((other, referring)),
                OnDelete::Clear => deletion.cleared.push((other, referring, field.name)),
                OnDelete::Cascade => collect(store, other, referring, deletion),
            }
        }
    }
    for other in models::all() {
        let Some(generic) = other.generic else { continue };
        let belonging: Vec<_> = store.find(other.name, generic.name, &generic_key(model.name, id)).collect();
        for belonging in belonging {
            collect(store, other, belonging, deletion);
        }
    }
    for hidden in ["_site", "_region"] {
        let target = if hidden == "_site" { "dcim.site" } else { "dcim.region" };
        for other in models::all().filter(|_| target == model.name) {
            for cached in store.find(other.name, hidden, &key).collect::<Vec<_>>() {
                deletion.cleared.push((other, cached, hidden));
            }
        }
    }
}

/// Takes a deleted tag off every object, and a deleted object out of every list.
fn forget(store: &mut Store, model: &'static Model, id: u64, _: &Row) {
    let key = id.to_string();
    let mut holders = Vec::new();
    for other in models::all() {
        if model.name == "extras.tag" && other.tags {
            holders.extend(store.find(other.name, "tags", &key).map(|holder| (other, holder, "tags")));
        }
        for field in other.all() {
            if matches!(field.holds, super::table::Holds::Many(target) if target == model.name) {
                holders.extend(
                    store.find(other.name, field.name, &key).map(|holder| (other, holder, field.name)),
                );
            }
        }
    }
    for (other, holder, field) in holders {
        effects::change(store, other.name, holder, |row| {
            let ids: Vec<_> = row.ids(field).into_iter().filter(|known| *known != id).collect();
            row.insert(field.to_owned(), ids.into());
        });
    }
}
