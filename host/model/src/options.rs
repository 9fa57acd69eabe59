//! The choices of a run.

use crate::report::Stage;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What an `overwrite_*` flag protects when it is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// One field, by NetBox's name.
    Field(&'static str),
    /// The tags.
    Tags,
    /// The tags that mirror Proxmox's own.
    SourceTags,
    /// All custom fields, except those that hold identity.
    CustomFields,
    /// Every field of rows that are there already.
    Everything,
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
const NODE_INTERFACE: &str = "dcim.interface";
const VM_INTERFACE: &str = "virtualization.vminterface";
const IP_ADDRESS: &str = "ipam.ipaddress";

/// Every flag that the plugin knows.
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
    flag("overwrite_vm_proxmox_tags", VM, Part::SourceTags),
    flag("overwrite_vm_description", VM, Part::Field("description")),
    flag("overwrite_vm_custom_fields", VM, Part::CustomFields),
    flag("overwrite_vm_cloudinit", "netbox_proxbox.proxmoxvmcloudinit", Part::Everything),
    flag("overwrite_cluster_tags", CLUSTER, Part::Tags),
    flag("overwrite_cluster_description", CLUSTER, Part::Field("description")),
    flag("overwrite_cluster_custom_fields", CLUSTER, Part::CustomFields),
    flag("overwrite_node_interface_tags", NODE_INTERFACE, Part::Tags),
    flag("overwrite_node_interface_custom_fields", NODE_INTERFACE, Part::CustomFields),
    flag("overwrite_storage_tags", "netbox_proxbox.proxmoxstorage", Part::Tags),
    flag("overwrite_vm_interface_tags", VM_INTERFACE, Part::Tags),
    flag("overwrite_vm_interface_custom_fields", VM_INTERFACE, Part::CustomFields),
    flag("overwrite_ip_status", IP_ADDRESS, Part::Field("status")),
    flag("overwrite_ip_tags", IP_ADDRESS, Part::Tags),
    flag("overwrite_ip_custom_fields", IP_ADDRESS, Part::CustomFields),
    flag("overwrite_ip_address_dns_name", IP_ADDRESS, Part::Field("dns_name")),
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

/// How far objects of a type are kept in step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    /// Created and updated.
    #[default]
    Always,
    /// Created when missing, then left to the operator.
    BootstrapOnly,
    /// Left out.
    Disabled,
}

impl SyncMode {
    /// The mode of that name on the wire: `always`, `bootstrap_only`, `disabled`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "always" => Some(Self::Always),
            "bootstrap_only" => Some(Self::BootstrapOnly),
            "disabled" => Some(Self::Disabled),
            _ => None,
        }
    }
}

/// Every `sync_mode_*` setting with its default. Proxmox's SDN is not synced yet, so its two modes select nothing.
pub const SYNC_MODES: &[(&str, SyncMode)] = &[
    ("sync_mode_vm", SyncMode::Always),
    ("sync_mode_vm_template", SyncMode::Always),
    ("sync_mode_vm_interface", SyncMode::Always),
    ("sync_mode_mac", SyncMode::Always),
    ("sync_mode_ip_address", SyncMode::Always),
    ("sync_mode_cluster", SyncMode::Always),
    ("sync_mode_node", SyncMode::Always),
    ("sync_mode_storage", SyncMode::Always),
    ("sync_mode_sdn", SyncMode::Disabled),
    ("sync_mode_sdn_bgp", SyncMode::Disabled),
];

/// How interfaces of guests are named and where the guest's own view goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterfaceStrategy {
    /// NetBox interfaces keep Proxmox's names; what the guest knows goes to the plugin's guest interfaces.
    #[default]
    GuestOsModel,
    /// NetBox interfaces are named as the guest names them.
    LegacyRename,
}

impl InterfaceStrategy {
    /// The strategy of that name on the wire: `guest_os_model`, `legacy_rename`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "guest_os_model" => Some(Self::GuestOsModel),
            "legacy_rename" => Some(Self::LegacyRename),
            _ => None,
        }
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GuestOsModel => "guest_os_model",
            Self::LegacyRename => "legacy_rename",
        }
    }
}

/// The family of addresses that comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressFamily {
    /// IPv4.
    #[default]
    Ipv4,
    /// IPv6.
    Ipv6,
}

impl AddressFamily {
    /// The family of that name on the wire: `ipv4`, `ipv6`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "ipv4" => Some(Self::Ipv4),
            "ipv6" => Some(Self::Ipv6),
            _ => None,
        }
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }
}

/// What a caller says about mapping; what is none is decided by the plugin's settings, then by the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingChoices {
    /// Name interfaces as the guest agent does (with [`InterfaceStrategy::LegacyRename`]). Default: yes.
    pub use_guest_agent_interface_name: Option<bool>,
    /// How interfaces of guests are named.
    pub vm_interface_sync_strategy: Option<InterfaceStrategy>,
    /// Leave IPv6 link-local addresses out. Default: yes.
    pub ignore_ipv6_link_local_addresses: Option<bool>,
    /// Which family of addresses is primary where a guest has both.
    pub primary_ip_preference: Option<AddressFamily>,
}

/// What to sync and how. What a caller does not say is decided by the plugin's settings, then by the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOptions {
    /// Proxmox endpoints by id in the store; empty means all that are enabled.
    pub endpoints: Vec<i64>,
    /// Stages to run; empty means all.
    pub stages: Vec<Stage>,
    /// Plan only.
    pub dry_run: bool,
    /// Explicit `overwrite_*` flags by name.
    pub overwrite: BTreeMap<String, bool>,
    /// Explicit `sync_mode_*` settings by name.
    pub modes: BTreeMap<String, SyncMode>,
    /// Choices of mapping.
    pub mapping: MappingChoices,
    /// Only guests whose virtual machines in NetBox have these ids; empty means all.
    pub netbox_vm_ids: Vec<u64>,
    /// Requests to each Proxmox endpoint at a time.
    pub fetch_max_concurrency: Option<usize>,
    /// Remove backups from NetBox that are gone from a storage that was read in full.
    pub delete_nonexistent_backup: bool,
    /// Remove snapshots from NetBox that are gone from a guest that was read in full, instead of marking them stale.
    pub delete_nonexistent_snapshot: bool,
}
