//! What became of every object of a run.

use crate::{Identity, Problem};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// A stage of the chain, in the order of a full update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Clusters and nodes.
    Devices,
    /// Storage definitions.
    Storage,
    /// Virtual machines and containers, with their cloud-init settings.
    VirtualMachines,
    /// Disks of guests.
    VirtualDisks,
    /// Backups on storages.
    Backups,
    /// Snapshots of guests.
    Snapshots,
    /// Interfaces of nodes, with their addresses, and the VLANs that they use.
    NodeInterfaces,
    /// Interfaces of guests with their MAC addresses, the VLANs that they use, and the interfaces that guests themselves know.
    VmInterfaces,
    /// Addresses of guests, and their primary ones.
    IpAddresses,
    /// Backup jobs.
    BackupRoutines,
    /// Replication jobs.
    Replications,
    /// Tasks that name a guest.
    TaskHistory,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 12] = [
        Self::Devices,
        Self::Storage,
        Self::VirtualMachines,
        Self::VirtualDisks,
        Self::Backups,
        Self::Snapshots,
        Self::NodeInterfaces,
        Self::VmInterfaces,
        Self::IpAddresses,
        Self::BackupRoutines,
        Self::Replications,
        Self::TaskHistory,
    ];

    /// The name on the wire: `virtual-machines`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::Storage => "storage",
            Self::VirtualMachines => "virtual-machines",
            Self::VirtualDisks => "virtual-disks",
            Self::Backups => "backups",
            Self::Snapshots => "snapshots",
            Self::NodeInterfaces => "node-interfaces",
            Self::VmInterfaces => "vm-interfaces",
            Self::IpAddresses => "ip-addresses",
            Self::BackupRoutines => "backup-routines",
            Self::Replications => "replications",
            Self::TaskHistory => "task-history",
        }
    }
}

/// The one result that every source object ends in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum ObjectResult {
    /// Made in NetBox.
    Created,
    /// Fields changed in NetBox.
    Updated {
        /// Names of the changed fields; custom fields as `custom_fields.name`.
        fields: Vec<String>,
        /// Whether an object that someone else made was taken over.
        adopted: bool,
    },
    /// NetBox was right already.
    Unchanged,
    /// Left out on purpose.
    Skipped {
        /// For the operator.
        reason: String,
    },
    /// Not in NetBox, or not up to date there.
    Failed {
        /// What happened and what to try.
        problem: Problem,
    },
    /// Something in NetBox is in the way that is not ours to change.
    Conflict {
        /// What is in the way and what to try.
        problem: Problem,
    },
}

/// A source object and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectReport {
    /// Stage that it belongs to.
    pub stage: Stage,
    /// Who it is.
    pub identity: Identity,
    /// Name in Proxmox.
    pub name: String,
    /// `cluster`, `node`, `qemu` or `lxc`.
    pub item_type: String,
    /// What became of it.
    #[serde(flatten)]
    pub result: ObjectResult,
    /// Its id in NetBox, when it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netbox_id: Option<u64>,
    /// Its page in NetBox, when it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netbox_url: Option<String>,
}

/// How many objects ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Made in NetBox.
    pub created: u64,
    /// Changed in NetBox.
    pub updated: u64,
    /// Right already.
    pub unchanged: u64,
    /// Left out on purpose.
    pub skipped: u64,
    /// Not done.
    pub failed: u64,
    /// Something that is not ours is in the way.
    pub conflicts: u64,
}

impl Counts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.skipped + self.failed + self.conflicts
    }

    /// Counts one more object.
    pub fn count(&mut self, result: &ObjectResult) {
        match result {
            ObjectResult::Created => self.created += 1,
            ObjectResult::Updated { .. } => self.updated += 1,
            ObjectResult::Unchanged => self.unchanged += 1,
            ObjectResult::Skipped { .. } => self.skipped += 1,
            ObjectResult::Failed { .. } => self.failed += 1,
            ObjectResult::Conflict { .. } => self.conflicts += 1,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.conflicts += other.conflicts;
    }
}

/// Rows in NetBox whose Proxmox object is gone, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoneCounts {
    /// Removed, as the operator wants it.
    pub deleted: u64,
    /// Marked as stale in this run.
    pub stale: u64,
}

impl AddAssign for GoneCounts {
    fn add_assign(&mut self, other: Self) {
        self.deleted += other.deleted;
        self.stale += other.stale;
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Every object is right, and every source was read in full.
    Completed,
    /// Some objects or some sources failed.
    Partial,
    /// Nothing could be done.
    Failed,
    /// Stopped on request.
    Cancelled,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// UUID of the run.
    pub run: String,
    /// How it ended.
    pub status: RunStatus,
    /// Whether nothing was written on purpose.
    pub dry_run: bool,
    /// Source objects; every one is counted once.
    #[serde(flatten)]
    pub counts: Counts,
    /// Objects made or found on the way: roles, types, tags, custom fields.
    pub dependencies: Counts,
    /// What was removed or marked because it is gone from Proxmox.
    #[serde(default)]
    pub gone: GoneCounts,
    /// Wall-clock seconds.
    pub duration_seconds: f64,
    /// Requests sent to NetBox, retries included.
    pub netbox_requests: u64,
    /// Requests among them that write.
    pub netbox_writes: u64,
    /// Requests sent to Proxmox, retries included.
    pub proxmox_requests: u64,
    /// Every source object.
    pub objects: Vec<ObjectReport>,
    /// What else went wrong or deserves a look: a source that cannot be read, a module that was blamed.
    pub problems: Vec<Problem>,
}
