//! JSON with sorted keys and no spaces, so that the same data is always the same bytes.

use serde_json::{Map, Value};

pub(crate) fn text(value: &Value) -> String {
    sorted(value).to_string()
}

/// The same value with the keys of its objects in order.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(
                entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        scalar => scalar.clone(),
    }
}
