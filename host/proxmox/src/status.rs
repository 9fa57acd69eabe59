//! `/cluster/status`: what sort of source it is, what it is called, and its nodes.

use crate::client::Proxmox;
use crate::error::{Fault, ProxmoxError, Step};
use crate::lenient::Fields;
use proxbox_model::facts::ClusterMode;
use serde_json::Value as Json;
use std::collections::BTreeMap;

const STATUS: &str = "/cluster/status";

/// What `/cluster/status` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// What sort of source it is.
    pub mode: ClusterMode,
    /// What we call the source: the cluster's name, or that of the node on its own, or the host that was asked.
    pub name: String,
    /// Version of the cluster's configuration.
    pub version: Option<u64>,
    /// Whether enough nodes are there.
    pub quorate: bool,
    /// Entries of the nodes by name.
    pub nodes: BTreeMap<String, Json>,
    /// All entries, a JSON array.
    pub(crate) json: String,
}

/// Reads who answers. An account that may not know gets a status without nodes, named after the host.
///
/// # Errors
/// When the answer does not come, or cannot be that of Proxmox VE.
pub async fn read_status(client: &Proxmox) -> Result<Status, ProxmoxError> {
    match client.get(STATUS, &[]).await {
        Ok(status) => Status::parse(&status, client.preferred_host())
            .map_err(|fault| client.error(Step::Read(STATUS.to_owned()), fault)),
        Err(error) if matches!(error.fault(), Fault::Forbidden { .. }) => {
            Ok(Status::restricted(client.preferred_host()))
        }
        Err(error) => Err(error),
    }
}

impl Status {
    /// `host` names a source of which `/cluster/status` tells nothing.
    pub(crate) fn parse(status: &Json, host: &str) -> Result<Self, Fault> {
        let entries = status.as_array().ok_or(Fault::Shape("it is not a list"))?;
        let of_type = |kind: &'static str| {
            entries.iter().filter(move |entry| Fields::of(entry).text("type").as_deref() == Some(kind))
        };
        let nodes: BTreeMap<String, Json> = of_type("node")
            .filter_map(|entry| Some((Fields::of(entry).text("name")?, entry.clone())))
            .collect();
        let json = status.to_string();
        if let Some(cluster) = of_type("cluster").next() {
            let cluster = Fields::of(cluster);
            let name = cluster.text("name").ok_or(Fault::Shape("the cluster has no name in it"))?;
            return Ok(Self {
                mode: ClusterMode::Cluster,
                name,
                version: cluster.unsigned("version"),
                quorate: cluster.flag("quorate").unwrap_or(true),
                nodes,
                json,
            });
        }
        match nodes.keys().next().filter(|_| nodes.len() == 1).cloned() {
            Some(name) => {
                Ok(Self { mode: ClusterMode::Standalone, name, version: None, quorate: true, nodes, json })
            }
            None if nodes.is_empty() => Ok(Self::restricted(host)),
            None => Err(Fault::Shape("it lists several nodes but no cluster")),
        }
    }

    /// What is left when `/cluster/status` may not be read.
    pub(crate) fn restricted(host: &str) -> Self {
        Self {
            mode: ClusterMode::Restricted,
            name: host.to_owned(),
            version: None,
            quorate: true,
            nodes: BTreeMap::new(),
            json: "[]".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cluster_is_called_by_its_own_name() {
        let status = Status::parse(
            &json!([
                {"type": "node", "name": "pve2", "online": 0},
                {"type": "cluster", "name": "lab", "version": "7", "quorate": 1},
                {"type": "node", "name": "pve1", "online": 1},
                "odd", {"type": "node"}, {"type": "qdevice", "name": "q"},
            ]),
            "host",
        )
        .unwrap();
        assert_eq!(
            (status.mode, status.name.as_str(), status.version),
            (ClusterMode::Cluster, "lab", Some(7))
        );
        assert!(status.quorate);
        assert_eq!(status.nodes.keys().collect::<Vec<_>>(), ["pve1", "pve2"]);
    }

    #[test]
    fn a_node_on_its_own_gives_its_name() {
        let status =
            Status::parse(&json!([{"type": "node", "name": "pve", "online": true}]), "host").unwrap();
        assert_eq!((status.mode, status.name.as_str()), (ClusterMode::Standalone, "pve"));
        assert!(status.quorate);
    }

    #[test]
    fn a_source_that_tells_nothing_is_called_by_its_host() {
        let status = Status::parse(&json!([]), "192.0.2.1").unwrap();
        assert_eq!((status.mode, status.name.as_str()), (ClusterMode::Restricted, "192.0.2.1"));
    }

    #[test]
    fn a_status_without_an_identity_is_an_error() {
        for status in [
            json!({}),
            json!(null),
            json!([{"type": "cluster"}]),
            json!([{"type": "node", "name": "a"}, {"type": "node", "name": "b"}]),
        ] {
            assert!(Status::parse(&status, "host").is_err(), "{status}");
        }
    }
}
