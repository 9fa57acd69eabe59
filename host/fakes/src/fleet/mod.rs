//! A Proxmox cluster as plain data, generated from a seed.
//!
//! [`Fleet::generate`] makes one of any size. Its state is public and plain: tests and the demo change it, either
//! through the methods that do what an operator would do (`rename`, `migrate`, `resize_disk` …) or directly.

mod build;
mod change;
mod config;
mod guest;
mod job;
mod node;
mod spec;
mod storage;
mod usage;

pub use change::ChangeError;
pub use guest::{Agent, Disk, Guest, GuestInterface, GuestKind, GuestStatus, Nic, Snapshot, parse_size};
pub use job::{BackupJob, Pool, Replication, Task};
pub use node::{Node, NodeInterface};
pub use spec::FleetSpec;
pub use storage::{Backup, Storage};
pub use usage::Usage;

use std::collections::BTreeMap;

/// A cluster, or a node on its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Cluster name; none for a node on its own.
    pub cluster: Option<String>,
    /// Id of the certificate authority that was made with the cluster, or with the node on its own.
    pub authority: String,
    /// Version of the cluster's configuration.
    pub cluster_version: u64,
    /// Proxmox VE version: `9.1.2`.
    pub version: String,
    /// Decides on the MAC addresses of new guests.
    pub seed: u64,
    /// The fleet's clock, seconds since the Unix epoch.
    pub now: u64,
    /// Nodes in the order of their numbers; the first one that is online answers the API.
    pub nodes: Vec<Node>,
    /// Guests by VMID.
    pub guests: BTreeMap<u32, Guest>,
    /// Storages.
    pub storages: Vec<Storage>,
    /// Backups, oldest first for each guest.
    pub backups: Vec<Backup>,
    /// Backup jobs.
    pub backup_jobs: Vec<BackupJob>,
    /// Replication jobs.
    pub replications: Vec<Replication>,
    /// Pools.
    pub pools: Vec<Pool>,
    /// Tasks, oldest first.
    pub tasks: Vec<Task>,
}

impl Fleet {
    /// Makes the fleet of a spec.
    pub fn generate(spec: &FleetSpec) -> Self {
        build::fleet(spec)
    }

    /// Cluster name; of a node on its own, the node's name.
    pub fn name(&self) -> &str {
        match &self.cluster {
            Some(name) => name,
            None => self.nodes.first().map_or("", |node| &node.name),
        }
    }

    /// First number of the version.
    pub fn major_version(&self) -> u32 {
        self.version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or_default()
    }

    /// A node by name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// A guest by VMID.
    pub fn guest(&self, vmid: u32) -> Option<&Guest> {
        self.guests.get(&vmid)
    }

    /// The same, to change anything in it.
    pub fn guest_mut(&mut self, vmid: u32) -> Option<&mut Guest> {
        self.guests.get_mut(&vmid)
    }

    /// A storage by name.
    pub fn storage(&self, name: &str) -> Option<&Storage> {
        self.storages.iter().find(|storage| storage.name == name)
    }

    /// The pool a guest is in.
    pub fn pool_of(&self, vmid: u32) -> Option<&str> {
        self.pools.iter().find(|pool| pool.members.contains(&vmid)).map(|pool| pool.name.as_str())
    }

    /// Lowest VMID from 100 that is free.
    pub fn next_vmid(&self) -> u32 {
        (100..).find(|vmid| !self.guests.contains_key(vmid)).unwrap_or(u32::MAX)
    }

    /// The node that answers the API: the first one that is online.
    pub fn local_node(&self) -> Option<&Node> {
        self.nodes.iter().find(|node| node.online)
    }
}
