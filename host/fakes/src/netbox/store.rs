//! The objects, in memory, with the indexes that look-ups, counts and constraints need.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::models;
use super::network::Network;
use super::table::{Field, Holds, Model, Unique};

/// Stored values of one object: ids for relations, plain values for choices.
pub(crate) type Row = Map<String, Value>;

#[derive(Default)]
struct Table {
    rows: BTreeMap<u64, Arc<Row>>,
    last_id: u64,
    index: HashMap<(&'static str, String), BTreeSet<u64>>,
}

/// Every object.
#[derive(Default)]
pub(crate) struct Store {
    tables: HashMap<&'static str, Table>,
    undo: Vec<(&'static Model, u64, Option<Arc<Row>>)>,
}

impl Store {
    /// One object.
    pub(crate) fn get(&self, model: &str, id: u64) -> Option<&Arc<Row>> {
        self.tables.get(model)?.rows.get(&id)
    }

    /// Every object of a model, by id.
    pub(crate) fn rows<'s>(&'s self, model: &str) -> impl Iterator<Item = (u64, &'s Arc<Row>)> + use<'s> {
        self.rows_from(model, 0)
    }

    /// The objects of a model from an id on, by id.
    pub(crate) fn rows_from<'s>(
        &'s self,
        model: &str,
        id: u64,
    ) -> impl Iterator<Item = (u64, &'s Arc<Row>)> + use<'s> {
        let table = self.tables.get(model).into_iter();
        table.flat_map(move |table| table.rows.range(id..).map(|(id, row)| (*id, row)))
    }

    /// Ids of the objects of a model that an index holds under a key.
    pub(crate) fn find<'s>(
        &'s self,
        model: &str,
        index: &'static str,
        key: &str,
    ) -> impl Iterator<Item = u64> + use<'s> {
        self.tables
            .get(model)
            .and_then(|table| table.index.get(&(index, key.to_owned())))
            .into_iter()
            .flat_map(|ids| ids.iter().copied())
    }

    /// How many objects of a model an index holds under a key.
    pub(crate) fn count(&self, model: &str, index: &'static str, key: &str) -> usize {
        self.tables
            .get(model)
            .and_then(|table| table.index.get(&(index, key.to_owned())))
            .map_or(0, BTreeSet::len)
    }

    /// The next free id; like a database sequence it never goes back.
    pub(crate) fn allocate(&mut self, model: &'static Model) -> u64 {
        let table = self.tables.entry(model.name).or_default();
        table.last_id += 1;
        table.last_id
    }

    /// Adds or replaces an object.
    pub(crate) fn put(&mut self, model: &'static Model, id: u64, row: Row) {
        let previous = self.write(model, id, Some(Arc::new(row)));
        self.undo.push((model, id, previous));
    }

    /// Removes an object.
    pub(crate) fn remove(&mut self, model: &'static Model, id: u64) {
        let previous = self.write(model, id, None);
        self.undo.push((model, id, previous));
    }

    /// Begins a transaction.
    pub(crate) fn begin(&mut self) {
        self.undo.clear();
    }

    /// A point to which [`Store::rollback`] can return.
    pub(crate) fn savepoint(&self) -> usize {
        self.undo.len()
    }

    /// Takes back every change since the point.
    pub(crate) fn rollback(&mut self, savepoint: usize) {
        while self.undo.len() > savepoint {
            if let Some((model, id, previous)) = self.undo.pop() {
                self.write(model, id, previous);
            }
        }
    }

    fn write(&mut self, model: &'static Model, id: u64, row: Option<Arc<Row>>) -> Option<Arc<Row>> {
        let table = self.tables.entry(model.name).or_default();
        table.last_id = table.last_id.max(id);
        let previous = table.rows.remove(&id);
        for entry in previous.iter().flat_map(|row| keys(model, row)) {
            if let Some(ids) = table.index.get_mut(&entry) {
                ids.remove(&id);
                if ids.is_empty() {
                    table.index.remove(&entry);
                }
            }
        }
        if let Some(row) = row {
            for entry in keys(model, &row) {
                table.index.entry(entry).or_default().insert(id);
            }
            table.rows.insert(id, row);
        }
        previous
    }
}

/// Index of addresses and prefixes by the address alone.
pub(crate) const HOST: &str = "_host";

/// Under which keys of which indexes an object is found.
fn keys(model: &'static Model, row: &Row) -> Vec<(&'static str, String)> {
    let mut keys = Vec::new();
    for field in model.all() {
        let Some(value) = row.get(field.name) else { continue };
        match (field.holds, value) {
            (Holds::Related(_), Value::Number(id)) => keys.push((field.name, id.to_string())),
            (Holds::Many(_), Value::Array(ids)) => {
                keys.extend(ids.iter().filter_map(Value::as_u64).map(|id| (field.name, id.to_string())));
            }
            (_, Value::String(text)) if matches!(field.name, "address" | "prefix") => {
                keys.extend(Network::parse(text).map(|network| (HOST, network.address().to_string())));
            }
            (_, Value::String(text)) if by_text(field) => keys.push((field.name, text.clone())),
            _ => {}
        }
    }
    for hidden in ["_site", "_region"] {
        if let Some(id) = row.get(hidden).and_then(Value::as_u64) {
            keys.push((hidden, id.to_string()));
        }
    }
    if let Some(Value::Array(tags)) = row.get("tags") {
        keys.extend(tags.iter().filter_map(Value::as_u64).map(|id| ("tags", id.to_string())));
    }
    if let Some((target, id)) = generic(model, row) {
        keys.extend(model.generic.map(|generic| (generic.name, generic_key(&target, id))));
    }
    keys.extend(model.unique.iter().filter_map(|unique| Some((unique.name, unique_key(unique, row)?))));
    keys
}

/// An index holds the texts of the field.
pub(crate) fn by_text(field: &Field) -> bool {
    field.unique.is_some() || matches!(field.name, "name" | "slug" | "model" | "mac_address")
}

/// Type and id of the object that a generic reference names.
pub(crate) fn generic(model: &Model, row: &Row) -> Option<(String, u64)> {
    let generic = model.generic?;
    let target = row.get(generic.type_field)?.as_str()?;
    Some((target.to_owned(), row.get(generic.id_field)?.as_u64()?))
}

/// Key of a generic reference in its index.
pub(crate) fn generic_key(model: &str, id: u64) -> String {
    format!("{model}#{id}")
}

/// The value that no other object may share; none when the constraint does not apply.
pub(crate) fn unique_key(unique: &Unique, row: &Row) -> Option<String> {
    let set = |name: &str| row.get(name).is_some_and(|value| !value.is_null());
    if !unique.when_set.iter().all(|name| set(name)) || unique.when_unset.iter().any(|name| set(name)) {
        return None;
    }
    let mut key = String::new();
    for name in unique.fields {
        let value = row.get(*name).unwrap_or(&Value::Null);
        if value.is_null() && !unique.nulls_equal {
            return None;
        }
        match value.as_str() {
            Some(text) if unique.folded.contains(name) => key.push_str(&text.to_lowercase()),
            Some(text) => key.push_str(text),
            None => key.push_str(&value.to_string()),
        }
        key.push('\u{1f}');
    }
    Some(key)
}

/// Reads of a row that spare the callers the unwrapping.
pub(crate) trait Values {
    /// The text of a field, empty when it has none.
    fn text(&self, name: &str) -> &str;
    /// The id in a relation field.
    fn id(&self, name: &str) -> Option<u64>;
    /// The id of the row itself.
    fn own_id(&self) -> u64;
    /// A list of ids.
    fn ids(&self, name: &str) -> Vec<u64>;
    /// A boolean, false when it is not set.
    fn flag(&self, name: &str) -> bool;
}

impl Values for Row {
    fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }
    fn id(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Value::as_u64)
    }
    fn own_id(&self) -> u64 {
        self.id("id").unwrap_or_default()
    }
    fn ids(&self, name: &str) -> Vec<u64> {
        self.get(name)
            .and_then(Value::as_array)
            .map(|ids| ids.iter().filter_map(Value::as_u64).collect())
            .unwrap_or_default()
    }
    fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }
}

/// The models whose objects refer to those of a model through a relation field.
pub(crate) fn referrers(target: &str) -> impl Iterator<Item = (&'static Model, &'static Field)> + use<'_> {
    models::all().flat_map(move |model| {
        model
            .all()
            .filter(move |field| field.relation().is_some_and(|relation| relation.model == target))
            .map(move |field| (model, field))
    })
}
