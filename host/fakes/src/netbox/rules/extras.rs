//! Rules for custom fields and journal entries.

use serde_json::Value;

use super::super::custom;
use super::super::errors::{Errors, plain};
use super::super::models;
use super::super::store::Values;
use super::super::table::Model;
use super::Candidate;

/// The type of a custom field stays.
pub(super) fn custom_field_type(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let changed = candidate.old.is_some_and(|old| old.text("type") != candidate.row.text("type"));
    if changed {
        return Err(Errors::one("type", "Changing the type of custom fields is not supported."));
    }
    Ok(())
}

/// What goes together in a custom field.
pub(super) fn custom_field(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let row = &*candidate.row;
    let kind = row.text("type");
    let set = |field: &str| row.get(field).is_some_and(|value| !value.is_null() && *value != "");
    if let Some(default) = row.get("default").filter(|default| !default.is_null()) {
        let wrong = if matches!(kind, "text" | "longtext") { None } else { custom::wrong(row, default) };
        if let Some(error) = wrong {
            let message = format!("Invalid default value \"{}\": {error}", plain(default));
            return Err(Errors::one("default", message));
        }
    }
    let numeric = matches!(kind, "integer" | "decimal");
    let object = matches!(kind, "object" | "multiobject");
    let refused = if set("validation_minimum") && !numeric {
        Some(("validation_minimum", "A minimum value may be set only for numeric fields"))
    } else if set("validation_maximum") && !numeric {
        Some(("validation_maximum", "A maximum value may be set only for numeric fields"))
    } else if set("validation_regex") && !matches!(kind, "text" | "longtext" | "url") {
        Some(("validation_regex", "Regular expression validation is supported only for text and URL fields"))
    } else if set("validation_schema") && kind != "json" {
        Some(("validation_schema", "JSON schema validation is supported only for JSON fields"))
    } else if row.flag("unique") && kind == "boolean" {
        Some(("unique", "Uniqueness cannot be enforced for boolean fields"))
    } else if matches!(kind, "select" | "multiselect") {
        Some(("choice_set", "Selection fields must specify a set of choices."))
    } else if object && !set("related_object_type") {
        Some(("related_object_type", "Object fields must define an object type."))
    } else if set("related_object_filter") && !object {
        Some(("related_object_filter", "A related object filter can be defined only for object fields."))
    } else {
        None
    };
    if let Some((field, message)) = refused {
        return Err(Errors::one(field, message));
    }
    if set("related_object_type") && !object {
        let label = if kind == "url" || kind == "json" { kind.to_uppercase() } else { capital(kind) };
        return Err(Errors::one("type", format!("{label} fields may not define an object type.")));
    }
    Ok(())
}

/// A model as NetBox's messages name it: `DCIM > Device type`.
fn long_label(model: &Model) -> String {
    let app = model.name.split('.').next().unwrap_or_default();
    let app = if matches!(app, "dcim" | "ipam") { app.to_uppercase() } else { capital(app) };
    format!("{app} > {}", capital(model.label))
}

fn capital(text: &str) -> String {
    let (first, rest) = text.split_at_checked(1).unwrap_or((text, ""));
    first.to_uppercase() + rest
}

/// A journal entry is about something.
pub(super) fn journal_target(candidate: &mut Candidate<'_>) -> Result<(), Errors> {
    let target = candidate.row.text("assigned_object_type");
    let id = candidate.row.get("assigned_object_id").and_then(Value::as_u64).unwrap_or_default();
    if candidate.store.get(target, id).is_some() {
        return Ok(());
    }
    let label = models::by_name(target).map_or_else(|| target.to_owned(), long_label);
    Err(Errors::one(candidate.no_field, format!("Invalid assigned_object: {label} ID {id}")))
}
