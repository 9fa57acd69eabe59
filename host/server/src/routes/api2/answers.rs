//! Schemas of answers as Proxmox VE really writes them.

use serde_json::{Map, Value, json};

/// Makes the schema of an answer take what is not called a drift: Perl does not tell numbers from their text, optional
/// members may be null, and new members come with any update.
pub(super) fn loosen(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    loosen_type(object);
    loosen_values(object);
    if object.get("additionalProperties") == Some(&json!(false)) {
        object.remove("additionalProperties");
    }
    for key in ["items", "additionalProperties"] {
        object.get_mut(key).into_iter().for_each(loosen);
    }
    object.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten().for_each(loosen);
    object.get_mut("patternProperties").and_then(Value::as_object_mut).into_iter().for_each(loosen_members);
    loosen_properties(object);
}

fn loosen_members(members: &mut Map<String, Value>) {
    members.values_mut().for_each(loosen);
}

fn loosen_properties(object: &mut Map<String, Value>) {
    let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, property) in properties {
        loosen(property);
        if !required.iter().any(|needed| needed == name) {
            allow_null(property);
        }
    }
}

fn loosen_type(object: &mut Map<String, Value>) {
    let also = match object.get("type").and_then(Value::as_str) {
        Some("integer" | "number") => "string",
        Some("string") => "number",
        _ => return,
    };
    add_type(object, also);
}

fn add_type(object: &mut Map<String, Value>, also: &str) {
    if let Some(kind) = object.get_mut("type") {
        match kind.as_array_mut() {
            Some(kinds) => kinds.push(json!(also)),
            None => *kind = json!([kind, also]),
        }
    }
}

/// Numbers among the values may come as text. Where yes and no are, no may come as nothing.
fn loosen_values(object: &mut Map<String, Value>) {
    let Some(values) = object.get_mut("enum").and_then(Value::as_array_mut) else { return };
    let texts: Vec<_> =
        values.iter().filter(|value| value.is_number()).map(|value| json!(value.to_string())).collect();
    if values.iter().any(Value::is_boolean) {
        values.push(json!(""));
    }
    values.extend(texts);
}

fn allow_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    add_type(object, "null");
    if let Some(values) = object.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
    if let Some(alternatives) = object.get_mut("anyOf").and_then(Value::as_array_mut) {
        alternatives.push(json!({"type": "null"}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loose_schema_takes_what_perl_writes() {
        let mut schema = json!({
            "type": "array",
            "items": {
                "type": "object", "required": ["id"], "additionalProperties": false,
                "properties": {
                    "id": {"type": "integer", "minimum": 1},
                    "on": {"enum": [false, true, 0, 1]},
                    "pool": {"type": "string"},
                    "part": {"anyOf": [{"type": "number"}]},
                },
                "patternProperties": {"^net[0-9]+$": {"type": "string"}},
            },
        });
        loosen(&mut schema);
        let loose = json!({
            "type": "array",
            "items": {
                "type": "object", "required": ["id"],
                "properties": {
                    "id": {"type": ["integer", "string"], "minimum": 1},
                    "on": {"enum": [false, true, 0, 1, "", "0", "1", null]},
                    "pool": {"type": ["string", "number", "null"]},
                    "part": {"anyOf": [{"type": ["number", "string"]}, {"type": "null"}]},
                },
                "patternProperties": {"^net[0-9]+$": {"type": ["string", "number"]}},
            },
        });
        assert_eq!(schema, loose);
    }
}
