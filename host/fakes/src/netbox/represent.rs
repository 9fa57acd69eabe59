//! How NetBox shows an object as JSON.

pub(crate) mod compute;
pub(crate) mod plugin;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::models;
use super::release::Release;
use super::rights::Rights;
use super::store::{Row, Store, Values};
use super::table::{Display, Field, Holds, Model, Nested};

/// Which fields of an object are asked for.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    All,
    Brief,
    Only(Vec<String>),
    Without(Vec<String>),
}

/// How an object is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// For itself.
    Own,
    /// Within another one, with its brief fields.
    Brief,
    /// Within another one, by NetBox's older sketches: with the page, and even less of what it relates to.
    Sketch,
}

/// Shows objects of a store to one client.
pub(crate) struct Presenter<'a> {
    pub(crate) store: &'a Store,
    /// Scheme and host by which the client knows the server, without a slash at the end.
    pub(crate) base: &'a str,
    pub(crate) release: Release,
    /// What the client may do.
    rights: Rights,
    custom: RefCell<HashMap<&'static str, Rc<Vec<Arc<Row>>>>>,
}

impl<'a> Presenter<'a> {
    pub(crate) fn new(store: &'a Store, base: &'a str, release: Release) -> Self {
        Self { store, base, release, rights: Rights::All, custom: RefCell::default() }
    }

    /// The same for a client who may not do everything.
    pub(crate) fn to(self, rights: &Rights) -> Self {
        Self { rights: rights.clone(), ..self }
    }

    /// An object as its own list and detail show it.
    pub(crate) fn object(&self, model: &'static Model, row: &Row, wanted: &Wanted) -> Value {
        match wanted {
            Wanted::All => self.fields(model, row, Depth::Own, &|_| true),
            Wanted::Brief => self.fields(model, row, Depth::Own, &|name| model.brief.contains(&name)),
            Wanted::Only(names) => {
                self.fields(model, row, Depth::Own, &|name| names.iter().any(|known| known == name))
            }
            Wanted::Without(names) => {
                self.fields(model, row, Depth::Own, &|name| !names.iter().any(|known| known == name))
            }
        }
    }

    /// An object within another one, with its brief fields or those named.
    pub(crate) fn nested(&self, model: &'static Model, row: &Row, shown: &[&str]) -> Value {
        let depth = if shown.contains(&"display_url") { Depth::Sketch } else { Depth::Brief };
        let shown = if shown.is_empty() { model.brief } else { shown };
        self.fields(model, row, depth, &|name| shown.contains(&name))
    }

    /// The object of that id within another one; null when there is none.
    pub(crate) fn nested_by_id(&self, model: &str, id: Option<u64>, shown: &[&str]) -> Value {
        let found = id.and_then(|id| Some((models::by_name(model)?, self.store.get(model, id)?)));
        found.map_or(Value::Null, |(model, row)| self.nested(model, row, shown))
    }

    /// An object as text.
    pub(crate) fn display(&self, model: &Model, row: &Row) -> String {
        display(self.store, model, row)
    }

    fn fields(&self, model: &'static Model, row: &Row, depth: Depth, wanted: &dyn Fn(&str) -> bool) -> Value {
        let mut shown = Map::new();
        let id = row.own_id();
        let base = self.base;
        let mut add = |name: &str, value: &mut dyn FnMut() -> Value| {
            if wanted(name) {
                shown.insert(name.to_owned(), value());
            }
        };
        add("id", &mut || id.into());
        add("url", &mut || format!("{base}/api/{}/{id}/", model.path).into());
        if model.display_url {
            add("display_url", &mut || format!("{base}/{}/{id}/", model.path).into());
        }
        add("display", &mut || self.display(model, row).into());
        for field in model.all().filter(|field| self.release.has(field) && !field.write_only) {
            if depth == Depth::Own || !hidden_when_nested(field) {
                add(field.name, &mut || self.value(model, field, row, depth));
            }
        }
        if model.tags {
            add("tags", &mut || self.tags(row));
        }
        if model.custom_fields {
            add("custom_fields", &mut || self.custom_fields(model, row));
        }
        for stamp in ["created", "last_updated"] {
            add(stamp, &mut || row.get(stamp).cloned().unwrap_or_default());
        }
        Value::Object(shown)
    }

    fn value(&self, model: &'static Model, field: &Field, row: &Row, depth: Depth) -> Value {
        let stored = || row.get(field.name).cloned().unwrap_or_default();
        match field.holds {
            Holds::Choice(choices) => match row.get(field.name).and_then(Value::as_str) {
                None | Some("") => Value::Null,
                Some(value) => {
                    let label =
                        choices.iter().find(|(known, _)| *known == value).map_or("", |(_, label)| label);
                    json!({ "value": value, "label": label })
                }
            },
            Holds::Related(relation) if relation.bare => stored(),
            Holds::Related(relation)
                if model.guarded()
                    && row
                        .id(field.name)
                        .is_some_and(|id| !self.rights.view(self.store, relation.model, id)) =>
            {
                Value::Null
            }
            Holds::Related(relation) if depth == Depth::Sketch => {
                let shown = ["id", "url", "display_url", "display", "name"];
                self.nested_by_id(relation.model, row.id(field.name), &shown)
            }
            Holds::Related(relation) => self.nested_by_id(relation.model, row.id(field.name), relation.shown),
            Holds::Many(target) => {
                row.ids(field.name).into_iter().map(|id| self.nested_by_id(target, Some(id), &[])).collect()
            }
            Holds::Count { nested: Nested::Zero, .. } if depth != Depth::Own => 0.into(),
            Holds::Count { model: counted, field, nested: Nested::Zero } if model.tree => {
                self.count_below(model, counted, field, row.own_id()).into()
            }
            Holds::Count { model, field, .. } => self.count(model, field, row.own_id()).into(),
            Holds::Sum { model, through, field } => self.sum(model, through, field, row.own_id()),
            Holds::Computed(compute) | Holds::Shortcut(compute) | Holds::Title(compute) => {
                let value = compute(self, model, row);
                let bare = field.name == "family" && depth == Depth::Sketch;
                if bare { value.get("value").cloned().unwrap_or_default() } else { value }
            }
            Holds::Null | Holds::Foreign => Value::Null,
            Holds::Zero(_) => 0.into(),
            Holds::Empty | Holds::ForeignMany => Value::Array(Vec::new()),
            _ => stored(),
        }
    }

    fn count(&self, model: &str, field: &'static str, id: u64) -> usize {
        let key = id.to_string();
        if model.is_empty() {
            return models::all().map(|model| self.store.count(model.name, field, &key)).sum();
        }
        self.store.count(model, field, &key)
    }

    /// Counts for an object of a tree and all below it.
    fn count_below(&self, tree: &'static Model, model: &str, field: &'static str, id: u64) -> usize {
        let below = self.store.find(tree.name, "parent", &id.to_string());
        let below: usize = below.map(|child| self.count_below(tree, model, field, child)).sum();
        self.count(model, field, id) + below
    }

    fn sum(&self, model: &str, through: &'static str, field: &str, id: u64) -> Value {
        let values = self.store.find(model, through, &id.to_string());
        let values = values.filter_map(|id| self.store.get(model, id)?.get(field).cloned());
        values.fold(Value::Null, |total, value| match (total, value) {
            (total, Value::Null) => total,
            (Value::Null, value) => value,
            (total, value) => match (total.as_i64(), value.as_i64()) {
                (Some(left), Some(right)) => (left + right).into(),
                _ => (total.as_f64().unwrap_or_default() + value.as_f64().unwrap_or_default()).into(),
            },
        })
    }

    fn tags(&self, row: &Row) -> Value {
        let mut tags: Vec<_> =
            row.ids("tags").into_iter().filter_map(|id| self.store.get("extras.tag", id)).collect();
        tags.sort_by_key(|tag| (tag.id("weight"), tag.text("name").to_lowercase()));
        let shown = ["id", "url", "display_url", "display", "name", "slug", "color"];
        let model = models::by_name("extras.tag");
        tags.into_iter().filter_map(|tag| Some(self.nested(model?, tag, &shown))).collect()
    }

    /// The custom fields that objects of a model carry.
    pub(crate) fn custom_fields_of(&self, model: &'static Model) -> Rc<Vec<Arc<Row>>> {
        let mut cached = self.custom.borrow_mut();
        Rc::clone(cached.entry(model.name).or_insert_with(|| Rc::new(custom_fields_of(self.store, model))))
    }

    fn custom_fields(&self, model: &'static Model, row: &Row) -> Value {
        let values = row.get("custom_fields");
        let fields = self.custom_fields_of(model);
        let shown = fields.iter().map(|field| {
            let value = values.and_then(|values| values.get(field.text("name"))).cloned();
            (field.text("name").to_owned(), self.custom_value(field, value.unwrap_or_default()))
        });
        Value::Object(shown.collect())
    }

    fn custom_value(&self, field: &Row, value: Value) -> Value {
        let target = field.text("related_object_type");
        match (field.text("type"), &value) {
            ("object", Value::Number(id)) => self.nested_by_id(target, id.as_u64(), &[]),
            ("multiobject", Value::Array(ids)) => {
                ids.iter().map(|id| self.nested_by_id(target, id.as_u64(), &[])).collect()
            }
            ("select", Value::String(choice)) => json!({ "value": choice, "label": choice }),
            ("datetime", Value::String(text)) => compute::moment(text).into(),
            _ => value,
        }
    }
}

fn hidden_when_nested(field: &Field) -> bool {
    matches!(
        field.holds,
        Holds::Count { nested: Nested::Hidden, .. } | Holds::Zero(Nested::Hidden) | Holds::Title(_)
    )
}

/// An object as text.
pub(crate) fn display(store: &Store, model: &Model, row: &Row) -> String {
    match model.display {
        Display::Field(name) => row.text(name).to_owned(),
        Display::With(compute) => compute(store, row),
        Display::Of(name, suffix) => {
            let relation = model.field(name).and_then(|field| field.relation());
            let related = relation.zip(row.id(name));
            related.map_or_else(String::new, |(relation, id)| compute::label(store, relation.model, id))
                + suffix
        }
    }
}

/// The custom fields that objects of a model carry, in NetBox's order.
pub(crate) fn custom_fields_of(store: &Store, model: &Model) -> Vec<Arc<Row>> {
    let on_model = |row: &Row| {
        row.get("object_types")
            .and_then(Value::as_array)
            .is_some_and(|types| types.iter().any(|known| known.as_str() == Some(model.name)))
    };
    let mut fields: Vec<_> = store
        .rows("extras.customfield")
        .filter(|(_, row)| on_model(row))
        .map(|(_, row)| Arc::clone(row))
        .collect();
    fields.sort_by_key(|row| {
        (row.text("group_name").to_owned(), row.id("weight"), row.text("name").to_owned())
    });
    fields
}
