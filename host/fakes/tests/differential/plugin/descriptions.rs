//! What the plugin says of its models.

use crate::differential::{Ask, Pair, takes};

const MODELS: &[&str] = &[
    "endpoints/proxmox",
    "proxmox-clusters",
    "proxmox-nodes",
    "storage",
    "backups",
    "snapshots",
    "task-history",
    "backup-routines",
    "replications",
    "vm-cloudinit",
    "guest-vm-interfaces",
    "guest-vm-interface-addresses",
    "settings",
    "sync-state/virtual-machines",
    "sync-state/devices",
    "sync-state/clusters",
    "sync-state/virtual-disks",
    "sync-state/vm-interfaces",
    "sync-state/ip-addresses",
    "sync-state/interfaces",
    "sync-state/vlans",
];

#[tokio::test]
async fn models_are_described_as_by_the_plugin() {
    let mut pair = Pair::new("plugin descriptions").await;
    for path in MODELS {
        pair.same_part(Ask::new("OPTIONS", &format!("/api/plugins/proxbox/{path}/")), takes).await;
    }
    pair.finish().await;
}
