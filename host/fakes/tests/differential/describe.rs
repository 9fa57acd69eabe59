//! What is compared of the description of a model.

use serde_json::{Value, json};

/// Fields that are not compared, and why.
const UNMODELLED: &[(&str, &str)] = &[
    ("front_image", "is a file, which JSON cannot carry"),
    ("rear_image", "is a file, which JSON cannot carry"),
    ("wwn", "is of Fibre Channel"),
    ("poe_type", "is of power over Ethernet"),
    ("rf_channel", "is of wireless"),
    ("rf_channel_frequency", "is of wireless"),
    ("rf_channel_width", "is of wireless"),
    ("created_by", "names a user, and the fake has none"),
    ("related_object_type", "takes the models of this very NetBox"),
    ("assigned_object_type", "takes the models of this very NetBox"),
    ("time_zone", "takes the time zones of this very machine"),
];

/// Of each field what it is and what it takes, but for what the fake does not model.
pub(crate) fn takes(options: &Value) -> Value {
    let fields = options.pointer("/actions/POST").and_then(Value::as_object);
    let field = |(name, field): (&String, &Value)| {
        let parts = [
            "type",
            "required",
            "read_only",
            "max_length",
            "min_value",
            "max_value",
            "max_digits",
            "decimal_places",
            "choices",
        ];
        let read_only = field.get("read_only") == Some(&json!(true));
        let kept = parts.iter().filter(|part| !(read_only && **part != "read_only"));
        // The fake knows fewer types of interfaces.
        let kept = kept.filter(|part| {
            !(name == "type"
                && **part == "choices"
                && field["choices"].as_array().is_some_and(|list| list.len() > 13))
        });
        let kept = kept.filter_map(|part| Some(((*part).to_owned(), field.get(*part)?.clone())));
        (name.clone(), Value::Object(kept.collect()))
    };
    let fields = fields.map(|fields| {
        fields
            .iter()
            .filter(|(name, _)| !UNMODELLED.iter().any(|(field, _)| field == name))
            .map(field)
            .collect()
    });
    json!({ "name": options.get("name"), "fields": fields.map(Value::Object) })
}
