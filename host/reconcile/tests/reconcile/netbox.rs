//! A NetBox of maps: it takes plans, keeps NetBox's rules about names, types and relations, and lists its objects as the
//! REST API does.

use crate::rules;
use proxbox_model::Problem;
use proxbox_model::kind::{self, FieldType, KINDS, Kind};
use proxbox_model::plan::{Action, Applied, Plan, Planned};
use proxbox_reconcile::{Object, Question, State};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) fields: BTreeMap<String, Json>,
    pub(crate) custom_fields: BTreeMap<String, Json>,
    pub(crate) tags: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Netbox {
    rows: BTreeMap<&'static str, BTreeMap<u64, Row>>,
    next: u64,
    /// Kinds that this NetBox is too old for.
    pub(crate) lacks: BTreeSet<&'static str>,
    /// Names that this NetBox takes for no object.
    pub(crate) refuses: BTreeSet<String>,
}

impl Netbox {
    /// Puts an object there by hand: fields, with `custom_fields` and a list of slugs as `tags`.
    pub(crate) fn put(&mut self, kind: &str, fields: Json) -> u64 {
        let id = self.next + 1;
        self.try_put(kind, fields).unwrap_or_else(|why| panic!("{kind} {id}: {why}"))
    }

    /// The same, but tells when NetBox would refuse it.
    pub(crate) fn try_put(&mut self, kind: &str, fields: Json) -> Result<u64, String> {
        let kind = kind::find(kind).unwrap();
        let mut row = Row::default();
        for (name, value) in fields.as_object().unwrap() {
            match name.as_str() {
                "custom_fields" => {
                    for (name, value) in value.as_object().unwrap() {
                        self.define(name, kind, value);
                        row.custom_fields.insert(name.clone(), value.clone());
                    }
                }
                "tags" => {
                    for slug in value.as_array().unwrap() {
                        let slug = slug.as_str().unwrap();
                        if !self.all("extras.tag").any(|(_, tag)| tag.fields["slug"] == slug) {
                            self.put("extras.tag", json!({ "name": slug, "slug": slug, "color": "9e9e9e" }));
                        }
                        row.tags.insert(slug.to_owned());
                    }
                }
                _ => {
                    row.fields.insert(name.clone(), value.clone());
                }
            }
        }
        self.check(kind, None, &row)?;
        Ok(self.push(kind, row))
    }

    fn push(&mut self, kind: &'static Kind, row: Row) -> u64 {
        self.next += 1;
        self.rows.entry(kind.name).or_default().insert(self.next, row);
        self.next
    }

    fn define(&mut self, name: &str, kind: &'static Kind, value: &Json) {
        let known =
            self.all("extras.customfield").find(|(_, field)| field.fields["name"] == name).map(|(id, _)| id);
        match known {
            Some(id) => {
                let types = self.rows.get_mut("extras.customfield").unwrap().get_mut(&id).unwrap();
                let types = types.fields.get_mut("object_types").unwrap().as_array_mut().unwrap();
                if !types.contains(&json!(kind.name)) {
                    types.push(json!(kind.name));
                }
            }
            None => {
                let holds = match value {
                    Json::Bool(_) => "boolean",
                    Json::Number(_) => "integer",
                    Json::Object(_) | Json::Array(_) => "json",
                    _ => "text",
                };
                let field = json!({ "name": name, "type": holds, "object_types": [kind.name] });
                self.put("extras.customfield", field);
            }
        }
    }

    pub(crate) fn all(&self, kind: &str) -> impl Iterator<Item = (u64, &Row)> {
        self.rows.get(kind).into_iter().flatten().map(|(id, row)| (*id, row))
    }

    pub(crate) fn row(&self, kind: &str, id: u64) -> &Row {
        &self.rows[kind][&id]
    }

    pub(crate) fn edit(&mut self, kind: &str, id: u64) -> &mut Row {
        self.rows.get_mut(kind).unwrap().get_mut(&id).unwrap()
    }

    /// The one object of that name.
    pub(crate) fn named(&self, kind: &str, name: &str) -> (u64, &Row) {
        let found: Vec<_> =
            self.all(kind).filter(|(_, row)| row.fields.get("name") == Some(&json!(name))).collect();
        assert_eq!(found.len(), 1, "{kind} {name}: {:?}", self.rows.get(kind));
        found[0]
    }

    pub(crate) fn names(&self, kind: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .all(kind)
            .filter_map(|(_, row)| Some(row.fields.get("name")?.as_str()?.to_owned()))
            .collect();
        names.sort();
        names
    }

    /// What the REST API lists of these kinds.
    pub(crate) fn state(&self, kinds: &[&'static Kind]) -> State {
        let mut state = State::new();
        for kind in kinds.iter().filter(|kind| !self.lacks.contains(kind.name)) {
            state.insert(kind, self.all(kind.name).map(|(id, row)| self.represent(kind, id, row)).collect());
        }
        state
    }

    /// The rows that a filter of a list finds, as the REST API lists them.
    pub(crate) fn answer(&self, question: &Question) -> Vec<Object> {
        let Question { kind, filter, field, values } = question;
        let text = |value: &Json| match value {
            Json::String(text) => text.clone(),
            Json::Object(object) => object.get("id").or(object.get("value")).unwrap().to_string(),
            other => other.to_string(),
        };
        let is_one = |held: &str, fits: fn(&str, &str) -> bool| values.iter().any(|value| fits(held, value));
        let found = |(id, row): &(u64, &Row)| {
            let held = row.fields.get(*field).map(text).unwrap_or_default();
            let on = row.fields.get("assigned_object_type").or(row.fields.get("parent_object_type"));
            let is_on = |kind: &str| on.is_some_and(|on| text(on) == kind);
            match *filter {
                "id" => values.contains(&id.to_string()),
                "name__ie" => is_one(&held, |held, value| held.to_lowercase() == value.to_lowercase()),
                "address" => is_one(&held, |held, value| held.split('/').next() == Some(value)),
                "vminterface_id" => is_on("virtualization.vminterface") && values.contains(&held),
                "interface_id" => is_on("dcim.interface") && values.contains(&held),
                "virtual_machine_id" if *field == "parent_object_id" => {
                    is_on("virtualization.virtualmachine") && values.contains(&held)
                }
                "device_id" if *field == "parent_object_id" => is_on("dcim.device") && values.contains(&held),
                custom if custom.starts_with("cf_") => {
                    row.custom_fields.get(*field).is_some_and(|held| values.contains(&text(held)))
                }
                "cluster_id" | "device_id" | "virtual_machine_id" | "vid" => values.contains(&held),
                other => panic!("{} has no filter {other}", kind.name),
            }
        };
        self.all(kind.name).filter(found).map(|(id, row)| self.represent(kind, id, row)).collect()
    }

    fn represent(&self, kind: &Kind, id: u64, row: &Row) -> Object {
        let mut object = Object::new();
        object.insert("id".to_owned(), json!(id));
        let passes = KINDS.iter().filter(|pass| pass.pass_of == Some(kind.name));
        for spec in kind.fields.iter().chain(passes.flat_map(|pass| pass.fields)) {
            let value = row.fields.get(spec.name).cloned().unwrap_or(Json::Null);
            let shown = match (spec.holds, value) {
                (FieldType::Text(_) | FieldType::Slug(_) | FieldType::Color, Json::Null) => json!(""),
                (FieldType::Choice, Json::String(value)) => {
                    json!({ "value": value, "label": value.to_uppercase() })
                }
                (FieldType::Relation(_), Json::Number(id)) => json!({ "id": id, "display": "x" }),
                (FieldType::Relations(_), Json::Array(ids)) => {
                    ids.iter().map(|id| json!({ "id": id, "display": "x" })).collect()
                }
                (FieldType::Decimal, Json::String(text)) => json!(text.parse::<f64>().unwrap()),
                (FieldType::Decimal, Json::Number(number)) => json!(number.as_f64().unwrap()),
                (_, value) => value,
            };
            object.insert(spec.name.to_owned(), shown);
        }
        for name in kind.reads.iter().chain(kind.unscoped.iter().filter(|name| kind.field(name).is_none())) {
            object.insert((*name).to_owned(), self.shown(name, id, row));
        }
        if kind.tags {
            object.insert("tags".to_owned(), row.tags.iter().map(|slug| self.tag(slug)).collect());
        }
        if kind.custom_fields {
            let mut fields = Object::new();
            for (_, definition) in self.all("extras.customfield") {
                if definition.fields["object_types"].as_array().unwrap().contains(&json!(kind.name)) {
                    let name = definition.fields["name"].as_str().unwrap();
                    let value = row.custom_fields.get(name).cloned().unwrap_or(Json::Null);
                    let value = match definition.fields["type"].as_str() {
                        Some("object") if value.is_number() => json!({ "id": value, "display": "x" }),
                        _ => value,
                    };
                    fields.insert(name.to_owned(), value);
                }
            }
            object.insert("custom_fields".to_owned(), Json::Object(fields));
        }
        object
    }

    fn tag(&self, slug: &str) -> Json {
        let name = self.all("extras.tag").find(|(_, tag)| tag.fields["slug"] == slug);
        json!({ "id": 1, "name": name.map(|(_, tag)| tag.fields["name"].clone()), "slug": slug })
    }

    /// What NetBox works out for itself, or an operator has set by hand.
    fn shown(&self, name: &str, id: u64, row: &Row) -> Json {
        let by_hand = row.fields.get(name).cloned().unwrap_or(Json::Null);
        match name {
            "virtual_disk_count" if by_hand.is_null() => {
                let disks = self.all("virtualization.virtualdisk");
                json!(disks.filter(|(_, disk)| disk.fields["virtual_machine"] == id).count())
            }
            "mac_address" if by_hand.is_null() => {
                let primary = row.fields.get("primary_mac_address").and_then(Json::as_u64);
                primary.map_or(Json::Null, |id| self.row("dcim.macaddress", id).fields["mac_address"].clone())
            }
            _ => by_hand,
        }
    }

    /// Carries out a plan object by object, in its order.
    pub(crate) fn apply(&mut self, plan: &Plan) -> Vec<Applied> {
        let mut done: Vec<Applied> = Vec::new();
        for object in &plan.objects {
            let broken = object
                .needs
                .iter()
                .any(|need| matches!(done[*need], Applied::Conflict(_) | Applied::Failed(_)));
            let left_out = object.needs.iter().find_map(|need| match &done[*need] {
                Applied::Skipped(why) => Some(why.clone()),
                _ => None,
            });
            let applied = match &object.action {
                action if action.writes() && left_out.is_some() => Applied::Skipped(left_out.unwrap()),
                Action::Unchanged { id } => Applied::Unchanged(*id),
                Action::Skip(reason) => Applied::Skipped(reason.clone()),
                Action::Conflict(problem) => Applied::Conflict(problem.clone()),
                Action::Fail(problem) => Applied::Failed(problem.clone()),
                Action::Create(_) | Action::Update { .. } | Action::Complete { .. } if broken => {
                    Applied::Failed(Problem::new("need-failed", "something it needs failed"))
                }
                Action::Create(fields) => {
                    let fields = fields.iter().map(|(name, value)| (name.clone(), value));
                    self.write(object.kind, None, fields, &done).map_or_else(refused, Applied::Created)
                }
                Action::Update { id, changes, .. } => {
                    let fields = changes.iter().map(|(name, change)| (name.clone(), &change.after));
                    self.write(object.kind, Some(*id), fields, &done).map_or_else(refused, Applied::Updated)
                }
                Action::Complete { object: made, fields } if fields.is_empty() => {
                    Applied::Unchanged(made_id(&done[*made]).unwrap())
                }
                Action::Complete { object: made, fields } => {
                    let fields = fields.iter().map(|(name, value)| (name.clone(), value));
                    let id = made_id(&done[*made]).unwrap();
                    self.write(object.kind, Some(id), fields, &done).map_or_else(refused, Applied::Updated)
                }
                Action::Delete { id } => {
                    self.rows.get_mut(object.kind.model()).unwrap().remove(id).unwrap();
                    Applied::Deleted(*id)
                }
            };
            done.push(applied);
        }
        done
    }

    fn write<'p>(
        &mut self,
        kind: &'static Kind,
        id: Option<u64>,
        fields: impl Iterator<Item = (String, &'p Planned)>,
        done: &[Applied],
    ) -> Result<u64, String> {
        let mut row = id.map(|id| self.row(kind.model(), id).clone()).unwrap_or_default();
        for (name, value) in fields {
            let value = known(value, done);
            if let Some(name) = name.strip_prefix("custom_fields.") {
                self.custom_field(kind, &mut row, name, value)?;
            } else if name == "custom_fields" {
                for (name, value) in value.as_object().unwrap() {
                    self.custom_field(kind, &mut row, name, value.clone())?;
                }
            } else if name == "tags" {
                row.tags =
                    value.as_array().unwrap().iter().map(|slug| slug.as_str().unwrap().to_owned()).collect();
                for slug in &row.tags {
                    if !self.all("extras.tag").any(|(_, tag)| tag.fields["slug"] == json!(slug)) {
                        return Err(format!("there is no tag {slug}"));
                    }
                }
            } else {
                let value = match value {
                    Json::String(text) => json!(text.trim()),
                    value => value,
                };
                row.fields.insert(name, value);
            }
        }
        rules::derive(self, kind, &mut row);
        self.check(kind, id, &row)?;
        match id {
            Some(id) => {
                *self.edit(kind.model(), id) = row;
                Ok(id)
            }
            None => Ok(self.push(kind, row)),
        }
    }

    fn custom_field(&self, kind: &Kind, row: &mut Row, name: &str, value: Json) -> Result<(), String> {
        let definition = self.all("extras.customfield").find(|(_, field)| field.fields["name"] == name);
        let Some((_, definition)) = definition else {
            return Err(format!("there is no custom field {name}"));
        };
        if !definition.fields["object_types"].as_array().unwrap().contains(&json!(kind.name)) {
            return Err(format!("{} has no custom field {name}", kind.name));
        }
        let fits = match (definition.fields["type"].as_str().unwrap(), &value) {
            (_, Json::Null) | ("json", _) => true,
            ("integer", value) => value.is_i64() || value.is_u64(),
            ("decimal", value) => value.is_number(),
            ("boolean", value) => value.is_boolean(),
            ("object", value) => value.is_u64(),
            (_, value) => value.is_string(),
        };
        if !fits {
            return Err(format!("the custom field {name} does not take {value}"));
        }
        row.custom_fields.insert(name.to_owned(), value);
        Ok(())
    }

    /// NetBox's own rules.
    fn check(&self, kind: &'static Kind, id: Option<u64>, row: &Row) -> Result<(), String> {
        for (name, value) in &row.fields {
            if kind.reads.contains(&name.as_str()) || kind.unscoped.contains(&name.as_str()) {
                continue;
            }
            let kind = kind::find(kind.model()).unwrap();
            let spec = kind.field(name).or_else(|| kind.pass_with(name)?.field(name));
            let spec = spec.ok_or_else(|| format!("there is no field {name}"))?;
            let fits = match (spec.holds, value) {
                (FieldType::Text(most), Json::String(text)) => text.chars().count() <= most,
                (FieldType::Slug(_) | FieldType::Color | FieldType::Choice, Json::String(text)) => {
                    !text.is_empty()
                }
                (FieldType::Integer(_), value) => value.is_u64() || value.is_null(),
                (FieldType::Decimal, value) => value.is_string() || value.is_number() || value.is_null(),
                (FieldType::Flag, value) => value.is_boolean() || value.is_null(),
                (FieldType::Texts | FieldType::Integers(..), value) => value.is_array(),
                (FieldType::Json, _) => true,
                (FieldType::Relation(target), Json::Number(id)) => {
                    self.all(target).any(|(held, _)| Some(held) == id.as_u64())
                }
                (FieldType::Relation(_) | FieldType::Generic { .. } | FieldType::Choice, Json::Null) => true,
                (FieldType::Generic { .. }, value) => value.is_u64(),
                (FieldType::Relations(_), value) => value.is_array(),
                (FieldType::Time | FieldType::Address | FieldType::Mac, Json::String(_)) => true,
                (FieldType::Signed(_), value) => value.is_i64() || value.is_null(),
                (FieldType::Time, Json::Null) => true,
                _ => false,
            };
            if !fits {
                return Err(format!("{name} does not take {value}"));
            }
        }
        if row.fields.get("name").is_some_and(|name| name == "") {
            return Err("name may not be blank".to_owned());
        }
        if row.fields.get("name").and_then(Json::as_str).is_some_and(|name| self.refuses.contains(name)) {
            return Err("that name is refused".to_owned());
        }
        rules::addresses(self, kind, id, row)?;
        rules::places(self, kind, row)?;
        for unique in rules::unique(kind.model()) {
            let key = |row: &Row| -> Option<Vec<String>> {
                unique
                    .iter()
                    .map(|field| match row.fields.get(*field) {
                        None | Some(Json::Null) if *field == "tenant" => Some(String::new()),
                        None | Some(Json::Null) => None,
                        Some(Json::String(text)) if *field == "name" && kind.unique_name.is_some() => {
                            Some(text.to_lowercase())
                        }
                        Some(value) => Some(value.to_string()),
                    })
                    .collect()
            };
            if let Some(wanted) = key(row)
                && self
                    .all(kind.model())
                    .any(|(held, other)| Some(held) != id && key(other).as_ref() == Some(&wanted))
            {
                return Err(format!("another one has the same {}", unique.join(" and ")));
            }
        }
        Ok(())
    }

    /// Every object of every kind, to compare before and after.
    pub(crate) fn everything(&self) -> BTreeMap<(&'static str, u64), Row> {
        let rows =
            KINDS.iter().flat_map(|kind| self.all(kind.name).map(|(id, row)| ((kind.name, id), row.clone())));
        rows.collect()
    }
}

fn made_id(applied: &Applied) -> Option<u64> {
    match applied {
        Applied::Created(id) | Applied::Updated(id) | Applied::Unchanged(id) => Some(*id),
        Applied::Deleted(_) | Applied::Skipped(_) | Applied::Conflict(_) | Applied::Failed(_) => None,
    }
}

fn known(value: &Planned, done: &[Applied]) -> Json {
    match value {
        Planned::Ready(value) => value.clone(),
        Planned::IdOf(position) => {
            json!(made_id(&done[*position]).expect("the id of a failed object is used"))
        }
        Planned::IdIfMade(position) => json!(made_id(&done[*position])),
        Planned::List(items) => {
            items.iter().map(|item| known(item, done)).filter(|item| !item.is_null()).collect()
        }
        Planned::Map(items) => {
            Json::Object(items.iter().map(|(name, item)| (name.clone(), known(item, done))).collect())
        }
    }
}

fn refused(why: String) -> Applied {
    Applied::Failed(Problem::new("refused", why))
}
