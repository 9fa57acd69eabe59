//! From planned values to what goes over the wire.

use super::Run;
use super::problems;
use super::write::Item;
use proxbox_model::Problem;
use proxbox_model::kind::{FieldType, Kind};
use proxbox_model::plan::{Action, Applied, Change, Planned, PlannedObject, Shortfall};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const CUSTOM_FIELD: &str = "custom_fields.";

/// Whether an object can be written now.
pub(super) enum Readiness {
    Create(Item),
    Update(Item),
    Delete(Item),
    /// There is nothing to write.
    Settled(Applied, Vec<Shortfall>),
    /// An object that it needs or refers to has no outcome yet.
    Waiting,
    /// An object that it needs is not there.
    Blocked(Problem),
}

impl Run<'_> {
    /// Whether an object can be written now. Attributes at the positions that are `coming` are waited for.
    pub(super) fn readiness(&self, index: usize, coming: &Range<usize>) -> Readiness {
        let Some(object) = self.plan.objects.get(index) else { return Readiness::Waiting };
        let needs = Needs::of(object);
        for need in needs.all {
            match self.result(need) {
                None => return Readiness::Waiting,
                Some(Applied::Failed(why) | Applied::Conflict(why)) => {
                    let needed = self.plan.objects.get(need).unwrap_or(object);
                    return Readiness::Blocked(problems::need_failed(object, needed, why));
                }
                Some(Applied::Skipped(why)) => {
                    return Readiness::Settled(Applied::Skipped(why.clone()), Vec::new());
                }
                Some(_) => {}
            }
        }
        if needs.attributes.iter().any(|other| coming.contains(other) && self.result(*other).is_none()) {
            return Readiness::Waiting;
        }
        match &object.action {
            Action::Create(fields) => Readiness::Create(self.body(object.kind, fields).item(index, None)),
            Action::Update { id, changes, .. } => self.update(index, *id, self.changes(object.kind, changes)),
            Action::Complete { object: made, fields } => match self.id(*made) {
                Some(id) => self.update(index, id, self.body(object.kind, fields)),
                None => Readiness::Waiting,
            },
            Action::Delete { id } => Readiness::Delete(Body::default().item(index, Some(*id))),
            Action::Unchanged { .. } | Action::Skip(_) | Action::Conflict(_) | Action::Fail(_) => {
                Readiness::Waiting
            }
        }
    }

    fn update(&self, index: usize, id: u64, body: Body) -> Readiness {
        if body.fields.is_empty() {
            return Readiness::Settled(Applied::Unchanged(id), body.without);
        }
        Readiness::Update(body.item(index, Some(id)))
    }

    fn body(&self, kind: &'static Kind, fields: &BTreeMap<String, Planned>) -> Body {
        let mut body = Body::default();
        for (name, planned) in fields {
            match self.field(name, planned, &mut body.without) {
                Some(value) => _ = body.fields.insert(name.clone(), value),
                None => body.leave_out(kind, name),
            }
        }
        body.complete()
    }

    fn changes(&self, kind: &'static Kind, changes: &BTreeMap<String, Change>) -> Body {
        let mut body = Body::default();
        for (name, change) in changes {
            let complete = body.without.len();
            let value = self.field(name, &change.after, &mut body.without);
            // What is left of a list may be what NetBox holds already.
            let value =
                value.filter(|value| body.without.len() == complete || !is_same_list(value, &change.before));
            match (value, name.strip_prefix(CUSTOM_FIELD)) {
                (Some(value), Some(custom)) => body.custom_field(custom, value),
                (Some(value), None) => _ = body.fields.insert(name.clone(), value),
                (None, _) => body.leave_out(kind, name),
            }
        }
        body.complete()
    }

    fn field(&self, name: &str, planned: &Planned, without: &mut Vec<Shortfall>) -> Option<Json> {
        let value = self.value(name, planned, without)?;
        Some(if name == "tags" { tags(value) } else { value })
    }

    /// A value as it goes to NetBox; none when it is an attribute that is not there.
    fn value(&self, field: &str, planned: &Planned, without: &mut Vec<Shortfall>) -> Option<Json> {
        match planned {
            Planned::Ready(value) => Some(value.clone()),
            Planned::IdOf(index) => Some(self.id(*index).map_or(Json::Null, Json::from)),
            Planned::IdIfMade(index) => {
                let id = self.id(*index).map(Json::from);
                if id.is_none() {
                    let why = self.why_not_there(*index).map(|problem| shortfall(field, problem));
                    without.extend(why.filter(|why| !without.contains(why)));
                }
                id
            }
            Planned::List(values) => {
                Some(values.iter().filter_map(|value| self.value(field, value, without)).collect())
            }
            Planned::Map(values) => {
                let value = |(name, value): (&String, &Planned)| {
                    let value = self.value(&format!("{field}.{name}"), value, without)?;
                    Some((name.clone(), value))
                };
                Some(Json::Object(values.iter().filter_map(value).collect()))
            }
        }
    }

    /// Why an attribute is not there; none when that is nobody's fault.
    fn why_not_there(&self, index: usize) -> Option<Problem> {
        match self.result(index) {
            Some(Applied::Failed(why) | Applied::Conflict(why)) => Some(why.clone()),
            Some(_) => None,
            None => self.plan.objects.get(index).map(problems::comes_later),
        }
    }

    fn id(&self, index: usize) -> Option<u64> {
        match self.result(index)? {
            Applied::Created(id) | Applied::Updated(id) | Applied::Unchanged(id) => Some(*id),
            Applied::Deleted(_) | Applied::Skipped(_) | Applied::Conflict(_) | Applied::Failed(_) => None,
        }
    }
}

/// The fields of one object, and what is left out of them.
#[derive(Default)]
struct Body {
    fields: Map<String, Json>,
    without: Vec<Shortfall>,
    /// Fields that mean nothing without another that is left out.
    pointless: Vec<&'static str>,
}

impl Body {
    fn item(self, index: usize, id: Option<u64>) -> Item {
        let mut fields = self.fields;
        if let Some(id) = id {
            fields.insert("id".to_owned(), json!(id));
        }
        Item::new(index, id, fields, self.without)
    }

    fn custom_field(&mut self, name: &str, value: Json) {
        let fields = self.fields.entry("custom_fields").or_insert_with(|| json!({}));
        if let Json::Object(fields) = fields {
            fields.insert(name.to_owned(), value);
        }
    }

    /// Without a reference, the name of the kind that it leads to means nothing.
    fn leave_out(&mut self, kind: &Kind, name: &str) {
        if let Some(FieldType::Generic { type_field, .. }) = kind.field(name).map(|field| field.holds) {
            self.pointless.push(type_field);
        }
    }

    fn complete(mut self) -> Self {
        self.pointless.iter().for_each(|name| _ = self.fields.remove(*name));
        self
    }
}

pub(super) fn shortfall(field: &str, problem: Problem) -> Shortfall {
    Shortfall { field: field.to_owned(), problem }
}

/// Whether two lists hold the same, in whichever order and whichever way tags are named.
pub(super) fn is_same_list(one: &Json, other: &Json) -> bool {
    let items = |list: &Json| {
        let items = list.as_array()?.iter().map(|item| item.get("slug").unwrap_or(item).to_string());
        Some(items.collect::<BTreeSet<String>>())
    };
    items(one).is_some_and(|one| Some(one) == items(other))
}

/// NetBox takes a tag as an id or as an object that names it; the plan names it by slug.
fn tags(value: Json) -> Json {
    match value {
        Json::Array(tags) => tags
            .into_iter()
            .map(|tag| match tag {
                Json::String(slug) => json!({ "slug": slug }),
                other => other,
            })
            .collect(),
        other => other,
    }
}

/// The objects that one waits for.
#[derive(Default)]
pub(super) struct Needs {
    /// It cannot be without these: what the plan says, and every object whose id is part of a value.
    pub(super) all: BTreeSet<usize>,
    /// It can be without these.
    pub(super) attributes: BTreeSet<usize>,
}

impl Needs {
    pub(super) fn of(object: &PlannedObject) -> Self {
        let mut needs = Self { all: object.needs.iter().copied().collect(), ..Self::default() };
        match &object.action {
            Action::Create(fields) => fields.values().for_each(|value| needs.collect(value)),
            Action::Update { changes, .. } => {
                changes.values().for_each(|change| needs.collect(&change.after));
            }
            Action::Complete { object, fields } => {
                needs.all.insert(*object);
                fields.values().for_each(|value| needs.collect(value));
            }
            Action::Delete { .. }
            | Action::Unchanged { .. }
            | Action::Skip(_)
            | Action::Conflict(_)
            | Action::Fail(_) => {}
        }
        needs
    }

    fn collect(&mut self, value: &Planned) {
        match value {
            Planned::Ready(_) => {}
            Planned::IdOf(index) => _ = self.all.insert(*index),
            Planned::IdIfMade(index) => _ = self.attributes.insert(*index),
            Planned::List(values) => values.iter().for_each(|value| self.collect(value)),
            Planned::Map(values) => values.values().for_each(|value| self.collect(value)),
        }
    }
}
