//! What Proxmox VE says, one record per object type, mirroring `wit/v0.1/facts.wit`.

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
    /// Proxmox tags.
    pub tags: Vec<String>,
    /// Resource pool.
    pub pool: Option<String>,
    /// Virtual processors.
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
