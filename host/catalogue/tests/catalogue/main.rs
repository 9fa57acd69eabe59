//! Claims about the bundled versions and about the calls that they allow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod cost;
mod diffs;
mod find;
mod imports;
mod openapi;
mod parameters;
mod shelf;

use proxbox_catalogue::{Catalogue, Operation, Shelf};
use std::sync::Arc;

/// Every bundled version.
fn bundled() -> Vec<Arc<Catalogue>> {
    Shelf::bundled().editions().iter().map(|edition| edition.catalogue().unwrap()).collect()
}

fn latest() -> Arc<Catalogue> {
    Shelf::bundled().get("latest").unwrap()
}

/// A value for every parameter of the path that its schema takes, from the operation's own rules.
fn path_values(operation: &Operation) -> Vec<(String, String)> {
    let mut probe = operation.clone();
    let value = |name: &str| {
        let Some(schema) = operation.parameters["properties"].get(name) else { return "example".to_owned() };
        probe.returns = schema.clone();
        match proxbox_catalogue::example(&probe, &[]) {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        }
    };
    operation.path_parameters().map(str::to_owned).zip(operation.path_parameters().map(value)).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
