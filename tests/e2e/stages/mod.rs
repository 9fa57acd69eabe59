//! Stages on their own, and the choices that a caller and the plugin's operator have.

mod alone;
mod flags;
mod jobs;
mod modes;
mod restricted;
mod settings;

use proxbox_model::report::Stage;

/// As the plugin's job runs them.
const ORDER_OF_THE_PLUGIN: [Stage; 12] = [
    Stage::Devices,
    Stage::Storage,
    Stage::VirtualMachines,
    Stage::TaskHistory,
    Stage::VirtualDisks,
    Stage::Backups,
    Stage::Snapshots,
    Stage::NodeInterfaces,
    Stage::VmInterfaces,
    Stage::IpAddresses,
    Stage::Replications,
    Stage::BackupRoutines,
];
