//! Sites, devices and what they are made of.

use super::row::{
    BY_SLUG_OR_NAME, COMMENTS, DESCRIPTION, DEVICE_KIND, NAME_100, ON_A_REACHED_INTERFACE, ON_AN_INTERFACE,
    SLUG_100, field, mirrored, pass, shared,
};
use super::{FieldType, IdentityRule, Kind, Ownership, Reach, UniqueName};

pub(super) const SITE: Kind = shared(
    "dcim.site",
    "site",
    "dcim/sites",
    BY_SLUG_OR_NAME,
    &[
        NAME_100,
        SLUG_100,
        field("status", FieldType::Choice),
        field("tenant", FieldType::Relation("tenancy.tenant")),
        DESCRIPTION,
        COMMENTS,
    ],
);

pub(super) const LOCATION: Kind = shared(
    "dcim.location",
    "location",
    "dcim/locations",
    &[&["site", "slug"], &["site", "name"]],
    &[
        NAME_100,
        SLUG_100,
        field("site", FieldType::Relation("dcim.site")),
        field("status", FieldType::Choice),
        field("tenant", FieldType::Relation("tenancy.tenant")),
        field("facility", FieldType::Text(50)),
        DESCRIPTION,
        COMMENTS,
    ],
);

pub(super) const MANUFACTURER: Kind = shared(
    "dcim.manufacturer",
    "manufacturer",
    "dcim/manufacturers",
    BY_SLUG_OR_NAME,
    &[NAME_100, SLUG_100, DESCRIPTION],
);

pub(super) const DEVICETYPE: Kind = shared(
    "dcim.devicetype",
    "device type",
    "dcim/device-types",
    &[&["manufacturer", "slug"], &["manufacturer", "model"]],
    &[
        field("manufacturer", FieldType::Relation("dcim.manufacturer")),
        field("model", FieldType::Text(100)),
        SLUG_100,
        DESCRIPTION,
        COMMENTS,
    ],
);

pub(super) const DEVICEROLE: Kind = shared(
    "dcim.devicerole",
    "device role",
    "dcim/device-roles",
    BY_SLUG_OR_NAME,
    &[NAME_100, SLUG_100, field("color", FieldType::Color), field("vm_role", FieldType::Flag), DESCRIPTION],
);

pub(super) const PLATFORM: Kind = shared(
    "dcim.platform",
    "platform",
    "dcim/platforms",
    BY_SLUG_OR_NAME,
    &[NAME_100, SLUG_100, field("manufacturer", FieldType::Relation("dcim.manufacturer")), DESCRIPTION],
);

pub(super) const DEVICE: Kind = Kind {
    reach: &[
        Reach::Of { field: "cluster", filters: &[("virtualization.cluster", "cluster_id")] },
        Reach::OfSource { field: "proxmox_cluster", filter: "cf_proxmox_cluster" },
        Reach::Saying { field: "name", filter: "name__ie" },
    ],
    ownership: Ownership::Mirrored,
    identity: Some(IdentityRule::Node),
    unique_name: Some(UniqueName { field: "name", within: "site" }),
    required: &["device_type", "role", "site"],
    ..shared(
        "dcim.device",
        "device",
        "dcim/devices",
        &[&["name", "cluster"]],
        &[
            field("name", FieldType::Text(64)),
            field("device_type", FieldType::Relation("dcim.devicetype")),
            field("role", FieldType::Relation("dcim.devicerole")),
            field("site", FieldType::Relation("dcim.site")),
            field("location", FieldType::Relation("dcim.location")),
            field("tenant", FieldType::Relation("tenancy.tenant")),
            field("platform", FieldType::Relation("dcim.platform")),
            field("cluster", FieldType::Relation("virtualization.cluster")),
            field("status", FieldType::Choice),
            field("serial", FieldType::Text(50)),
            DESCRIPTION,
            COMMENTS,
        ],
    )
};

pub(super) const INTERFACE: Kind = Kind {
    reach: &[Reach::Of { field: "device", filters: &[(DEVICE_KIND, "device_id")] }],
    ..mirrored(
        "dcim.interface",
        "interface",
        "dcim/interfaces",
        &[&["device", "name"]],
        &[
            field("device", FieldType::Relation(DEVICE_KIND)),
            field("name", FieldType::Text(64)),
            field("label", FieldType::Text(64)),
            field("type", FieldType::Choice),
            field("enabled", FieldType::Flag),
            field("mtu", FieldType::Integer(65_536)),
            field("mode", FieldType::Choice),
            field("untagged_vlan", FieldType::Relation("ipam.vlan")),
            field("tagged_vlans", FieldType::Relations("ipam.vlan")),
            field("mgmt_only", FieldType::Flag),
            DESCRIPTION,
        ],
    )
};

pub(super) const INTERFACE_STACK: Kind = pass(
    "dcim.interface#stack",
    "stacking of an interface",
    "dcim.interface",
    "dcim/interfaces",
    &[
        field("parent", FieldType::Relation("dcim.interface")),
        field("bridge", FieldType::Relation("dcim.interface")),
        field("lag", FieldType::Relation("dcim.interface")),
    ],
);

pub(super) const MACADDRESS: Kind = Kind {
    reach: &[ON_A_REACHED_INTERFACE],
    may_double: true,
    ..mirrored(
        "dcim.macaddress",
        "MAC address",
        "dcim/mac-addresses",
        &[&["mac_address", "assigned_object_type", "assigned_object_id"]],
        &[
            field("mac_address", FieldType::Mac),
            field("assigned_object_type", FieldType::Choice),
            field("assigned_object_id", ON_AN_INTERFACE),
            DESCRIPTION,
            COMMENTS,
        ],
    )
};
