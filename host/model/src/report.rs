//! What became of every object of a run.

use crate::plan::Shortfall;
use crate::{Identity, Problem};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use std::ops::AddAssign;
use std::sync::Arc;

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
    /// What it was written without; the rest of it is in NetBox.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Shortfall>,
    /// What a run that only planned foresees in detail; none of other runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Arc<Preview>>,
}

/// What would become of an object, against what the built-in mapping makes of it and against NetBox as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Names of the site modules that map it, outermost first.
    pub modules: Vec<String>,
    /// What these modules make of it that the built-in mapping alone does not.
    pub usual: Vec<Difference>,
    /// What would be written to NetBox.
    pub netbox: Vec<Difference>,
}

/// A value that differs, in a form that people can read: `device role web` for a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// NetBox's name of the field; custom fields as `custom_fields.name`. `outcome` when it is not even clear that there
    /// is an object; the name of an object that is brought along, such as `tenant acme`.
    pub field: String,
    /// The value before; none when there is none, or it is left alone. Null is an empty one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub from: Option<Json>,
    /// The value after.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub to: Option<Json>,
}

/// A member that is there, even if it is null.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
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

/// How much of its sources a quick run looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuickCounts {
    /// Guests that there are.
    pub guests: u64,
    /// Guests among them that may have changed, so that they were looked at.
    pub looked_at: u64,
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
    /// How much was looked at; of a quick run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick: Option<QuickCounts>,
    /// Every source object, shared with the event that told of it.
    pub objects: Vec<Arc<ObjectReport>>,
    /// What else went wrong or deserves a look: a source that cannot be read, a module that was blamed.
    pub problems: Vec<Problem>,
    /// What ended the run, or else the first thing beside the objects that is not done; none of runs in which nothing failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Problem>,
    /// What each module did, the built-in ones included; one entry for each module and interface.
    #[serde(default)]
    pub modules: Vec<ModuleUsage>,
    /// What modules logged, cut to a limit.
    #[serde(default)]
    pub module_log: Vec<LogLine>,
    /// Modules that this run saw although they are only staged; none of runs that write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub staged: Vec<String>,
}

impl RunReport {
    /// Every source object.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectReport> {
        self.objects.iter().map(Arc::as_ref)
    }

    /// Why the run is not complete: its failure, else that of the first object. A warning is never the cause.
    pub fn cause(&self) -> Option<&Problem> {
        let of_objects = || {
            self.objects().find_map(|object| match &object.result {
                ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => Some(problem),
                _ => None,
            })
        };
        self.failure.as_ref().or_else(of_objects)
    }
}

/// What a mapping module did for one interface.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModuleUsage {
    /// Name of the module.
    pub module: String,
    /// Its version.
    pub version: String,
    /// What it mapped: `virtual-machine`.
    pub interface: String,
    /// Calls of it, those that failed included.
    pub calls: u64,
    /// Objects that it was asked about; each is counted once as kept, skipped, rejected or failed.
    pub objects: u64,
    /// Objects that it gave drafts for.
    pub kept: u64,
    /// Objects that it left out.
    pub skipped: u64,
    /// Objects whose facts it found wrong.
    pub rejected: u64,
    /// Objects that it failed on: they went to its policy.
    pub failed: u64,
    /// Time of its own, without that of the next mappers.
    pub seconds: f64,
    /// Most linear memory that one instance had, in bytes.
    pub memory_peak: u64,
    /// Calls repeated with fewer objects because one with more failed.
    pub restarts: u64,
}

impl ModuleUsage {
    /// Whether the module is part of the program.
    pub fn is_built_in(&self) -> bool {
        self.module.strip_prefix("proxbox-") == Some(self.interface.as_str())
    }

    /// Adds what the same module did for the same interface elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.objects += other.objects;
        self.kept += other.kept;
        self.skipped += other.skipped;
        self.rejected += other.rejected;
        self.failed += other.failed;
        self.seconds += other.seconds;
        self.memory_peak = self.memory_peak.max(other.memory_peak);
        self.restarts += other.restarts;
    }
}

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For the module's author.
    Debug,
    /// Good to know.
    Info,
    /// Something is odd.
    Warn,
    /// Something is wrong.
    Error,
}

/// A line that a module logged. Text of a module: never trust it as markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Name and version of the module.
    pub module: String,
    /// How much it matters.
    pub level: Level,
    /// Without control characters, and cut to a limit.
    pub message: String,
}
