//! What NetBox holds now, as its REST API returned it.

use proxbox_model::kind::{Kind, find, rank};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// An object as a NetBox list returned it.
pub type Object = Map<String, Json>;

/// A snapshot of NetBox: of the kinds that were read every object, or those that a run can touch.
#[derive(Clone, Debug, Default)]
pub struct State {
    kinds: BTreeMap<usize, (&'static Kind, BTreeMap<u64, Object>)>,
    /// Ids that were asked for, by the kinds that were not read as a whole.
    asked: BTreeMap<usize, BTreeSet<u64>>,
}

impl State {
    /// A snapshot of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds objects of a kind as NetBox returned them. An empty list says that NetBox has the kind and no objects of
    /// it; a kind that is never inserted counts as one that this NetBox lacks. An object with the `id` of an earlier one
    /// replaces it; one without a numeric `id` is not a NetBox object and is left out.
    pub fn insert(&mut self, kind: &'static Kind, objects: Vec<Object>) {
        let kind = first_pass(kind);
        let (_, held) = self.kinds.entry(rank(kind)).or_insert_with(|| (kind, BTreeMap::new()));
        held.extend(objects.into_iter().filter_map(|object| Some((object.get("id")?.as_u64()?, object))));
        self.asked.remove(&rank(kind));
    }

    /// Adds some objects of a kind that is not read as a whole, and the ids that were asked for.
    pub fn add(&mut self, kind: &'static Kind, objects: Vec<Object>, asked: impl IntoIterator<Item = u64>) {
        let kind = first_pass(kind);
        if self.is_whole(kind) {
            return;
        }
        let mut known = self.asked.remove(&rank(kind)).unwrap_or_default();
        known.extend(asked);
        self.insert(kind, objects);
        self.asked.insert(rank(kind), known);
    }

    /// Whether every object of the kind was read.
    pub fn is_whole(&self, kind: &Kind) -> bool {
        self.holds(kind) && !self.asked.contains_key(&slot(kind))
    }

    /// Whether an object of that id would be here if NetBox had it.
    pub(crate) fn would_hold(&self, kind: &Kind, id: u64) -> bool {
        self.holds(kind) && self.asked.get(&slot(kind)).is_none_or(|asked| asked.contains(&id))
    }

    /// Whether the kind was read.
    pub fn holds(&self, kind: &Kind) -> bool {
        self.kinds.contains_key(&slot(kind))
    }

    /// The kinds that were read, in dependency order.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> + '_ {
        self.kinds.values().map(|(kind, _)| *kind)
    }

    /// The objects of a kind, by ascending id.
    pub fn objects(&self, kind: &Kind) -> impl Iterator<Item = (u64, &Object)> + '_ {
        self.kinds.get(&slot(kind)).into_iter().flat_map(|(_, held)| held).map(|(id, object)| (*id, object))
    }

    /// One object.
    pub fn get(&self, kind: &Kind, id: u64) -> Option<&Object> {
        self.kinds.get(&slot(kind))?.1.get(&id)
    }
}

/// The kind whose objects a later pass is about; any other kind itself.
fn first_pass(kind: &'static Kind) -> &'static Kind {
    kind.pass_of.and_then(find).unwrap_or(kind)
}

fn slot(kind: &Kind) -> usize {
    kind.pass_of.and_then(find).map_or_else(|| rank(kind), rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn objects(objects: serde_json::Value) -> Vec<Object> {
        serde_json::from_value(objects).unwrap()
    }

    #[test]
    fn a_kind_that_was_read_is_there_even_when_it_is_empty() {
        let (site, tag) = (find("dcim.site").unwrap(), find("extras.tag").unwrap());
        let mut state = State::new();
        state.insert(site, Vec::new());
        assert!(state.holds(site) && !state.holds(tag));
        assert_eq!(state.kinds().collect::<Vec<_>>(), [site]);
    }

    #[test]
    fn an_object_that_is_read_again_replaces_the_old_one_and_one_without_an_id_is_left_out() {
        let site = find("dcim.site").unwrap();
        let mut state = State::new();
        state.insert(site, objects(json!([{ "id": 2, "name": "a" }, { "id": 1, "name": "b" }])));
        state.insert(site, objects(json!([{ "id": 2, "name": "c" }, { "name": "d" }, { "id": "3" }])));
        let names: Vec<_> = state.objects(site).map(|(id, object)| (id, object["name"].clone())).collect();
        assert_eq!(names, [(1, json!("b")), (2, json!("c"))]);
    }
}
