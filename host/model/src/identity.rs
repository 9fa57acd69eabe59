//! Who an object is on the Proxmox side. A name alone is never an identity.

use crate::facts::AddressOwner;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An object of one source. Two clusters may hold the same vmid; their identities differ by `source`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// Cluster name (of a node on its own, the node's name).
    pub source: String,
    /// Which object of the source.
    pub object: SourceObject,
}

/// An object within a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceObject {
    /// The source itself.
    Cluster,
    /// A node, by name.
    Node(String),
    /// An interface of a node, by node and name.
    NodeInterface(String, String),
    /// A VLAN id.
    Vlan(u16),
    /// A storage, by name.
    Storage(String),
    /// A virtual machine or container, by vmid.
    Guest(u32),
    /// The cloud-init settings of a guest.
    CloudInit(u32),
    /// A disk of a guest, by configuration key: `scsi0`.
    Disk(u32, String),
    /// An interface of a guest, by configuration key: `net0`.
    Interface(u32, String),
    /// The MAC address of an interface of a guest.
    MacAddress(u32, String),
    /// An address, without prefix length, of an interface.
    IpAddress(AddressOwner, String),
    /// The choice of a guest's primary addresses.
    PrimaryIp(u32),
    /// An interface inside a guest, by its name there.
    GuestInterface(u32, String),
    /// A backup, by volume id.
    Backup(String),
    /// A snapshot of a guest, by name.
    Snapshot(u32, String),
    /// A backup job, by id.
    BackupRoutine(String),
    /// A replication job, by id.
    Replication(String),
    /// A task, by UPID.
    Task(String),
    /// The Proxmox endpoint that the source is read from, as the plugin knows it.
    Endpoint,
}

impl SourceObject {
    /// The guest that it is, belongs to or is about; none of what is no guest's, and of backups, whose names tell it only in part.
    pub fn guest(&self) -> Option<u32> {
        match self {
            Self::Guest(vmid)
            | Self::CloudInit(vmid)
            | Self::Disk(vmid, _)
            | Self::Interface(vmid, _)
            | Self::MacAddress(vmid, _)
            | Self::IpAddress(AddressOwner::VmInterface(vmid, _), _)
            | Self::PrimaryIp(vmid)
            | Self::GuestInterface(vmid, _)
            | Self::Snapshot(vmid, _) => Some(*vmid),
            // `100-0`: the vmid and a number.
            Self::Replication(id) => id.split_once('-')?.0.parse().ok(),
            // `UPID:node:pid:pstart:starttime:type:id:user:`.
            Self::Task(upid) => upid.split(':').nth(6)?.parse().ok(),
            Self::IpAddress(AddressOwner::NodeInterface(..), _)
            | Self::Cluster
            | Self::Node(_)
            | Self::NodeInterface(..)
            | Self::Vlan(_)
            | Self::Storage(_)
            | Self::Backup(_)
            | Self::BackupRoutine(_)
            | Self::Endpoint => None,
        }
    }
}

impl Identity {
    /// The source itself.
    pub fn cluster(source: impl Into<String>) -> Self {
        Self { source: source.into(), object: SourceObject::Cluster }
    }

    /// A node of the source.
    pub fn node(source: impl Into<String>, name: impl Into<String>) -> Self {
        Self { source: source.into(), object: SourceObject::Node(name.into()) }
    }

    /// A guest of the source.
    pub fn guest(source: impl Into<String>, vmid: u32) -> Self {
        Self { source: source.into(), object: SourceObject::Guest(vmid) }
    }

    /// Another object of the same source.
    #[must_use]
    pub fn beside(&self, object: SourceObject) -> Self {
        Self { source: self.source.clone(), object }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, object } = self;
        match object {
            SourceObject::Cluster => write!(f, "cluster {source}"),
            SourceObject::Node(name) => write!(f, "{source}/node {name}"),
            SourceObject::NodeInterface(node, name) => write!(f, "{source}/node {node}/{name}"),
            SourceObject::Vlan(id) => write!(f, "{source}/VLAN {id}"),
            SourceObject::Storage(name) => write!(f, "{source}/storage {name}"),
            SourceObject::Guest(vmid) => write!(f, "{source}/vmid {vmid}"),
            SourceObject::CloudInit(vmid) => write!(f, "{source}/vmid {vmid}/cloud-init"),
            SourceObject::Disk(vmid, key) | SourceObject::Interface(vmid, key) => {
                write!(f, "{source}/vmid {vmid}/{key}")
            }
            SourceObject::MacAddress(vmid, key) => write!(f, "{source}/vmid {vmid}/{key}/MAC"),
            SourceObject::IpAddress(AddressOwner::VmInterface(vmid, key), ip) => {
                write!(f, "{source}/vmid {vmid}/{key}/{ip}")
            }
            SourceObject::IpAddress(AddressOwner::NodeInterface(node, name), ip) => {
                write!(f, "{source}/node {node}/{name}/{ip}")
            }
            SourceObject::PrimaryIp(vmid) => write!(f, "{source}/vmid {vmid}/primary address"),
            SourceObject::GuestInterface(vmid, name) => write!(f, "{source}/vmid {vmid}/guest's {name}"),
            SourceObject::Backup(volume) => write!(f, "{source}/backup {volume}"),
            SourceObject::Snapshot(vmid, name) => write!(f, "{source}/vmid {vmid}/snapshot {name}"),
            SourceObject::BackupRoutine(id) => write!(f, "{source}/backup job {id}"),
            SourceObject::Replication(id) => write!(f, "{source}/replication job {id}"),
            SourceObject::Task(upid) => write!(f, "{source}/task {upid}"),
            SourceObject::Endpoint => write!(f, "{source}/endpoint"),
        }
    }
}
