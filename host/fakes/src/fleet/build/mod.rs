//! Makes a fleet from a spec.

mod dice;
mod disks;
mod guests;
mod history;
mod jobs;
mod nics;
mod nodes;
mod roles;
mod storages;

use self::dice::Dice;
use super::{Agent, Disk, Fleet, FleetSpec, Guest, GuestInterface, GuestKind, GuestStatus, Nic};
use std::collections::BTreeMap;

pub(super) fn fleet(spec: &FleetSpec) -> Fleet {
    let nodes = nodes::all(spec);
    let placed = guests::all(spec, &nodes);
    let pools = jobs::pools(&placed);
    let backup_jobs = jobs::backup_jobs(spec, &nodes, &placed);
    let replications = jobs::replications(spec, &nodes, &placed);
    let guests: BTreeMap<u32, Guest> = placed.into_iter().map(|p| (p.guest.vmid, p.guest)).collect();
    Fleet {
        cluster: (!spec.standalone).then(|| spec.cluster.clone()),
        authority: authority(spec),
        cluster_version: spec.nodes as u64,
        version: spec.version.clone(),
        seed: spec.seed,
        now: spec.now,
        storages: storages::all(spec, &nodes),
        backups: history::backups(spec, guests.values()),
        tasks: history::tasks(spec, &nodes, guests.values()),
        backup_jobs,
        replications,
        pools,
        nodes,
        guests,
    }
}

/// Another one for whatever another installation would differ by.
fn authority(spec: &FleetSpec) -> String {
    let subject = format!("authority of {} {}", spec.cluster, spec.node_prefix);
    let mut dice = Dice::new(spec.seed, &subject, spec.network.into());
    [8, 4, 4, 4, 12].map(|digits| dice.hex(digits)).join("-")
}

/// A running guest as small as can be: one disk, one interface.
pub(super) fn plain_guest(fleet: &Fleet, vmid: u32, kind: GuestKind, name: &str) -> Guest {
    let is_qemu = kind == GuestKind::Qemu;
    let (disk, model) = if is_qemu { ("scsi0", "virtio") } else { ("rootfs", "veth") };
    let mac = nics::mac(fleet.seed, vmid, 0);
    let inside = GuestInterface {
        name: if is_qemu { "ens18" } else { "eth0" }.to_owned(),
        mac: Some(mac.to_lowercase()),
        addresses: Vec::new(),
    };
    let nic = Nic {
        model: model.to_owned(),
        mac,
        name: (!is_qemu).then(|| "eth0".to_owned()),
        bridge: Some("vmbr0".to_owned()),
        ..Nic::default()
    };
    Guest {
        vmid,
        kind,
        name: name.to_owned(),
        node: fleet.nodes.first().map(|node| node.name.clone()).unwrap_or_default(),
        status: GuestStatus::Running,
        template: false,
        tags: Vec::new(),
        sockets: 1,
        cores: 2,
        memory: 2048,
        ostype: if is_qemu { "l26" } else { "debian" }.to_owned(),
        onboot: true,
        agent: if is_qemu { Agent::Answers } else { Agent::Absent },
        agent_line: "1".to_owned(),
        unprivileged: !is_qemu,
        notes: String::new(),
        disks: [(disk.to_owned(), Disk::new(format!("local-lvm:vm-{vmid}-disk-0"), "32G"))].into(),
        nics: [(0, nic)].into(),
        interfaces: vec![inside],
        host_name: name.to_owned(),
        snapshots: Vec::new(),
        current_parent: None,
        options: BTreeMap::new(),
        started: fleet.now,
        lock: None,
    }
}
