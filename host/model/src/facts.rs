//! What Proxmox VE says, one record per object type, mirroring `wit/v0.1/facts.wit`.
//!
//! What is a set in Proxmox is sorted, also within the raw JSON: two reads of the same are equal.

use serde::{Deserialize, Serialize};

/// Where the facts of a mapping call come from; the `source` record of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Name of the Proxmox endpoint as stored.
    pub endpoint: String,
    /// Base URL of the web interface, without a trailing slash.
    pub url: String,
    /// Cluster name; of a node outside a cluster, the node's name.
    pub cluster: String,
    /// How the source presents itself.
    pub mode: ClusterMode,
    /// Version as `/version` gives it; empty when unknown.
    pub pve_version: String,
    /// The run's clock, seconds since the Unix epoch.
    pub now: u64,
}

/// How `/cluster/status` presents a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClusterMode {
    /// Several nodes under one corosync cluster.
    Cluster,
    /// One node on its own.
    Standalone,
    /// The account may not read `/cluster/status`.
    Restricted,
}

impl ClusterMode {
    /// The word used on the wire: `cluster`, `standalone` or `restricted`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Standalone => "standalone",
            Self::Restricted => "restricted",
        }
    }

    /// The mode of that word; none when there is none such.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Cluster, Self::Standalone, Self::Restricted].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// What the NetBox at the other end can hold; the `target` record of the contract.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Version as `/api/status/` gives it; empty when unknown.
    pub netbox_version: String,
    /// Feature names of the contract: `virtual-machine-types`, `identity-custom-fields` …
    pub features: Vec<String>,
}

/// A cluster, or a node on its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterFacts {
    /// As in [`Source::cluster`].
    pub name: String,
    /// As in [`Source::mode`].
    pub mode: ClusterMode,
    /// Corosync configuration version.
    pub version: Option<u64>,
    /// Whether the cluster has quorum.
    pub quorate: bool,
    /// Node names, sorted.
    pub nodes: Vec<String>,
    /// JSON array: the entries of `/cluster/status`.
    pub status: String,
}

/// A node of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeFacts {
    /// Node name.
    pub name: String,
    /// Whether the cluster sees it.
    pub online: bool,
    /// Address in `/cluster/status`.
    pub ip: Option<String>,
    /// Subscription level, or empty.
    pub level: String,
    /// Logical processors; none while offline.
    pub cpus: Option<u32>,
    /// Bytes; none while offline.
    pub memory: Option<u64>,
    /// Bytes of the root file system; none while offline.
    pub disk: Option<u64>,
    /// JSON object: its entry in `/cluster/status`.
    pub status: String,
    /// JSON object: its entry in `/cluster/resources`.
    pub listing: String,
}

/// What sort of guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GuestKind {
    /// A virtual machine.
    Qemu,
    /// A container.
    Lxc,
}

impl GuestKind {
    /// Proxmox's own word, as in API paths: `qemu` or `lxc`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Lxc => "lxc",
        }
    }
}

/// A virtual machine or container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuestFacts {
    /// Unique within the cluster.
    pub vmid: u32,
    /// Virtual machine or container.
    pub kind: GuestKind,
    /// Never empty: a guest without a name is called `VM 101` or `CT 101`.
    pub name: String,
    /// Node it is on now.
    pub node: String,
    /// As Proxmox says: `running`, `stopped` …
    pub status: String,
    /// Whether it is a template.
    pub template: bool,
    /// Proxmox tags, sorted.
    pub tags: Vec<String>,
    /// Resource pool.
    pub pool: Option<String>,
    /// Virtual processors; 0 for a container without a limit.
    pub cpus: u32,
    /// Bytes.
    pub memory: u64,
    /// Bytes of all disks in the configuration.
    pub disk: u64,
    /// `ostype` of the configuration.
    pub os: Option<String>,
    /// `onboot`.
    pub start_at_boot: bool,
    /// Whether the guest agent is enabled.
    pub agent: bool,
    /// Whether a container is unprivileged.
    pub unprivileged: bool,
    /// `searchdomain`.
    pub search_domain: Option<String>,
    /// Notes, as written.
    pub notes: String,
    /// JSON object: its entry in `/cluster/resources`.
    pub listing: String,
    /// JSON object: its configuration.
    pub config: String,
}

/// An interface of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeInterfaceFacts {
    /// Node name.
    pub node: String,
    /// `vmbr0`, `bond0`, `eno1`, `vlan20`.
    pub name: String,
    /// As Proxmox says: `bridge`, `bond`, `vlan`, `eth` …
    pub kind: String,
    /// Whether it is up.
    pub active: bool,
    /// With prefix length: `192.0.2.1/24`.
    pub addresses: Vec<String>,
    /// Gateways, without prefix length.
    pub gateways: Vec<String>,
    /// VLAN id of a `vlan` interface.
    pub vlan_id: Option<u16>,
    /// What a VLAN or bridge rides on.
    pub parent: Option<String>,
    /// Ports of a bridge, members of a bond, sorted.
    pub members: Vec<String>,
    /// Whether a bridge passes VLANs.
    pub vlan_aware: bool,
    /// Bytes.
    pub mtu: Option<u32>,
    /// As the administrator wrote it.
    pub comment: String,
    /// JSON object: its entry in `/nodes/{node}/network`.
    pub raw: String,
}

/// A storage definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StorageFacts {
    /// Storage name.
    pub name: String,
    /// `dir`, `lvmthin`, `pbs` …
    pub kind: String,
    /// `images`, `backup` …, sorted.
    pub content: Vec<String>,
    /// Whether every node sees the same content.
    pub shared: bool,
    /// Whether it is in use.
    pub enabled: bool,
    /// Nodes it is restricted to, sorted; empty means all.
    pub nodes: Vec<String>,
    /// Path on the nodes.
    pub path: Option<String>,
    /// The retention rule as `key=value,…`.
    pub prune_backups: Option<String>,
    /// Protected backups for each guest; -1 is no limit.
    pub max_protected_backups: Option<i64>,
    /// Bytes.
    pub total: Option<u64>,
    /// Bytes.
    pub used: Option<u64>,
    /// JSON object: the definition, without secrets.
    pub raw: String,
}

/// What a disk line of a guest is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskRole {
    /// A disk of a virtual machine.
    Disk,
    /// The root of a container.
    RootFilesystem,
    /// A further volume of a container.
    MountPoint,
    /// UEFI variables.
    EfiVars,
    /// State of a TPM.
    TpmState,
    /// Removable media.
    Cdrom,
    /// The cloud-init drive.
    CloudInit,
    /// A device or directory of the node.
    Passthrough,
    /// A volume that is not attached.
    Unused,
}

/// One disk line of a guest's configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VirtualDiskFacts {
    /// Guest.
    pub vmid: u32,
    /// Sort of guest.
    pub guest: GuestKind,
    /// Configuration key: `scsi0`.
    pub key: String,
    /// What it is for.
    pub role: DiskRole,
    /// Storage name; none for a path or a device.
    pub storage: Option<String>,
    /// What follows the storage.
    pub volume: String,
    /// Bytes; none when the line does not say.
    pub size: Option<u64>,
    /// `raw`, `qcow2` …
    pub format: Option<String>,
    /// The options of the line in order.
    pub options: Vec<(String, String)>,
}

/// One address of a network interface.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// Without prefix length.
    pub ip: String,
    /// Prefix length.
    pub prefix: Option<u8>,
}

/// What the guest itself says of an interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuestInterfaceFacts {
    /// Guest.
    pub vmid: u32,
    /// Sort of guest.
    pub guest: GuestKind,
    /// Name inside the guest.
    pub name: String,
    /// Lower case with colons.
    pub mac: Option<String>,
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// Configuration key of the interface with the same MAC.
    pub net: Option<String>,
    /// JSON object: as the guest said it.
    pub raw: String,
}

/// One network line of a guest's configuration, merged by MAC with what the guest says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VmInterfaceFacts {
    /// Guest.
    pub vmid: u32,
    /// Sort of guest.
    pub guest: GuestKind,
    /// Configuration key: `net0`.
    pub key: String,
    /// `name=` of a container's line.
    pub name: Option<String>,
    /// Name inside the guest.
    pub guest_name: Option<String>,
    /// `virtio`, `e1000`, `veth` …
    pub model: String,
    /// Lower case with colons.
    pub mac: Option<String>,
    /// Bridge of the node.
    pub bridge: Option<String>,
    /// Untagged VLAN.
    pub vlan: Option<u16>,
    /// Tagged VLANs, sorted.
    pub trunks: Vec<u16>,
    /// Whether it is unplugged.
    pub link_down: bool,
    /// Whether Proxmox's firewall is on.
    pub firewall: bool,
    /// Bytes.
    pub mtu: Option<u32>,
    /// Bits a second; none when unlimited.
    pub rate: Option<u64>,
    /// The options of the line in order.
    pub options: Vec<(String, String)>,
}

/// One MAC address of one interface of a guest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MacAddressFacts {
    /// Guest.
    pub vmid: u32,
    /// Configuration key: `net0`.
    pub net: String,
    /// Lower case with colons.
    pub mac: String,
}

/// One VLAN id that the source uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VlanFacts {
    /// 1 to 4094.
    pub id: u16,
    /// Bridges it is used on, sorted.
    pub bridges: Vec<String>,
}

/// Who told us of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressOrigin {
    /// The guest's configuration.
    Config,
    /// The guest agent or the container's own interfaces.
    Agent,
    /// `/nodes/{node}/network`.
    Node,
}

/// What an address is on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressOwner {
    /// A guest's interface: vmid and configuration key.
    VmInterface(u32, String),
    /// A node's interface: node and interface name.
    NodeInterface(String, String),
}

/// One address of one interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IpAddressFacts {
    /// What it is on.
    pub owner: AddressOwner,
    /// The address.
    pub address: Address,
    /// Who told us.
    pub origin: AddressOrigin,
    /// IPv6 link-local or 169.254.0.0/16.
    pub link_local: bool,
}

/// Everything that could be the primary address of one guest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrimaryIpFacts {
    /// Guest.
    pub vmid: u32,
    /// Configuration key of the interface, and the address, in the order of the interfaces.
    pub candidates: Vec<(String, Address)>,
}

/// A snapshot of a guest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotFacts {
    /// Guest.
    pub vmid: u32,
    /// Sort of guest.
    pub guest: GuestKind,
    /// Node the guest is on.
    pub node: String,
    /// Snapshot name.
    pub name: String,
    /// As written.
    pub description: String,
    /// The snapshot before it.
    pub parent: Option<String>,
    /// Seconds since the Unix epoch.
    pub taken: Option<u64>,
    /// Whether memory is part of it.
    pub with_memory: bool,
    /// Storage of the guest's first disk.
    pub storage: Option<String>,
    /// JSON object: its entry.
    pub raw: String,
}

/// A backup on a storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackupFacts {
    /// Storage name.
    pub storage: String,
    /// A node that sees it.
    pub node: String,
    /// `volid`.
    pub volume_id: String,
    /// Guest; none when Proxmox cannot tell.
    pub vmid: Option<u32>,
    /// Sort of guest.
    pub guest: Option<GuestKind>,
    /// `vma.zst`, `pbs-vm` …
    pub format: String,
    /// Bytes.
    pub size: Option<u64>,
    /// Bytes.
    pub used: Option<u64>,
    /// Seconds since the Unix epoch.
    pub created: Option<u64>,
    /// As written.
    pub notes: String,
    /// Whether pruning leaves it alone.
    pub protected: bool,
    /// Key fingerprint, `1`, or empty.
    pub encrypted: String,
    /// `ok`, `failed` …
    pub verification_state: Option<String>,
    /// UPID.
    pub verification_task: Option<String>,
    /// JSON object: its entry.
    pub raw: String,
}

/// Which guests a backup job covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Selection {
    /// All of the cluster (or of the job's node).
    All,
    /// These.
    Guests(Vec<u32>),
    /// Those of a pool.
    Pool(String),
}

/// A backup job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackupRoutineFacts {
    /// Job id.
    pub id: String,
    /// Whether it runs.
    pub enabled: bool,
    /// Calendar event.
    pub schedule: String,
    /// As written.
    pub comment: String,
    /// Only on this node.
    pub node: Option<String>,
    /// Where backups go.
    pub storage: Option<String>,
    /// Which guests.
    pub selection: Selection,
    /// Guests left out.
    pub exclude: Vec<u32>,
    /// The retention rule: `keep-last` = `3`.
    pub retention: Vec<(String, String)>,
    /// Seconds since the Unix epoch.
    pub next_run: Option<u64>,
    /// JSON object: its entry.
    pub raw: String,
}

/// A replication job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplicationFacts {
    /// Job id: `100-0`.
    pub id: String,
    /// Guest.
    pub vmid: u32,
    /// Number of the job, counted from 0 for each guest.
    pub number: u32,
    /// Where the guest is.
    pub source_node: Option<String>,
    /// Where it is copied to.
    pub target_node: String,
    /// Calendar event.
    pub schedule: String,
    /// MB/s; none when unlimited.
    pub rate: Option<f64>,
    /// As written.
    pub comment: String,
    /// Whether it runs.
    pub enabled: bool,
    /// JSON object: its entry.
    pub raw: String,
}

/// A task that names a guest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskFacts {
    /// Unique process id.
    pub upid: String,
    /// Node it ran on.
    pub node: String,
    /// Guest.
    pub vmid: u32,
    /// Sort of guest.
    pub guest: GuestKind,
    /// `qmstart`, `vzdump` …
    pub kind: String,
    /// Who started it.
    pub user: String,
    /// Seconds since the Unix epoch.
    pub started: u64,
    /// None while it runs.
    pub ended: Option<u64>,
    /// `OK`, an error text, or none while it runs.
    pub status: Option<String>,
    /// Process id.
    pub process: Option<u64>,
    /// JSON object: its entry.
    pub raw: String,
}

/// The cloud-init lines of a guest's configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudInitFacts {
    /// Guest.
    pub vmid: u32,
    /// User name.
    pub user: Option<String>,
    /// Public keys, one each, sorted.
    pub ssh_keys: Vec<String>,
    /// Name servers, in the order in which they are asked.
    pub nameservers: Vec<String>,
    /// Search domain.
    pub search_domain: Option<String>,
    /// `net0` and its `ipconfig0` line.
    pub addresses: Vec<(String, String)>,
    /// Whether a password is set; never the password.
    pub has_password: bool,
    /// Whether packages are upgraded at first boot.
    pub upgrade: bool,
}
