//! The choices of a run.

use crate::SourceObject;
use crate::facts::GuestKind;
use crate::kind::{KINDS, Ownership};
use crate::report::Stage;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

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

/// Whose a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldRule {
    /// Proxmox's: it is kept in step, whatever an operator enters.
    Mirror,
    /// An operator's once it holds a value.
    FillWhenEmpty,
    /// An operator's: it is not written, except where NetBox takes no new object without it.
    Never,
}

impl FieldRule {
    /// Every rule with its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("mirror", Self::Mirror), ("fill-when-empty", Self::FillWhenEmpty), ("never", Self::Never)];

    /// The name.
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, rule)| *rule == self).map_or("", |(name, _)| name)
    }
}

/// What an operator says of single fields: `[ENDPOINT/]KIND.FIELD=RULE`, separated by commas. Later ones win.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldRules(Vec<RuleOfField>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct RuleOfField {
    /// Name of the Proxmox endpoint; none means all.
    endpoint: Option<String>,
    kind: &'static str,
    field: &'static str,
    rule: FieldRule,
}

/// A rule that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFieldRule {
    /// It has not the form of one.
    #[error("`{0}` is not KIND.FIELD=RULE, as in `dcim.device.role=fill-when-empty`")]
    Form(String),
    /// There is no such field.
    #[error("`{0}` names no field of NetBox that a sync writes")]
    Field(String),
    /// There is no such rule.
    #[error("`{0}` is no rule: say mirror, fill-when-empty or never")]
    Rule(String),
}

impl FromStr for FieldRules {
    type Err = InvalidFieldRule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(RuleOfField::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl RuleOfField {
    fn parse(entry: &str) -> Result<Self, InvalidFieldRule> {
        let form = || InvalidFieldRule::Form(entry.to_owned());
        let (place, rule) = entry.rsplit_once('=').ok_or_else(form)?;
        let (endpoint, name) = match place.trim().rsplit_once('/') {
            Some((endpoint, name)) => (Some(endpoint.trim().to_owned()), name.trim()),
            None => (None, place.trim()),
        };
        let (kind, field) = name.rsplit_once('.').ok_or_else(form)?;
        let kinds = KINDS.iter().filter(|row| row.model() == kind && row.ownership == Ownership::Mirrored);
        let found = kinds.filter_map(|row| Some((row, row.field(field)?))).next();
        let Some((row, spec)) = found else { return Err(InvalidFieldRule::Field(name.to_owned())) };
        let named = FieldRule::ALL.into_iter().find(|(name, _)| *name == rule.trim());
        let (_, rule) = named.ok_or_else(|| InvalidFieldRule::Rule(rule.trim().to_owned()))?;
        Ok(Self { endpoint, kind: row.name, field: spec.name, rule })
    }
}

impl fmt::Display for FieldRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, RuleOfField { endpoint, kind, field, rule }) in self.0.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            let endpoint = endpoint.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
            let kind = kind.split('#').next().unwrap_or(kind);
            write!(f, "{comma}{endpoint}{kind}.{field}={}", rule.as_str())?;
        }
        Ok(())
    }
}

/// Parts of existing objects that a run leaves alone when they hold a value, and what an operator says of single fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    parts: BTreeSet<(&'static str, Part)>,
    rules: BTreeMap<(&'static str, &'static str), FieldRule>,
}

impl Kept {
    /// From explicit flag values; a flag that is missing has its default.
    pub fn from_flags(flags: &BTreeMap<String, bool>) -> Self {
        let parts = OVERWRITE_FLAGS
            .iter()
            .filter(|flag| !flags.get(flag.name).copied().unwrap_or(flag.default))
            .map(|flag| (flag.kind, flag.part))
            .collect();
        Self { parts, rules: BTreeMap::new() }
    }

    /// The same with what an operator says of the fields of an endpoint's objects, which wins over flags.
    #[must_use]
    pub fn with_rules(mut self, rules: &FieldRules, endpoint: &str) -> Self {
        let of_the_endpoint =
            rules.0.iter().filter(|rule| rule.endpoint.as_deref().is_none_or(|name| name == endpoint));
        self.rules.extend(of_the_endpoint.map(|rule| ((rule.kind, rule.field), rule.rule)));
        self
    }

    /// What an operator says of a field.
    pub fn rule(&self, kind: &str, field: &str) -> Option<FieldRule> {
        self.rules.iter().find(|((of, name), _)| *of == kind && *name == field).map(|(_, rule)| *rule)
    }

    /// Whether that part of that kind stays when it holds a value.
    pub fn keeps(&self, kind: &str, part: Part) -> bool {
        self.parts.iter().any(|(kept_kind, kept_part)| *kept_kind == kind && *kept_part == part)
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

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::BootstrapOnly => "bootstrap_only",
            Self::Disabled => "disabled",
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
    /// Look only at guests that may have changed since the last run that looked at all of them; of a run about all stages and all
    /// guests.
    pub quick: bool,
    /// Explicit `overwrite_*` flags by name.
    pub overwrite: BTreeMap<String, bool>,
    /// Explicit `sync_mode_*` settings by name.
    pub modes: BTreeMap<String, SyncMode>,
    /// Choices of mapping.
    pub mapping: MappingChoices,
    /// Only guests whose virtual machines in NetBox have these ids; empty means all.
    pub netbox_vm_ids: Vec<u64>,
    /// Only this object, or these few; none means all.
    pub focus: Option<Focus>,
    /// Requests to each Proxmox endpoint at a time.
    pub fetch_max_concurrency: Option<usize>,
    /// Remove backups from NetBox that are gone from a storage that was read in full.
    pub delete_nonexistent_backup: bool,
    /// Remove snapshots from NetBox that are gone from a guest that was read in full, instead of marking them stale.
    pub delete_nonexistent_snapshot: bool,
}

/// What a run is about when it is about one object, or a few that belong together. Nothing counts as gone in such a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Focus {
    /// Name of the cluster; none when any of the endpoints may hold the object.
    pub cluster: Option<String>,
    /// Which objects.
    pub only: Only,
    /// Make the guest that they belong to, with its node and its cluster, where NetBox does not hold it.
    pub create_guest: bool,
    /// Make the storage that they are on, where NetBox does not hold it.
    pub create_storage: bool,
}

/// A guest, by vmid; of this sort when one is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestRef {
    /// Unique within the cluster.
    pub vmid: u32,
    /// Virtual machine or container.
    pub kind: Option<GuestKind>,
}

/// One object, or a few that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Only {
    /// The cluster itself.
    Cluster,
    /// A node, by name.
    Node(String),
    /// The interfaces of a node, by its name.
    NodeInterfaces(String),
    /// A storage, by name.
    Storage(String),
    /// A guest.
    Guest(GuestRef),
    /// An interface of a guest with its MAC address, by configuration key or by a name that it has.
    Interface(GuestRef, String),
    /// Addresses of a guest: all, those of one interface, or one.
    Addresses {
        /// The guest.
        guest: GuestRef,
        /// Configuration key or name of the interface.
        interface: Option<String>,
        /// The address, without a prefix length.
        ip: Option<String>,
    },
    /// A disk of a guest, by configuration key.
    Disk(GuestRef, String),
    /// A snapshot of a guest, by name.
    Snapshot(GuestRef, String),
    /// Snapshots: all, those of one guest, or those of the guests on a node.
    Snapshots {
        /// Guest.
        vmid: Option<u32>,
        /// Node.
        node: Option<String>,
    },
    /// A backup, by storage and volume id.
    Backup {
        /// Node that sees it.
        node: String,
        /// Storage name.
        storage: String,
        /// Guest.
        vmid: u32,
        /// Volume id.
        volume: String,
    },
    /// Backups on a storage, as a node sees them.
    Backups {
        /// Node name.
        node: String,
        /// Storage name.
        storage: String,
        /// Guest; none means all.
        vmid: Option<u32>,
    },
    /// A backup job, by id.
    Routine(String),
    /// A replication job, by id.
    Replication(String),
    /// Tasks of a guest on a node: one, or all.
    Tasks {
        /// The guest.
        guest: GuestRef,
        /// Node that they ran on.
        node: String,
        /// UPID.
        upid: Option<String>,
    },
}

impl Only {
    /// The guest that it is or belongs to.
    pub fn vmid(&self) -> Option<u32> {
        match self {
            Self::Guest(guest)
            | Self::Interface(guest, _)
            | Self::Addresses { guest, .. }
            | Self::Disk(guest, _)
            | Self::Snapshot(guest, _)
            | Self::Tasks { guest, .. } => Some(guest.vmid),
            Self::Backup { vmid, .. } => Some(*vmid),
            Self::Backups { vmid, .. } | Self::Snapshots { vmid, .. } => *vmid,
            Self::Replication(id) => SourceObject::Replication(id.clone()).guest(),
            Self::Cluster | Self::Node(_) | Self::NodeInterfaces(_) | Self::Storage(_) | Self::Routine(_) => {
                None
            }
        }
    }

    /// The stage of these objects.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Cluster | Self::Node(_) => Stage::Devices,
            Self::NodeInterfaces(_) => Stage::NodeInterfaces,
            Self::Storage(_) => Stage::Storage,
            Self::Guest(_) => Stage::VirtualMachines,
            Self::Interface(..) => Stage::VmInterfaces,
            Self::Addresses { .. } => Stage::IpAddresses,
            Self::Disk(..) => Stage::VirtualDisks,
            Self::Snapshot(..) | Self::Snapshots { .. } => Stage::Snapshots,
            Self::Backup { .. } | Self::Backups { .. } => Stage::Backups,
            Self::Routine(_) => Stage::BackupRoutines,
            Self::Replication(_) => Stage::Replications,
            Self::Tasks { .. } => Stage::TaskHistory,
        }
    }
}

impl Focus {
    /// The stages of a run that is about it.
    pub fn stages(&self) -> Vec<Stage> {
        let mut stages = vec![self.only.stage()];
        if self.create_guest {
            stages.push(Stage::VirtualMachines);
        }
        if self.create_storage {
            stages.push(Stage::Storage);
        }
        if matches!(self.only, Only::Addresses { .. }) {
            stages.push(Stage::VmInterfaces);
        }
        // What guests and storages are in and on.
        if stages.iter().any(|stage| matches!(stage, Stage::VirtualMachines | Stage::Storage)) {
            stages.push(Stage::Devices);
        }
        stages.sort_unstable();
        stages.dedup();
        stages
    }
}

impl fmt::Display for GuestRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sort = match self.kind {
            Some(GuestKind::Qemu) => "virtual machine",
            Some(GuestKind::Lxc) => "container",
            None => "guest",
        };
        write!(f, "{sort} {}", self.vmid)
    }
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("the cluster"),
            Self::Node(name) => write!(f, "node {name}"),
            Self::NodeInterfaces(node) => write!(f, "interfaces of node {node}"),
            Self::Storage(name) => write!(f, "storage {name}"),
            Self::Guest(guest) => write!(f, "{guest}"),
            Self::Interface(guest, name) => write!(f, "interface {name} of {guest}"),
            Self::Addresses { guest, interface, ip } => {
                match ip {
                    Some(ip) => write!(f, "address {ip}")?,
                    None => f.write_str("addresses")?,
                }
                if let Some(interface) = interface {
                    write!(f, " on interface {interface}")?;
                }
                write!(f, " of {guest}")
            }
            Self::Disk(guest, name) => write!(f, "disk {name} of {guest}"),
            Self::Snapshot(guest, name) => write!(f, "snapshot {name} of {guest}"),
            Self::Snapshots { vmid, node } => {
                f.write_str("snapshots")?;
                vmid.map_or(Ok(()), |vmid| write!(f, " of guest {vmid}"))?;
                node.as_ref().map_or(Ok(()), |node| write!(f, " of guests on node {node}"))
            }
            Self::Backup { volume, .. } => write!(f, "backup {volume}"),
            Self::Backups { node, storage, vmid } => {
                write!(f, "backups on storage {storage} of node {node}")?;
                vmid.map_or(Ok(()), |vmid| write!(f, " of guest {vmid}"))
            }
            Self::Routine(id) => write!(f, "backup job {id}"),
            Self::Replication(id) => write!(f, "replication job {id}"),
            Self::Tasks { guest, node, upid } => match upid {
                Some(upid) => write!(f, "task {upid}"),
                None => write!(f, "tasks of {guest} on node {node}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_object_needs_is_part_of_its_run() {
        let guest = GuestRef { vmid: 101, kind: Some(GuestKind::Lxc) };
        let focus = |only, create_guest, create_storage| Focus {
            cluster: Some("lab".into()),
            only,
            create_guest,
            create_storage,
        };
        let disk = focus(Only::Disk(guest, "rootfs".into()), true, true);
        assert_eq!(
            disk.stages(),
            [Stage::Devices, Stage::Storage, Stage::VirtualMachines, Stage::VirtualDisks]
        );
        let address = focus(Only::Addresses { guest, interface: None, ip: None }, false, false);
        assert_eq!(address.stages(), [Stage::VmInterfaces, Stage::IpAddresses]);
        let alone = focus(Only::Snapshot(guest, "golden".into()), false, false);
        assert_eq!(alone.stages(), [Stage::Snapshots]);
    }

    #[test]
    fn a_job_tells_its_guest() {
        assert_eq!(Only::Replication("101-0".into()).vmid(), Some(101));
        assert_eq!(Only::Replication("odd".into()).vmid(), None);
    }

    #[test]
    fn objects_are_told_in_words() {
        let guest = GuestRef { vmid: 101, kind: Some(GuestKind::Lxc) };
        let address = Only::Addresses { guest, interface: Some("net0".into()), ip: Some("192.0.2.1".into()) };
        assert_eq!(address.to_string(), "address 192.0.2.1 on interface net0 of container 101");
        let snapshots = Only::Snapshots { vmid: None, node: Some("pve1".into()) };
        assert_eq!(snapshots.to_string(), "snapshots of guests on node pve1");
    }
}
