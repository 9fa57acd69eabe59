//! What a login may do: NetBox's object permissions.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::models;
use super::store::{Row, Store, Values};
use super::table::{Holds, Model};

/// A further token of the first kind, of a user who may do what is granted and nothing else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Login {
    /// The token.
    pub token: String,
    /// The token may only read, whatever is granted.
    pub read_only: bool,
    /// The user's object permissions.
    pub grants: Vec<Grant>,
}

/// An object permission.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grant {
    /// The models that it is about: `dcim.site`.
    pub models: Vec<String>,
    /// What may be done.
    pub actions: Vec<Action>,
    /// Which objects, as NetBox writes it: null for all, an object of look-ups (`{"site__slug": "berlin"}`) that hold
    /// together, or a list of such objects, of which one holds.
    pub constraints: Value,
}

impl Grant {
    /// A permission for all objects of these models.
    #[must_use]
    pub fn new(actions: &[Action], models: &[&str]) -> Self {
        let models = models.iter().map(|model| (*model).to_owned()).collect();
        Self { models, actions: actions.to_vec(), constraints: Value::Null }
    }

    /// The same for some of the objects only.
    #[must_use]
    pub fn only(self, constraints: Value) -> Self {
        Self { constraints, ..self }
    }

    /// Every set of look-ups; one without any holds for all objects.
    fn sets(&self) -> Vec<Option<&Map<String, Value>>> {
        match &self.constraints {
            Value::Array(sets) => sets.iter().map(Value::as_object).collect(),
            set => vec![set.as_object()],
        }
    }

    /// What is wrong with it.
    fn wrong(&self) -> Option<String> {
        for name in &self.models {
            let Some(model) = models::by_name(name) else { return Some(format!("there is no model {name}")) };
            let mut lookups = self.sets().into_iter().flatten().flat_map(Map::keys);
            if let Some(lookup) =
                lookups.find(|lookup| !leads(model, &lookup.split("__").collect::<Vec<_>>()))
            {
                return Some(format!("{name} cannot be looked up by {lookup}"));
            }
        }
        None
    }
}

/// What may be done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// GET.
    View,
    /// POST.
    Add,
    /// PATCH and PUT.
    Change,
    /// DELETE.
    Delete,
}

impl Action {
    /// Everything.
    pub const ALL: &'static [Self] = &[Self::View, Self::Add, Self::Change, Self::Delete];

    /// As NetBox calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Add => "add",
            Self::Change => "change",
            Self::Delete => "delete",
        }
    }

    /// What a method does; none when nothing need be granted for it.
    pub(crate) fn of(method: &str) -> Option<Self> {
        match method {
            "GET" | "HEAD" => Some(Self::View),
            "POST" => Some(Self::Add),
            "PUT" | "PATCH" => Some(Self::Change),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// What the user behind a request may do.
#[derive(Clone, Debug, Default)]
pub(crate) enum Rights {
    /// Everything: a superuser.
    #[default]
    All,
    Granted(Arc<[Grant]>),
}

impl Rights {
    /// Those of a login, or what is wrong with its grants.
    pub(crate) fn read(login: &Login) -> Result<Self, String> {
        match login.grants.iter().find_map(Grant::wrong) {
            Some(wrong) => Err(wrong),
            None => Ok(Self::Granted(login.grants.clone().into())),
        }
    }

    /// The action is granted for some objects of the model.
    pub(crate) fn has(&self, action: Action, model: &Model) -> bool {
        match self {
            Self::All => true,
            Self::Granted(grants) => about(grants, action, model).next().is_some(),
        }
    }

    /// The action is granted for this object.
    pub(crate) fn allow(&self, action: Action, store: &Store, model: &'static Model, row: &Row) -> bool {
        let Self::Granted(grants) = self else { return true };
        let granted = about(grants, action, model).flat_map(Grant::sets).any(|set| {
            set.into_iter().flatten().all(|(lookup, wanted)| {
                holds(store, model, row, &lookup.split("__").collect::<Vec<_>>(), wanted)
            })
        });
        granted && (!model.guarded() || self.may_see(store, model, row))
    }

    /// The object of that id may be viewed.
    pub(crate) fn view(&self, store: &Store, model: &str, id: u64) -> bool {
        matches!(self, Self::All)
            || models::by_name(model)
                .zip(store.get(model, id))
                .is_some_and(|(model, row)| self.allow(Action::View, store, model, row))
    }

    /// What a row of the plugin is about may be viewed, and so may the storage or bridge that it names.
    fn may_see(&self, store: &Store, model: &'static Model, row: &Row) -> bool {
        let about = model.all().take(1);
        let named = ["proxbox_storage", "proxbox_bridge"].into_iter().filter_map(|name| model.field(name));
        about.chain(named).all(|field| {
            let related = field.relation().zip(row.id(field.name));
            related.is_none_or(|(relation, id)| self.view(store, relation.model, id))
        })
    }
}

/// The grants of an action on a model.
fn about<'g>(grants: &'g [Grant], action: Action, model: &Model) -> impl Iterator<Item = &'g Grant> {
    let name = model.name;
    grants.iter().filter(move |grant| {
        grant.actions.contains(&action) && grant.models.iter().any(|known| known == name)
    })
}

/// The model that a step of a look-up leads to.
fn next(model: &Model, step: &str) -> Option<&'static Model> {
    match step {
        "tags" if model.tags => models::by_name("extras.tag"),
        "_site" => models::by_name("dcim.site"),
        step => models::by_name(model.field(step)?.relation()?.model),
    }
}

/// A look-up by these steps is possible.
fn leads(model: &Model, steps: &[&str]) -> bool {
    match steps {
        ["custom_field_data", _] => true,
        ["custom_field_data", _, lookup] => is_comparison(lookup),
        ["id" | "pk"] => true,
        ["id" | "pk", lookup] => is_comparison(lookup),
        [step, rest @ ..] => match (next(model, step), rest) {
            (Some(_), []) => true,
            (Some(_), [lookup]) if is_comparison(lookup) => true,
            (Some(model), rest) => leads(model, rest),
            (None, rest) => {
                let stored = model.field(step).is_some_and(|field| field.stored());
                stored && (rest.is_empty() || matches!(rest, [lookup] if is_comparison(lookup)))
            }
        },
        [] => false,
    }
}

/// The object, or one that the steps lead to, has the wanted value.
fn holds(store: &Store, model: &'static Model, row: &Row, steps: &[&str], wanted: &Value) -> bool {
    let last = |rest: &[&str]| rest.first().map_or("exact", |lookup| *lookup).to_owned();
    match steps {
        ["custom_field_data", name, rest @ ..] => {
            let value = row.get("custom_fields").and_then(|values| values.get(*name));
            compare(&last(rest), value.unwrap_or(&Value::Null), wanted)
        }
        ["id" | "pk", rest @ ..] => compare(&last(rest), &row.own_id().into(), wanted),
        [step, rest @ ..] => {
            let Some(target) = next(model, step) else {
                return compare(&last(rest), row.get(*step).unwrap_or(&Value::Null), wanted);
            };
            let many =
                *step == "tags" || matches!(model.field(step).map(|field| field.holds), Some(Holds::Many(_)));
            let ids = if many { row.ids(step) } else { row.id(step).into_iter().collect() };
            match rest {
                [] => ids.iter().any(|id| compare("exact", &(*id).into(), wanted)),
                ["isnull"] => wanted.as_bool() == Some(ids.is_empty()),
                [lookup] if is_comparison(lookup) => {
                    ids.iter().any(|id| compare(lookup, &(*id).into(), wanted))
                }
                rest => ids.iter().any(|id| {
                    store.get(target.name, *id).is_some_and(|row| holds(store, target, row, rest, wanted))
                }),
            }
        }
        [] => false,
    }
}

fn is_comparison(lookup: &str) -> bool {
    matches!(
        lookup,
        "exact"
            | "iexact"
            | "contains"
            | "icontains"
            | "startswith"
            | "istartswith"
            | "endswith"
            | "iendswith"
            | "in"
            | "isnull"
            | "gt"
            | "gte"
            | "lt"
            | "lte"
    )
}

fn compare(lookup: &str, value: &Value, wanted: &Value) -> bool {
    let numbers = value.as_f64().zip(wanted.as_f64());
    let number =
        |compare: fn(&f64, &f64) -> bool| numbers.is_some_and(|(value, wanted)| compare(&value, &wanted));
    match lookup {
        "isnull" => wanted.as_bool() == Some(value.is_null()),
        "in" => wanted.as_array().is_some_and(|list| list.contains(value)),
        "gt" => number(f64::gt),
        "gte" => number(f64::ge),
        "lt" => number(f64::lt),
        "lte" => number(f64::le),
        lookup => match value.as_str().zip(wanted.as_str()) {
            Some((value, wanted)) => texts(lookup, value, wanted),
            None => value == wanted,
        },
    }
}

fn texts(lookup: &str, value: &str, wanted: &str) -> bool {
    let (low, low_wanted) = (value.to_lowercase(), wanted.to_lowercase());
    match lookup {
        "iexact" => low == low_wanted,
        "contains" => value.contains(wanted),
        "icontains" => low.contains(&low_wanted),
        "startswith" => value.starts_with(wanted),
        "istartswith" => low.starts_with(&low_wanted),
        "endswith" => value.ends_with(wanted),
        "iendswith" => low.ends_with(&low_wanted),
        _ => value == wanted,
    }
}
