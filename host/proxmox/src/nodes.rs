//! The nodes of a source: everyone that anything speaks of.

use crate::lenient::Fields;
use crate::resources::{Resources, is_node_name};
use crate::status::Status;
use proxbox_model::Problem;
use proxbox_model::facts::NodeFacts;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Names of the nodes that can be asked, and of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NodeNames {
    pub(crate) all: BTreeSet<String>,
    /// Those that are up and whose names can be part of a path.
    pub(crate) online: BTreeSet<String>,
}

impl NodeNames {
    pub(crate) fn of(nodes: &[NodeFacts]) -> Self {
        let names = |wanted: fn(&NodeFacts) -> bool| {
            nodes.iter().filter(|node| wanted(node)).map(|node| node.name.clone()).collect()
        };
        Self { all: names(|_| true), online: names(|node| node.online && is_node_name(&node.name)) }
    }

    /// Whether all of them are among these.
    pub(crate) fn are_all_in(&self, seen: &BTreeSet<String>) -> bool {
        !self.all.is_empty() && self.all.is_subset(seen)
    }
}

/// Every node that anything speaks of, by name.
pub(crate) fn all(status: &Status, resources: &Resources) -> Vec<NodeFacts> {
    let names: BTreeSet<&String> = status
        .nodes
        .keys()
        .chain(resources.nodes.keys())
        .chain(resources.guests.values().map(|guest| &guest.node))
        .collect();
    names.into_iter().map(|name| node(name, status, resources)).collect()
}

fn node(name: &str, status: &Status, resources: &Resources) -> NodeFacts {
    let (in_status, listed) = (status.nodes.get(name), resources.nodes.get(name));
    let (state, listing) =
        (Fields::of(in_status.unwrap_or(&Json::Null)), Fields::of(listed.unwrap_or(&Json::Null)));
    let online = state
        .flag("online")
        .or_else(|| listing.text("status").map(|status| status == "online"))
        .unwrap_or_else(|| seems_online(name, resources));
    let size = |field| listing.unsigned(field).filter(|size| online && *size > 0);
    NodeFacts {
        name: name.to_owned(),
        online,
        ip: state.text("ip"),
        level: state.text("level").or_else(|| listing.text("level")).unwrap_or_default(),
        cpus: size("maxcpu").and_then(|cpus| u32::try_from(cpus).ok()),
        memory: size("maxmem"),
        disk: size("maxdisk"),
        status: json_object(in_status),
        listing: json_object(listed),
    }
}

/// A node that only its guests speak of: Proxmox does not know how guests of a node do that it cannot reach.
fn seems_online(node: &str, resources: &Resources) -> bool {
    resources
        .guests
        .values()
        .filter(|guest| guest.node == node)
        .any(|guest| guest.fields().text("status").is_some_and(|status| status != "unknown"))
}

fn json_object(entry: Option<&Json>) -> String {
    entry.map_or_else(|| "{}".to_owned(), Json::to_string)
}

pub(crate) fn offline(endpoint: &str, node: &NodeFacts) -> Problem {
    Problem::new(
        "proxmox-node-offline",
        format!("Proxmox endpoint {endpoint}: node {} is offline", node.name),
    )
    .with_hint("Bring the node back, or remove it from the cluster; its guests stay in NetBox as they are.")
}
