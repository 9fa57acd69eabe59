//! What every read begins with: status, listing and permissions, once each.

use crate::client::Proxmox;
use crate::error::{ProxmoxError, Step};
use crate::nodes;
use crate::permissions::{PERMISSIONS, Sight};
use crate::resources::{RESOURCES, Resources};
use crate::status::{Status, read_status};
use proxbox_model::Problem;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::facts::{ClusterMode, NodeFacts};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The cluster, its nodes, and the list of its guests and storages.
pub(crate) struct Base {
    pub(crate) status: Status,
    pub(crate) resources: Resources,
    /// None when they could not be read.
    pub(crate) permissions: Option<Json>,
    /// By name.
    pub(crate) nodes: Vec<NodeFacts>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<Problem>,
    sees_all_guests: bool,
}

impl Base {
    /// Fails when status or listing cannot be read.
    pub(crate) async fn read(client: &Proxmox, endpoint: &ProxmoxEndpoint) -> Result<Self, ProxmoxError> {
        let (status, listing, permissions) =
            tokio::join!(read_status(client), client.get(RESOURCES, &[]), client.get(PERMISSIONS, &[]));
        let status = status?;
        let mut resources = Resources::parse(listing?, &endpoint.name)
            .map_err(|fault| client.error(Step::Read(RESOURCES.to_owned()), fault))?;
        let mut problems = std::mem::take(&mut resources.problems);
        let notes = std::mem::take(&mut resources.notes);

        let nodes = nodes::all(&status, &resources);
        let offline = nodes.iter().filter(|node| !node.online);
        problems.extend(offline.map(|node| nodes::offline(&endpoint.name, node)));
        problems.extend(cluster_problem(&endpoint.name, &status));
        let sight_problem = match &permissions {
            Ok(permissions) => Sight::of(permissions).problem(&endpoint.name, resources.guests.len()),
            Err(error) => Some(Problem::from(error)),
        };
        let sees_all_guests = sight_problem.is_none();
        problems.extend(sight_problem);
        Ok(Self { status, resources, permissions: permissions.ok(), nodes, problems, notes, sees_all_guests })
    }

    /// Whether the cluster speaks for itself, and for all of itself.
    pub(crate) fn is_trustworthy(&self) -> bool {
        self.status.mode != ClusterMode::Restricted && self.status.quorate
    }

    /// Whether no guest can be missing from the list.
    pub(crate) fn is_complete(&self) -> bool {
        self.sees_all_guests
            && self.is_trustworthy()
            && !self.resources.guests_left_out
            && !self.nodes.is_empty()
            && self.nodes.iter().all(|node| node.online)
    }

    /// Names of the nodes that are down.
    pub(crate) fn offline(&self) -> BTreeSet<String> {
        self.nodes.iter().filter(|node| !node.online).map(|node| node.name.clone()).collect()
    }
}

fn cluster_problem(endpoint: &str, status: &Status) -> Option<Problem> {
    if status.mode == ClusterMode::Restricted {
        return Some(
            Problem::new(
                "proxmox-restricted",
                format!("Proxmox endpoint {endpoint}: the account may not read /cluster/status, which says what cluster it is"),
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
