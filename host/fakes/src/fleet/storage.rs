//! Storages and the backups on them.

use super::guest::GuestKind;
use std::collections::BTreeMap;

/// One storage of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Storage {
    /// `local-lvm`.
    pub name: String,
    /// `dir`, `lvmthin`, `zfspool`, `nfs`, `pbs`.
    pub kind: String,
    /// `images`, `rootdir`, `backup` …
    pub content: Vec<String>,
    /// Whether every node sees the same data.
    pub shared: bool,
    /// Whether it is switched on in the configuration.
    pub enabled: bool,
    /// Whether the nodes can reach it; when not, its content cannot be listed.
    pub active: bool,
    /// Nodes it is restricted to; empty means all.
    pub nodes: Vec<String>,
    /// Bytes on each node, or in all when shared.
    pub total: u64,
    /// Further keys of `/storage` as they stand: `path`, `server`, `export`, `prune-backups` …
    pub options: BTreeMap<String, String>,
}

impl Storage {
    /// Whether this node has it.
    pub fn is_on(&self, node: &str) -> bool {
        self.nodes.is_empty() || self.nodes.iter().any(|n| n == node)
    }

    /// Whether it may hold this type of content.
    pub fn holds(&self, content: &str) -> bool {
        self.content.iter().any(|c| c == content)
    }
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Storage it is on.
    pub storage: String,
    /// Node whose copy of the storage has it; none on a shared storage.
    pub node: Option<String>,
    /// `pbs:backup/vm/100/2026-01-01T00:00:00Z`.
    pub volid: String,
    /// Guest; it may be gone.
    pub vmid: u32,
    /// What sort of guest.
    pub kind: GuestKind,
    /// `vma.zst`, `tar.zst`, `pbs-vm`, `pbs-ct`.
    pub format: String,
    /// Bytes.
    pub size: u64,
    /// Seconds since the Unix epoch.
    pub created: u64,
    /// Notes.
    pub notes: String,
    /// Whether it is protected from pruning.
    pub protected: bool,
    /// Verification on a backup server: state and task.
    pub verification: Option<(String, String)>,
    /// Fingerprint of the key it is encrypted with.
    pub encrypted: Option<String>,
}
