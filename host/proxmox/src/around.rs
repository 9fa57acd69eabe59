//! What is around the guests of a source: networks of the nodes, storages and backups, jobs and tasks.

use crate::backups;
use crate::jobs;
use crate::networks;
use crate::nodes::NodeNames;
use crate::part::Part;
use crate::parts::{Parts, Seen};
use crate::permissions::{self, Rights, SEE_TASKS, hidden};
use crate::reader::Reader;
use crate::storages;
use crate::tasks;
use proxbox_model::Problem;
use proxbox_model::facts::{
    BackupFacts, BackupRoutineFacts, GuestKind, NodeInterfaceFacts, ReplicationFacts, StorageFacts, TaskFacts,
};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

const SEE_STORAGES: &[&str] = &["Datastore.Audit", "Datastore.AllocateSpace"];

/// What to read, and what is known before.
pub(crate) struct Plan<'a> {
    pub(crate) parts: &'a Parts,
    /// None when nobody knows what the account may see.
    pub(crate) rights: Option<Rights<'a>>,
    pub(crate) nodes: NodeNames,
    /// Kinds of the guests that are there now.
    pub(crate) kinds: BTreeMap<u32, GuestKind>,
}

/// What was read; what was not wanted is empty and not seen.
#[derive(Default)]
pub(crate) struct Around {
    pub(crate) node_interfaces: Vec<NodeInterfaceFacts>,
    pub(crate) storages: Vec<StorageFacts>,
    pub(crate) backups: Vec<BackupFacts>,
    pub(crate) routines: Vec<BackupRoutineFacts>,
    pub(crate) replications: Vec<ReplicationFacts>,
    pub(crate) tasks: Vec<TaskFacts>,
    pub(crate) seen: Seen,
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<Problem>,
}

/// Reads all that is wanted side by side. `listing` holds the entries of storages in `/cluster/resources`.
pub(crate) async fn read(reader: &Reader<'_>, plan: &Plan<'_>, listing: &[Json]) -> Around {
    let (parts, nodes) = (plan.parts, &plan.nodes);
    let asked: BTreeSet<String> = nodes.online.iter().filter(|node| parts.has_node(node)).cloned().collect();
    let ((networks, network_nodes), (storages, (backups, backup_storages)), routines, replications, tasks) = tokio::join!(
        when(parts.networks, networks::read(reader, &asked)),
        storages_and_backups(reader, plan, listing),
        when(parts.backup_jobs, jobs::routines(reader)),
        when(parts.replications, jobs::replications(reader)),
        when(parts.tasks, tasks::read(reader, &asked, parts.one_guest(), &plan.kinds)),
    );
    let seen = Seen {
        networks: network_nodes,
        backups: backup_storages.into_iter().filter(|storage| plan.sees_backups_on(storage)).collect(),
        storages: storages.full && plan.sees_storages(),
        backup_jobs: routines.full,
        replications: replications.full && plan.sees("/vms", &["VM.Audit"]),
        tasks: tasks.full && nodes.are_all_in(&asked) && parts.one_guest().is_none() && plan.sees_tasks(),
        ..Seen::default()
    };
    let notes = plan.hidden_backups(reader.endpoint, &storages.items).into_iter().collect();
    let mut problems = plan.hidden(reader.endpoint);
    problems.extend(networks.problems);
    problems.extend(storages.problems);
    problems.extend(backups.problems);
    problems.extend(routines.problems);
    problems.extend(replications.problems);
    problems.extend(tasks.problems);
    Around {
        node_interfaces: networks.items,
        storages: storages.items,
        backups: backups.items,
        routines: routines.items,
        replications: replications.items,
        tasks: tasks.items,
        seen,
        problems,
        notes,
    }
}

/// Backups are looked for on the storages, so these come first.
async fn storages_and_backups(
    reader: &Reader<'_>,
    plan: &Plan<'_>,
    listing: &[Json],
) -> (Part<StorageFacts>, (Part<BackupFacts>, BTreeSet<String>)) {
    let parts = plan.parts;
    let storages = when(parts.storages || parts.backups, storages::read(reader, listing)).await;
    let backups = when(parts.backups, backups::read(reader, &storages.items, &plan.nodes, parts)).await;
    (storages, backups)
}

async fn when<T: Default>(wanted: bool, read: impl Future<Output = T>) -> T {
    if wanted { read.await } else { T::default() }
}

impl Plan<'_> {
    fn sees(&self, root: &str, privileges: &[&str]) -> bool {
        self.rights.is_some_and(|rights| rights.everywhere(root, privileges))
    }

    fn sees_storages(&self) -> bool {
        self.sees("/storage", SEE_STORAGES)
    }

    fn sees_tasks(&self) -> bool {
        self.sees("/nodes", SEE_TASKS)
    }

    /// Proxmox shows a backup to those who may use the storage and back up the guest, and to administrators of the storage.
    fn sees_backups_on(&self, storage: &str) -> bool {
        self.rights.is_some_and(|rights| {
            let on = |privilege: &str| rights.on("/storage", storage, &[privilege]);
            on("Datastore.Allocate")
                || (on("Datastore.AllocateSpace") && rights.everywhere("/vms", &["VM.Backup"]))
        })
    }

    /// What the account may not see of what is wanted. Proxmox leaves it out without a word.
    fn hidden(&self, endpoint: &str) -> Vec<Problem> {
        if self.rights.is_none() {
            return Vec::new();
        }
        let mut problems = Vec::new();
        if self.parts.storages && !self.sees_storages() {
            problems.push(hidden(endpoint, "storage", "the role PVEAuditor on path / with propagate"));
        }
        if self.parts.tasks && !self.sees_tasks() {
            problems.push(hidden(endpoint, "task", "the privilege Sys.Audit on path /nodes"));
        }
        problems
    }

    /// Backups that Proxmox does not show to an account that only reads, which is no fault of the account.
    fn hidden_backups(&self, endpoint: &str, storages: &[StorageFacts]) -> Option<Problem> {
        let mut holding = storages.iter().filter(|storage| backups::may_hold(storage));
        let hides = self.parts.backups
            && self.rights.is_some()
            && holding.any(|storage| !self.sees_backups_on(&storage.name));
        hides.then(|| permissions::hidden_backups(endpoint))
    }
}
