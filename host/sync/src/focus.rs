//! From the object that a run is about to the facts of a fleet that are meant, and those that these need to be there.

use proxbox_model::facts::{AddressOwner, ClusterFacts, IpAddressFacts, NodeFacts, VmInterfaceFacts};
use proxbox_model::options::{Focus, GuestRef, Only};
use proxbox_model::{Identity, Problem, SourceObject};
use proxbox_proxmox::{Fleet, GuestRead, Parts};
use proxbox_reconcile::{Fact, Writing};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// What a run that is about a few objects found of them in Proxmox.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Names of the clusters that were looked at.
    pub clusters: Vec<String>,
    /// Who was found, with what Proxmox says of each.
    pub objects: Vec<(Identity, Json)>,
    /// Why what belongs to a guest could not be looked for.
    pub unread: Vec<Problem>,
}

/// The objects of one fleet that a run is about.
#[derive(Debug, Default)]
pub(crate) struct Aim {
    meant: Vec<(SourceObject, Json)>,
    needed: BTreeSet<SourceObject>,
    unread: Option<Problem>,
}

/// Restricts what is read to what a focus is about.
pub(crate) fn narrow(focus: &Focus, parts: Parts) -> Parts {
    let (node, storage) = match &focus.only {
        Only::NodeInterfaces(node) | Only::Tasks { node, .. } => (Some(node.clone()), None),
        Only::Backup { node, storage, .. } | Only::Backups { node, storage, .. } => {
            (Some(node.clone()), Some(storage.clone()))
        }
        _ => (None, None),
    };
    let guests_on = match &focus.only {
        Only::Snapshots { node, .. } => node.clone(),
        _ => None,
    };
    let only = focus.only.vmid().map(|vmid| BTreeSet::from([vmid]));
    Parts { only, cluster: focus.cluster.clone(), node, guests_on, storage, ..parts }
}

impl Aim {
    pub(crate) fn at(focus: &Focus, fleet: &Fleet) -> Self {
        let mut aim = Self::default();
        if focus
            .cluster
            .as_ref()
            .is_some_and(|cluster| ![&fleet.called, &fleet.source.cluster].contains(&cluster))
        {
            return aim;
        }
        let guest = focus.only.vmid().and_then(|vmid| find(fleet, GuestRef { vmid, kind: None }));
        aim.unread = guest.and_then(|read| read.facts.as_ref()?.as_ref().err().cloned());
        aim.find(&focus.only, fleet);
        if !aim.meant.is_empty() {
            aim.add_needed(focus, fleet);
        }
        aim
    }

    /// Lets a fact through: in full when it is meant, only where it is missing when it is needed.
    pub(crate) fn admits(&self, fact: &mut Fact) -> bool {
        if !self.means_it(&fact.identity.object) {
            fact.writing = fact.writing.min(Writing::Missing);
        }
        self.has(&fact.identity.object)
    }

    /// Whether an object is meant or needed.
    pub(crate) fn has(&self, object: &SourceObject) -> bool {
        self.means_it(object) || self.needed.contains(object)
    }

    fn means_it(&self, object: &SourceObject) -> bool {
        self.meant.iter().any(|(meant, _)| meant == object)
    }

    /// Whether the fleet holds nothing of what the run is about.
    pub(crate) fn is_empty(&self) -> bool {
        self.meant.is_empty()
    }

    /// The objects that are meant, with what Proxmox says of each.
    pub(crate) fn objects(&self, source: &str) -> impl Iterator<Item = (Identity, Json)> {
        self.meant.iter().map(|(object, said)| {
            (Identity { source: source.to_owned(), object: object.clone() }, said.clone())
        })
    }

    /// Why what belongs to the guest could not be looked for.
    pub(crate) fn unread(&self) -> Option<&Problem> {
        self.unread.as_ref()
    }

    fn means(&mut self, object: SourceObject, said: Json) {
        self.meant.push((object, said));
    }

    fn find(&mut self, only: &Only, fleet: &Fleet) {
        match only {
            Only::Cluster => self.means(SourceObject::Cluster, cluster(&fleet.cluster)),
            Only::Node(name) => {
                for node in fleet.nodes.iter().filter(|node| node.name == *name) {
                    self.means(SourceObject::Node(name.clone()), of_node(node));
                }
            }
            Only::NodeInterfaces(node) => self.find_node_interfaces(node, fleet),
            Only::Storage(name) => {
                for storage in fleet.storages.iter().filter(|storage| storage.name == *name) {
                    self.means(SourceObject::Storage(name.clone()), parsed(&storage.raw));
                }
            }
            Only::Guest(guest) => {
                if let Some(read) = find(fleet, *guest) {
                    self.means(SourceObject::Guest(guest.vmid), of_guest(read));
                    self.means(SourceObject::CloudInit(guest.vmid), Json::Null);
                }
            }
            Only::Interface(guest, name) => {
                for interface in interfaces(find(fleet, *guest), Some(name)) {
                    let key = interface.key.clone();
                    self.means(SourceObject::Interface(guest.vmid, key.clone()), as_is(interface));
                    self.means(SourceObject::MacAddress(guest.vmid, key), Json::Null);
                }
            }
            Only::Addresses { guest, interface, ip } => {
                self.find_addresses(find(fleet, *guest), interface.as_deref(), ip.as_deref());
            }
            Only::Disk(guest, key) => {
                let disks = find(fleet, *guest).map(|read| read.disks.as_slice()).unwrap_or_default();
                for disk in disks.iter().filter(|disk| disk.key == *key) {
                    self.means(SourceObject::Disk(guest.vmid, key.clone()), as_is(disk));
                }
            }
            Only::Snapshot(..) | Only::Snapshots { .. } => self.find_snapshots(only, fleet),
            Only::Backup { .. } | Only::Backups { .. } => self.find_backups(only, fleet),
            Only::Routine(id) => {
                for routine in fleet.routines.iter().filter(|routine| routine.id == *id) {
                    self.means(SourceObject::BackupRoutine(id.clone()), parsed(&routine.raw));
                }
            }
            Only::Replication(id) => {
                for job in fleet.replications.iter().filter(|job| job.id == *id) {
                    self.means(SourceObject::Replication(id.clone()), parsed(&job.raw));
                }
            }
            Only::Tasks { guest, node, upid } => {
                let meant = fleet.tasks.iter().filter(|task| {
                    task.vmid == guest.vmid
                        && task.node == *node
                        && guest.kind.is_none_or(|kind| task.guest == kind)
                        && upid.as_ref().is_none_or(|upid| task.upid == *upid)
                });
                for task in meant {
                    self.means(SourceObject::Task(task.upid.clone()), parsed(&task.raw));
                }
            }
        }
    }

    fn find_node_interfaces(&mut self, node: &str, fleet: &Fleet) {
        for interface in fleet.node_interfaces.iter().filter(|interface| interface.node == node) {
            let object = SourceObject::NodeInterface(node.to_owned(), interface.name.clone());
            self.means(object, parsed(&interface.raw));
            self.needed.extend(interface.vlan_id.map(SourceObject::Vlan));
        }
        for address in &fleet.node_addresses {
            if matches!(&address.owner, AddressOwner::NodeInterface(owner, _) if owner == node) {
                let object = SourceObject::IpAddress(address.owner.clone(), address.address.ip.clone());
                self.means(object, as_is(address));
            }
        }
    }

    fn find_addresses(&mut self, guest: Option<&GuestRead>, interface: Option<&str>, ip: Option<&str>) {
        let keys: BTreeSet<String> =
            interfaces(guest, interface).map(|interface| interface.key.clone()).collect();
        let of_it = |address: &&IpAddressFacts| match &address.owner {
            AddressOwner::VmInterface(_, key) => keys.contains(key),
            AddressOwner::NodeInterface(..) => false,
        };
        let is_it = |address: &&IpAddressFacts| ip.is_none_or(|ip| same_ip(&address.address.ip, ip));
        let addresses = guest.map(|read| read.addresses.as_slice()).unwrap_or_default();
        for address in addresses.iter().filter(of_it).filter(is_it) {
            let object = SourceObject::IpAddress(address.owner.clone(), address.address.ip.clone());
            self.means(object, as_is(address));
        }
    }

    fn find_snapshots(&mut self, only: &Only, fleet: &Fleet) {
        let (guest, node, name) = match only {
            Only::Snapshot(guest, name) => (Some(*guest), None, Some(name)),
            Only::Snapshots { vmid, node } => {
                (vmid.map(|vmid| GuestRef { vmid, kind: None }), node.as_ref(), None)
            }
            _ => return,
        };
        let guests = fleet.guests.iter().filter(|read| {
            guest.is_none_or(|guest| is_it(read, guest)) && node.is_none_or(|node| read.node == *node)
        });
        for snapshot in guests.flat_map(|read| &read.snapshots) {
            if name.is_none_or(|name| snapshot.name == *name) {
                let object = SourceObject::Snapshot(snapshot.vmid, snapshot.name.clone());
                self.means(object, parsed(&snapshot.raw));
            }
        }
    }

    fn find_backups(&mut self, only: &Only, fleet: &Fleet) {
        let (storage, vmid, volume) = match only {
            Only::Backup { storage, vmid, volume, .. } => (storage, Some(*vmid), Some(volume)),
            Only::Backups { storage, vmid, .. } => (storage, *vmid, None),
            _ => return,
        };
        let meant = fleet.backups.iter().filter(|backup| {
            backup.storage == *storage
                && vmid.is_none_or(|vmid| backup.vmid == Some(vmid))
                && volume.is_none_or(|volume| backup.volume_id == *volume)
        });
        for backup in meant {
            self.means(SourceObject::Backup(backup.volume_id.clone()), parsed(&backup.raw));
        }
    }

    fn add_needed(&mut self, focus: &Focus, fleet: &Fleet) {
        let guest = focus.only.vmid().and_then(|vmid| find(fleet, GuestRef { vmid, kind: None }));
        let is_guest = matches!(focus.only, Only::Guest(_));
        if let Some(read) = guest.filter(|_| is_guest || focus.create_guest) {
            self.needed.insert(SourceObject::Guest(read.vmid));
            self.needed.insert(SourceObject::Node(read.node.clone()));
            self.needed.insert(SourceObject::Cluster);
        }
        match &focus.only {
            Only::Node(_) | Only::Storage(_) => {
                self.needed.insert(SourceObject::Cluster);
            }
            Only::Interface(_, name) => self.need_interfaces(guest, Some(name)),
            Only::Addresses { interface, .. } => self.need_interfaces(guest, interface.as_deref()),
            Only::Replication(id) if focus.create_guest => {
                let jobs = fleet.replications.iter().filter(|job| job.id == *id);
                self.needed.extend(jobs.map(|job| SourceObject::Node(job.target_node.clone())));
            }
            _ => {}
        }
        if focus.create_storage {
            self.needed.insert(SourceObject::Cluster);
            self.needed.extend(storage_of(&focus.only, fleet, guest).map(SourceObject::Storage));
        }
    }

    fn need_interfaces(&mut self, guest: Option<&GuestRead>, name: Option<&str>) {
        for interface in interfaces(guest, name) {
            self.needed.insert(SourceObject::Interface(interface.vmid, interface.key.clone()));
            self.needed.insert(SourceObject::MacAddress(interface.vmid, interface.key.clone()));
            self.needed
                .extend(interface.vlan.iter().chain(&interface.trunks).map(|id| SourceObject::Vlan(*id)));
        }
    }
}

/// The storage that an object is on.
fn storage_of(only: &Only, fleet: &Fleet, guest: Option<&GuestRead>) -> Option<String> {
    match only {
        Only::Disk(_, key) => guest?.disks.iter().find(|disk| disk.key == *key)?.storage.clone(),
        Only::Snapshot(_, name) => {
            guest?.snapshots.iter().find(|snapshot| snapshot.name == *name)?.storage.clone()
        }
        Only::Backup { storage, .. } => {
            fleet.storages.iter().any(|known| known.name == *storage).then(|| storage.clone())
        }
        _ => None,
    }
}

fn is_it(read: &GuestRead, guest: GuestRef) -> bool {
    read.vmid == guest.vmid && guest.kind.is_none_or(|kind| kind == read.kind)
}

fn find(fleet: &Fleet, guest: GuestRef) -> Option<&GuestRead> {
    fleet.guests.iter().find(|read| is_it(read, guest))
}

/// Interfaces of a guest that are called so: by key, in the configuration, or in the guest; all when no name is given.
fn interfaces<'a>(
    guest: Option<&'a GuestRead>,
    name: Option<&'a str>,
) -> impl Iterator<Item = &'a VmInterfaceFacts> {
    let all = guest.map(|read| read.interfaces.as_slice()).unwrap_or_default();
    let called = move |interface: &&VmInterfaceFacts| {
        name.is_none_or(|name| {
            let names = [interface.name.as_deref(), interface.guest_name.as_deref()];
            interface.key == name || names.contains(&Some(name))
        })
    };
    all.iter().filter(called)
}

/// Whether two texts are one address; a prefix length does not count.
fn same_ip(ours: &str, theirs: &str) -> bool {
    let bare = theirs.split('/').next().unwrap_or(theirs).trim();
    let parse = |text: &str| text.parse::<std::net::IpAddr>().ok();
    ours == bare || parse(ours).is_some_and(|ip| parse(bare) == Some(ip))
}

fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| json!({}))
}

fn as_is(facts: &impl Serialize) -> Json {
    serde_json::to_value(facts).unwrap_or_else(|_| json!({}))
}

fn cluster(facts: &ClusterFacts) -> Json {
    json!({
        "name": facts.name, "mode": facts.mode, "version": facts.version, "quorate": facts.quorate,
        "nodes": facts.nodes, "status": parsed(&facts.status),
    })
}

/// What the status and the list of resources say of a node.
fn of_node(facts: &NodeFacts) -> Json {
    let mut said: Map<String, Json> = Map::new();
    for text in [&facts.listing, &facts.status] {
        if let Json::Object(entry) = parsed(text) {
            said.extend(entry);
        }
    }
    said.insert("name".to_owned(), facts.name.clone().into());
    said.into()
}

/// What the list of resources says of a guest; little when its configuration could not be read.
fn of_guest(read: &GuestRead) -> Json {
    match &read.facts {
        Some(Ok(facts)) => parsed(&facts.listing),
        _ => json!({
            "vmid": read.vmid, "type": read.kind.as_str(), "name": read.name, "node": read.node,
            "status": read.status,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn focus(only: Only) -> Focus {
        Focus { cluster: Some("lab".into()), only, create_guest: false, create_storage: false }
    }

    #[test]
    fn only_what_an_object_is_found_in_is_read() {
        let guest = GuestRef { vmid: 101, kind: None };
        let of_guest = narrow(&focus(Only::Snapshot(guest, "golden".into())), Parts::all());
        assert_eq!(of_guest.only, Some(BTreeSet::from([101])));
        assert_eq!((of_guest.cluster.as_deref(), of_guest.node), (Some("lab"), None));

        let backups = Only::Backups { node: "pve1".into(), storage: "local".into(), vmid: None };
        let on_storage = narrow(&focus(backups), Parts::all());
        assert_eq!(
            (on_storage.node.as_deref(), on_storage.storage.as_deref()),
            (Some("pve1"), Some("local"))
        );
        assert_eq!(on_storage.only, None);

        let on_node = narrow(&focus(Only::Snapshots { vmid: None, node: Some("pve1".into()) }), Parts::all());
        assert_eq!((on_node.guests_on.as_deref(), on_node.node), (Some("pve1"), None));
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        for theirs in ["2001:db8::5", "2001:DB8:0::5", "2001:db8::5/64", " 2001:db8::5 "] {
            assert!(same_ip("2001:db8::5", theirs), "{theirs}");
        }
        assert!(!same_ip("192.0.2.1", "192.0.2.10") && !same_ip("192.0.2.1", "odd"));
    }

    #[test]
    fn what_is_meant_is_written_what_is_needed_only_made_and_the_rest_left_out() {
        let mut aim = Aim::default();
        aim.means(SourceObject::Snapshot(101, "golden".into()), json!({}));
        aim.needed.insert(SourceObject::Guest(101));
        let fact = |object| {
            let identity = Identity { source: "lab".into(), object };
            Fact::new(proxbox_model::report::Stage::Snapshots, identity, "x", "x")
        };
        let mut snapshot = fact(SourceObject::Snapshot(101, "golden".into()));
        assert!(aim.admits(&mut snapshot) && snapshot.writing == Writing::All);
        let mut guest = fact(SourceObject::Guest(101));
        assert!(aim.admits(&mut guest) && guest.writing == Writing::Missing);
        assert!(!aim.admits(&mut fact(SourceObject::Snapshot(101, "other".into()))));
    }
}
