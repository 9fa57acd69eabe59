//! What becomes of a disk in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_transform_sdk::facts::{DiskRole, GuestKind, VirtualDiskFacts};
use proxbox_transform_sdk::{Outcome, Value, VirtualDiskMapper, testing};
use proxbox_virtual_disk::VirtualDisk;

fn disk(role: DiskRole, size: Option<u64>) -> Outcome {
    let fact = VirtualDiskFacts {
        vmid: 101,
        guest: GuestKind::Qemu,
        key: "scsi0".to_owned(),
        role,
        storage: Some("local-lvm".to_owned()),
        volume: "vm-101-disk-0".to_owned(),
        size,
        format: None,
        options: Vec::new(),
    };
    VirtualDisk::map(&testing::context(), &fact)
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::VirtualDiskFacts>(env!("CARGO_MANIFEST_DIR"), VirtualDisk::map_all);
}

#[test]
fn a_begun_mebibyte_counts() {
    let table = [
        (0, 0),
        (1, 1),
        (540_672, 1),
        (1 << 20, 1),
        ((1 << 20) + 1, 2),
        (32 << 30, 32_768),
        (u64::MAX, 2_147_483_647),
    ];
    for (bytes, mebibytes) in table {
        let drafts = kinds::drafts(disk(DiskRole::Disk, Some(bytes)));
        assert_eq!(drafts[0].get("size"), Some(&Value::Integer(mebibytes)), "{bytes}");
    }
}

#[test]
fn lines_that_are_no_disks_of_the_guest_are_left_out() {
    for role in [DiskRole::Cdrom, DiskRole::CloudInit, DiskRole::Passthrough, DiskRole::Unused] {
        assert!(matches!(disk(role, Some(1 << 30)), Outcome::Skip(_)), "{role:?}");
    }
    assert!(matches!(disk(DiskRole::Disk, None), Outcome::Skip(_)));
}

#[test]
fn a_disk_of_which_neither_storage_nor_format_is_known_keeps_the_operators_description() {
    let fact = VirtualDiskFacts {
        vmid: 101,
        guest: GuestKind::Qemu,
        key: "scsi0".to_owned(),
        role: DiskRole::Disk,
        storage: None,
        volume: "/dev/sdb".to_owned(),
        size: Some(1 << 30),
        format: None,
        options: Vec::new(),
    };
    let drafts = kinds::drafts(VirtualDisk::map(&testing::context(), &fact));
    assert_eq!(drafts[0].get("description"), None);
}
