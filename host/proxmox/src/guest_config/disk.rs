//! Which lines of a guest's configuration are disks, what they are for, and how large they are.

use super::{number_of, size};
use crate::lenient::Fields;
use crate::properties::Properties;
use proxbox_model::facts::{DiskRole, GuestKind, VirtualDiskFacts};

/// Buses and purposes whose lines end in a number: `scsi0`, `mp3`, `efidisk0`.
const NUMBERED: &[&str] = &["scsi", "ide", "sata", "virtio", "efidisk", "tpmstate", "mp", "unused"];
const ROOT: &str = "rootfs";
/// Endings of a volume that tell its format.
const FORMATS: &[&str] = &["raw", "qcow2", "vmdk"];

/// Every disk line, by bus and number.
pub(crate) fn all(vmid: u32, guest: GuestKind, config: Fields<'_>) -> Vec<VirtualDiskFacts> {
    let mut disks: Vec<_> = config
        .iter()
        .filter_map(|(key, line)| {
            let place = place(key)?;
            Some((place, disk(vmid, guest, key, place.0, line.as_str()?)?))
        })
        .collect();
    disks.sort_by(|(one, a), (other, b)| (one, &a.key).cmp(&(other, &b.key)));
    disks.into_iter().map(|(_, disk)| disk).collect()
}

/// Bytes of all disks. What is not stored by Proxmox counts nothing: media that can be ejected, devices and directories of the node
/// that are passed through, and volumes that are not attached.
pub(crate) fn total(disks: &[VirtualDiskFacts]) -> u64 {
    let stored = disks.iter().filter(|disk| {
        disk.storage.is_some()
            && !matches!(
                disk.role,
                DiskRole::Cdrom | DiskRole::CloudInit | DiskRole::Passthrough | DiskRole::Unused
            )
    });
    stored.filter_map(|disk| disk.size).fold(0, u64::saturating_add)
}

/// Storage of the first disk that holds the guest's data.
pub(crate) fn first_storage(disks: &[VirtualDiskFacts]) -> Option<String> {
    let data = disks.iter().filter(|disk| matches!(disk.role, DiskRole::Disk | DiskRole::RootFilesystem));
    data.filter_map(|disk| disk.storage.clone()).next()
}

/// Bus or purpose, and number.
fn place(key: &str) -> Option<(&'static str, u32)> {
    if key == ROOT {
        return Some((ROOT, 0));
    }
    NUMBERED.iter().find_map(|bus| Some((*bus, number_of(key, bus)?)))
}

fn disk(vmid: u32, guest: GuestKind, key: &str, bus: &str, line: &str) -> Option<VirtualDiskFacts> {
    let properties = Properties::of(line);
    let volume = properties.main(&["file", "volume"]).filter(|volume| !volume.is_empty())?;
    let (storage, name) = match volume.split_once(':') {
        Some((storage, name)) if !storage.is_empty() && !storage.contains('/') => (Some(storage), name),
        _ => (None, volume),
    };
    let format = properties.get("format").or_else(|| {
        let (_, ending) = name.rsplit_once('.')?;
        storage.and_then(|_| FORMATS.iter().copied().find(|format| *format == ending))
    });
    let is_option = |(key, value): &(&str, &str)| !(matches!(*key, "file" | "volume") && *value == volume);
    Some(VirtualDiskFacts {
        vmid,
        guest,
        key: key.to_owned(),
        role: role(bus, volume, name, properties),
        storage: storage.map(str::to_owned),
        volume: name.to_owned(),
        size: properties.get("size").and_then(size::bytes),
        format: format.map(str::to_owned),
        options: properties
            .pairs()
            .filter(is_option)
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    })
}

fn role(bus: &str, volume: &str, name: &str, line: Properties<'_>) -> DiskRole {
    match bus {
        "unused" => DiskRole::Unused,
        "efidisk" => DiskRole::EfiVars,
        "tpmstate" => DiskRole::TpmState,
        _ if is_cloud_init(name) => DiskRole::CloudInit,
        _ if line.get("media") == Some("cdrom") => DiskRole::Cdrom,
        _ if volume.starts_with('/') => DiskRole::Passthrough,
        ROOT => DiskRole::RootFilesystem,
        "mp" => DiskRole::MountPoint,
        _ => DiskRole::Disk,
    }
}

/// `local:101/vm-101-cloudinit.qcow2`, `local-lvm:vm-101-cloudinit`, and `local-lvm:cloudinit` before it is made.
fn is_cloud_init(name: &str) -> bool {
    if name.starts_with("iso/") {
        return false;
    }
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.split('.').next().unwrap_or(name);
    name == "cloudinit"
        || name
            .strip_prefix("vm-")
            .and_then(|rest| rest.strip_suffix("-cloudinit"))
            .is_some_and(|vmid| vmid.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    const GIB: u64 = 1 << 30;

    fn read(config: &Json) -> Vec<VirtualDiskFacts> {
        all(101, GuestKind::Qemu, Fields::of(config))
    }

    fn of(config: &Json) -> u64 {
        total(&read(config))
    }

    fn one(key: &str, line: &str) -> VirtualDiskFacts {
        read(&json!({key: line})).remove(0)
    }

    #[test]
    fn disks_of_every_bus_count() {
        for key in ["scsi0", "scsi30", "ide0", "sata5", "virtio15", "mp255", "rootfs"] {
            assert_eq!(of(&json!({key: "local-lvm:vm-101-disk-0,iothread=1,size=32G"})), 32 * GIB, "{key}");
        }
        assert_eq!(of(&json!({"efidisk0": "local-lvm:vm-101-disk-1,efitype=4m,size=528K"})), 528 << 10);
        assert_eq!(of(&json!({"tpmstate0": "local-lvm:vm-101-disk-2,size=4M,version=v2.0"})), 4 << 20);
    }

    #[test]
    fn all_disks_of_a_guest_add_up() {
        let config = json!({
            "scsi0": "ceph:vm-1-disk-0,size=32G",
            "scsi1": "nfs:1/vm-1-disk-1.qcow2,size=1.5G",
            "efidisk0": "ceph:vm-1-disk-2,size=528K",
        });
        assert_eq!(of(&config), 32 * GIB + 3 * (GIB / 2) + (528 << 10));
    }

    #[test]
    fn what_proxmox_does_not_store_counts_nothing() {
        for (key, line) in [
            ("ide2", "local:iso/debian.iso,media=cdrom,size=600M"),
            ("ide2", "none,media=cdrom"),
            ("ide2", "cdrom,media=cdrom"),
            ("ide0", "local-lvm:vm-101-cloudinit,media=cdrom,size=4M"),
            ("ide0", "local:101/vm-101-cloudinit.qcow2,size=4M"),
            ("scsi1", "local-lvm:cloudinit"),
            ("scsi2", "/dev/disk/by-id/ata-X,size=3907018584K"),
            ("mp0", "/srv/data,mp=/data,size=1G"),
            ("unused0", "local-lvm:vm-101-disk-9,size=9G"),
            ("scsihw", "virtio-scsi-single,size=1G"),
            ("virtiofs0", "share,size=1G"),
            ("vmstate", "local-lvm:vm-101-state-s,size=1G"),
            ("mpx", "local:x,size=1G"),
        ] {
            assert_eq!(of(&json!({key: line})), 0, "{key}: {line}");
        }
    }

    #[test]
    fn every_line_has_its_role() {
        for (key, line, role) in [
            ("scsi0", "ceph:vm-1-disk-0,size=1G", DiskRole::Disk),
            ("virtio3", "nfs:1/vm-1-disk-1.qcow2", DiskRole::Disk),
            ("rootfs", "local-zfs:subvol-1-disk-0,size=8G", DiskRole::RootFilesystem),
            ("mp0", "local-zfs:subvol-1-disk-1,mp=/srv", DiskRole::MountPoint),
            ("mp1", "/mnt/media,mp=/media", DiskRole::Passthrough),
            ("sata1", "/dev/disk/by-id/ata-X,size=1G", DiskRole::Passthrough),
            ("efidisk0", "ceph:vm-1-disk-2,size=528K", DiskRole::EfiVars),
            ("tpmstate0", "ceph:vm-1-disk-3,size=4M", DiskRole::TpmState),
            ("ide2", "local:iso/x.iso,media=cdrom", DiskRole::Cdrom),
            ("ide2", "none,media=cdrom", DiskRole::Cdrom),
            ("ide2", "/dev/cdrom,media=cdrom", DiskRole::Cdrom),
            ("ide2", "local:iso/cloudinit.iso,media=cdrom", DiskRole::Cdrom),
            ("ide0", "ceph:vm-1-cloudinit,media=cdrom", DiskRole::CloudInit),
            ("unused3", "ceph:vm-1-disk-9", DiskRole::Unused),
        ] {
            assert_eq!(one(key, line).role, role, "{key}: {line}");
        }
    }

    #[test]
    fn a_line_falls_into_storage_volume_and_options() {
        let disk = one("scsi0", "nfs:101/vm-101-disk-0.qcow2,discard=on,iothread=1,size=32G");
        assert_eq!((disk.storage.as_deref(), disk.volume.as_str()), (Some("nfs"), "101/vm-101-disk-0.qcow2"));
        assert_eq!((disk.size, disk.format.as_deref()), (Some(32 * GIB), Some("qcow2")));
        let options: Vec<String> = disk.options.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(options, ["discard=on", "iothread=1", "size=32G"]);

        let disk = one("scsi1", "size=1G,file=lvm:vm-1-disk-0,format=raw");
        assert_eq!((disk.format.as_deref(), disk.options.len()), (Some("raw"), 2));
        let disk = one("scsi2", "/dev/disk/by-path/pci-0000:00");
        assert_eq!((disk.storage, disk.volume.as_str()), (None, "/dev/disk/by-path/pci-0000:00"));
        let disk = one("ide2", "none,media=cdrom");
        assert_eq!((disk.storage, disk.volume.as_str(), disk.size), (None, "none", None));
    }

    #[test]
    fn disks_are_sorted_by_bus_and_number() {
        let lines = read(&json!({
            "scsi10": "a:1", "scsi2": "b:1", "ide0": "c:vm-1-cloudinit", "unused0": "d:1", "efidisk0": "e:1",
        }));
        let keys: Vec<&str> = lines.iter().map(|disk| disk.key.as_str()).collect();
        assert_eq!(keys, ["efidisk0", "ide0", "scsi2", "scsi10", "unused0"]);
        assert_eq!(first_storage(&lines).as_deref(), Some("b"));
        assert_eq!(first_storage(&[]), None);
    }

    #[test]
    fn the_volume_may_be_named_by_its_key() {
        assert_eq!(of(&json!({"scsi0": "file=local-lvm:vm-1-disk-0,size=1G"})), GIB);
        assert_eq!(of(&json!({"rootfs": "volume=local-lvm:vm-1-disk-0,size=1G"})), GIB);
        assert_eq!(of(&json!({"scsi0": "size=1G,file=local-lvm:vm-1-disk-0"})), GIB);
    }

    #[test]
    fn a_guest_called_cloudinit_in_part_keeps_its_disk() {
        assert_eq!(of(&json!({"scsi0": "local:101/my-cloudinit-disk.qcow2,size=1G"})), GIB);
    }

    #[test]
    fn a_line_that_cannot_be_read_leaves_the_others_alone() {
        let config =
            json!({"scsi0": 7, "scsi1": "local:x,size=?", "scsi2": ["x"], "scsi3": "local:x,size=1G"});
        assert_eq!(of(&config), GIB);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(key in "(scsi|mp|rootfs|ide)?[0-9]{0,12}", line in ".*") {
            let _ = of(&json!({key: line}));
        }

        #[test]
        fn options_around_the_size_do_not_matter(
            before in proptest::collection::vec("[a-z]{1,4}=[a-z0-9]{1,4}", 0..4),
            after in proptest::collection::vec("[a-z]{1,4}=[a-z0-9]{1,4}", 0..4),
            gib in 1u64..4096,
        ) {
            let line = [vec!["pool:vm-1-disk-0".to_owned()], before, vec![format!("size={gib}G")], after].concat();
            prop_assume!(!line.iter().any(|part| part.starts_with("media=")));
            prop_assume!(line.iter().filter(|part| part.starts_with("size=")).count() == 1);
            prop_assert_eq!(of(&json!({"scsi0": line.join(",")})), gib * GIB);
        }
    }
}
