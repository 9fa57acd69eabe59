//! What was looked at in full, so that what is missing there is gone.

use crate::choices::Choices;
use crate::scope::Coverage;
use proxbox_model::Identity;
use proxbox_model::options::SyncMode;
use proxbox_model::report::Stage;
use proxbox_proxmox::Fleet;
use proxbox_reconcile::{Part, Sources};

/// Adds what a fleet tells in full, of the stages of this run.
pub(crate) fn add(sources: &mut Sources, fleet: &Fleet, coverage: &Coverage, choices: &Choices) {
    let source = &fleet.source.cluster;
    let on = |mode: &str| choices.mode(mode) == SyncMode::Always;
    if fleet.complete && coverage.is_whole() {
        sources.complete.insert(source.clone());
    }
    let others = fleet.guests.iter().filter(|guest| !coverage.covers(source, guest.vmid));
    sources.present.extend(others.map(|guest| Identity::guest(source, guest.vmid)));
    let mut parts: Vec<Part> = Vec::new();
    if coverage.has(Stage::Storage) && fleet.seen.storages && on("sync_mode_storage") {
        parts.push(Part::Storages);
    }
    if coverage.has(Stage::Backups) && coverage.is_whole() && on("sync_mode_vm") {
        parts.extend(fleet.seen.backups.iter().cloned().map(Part::Backups));
    }
    if coverage.has(Stage::BackupRoutines) && fleet.seen.backup_jobs && on("sync_mode_vm") {
        parts.push(Part::BackupRoutines);
    }
    if coverage.has(Stage::Replications)
        && coverage.is_whole()
        && fleet.seen.replications
        && on("sync_mode_vm")
    {
        parts.push(Part::Replications);
    }
    if coverage.has(Stage::NodeInterfaces) && on("sync_mode_node") {
        parts.extend(fleet.seen.networks.iter().cloned().map(Part::NodeInterfaces));
    }
    let guests = fleet.guests.iter().map(|guest| guest.vmid).filter(|vmid| coverage.covers(source, *vmid));
    for vmid in guests {
        let configured = fleet.seen.configs.contains(&vmid);
        if coverage.has(Stage::VirtualDisks) && configured && on("sync_mode_vm") {
            parts.push(Part::Disks(vmid));
        }
        if coverage.has(Stage::VmInterfaces) && configured && on("sync_mode_vm_interface") {
            parts.push(Part::Interfaces(vmid));
        }
        if coverage.has(Stage::IpAddresses)
            && configured
            && fleet.seen.agents.contains(&vmid)
            && on("sync_mode_ip_address")
        {
            parts.push(Part::Addresses(vmid));
        }
        if coverage.has(Stage::Snapshots) && fleet.seen.snapshots.contains(&vmid) && on("sync_mode_vm") {
            parts.push(Part::Snapshots(vmid));
        }
    }
    sources.parts.extend(parts.into_iter().map(|part| (source.clone(), part)));
}
