//! What fleet to generate.

/// What [`Fleet::generate`](super::Fleet::generate) makes. The same spec gives the same fleet, byte for byte, and a
/// larger `guests` keeps the guests that a smaller one had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetSpec {
    /// Cluster name. Of a standalone node, the name of the node counts instead.
    pub cluster: String,
    /// Number of nodes, at least one.
    pub nodes: usize,
    /// Number of virtual machines and containers, templates included.
    pub guests: usize,
    /// Chooses among the fleets of this shape.
    pub seed: u64,
    /// A node outside any cluster. Only with one node; a cluster of one node exists too.
    pub standalone: bool,
    /// Nodes are named with this and a number from 1: `pve1`.
    pub node_prefix: String,
    /// VMID of the first guest.
    pub first_vmid: u32,
    /// Second octet of the nodes' addresses, `10.{network}.0.0/16`; guests use the ones that follow.
    pub network: u8,
    /// Virtual machines of a hundred guests; the others are containers.
    pub qemu_percent: u32,
    /// Adds guests whose names a careless program trips over: dots, capitals, 63 characters, two of the same name,
    /// none at all.
    pub odd_names: bool,
    /// Proxmox VE version: `9.1.2`.
    pub version: String,
    /// The fleet's clock, seconds since the Unix epoch. Snapshots, backups and tasks lie before it.
    pub now: u64,
}

impl Default for FleetSpec {
    fn default() -> Self {
        Self {
            cluster: "lab".to_owned(),
            nodes: 3,
            guests: 20,
            seed: 1,
            standalone: false,
            node_prefix: "pve".to_owned(),
            first_vmid: 100,
            network: 10,
            qemu_percent: 65,
            odd_names: false,
            version: "9.1.2".to_owned(),
            now: 1_767_225_600,
        }
    }
}

impl FleetSpec {
    /// A cluster of this shape; everything else as by default.
    pub fn new(cluster: impl Into<String>, nodes: usize, guests: usize, seed: u64) -> Self {
        Self { cluster: cluster.into(), nodes, guests, seed, ..Self::default() }
    }

    /// One node outside any cluster.
    pub fn standalone(node: impl Into<String>, guests: usize, seed: u64) -> Self {
        Self { cluster: node.into(), nodes: 1, guests, seed, standalone: true, ..Self::default() }
    }
}
