//! What becomes of a backup in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_backup::Backup;
use proxbox_transform_sdk::facts::{BackupFacts, GuestKind};
use proxbox_transform_sdk::{BackupMapper, Draft, Outcome, Value, testing};

fn backup() -> BackupFacts {
    BackupFacts {
        storage: "local".to_owned(),
        node: "pve1".to_owned(),
        volume_id: "local:backup/x".to_owned(),
        vmid: Some(101),
        guest: Some(GuestKind::Qemu),
        format: "vma.zst".to_owned(),
        size: None,
        used: None,
        created: Some(1_704_067_200),
        notes: String::new(),
        protected: false,
        encrypted: String::new(),
        verification_state: None,
        verification_task: None,
        raw: "{}".to_owned(),
    }
}

fn mapped(fact: &BackupFacts) -> Draft {
    kinds::drafts(Backup::map(&testing::context(), fact)).swap_remove(0)
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::BackupFacts>(env!("CARGO_MANIFEST_DIR"), Backup::map_all);
}

#[test]
fn every_field_is_set_or_cleared_so_that_nothing_stays_from_before() {
    let own = mapped(&backup());
    let kind = proxbox_model::kind::find(&own.kind).unwrap();
    let left: Vec<&str> =
        kind.fields.iter().map(|field| field.name).filter(|name| own.get(name).is_none()).collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn formats_are_the_truest_that_the_plugin_knows() {
    let table = [
        ("vma.zst", "zst"),
        ("vma.zstd", "zst"),
        ("VMA.ZST", "zst"),
        ("vma", "undefined"),
        ("vma.gz", "undefined"),
        ("vma.lzo", "undefined"),
        ("tar", "tar"),
        ("tar.zst", "tzst"),
        ("tar.zstd", "tzst"),
        ("tar.gz", "tgz"),
        ("tgz", "tgz"),
        ("tar.bz2", "tbz"),
        ("tar.lzo", "undefined"),
        ("pbs-vm", "pbs-vm"),
        ("pbs-ct", "pbs-ct"),
        ("iso", "iso"),
        ("qcow2", "qcow2"),
        ("raw", "raw"),
        ("zst", "zst"),
        ("tzst", "tzst"),
        ("tbz", "tbz"),
        ("", "undefined"),
        ("odd", "undefined"),
    ];
    for (proxmox, plugin) in table {
        let backup = mapped(&BackupFacts { format: proxmox.to_owned(), ..backup() });
        assert_eq!(backup.get("format").cloned(), text(plugin), "{proxmox}");
    }
}

#[test]
fn the_volume_tells_what_proxmox_does_not() {
    let table = [
        ("pbs:backup/vm/101/2024-01-01T00:00:00Z", "pbs-vm", "qemu"),
        ("pbs:backup/ct/200/2024-01-01T00:00:00Z", "pbs-ct", "lxc"),
        ("nas:backup/vzdump-qemu-101-2024_01_01-00_00_00.vma.zst", "zst", "qemu"),
        ("nas:backup/vzdump-lxc-200-2024_01_01-00_00_00.tar.zst", "tzst", "lxc"),
        ("nas:backup/vzdump-openvz-200-2012_01_01-00_00_00.tgz", "tgz", "lxc"),
        ("nas:backup/vzdump-lxc-200-2024_01_01-00_00_00.tar", "tar", "lxc"),
        ("nas:backup/vzdump-qemu-101-2024_01_01-00_00_00.vma.lzo", "undefined", "qemu"),
        ("", "undefined", "undefined"),
    ];
    for (volume, format, subtype) in table {
        let fact =
            BackupFacts { volume_id: volume.to_owned(), format: String::new(), guest: None, ..backup() };
        assert_eq!(mapped(&fact).get("format").cloned(), text(format), "{volume}");
        assert_eq!(mapped(&fact).get("subtype").cloned(), text(subtype), "{volume}");
    }
}

#[test]
fn times_are_in_utc() {
    assert_eq!(mapped(&backup()).get("creation_time").cloned(), text("2024-01-01T00:00:00Z"));
}

#[test]
fn a_backup_of_nobody_is_left_out() {
    let fact = BackupFacts { vmid: None, ..backup() };
    assert!(matches!(Backup::map(&testing::context(), &fact), Outcome::Skip(_)));
}
