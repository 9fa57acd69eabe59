//! What NetBox answers when it refuses a write.

use serde_json::{Map, Value};

use super::release::Release;

/// Errors of one object, by field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Errors(Map<String, Value>);

/// Key of errors that belong to no field, as the models report them.
pub(crate) const ALL: &str = "__all__";

/// Key of errors that belong to no field, as the serializers report them.
pub(crate) fn no_field(version: (u32, u32)) -> &'static str {
    if version >= (4, 7) { ALL } else { "non_field_errors" }
}

impl Errors {
    /// One message for a field.
    pub(crate) fn one(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// One message for the whole object.
    pub(crate) fn all(message: impl Into<String>) -> Self {
        Self::one(ALL, message)
    }

    /// Adds a message to the list of a field.
    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        let list = self.0.entry(field).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(message.into().into());
        }
    }

    /// Sets what is said of a field.
    pub(crate) fn set(&mut self, field: &str, value: Value) {
        self.0.insert(field.to_owned(), value);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// Why a write did not happen.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// The object is not valid.
    Invalid(Errors),
    /// Something that happens on saving objected.
    Aborted(String),
    /// The user may not have such an object.
    Denied,
    /// The whole request ends with this status and body, even when the object is one of a list.
    Ended(u16, Value),
}

impl From<Errors> for Refusal {
    fn from(errors: Errors) -> Self {
        Self::Invalid(errors)
    }
}

/// The answer when NetBox did not expect what happens.
pub(crate) fn crash(release: Release, exception: &str, error: &str) -> Value {
    let ((major, minor), patch) = (release.version, release.patch);
    serde_json::json!({
        "error": error,
        "exception": exception,
        "netbox_version": format!("{major}.{minor}.{patch}"),
        "python_version": PYTHON,
    })
}

/// The answer when the database, and nothing before it, notices that a value exists twice.
pub(crate) fn duplicate(release: Release, detail: &str) -> Value {
    crash(release, "IntegrityError", &format!("duplicate key value violates unique constraint{detail}"))
}

/// The version of Python that it says it runs on.
pub(crate) const PYTHON: &str = "3.12.1";

/// A value as Python writes it, which is how NetBox's messages quote JSON.
pub(crate) fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
        Value::String(text) => {
            format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let items = map.iter().map(|(key, value)| format!("'{key}': {}", python(value)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A value within a message: texts without quotes.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => python(other),
    }
}

/// Name of a JSON value's type in Python.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
