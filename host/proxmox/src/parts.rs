//! What to read of an endpoint, and what was read of it in full.

use crate::overview::Changes;
use std::collections::BTreeSet;

/// What to read besides the cluster, its nodes and the list of its guests.
///
/// What a part needs is read with it: agents and snapshots read the configurations, backups the storages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// One configuration for each guest.
    pub configs: bool,
    /// What running guests say of their interfaces.
    pub agents: bool,
    /// Snapshots of each guest.
    pub snapshots: bool,
    /// Storage definitions.
    pub storages: bool,
    /// Backups on the storages that may hold some.
    pub backups: bool,
    /// Network interfaces of the nodes.
    pub networks: bool,
    /// Backup jobs.
    pub backup_jobs: bool,
    /// Replication jobs.
    pub replications: bool,
    /// Tasks that name a guest.
    pub tasks: bool,
    /// What tells later which guests have changed.
    pub overview: bool,
    /// The guests of which configuration, interfaces and snapshots are read; none means all. Lists are read in full either way,
    /// unless it is one guest: of that one alone backups and tasks are asked for.
    pub only: Option<BTreeSet<u32>>,
    /// Read lists in full, also when only one guest is meant.
    pub whole_lists: bool,
    /// Read all this only of the cluster of this name; of any other nothing but the list of its guests.
    pub cluster: Option<String>,
    /// The node of which interfaces, tasks and backups are read; none means all. A shared storage is read as ever.
    pub node: Option<String>,
    /// The node on which the guests are that `only` means; none means all.
    pub guests_on: Option<String>,
    /// The storage of which backups are read; none means all.
    pub storage: Option<String>,
}

impl Parts {
    /// Everything, of every guest.
    pub fn all() -> Self {
        Self {
            configs: true,
            agents: true,
            snapshots: true,
            storages: true,
            backups: true,
            networks: true,
            backup_jobs: true,
            replications: true,
            tasks: true,
            ..Self::default()
        }
    }

    /// The same, of what may have changed.
    #[must_use]
    pub fn narrowed_to(&self, changes: &Changes) -> Self {
        Self {
            only: Some(changes.guests.clone()),
            whole_lists: changes.backups,
            backups: self.backups && changes.backups,
            networks: false,
            backup_jobs: false,
            overview: false,
            ..self.clone()
        }
    }

    /// Whether a guest's configuration is wanted, for itself or for what builds on it.
    pub(crate) fn config_of(&self, vmid: u32, node: &str) -> bool {
        (self.configs || self.agents || self.snapshots)
            && self.only.as_ref().is_none_or(|only| only.contains(&vmid))
            && self.guests_on.as_ref().is_none_or(|on| on == node)
    }

    /// Whether anything beyond the list of guests is wanted of a cluster.
    pub(crate) fn are_of(&self, cluster: &str) -> bool {
        self.cluster.as_ref().is_none_or(|meant| meant == cluster)
    }

    /// Whether a node is one of those of which lists are read.
    pub(crate) fn has_node(&self, name: &str) -> bool {
        self.node.as_ref().is_none_or(|node| node == name)
    }

    /// The one guest that lists can be asked for.
    pub(crate) fn one_guest(&self) -> Option<u32> {
        let only = self.only.as_ref().filter(|only| only.len() == 1 && !self.whole_lists)?;
        only.first().copied()
    }
}

/// What was read in full. Only of these can be said that what is missing is gone.
///
/// Of a cluster that has no quorum, or of which the account may not read the status, no list counts as read in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Guests whose configuration was read.
    pub configs: BTreeSet<u32>,
    /// Guests whose addresses are known in full: they answered, or there is nothing in them to ask (no agent enabled, a template).
    /// Not among them: containers and guests with an agent that do not run, whose agent is silent, or that failed to answer.
    pub agents: BTreeSet<u32>,
    /// Guests whose snapshots were read.
    pub snapshots: BTreeSet<u32>,
    /// Nodes whose network interfaces were read.
    pub networks: BTreeSet<String>,
    /// Storages whose backups were read on every node that has the storage, by an account that sees all of them.
    pub backups: BTreeSet<String>,
    /// Whether all storage definitions were read.
    pub storages: bool,
    /// Whether all backup jobs were read.
    pub backup_jobs: bool,
    /// Whether all replication jobs were read.
    pub replications: bool,
    /// Whether the tasks of every node were read to the end of its list.
    pub tasks: bool,
}

impl Seen {
    /// Takes back what can only be said of a cluster that speaks for all of itself.
    pub(crate) fn distrust_cluster(&mut self) {
        self.backups.clear();
        self.storages = false;
        self.backup_jobs = false;
        self.replications = false;
        self.tasks = false;
    }
}
