//! The default mapping of a snapshot to the plugin's snapshot.

use proxbox_transform_sdk::facts::{GuestKind, SnapshotFacts};
use proxbox_transform_sdk::{
    Context, Draft, Outcome, SnapshotMapper, digest, export, fit, guest, proxbox_tag, storage, time,
};

/// The longest name of a snapshot and of a node.
const NAME: usize = 255;

/// The mapper that the host has built in.
pub struct Snapshot;

impl SnapshotMapper for Snapshot {
    fn map(_cx: &Context, fact: &SnapshotFacts) -> Outcome {
        Draft::new("netbox_proxbox.vmsnapshot")
            .reference("virtual_machine", guest(fact.vmid))
            .text("name", name(&fact.name))
            .with("vmid", i64::from(fact.vmid).min(2_147_483_647))
            .text("node", fit(&fact.node, NAME, ""))
            .text("subtype", subtype(fact.guest))
            .with("snaptime", fact.taken.map(time))
            .with("parent", fact.parent.as_deref().map(name))
            .text("description", fact.description.as_str())
            .with("proxmox_storage", fact.storage.as_deref().map(storage))
            .text("status", "active")
            .tag(proxbox_tag())
            .into()
    }
}

fn name(name: &str) -> String {
    fit(name, NAME, &["~", &digest(name)].concat())
}

fn subtype(kind: GuestKind) -> &'static str {
    match kind {
        GuestKind::Qemu => "qemu",
        GuestKind::Lxc => "lxc",
    }
}

export!(Snapshot: SnapshotMapper);
