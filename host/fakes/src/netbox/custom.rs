//! Custom field values: which exist, what each type takes, what a new object gets.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::errors::{Errors, plain, type_name};
use super::models;
use super::relation;
use super::represent::custom_fields_of;
use super::rights::Rights;
use super::store::{Row, Store, Values};
use super::table::Model;

/// Reads the `custom_fields` of a request into the row.
pub(crate) fn read(
    (store, rights): (&Store, &Rights),
    model: &'static Model,
    data: Option<&Value>,
    row: &mut Row,
    old: Option<&Row>,
    errors: &mut Errors,
) {
    let given = match data {
        None if old.is_some() => return,
        None => {
            let empty = |field: &Arc<Row>| {
                (field.text("name").to_owned(), field.get("default").cloned().unwrap_or_default())
            };
            let values: Map<String, Value> = custom_fields_of(store, model).iter().map(empty).collect();
            row.insert("custom_fields".to_owned(), Value::Object(values));
            return;
        }
        Some(Value::Null) => {
            errors.add("custom_fields", "This field may not be null.");
            return;
        }
        Some(Value::Object(given)) => given,
        Some(_) => {
            errors.add(
                "custom_fields",
                "Invalid data format. Custom field data must be passed as a dictionary mapping field names to \
                 their values.",
            );
            return;
        }
    };
    let fields = custom_fields_of(store, model);
    let unknown: Map<String, Value> = given
        .keys()
        .filter(|name| !fields.iter().any(|field| field.text("name") == name.as_str()))
        .map(|name| {
            (name.clone(), format!("Custom field '{name}' does not exist for this object type.").into())
        })
        .collect();
    if !unknown.is_empty() {
        errors.set("custom_fields", Value::Object(unknown));
        return;
    }
    let mut values =
        old.and_then(|old| old.get("custom_fields")).and_then(Value::as_object).cloned().unwrap_or_default();
    for field in &fields {
        if let Some(value) = given.get(field.text("name")) {
            match resolved(store, rights, field, value) {
                Ok(value) => {
                    values.insert(field.text("name").to_owned(), value);
                }
                Err(message) => {
                    errors.add("custom_fields", message);
                }
            }
        }
    }
    row.insert("custom_fields".to_owned(), Value::Object(values));
}

/// Object references become ids; a URL without a scheme gets one.
fn resolved(store: &Store, rights: &Rights, field: &Row, value: &Value) -> Result<Value, String> {
    let target = field.text("related_object_type");
    match (field.text("type"), value) {
        (_, Value::Null) => Ok(Value::Null),
        ("object", value) => relation::resolve(store, rights, target, value).map(Value::from),
        ("multiobject", Value::Array(items)) => {
            let ids = items.iter().map(|item| relation::resolve(store, rights, target, item));
            let unknown = |_| format!("Unknown related object(s): {}", plain(value));
            ids.collect::<Result<Vec<_>, _>>().map(Value::from).map_err(unknown)
        }
        ("url", Value::String(url)) if !url.is_empty() && !url.contains(':') => {
            Ok(format!("https://{url}").into())
        }
        _ => Ok(value.clone()),
    }
}

/// Gives a row the defaults of the fields it has no value for.
pub(crate) fn fill(store: &Store, model: &'static Model, row: &mut Row) {
    if !model.custom_fields {
        return;
    }
    let fields = custom_fields_of(store, model);
    if let Some(Value::Object(values)) = row.get_mut("custom_fields") {
        for field in fields {
            match field.get("default") {
                Some(default) if !default.is_null() => {
                    values.entry(field.text("name")).or_insert_with(|| default.clone());
                }
                _ => {}
            }
        }
    }
}

/// Checks every value of a row; NetBox stops at the first that is wrong.
pub(crate) fn check(store: &Store, model: &'static Model, row: &Row) -> Result<(), Errors> {
    let fields = custom_fields_of(store, model);
    let Some(Value::Object(values)) = row.get("custom_fields") else { return Ok(()) };
    for (name, value) in values {
        let Some(field) = fields.iter().find(|field| field.text("name") == name) else { continue };
        if let Some(message) = wrong(field, value) {
            return Err(Errors::all(format!("Invalid value for custom field '{name}': {message}")));
        }
        if field.flag("unique") && !matches!(value, Value::Null) && *value != "" {
            let own = row.id("id");
            let mut others = store.rows(model.name).filter(|(id, _)| Some(*id) != own);
            if others.any(|(_, other)| {
                other.get("custom_fields").and_then(|values| values.get(name)) == Some(value)
            }) {
                return Err(Errors::all(format!("Custom field '{name}' must have a unique value.")));
            }
        }
    }
    let missing =
        fields.iter().find(|field| field.flag("required") && !values.contains_key(field.text("name")));
    missing.map_or(Ok(()), |field| {
        Err(Errors::all(format!("Missing required custom field '{}'.", field.text("name"))))
    })
}

/// What is wrong with a value of a custom field.
pub(crate) fn wrong(field: &Row, value: &Value) -> Option<String> {
    if value.is_null() || *value == "" {
        return field.flag("required").then(|| "Required field cannot be empty.".to_owned());
    }
    match field.text("type") {
        "text" | "longtext" if !value.is_string() => Some("Value must be a string.".to_owned()),
        "url" => url(value),
        "integer" => match value.as_i64() {
            Some(number) => bounds(field, number as f64),
            None => Some("Value must be an integer.".to_owned()),
        },
        "decimal" => {
            let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            match number {
                Some(number) => bounds(field, number),
                None => Some("Value must be a decimal.".to_owned()),
            }
        }
        "boolean" => {
            let good = value.is_boolean() || matches!(value.as_f64(), Some(0.0 | 1.0));
            (!good).then(|| "Value must be true or false.".to_owned())
        }
        "date" => {
            let good = value.as_str().is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok());
            (!good).then(|| "Date values must be in ISO 8601 format (YYYY-MM-DD).".to_owned())
        }
        "datetime" => {
            let good = value.as_str().is_some_and(is_moment);
            (!good)
                .then(|| "Date and time values must be in ISO 8601 format (YYYY-MM-DD HH:MM:SS).".to_owned())
        }
        "object" if !value.is_u64() => Some(format!("Value must be an object ID, not {}", type_name(value))),
        "multiobject" if !value.is_array() => {
            Some(format!("Value must be a list of object IDs, not {}", type_name(value)))
        }
        _ => None,
    }
}

fn bounds(field: &Row, number: f64) -> Option<String> {
    let limit = |name| field.get(name).and_then(Value::as_f64);
    if let Some(least) = limit("validation_minimum").filter(|least| number < *least) {
        return Some(format!("Value must be at least {least:.4}"));
    }
    let most = limit("validation_maximum").filter(|most| number > *most)?;
    Some(format!("Value must not exceed {most:.4}"))
}

fn url(value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else { return Some("Value must be a string.".to_owned()) };
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_lowercase());
    let allowed = scheme.is_none_or(|scheme| {
        matches!(
            scheme.as_str(),
            "file"
                | "ftp"
                | "ftps"
                | "http"
                | "https"
                | "irc"
                | "mailto"
                | "sftp"
                | "ssh"
                | "tel"
                | "telnet"
                | "tftp"
                | "vnc"
                | "xmpp"
        )
    });
    (!allowed).then(|| "URLs must use a scheme permitted by ALLOWED_URL_SCHEMES.".to_owned())
}

fn is_moment(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok()
}

/// Takes the values of a field off every object that no longer carries it.
pub(crate) fn drop_values(store: &mut Store, name: &str, object_types: &[String]) {
    for object_type in object_types {
        let Some(model) = models::by_name(object_type) else { continue };
        rewrite(store, model, |values| values.remove(name).is_some());
    }
}

/// Gives a field's default to every object that has no value for it.
pub(crate) fn spread_default(store: &mut Store, name: &str, default: &Value, object_types: &[String]) {
    for object_type in object_types {
        let Some(model) = models::by_name(object_type) else { continue };
        rewrite(store, model, |values| {
            let missing = !values.contains_key(name);
            values.entry(name).or_insert_with(|| default.clone());
            missing
        });
    }
}

/// Moves the values of a renamed field.
pub(crate) fn rename(store: &mut Store, old: &str, new: &str, object_types: &[String]) {
    for object_type in object_types {
        let Some(model) = models::by_name(object_type) else { continue };
        rewrite(store, model, |values| match values.remove(old) {
            Some(value) => {
                values.insert(new.to_owned(), value);
                true
            }
            None => false,
        });
    }
}

fn rewrite(store: &mut Store, model: &'static Model, change: impl Fn(&mut Map<String, Value>) -> bool) {
    let rows: Vec<_> = store.rows(model.name).map(|(id, row)| (id, (**row).clone())).collect();
    for (id, mut row) in rows {
        let changed = row.get_mut("custom_fields").and_then(Value::as_object_mut).is_some_and(&change);
        if changed {
            store.put(model, id, row);
        }
    }
}
