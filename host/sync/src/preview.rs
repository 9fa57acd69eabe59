//! What a run that only plans would change, in a form that people can read.

use crate::comparison::Comparison;
use proxbox_model::Identity;
use proxbox_model::kind::{self, FieldType, Kind};
use proxbox_model::plan::{Action, Plan, Planned, PlannedObject};
use proxbox_model::report::{Difference, Preview};
use proxbox_reconcile::{FactResult, Object, Reconciled, State};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The preview of each fact of a plan, in their order; none where there is nothing to tell. `state` is what NetBox holds.
pub(crate) fn previews(
    reconciled: &Reconciled,
    mut compared: HashMap<Identity, Comparison>,
    state: &State,
) -> Vec<Option<Arc<Preview>>> {
    let reader = Reader { plan: &reconciled.plan, state };
    let preview = reconciled.facts.iter().map(|(fact, result)| {
        let Comparison { modules, differences: usual } = compared.remove(&fact.identity).unwrap_or_default();
        let preview = Preview { modules, usual, netbox: reader.of(result) };
        (preview != Preview::default()).then(|| Arc::new(preview))
    });
    preview.collect()
}

/// Reads a plan with the names of what it refers to.
struct Reader<'a> {
    plan: &'a Plan,
    state: &'a State,
}

impl Reader<'_> {
    /// What becomes of a fact's object and of what is part of it.
    fn of(&self, result: &FactResult) -> Vec<Difference> {
        let FactResult::Planned { own, parts } = result else { return Vec::new() };
        let objects =
            std::iter::once(own).chain(parts).filter_map(|position| self.plan.objects.get(*position));
        objects.flat_map(|object| self.changes(object)).collect()
    }

    fn changes(&self, object: &PlannedObject) -> Vec<Difference> {
        match &object.action {
            Action::Create(fields) | Action::Complete { fields, .. } => self.made(object.kind, fields),
            Action::Update { changes, .. } => changes
                .iter()
                .map(|(field, change)| Difference {
                    field: field.clone(),
                    from: Some(self.value(object.kind, field, &change.before)),
                    to: Some(self.planned(object.kind, field, &change.after)),
                })
                .collect(),
            Action::Delete { .. }
            | Action::Unchanged { .. }
            | Action::Skip(_)
            | Action::Conflict(_)
            | Action::Fail(_) => Vec::new(),
        }
    }

    /// The fields of an object that is made; custom fields each on their own.
    fn made(&self, kind: &Kind, fields: &BTreeMap<String, Planned>) -> Vec<Difference> {
        let mut made = Vec::new();
        for (field, value) in fields {
            match value {
                Planned::Map(custom) => made.extend(custom.iter().map(|(name, value)| {
                    let field = format!("{field}.{name}");
                    (self.planned(kind, &field, value), field)
                })),
                value => made.push((self.planned(kind, field, value), field.clone())),
            }
        }
        made.into_iter().map(|(to, field)| Difference { field, from: None, to: Some(to) }).collect()
    }

    fn planned(&self, kind: &Kind, field: &str, value: &Planned) -> Json {
        match value {
            Planned::Ready(value) => self.value(kind, field, value),
            Planned::IdOf(position) | Planned::IdIfMade(position) => match self.plan.objects.get(*position) {
                Some(object) => planned_object(object).into(),
                None => Json::Null,
            },
            Planned::List(items) => items.iter().map(|item| self.planned(kind, field, item)).collect(),
            Planned::Map(items) => {
                items.iter().map(|(name, item)| (name.clone(), self.planned(kind, field, item))).collect()
            }
        }
    }

    /// A value of a field; ids as the names of the objects that they stand for, where these are known.
    fn value(&self, kind: &Kind, field: &str, value: &Json) -> Json {
        let target = match kind.field(field).map(|spec| spec.holds) {
            Some(FieldType::Relation(target) | FieldType::Relations(target)) => kind::find(target),
            _ => None,
        };
        match target {
            Some(target) => self.named(target, value),
            None => value.clone(),
        }
    }

    fn named(&self, kind: &'static Kind, value: &Json) -> Json {
        match value {
            Json::Array(ids) => ids.iter().map(|id| self.named(kind, id)).collect(),
            id => {
                let object = id.as_u64().and_then(|id| self.state.get(kind, id));
                object
                    .and_then(name)
                    .map_or_else(|| id.clone(), |name| json!(format!("{} {name}", kind.label)))
            }
        }
    }
}

/// `device role web (new)`.
fn planned_object(object: &PlannedObject) -> String {
    let new = if matches!(object.action, Action::Create(_)) { " (new)" } else { "" };
    format!("{} {}{new}", object.kind.label, object.name)
}

/// What people call an object of NetBox.
fn name(object: &Object) -> Option<&str> {
    let texts = ["name", "model", "display", "address", "slug"].into_iter();
    texts.filter_map(|field| object.get(field)?.as_str()).find(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::plan::Change;

    fn kind(name: &str) -> &'static Kind {
        kind::find(name).unwrap()
    }

    fn plan() -> Plan {
        let role = PlannedObject {
            kind: kind("dcim.devicerole"),
            name: "web".into(),
            identity: None,
            action: Action::Create(BTreeMap::new()),
            needs: Vec::new(),
            without: Vec::new(),
        };
        Plan { objects: vec![role], stale: Vec::new() }
    }

    fn told(action: Action) -> Vec<(String, Option<Json>, Option<Json>)> {
        let mut state = State::new();
        let role = json!({ "id": 4, "name": "Old role", "slug": "old" });
        state.insert(kind("dcim.devicerole"), vec![role.as_object().unwrap().clone()]);
        let plan = plan();
        let object = PlannedObject {
            kind: kind("virtualization.virtualmachine"),
            name: "web".into(),
            identity: None,
            action,
            needs: Vec::new(),
            without: Vec::new(),
        };
        let told = Reader { plan: &plan, state: &state }.changes(&object);
        told.into_iter().map(|change| (change.field, change.from, change.to)).collect()
    }

    #[test]
    fn ids_are_told_as_names_and_what_is_made_first_is_new() {
        let change = Change { before: json!(4), after: Planned::IdOf(0) };
        let changes = BTreeMap::from([("role".to_owned(), change)]);
        assert_eq!(
            told(Action::Update { id: 7, changes, adopted: false }),
            [("role".to_owned(), Some(json!("device role Old role")), Some(json!("device role web (new)")))]
        );
    }

    #[test]
    fn an_object_that_is_made_has_no_value_before() {
        let custom = Planned::Map(BTreeMap::from([("owner".to_owned(), Planned::Ready(json!("ops")))]));
        let fields = BTreeMap::from([
            ("custom_fields".to_owned(), custom),
            ("role".to_owned(), Planned::Ready(json!(4))),
            ("vcpus".to_owned(), Planned::Ready(json!("2"))),
        ]);
        assert_eq!(
            told(Action::Create(fields)),
            [
                ("custom_fields.owner".to_owned(), None, Some(json!("ops"))),
                ("role".to_owned(), None, Some(json!("device role Old role"))),
                ("vcpus".to_owned(), None, Some(json!("2"))),
            ]
        );
    }
}
