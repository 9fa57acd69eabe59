//! Disk lines.

use super::dice::Dice;
use super::roles::{Role, System};
use crate::fleet::{Disk, GuestKind};
use std::collections::BTreeMap;

/// Names the volumes of one guest.
struct Volumes {
    vmid: u32,
    kind: GuestKind,
    template: bool,
    storage: &'static str,
    next: u32,
}

impl Volumes {
    fn next(&mut self) -> String {
        let Self { vmid, storage, next: n, .. } = *self;
        self.next += 1;
        let stem = if self.template { "base" } else { "vm" };
        match (storage, self.kind) {
            ("nas-nfs", GuestKind::Qemu) => format!("{storage}:{vmid}/{stem}-{vmid}-disk-{n}.qcow2"),
            ("nas-nfs", GuestKind::Lxc) => format!("{storage}:{vmid}/{stem}-{vmid}-disk-{n}.raw"),
            ("tank", GuestKind::Lxc) => format!("{storage}:subvol-{vmid}-disk-{n}"),
            _ => format!("{storage}:{stem}-{vmid}-disk-{n}"),
        }
    }
}

/// Disks of a guest: the data of its role, and around it what guests collect over the years.
pub(super) fn of(
    dice: &mut Dice,
    role: &Role,
    vmid: u32,
    kind: GuestKind,
    template: bool,
) -> BTreeMap<String, Disk> {
    let storage = dice.pick(&["local-lvm", "local-lvm", "local-lvm", "tank", "nas-nfs"]);
    let mut volumes = Volumes { vmid, kind, template, storage, next: 0 };
    match kind {
        GuestKind::Qemu => qemu(dice, role, &mut volumes),
        GuestKind::Lxc => lxc(dice, role, &mut volumes),
    }
}

fn qemu(dice: &mut Dice, role: &Role, volumes: &mut Volumes) -> BTreeMap<String, Disk> {
    let mut disks = BTreeMap::new();
    let bus = dice.pick(&["scsi", "scsi", "scsi", "scsi", "virtio", "virtio", "sata", "ide"]);
    for n in 0..=dice.count(&[60, 88, 97]) {
        let size = if n == 0 { dice.pick(role.disk) } else { extra_size(dice) };
        let mut disk = Disk::new(volumes.next(), size);
        if bus == "scsi" && dice.percent(50) {
            disk = disk.with("iothread", "1").with("discard", "on");
        }
        if dice.percent(20) {
            disk = disk.with("ssd", "1");
        }
        disks.insert(format!("{bus}{n}"), disk);
    }
    if role.system == System::Windows {
        disks.insert(
            "tpmstate0".to_owned(),
            Disk { volume: volumes.next(), ..Disk::new("", "4M") }.with("version", "v2.0"),
        );
    }
    if role.system == System::Windows || dice.percent(12) {
        let size = dice.pick(&["4M", "4M", "528K"]);
        let disk = Disk::new(volumes.next(), size).with("efitype", "4m").with("pre-enrolled-keys", "1");
        disks.insert("efidisk0".to_owned(), disk);
    }
    if bus != "ide" {
        disks.extend(optical(dice, role, volumes).map(|disk| ("ide2".to_owned(), disk)));
    }
    if dice.percent(4) {
        let volume = format!("local-lvm:vm-{}-disk-9", volumes.vmid);
        disks.insert("unused0".to_owned(), Disk { volume, options: BTreeMap::new() });
    }
    if dice.percent(2) {
        let volume = format!("/dev/disk/by-id/ata-WDC_WD40EFAX_{}", dice.hex(8).to_uppercase());
        disks.insert("scsi9".to_owned(), Disk::new(volume, "3907018584K"));
    }
    disks
}

fn extra_size(dice: &mut Dice) -> &'static str {
    dice.pick(&["10G", "50G", "100G", "250G", "512M", "1T", "2T", "1536G", "33554432K"])
}

fn optical(dice: &mut Dice, role: &Role, volumes: &Volumes) -> Option<Disk> {
    let iso = match role.system {
        System::Windows => ("local:iso/virtio-win-0.1.271.iso", "708140K"),
        System::Linux => ("local:iso/debian-13.2.0-amd64-netinst.iso", "784M"),
        System::Appliance => ("local:iso/OPNsense-25.7-dvd-amd64.iso", "2200842K"),
    };
    match dice.below(10) {
        0..2 => Some(Disk::new(iso.0, iso.1).with("media", "cdrom")),
        2..5 => Some(Disk { volume: "none".to_owned(), options: BTreeMap::new() }.with("media", "cdrom")),
        5..8 if role.system == System::Linux => {
            let volume = format!("{}:vm-{}-cloudinit", volumes.storage, volumes.vmid);
            Some(Disk::new(volume, "4M").with("media", "cdrom"))
        }
        _ => None,
    }
}

fn lxc(dice: &mut Dice, role: &Role, volumes: &mut Volumes) -> BTreeMap<String, Disk> {
    let mut disks = BTreeMap::new();
    disks.insert("rootfs".to_owned(), Disk::new(volumes.next(), dice.pick(role.disk)));
    for (n, path) in (0..dice.count(&[62, 90, 98])).zip(["/srv/data", "/var/lib/app", "/backup"]) {
        let disk = Disk::new(volumes.next(), extra_size(dice)).with("mp", path);
        let disk = if dice.percent(50) { disk.with("backup", "1") } else { disk };
        disks.insert(format!("mp{n}"), disk);
    }
    if dice.percent(5) {
        let shared = Disk { volume: "/mnt/pve/media".to_owned(), options: BTreeMap::new() };
        disks.insert("mp5".to_owned(), shared.with("mp", "/srv/media"));
    }
    disks
}
