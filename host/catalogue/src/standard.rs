use crate::check::check_scalar;
use crate::formats::Named;
use crate::pattern;
use crate::schema::{Kind, Schema, numbered, scalar_text};
use serde_json::{Map, Value, json};

/// A schema of Proxmox's dialect as standard JSON Schema (2020-12).
///
/// Booleans are what Proxmox sends: `true`, `false`, 1 or 0. A format that is Proxmox's own becomes a description, and a
/// pattern where one says the same. A pattern that JSON Schema cannot say is in the description.
#[must_use]
pub fn standard(schema: Schema<'_>) -> Value {
    let mut out = Map::new();
    let mut notes: Vec<String> = schema.description().map(str::to_owned).into_iter().collect();
    let alternatives: Vec<_> = schema.alternatives().map(standard).collect();
    if alternatives.is_empty() {
        match schema.kind() {
            Kind::Any => {}
            Kind::Boolean => {
                out.insert("enum".into(), json!([false, true, 0, 1]));
            }
            kind => {
                out.insert("type".into(), json!(kind.as_str()));
            }
        }
        structure(schema, &mut out);
        limits(schema, &mut out);
        text_rules(schema, &mut out, &mut notes);
    } else {
        out.insert("anyOf".into(), Value::Array(alternatives));
    }
    if let Some(default) = schema.default_value().and_then(|value| default(schema, value)) {
        out.insert("default".into(), default);
    }
    if !notes.is_empty() {
        out.insert("description".into(), Value::from(notes.join(" ")));
    }
    Value::Object(out)
}

/// The same for a parameter in a URL, where everything is text: a boolean is one of the words that Proxmox takes.
pub(crate) fn parameter(schema: Schema<'_>) -> Value {
    let mut out = standard(schema);
    if schema.kind() == Kind::Boolean
        && let Some(object) = out.as_object_mut()
    {
        object.insert("type".into(), json!("string"));
        object.insert("enum".into(), json!(["0", "1", "false", "true", "no", "yes", "off", "on"]));
        if let Some(default) = object.get_mut("default") {
            *default = json!(if *default == json!(true) { "1" } else { "0" });
        }
    }
    out
}

fn structure(schema: Schema<'_>, out: &mut Map<String, Value>) {
    let mut properties: Vec<_> = schema.properties().collect();
    properties.sort_by_key(|(name, _)| *name);
    if !properties.is_empty() {
        let needed: Vec<_> = properties
            .iter()
            .filter(|(name, schema)| is_needed(name, *schema))
            .map(|(name, _)| *name)
            .collect();
        if !needed.is_empty() {
            out.insert("required".into(), json!(needed));
        }
        let (mut named, mut patterns) = (Map::new(), Map::new());
        for (name, schema) in properties {
            match numbered(name) {
                Some(base) => patterns.insert(format!("^{base}[0-9]+$"), standard(schema)),
                None => named.insert(name.to_owned(), standard(schema)),
            };
        }
        let groups = [("properties", named), ("patternProperties", patterns)];
        for (key, group) in groups.into_iter().filter(|(_, group)| !group.is_empty()) {
            out.insert(key.into(), Value::Object(group));
        }
    }
    if let Some(items) = schema.items() {
        out.insert("items".into(), standard(items));
    }
    if let Some(additional) = schema.additional() {
        out.insert("additionalProperties".into(), standard(additional));
    } else if !schema.open() {
        out.insert("additionalProperties".into(), json!(false));
    }
}

/// Of what comes in numbers, none is needed.
fn is_needed(name: &str, schema: Schema<'_>) -> bool {
    !schema.optional() && numbered(name).is_none()
}

fn limits(schema: Schema<'_>, out: &mut Map<String, Value>) {
    let kind = schema.kind();
    if let Some(values) = schema.values() {
        let values: Vec<_> = values.iter().filter_map(|text| scalar(kind, text)).collect();
        out.insert("enum".into(), Value::Array(values));
    }
    let numbers = [("minimum", schema.minimum()), ("maximum", schema.maximum())];
    for (key, limit) in numbers {
        if let Some(limit) = limit.filter(|_| matches!(kind, Kind::Integer | Kind::Number)) {
            out.insert(key.into(), number(limit));
        }
    }
    for (key, limit) in [("minLength", schema.min_length()), ("maxLength", schema.max_length())] {
        if let Some(limit) = limit.filter(|_| kind == Kind::String) {
            out.insert(key.into(), json!(limit));
        }
    }
}

fn text_rules(schema: Schema<'_>, out: &mut Map<String, Value>, notes: &mut Vec<String>) {
    if let Some(perl) = schema.pattern() {
        match pattern::for_json_schema(perl) {
            Some(pattern) => {
                out.insert("pattern".into(), Value::from(pattern));
            }
            None => notes.push(format!("Matches the Perl expression `{perl}`.")),
        }
    }
    if let Some(name) = schema.format() {
        let named = Named::find(name);
        notes.push(match &named {
            Some(named) => format!("Format {name}: {}.", named.about()),
            None => format!("Format {name}."),
        });
        if matches!(name, "ipv4" | "ipv6") {
            out.insert("format".into(), json!(name));
        } else if schema.kind() == Kind::String
            && let Some(pattern) = named.and_then(|named| named.pattern())
        {
            out.entry("pattern").or_insert_with(|| Value::from(pattern));
        }
    }
    if let Some(parts) = schema.parts() {
        let mut names: Vec<_> = parts.keys().map(String::as_str).collect();
        names.sort_unstable();
        notes.push(format!("A text of the form key=value,key=value with the keys {}.", names.join(", ")));
    }
}

/// A default that its schema takes; Proxmox also writes sentences there.
fn default(schema: Schema<'_>, value: &Value) -> Option<Value> {
    match schema.kind() {
        Kind::Boolean => match scalar_text(value).as_str() {
            "1" | "true" => Some(json!(true)),
            "0" | "false" => Some(json!(false)),
            _ => None,
        },
        kind @ (Kind::String | Kind::Integer | Kind::Number) => {
            scalar(kind, &scalar_text(value)).filter(|value| check_scalar(schema, value).is_ok())
        }
        _ => None,
    }
}

fn scalar(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Integer => text.parse::<i64>().ok().map(Value::from),
        Kind::Number => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(number),
        _ => Some(Value::from(text)),
    }
}

/// Whole where it is whole.
fn number(value: f64) -> Value {
    format!("{value}").parse::<i64>().map_or_else(|_| Value::from(value), Value::from)
}
