//! Who an object is on the Proxmox side. A name alone is never an identity.

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
    /// A virtual machine or container, by vmid.
    Guest(u32),
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
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            SourceObject::Cluster => write!(f, "cluster {}", self.source),
            SourceObject::Node(name) => write!(f, "{}/node {name}", self.source),
            SourceObject::Guest(vmid) => write!(f, "{}/vmid {vmid}", self.source),
        }
    }
}
