use crate::operation::Operation;
use crate::schema::{Kind, Schema, is_number_of, numbered, scalar_text};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// No more are told of one answer.
const MAX_DRIFTS: usize = 20;

/// No more items of a list are looked at.
const MAX_ITEMS: usize = 200;

/// A place where an answer is not as its schema says. Proxmox's schemas are not exact, so this is noted, never refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// Where: `[].disks.size`; empty for the whole answer.
    pub path: String,
    /// What.
    #[serde(flatten)]
    pub kind: DriftKind,
}

/// How an answer is not as its schema says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "drift", rename_all = "lowercase")]
pub enum DriftKind {
    /// A property that is not optional is missing.
    Missing,
    /// The value has another type.
    Type {
        /// What the schema says.
        expected: &'static str,
        /// What came.
        found: &'static str,
    },
    /// The value is not one of those listed.
    Value {
        /// What came, shortened.
        found: String,
    },
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the answer" } else { &self.path };
        match &self.kind {
            DriftKind::Missing => write!(f, "{path} is missing"),
            DriftKind::Type { expected, found } => write!(f, "{path} is {found}, not {expected}"),
            DriftKind::Value { found } => write!(f, "{path} is {found:?}, which is not listed"),
        }
    }
}

/// Compares an answer with the schema of its operation. Each place is told once, and at most twenty.
///
/// Perl does not tell numbers from their text, so neither does this.
#[must_use]
pub fn check_returns(operation: &Operation, answer: &Value) -> Vec<Drift> {
    let mut drifts = Drifts(Vec::new());
    drifts.look(operation.returns(), answer, "");
    drifts.0
}

struct Drifts(Vec<Drift>);

impl Drifts {
    fn note(&mut self, path: &str, kind: DriftKind) {
        if self.0.len() < MAX_DRIFTS && !self.0.iter().any(|known| known.path == path) {
            self.0.push(Drift { path: path.to_owned(), kind });
        }
    }

    fn look(&mut self, schema: Schema<'_>, value: &Value, path: &str) {
        let mut alternatives = schema.alternatives().peekable();
        if alternatives.peek().is_some() {
            // Which one holds depends on a neighbour; that one of them fits is enough.
            let fits = |alternative| {
                let mut inner = Self(Vec::new());
                inner.look(alternative, value, path);
                inner.0.is_empty()
            };
            if !alternatives.any(fits) {
                let expected = "one of the alternatives";
                self.note(path, DriftKind::Type { expected, found: kind_of(value) });
            }
            return;
        }
        let kind = schema.kind();
        if (schema.optional() && value.is_null()) || kind == Kind::Any {
            return;
        }
        match (kind, value) {
            (Kind::Object, Value::Object(object)) => self.look_into_object(schema, object, path),
            (Kind::Array, Value::Array(items)) => self.look_into_list(schema, items, path),
            (_, value) if !fits(kind, value) => {
                self.note(path, DriftKind::Type { expected: kind.as_str(), found: kind_of(value) });
            }
            (_, value) => self.look_at_scalar(schema, value, path),
        }
    }

    fn look_into_object(&mut self, schema: Schema<'_>, object: &Map<String, Value>, path: &str) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for (name, property) in schema.properties() {
            if let Some(base) = numbered(name) {
                let values = object.iter().filter(|(name, _)| is_number_of(name, base)).take(MAX_ITEMS);
                values.for_each(|(_, value)| self.look(property, value, &below(name)));
                continue;
            }
            match object.get(name) {
                Some(value) => self.look(property, value, &below(name)),
                None if !property.optional() => self.note(&below(name), DriftKind::Missing),
                None => {}
            }
        }
        if let Some(additional) = schema.additional() {
            for (_, value) in
                object.iter().filter(|(name, _)| schema.property(name).is_none()).take(MAX_ITEMS)
            {
                self.look(additional, value, &below("*"));
            }
        }
    }

    fn look_into_list(&mut self, schema: Schema<'_>, items: &[Value], path: &str) {
        if let Some(schema) = schema.items() {
            let path = format!("{path}[]");
            items.iter().take(MAX_ITEMS).for_each(|item| self.look(schema, item, &path));
        }
    }

    fn look_at_scalar(&mut self, schema: Schema<'_>, value: &Value, path: &str) {
        let text = scalar_text(value);
        if schema.values().is_some_and(|allowed| !allowed.contains(&text)) {
            self.note(path, DriftKind::Value { found: text.chars().take(80).collect() });
        }
    }
}

/// Whether a scalar has the type, as Perl sees it.
fn fits(kind: Kind, value: &Value) -> bool {
    let number = || value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    match kind {
        Kind::Any => true,
        Kind::Null => value.is_null(),
        Kind::String => value.is_string() || value.is_number(),
        Kind::Number => number().is_some(),
        Kind::Integer => number().is_some_and(|number| number.fract() == 0.0),
        Kind::Boolean => value.is_boolean() || matches!(scalar_text(value).as_str(), "0" | "1" | ""),
        Kind::Array | Kind::Object => false,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
