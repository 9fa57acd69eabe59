//! Clusters and virtual machines.

use super::super::represent::compute;
use super::super::table::*;
use super::choices;

/// How NetBox shows a primary address of a device or virtual machine.
pub(super) const ADDRESS: &[&str] =
    &["id", "url", "display", "family", "address", "description", "dns_name", "nat_inside", "nat_outside"];
/// The least number of a virtual machine is 0.01 as a binary fraction, and NetBox's message shows all of it.
const LEAST_VCPUS: &str = "0.01000000000000000020816681711721685132943093776702880859375";
const VCPUS: Decimals = Decimals { digits: 6, places: 2, least: Some((0.01, LEAST_VCPUS)), most: None };
const DEFAULT_VCPUS: Decimals = Decimals { digits: 6, places: 2, least: Some((0.01, "0.01")), most: None };
/// Places on which a cluster or prefix can be.
pub(super) const SCOPES: &[&str] = &["dcim.location", "dcim.region", "dcim.site", "dcim.sitegroup"];
const NESTED_INTERFACE: &[&str] = &["id", "url", "display_url", "display", "virtual_machine", "name"];

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "virtualization.clustertype",
        path: "virtualization/cluster-types",
        label: "cluster type",
        fields: &[&[
            NAME.unique("name"),
            SLUG.unique("slug"),
            DESCRIPTION,
            OWNER,
            COMMENTS,
            count("cluster_count", "virtualization.cluster", "type"),
        ]],
        brief: &["id", "url", "display", "name", "slug", "description", "cluster_count"],
        ..PLAIN
    },
    Model {
        name: "virtualization.clustergroup",
        path: "virtualization/cluster-groups",
        label: "cluster group",
        fields: &[&[
            NAME.unique("name"),
            SLUG.unique("slug"),
            DESCRIPTION,
            OWNER,
            COMMENTS,
            count("cluster_count", "virtualization.cluster", "group"),
        ]],
        brief: &["id", "url", "display", "name", "slug", "description", "cluster_count"],
        ..PLAIN
    },
    Model {
        name: "virtualization.virtualmachinetype",
        path: "virtualization/virtual-machine-types",
        label: "virtual machine type",
        fields: &[&[
            NAME,
            SLUG.unique("slug"),
            related("default_platform", "dcim.platform", OnDelete::Clear).null(),
            decimal("default_vcpus", DEFAULT_VCPUS).null(),
            integer("default_memory", 0, MAX_INT).null(),
            DESCRIPTION,
            OWNER,
            COMMENTS,
            counter("virtual_machine_count", "virtualization.virtualmachine", "virtual_machine_type"),
        ]],
        search: &["name", "description", "comments"],
        unique: &[Unique {
            name: "unique_name",
            fields: &["name"],
            folded: &["name"],
            when_set: &[],
            when_unset: &[],
            nulls_equal: false,
            message: "Virtual machine type name must be unique.",
        }],
        filters: &[
            NAMED,
            &[
                along("default_platform_id", &["default_platform"], By::TreeId),
                along("default_platform", &["default_platform"], By::TreeSlug),
                own("default_vcpus", By::Number),
                own("default_memory", By::Number),
                own("virtual_machine_count", By::Number),
            ],
        ],
        since: (4, 6),
        ..PLAIN
    },
    Model {
        name: "virtualization.cluster",
        path: "virtualization/clusters",
        label: "cluster",
        fields: &[&[
            NAME,
            related("type", "virtualization.clustertype", OnDelete::Protect).required(),
            related("group", "virtualization.clustergroup", OnDelete::Protect).null().reset_by_put(),
            choice("status", choices::CLUSTER_STATUS, "active"),
            related("tenant", "tenancy.tenant", OnDelete::Protect).null(),
            other("scope_type", Holds::ObjectType(SCOPES), Initial::Null).null().reset_by_put(),
            integer("scope_id", i64::MIN, i64::MAX).null().reset_by_put(),
            read("scope", Holds::Computed(compute::scope)),
            DESCRIPTION,
            OWNER,
            COMMENTS,
            count("device_count", "dcim.device", "cluster"),
            count("virtualmachine_count", "virtualization.virtualmachine", "cluster"),
            total("allocated_vcpus", "vcpus"),
            total("allocated_memory", "memory"),
            total("allocated_disk", "disk"),
        ]],
        brief: &["id", "url", "display", "name", "description", "virtualmachine_count"],
        search: &["name", "description", "comments"],
        unique: &[
            Unique {
                name: "unique_group_name",
                fields: &["group", "name"],
                message: "Cluster with this Group and Name already exists.",
                ..TOGETHER
            },
            Unique {
                name: "unique_site_name",
                fields: &["_site", "name"],
                message: "Constraint \u{201c}virtualization_cluster_unique__site_name\u{201d} is violated.",
                ..TOGETHER
            },
        ],
        filters: &[
            TENANCY,
            &[
                own("name", By::Text),
                own("description", By::Text),
                own("status", By::Choice),
                own("scope_id", By::Number),
                own("scope_type", By::ObjectType),
                along("group_id", &["group"], By::Id),
                along("group", &["group"], By::Attr("slug")),
                along("type_id", &["type"], By::Id),
                along("type", &["type"], By::Attr("slug")),
                along("site_id", &["_site"], By::Id),
                along("site", &["_site"], By::Attr("slug")),
                along("region_id", &["_region"], By::TreeId),
                along("region", &["_region"], By::TreeSlug),
            ],
        ],
        generic: Some(SCOPE),
        ..PLAIN
    },
    Model {
        name: "virtualization.virtualmachine",
        path: "virtualization/virtual-machines",
        label: "virtual machine",
        fields: &[&[
            text("name", 64).required(),
            related("virtual_machine_type", "virtualization.virtualmachinetype", OnDelete::Protect)
                .null()
                .reset_by_put()
                .since(4, 6),
            related("role", "dcim.devicerole", OnDelete::Protect).null(),
            choice("status", choices::MACHINE_STATUS, "active"),
            choice("start_on_boot", choices::START_ON_BOOT, "off").since(4, 5),
            related("site", "dcim.site", OnDelete::Protect).null().reset_by_put(),
            related("cluster", "virtualization.cluster", OnDelete::Protect).null().reset_by_put(),
            related("device", "dcim.device", OnDelete::Protect).null().reset_by_put(),
            related("platform", "dcim.platform", OnDelete::Clear).null(),
            read("primary_ip", Holds::Computed(compute::primary_address)),
            related("primary_ip4", "ipam.ipaddress", OnDelete::Clear).null().shown(ADDRESS),
            related("primary_ip6", "ipam.ipaddress", OnDelete::Clear).null().shown(ADDRESS),
            decimal("vcpus", VCPUS).null(),
            integer("memory", 0, MAX_INT).null(),
            integer("disk", 0, MAX_INT).null(),
            DESCRIPTION,
            text("serial", 50),
            related("tenant", "tenancy.tenant", OnDelete::Protect).null().reset_by_put(),
            OWNER,
            COMMENTS,
            other("local_context_data", Holds::Json, Initial::Null).null(),
            foreign("config_template"),
            counter("interface_count", "virtualization.vminterface", "virtual_machine"),
            counter("virtual_disk_count", "virtualization.virtualdisk", "virtual_machine"),
            read("config_context", Holds::Computed(compute::config_context)),
        ]],
        brief: &["id", "url", "display", "name", "description"],
        ordering: &["name", "id"],
        search: &["name", "description", "comments", "serial"],
        unique: &[
            Unique {
                name: "unique_cluster_tenant",
                fields: &["name", "cluster", "tenant"],
                folded: &["name"],
                when_set: &["cluster"],
                when_unset: &[],
                nulls_equal: true,
                message: "Virtual machine name must be unique per cluster and tenant.",
            },
            Unique {
                name: "unique_device_tenant",
                fields: &["name", "device", "tenant"],
                folded: &["name"],
                when_set: &["device"],
                when_unset: &["cluster"],
                nulls_equal: true,
                message: "Virtual machine name must be unique per device and tenant.",
            },
        ],
        filters: &[TENANCY, MACHINE],
        ..PLAIN
    },
    Model {
        name: "virtualization.virtualdisk",
        path: "virtualization/virtual-disks",
        label: "virtual disk",
        fields: &[&[
            related("virtual_machine", "virtualization.virtualmachine", OnDelete::Cascade).required(),
            text("name", 64).required(),
            DESCRIPTION,
            integer("size", 0, MAX_INT).required(),
            OWNER,
        ]],
        brief: &["id", "url", "display", "virtual_machine", "name", "description", "size"],
        ordering: &["virtual_machine", "name"],
        search: &["name", "description"],
        unique: &[Unique {
            name: "unique_machine_name",
            fields: &["virtual_machine", "name"],
            message: "Virtual disk with this Virtual machine and Name already exists.",
            ..TOGETHER
        }],
        filters: &[PARENT, &[own("size", By::Number)]],
        ..PLAIN
    },
    Model {
        name: "virtualization.vminterface",
        path: "virtualization/interfaces",
        label: "interface",
        fields: &[&[
            related("virtual_machine", "virtualization.virtualmachine", OnDelete::Cascade).required(),
            text("name", 64).required(),
            flag("enabled", true),
            related("parent", "virtualization.vminterface", OnDelete::Restrict)
                .null()
                .shown(NESTED_INTERFACE),
            related("bridge", "virtualization.vminterface", OnDelete::Clear).null().shown(NESTED_INTERFACE),
            integer("mtu", 1, 65_536).null(),
            other("mac_address", Holds::Shortcut(compute::mac_address), Initial::Null).null(),
            related("primary_mac_address", "dcim.macaddress", OnDelete::Clear).null(),
            read("mac_addresses", Holds::Computed(compute::mac_addresses)),
            DESCRIPTION,
            choice("mode", choices::INTERFACE_MODE, "").null().blank(),
            related("untagged_vlan", "ipam.vlan", OnDelete::Clear).null(),
            many("tagged_vlans", "ipam.vlan"),
            related("qinq_svlan", "ipam.vlan", OnDelete::Clear).null(),
            foreign("vlan_translation_policy"),
            related("vrf", "ipam.vrf", OnDelete::Clear).null(),
            read("l2vpn_termination", Holds::Null),
            OWNER,
            read("count_ipaddresses", Holds::Computed(compute::address_count)),
            read("count_fhrp_groups", Holds::Zero(Nested::Counted)),
        ]],
        brief: &["id", "url", "display", "virtual_machine", "name", "description"],
        ordering: &["virtual_machine", "name"],
        search: &["name", "description"],
        unique: &[Unique {
            name: "unique_machine_name",
            fields: &["virtual_machine", "name"],
            message: "Interface with this Virtual machine and Name already exists.",
            ..TOGETHER
        }],
        filters: &[
            PARENT,
            &[
                own("enabled", By::Flag),
                own("mtu", By::Number),
                own("mode", By::Choice),
                along("cluster_id", &["virtual_machine", "cluster"], By::Id),
                along("cluster", &["virtual_machine", "cluster"], By::Attr("name")),
                along("parent_id", &["parent"], By::Id),
                along("bridge_id", &["bridge"], By::Id),
                along("vrf_id", &["vrf"], By::Id),
                along("vrf", &["vrf"], By::Attr("rd")),
                along("mac_address", &["mac_addresses"], By::Mac),
                along("primary_mac_address_id", &["primary_mac_address"], By::Id),
            ],
        ],
        ..PLAIN
    },
];

const MACHINE: &[Filter] = &[
    own("name", By::Folded),
    own("description", By::Text),
    own("serial", By::Text),
    own("status", By::Choice),
    own("start_on_boot", By::Choice),
    own("vcpus", By::Number),
    own("memory", By::Number),
    own("disk", By::Number),
    own("interface_count", By::Number),
    own("virtual_disk_count", By::Number),
    along("cluster_id", &["cluster"], By::Id),
    along("cluster", &["cluster"], By::Attr("name")),
    along("cluster_group_id", &["cluster", "group"], By::Id),
    along("cluster_group", &["cluster", "group"], By::Attr("slug")),
    along("cluster_type_id", &["cluster", "type"], By::Id),
    along("cluster_type", &["cluster", "type"], By::Attr("slug")),
    along("device_id", &["device"], By::Id),
    along("device", &["device"], By::Attr("name")),
    along("site_id", &["site"], By::Id),
    along("site", &["site"], By::Attr("slug")),
    along("region_id", &["site", "region"], By::TreeId),
    along("region", &["site", "region"], By::TreeSlug),
    along("role_id", &["role"], By::TreeId),
    along("role", &["role"], By::TreeSlug),
    along("platform_id", &["platform"], By::TreeId),
    along("platform", &["platform"], By::TreeSlug),
    along("virtual_machine_type_id", &["virtual_machine_type"], By::Id),
    along("virtual_machine_type", &["virtual_machine_type"], By::Attr("slug")),
    along("primary_ip4_id", &["primary_ip4"], By::Id),
    along("primary_ip6_id", &["primary_ip6"], By::Id),
    along("has_primary_ip", &["primary_ip"], By::Present),
    along("mac_address", &["mac_addresses"], By::Mac),
];

const PARENT: &[Filter] = &[
    own("name", By::Text),
    own("description", By::Text),
    along("virtual_machine_id", &["virtual_machine"], By::Id),
    along("virtual_machine", &["virtual_machine"], By::Attr("name")),
];

/// Unique together where all are set.
pub(super) const TOGETHER: Unique = Unique {
    name: "",
    fields: &[],
    folded: &[],
    when_set: &[],
    when_unset: &[],
    nulls_equal: false,
    message: "",
};

pub(super) const SCOPE: Generic = Generic { name: "scope", type_field: "scope_type", id_field: "scope_id" };

const fn total(name: &'static str, field: &'static str) -> Field {
    read(name, Holds::Sum { model: "virtualization.virtualmachine", through: "cluster", field })
}
