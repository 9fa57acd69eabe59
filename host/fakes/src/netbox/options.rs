//! What NetBox says of a path when asked by OPTIONS; what can be written it tells only to those who may.

use serde_json::{Map, Value, json};

use super::auth::Caller;
use super::field::{Field, Holds, UNLIMITED};
use super::release::Release;
use super::rights::Action;
use super::state::Place;
use super::table::Model;

/// The answer for a place.
pub(crate) fn place(place: &Place, caller: &Caller, release: Release) -> Value {
    match place {
        Place::App(app) => json!({ "name": title(app), "description": "" }),
        Place::List(model) => {
            let may = |action| writes(model, caller) && caller.rights.has(action, model);
            describe(model, "List", &[("POST", may(Action::Add)), ("PUT", may(Action::Change))], release)
        }
        Place::Object(model, _) => {
            let may = writes(model, caller) && caller.rights.has(Action::Change, model);
            describe(model, "Instance", &[("PUT", may)], release)
        }
        Place::Runtime(model) => describe(model, "Instance", &[], release),
    }
}

/// The caller's token may write, and the model is one that takes whole objects.
fn writes(model: &Model, caller: &Caller) -> bool {
    !caller.read_only && !model.single
}

/// A model, with its fields for each of the methods that the caller may use.
fn describe(model: &'static Model, suffix: &str, methods: &[(&str, bool)], release: Release) -> Value {
    let mut description = json!({
        "name": format!("{} {suffix}", title(model.label)),
        "description": "",
        "renders": ["application/json", "text/html"],
        "parses": ["application/json", "multipart/form-data"],
    });
    let mut actions = Map::new();
    for (method, _) in methods.iter().filter(|(_, may)| *may) {
        actions.insert((*method).to_owned(), fields(model, release));
    }
    if let (Value::Object(description), false) = (&mut description, actions.is_empty()) {
        description.insert("actions".to_owned(), actions.into());
    }
    description
}

fn fields(model: &'static Model, release: Release) -> Value {
    let mut shown = Map::new();
    let mut fixed = vec![("id", "integer", true), ("url", "field", true), ("display", "field", true)];
    if model.display_url {
        fixed.push(("display_url", "field", true));
    }
    if model.tags {
        fixed.push(("tags", "field", false));
    }
    if model.custom_fields {
        fixed.push(("custom_fields", "field", false));
    }
    fixed.extend([("created", "datetime", true), ("last_updated", "datetime", true)]);
    for (name, kind, read_only) in fixed {
        shown.insert(name.to_owned(), json!({ "type": kind, "required": false, "read_only": read_only }));
    }
    for field in model.all().filter(|field| release.has(field)) {
        shown.insert(field.name.to_owned(), describe_field(field));
    }
    Value::Object(shown)
}

fn describe_field(field: &Field) -> Value {
    let mut shown = Map::new();
    let mut add = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    add("type", kind(field).into());
    add("required", field.required.into());
    add("read_only", field.read_only.into());
    match field.holds {
        Holds::Text(most) | Holds::Slug(most) | Holds::Url(most) if most != UNLIMITED => {
            add("max_length", most.into())
        }
        Holds::Color => add("max_length", 6.into()),
        Holds::Integer(least, most) if (least, most) != (i64::MIN, i64::MAX) => {
            add("min_value", least.into());
            add("max_value", most.into());
        }
        Holds::Big(least) => {
            add("min_value", least.into());
            add("max_value", i64::MAX.into());
        }
        Holds::Decimal(limits) => {
            add("max_digits", limits.digits.into());
            add("decimal_places", limits.places.into());
            if let Some((least, _)) = limits.least {
                add("min_value", least.into());
            }
            if let Some((most, _)) = limits.most {
                add("max_value", most.into());
            }
        }
        Holds::Choice(choices) | Holds::Word(choices) => {
            let choices =
                choices.iter().map(|(value, label)| json!({ "value": value, "display_name": label }));
            add("choices", choices.collect());
        }
        _ => {}
    }
    Value::Object(shown)
}

fn kind(field: &Field) -> &'static str {
    match field.holds {
        Holds::Text(_) | Holds::Color | Holds::Network { .. } | Holds::Host | Holds::Shortcut(_) => "string",
        Holds::Url(_) => "url",
        Holds::Word(_) => "choice",
        Holds::Float => "float",
        Holds::Moment => "datetime",
        Holds::Related(relation) if relation.bare => "field",
        Holds::Slug(_) => "slug",
        Holds::Flag => "boolean",
        Holds::Integer(..) | Holds::Big(_) => "integer",
        Holds::Decimal(_) => "decimal",
        Holds::Related(_) | Holds::Foreign => "nested object",
        Holds::Texts | Holds::Integers => "list",
        Holds::Date => "date",
        _ => "field",
    }
}

/// Every word with a capital.
fn title(label: &str) -> String {
    let words = label.split(' ').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_uppercase() + rest
    });
    words.collect::<Vec<_>>().join(" ")
}
