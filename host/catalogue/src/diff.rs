use crate::canonical;
use crate::catalogue::Catalogue;
use crate::method::Method;
use crate::operation::Operation;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// What is for people only; a change of it is none of the operation.
const WORDS: [&str; 6] =
    ["description", "verbose_description", "format_description", "typetext", "title", "links"];

/// What a schema holds of other schemas, which are compared on their own.
const PARTS: [&str; 3] = ["properties", "items", "additionalProperties"];

/// How one version differs from another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The old version.
    pub from: String,
    /// The new version.
    pub to: String,
    /// Operations that only the new one has.
    pub added: Vec<OperationRef>,
    /// Operations that only the old one has.
    pub removed: Vec<OperationRef>,
    /// Operations that take or answer something else.
    pub changed: Vec<Change>,
}

/// Names an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OperationRef {
    /// Its template.
    pub path: String,
    /// Its method.
    pub method: Method,
}

/// How one operation changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Which one.
    #[serde(flatten)]
    pub operation: OperationRef,
    /// Of what it takes.
    pub parameters: Changes,
    /// Of what it answers.
    pub returns: Changes,
}

/// Parts of a schema, by where they are: `[].disks.size`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Only the new schema has them.
    pub added: Vec<String>,
    /// Only the old schema has them.
    pub removed: Vec<String>,
    /// Both have them, with other rules.
    pub changed: Vec<String>,
}

/// Compares two versions. Descriptions do not count.
#[must_use]
pub fn diff(old: &Catalogue, new: &Catalogue) -> Diff {
    let (before, mut after) = (by_name(old), by_name(new));
    let mut result = Diff {
        from: old.version().to_owned(),
        to: new.version().to_owned(),
        added: Vec::new(),
        removed: Vec::new(),
        changed: Vec::new(),
    };
    for (name, one) in before {
        match after.remove(&name) {
            None => result.removed.push(name),
            Some(other) => {
                let parameters = compare(&one.parameters, &other.parameters);
                let returns = compare(&one.returns, &other.returns);
                if !parameters.is_empty() || !returns.is_empty() {
                    result.changed.push(Change { operation: name, parameters, returns });
                }
            }
        }
    }
    result.added = after.into_keys().collect();
    result
}

fn by_name(catalogue: &Catalogue) -> BTreeMap<OperationRef, Operation> {
    let named = |operation: Operation| {
        let Operation { summary, .. } = &operation;
        (OperationRef { path: summary.path.clone(), method: summary.method }, operation)
    };
    catalogue.iter().map(named).collect()
}

fn compare(old: &Value, new: &Value) -> Changes {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    flatten(old, String::new(), &mut before);
    flatten(new, String::new(), &mut after);
    let mut changes = Changes::default();
    for (place, rules) in before {
        match after.remove(&place) {
            None => changes.removed.push(place),
            Some(other) if other != rules => changes.changed.push(place),
            Some(_) => {}
        }
    }
    changes.added = after.into_keys().collect();
    changes
}

/// The rules of a schema and of every schema in it, each at its place.
fn flatten(schema: &Value, place: String, out: &mut BTreeMap<String, String>) {
    let Some(object) = schema.as_object() else { return };
    let join = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    for (name, property) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
        flatten(property, join(name), out);
    }
    if let Some(items) = object.get("items") {
        flatten(items, format!("{place}[]"), out);
    }
    if let Some(additional) = object.get("additionalProperties") {
        flatten(additional, join("*"), out);
    }
    let own = |(key, value): &(&String, &Value)| {
        let part = PARTS.contains(&key.as_str()) && (value.is_object() || key.as_str() == "properties");
        !part && !WORDS.contains(&key.as_str())
    };
    let rules: Value =
        object.iter().filter(own).map(|(key, value)| (key.clone(), without_words(value))).collect();
    let place = if place.is_empty() { "(itself)".to_owned() } else { place };
    out.insert(place, canonical::text(&rules));
}

fn without_words(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(key, _)| !WORDS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), without_words(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_words).collect(),
        scalar => scalar.clone(),
    }
}

impl Diff {
    /// Whether the versions are the same to callers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

impl Changes {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    fn show(&self, what: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = [("+", &self.added), ("-", &self.removed), ("~", &self.changed)];
        for (sign, names) in groups.into_iter().filter(|(_, names)| !names.is_empty()) {
            writeln!(f, "      {what} {sign} {}", names.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for OperationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:6} {}", self.method, self.path)
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Proxmox VE {} to {}: {} operations added, {} removed, {} changed",
            self.from,
            self.to,
            self.added.len(),
            self.removed.len(),
            self.changed.len()
        )?;
        for operation in &self.added {
            writeln!(f, "  + {operation}")?;
        }
        for operation in &self.removed {
            writeln!(f, "  - {operation}")?;
        }
        for change in &self.changed {
            writeln!(f, "  ~ {}", change.operation)?;
            change.parameters.show("parameters", f)?;
            change.returns.show("answer    ", f)?;
        }
        Ok(())
    }
}
