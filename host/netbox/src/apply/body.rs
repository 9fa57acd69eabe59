//! From planned values to what goes over the wire.

use super::Run;
use super::problems;
use super::write::Item;
use proxbox_model::Problem;
use proxbox_model::plan::{Action, Applied, Planned, PlannedObject};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

const CUSTOM_FIELD: &str = "custom_fields.";

/// Whether an object can be written now.
pub(super) enum Readiness {
    Create(Item),
    Update(Item),
    Delete(Item),
    /// There is nothing to write.
    Settled(Applied),
    /// An object that it needs has no outcome yet.
    Waiting,
    /// An object that it needs is not there.
    Blocked(Problem),
}

impl Run<'_> {
    pub(super) fn readiness(&self, index: usize) -> Readiness {
        let Some(object) = self.plan.objects.get(index) else { return Readiness::Waiting };
        for need in needs(object) {
            match self.result(need) {
                None => return Readiness::Waiting,
                Some(Applied::Failed(why) | Applied::Conflict(why)) => {
                    let needed = self.plan.objects.get(need).unwrap_or(object);
                    return Readiness::Blocked(problems::need_failed(object, needed, why));
                }
                Some(Applied::Skipped(why)) => return Readiness::Settled(Applied::Skipped(why.clone())),
                Some(_) => {}
            }
        }
        match &object.action {
            Action::Create(fields) => {
                let body =
                    fields.iter().map(|(name, value)| (name.clone(), self.field(name, value))).collect();
                Readiness::Create(Item::new(index, None, body))
            }
            Action::Update { id, changes, .. } => {
                let mut body = Map::new();
                for (name, change) in changes {
                    let value = self.field(name, &change.after);
                    match name.strip_prefix(CUSTOM_FIELD) {
                        Some(custom) => {
                            let fields = body.entry("custom_fields").or_insert_with(|| json!({}));
                            if let Json::Object(fields) = fields {
                                fields.insert(custom.to_owned(), value);
                            }
                        }
                        None => {
                            body.insert(name.clone(), value);
                        }
                    }
                }
                body.insert("id".to_owned(), json!(id));
                Readiness::Update(Item::new(index, Some(*id), body))
            }
            Action::Complete { object, fields } => match self.id(*object) {
                Some(id) if fields.is_empty() => Readiness::Settled(Applied::Unchanged(id)),
                Some(id) => {
                    let mut body: Map<String, Json> =
                        fields.iter().map(|(name, value)| (name.clone(), self.field(name, value))).collect();
                    body.insert("id".to_owned(), json!(id));
                    Readiness::Update(Item::new(index, Some(id), body))
                }
                None => Readiness::Waiting,
            },
            Action::Delete { id } => {
                let body = Map::from_iter([("id".to_owned(), json!(id))]);
                Readiness::Delete(Item::new(index, Some(*id), body))
            }
            Action::Unchanged { .. } | Action::Skip(_) | Action::Conflict(_) | Action::Fail(_) => {
                Readiness::Waiting
            }
        }
    }

    fn field(&self, name: &str, value: &Planned) -> Json {
        let value = self.value(value);
        if name == "tags" { tags(value) } else { value }
    }

    fn value(&self, value: &Planned) -> Json {
        match value {
            Planned::Ready(value) => value.clone(),
            Planned::IdOf(index) | Planned::IdIfMade(index) => self.id(*index).map_or(Json::Null, Json::from),
            Planned::List(values) => values.iter().map(|value| self.value(value)).collect(),
            Planned::Map(values) => {
                Json::Object(values.iter().map(|(name, value)| (name.clone(), self.value(value))).collect())
            }
        }
    }

    fn id(&self, index: usize) -> Option<u64> {
        match self.result(index)? {
            Applied::Created(id) | Applied::Updated(id) | Applied::Unchanged(id) => Some(*id),
            Applied::Deleted(_) | Applied::Skipped(_) | Applied::Conflict(_) | Applied::Failed(_) => None,
        }
    }
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

/// What must be there first: what the plan says, and every object whose id is part of a value.
fn needs(object: &PlannedObject) -> BTreeSet<usize> {
    let mut needs: BTreeSet<usize> = object.needs.iter().copied().collect();
    match &object.action {
        Action::Create(fields) => fields.values().for_each(|value| collect(value, &mut needs)),
        Action::Update { changes, .. } => {
            changes.values().for_each(|change| collect(&change.after, &mut needs));
        }
        Action::Complete { object, fields } => {
            needs.insert(*object);
            fields.values().for_each(|value| collect(value, &mut needs));
        }
        Action::Delete { .. }
        | Action::Unchanged { .. }
        | Action::Skip(_)
        | Action::Conflict(_)
        | Action::Fail(_) => {}
    }
    needs
}

fn collect(value: &Planned, needs: &mut BTreeSet<usize>) {
    match value {
        Planned::Ready(_) | Planned::IdIfMade(_) => {}
        Planned::IdOf(index) => {
            needs.insert(*index);
        }
        Planned::List(values) => values.iter().for_each(|value| collect(value, needs)),
        Planned::Map(values) => values.values().for_each(|value| collect(value, needs)),
    }
}
