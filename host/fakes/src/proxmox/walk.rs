//! Everything that can be read of a fleet, call by call.

use super::catalogue::{guest_kind, of};
use crate::fleet::{Agent, Fleet, Guest, GuestKind, Storage};
use proxbox_catalogue::{Method, Operation, example};
use serde_json::Value;

/// A read of the API with all that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The path as documented: `/nodes/{node}/status`.
    pub template: String,
    /// The path behind `/api2/json` with names of the fleet, percent-encoded.
    pub path: String,
    /// The parameters that it cannot do without.
    pub query: Vec<(String, String)>,
}

/// A call of every read that the fleet's version documents.
pub(super) fn reads(fleet: &Fleet) -> Vec<Read> {
    let catalogue = of(&fleet.version);
    let all = catalogue.iter().flat_map(|catalogue| catalogue.iter());
    all.filter(|operation| operation.summary.method == Method::Get)
        .map(|operation| read(fleet, &operation))
        .collect()
}

/// What the parameters of an operation cannot be made to fit keeps its template as path, which no server answers.
fn read(fleet: &Fleet, operation: &Operation) -> Read {
    let template = operation.summary.path.clone();
    let path: Vec<_> = operation
        .path_parameters()
        .map(|name| {
            let value = fleet_value(fleet, &template, name);
            (name.to_owned(), value.unwrap_or_else(|| segment(&usual_value(operation, name))))
        })
        .collect();
    let needed = operation.query_parameters().into_iter().filter(|(_, schema)| !schema.optional());
    let query: Vec<_> = needed.map(|(name, _)| (name.to_owned(), usual_value(operation, name))).collect();
    match operation.check_parameters(&path, &query) {
        Ok(arguments) => Read { template, path: arguments.path, query: arguments.query },
        Err(_) => Read { path: template.clone(), template, query },
    }
}

/// The value that the fleet has for a parameter of a path.
fn fleet_value(fleet: &Fleet, template: &str, name: &str) -> Option<String> {
    let below = |path: &str| template.starts_with(path);
    let kind = guest_kind(template);
    match name {
        "node" => match kind {
            Some(kind) => guest(fleet, kind).map(|guest| guest.node.clone()),
            None => fleet.local_node().map(|node| node.name.clone()),
        },
        "vmid" => guest(fleet, kind?).map(|guest| guest.vmid.to_string()),
        "storage" => storage(fleet).map(|storage| storage.name.clone()),
        "upid" => {
            let node = fleet.local_node()?;
            fleet.tasks.iter().rev().find(|task| task.node == node.name).map(|task| task.upid())
        }
        "poolid" => fleet.pools.first().map(|pool| pool.name.clone()),
        "id" if below("/cluster/backup/") => fleet.backup_jobs.first().map(|job| job.id.clone()),
        "id" if below("/cluster/replication/") => fleet.replications.first().map(|job| job.id()),
        "group" if below("/cluster/firewall/groups/") => Some("web".to_owned()),
        "name" if below("/cluster/firewall/ipset/") => Some("trusted".to_owned()),
        _ => None,
    }
}

/// A guest that answers all that can be asked of its kind.
fn guest(fleet: &Fleet, kind: GuestKind) -> Option<&Guest> {
    let online = |guest: &Guest| fleet.node(&guest.node).is_some_and(|node| node.online);
    fleet.guests.values().find(|guest| {
        guest.kind == kind
            && guest.is_running()
            && (kind == GuestKind::Lxc || guest.agent == Agent::Answers)
            && online(guest)
    })
}

/// A storage that can be reached from the node that answers.
fn storage(fleet: &Fleet) -> Option<&Storage> {
    let node = fleet.local_node()?;
    fleet.storages.iter().find(|storage| storage.enabled && storage.active && storage.is_on(&node.name))
}

/// A value that the parameter's own schema suggests.
fn usual_value(operation: &Operation, name: &str) -> String {
    let schema = operation.parameters.get("properties").and_then(|properties| properties.get(name));
    let Some(schema) = schema else { return "example".to_owned() };
    let answers_with_it = Operation { returns: schema.clone(), ..operation.clone() };
    match example(&answers_with_it, &[]) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The part of a value that can stand in a path: a network's address without its length.
fn segment(value: &str) -> String {
    value.split('/').next().unwrap_or_default().to_owned()
}
