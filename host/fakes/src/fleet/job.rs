//! Pools, scheduled jobs and the history of tasks.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A resource pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Name.
    pub name: String,
    /// Comment.
    pub comment: String,
    /// Guests in it.
    pub members: BTreeSet<u32>,
    /// Storages in it.
    pub storages: Vec<String>,
}

/// A backup job: its id and the rest of its entry in `/cluster/backup`, as Proxmox gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupJob {
    /// `backup-3f2a9c10-7b1e`.
    pub id: String,
    /// The other keys: `schedule`, `storage`, `all`, `vmid`, `pool`, `exclude`, `prune-backups` …
    pub entry: Map<String, Value>,
}

/// A replication job.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    /// Guest.
    pub vmid: u32,
    /// Number among the guest's jobs.
    pub number: u32,
    /// Node it copies to.
    pub target: String,
    /// `*/15`, `mon..fri 22:00`.
    pub schedule: String,
    /// MB/s.
    pub rate: Option<f64>,
    /// Comment.
    pub comment: String,
    /// Whether it is switched on.
    pub enabled: bool,
}

impl Replication {
    /// `100-0`.
    pub fn id(&self) -> String {
        format!("{}-{}", self.vmid, self.number)
    }
}

/// One task of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Node it ran on.
    pub node: String,
    /// `qmstart`, `vzdump`, `qmigrate` …
    pub kind: String,
    /// What it was about: a vmid, a storage, or nothing.
    pub about: String,
    /// `root@pam`, `auto@pve!ci`.
    pub user: String,
    /// Seconds since the Unix epoch.
    pub started: u64,
    /// None while it runs.
    pub ended: Option<u64>,
    /// `OK`, `WARNINGS: 1`, or an error; empty while it runs.
    pub status: String,
    /// Process id.
    pub pid: u32,
    /// Start of the process in clock ticks.
    pub pstart: u32,
}

impl Task {
    /// Proxmox's unique id of the task.
    pub fn upid(&self) -> String {
        let Self { node, pid, pstart, started, kind, about, user, .. } = self;
        format!("UPID:{node}:{pid:08X}:{pstart:08X}:{started:08X}:{kind}:{about}:{user}:")
    }
}
