//! The choices of a run.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What an `overwrite_*` flag protects when it is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// One field, by NetBox's name.
    Field(&'static str),
    /// The tags.
    Tags,
    /// All custom fields, except those that hold identity.
    CustomFields,
}

/// One `overwrite_*` flag: off means that a value that is there already stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverwriteFlag {
    /// Name in queries and plugin settings.
    pub name: &'static str,
    /// Kind it is about.
    pub kind: &'static str,
    /// What it protects.
    pub part: Part,
    /// Value when nobody says.
    pub default: bool,
}

const fn flag(name: &'static str, kind: &'static str, part: Part) -> OverwriteFlag {
    OverwriteFlag { name, kind, part, default: true }
}

const VM: &str = "virtualization.virtualmachine";
const DEVICE: &str = "dcim.device";
const CLUSTER: &str = "virtualization.cluster";

/// The flags about kinds that the host writes.
pub const OVERWRITE_FLAGS: &[OverwriteFlag] = &[
    flag("overwrite_device_role", DEVICE, Part::Field("role")),
    flag("overwrite_device_type", DEVICE, Part::Field("device_type")),
    flag("overwrite_device_tags", DEVICE, Part::Tags),
    flag("overwrite_device_status", DEVICE, Part::Field("status")),
    flag("overwrite_device_description", DEVICE, Part::Field("description")),
    flag("overwrite_device_custom_fields", DEVICE, Part::CustomFields),
    flag("overwrite_vm_role", VM, Part::Field("role")),
    flag("overwrite_vm_type", VM, Part::Field("virtual_machine_type")),
    OverwriteFlag { default: false, ..flag("overwrite_vm_platform", VM, Part::Field("platform")) },
    flag("overwrite_vm_tags", VM, Part::Tags),
    flag("overwrite_vm_description", VM, Part::Field("description")),
    flag("overwrite_vm_custom_fields", VM, Part::CustomFields),
    flag("overwrite_cluster_tags", CLUSTER, Part::Tags),
    flag("overwrite_cluster_description", CLUSTER, Part::Field("description")),
    flag("overwrite_cluster_custom_fields", CLUSTER, Part::CustomFields),
];

/// Parts of existing objects that a run leaves alone when they hold a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept(BTreeSet<(&'static str, Part)>);

impl Kept {
    /// From explicit flag values; a flag that is missing has its default.
    pub fn from_flags(flags: &BTreeMap<String, bool>) -> Self {
        Self(
            OVERWRITE_FLAGS
                .iter()
                .filter(|flag| !flags.get(flag.name).copied().unwrap_or(flag.default))
                .map(|flag| (flag.kind, flag.part))
                .collect(),
        )
    }

    /// Whether that part of that kind stays when it holds a value.
    pub fn keeps(&self, kind: &str, part: Part) -> bool {
        self.0.iter().any(|(kept_kind, kept_part)| *kept_kind == kind && *kept_part == part)
    }
}

/// What to sync and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOptions {
    /// Proxmox endpoints by id in the store; empty means all that are enabled.
    pub endpoints: Vec<i64>,
    /// Stages to run; empty means all.
    pub stages: Vec<crate::report::Stage>,
    /// Plan only.
    pub dry_run: bool,
    /// Explicit `overwrite_*` flags by name.
    pub overwrite: BTreeMap<String, bool>,
}
