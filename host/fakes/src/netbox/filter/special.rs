//! Filters by what any object can carry: tags and custom fields.

use serde_json::Value;

use super::super::represent::custom_fields_of;
use super::super::store::{Store, Values};
use super::super::table::{By, Model};
use super::Condition;
use super::term::{Lookup, Term};

/// Filters by tags: all of them, any of them, or none.
pub(super) fn tags<'s>(
    store: &Store,
    name: &str,
    lookup: Option<&str>,
    values: &[String],
) -> Result<Condition<'s>, Vec<String>> {
    let mut ids = Vec::new();
    let mut none = false;
    for value in values {
        let found = match (name, value.as_str()) {
            (_, "null") => {
                none = true;
                continue;
            }
            ("tag_id", value) => match value.parse::<u64>() {
                Ok(id) => store.get("extras.tag", id).map(|_| id),
                Err(_) => return Err(vec![format!("\u{201c}{value}\u{201d} is not a valid value.")]),
            },
            (_, slug) => store.find("extras.tag", "slug", slug).next(),
        };
        match found {
            Some(id) => ids.push(id),
            None => {
                return Err(vec![format!(
                    "Select a valid choice. {value} is not one of the available choices."
                )]);
            }
        }
    }
    let (any, negated) = (lookup == Some("any"), lookup == Some("n"));
    Ok(Box::new(move |row| {
        let own = row.ids("tags");
        if none {
            return own.is_empty() != negated;
        }
        let has = |id: &u64| own.contains(id);
        match (any, negated) {
            (true, _) => ids.iter().any(has),
            (_, true) => !ids.iter().any(has),
            _ => ids.iter().all(has),
        }
    }))
}

/// Filters by a custom field: loosely a part of the text, exactly all of it, numbers and booleans by value.
pub(super) fn custom<'s>(
    store: &Store,
    model: &'static Model,
    name: &str,
    lookup: Option<&str>,
    values: &[String],
) -> Result<Option<Condition<'s>>, Vec<String>> {
    let fields = custom_fields_of(store, model);
    let field =
        fields.iter().find(|field| field.text("name") == name && field.text("filter_logic") != "disabled");
    let Some(field) = field else { return Ok(None) };
    let loose = field.text("filter_logic") == "loose";
    let by = match field.text("type") {
        "integer" | "decimal" | "object" | "multiobject" => By::Number,
        "boolean" => By::Flag,
        "json" => return Ok(None),
        _ => By::Text,
    };
    let text = matches!(field.text("type"), "text" | "longtext" | "url");
    let lookup = match lookup {
        None if text && loose => Lookup::Contains,
        Some(_) if text && loose => return Ok(None),
        lookup => match Lookup::of(by, lookup) {
            Some(lookup) => lookup,
            None => return Ok(None),
        },
    };
    let terms = if lookup == Lookup::Empty {
        vec![Term::Flag(values.last().is_some_and(|value| value.eq_ignore_ascii_case("true")))]
    } else {
        let null = |value: &String| by == By::Text && value == "null";
        let read =
            values.iter().map(|value| if null(value) { Ok(Term::Null) } else { Term::read(by, value) });
        read.collect::<Result<Vec<_>, _>>()?
    };
    if by == By::Flag && terms.contains(&Term::Never) {
        return Ok(None);
    }
    let name = name.to_owned();
    Ok(Some(Box::new(move |row| {
        let value = row.get("custom_fields").and_then(|values| values.get(&name)).unwrap_or(&Value::Null);
        let members: Vec<&Value> = value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
        let any = terms.iter().any(|term| match term {
            Term::Null => value.is_null(),
            term => members.iter().any(|value| lookup.compare(by, value, term)),
        });
        any != lookup.negated()
    })))
}
