//! What sort of guest a backup is of.

use proxbox_transform_sdk::facts::{BackupFacts, GuestKind};

/// The plugin's choice, by what Proxmox says and else by the name of the volume.
pub(crate) fn of(fact: &BackupFacts) -> &'static str {
    let named = |words: &[&str]| words.iter().any(|word| fact.volume_id.contains(word));
    match fact.guest {
        Some(GuestKind::Qemu) => "qemu",
        Some(GuestKind::Lxc) => "lxc",
        None if named(&["backup/vm/", "vzdump-qemu-"]) => "qemu",
        None if named(&["backup/ct/", "vzdump-lxc-", "vzdump-openvz-"]) => "lxc",
        None => "undefined",
    }
}
