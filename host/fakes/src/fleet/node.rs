//! Nodes and their network interfaces.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// One node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// `pve1`.
    pub name: String,
    /// Number in the cluster, from 1.
    pub id: u32,
    /// Address in `/cluster/status`.
    pub ip: Ipv4Addr,
    /// Whether the cluster sees it. The API answers 595 for the paths of a node that it does not see.
    pub online: bool,
    /// Logical processors.
    pub cpus: u32,
    /// Processor sockets.
    pub sockets: u32,
    /// Processor model.
    pub cpu_model: String,
    /// Bytes.
    pub memory: u64,
    /// Bytes of the root file system.
    pub disk: u64,
    /// When it was booted, seconds since the Unix epoch.
    pub booted: u64,
    /// SHA-256 of its certificate, upper case with colons.
    pub fingerprint: String,
    /// Subscription level: `c`, `b`, `s`, `p`, or empty.
    pub level: String,
    /// Kernel release.
    pub kernel: String,
    /// Its network interfaces.
    pub interfaces: Vec<NodeInterface>,
}

/// One entry of `/nodes/{node}/network`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeInterface {
    /// `eno1`, `bond0`, `vmbr0`, `vmbr0.40`.
    pub name: String,
    /// `eth`, `bond`, `bridge`, `vlan`.
    pub kind: String,
    /// Whether it is up.
    pub active: bool,
    /// IPv4 address with prefix length.
    pub cidr: Option<String>,
    /// IPv4 gateway.
    pub gateway: Option<String>,
    /// IPv6 address with prefix length.
    pub cidr6: Option<String>,
    /// Comment, as typed.
    pub comment: Option<String>,
    /// What else belongs to its kind, texts as Proxmox gives them: `bridge_ports`, `slaves`, `vlan-id`, `mtu` …
    pub options: BTreeMap<String, String>,
}
