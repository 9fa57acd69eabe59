//! Finding the operations of a concrete path.

use crate::error::FindError;
use crate::method::Method;
use crate::operation::parameter_name;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// The paths as a tree of segments. A literal segment goes before a parameter.
#[derive(Debug, Default)]
pub(crate) struct PathTree {
    literals: BTreeMap<Box<str>, PathTree>,
    parameter: Option<Box<PathTree>>,
    operations: Vec<(Method, usize)>,
}

impl PathTree {
    pub(crate) fn insert(&mut self, template: &str, method: Method, operation: usize) {
        let mut tree = self;
        for segment in segments(template) {
            tree = match parameter_name(segment) {
                Some(_) => tree.parameter.get_or_insert_default(),
                None => tree.literals.entry(segment.into()).or_default(),
            };
        }
        tree.operations.push((method, operation));
    }

    /// The operations of the path whose segments these are.
    pub(crate) fn get(&self, segments: &[String]) -> Option<&[(Method, usize)]> {
        let Some((first, rest)) = segments.split_first() else {
            return (!self.operations.is_empty()).then_some(&self.operations);
        };
        let literal = self.literals.get(first.as_str()).and_then(|tree| tree.get(rest));
        literal.or_else(|| self.parameter.as_ref()?.get(rest))
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The segments of a path as it came, each decoded once. One slash at the end does no harm.
pub(crate) fn decoded_segments(path: &str) -> Result<Vec<String>, FindError> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    path.split('/').map(decoded).collect()
}

fn decoded(segment: &str) -> Result<String, FindError> {
    let unsafe_path =
        |reason| FindError::UnsafePath { segment: segment.escape_default().to_string(), reason };
    let text =
        percent_decode_str(segment).decode_utf8().map_err(|_| unsafe_path("is not UTF-8"))?.into_owned();
    match harm(&text) {
        Some(reason) => Err(unsafe_path(reason)),
        None => Ok(text),
    }
}

/// Why a value must not stand in a path.
pub(crate) fn harm(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text == "." || text.contains("..") {
        Some("leads out of its folder")
    } else if text.contains(['/', '\\']) {
        Some("holds an encoded slash")
    } else if text.contains(char::is_control) {
        Some("holds a control character")
    } else {
        None
    }
}
