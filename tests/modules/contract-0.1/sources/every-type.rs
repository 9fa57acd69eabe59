//! Every interface of the contract: leaves everything out, with the context and the whole fact as the reason.

use proxbox_transform_sdk::{
    BackupMapper, BackupRoutineMapper, CloudInitMapper, ClusterMapper, GuestInterfaceMapper, IpAddressMapper,
    MacAddressMapper, NodeInterfaceMapper, NodeMapper, PrimaryIpMapper, ReplicationMapper, SnapshotMapper,
    StorageMapper, TaskMapper, VirtualDiskMapper, VirtualMachineMapper, VlanMapper, VmInterfaceMapper,
};
use proxbox_transform_sdk::{Context, Outcome, export, facts};

/// The module.
pub struct EveryType;

macro_rules! says_what_it_got {
    ($($mapper:ident $facts:ident;)+) => {$(
        impl $mapper for EveryType {
            fn map(cx: &Context, fact: &facts::$facts) -> Outcome {
                Outcome::leave_out(format!("{fact:?} {cx:?}"))
            }
        }
    )+};
}

says_what_it_got! {
    ClusterMapper ClusterFacts;
    NodeMapper NodeFacts;
    NodeInterfaceMapper NodeInterfaceFacts;
    StorageMapper StorageFacts;
    VirtualMachineMapper GuestFacts;
    VirtualDiskMapper VirtualDiskFacts;
    VmInterfaceMapper VmInterfaceFacts;
    MacAddressMapper MacAddressFacts;
    VlanMapper VlanFacts;
    IpAddressMapper IpAddressFacts;
    PrimaryIpMapper PrimaryIpFacts;
    SnapshotMapper SnapshotFacts;
    BackupMapper BackupFacts;
    BackupRoutineMapper BackupRoutineFacts;
    ReplicationMapper ReplicationFacts;
    TaskMapper TaskFacts;
    CloudInitMapper CloudInitFacts;
    GuestInterfaceMapper GuestInterfaceFacts;
}

export!(EveryType: ClusterMapper
        + NodeMapper
        + NodeInterfaceMapper
        + StorageMapper
        + VirtualMachineMapper
        + VirtualDiskMapper
        + VmInterfaceMapper
        + MacAddressMapper
        + VlanMapper
        + IpAddressMapper
        + PrimaryIpMapper
        + SnapshotMapper
        + BackupMapper
        + BackupRoutineMapper
        + ReplicationMapper
        + TaskMapper
        + CloudInitMapper
        + GuestInterfaceMapper);
