//! Interfaces of devices and MAC addresses.

use super::super::represent::compute;
use super::super::table::*;
use super::choices;
use super::interface_types::INTERFACE_TYPE;

const NESTED: &[&str] = &["id", "url", "display_url", "display", "device", "name", "cable", "_occupied"];

pub(super) const INTERFACE: Model = Model {
    name: "dcim.interface",
    path: "dcim/interfaces",
    label: "interface",
    fields: &[
        &[
            related("device", "dcim.device", OnDelete::Cascade).required(),
            other("vdcs", Holds::ForeignMany, Initial::List),
            foreign("module"),
            text("name", 64).required(),
            text("label", 64),
            choice("type", INTERFACE_TYPE, "").required(),
            integer("channels", 1, 1024).null().since(4, 7),
            integer("channel_id", 1, 1024).null().since(4, 7),
            flag("enabled", true),
            related("parent", "dcim.interface", OnDelete::Restrict).null().shown(NESTED),
            related("bridge", "dcim.interface", OnDelete::Clear).null().shown(NESTED),
            read("bridge_interfaces", Holds::Computed(compute::bridged)).since(4, 4),
            related("lag", "dcim.interface", OnDelete::Clear).null().shown(NESTED),
            integer("mtu", 1, 65_536).null(),
            other("mac_address", Holds::Shortcut(compute::mac_address), Initial::Null).null(),
            related("primary_mac_address", "dcim.macaddress", OnDelete::Clear).null(),
            read("mac_addresses", Holds::Computed(compute::mac_addresses)),
            integer("speed", 0, i64::MAX).null(),
            choice("duplex", choices::DUPLEX, "").null().blank(),
            foreign("wwn"),
            flag("mgmt_only", false),
            DESCRIPTION,
            choice("mode", choices::INTERFACE_MODE, "").null().blank(),
            related("untagged_vlan", "ipam.vlan", OnDelete::Clear).null(),
            many("tagged_vlans", "ipam.vlan"),
            related("qinq_svlan", "ipam.vlan", OnDelete::Clear).null(),
            related("vrf", "ipam.vrf", OnDelete::Clear).null(),
            flag("mark_connected", false),
            read("count_ipaddresses", Holds::Computed(compute::address_count)),
            OWNER,
        ],
        UNMODELLED,
    ],
    brief: &["id", "url", "display", "device", "name", "description", "cable", "_occupied"],
    ordering: &["device", "name"],
    search: &["name", "label", "description"],
    unique: &[Unique {
        name: "unique_device_name",
        fields: &["device", "name"],
        message: "Interface with this Device and Name already exists.",
        ..super::virtualization::TOGETHER
    }],
    filters: &[&[
        own("name", By::Text),
        own("label", By::Text),
        own("description", By::Text),
        own("type", By::Choice),
        own("enabled", By::Flag),
        own("mtu", By::Number),
        own("mode", By::Choice),
        own("mgmt_only", By::Flag),
        along("device_id", &["device"], By::Id),
        along("device", &["device"], By::Attr("name")),
        along("site_id", &["device", "site"], By::Id),
        along("site", &["device", "site"], By::Attr("slug")),
        along("parent_id", &["parent"], By::Id),
        along("bridge_id", &["bridge"], By::Id),
        along("lag_id", &["lag"], By::Id),
        along("vrf_id", &["vrf"], By::Id),
        along("vrf", &["vrf"], By::Attr("rd")),
        along("mac_address", &["mac_addresses"], By::Mac),
        along("primary_mac_address_id", &["primary_mac_address"], By::Id),
    ]],
    display: Display::With(compute::interface_label),
    ..PLAIN
};

pub(super) const MAC_ADDRESS: Model = Model {
    name: "dcim.macaddress",
    path: "dcim/mac-addresses",
    label: "MAC address",
    fields: &[&[
        other("mac_address", Holds::Mac, Initial::Null).required(),
        other(
            "assigned_object_type",
            Holds::ObjectType(&["dcim.interface", "virtualization.vminterface"]),
            Initial::Null,
        )
        .null(),
        big("assigned_object_id", 0).null(),
        read("assigned_object", Holds::Computed(compute::assigned_object)),
        read("is_primary", Holds::Computed(compute::is_primary)).since(4, 7),
        DESCRIPTION,
        OWNER,
        COMMENTS,
    ]],
    brief: &["id", "url", "display", "mac_address", "description"],
    ordering: &["mac_address", "id"],
    search: &["mac_address"],
    filters: &[&[
        own("description", By::Text),
        own("mac_address", By::Mac),
        own("assigned_object_type", By::ObjectType),
        own("assigned_object_id", By::Number),
        along("interface_id", &["assigned_object:dcim.interface"], By::Id),
        along("vminterface_id", &["assigned_object:virtualization.vminterface"], By::Id),
        along("device_id", &["assigned_object:dcim.interface", "device"], By::Id),
        along("device", &["assigned_object:dcim.interface", "device"], By::Attr("name")),
        along(
            "virtual_machine_id",
            &["assigned_object:virtualization.vminterface", "virtual_machine"],
            By::Id,
        ),
        along(
            "virtual_machine",
            &["assigned_object:virtualization.vminterface", "virtual_machine"],
            By::Attr("name"),
        ),
    ]],
    generic: Some(Generic {
        name: "assigned_object",
        type_field: "assigned_object_type",
        id_field: "assigned_object_id",
    }),
    display: Display::Field("mac_address"),
    ..PLAIN
};

/// What a device's interface has beyond what the fake models.
const UNMODELLED: &[Field] = &[
    choice("rf_role", &[("ap", "Access point"), ("station", "Station")], "").blank(),
    foreign("rf_channel"),
    choice("poe_mode", &[("pd", "PD"), ("pse", "PSE")], "").blank(),
    foreign("poe_type"),
    foreign("rf_channel_frequency"),
    foreign("rf_channel_width"),
    integer("tx_power", -40, 127).null(),
    foreign("vlan_translation_policy"),
    read("cable", Holds::Null),
    read("cable_end", Holds::Null),
    read("wireless_link", Holds::Null),
    read("link_peers", Holds::Empty),
    read("link_peers_type", Holds::Null),
    other("wireless_lans", Holds::ForeignMany, Initial::List),
    read("l2vpn_termination", Holds::Null),
    read("connected_endpoints", Holds::Null),
    read("connected_endpoints_type", Holds::Null),
    read("connected_endpoints_reachable", Holds::Computed(compute::never)),
    read("count_fhrp_groups", Holds::Zero(Nested::Counted)),
    read("_occupied", Holds::Computed(compute::occupied)),
];
