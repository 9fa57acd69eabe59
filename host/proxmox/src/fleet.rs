//! One endpoint, read as a whole.

use crate::client::Proxmox;
use crate::error::{Fault, ProxmoxError, Step};
use crate::guest::{GuestRead, read_all};
use crate::lenient::Fields;
use crate::permissions::Sight;
use crate::resources::{RESOURCES, Resources};
use crate::status::Status;
use proxbox_model::Problem;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::facts::{ClusterFacts, ClusterMode, NodeFacts, Source};
use serde_json::Value as Json;
use std::collections::BTreeSet;

const STATUS: &str = "/cluster/status";
const PERMISSIONS: &str = "/access/permissions";

/// Everything that was read of one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Where it comes from.
    pub source: Source,
    /// The cluster, or the node on its own.
    pub cluster: ClusterFacts,
    /// By name.
    pub nodes: Vec<NodeFacts>,
    /// By vmid; those that could not be read as well.
    pub guests: Vec<GuestRead>,
    /// Whether it is certain that nothing was missed: every node online, every guest read, none of them gone
    /// meanwhile, permissions for all of them, and not empty.
    /// Only then does what is missing here count as gone.
    pub complete: bool,
    /// What is wrong with the endpoint as a whole, or with entries that are not guests.
    pub problems: Vec<Problem>,
}

/// Reads an endpoint: status, listing and permissions once, then one configuration for each guest.
///
/// `now` is the run's clock in seconds since the Unix epoch. `progress` hears how many guests are done, and how many there are.
///
/// # Errors
/// When status or listing cannot be read. Whatever else fails is in the fleet, beside what did not.
pub async fn read_fleet(
    client: &Proxmox,
    endpoint: &ProxmoxEndpoint,
    now: u64,
    progress: &(dyn Fn(u64, Option<u64>) + Send + Sync),
) -> Result<Fleet, ProxmoxError> {
    let (status, listing, permissions) =
        tokio::join!(status(client), client.get(RESOURCES, &[]), client.get(PERMISSIONS, &[]));
    let status = status?;
    let resources = Resources::parse(listing?, &endpoint.name)
        .map_err(|fault| client.error(Step::Read(RESOURCES.to_owned()), fault))?;
    let mut problems = resources.problems.clone();

    let nodes = nodes(&status, &resources);
    problems.extend(nodes.iter().filter(|node| !node.online).map(|node| node_offline(&endpoint.name, node)));
    problems.extend(cluster_problem(&endpoint.name, &status));
    let sight_problem = match &permissions {
        Ok(permissions) => Sight::of(permissions).problem(&endpoint.name, resources.guests.len()),
        Err(error) => Some(Problem::from(error)),
    };
    let sees_all = sight_problem.is_none();
    problems.extend(sight_problem);

    let offline: BTreeSet<String> =
        nodes.iter().filter(|node| !node.online).map(|node| node.name.clone()).collect();
    let total = resources.guests.len() as u64;
    let guests_left_out = resources.guests_left_out;
    progress(0, Some(total));
    let guests = read_all(client, resources.guests, &offline, &|done| progress(done, Some(total))).await;

    let complete = sees_all
        && is_trustworthy(&status)
        && !guests_left_out
        && !nodes.is_empty()
        && offline.is_empty()
        && !guests.is_empty()
        && guests.len() as u64 == total
        && guests.iter().all(|guest| guest.facts.is_ok());
    Ok(Fleet {
        source: source(client, endpoint, &status, now),
        cluster: cluster(status, &nodes),
        nodes,
        guests,
        complete,
        problems,
    })
}

/// Whether the cluster speaks for itself, and for all of itself.
fn is_trustworthy(status: &Status) -> bool {
    status.mode != ClusterMode::Restricted && status.quorate
}

fn source(client: &Proxmox, endpoint: &ProxmoxEndpoint, status: &Status, now: u64) -> Source {
    Source {
        endpoint: endpoint.name.clone(),
        url: client.preferred_url().to_owned(),
        cluster: status.name.clone(),
        mode: status.mode,
        pve_version: client.version().to_owned(),
        now,
    }
}

fn cluster(status: Status, nodes: &[NodeFacts]) -> ClusterFacts {
    ClusterFacts {
        name: status.name,
        mode: status.mode,
        version: status.version,
        quorate: status.quorate,
        nodes: nodes.iter().map(|node| node.name.clone()).collect(),
        status: status.json,
    }
}

async fn status(client: &Proxmox) -> Result<Status, ProxmoxError> {
    match client.get(STATUS, &[]).await {
        Ok(status) => Status::parse(&status, client.preferred_host())
            .map_err(|fault| client.error(Step::Read(STATUS.to_owned()), fault)),
        Err(error) if matches!(error.fault(), Fault::Forbidden { .. }) => {
            Ok(Status::restricted(client.preferred_host()))
        }
        Err(error) => Err(error),
    }
}

/// Every node that anything speaks of, by name.
fn nodes(status: &Status, resources: &Resources) -> Vec<NodeFacts> {
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

fn node_offline(endpoint: &str, node: &NodeFacts) -> Problem {
    Problem::new(
        "proxmox-node-offline",
        format!("Proxmox endpoint {endpoint}: node {} is offline", node.name),
    )
    .with_hint("Bring the node back, or remove it from the cluster; its guests stay in NetBox as they are.")
}

fn cluster_problem(endpoint: &str, status: &Status) -> Option<Problem> {
    if status.mode == ClusterMode::Restricted {
        let name = &status.name;
        return Some(
            Problem::new(
                "proxmox-restricted",
                format!(
                    "Proxmox endpoint {endpoint}: the account may not read /cluster/status, so the cluster is called {name} after its host"
                ),
            )
            .with_hint("Give both the user and its token the privilege Sys.Audit on path / (role PVEAuditor)."),
        );
    }
    (!status.quorate).then(|| {
        Problem::new(
            "proxmox-no-quorum",
            format!(
                "Proxmox endpoint {endpoint}: cluster {} has no quorum, so what it says may be old",
                status.name
            ),
        )
        .with_hint("Bring the missing nodes back (pvecm status shows them).")
    })
}
