//! Every fact of a fleet, as modules are given it: for whoever records facts or tries a module with one.

use crate::choices::Choices;
use proxbox_model::facts::AddressOwner;
use proxbox_model::options::RunOptions;
use proxbox_proxmox::{Fleet, GuestRead};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// A fact, by the interface of the contract that it goes to.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFact {
    /// `virtual-machine`, `virtual-disk` …
    pub interface: &'static str,
    /// The guest that it is about; none when it is about none.
    pub vmid: Option<u32>,
    /// The record of the contract.
    pub fact: Json,
}

/// Every fact of a fleet that a run maps, in the order of a run.
pub fn facts(fleet: &Fleet) -> Vec<SourceFact> {
    let mut list = List::default();
    let guests: BTreeSet<u32> = fleet.guests.iter().map(|guest| guest.vmid).collect();
    list.add("cluster", [(None, &fleet.cluster)]);
    list.add("node", fleet.nodes.iter().map(|node| (None, node)));
    list.add("storage", fleet.storages.iter().map(|storage| (None, storage)));
    fleet.guests.iter().for_each(|guest| list.guest(guest));
    let vlans = fleet.vlans_of_guests.iter();
    let vlans = vlans.filter(|vlan| !fleet.vlans_of_nodes.iter().any(|other| other.id == vlan.id));
    list.add("vlan", fleet.vlans_of_nodes.iter().chain(vlans).map(|vlan| (None, vlan)));
    list.add("node-interface", fleet.node_interfaces.iter().map(|interface| (None, interface)));
    list.add("ip-address", fleet.node_addresses.iter().map(|address| (None, address)));
    // What is left of guests that are gone is not mapped.
    let known = |vmid: Option<u32>| vmid.is_none_or(|vmid| guests.contains(&vmid));
    let backups = fleet.backups.iter().filter(|backup| known(backup.vmid));
    list.add("backup", backups.map(|backup| (backup.vmid, backup)));
    list.add("backup-routine", fleet.routines.iter().map(|routine| (None, routine)));
    list.add("replication", fleet.replications.iter().map(|job| (Some(job.vmid), job)));
    let tasks = fleet.tasks.iter().filter(|task| known(Some(task.vmid)));
    list.add("task", tasks.map(|task| (Some(task.vmid), task)));
    list.0
}

/// What mappers are told of the choices of a run when nobody chose anything.
pub fn usual_options() -> Json {
    Choices::new(&RunOptions::default(), None, None).options
}

#[derive(Default)]
struct List(Vec<SourceFact>);

impl List {
    fn add<'a, T: Serialize + 'a>(
        &mut self,
        interface: &'static str,
        facts: impl IntoIterator<Item = (Option<u32>, &'a T)>,
    ) {
        // Plain records always become JSON.
        let fact = |(vmid, record)| {
            serde_json::to_value(record).ok().map(|fact| SourceFact { interface, vmid, fact })
        };
        self.0.extend(facts.into_iter().filter_map(fact));
    }

    fn guest(&mut self, guest: &GuestRead) {
        let vmid = Some(guest.vmid);
        self.add("virtual-machine", guest.facts.iter().flatten().map(|facts| (vmid, facts)));
        self.add("cloud-init", guest.cloud_init.iter().map(|facts| (vmid, facts)));
        self.add("virtual-disk", guest.disks.iter().map(|disk| (vmid, disk)));
        self.add("snapshot", guest.snapshots.iter().map(|snapshot| (vmid, snapshot)));
        self.add("vm-interface", guest.interfaces.iter().map(|interface| (vmid, interface)));
        self.add("mac-address", guest.macs.iter().map(|mac| (vmid, mac)));
        let own =
            guest.addresses.iter().filter(|address| matches!(address.owner, AddressOwner::VmInterface(..)));
        self.add("ip-address", own.map(|address| (vmid, address)));
        self.add("primary-ip", guest.primary.iter().map(|candidates| (vmid, candidates)));
        self.add("guest-interface", guest.guest_interfaces.iter().map(|interface| (vmid, interface)));
    }
}
