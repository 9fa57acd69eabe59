//! Making a catalogue of what Proxmox publishes.

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use crate::method::Method;
use crate::operation::{Operation, Summary};
use crate::schema::Schema;
use crate::shelf::is_version;
use serde::Deserialize as _;
use serde_json::{Deserializer, Value, json};

/// The names that `apidoc.js` gives its tree, newest first.
const TREES: [&str; 2] = ["const apiSchema =", "var pveapi ="];

/// Makes a catalogue of `apidoc.js`, or of a JSON list of operations. The same text gives the same catalogue.
///
/// # Errors
/// When the text is neither, or the version is not one.
pub fn import(text: &str, version: &str) -> Result<Catalogue, CatalogueError> {
    if !is_version(version) {
        return Err(CatalogueError::NotAVersion(version.to_owned()));
    }
    let mut operations = Vec::new();
    match TREES.iter().find_map(|name| text.split_once(name)) {
        Some((_, tree)) => {
            for node in list(tree)? {
                walk(&node, &mut operations)?;
            }
        }
        None => {
            for entry in list(text)? {
                operations.push(operation(&entry, text_of(&entry, "path")?, text_of(&entry, "method")?)?);
            }
        }
    }
    if operations.is_empty() {
        return Err(CatalogueError::NotApiDoc("it holds no operation".into()));
    }
    Catalogue::new(version, operations)
}

/// The list at the beginning of the text; what follows it is code.
fn list(text: &str) -> Result<Vec<Value>, CatalogueError> {
    Vec::deserialize(&mut Deserializer::from_str(text))
        .map_err(|error| CatalogueError::NotApiDoc(error.to_string()))
}

/// Adds the operations of a node of the tree and of those below it.
fn walk(node: &Value, operations: &mut Vec<Operation>) -> Result<(), CatalogueError> {
    if let Some(methods) = node.get("info").and_then(Value::as_object) {
        for (method, info) in methods {
            operations.push(operation(info, text_of(node, "path")?, method)?);
        }
    }
    for child in node.get("children").and_then(Value::as_array).into_iter().flatten() {
        walk(child, operations)?;
    }
    Ok(())
}

fn operation(info: &Value, path: &str, method: &str) -> Result<Operation, CatalogueError> {
    if !path.starts_with('/') {
        return Err(CatalogueError::NotApiDoc(format!("{path:?} is no path")));
    }
    let method: Method = method.parse().map_err(CatalogueError::NotApiDoc)?;
    let facts = Schema::new(info);
    let schema = |key: &str, otherwise: Value| {
        info.get(key).filter(|value| value.is_object()).cloned().unwrap_or(otherwise)
    };
    Ok(Operation {
        summary: Summary {
            method,
            path: path.to_owned(),
            name: facts.text("name").unwrap_or_default().to_owned(),
            description: facts.description().map(str::to_owned),
            protected: facts.flag("protected"),
            token: facts.flag("allowtoken") || facts.flag("token"),
        },
        permissions: info.get("permissions").filter(|value| value.is_object()).cloned(),
        parameters: schema("parameters", json!({"additionalProperties": 0})),
        returns: schema("returns", json!({})),
    })
}

fn text_of<'a>(value: &'a Value, key: &str) -> Result<&'a str, CatalogueError> {
    Schema::new(value).text(key).ok_or_else(|| CatalogueError::NotApiDoc(format!("an entry has no {key}")))
}
