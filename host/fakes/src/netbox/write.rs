//! Creates and changes one object: reads the fields, checks the rules, saves.

use serde_json::{Map, Value, json};

use super::custom;
use super::effects;
use super::errors::{ALL, Errors, Refusal, no_field, type_name};
use super::parse::parse;
use super::relation;
use super::release::Release;
use super::rights::{Action, Rights};
use super::rules;
use super::store::{Row, Store, Values};
use super::table::{Field, Holds, Model};

/// A store being written to by one request.
pub(crate) struct Writer<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) release: Release,
    /// Now, as NetBox writes it.
    pub(crate) now: String,
    /// What its user may do.
    pub(crate) rights: Rights,
}

/// What a client asks of an object's tags.
#[derive(Default)]
struct Tags {
    set: Option<Vec<u64>>,
    add: Vec<u64>,
    remove: Vec<u64>,
}

impl Tags {
    /// What goes together.
    fn check(&self, adding: bool) -> Result<(), Errors> {
        let set = self.set.as_ref().is_some_and(|set| !set.is_empty());
        if set && !(self.add.is_empty() && self.remove.is_empty()) {
            let message = "Cannot specify \"tags\" together with \"add_tags\" or \"remove_tags\".";
            return Err(Errors::one("tags", message));
        }
        if adding && !self.remove.is_empty() {
            let message = "Cannot use \"remove_tags\" when creating a new object.";
            return Err(Errors::one("remove_tags", message));
        }
        Ok(())
    }
}

impl Writer<'_> {
    /// Creates an object and returns its id.
    pub(crate) fn create(&mut self, model: &'static Model, data: &Value) -> Result<u64, Refusal> {
        let data = self.object(data)?;
        let mut row = Row::new();
        let mut errors = self.fields(model, data, &mut row, true, false);
        let tags = self.tags(model, data, &mut errors);
        if model.custom_fields {
            custom::read(
                (self.store, &self.rights),
                model,
                data.get("custom_fields"),
                &mut row,
                None,
                &mut errors,
            );
        }
        if !errors.is_empty() {
            return Err(errors.into());
        }
        tags.check(true)?;
        row.insert("tags".to_owned(), tags.set.clone().unwrap_or_else(|| tags.add.clone()).into());
        rules::check(self, model, &mut row, None, data)?;
        let point = self.store.savepoint();
        let id = self.store.allocate(model);
        row.insert("id".to_owned(), id.into());
        row.insert("created".to_owned(), self.now.clone().into());
        custom::fill(self.store, model, &mut row);
        self.save(model, id, row, None, data)?;
        self.conforms(Action::Add, model, id, point)?;
        Ok(id)
    }

    /// Takes a change back that makes an object one which the user may not have.
    fn conforms(
        &mut self,
        action: Action,
        model: &'static Model,
        id: u64,
        point: usize,
    ) -> Result<(), Refusal> {
        let row = self.store.get(model.name, id);
        if row.is_some_and(|row| self.rights.allow(action, self.store, model, row)) {
            return Ok(());
        }
        self.store.rollback(point);
        Err(Refusal::Denied)
    }

    /// Changes an object; `partial` leaves fields that the data lacks alone.
    pub(crate) fn update(
        &mut self,
        model: &'static Model,
        id: u64,
        data: &Value,
        partial: bool,
    ) -> Result<(), Refusal> {
        let data = self.object(data)?;
        let Some(old) = self.store.get(model.name, id).map(|row| (**row).clone()) else { return Ok(()) };
        let mut row = old.clone();
        let mut errors = self.fields(model, data, &mut row, false, partial);
        let tags = self.tags(model, data, &mut errors);
        if model.custom_fields {
            custom::read(
                (self.store, &self.rights),
                model,
                data.get("custom_fields"),
                &mut row,
                Some(&old),
                &mut errors,
            );
        }
        if !errors.is_empty() {
            return Err(errors.into());
        }
        tags.check(false)?;
        if let Some(set) = &tags.set {
            row.insert("tags".to_owned(), set.clone().into());
        } else if !tags.add.is_empty() || !tags.remove.is_empty() {
            let mut ids = row.ids("tags");
            ids.extend(&tags.add);
            ids.retain(|id| !tags.remove.contains(id));
            row.insert("tags".to_owned(), ids.into());
        }
        rules::check(self, model, &mut row, Some(&old), data)?;
        custom::fill(self.store, model, &mut row);
        let point = self.store.savepoint();
        self.save(model, id, row, Some(&old), data)?;
        self.conforms(Action::Change, model, id, point)
    }

    fn save(
        &mut self,
        model: &'static Model,
        id: u64,
        mut row: Row,
        old: Option<&Row>,
        data: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        effects::before_save(self.store, model, &mut row, old, data);
        row.insert("last_updated".to_owned(), self.now.clone().into());
        dedup_tags(&mut row);
        if let Some(message) = self.restricted_tag(model, &row, old) {
            return Err(Refusal::Aborted(message));
        }
        self.store.put(model, id, row);
        effects::after_save(self, model, id, old, shortcut(model, data));
        Ok(())
    }

    fn object<'d>(&self, data: &'d Value) -> Result<&'d Map<String, Value>, Refusal> {
        let message = match data {
            Value::Object(data) => return Ok(data),
            Value::Null => "No data provided".to_owned(),
            other => format!("Invalid data. Expected a dictionary, but got {}.", type_name(other)),
        };
        Err(Errors::one(no_field(self.release.version), message).into())
    }

    /// Reads every field that a client may write.
    fn fields(
        &self,
        model: &'static Model,
        data: &Map<String, Value>,
        row: &mut Row,
        adding: bool,
        partial: bool,
    ) -> Errors {
        let mut errors = Errors::default();
        for field in model.all().filter(|field| !field.read_only && self.release.has(field)) {
            let value = match data.get(field.name) {
                Some(value) => match parse(self.release, self.store, &self.rights, field, value) {
                    Ok(id) if self.hides(model, field, &id) => {
                        errors.add(field.name, relation::not_found(value));
                        continue;
                    }
                    Ok(value) => value,
                    Err(wrong) => {
                        errors.set(field.name, wrong);
                        continue;
                    }
                },
                None if field.required && !partial => {
                    errors.add(field.name, "This field is required.");
                    continue;
                }
                None if adding || (field.reset_by_put && !partial) => field.initial.value(),
                None => continue,
            };
            if let Some(message) = self.taken(model, field, &value, row) {
                errors.add(field.name, message);
            }
            if field.stored() {
                row.insert(field.name.to_owned(), value);
            }
        }
        for field in model.all().filter(|field| adding && field.stored() && !self.release.has(field)) {
            row.insert(field.name.to_owned(), field.initial.value());
        }
        errors
    }

    /// The field of a row of the plugin names an object that the user may not view.
    fn hides(&self, model: &Model, field: &Field, id: &Value) -> bool {
        let named = field.relation().zip(id.as_u64()).filter(|_| model.guarded());
        named.is_some_and(|(relation, id)| !self.rights.view(self.store, relation.model, id))
    }

    /// Another object has the value of a unique field.
    fn taken(&self, model: &'static Model, field: &Field, value: &Value, row: &Row) -> Option<String> {
        let label = field.unique?;
        let text = value.as_str().filter(|text| !text.is_empty())?;
        let own = row.id("id");
        let taken = self.store.find(model.name, field.name, text).any(|id| Some(id) != own);
        taken.then(|| format!("{} with this {label} already exists.", model.label))
    }

    fn tags(&self, model: &Model, data: &Map<String, Value>, errors: &mut Errors) -> Tags {
        let mut tags = Tags::default();
        if !model.tags {
            return tags;
        }
        let mut read = |name: &str| match data.get(name)? {
            Value::Null => {
                errors.add(name, "This field may not be null.");
                None
            }
            Value::Array(items) if items.iter().any(Value::is_null) => {
                let nulls = items.iter().enumerate().filter(|(_, item)| item.is_null());
                let wrong =
                    nulls.map(|(index, _)| (index.to_string(), json!(["This field may not be null."])));
                errors.set(name, Value::Object(wrong.collect()));
                None
            }
            Value::Array(items) => {
                let ids =
                    items.iter().map(|item| relation::resolve(self.store, &self.rights, "extras.tag", item));
                match ids.collect::<Result<Vec<_>, _>>() {
                    Ok(ids) => Some(ids),
                    Err(message) => {
                        errors.add(name, message);
                        None
                    }
                }
            }
            other => {
                let message = format!("Expected a list of items but got type \"{}\".", type_name(other));
                errors.set(name, Errors::one(no_field(self.release.version), message).into_value());
                None
            }
        };
        tags.set = read("tags");
        if self.release.version >= (4, 5) {
            tags.add = read("add_tags").unwrap_or_default();
            tags.remove = read("remove_tags").unwrap_or_default();
        }
        tags
    }

    /// A new tag of the row that may not be put on objects of the model; one that it had before stays.
    fn restricted_tag(&self, model: &Model, row: &Row, old: Option<&Row>) -> Option<String> {
        let before = old.map(|old| old.ids("tags")).unwrap_or_default();
        let tags: Vec<_> = row.ids("tags").into_iter().filter(|id| !before.contains(id)).collect();
        let mut tags = tags.iter().filter_map(|id| self.store.get("extras.tag", *id));
        let tag = tags.find(|tag| {
            let types = tag.get("object_types").and_then(Value::as_array);
            types.is_some_and(|types| !types.is_empty() && !types.iter().any(|known| known == model.name))
        })?;
        let bare = model.name.split_once('.').map_or(model.name, |(_, bare)| bare);
        Some(format!("Tag {} cannot be assigned to {bare} objects.", tag.text("name")))
    }
}

/// The value of the field that sets an interface's primary MAC address along with the interface.
fn shortcut(model: &'static Model, data: &Map<String, Value>) -> Option<Value> {
    let field = model.all().find(|field| matches!(field.holds, Holds::Shortcut(_)))?;
    data.get(field.name).cloned()
}

fn dedup_tags(row: &mut Row) {
    let mut ids = row.ids("tags");
    ids.sort_unstable();
    ids.dedup();
    row.insert("tags".to_owned(), ids.into());
}

const DENIED_OBJECT: &str = "You do not have permission to perform this action on this object.";

/// An error in the body of a bulk answer.
pub(crate) fn as_errors(refusal: Refusal) -> Value {
    match refusal {
        Refusal::Invalid(errors) => errors.into_value(),
        Refusal::Aborted(message) => Errors::one(ALL, message).into_value(),
        Refusal::Denied => Errors::one(ALL, DENIED_OBJECT).into_value(),
        Refusal::Ended(_, body) => body,
    }
}
