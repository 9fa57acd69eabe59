//! Sites, devices and what devices are made of.

use super::super::represent::compute;
use super::super::table::*;
use super::choices;
use super::virtualization::{ADDRESS, TOGETHER};

const NESTED: &[&str] = &["id", "url", "display_url", "display", "name"];

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "dcim.region",
        path: "dcim/regions",
        label: "region",
        fields: &[&[
            NAME,
            SLUG,
            related("parent", "dcim.region", OnDelete::Cascade).null().reset_by_put().shown(&[
                "id",
                "url",
                "display_url",
                "display",
                "name",
                "slug",
                "_depth",
            ]),
            DESCRIPTION,
            annotated("site_count", "dcim.site", "region"),
            count("prefix_count", "ipam.prefix", "_region"),
            OWNER,
            COMMENTS,
            DEPTH,
        ]],
        brief: &["id", "url", "display", "name", "slug", "description", "site_count", "_depth"],
        search: &["name", "slug", "description", "comments"],
        unique: &[
            per_parent("unique_name", &["parent", "name"], "A region with this name already exists."),
            per_parent("unique_slug", &["parent", "slug"], "A region with this slug already exists."),
        ],
        filters: &[NAMED, TREE],
        tree: true,
        ..PLAIN
    },
    Model {
        name: "dcim.site",
        path: "dcim/sites",
        label: "site",
        fields: &[&[
            NAME.unique("name"),
            SLUG.unique("slug"),
            choice("status", choices::SITE_STATUS, "active"),
            related("region", "dcim.region", OnDelete::Clear).null(),
            foreign("group"),
            related("tenant", "tenancy.tenant", OnDelete::Protect).null(),
            text("facility", 50),
            text("time_zone", 63).null(),
            DESCRIPTION,
            text("physical_address", 200),
            text("shipping_address", 200),
            decimal("latitude", LATITUDE).null(),
            decimal("longitude", LONGITUDE).null(),
            OWNER,
            COMMENTS,
            other("asns", Holds::ForeignMany, Initial::List),
            read("circuit_count", Holds::Zero(Nested::Hidden)),
            count("device_count", "dcim.device", "site"),
            count("prefix_count", "ipam.prefix", "_site"),
            read("rack_count", Holds::Zero(Nested::Hidden)),
            count("virtualmachine_count", "virtualization.virtualmachine", "site"),
            count("vlan_count", "ipam.vlan", "site"),
        ]],
        search: &["name", "facility", "description", "physical_address", "shipping_address", "comments"],
        filters: &[
            NAMED,
            TENANCY,
            &[
                own("facility", By::Text),
                own("status", By::Choice),
                own("latitude", By::Number),
                own("longitude", By::Number),
                along("region_id", &["region"], By::TreeId),
                along("region", &["region"], By::TreeSlug),
            ],
        ],
        ..PLAIN
    },
    Model {
        name: "dcim.location",
        path: "dcim/locations",
        label: "location",
        fields: &[&[
            NAME,
            SLUG,
            related("site", "dcim.site", OnDelete::Cascade).required(),
            related("parent", "dcim.location", OnDelete::Cascade).null().reset_by_put().shown(&[
                "id",
                "url",
                "display_url",
                "display",
                "name",
                "slug",
                "_depth",
            ]),
            choice("status", choices::SITE_STATUS, "active"),
            related("tenant", "tenancy.tenant", OnDelete::Protect).null(),
            text("facility", 50),
            DESCRIPTION,
            read("rack_count", Holds::Zero(Nested::Zero)),
            annotated("device_count", "dcim.device", "location"),
            read("prefix_count", Holds::Zero(Nested::Hidden)),
            OWNER,
            COMMENTS,
            DEPTH,
        ]],
        brief: &["id", "url", "display", "name", "slug", "description", "rack_count", "_depth"],
        ordering: &["site", "name"],
        search: &["name", "slug", "facility", "description", "comments"],
        unique: &[
            per_parent(
                "unique_name",
                &["site", "parent", "name"],
                "A location with this name already exists within the specified site.",
            ),
            per_parent(
                "unique_slug",
                &["site", "parent", "slug"],
                "A location with this slug already exists within the specified site.",
            ),
        ],
        filters: &[
            NAMED,
            TENANCY,
            TREE,
            &[
                own("facility", By::Text),
                own("status", By::Choice),
                along("site_id", &["site"], By::Id),
                along("site", &["site"], By::Attr("slug")),
                along("region_id", &["site", "region"], By::TreeId),
                along("region", &["site", "region"], By::TreeSlug),
            ],
        ],
        tree: true,
        ..PLAIN
    },
    Model {
        name: "dcim.manufacturer",
        path: "dcim/manufacturers",
        label: "manufacturer",
        fields: &[&[
            NAME.unique("name"),
            SLUG.unique("slug"),
            DESCRIPTION,
            OWNER,
            COMMENTS,
            count("devicetype_count", "dcim.devicetype", "manufacturer"),
            read("moduletype_count", Holds::Zero(Nested::Hidden)),
            read("inventoryitem_count", Holds::Zero(Nested::Hidden)),
            count("platform_count", "dcim.platform", "manufacturer"),
        ]],
        ..PLAIN
    },
    Model {
        name: "dcim.platform",
        path: "dcim/platforms",
        label: "platform",
        fields: &[&[
            related("parent", "dcim.platform", OnDelete::Cascade).null().reset_by_put().shown(NESTED),
            NAME,
            SLUG,
            related("manufacturer", "dcim.manufacturer", OnDelete::Protect).null(),
            foreign("config_template"),
            DESCRIPTION,
            OWNER,
            COMMENTS,
            annotated("device_count", "dcim.device", "platform"),
            annotated("virtualmachine_count", "virtualization.virtualmachine", "platform"),
            DEPTH,
        ]],
        brief: ROLE_BRIEF,
        search: &["name", "slug", "description", "comments"],
        unique: &[
            Unique {
                message: "Platform name must be unique.",
                ..per_maker("unique_name", &["manufacturer", "name"])
            },
            Unique {
                message: "Platform slug must be unique.",
                ..per_maker("unique_slug", &["manufacturer", "slug"])
            },
        ],
        filters: &[
            NAMED,
            TREE,
            &[
                along("manufacturer_id", &["manufacturer"], By::Id),
                along("manufacturer", &["manufacturer"], By::Attr("slug")),
            ],
        ],
        tree: true,
        ..PLAIN
    },
    Model {
        name: "dcim.devicetype",
        path: "dcim/device-types",
        label: "device type",
        fields: &[
            &[
                related("manufacturer", "dcim.manufacturer", OnDelete::Protect).required(),
                related("default_platform", "dcim.platform", OnDelete::Clear).null(),
                text("model", 100).required(),
                SLUG,
                text("part_number", 50),
                decimal("u_height", Decimals { digits: 4, places: 1, least: Some((0.0, "0")), most: None })
                    .initial(Initial::Decimal(1.0))
                    .reset_by_put(),
                flag("exclude_from_utilization", false),
                flag("is_full_depth", true),
                choice("subdevice_role", choices::SUBDEVICE_ROLE, "").null().blank(),
                choice("airflow", choices::AIRFLOW, "").null().blank(),
                choice("cooling_method", choices::COOLING, "").null().blank().since(4, 7),
                decimal("weight", Decimals { digits: 8, places: 2, least: None, most: None }).null(),
                choice("weight_unit", choices::WEIGHT_UNIT, "").null().blank(),
                other("end_of_life", Holds::Date, Initial::Null).null().since(4, 7),
                foreign("front_image"),
                foreign("rear_image"),
                DESCRIPTION,
                OWNER,
                COMMENTS,
                counter("device_count", "dcim.device", "device_type"),
            ],
            TEMPLATE_COUNTS,
        ],
        brief: &["id", "url", "display", "manufacturer", "model", "slug", "description", "device_count"],
        ordering: &["manufacturer", "model"],
        search: &["manufacturer", "model", "part_number", "description", "comments"],
        unique: &[
            Unique {
                name: "unique_model",
                fields: &["manufacturer", "model"],
                message: "Device type with this Manufacturer and Model already exists.",
                ..TOGETHER
            },
            Unique {
                name: "unique_slug",
                fields: &["manufacturer", "slug"],
                message: "Device type with this Manufacturer and Slug already exists.",
                ..TOGETHER
            },
        ],
        filters: &[&[
            own("model", By::Text),
            own("slug", By::Text),
            own("description", By::Text),
            own("part_number", By::Text),
            own("u_height", By::Number),
            own("is_full_depth", By::Flag),
            own("airflow", By::Choice),
            own("device_count", By::Number),
            along("manufacturer_id", &["manufacturer"], By::Id),
            along("manufacturer", &["manufacturer"], By::Attr("slug")),
            along("default_platform_id", &["default_platform"], By::TreeId),
            along("default_platform", &["default_platform"], By::TreeSlug),
        ]],
        display: Display::Field("model"),
        ..PLAIN
    },
    Model {
        name: "dcim.devicerole",
        path: "dcim/device-roles",
        label: "device role",
        fields: &[&[
            NAME,
            SLUG,
            other("color", Holds::Color, Initial::Text("9e9e9e")),
            flag("vm_role", true),
            foreign("config_template"),
            related("parent", "dcim.devicerole", OnDelete::Cascade).null().reset_by_put().shown(NESTED),
            DESCRIPTION,
            annotated("device_count", "dcim.device", "role"),
            annotated("virtualmachine_count", "virtualization.virtualmachine", "role"),
            OWNER,
            COMMENTS,
            DEPTH,
        ]],
        brief: ROLE_BRIEF,
        search: &["name", "slug", "description", "comments"],
        unique: &[
            per_parent("unique_name", &["parent", "name"], "A device role with this name already exists."),
            per_parent("unique_slug", &["parent", "slug"], "A device role with this slug already exists."),
        ],
        filters: &[NAMED, TREE, &[own("color", By::Text), own("vm_role", By::Flag)]],
        tree: true,
        ..PLAIN
    },
    Model {
        name: "dcim.device",
        path: "dcim/devices",
        label: "device",
        fields: &[
            &[
                text("name", 64).null(),
                related("device_type", "dcim.devicetype", OnDelete::Protect).required(),
                related("role", "dcim.devicerole", OnDelete::Protect).required(),
                related("tenant", "tenancy.tenant", OnDelete::Protect).null().reset_by_put(),
                related("platform", "dcim.platform", OnDelete::Clear).null(),
                text("serial", 50),
                text("asset_tag", 50).null().unique("asset tag"),
                related("site", "dcim.site", OnDelete::Protect).required(),
                related("location", "dcim.location", OnDelete::Protect).null(),
                foreign("rack"),
                decimal("position", Decimals { digits: 4, places: 1, least: Some((0.5, "0.5")), most: None })
                    .null()
                    .reset_by_put(),
                choice("face", choices::FACE, "").blank().reset_by_put(),
                decimal("latitude", LATITUDE).null(),
                decimal("longitude", LONGITUDE).null(),
                read("parent_device", Holds::Null),
                choice("status", choices::DEVICE_STATUS, "active"),
                choice("airflow", choices::AIRFLOW, "").null().blank(),
                choice("cooling_method", choices::COOLING, "").null().blank().since(4, 7),
                read("primary_ip", Holds::Computed(compute::primary_address)),
                related("primary_ip4", "ipam.ipaddress", OnDelete::Clear).null().shown(ADDRESS),
                related("primary_ip6", "ipam.ipaddress", OnDelete::Clear).null().shown(ADDRESS),
                related("oob_ip", "ipam.ipaddress", OnDelete::Clear).null().shown(ADDRESS),
                related("cluster", "virtualization.cluster", OnDelete::Clear).null(),
                foreign("virtual_chassis"),
                integer("vc_position", 0, 255).null().reset_by_put(),
                integer("vc_priority", 0, 255).null(),
                DESCRIPTION,
                OWNER,
                COMMENTS,
                foreign("config_template"),
                read("config_context", Holds::Computed(compute::config_context)),
                other("local_context_data", Holds::Json, Initial::Null).null(),
                counter("interface_count", "dcim.interface", "device"),
            ],
            COMPONENT_COUNTS,
        ],
        brief: &["id", "url", "display", "name", "description"],
        ordering: &["name", "id"],
        search: &["name", "serial", "asset_tag", "description", "comments"],
        unique: &[Unique {
            name: "unique_name",
            fields: &["name", "site", "tenant"],
            folded: &["name"],
            when_set: &["name"],
            when_unset: &[],
            nulls_equal: true,
            message: "Device name must be unique per site and tenant.",
        }],
        filters: &[TENANCY, DEVICE],
        display: Display::With(compute::device_label),
        ..PLAIN
    },
    super::components::INTERFACE,
    super::components::MAC_ADDRESS,
];

const DEPTH: Field = read("_depth", Holds::Computed(compute::depth));
const ROLE_BRIEF: &[&str] = &[
    "id",
    "url",
    "display",
    "name",
    "slug",
    "description",
    "device_count",
    "virtualmachine_count",
    "_depth",
];
const LATITUDE: Decimals =
    Decimals { digits: 8, places: 6, least: Some((-90.0, "-90.0")), most: Some((90.0, "90.0")) };
const LONGITUDE: Decimals =
    Decimals { digits: 9, places: 6, least: Some((-180.0, "-180.0")), most: Some((180.0, "180.0")) };

const TEMPLATE_COUNTS: &[Field] = &[
    read("console_port_template_count", Holds::Zero(Nested::Counted)),
    read("console_server_port_template_count", Holds::Zero(Nested::Counted)),
    read("power_port_template_count", Holds::Zero(Nested::Counted)),
    read("power_outlet_template_count", Holds::Zero(Nested::Counted)),
    read("cooling_intake_template_count", Holds::Zero(Nested::Counted)).since(4, 7),
    read("cooling_outflow_template_count", Holds::Zero(Nested::Counted)).since(4, 7),
    read("interface_template_count", Holds::Zero(Nested::Counted)),
    read("front_port_template_count", Holds::Zero(Nested::Counted)),
    read("rear_port_template_count", Holds::Zero(Nested::Counted)),
    read("device_bay_template_count", Holds::Zero(Nested::Counted)),
    read("module_bay_template_count", Holds::Zero(Nested::Counted)),
    read("inventory_item_template_count", Holds::Zero(Nested::Counted)),
];

const COMPONENT_COUNTS: &[Field] = &[
    read("console_port_count", Holds::Zero(Nested::Counted)),
    read("console_server_port_count", Holds::Zero(Nested::Counted)),
    read("power_port_count", Holds::Zero(Nested::Counted)),
    read("power_outlet_count", Holds::Zero(Nested::Counted)),
    read("cooling_intake_count", Holds::Zero(Nested::Counted)).since(4, 7),
    read("cooling_outflow_count", Holds::Zero(Nested::Counted)).since(4, 7),
    read("front_port_count", Holds::Zero(Nested::Counted)),
    read("rear_port_count", Holds::Zero(Nested::Counted)),
    read("device_bay_count", Holds::Zero(Nested::Counted)),
    read("module_bay_count", Holds::Zero(Nested::Counted)),
    read("inventory_item_count", Holds::Zero(Nested::Counted)),
];

const DEVICE: &[Filter] = &[
    own("name", By::Folded),
    own("description", By::Text),
    own("serial", By::Folded),
    own("asset_tag", By::Text),
    own("status", By::Choice),
    own("face", By::Choice),
    own("airflow", By::Choice),
    own("position", By::Number),
    own("interface_count", By::Number),
    along("device_type_id", &["device_type"], By::Id),
    along("device_type", &["device_type"], By::Attr("slug")),
    along("manufacturer_id", &["device_type", "manufacturer"], By::Id),
    along("manufacturer", &["device_type", "manufacturer"], By::Attr("slug")),
    along("model", &["device_type"], By::Attr("slug")),
    along("role_id", &["role"], By::TreeId),
    along("role", &["role"], By::TreeSlug),
    along("platform_id", &["platform"], By::TreeId),
    along("platform", &["platform"], By::TreeSlug),
    along("site_id", &["site"], By::Id),
    along("site", &["site"], By::Attr("slug")),
    along("region_id", &["site", "region"], By::TreeId),
    along("region", &["site", "region"], By::TreeSlug),
    along("location_id", &["location"], By::TreeId),
    along("location", &["location"], By::TreeSlug),
    along("cluster_id", &["cluster"], By::Id),
    along("cluster_group_id", &["cluster", "group"], By::Id),
    along("cluster_group", &["cluster", "group"], By::Attr("slug")),
    along("primary_ip4_id", &["primary_ip4"], By::Id),
    along("primary_ip6_id", &["primary_ip6"], By::Id),
    along("oob_ip_id", &["oob_ip"], By::Id),
    along("has_primary_ip", &["primary_ip"], By::Present),
    along("mac_address", &["mac_addresses"], By::Mac),
];

const fn per_parent(name: &'static str, fields: &'static [&'static str], message: &'static str) -> Unique {
    Unique { name, fields, message, nulls_equal: true, ..TOGETHER }
}

const fn per_maker(name: &'static str, fields: &'static [&'static str]) -> Unique {
    Unique { name, fields, nulls_equal: true, ..TOGETHER }
}
