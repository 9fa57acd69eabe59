//! The reads that the fleet has no part in: each is answered with an example of its own documented answer.

use super::answer::Refusal;
use super::call::{Answer, Call};
use super::login::Caller;
use super::view::storage;
use crate::fleet::{Fleet, GuestKind};
use proxbox_catalogue::{
    Catalogue, Found, InvalidParameters, LATEST, Method, ParameterError, Shelf, example,
};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// Shared by all servers of the process, and read when the first of them needs it.
static SHELF: LazyLock<Shelf> = LazyLock::new(Shelf::bundled);

/// What a fleet of this version documents; none when nothing is known of it.
pub(super) fn of(version: &str) -> Option<Arc<Catalogue>> {
    let end = version.match_indices('.').nth(1).map_or(version.len(), |(at, _)| at);
    SHELF.get(version.get(..end)?).ok()
}

/// The release that stands for a version: `9.2` is `9.2.1`, `latest` the newest one that is known.
pub(super) fn release(version: &str) -> Option<String> {
    let mut newest_first = SHELF.editions().iter().rev();
    let edition = newest_first
        .find(|edition| version == LATEST || edition.tag() == version || edition.version() == version)?;
    let whole = edition.version() != edition.tag();
    Some(if whole { edition.version().to_owned() } else { format!("{}.1", edition.tag()) })
}

/// The read of a path as it came.
pub(super) fn find(version: &str, path: &str) -> Option<Found> {
    of(version)?.find(Method::Get, path).ok()
}

/// Answers a read. Nodes, guests and storages in its path must be those of the fleet, and its parameters must fit;
/// what else it names is taken to be there.
pub(super) fn answer(fleet: &Fleet, caller: &Caller, found: &Found, query: &[(String, String)]) -> Answer {
    let path: HashMap<_, _> = found.arguments.iter().cloned().collect();
    let call = Call { fleet, caller, path: &path, query: &query.iter().cloned().collect() };
    let template = found.operation.summary.path.as_str();
    if template.starts_with("/nodes/{node}") {
        call.node()?;
    }
    found.operation.check_parameters(&found.arguments, query).map_err(refusal)?;
    if let Some(kind) = guest_kind(template) {
        call.guest(kind, "VM.Audit")?;
    }
    if template.starts_with("/nodes/{node}/storage/{storage}") {
        storage::reachable(&call)?;
    }
    Ok(example(&found.operation, &names(fleet, found)))
}

/// What sort of guest a path is about.
pub(super) fn guest_kind(template: &str) -> Option<GuestKind> {
    let kinds = [GuestKind::Qemu, GuestKind::Lxc];
    kinds
        .into_iter()
        .find(|kind| template.starts_with(&format!("/nodes/{{node}}/{}/{{vmid}}", kind.as_str())))
}

/// The names in the path, and after them some of the fleet for what the path does not name.
fn names(fleet: &Fleet, found: &Found) -> Vec<(String, String)> {
    let some = [
        ("node", fleet.local_node().map(|node| node.name.clone())),
        ("vmid", fleet.guests.keys().next().map(u32::to_string)),
        ("storage", fleet.storages.first().map(|storage| storage.name.clone())),
    ];
    let some = some.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    found.arguments.iter().cloned().chain(some).collect()
}

fn refusal(InvalidParameters(errors): InvalidParameters) -> Refusal {
    Refusal::parameters(errors.into_iter().map(|error| (error.parameter.clone(), message(&error))))
}

/// What Proxmox says of a parameter, in its own words for the usual cases.
fn message(error: &ParameterError) -> String {
    let allowed = |key: &str| error.allowed.get(key);
    let Some(value) = &error.value else {
        return "property is missing and it is not optional".to_owned();
    };
    if error.problem.starts_with("is not known here") {
        return "property is not defined in schema and the schema does not allow additional properties"
            .to_owned();
    }
    let kind = allowed("type").and_then(Value::as_str).unwrap_or("string");
    if let Some(words) = allowed("enum").and_then(Value::as_array) {
        let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
        return format!("value '{value}' does not have a value in the enumeration '{}'", words.join(", "));
    }
    if kind != "string" && value.parse::<f64>().is_err() {
        return format!("type check ('{kind}') failed - got '{value}'");
    }
    format!("invalid format - value '{value}' {}", error.problem)
}
