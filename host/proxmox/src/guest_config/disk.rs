//! Which lines of a guest's configuration are disks, and how large they are.

use super::size;
use crate::lenient::Fields;
use crate::properties::Properties;

/// Buses and purposes whose lines end in a number: `scsi0`, `mp3`, `efidisk0`.
const NUMBERED: &[&str] = &["scsi", "ide", "sata", "virtio", "efidisk", "tpmstate", "mp"];

/// Bytes of all disks. What is not stored by Proxmox counts nothing: media that can be ejected, devices and directories of the node
/// that are passed through, and volumes that are not attached.
pub(crate) fn total(config: Fields<'_>) -> u64 {
    config
        .iter()
        .filter(|(key, _)| is_disk_key(key))
        .filter_map(|(_, line)| stored_bytes(line.as_str()?))
        .fold(0, u64::saturating_add)
}

fn is_disk_key(key: &str) -> bool {
    key == "rootfs"
        || NUMBERED.iter().any(|bus| {
            key.strip_prefix(bus)
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        })
}

fn stored_bytes(line: &str) -> Option<u64> {
    let line = Properties::of(line);
    let volume = line.main(&["file", "volume"])?;
    let name = volume.split_once(':').map(|(_, name)| name)?;
    let removable = line.get("media") == Some("cdrom") || is_cloud_init(name);
    if removable || volume.starts_with('/') {
        return None;
    }
    size::bytes(line.get("size")?)
}

/// `local:101/vm-101-cloudinit.qcow2`, `local-lvm:vm-101-cloudinit`, and `local-lvm:cloudinit` before it is made.
fn is_cloud_init(name: &str) -> bool {
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

    fn of(config: &Json) -> u64 {
        total(Fields::of(config))
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
        fn no_line_makes_it_panic(key in "(scsi|mp|rootfs|ide)?[0-9]{0,3}", line in ".*") {
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
