//! Clusters and virtual machines.

use super::row::{
    BY_SLUG_OR_NAME, COMMENTS, DESCRIPTION, MAX_INT, NAME_100, SLUG_100, VM_KIND, field, mirrored, pass,
    shared,
};
use super::{FieldType, IdentityRule, Kind, Ownership, Reach, UniqueName};

const OF_A_MACHINE: &[Reach] =
    &[Reach::Of { field: "virtual_machine", filters: &[(VM_KIND, "virtual_machine_id")] }];

pub(super) const CLUSTERTYPE: Kind = shared(
    "virtualization.clustertype",
    "cluster type",
    "virtualization/cluster-types",
    BY_SLUG_OR_NAME,
    &[NAME_100, SLUG_100, DESCRIPTION],
);

pub(super) const CLUSTERGROUP: Kind = shared(
    "virtualization.clustergroup",
    "cluster group",
    "virtualization/cluster-groups",
    BY_SLUG_OR_NAME,
    &[NAME_100, SLUG_100, DESCRIPTION],
);

pub(super) const VIRTUALMACHINETYPE: Kind = Kind {
    since: Some((4, 6)),
    ..shared(
        "virtualization.virtualmachinetype",
        "virtual machine type",
        "virtualization/virtual-machine-types",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, DESCRIPTION, COMMENTS],
    )
};

pub(super) const CLUSTER: Kind = Kind {
    ownership: Ownership::Mirrored,
    identity: Some(IdentityRule::Cluster),
    may_double: true,
    required: &["type"],
    ..shared(
        "virtualization.cluster",
        "cluster",
        "virtualization/clusters",
        &[&["name"]],
        &[
            NAME_100,
            field("type", FieldType::Relation("virtualization.clustertype")),
            field("group", FieldType::Relation("virtualization.clustergroup")),
            field("status", FieldType::Choice),
            field("tenant", FieldType::Relation("tenancy.tenant")),
            field("scope_id", FieldType::Generic { type_field: "scope_type", kinds: &["dcim.site"] }),
            field("scope_type", FieldType::Choice),
            DESCRIPTION,
            COMMENTS,
        ],
    )
};

pub(super) const VIRTUALMACHINE: Kind = Kind {
    reach: &[
        Reach::Of { field: "cluster", filters: &[("virtualization.cluster", "cluster_id")] },
        Reach::OfSource { field: "proxmox_cluster", filter: "cf_proxmox_cluster" },
    ],
    reads: &["virtual_disk_count"],
    ownership: Ownership::Mirrored,
    identity: Some(IdentityRule::Guest),
    unique_name: Some(UniqueName { field: "name", within: "cluster" }),
    ..shared(
        "virtualization.virtualmachine",
        "virtual machine",
        "virtualization/virtual-machines",
        &[&["name", "cluster"]],
        &[
            field("name", FieldType::Text(64)),
            field("status", FieldType::Choice),
            field("start_on_boot", FieldType::Choice),
            field("site", FieldType::Relation("dcim.site")),
            field("cluster", FieldType::Relation("virtualization.cluster")),
            field("device", FieldType::Relation("dcim.device")),
            field("role", FieldType::Relation("dcim.devicerole")),
            field("virtual_machine_type", FieldType::Relation("virtualization.virtualmachinetype")),
            field("tenant", FieldType::Relation("tenancy.tenant")),
            field("platform", FieldType::Relation("dcim.platform")),
            field("vcpus", FieldType::Decimal),
            field("memory", FieldType::Integer(MAX_INT)),
            field("disk", FieldType::Integer(MAX_INT)),
            field("serial", FieldType::Text(50)),
            DESCRIPTION,
            COMMENTS,
        ],
    )
};

pub(super) const VIRTUALDISK: Kind = Kind {
    reach: OF_A_MACHINE,
    ..mirrored(
        "virtualization.virtualdisk",
        "virtual disk",
        "virtualization/virtual-disks",
        &[&["virtual_machine", "name"]],
        &[
            field("virtual_machine", FieldType::Relation(VM_KIND)),
            field("name", FieldType::Text(64)),
            field("size", FieldType::Integer(MAX_INT)),
            DESCRIPTION,
        ],
    )
};

pub(super) const VMINTERFACE: Kind = Kind {
    reads: &["mac_address"],
    reach: OF_A_MACHINE,
    ..mirrored(
        "virtualization.vminterface",
        "VM interface",
        "virtualization/interfaces",
        &[&["virtual_machine", "name"]],
        &[
            field("virtual_machine", FieldType::Relation(VM_KIND)),
            field("name", FieldType::Text(64)),
            field("enabled", FieldType::Flag),
            field("mtu", FieldType::Integer(65_536)),
            field("mode", FieldType::Choice),
            field("untagged_vlan", FieldType::Relation("ipam.vlan")),
            field("tagged_vlans", FieldType::Relations("ipam.vlan")),
            DESCRIPTION,
        ],
    )
};

pub(super) const VMINTERFACE_PRIMARY_MAC: Kind = pass(
    "virtualization.vminterface#primary-mac",
    "primary MAC address of a VM interface",
    "virtualization.vminterface",
    "virtualization/interfaces",
    &[field("primary_mac_address", FieldType::Relation("dcim.macaddress"))],
);

pub(super) const VIRTUALMACHINE_RELEASE: Kind = pass(
    "virtualization.virtualmachine#release",
    "primary address of a virtual machine",
    VM_KIND,
    "virtualization/virtual-machines",
    &[],
);

pub(super) const VIRTUALMACHINE_PRIMARY_IP: Kind = pass(
    "virtualization.virtualmachine#primary-ip",
    "primary address of a virtual machine",
    VM_KIND,
    "virtualization/virtual-machines",
    &[
        field("primary_ip4", FieldType::Relation("ipam.ipaddress")),
        field("primary_ip6", FieldType::Relation("ipam.ipaddress")),
    ],
);
