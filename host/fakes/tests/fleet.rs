//! What the generator promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_fakes::fleet::{ChangeError, Fleet, FleetSpec, Guest, GuestKind, GuestStatus, Nic, parse_size};
use std::collections::{BTreeMap, BTreeSet};

fn fleet(guests: usize) -> Fleet {
    Fleet::generate(&FleetSpec::new("lab", 5, guests, 7))
}

fn unique<T: Ord>(items: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    items.into_iter().all(|item| seen.insert(item))
}

#[test]
fn the_same_seed_gives_the_same_fleet() {
    assert_eq!(fleet(200), fleet(200));
    assert_ne!(fleet(200), Fleet::generate(&FleetSpec::new("lab", 5, 200, 8)));
}

#[test]
fn more_guests_leave_the_others_as_they_are() {
    let (small, large) = (fleet(50), fleet(80));
    assert_eq!(large.guests.len(), 80);
    assert!(small.guests.iter().all(|(vmid, guest)| large.guest(*vmid) == Some(guest)));
}

#[test]
fn a_hundred_guests_have_about_160_disks_160_nics_50_snapshots_and_200_backups() {
    let fleet = fleet(2000);
    let of_a_hundred = |count: usize| count / 20;
    let sum = |count: fn(&Guest) -> usize| of_a_hundred(fleet.guests.values().map(count).sum());
    let disks = sum(|guest| guest.disks.iter().filter(|(key, disk)| disk.is_data(key)).count());
    assert!((140..=180).contains(&disks), "{disks} disks");
    let nics = sum(|guest| guest.nics.len());
    assert!((145..=175).contains(&nics), "{nics} interfaces");
    let snapshots = sum(|guest| guest.snapshots.len());
    assert!((40..=60).contains(&snapshots), "{snapshots} snapshots");
    let backups = of_a_hundred(fleet.backups.len());
    assert!((180..=220).contains(&backups), "{backups} backups");
}

#[test]
fn macs_volumes_names_and_addresses_are_unique() {
    let fleet = fleet(3000);
    let guests = || fleet.guests.values();
    assert!(unique(guests().flat_map(|guest| guest.nics.values().map(|nic| nic.mac.clone()))));
    assert!(unique(guests().map(|guest| guest.name.clone())));
    assert!(unique(fleet.backups.iter().map(|backup| backup.volid.clone())));
    assert!(unique(fleet.tasks.iter().map(|task| task.upid())));
    let addresses = guests().flat_map(|guest| {
        let cards =
            guest.interfaces.iter().filter(|interface| !["lo", "docker0"].contains(&interface.name.as_str()));
        cards.flat_map(|interface| interface.addresses.clone()).filter(|(ip, _)| !ip.is_loopback())
    });
    assert!(unique(addresses));
}

#[test]
fn a_guest_added_later_gets_a_mac_of_its_own() {
    let mut fleet = fleet(200);
    for _ in 0..50 {
        fleet.add_guest(GuestKind::Qemu, "later");
    }
    assert!(unique(fleet.guests.values().flat_map(|guest| guest.nics.values().map(|nic| nic.mac.clone()))));
}

#[test]
fn every_usual_thing_occurs() {
    let fleet = fleet(600);
    let keys: BTreeSet<String> = fleet
        .guests
        .values()
        .flat_map(|guest| guest.disks.keys().map(|key| key.trim_end_matches(char::is_numeric).to_owned()))
        .collect();
    for key in ["scsi", "virtio", "sata", "ide", "efidisk", "tpmstate", "unused", "rootfs", "mp"] {
        assert!(keys.contains(key), "no {key}");
    }
    let units: BTreeSet<char> = fleet
        .guests
        .values()
        .flat_map(|guest| guest.disks.values().filter_map(|disk| disk.size()?.chars().last()))
        .collect();
    assert_eq!(units, ['G', 'K', 'M', 'T'].into());
    let models: BTreeSet<&str> =
        fleet.guests.values().flat_map(|guest| guest.nics.values().map(|nic| nic.model.as_str())).collect();
    assert_eq!(models, ["e1000", "e1000e", "rtl8139", "veth", "virtio", "vmxnet3"].into());
    let some = |what: fn(&Guest) -> bool| assert!(fleet.guests.values().any(what));
    some(|guest| guest.template);
    some(|guest| guest.status == GuestStatus::Paused);
    some(|guest| guest.status == GuestStatus::Stopped && !guest.template);
    some(|guest| guest.nics.len() > 1 && !guest.nics.contains_key(&1));
    some(|guest| guest.nics.values().any(|nic| nic.link_down));
    some(|guest| guest.nics.values().any(|nic| nic.trunks.is_some()));
    some(|guest| guest.nics.values().any(|nic| nic.options.get("ip").is_some_and(|ip| ip == "dhcp")));
    some(|guest| guest.options.contains_key("ipconfig0"));
    some(|guest| guest.snapshots.iter().any(|snapshot| snapshot.parent.is_some()));
    assert!(fleet.backups.iter().any(|backup| backup.protected));
    assert!(fleet.backups.iter().any(|backup| backup.verification.is_some()));
    assert!(fleet.backups.iter().any(|backup| fleet.guest(backup.vmid).is_none()));
    assert!(!fleet.replications.is_empty());
}

#[test]
fn odd_names_are_still_names_that_proxmox_takes() {
    let spec = FleetSpec { odd_names: true, ..FleetSpec::new("lab", 2, 300, 1) };
    let fleet = Fleet::generate(&spec);
    let names: Vec<&str> = fleet.guests.values().map(|guest| guest.name.as_str()).collect();
    assert!(names.contains(&""));
    assert!(names.iter().any(|name| name.len() == 63));
    assert!(names.iter().filter(|name| **name == "legacy").count() > 1);
    for label in names.iter().flat_map(|name| name.split('.')).filter(|label| !label.is_empty()) {
        assert!(label.len() <= 63 && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{label}");
        assert!(!label.starts_with('-') && !label.ends_with('-'), "{label}");
    }
}

#[test]
fn a_standalone_node_has_no_cluster_and_no_replication() {
    let fleet = Fleet::generate(&FleetSpec::standalone("edge", 10, 3));
    assert_eq!((fleet.cluster.as_deref(), fleet.name(), fleet.nodes.len()), (None, "edge", 1));
    assert!(fleet.replications.is_empty());
    assert!(fleet.guests.values().all(|guest| guest.node == "edge"));
}

#[test]
fn fleets_at_the_edges_of_the_spec_are_made() {
    assert!(fleet(0).guests.is_empty());
    assert_eq!(Fleet::generate(&FleetSpec::new("empty", 0, 3, 1)).nodes.len(), 1);
    let spec = FleetSpec { qemu_percent: 0, ..FleetSpec::new("ct", 400, 100, 1) };
    let fleet = Fleet::generate(&spec);
    assert!(fleet.guests.values().all(|guest| guest.kind == GuestKind::Lxc));
    assert!(unique(fleet.nodes.iter().map(|node| node.ip)));
}

#[test]
fn changes_do_what_an_operator_would() {
    let mut fleet = fleet(20);
    let vmid = *fleet.guests.keys().next().unwrap();
    fleet.rename(vmid, "renamed").unwrap();
    fleet.migrate(vmid, "pve5").unwrap();
    fleet.set_memory(vmid, 12_288).unwrap();
    fleet.set_cpus(vmid, 6).unwrap();
    fleet.stop(vmid).unwrap();
    fleet.set_tags(vmid, &["b", "a"]).unwrap();
    fleet.set_pool(vmid, Some("new")).unwrap();
    let key = fleet.guest(vmid).unwrap().disks.keys().next().unwrap().clone();
    fleet.resize_disk(vmid, &key, "77G").unwrap();
    fleet.take_snapshot(vmid, "now").unwrap();
    let guest = fleet.guest(vmid).unwrap();
    assert_eq!(
        (guest.name.as_str(), guest.node.as_str(), guest.memory, guest.cpus()),
        ("renamed", "pve5", 12_288, 6)
    );
    assert_eq!((guest.status, guest.tags.join(";")), (GuestStatus::Stopped, "a;b".to_owned()));
    assert_eq!(guest.disks[&key].bytes(), Some(77 << 30));
    assert_eq!(guest.current_parent.as_deref(), Some("now"));
    assert_eq!(fleet.pool_of(vmid), Some("new"));
    assert_eq!(fleet.set_memory(99, 1), Err(ChangeError::NoGuest(99)));
    assert_eq!(fleet.migrate(vmid, "pve9"), Err(ChangeError::NoNode("pve9".to_owned())));
    let added = fleet.add_guest(GuestKind::Lxc, "fresh");
    assert_eq!(fleet.guest(added).unwrap().config()["hostname"], "fresh");
    fleet.remove_guest(vmid).unwrap();
    assert_eq!((fleet.guest(vmid), fleet.pool_of(vmid)), (None, None));
}

#[test]
fn a_removed_interface_is_gone_inside_the_guest_too() {
    let mut fleet = fleet(1);
    let vmid = fleet.add_guest(GuestKind::Qemu, "one");
    let address = ("192.0.2.7".parse().unwrap(), 24);
    fleet.set_addresses(vmid, 0, vec![address]).unwrap();
    fleet
        .set_nic(
            vmid,
            3,
            Nic { model: "e1000".to_owned(), mac: "BC:24:11:00:00:01".to_owned(), ..Nic::default() },
        )
        .unwrap();
    assert_eq!(fleet.guest(vmid).unwrap().config()["net3"], "e1000=BC:24:11:00:00:01");
    fleet.remove_nic(vmid, 0).unwrap();
    let guest = fleet.guest(vmid).unwrap();
    assert!(guest.interfaces.is_empty() && !guest.config().contains_key("net0"));
}

#[test]
fn sizes_read_as_proxmox_writes_them() {
    let sizes: BTreeMap<&str, Option<u64>> =
        ["528K", "4M", "32G", "1T", "1.5G", "512", "x", "", "G"].map(|text| (text, parse_size(text))).into();
    assert_eq!(sizes["528K"], Some(540_672));
    assert_eq!((sizes["4M"], sizes["32G"], sizes["1T"]), (Some(4 << 20), Some(32 << 30), Some(1 << 40)));
    assert_eq!((sizes["1.5G"], sizes["512"]), (Some(3 << 29), Some(512)));
    assert_eq!((sizes["x"], sizes[""], sizes["G"]), (None, None, None));
}
