//! The values of NetBox's JSON in the form in which they are compared.

use crate::text::trim;
use crate::value::{as_set, decimal};
use crate::{address, time};
use proxbox_model::kind::FieldType;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// A field's value in NetBox, normalised; null when there is none.
pub(crate) fn field(holds: FieldType, current: &Json) -> Json {
    match holds {
        FieldType::Text(_) | FieldType::Slug(_) => {
            current.as_str().map_or(json!(""), |text| json!(trim(text)))
        }
        FieldType::Color => json!(current.as_str().unwrap_or_default().to_ascii_lowercase()),
        FieldType::Choice => choice(current).map_or(Json::Null, Json::from),
        FieldType::Flag | FieldType::Integer(_) | FieldType::Signed(_) | FieldType::Json => current.clone(),
        FieldType::Time => with(current, time::canonical),
        FieldType::Address => with(current, address::with_prefix),
        FieldType::Mac => with(current, address::mac),
        FieldType::Decimal => number(current).map_or_else(|| current.clone(), Json::from),
        FieldType::Texts => json!(texts(current)),
        FieldType::Integers(..) => {
            let numbers: BTreeSet<i64> =
                current.as_array().into_iter().flatten().filter_map(Json::as_i64).collect();
            json!(numbers)
        }
        FieldType::Relation(_) | FieldType::Generic { .. } => id(current).map_or(Json::Null, Json::from),
        FieldType::Relations(_) => {
            let mut ids: Vec<u64> = current.as_array().into_iter().flatten().filter_map(id).collect();
            ids.sort_unstable();
            json!(ids)
        }
    }
}

/// A text in its one form, where it has one.
fn with(current: &Json, form: fn(&str) -> Option<String>) -> Json {
    match choice(current) {
        Some(text) => form(&text).map_or(Json::from(text), Json::from),
        None => Json::Null,
    }
}

/// A field's value as part of a natural key; none when there is none. Of an address, the prefix length does not count.
pub(crate) fn key(holds: FieldType, current: &Json) -> Option<String> {
    let value = match holds {
        FieldType::Address => Json::from(address::host(&choice(current)?)),
        _ => field(holds, current),
    };
    match value {
        Json::Null => None,
        Json::String(text) if text.is_empty() => None,
        Json::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// A custom field's value in NetBox, normalised by its type; null when there is none.
pub(crate) fn custom_field(holds: &str, current: &Json) -> Json {
    match holds {
        "object" => id(current).map_or(Json::Null, Json::from),
        "multiobject" => match current {
            Json::Array(objects) if !objects.is_empty() => {
                let mut ids: Vec<u64> = objects.iter().filter_map(id).collect();
                ids.sort_unstable();
                json!(ids)
            }
            _ => Json::Null,
        },
        "decimal" => number(current).map_or(Json::Null, Json::from),
        "multiselect" => match current {
            Json::Array(items) if !items.is_empty() => {
                json!(as_set(&items.iter().filter_map(choice).collect::<Vec<_>>()))
            }
            _ => Json::Null,
        },
        "json" | "boolean" | "integer" => current.clone(),
        "datetime" => with(current, time::canonical),
        _ => match choice(current) {
            Some(text) if !trim(&text).is_empty() => json!(trim(&text)),
            _ => Json::Null,
        },
    }
}

/// The value of a choice: text, or the `value` of an object.
pub(crate) fn choice(current: &Json) -> Option<String> {
    match current {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Object(object) => object.get("value").and_then(choice),
        _ => None,
    }
}

/// The id of a related object.
pub(crate) fn id(current: &Json) -> Option<u64> {
    match current {
        Json::Object(object) => object.get("id")?.as_u64(),
        other => other.as_u64(),
    }
}

/// A list of texts as a sorted set.
pub(crate) fn texts(current: &Json) -> Vec<String> {
    let texts: Vec<String> = current.as_array().into_iter().flatten().filter_map(choice).collect();
    as_set(&texts)
}

/// The slugs of an object's tags, sorted.
pub(crate) fn tag_slugs(current: Option<&Json>) -> Vec<String> {
    let slug = |tag: &Json| tag.get("slug").unwrap_or(tag).as_str().map(str::to_owned);
    let slugs: Vec<String> =
        current.and_then(Json::as_array).into_iter().flatten().filter_map(slug).collect();
    as_set(&slugs)
}

/// The shortest text of a number.
fn number(current: &Json) -> Option<String> {
    match current {
        Json::String(text) => decimal(text),
        Json::Number(number) => match number.as_f64() {
            Some(float) if !number.is_i64() && !number.is_u64() => decimal(&format!("{float}")),
            _ => decimal(&number.to_string()),
        },
        _ => None,
    }
}

/// Whether a normalised value counts as none.
pub(crate) fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}
