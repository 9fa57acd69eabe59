//! What was read of each source, and what may be removed.

use proxbox_model::facts::AddressOwner;
use proxbox_model::kind::{self, Kind};
use proxbox_model::{Identity, SourceObject};
use std::collections::BTreeSet;

/// A part of a source that may have been looked at in full.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The storage definitions.
    Storages,
    /// The backups on a storage.
    Backups(String),
    /// The backup jobs.
    BackupRoutines,
    /// The replication jobs.
    Replications,
    /// The interfaces of a node.
    NodeInterfaces(String),
    /// The disks of a guest.
    Disks(u32),
    /// The snapshots of a guest.
    Snapshots(u32),
    /// The interfaces of a guest and their MAC addresses.
    Interfaces(u32),
    /// The addresses of a guest, and what it says of its interfaces itself.
    Addresses(u32),
}

impl Part {
    /// The part that tells of an object.
    pub(crate) fn of(object: &SourceObject) -> Option<Self> {
        match object {
            SourceObject::Storage(_) => Some(Self::Storages),
            SourceObject::Backup(volume) => Some(Self::Backups(volume.split(':').next()?.to_owned())),
            SourceObject::BackupRoutine(_) => Some(Self::BackupRoutines),
            SourceObject::Replication(_) => Some(Self::Replications),
            SourceObject::NodeInterface(node, _) => Some(Self::NodeInterfaces(node.clone())),
            SourceObject::Disk(vmid, _) => Some(Self::Disks(*vmid)),
            SourceObject::Snapshot(vmid, _) => Some(Self::Snapshots(*vmid)),
            SourceObject::Interface(vmid, _) | SourceObject::MacAddress(vmid, _) => {
                Some(Self::Interfaces(*vmid))
            }
            SourceObject::IpAddress(AddressOwner::VmInterface(vmid, _), _)
            | SourceObject::GuestInterface(vmid, _) => Some(Self::Addresses(*vmid)),
            _ => None,
        }
    }

    /// The kinds whose objects the part tells of.
    fn kinds(&self) -> &'static [&'static str] {
        match self {
            Self::Storages => &["netbox_proxbox.proxmoxstorage"],
            Self::Backups(_) => &["netbox_proxbox.vmbackup"],
            Self::BackupRoutines => &["netbox_proxbox.backuproutine"],
            Self::Replications => &["netbox_proxbox.replication"],
            Self::NodeInterfaces(_) => &["dcim.interface"],
            Self::Disks(_) => &["virtualization.virtualdisk"],
            Self::Snapshots(_) => &["netbox_proxbox.vmsnapshot"],
            Self::Interfaces(_) => &["virtualization.vminterface", "dcim.macaddress"],
            Self::Addresses(_) => {
                &["virtualization.vminterface", "ipam.ipaddress", "netbox_proxbox.guestvminterface"]
            }
        }
    }
}

/// What was read, by cluster name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Sources whose nodes and guests were read in full: what they do not name is gone.
    pub complete: BTreeSet<String>,
    /// Objects that are there although the run does not look at them.
    pub present: BTreeSet<Identity>,
    /// What else was read in full and mapped in this run.
    pub parts: BTreeSet<(String, Part)>,
    /// Kinds whose objects are removed from NetBox when they are gone; others are marked or only reported.
    pub remove: BTreeSet<&'static str>,
}

impl Sources {
    /// What a snapshot of NetBox must hold beside [`crate::Lowered::kinds`] to know what is gone, also when nothing of it is left.
    pub fn kinds(&self) -> Vec<&'static Kind> {
        let names: BTreeSet<&str> = self.parts.iter().flat_map(|(_, part)| part.kinds()).copied().collect();
        names.into_iter().filter_map(kind::find).collect()
    }
}
