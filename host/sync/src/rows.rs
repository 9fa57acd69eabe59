//! The facts of a fleet, each with who it is, what it belongs to and how it is called.

use crate::mapping::identity;
use crate::scope::Coverage;
use proxbox_model::draft::{Field, Reference, Value};
use proxbox_model::facts::*;
use proxbox_model::report::Stage;
use proxbox_model::{Problem, SourceObject};
use proxbox_proxmox::{Fleet, GuestRead};
use proxbox_reconcile::{Evidence, Fact, Writing};
use std::collections::{BTreeMap, BTreeSet};

/// A fact and what modules are told of it.
pub(crate) type Row<T> = (Fact, T);

pub(crate) fn clusters(fleet: &Fleet) -> Vec<Row<ClusterFacts>> {
    let fact =
        Fact::new(Stage::Devices, identity(fleet, SourceObject::Cluster), &fleet.cluster.name, "cluster");
    vec![(fact, fleet.cluster.clone())]
}

pub(crate) fn nodes(fleet: &Fleet) -> Vec<Row<NodeFacts>> {
    let row = |node: &NodeFacts| {
        let identity = identity(fleet, SourceObject::Node(node.name.clone()));
        (Fact::new(Stage::Devices, identity, &node.name, "node"), node.clone())
    };
    fleet.nodes.iter().map(row).collect()
}

pub(crate) fn storages(fleet: &Fleet) -> Vec<Row<StorageFacts>> {
    let row = |storage: &StorageFacts| {
        let identity_of_it = identity(fleet, SourceObject::Storage(storage.name.clone()));
        let mut fact = Fact::new(Stage::Storage, identity_of_it, &storage.name, "storage");
        fact.parent = Some(identity(fleet, SourceObject::Cluster));
        (fact, storage.clone())
    };
    fleet.storages.iter().map(row).collect()
}

/// The guests that could be read, and those that could not.
pub(crate) fn guests(fleet: &Fleet, coverage: &Coverage) -> (Vec<Row<GuestFacts>>, Vec<(Fact, Problem)>) {
    let mut readable = Vec::new();
    let mut broken = Vec::new();
    for guest in covered(fleet, coverage) {
        let identity = identity(fleet, SourceObject::Guest(guest.vmid));
        let mut fact = Fact::new(Stage::VirtualMachines, identity, &guest.name, guest.kind.as_str());
        match &guest.facts {
            Some(Ok(facts)) => {
                fact.source_tags.clone_from(&facts.tags);
                fact.uuid.clone_from(&guest.uuid);
                fact.macs = guest.macs.iter().map(|mac| mac.mac.clone()).collect();
                readable.push((fact, facts.clone()));
            }
            Some(Err(problem)) => broken.push((fact, problem.clone())),
            None => {}
        }
    }
    (readable, broken)
}

/// Other guests of the same name, so that nothing of that name is taken for the one that is meant while it may be theirs.
pub(crate) fn namesakes(fleet: &Fleet, is_meant: impl Fn(u32) -> bool) -> Vec<Fact> {
    let (meant, others): (Vec<_>, Vec<_>) = fleet.guests.iter().partition(|guest| is_meant(guest.vmid));
    if others.is_empty() {
        return Vec::new();
    }
    let names: BTreeSet<&str> = meant.iter().map(|guest| guest.name.as_str()).collect();
    let fact = |guest: &GuestRead| {
        let identity = identity(fleet, SourceObject::Guest(guest.vmid));
        let fact = Fact::new(Stage::VirtualMachines, identity, &guest.name, guest.kind.as_str());
        Fact { writing: Writing::Nothing, ..fact }
    };
    others.into_iter().filter(|guest| names.contains(guest.name.as_str())).map(fact).collect()
}

fn covered<'a>(fleet: &'a Fleet, coverage: &'a Coverage) -> impl Iterator<Item = &'a GuestRead> {
    fleet.guests.iter().filter(|guest| coverage.covers(&fleet.source.cluster, guest.vmid))
}

/// The facts that guests hold of one type.
fn of_guests<T: Clone>(
    fleet: &Fleet,
    coverage: &Coverage,
    (stage, item_type): (Stage, &str),
    of: impl Fn(&GuestRead) -> Vec<(SourceObject, String, T)>,
) -> Vec<Row<T>> {
    let mut rows = Vec::new();
    for guest in covered(fleet, coverage) {
        for (object, name, record) in of(guest) {
            let mut fact = Fact::new(stage, identity(fleet, object), name, item_type);
            fact.parent = Some(identity(fleet, SourceObject::Guest(guest.vmid)));
            rows.push((fact, record));
        }
    }
    rows
}

pub(crate) fn cloud_inits(fleet: &Fleet, coverage: &Coverage) -> Vec<Row<CloudInitFacts>> {
    of_guests(fleet, coverage, (Stage::VirtualMachines, "cloud-init"), |guest| {
        let row =
            |facts: &CloudInitFacts| (SourceObject::CloudInit(guest.vmid), guest.name.clone(), facts.clone());
        guest.cloud_init.iter().map(row).collect()
    })
}

pub(crate) fn disks(fleet: &Fleet, coverage: &Coverage) -> Vec<Row<VirtualDiskFacts>> {
    of_guests(fleet, coverage, (Stage::VirtualDisks, "disk"), |guest| {
        let row = |disk: &VirtualDiskFacts| {
            (SourceObject::Disk(guest.vmid, disk.key.clone()), of(&guest.name, &disk.key), disk.clone())
        };
        guest.disks.iter().map(row).collect()
    })
}

pub(crate) fn snapshots(fleet: &Fleet, coverage: &Coverage) -> Vec<Row<SnapshotFacts>> {
    of_guests(fleet, coverage, (Stage::Snapshots, "snapshot"), |guest| {
        let row = |snapshot: &SnapshotFacts| {
            let object = SourceObject::Snapshot(guest.vmid, snapshot.name.clone());
            (object, of(&guest.name, &snapshot.name), snapshot.clone())
        };
        guest.snapshots.iter().map(row).collect()
    })
}

pub(crate) fn interfaces(fleet: &Fleet, coverage: &Coverage) -> Vec<Row<VmInterfaceFacts>> {
    let mut rows = of_guests(fleet, coverage, (Stage::VmInterfaces, "vm-interface"), |guest| {
        let row = |interface: &VmInterfaceFacts| {
            let object = SourceObject::Interface(guest.vmid, interface.key.clone());
            (object, of(&guest.name, &interface.key), interface.clone())
        };
        guest.interfaces.iter().map(row).collect()
    });
    let nodes: BTreeMap<u32, &str> =
        fleet.guests.iter().map(|guest| (guest.vmid, guest.node.as_str())).collect();
    for (fact, interface) in &mut rows {
        fact.hint = interface.mac.clone().map(|mac| ("mac_address", mac));
        let bridge = interface.bridge.as_deref().zip(nodes.get(&interface.vmid));
        fact.host_fields.extend(bridge.map(|(bridge, node)| bridge_of(node, bridge)));
    }
    rows
}

/// The bridge of the node that an interface is plugged into. Only the host knows the node.
fn bridge_of(node: &str, bridge: &str) -> Field {
    let key = [("proxmox-node", node), ("proxmox-interface", bridge)];
    let key = key.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let value = Value::Reference(Reference { kind: "dcim.interface".to_owned(), key });
    Field { name: "proxbox_bridge".to_owned(), value }
}

pub(crate) fn mac_addresses(fleet: &Fleet, coverage: &Coverage) -> Vec<Row<MacAddressFacts>> {
    let mut rows = of_guests(fleet, coverage, (Stage::VmInterfaces, "mac-address"), |guest| {
        let row = |mac: &MacAddressFacts| {
            (SourceObject::MacAddress(guest.vmid, mac.net.clone()), mac.mac.clone(), mac.clone())
        };
        guest.macs.iter().map(row).collect()
    });
    for (fact, mac) in &mut rows {
        fact.parent = Some(identity(fleet, SourceObject::Interface(mac.vmid, mac.net.clone())));
    }
    rows
}

pub(crate) fn addresses(fleet: &Fleet, coverage: &Coverage) -> Vec<Row<IpAddressFacts>> {
    let mut rows = of_guests(fleet, coverage, (Stage::IpAddresses, "ip-address"), |guest| {
        guest.addresses.iter().map(address).collect()
    });
    let guests: BTreeMap<u32, &GuestRead> = fleet.guests.iter().map(|guest| (guest.vmid, guest)).collect();
    for (fact, address) in &mut rows {
        if let AddressOwner::VmInterface(vmid, net) = &address.owner {
            fact.parent = Some(identity(fleet, SourceObject::Interface(*vmid, net.clone())));
            fact.evidence = guests.get(vmid).map(|guest| evidence(guest, address.origin)).unwrap_or_default();
        }
    }
    rows
}

/// How much it weighs that something says that a guest has an address.
fn evidence(guest: &GuestRead, origin: AddressOrigin) -> Evidence {
    let is_template = matches!(&guest.facts, Some(Ok(facts)) if facts.template);
    match origin {
        AddressOrigin::Agent | AddressOrigin::Node => Evidence::Seen,
        AddressOrigin::Config if is_template => Evidence::Template,
        AddressOrigin::Config if guest.status == "running" => Evidence::Configured,
        AddressOrigin::Config => Evidence::Stopped,
    }
}

fn address(facts: &IpAddressFacts) -> (SourceObject, String, IpAddressFacts) {
    let ip = facts.address.ip.clone();
    (SourceObject::IpAddress(facts.owner.clone(), ip.clone()), ip, facts.clone())
}

/// A guest whose addresses are known in full and are none has no primary one any more.
pub(crate) fn primary_ips(fleet: &Fleet, coverage: &Coverage) -> Vec<Row<PrimaryIpFacts>> {
    let mut rows = of_guests(fleet, coverage, (Stage::IpAddresses, "primary-ip"), |guest| {
        let none = || {
            let known = fleet.seen.agents.contains(&guest.vmid) && fleet.seen.configs.contains(&guest.vmid);
            known.then(|| PrimaryIpFacts { vmid: guest.vmid, candidates: Vec::new() })
        };
        let facts = guest.primary.clone().or_else(none);
        let row = |facts| (SourceObject::PrimaryIp(guest.vmid), guest.name.clone(), facts);
        facts.into_iter().map(row).collect()
    });
    for (fact, primary) in &mut rows {
        fact.candidates = primary.candidates.iter().map(|(_, address)| address.ip.clone()).collect();
    }
    rows
}

pub(crate) fn guest_interfaces(fleet: &Fleet, coverage: &Coverage) -> Vec<Row<GuestInterfaceFacts>> {
    of_guests(fleet, coverage, (Stage::IpAddresses, "guest-interface"), |guest| {
        let row = |interface: &GuestInterfaceFacts| {
            let object = SourceObject::GuestInterface(guest.vmid, interface.name.clone());
            (object, of(&guest.name, &interface.name), interface.clone())
        };
        guest.guest_interfaces.iter().map(row).collect()
    })
}

pub(crate) fn node_interfaces(fleet: &Fleet) -> Vec<Row<NodeInterfaceFacts>> {
    let row = |interface: &NodeInterfaceFacts| {
        let object = SourceObject::NodeInterface(interface.node.clone(), interface.name.clone());
        let name = of(&interface.node, &interface.name);
        let mut fact = Fact::new(Stage::NodeInterfaces, identity(fleet, object), name, "node-interface");
        fact.parent = Some(identity(fleet, SourceObject::Node(interface.node.clone())));
        (fact, interface.clone())
    };
    fleet.node_interfaces.iter().map(row).collect()
}

pub(crate) fn node_addresses(fleet: &Fleet) -> Vec<Row<IpAddressFacts>> {
    let row = |facts: &IpAddressFacts| {
        let (object, name, facts) = address(facts);
        let mut fact = Fact::new(Stage::NodeInterfaces, identity(fleet, object), name, "ip-address");
        if let AddressOwner::NodeInterface(node, name) = &facts.owner {
            let object = SourceObject::NodeInterface(node.clone(), name.clone());
            fact.parent = Some(identity(fleet, object));
        }
        (fact, facts)
    };
    fleet.node_addresses.iter().map(row).collect()
}

/// VLANs, without those that come with another list.
pub(crate) fn vlans(
    fleet: &Fleet,
    vlans: &[VlanFacts],
    taken: &[VlanFacts],
    stage: Stage,
) -> Vec<Row<VlanFacts>> {
    let fresh = vlans.iter().filter(|vlan| !taken.iter().any(|taken| taken.id == vlan.id));
    let row = |vlan: &VlanFacts| {
        let identity = identity(fleet, SourceObject::Vlan(vlan.id));
        (Fact::new(stage, identity, format!("VLAN {}", vlan.id), "vlan"), vlan.clone())
    };
    fresh.map(row).collect()
}

/// Backups of guests of the cluster, and those of others with the reason why they are left out.
pub(crate) fn backups(fleet: &Fleet, coverage: &Coverage) -> (Vec<Row<BackupFacts>>, Vec<(Fact, String)>) {
    let rows = fleet.backups.iter().map(|backup| {
        let object = SourceObject::Backup(backup.volume_id.clone());
        let fact = Fact::new(Stage::Backups, identity(fleet, object), &backup.volume_id, "backup");
        (fact, backup.vmid, backup.clone())
    });
    // A backup is made and removed without its guest being touched: the list is read in full or not at all.
    with_guests(fleet, |vmid| coverage.means(&fleet.source.cluster, vmid), rows)
}

/// Tasks of guests of the cluster, and those of others with the reason why they are left out.
pub(crate) fn tasks(fleet: &Fleet, coverage: &Coverage) -> (Vec<Row<TaskFacts>>, Vec<(Fact, String)>) {
    let rows = fleet.tasks.iter().map(|task| {
        let object = SourceObject::Task(task.upid.clone());
        let fact = Fact::new(Stage::TaskHistory, identity(fleet, object), &task.upid, "task");
        (fact, Some(task.vmid), task.clone())
    });
    with_guests(fleet, |vmid| coverage.covers(&fleet.source.cluster, vmid), rows)
}

fn with_guests<T>(
    fleet: &Fleet,
    is_meant: impl Fn(u32) -> bool,
    rows: impl Iterator<Item = (Fact, Option<u32>, T)>,
) -> (Vec<Row<T>>, Vec<(Fact, String)>) {
    let there: BTreeSet<u32> = fleet.guests.iter().map(|guest| guest.vmid).collect();
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for (mut fact, vmid, record) in rows {
        match vmid {
            Some(vmid) if !is_meant(vmid) => {}
            Some(vmid) if !there.contains(&vmid) => {
                unknown.push((fact, format!("guest {vmid} is not in the cluster any more")));
            }
            _ => {
                fact.parent = vmid.map(|vmid| identity(fleet, SourceObject::Guest(vmid)));
                known.push((fact, record));
            }
        }
    }
    (known, unknown)
}

pub(crate) fn backup_routines(fleet: &Fleet) -> Vec<Row<BackupRoutineFacts>> {
    let row = |routine: &BackupRoutineFacts| {
        let identity = identity(fleet, SourceObject::BackupRoutine(routine.id.clone()));
        (Fact::new(Stage::BackupRoutines, identity, &routine.id, "backup-routine"), routine.clone())
    };
    fleet.routines.iter().map(row).collect()
}

pub(crate) fn replications(fleet: &Fleet, coverage: &Coverage) -> Vec<Row<ReplicationFacts>> {
    let row = |job: &ReplicationFacts| {
        let identity_of_job = identity(fleet, SourceObject::Replication(job.id.clone()));
        let mut fact = Fact::new(Stage::Replications, identity_of_job, &job.id, "replication");
        fact.parent = Some(identity(fleet, SourceObject::Guest(job.vmid)));
        (fact, job.clone())
    };
    let meant = |job: &&ReplicationFacts| coverage.means(&fleet.source.cluster, job.vmid);
    fleet.replications.iter().filter(meant).map(row).collect()
}

/// `web / scsi0`.
fn of(owner: &str, name: &str) -> String {
    format!("{owner} / {name}")
}
