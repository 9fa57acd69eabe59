//! Addresses, VLANs and services.

use super::row::{
    COMMENTS, DESCRIPTION, DEVICE_KIND, NAME_100, ON_A_REACHED_INTERFACE, ON_AN_INTERFACE, VM_KIND, field,
    mirrored, shared,
};
use super::{FieldType, Kind, Reach};

pub(super) const VLAN: Kind = Kind {
    reach: &[Reach::Saying { field: "vid", filter: "vid" }],
    may_double: true,
    unscoped: &["group", "site"],
    ..shared(
        "ipam.vlan",
        "VLAN",
        "ipam/vlans",
        &[&["vid"]],
        &[
            field("vid", FieldType::Integer(4094)),
            field("name", FieldType::Text(64)),
            field("status", FieldType::Choice),
            field("site", FieldType::Relation("dcim.site")),
            field("tenant", FieldType::Relation("tenancy.tenant")),
            DESCRIPTION,
            COMMENTS,
        ],
    )
};

pub(super) const IPADDRESS: Kind = Kind {
    reach: &[ON_A_REACHED_INTERFACE, Reach::Saying { field: "address", filter: "address" }],
    may_double: true,
    reads: &["vrf"],
    ..mirrored(
        "ipam.ipaddress",
        "IP address",
        "ipam/ip-addresses",
        &[&["address", "assigned_object_type", "assigned_object_id"], &["address"]],
        &[
            field("address", FieldType::Address),
            field("status", FieldType::Choice),
            field("dns_name", FieldType::Text(255)),
            field("assigned_object_type", FieldType::Choice),
            field("assigned_object_id", ON_AN_INTERFACE),
            field("tenant", FieldType::Relation("tenancy.tenant")),
            DESCRIPTION,
            COMMENTS,
        ],
    )
};

pub(super) const SERVICE: Kind = Kind {
    reach: &[Reach::Of {
        field: "parent_object_id",
        filters: &[(VM_KIND, "virtual_machine_id"), (DEVICE_KIND, "device_id")],
    }],
    may_double: true,
    ..shared(
        "ipam.service",
        "service",
        "ipam/services",
        &[&["parent_object_type", "parent_object_id", "name"]],
        &[
            field("parent_object_type", FieldType::Choice),
            field(
                "parent_object_id",
                FieldType::Generic { type_field: "parent_object_type", kinds: &[VM_KIND, DEVICE_KIND] },
            ),
            NAME_100,
            field("protocol", FieldType::Choice),
            field("ports", FieldType::Integers(1, 65_535)),
            field("ipaddresses", FieldType::Relations("ipam.ipaddress")),
            DESCRIPTION,
            COMMENTS,
        ],
    )
};
