//! Tenants and their groups.

use super::super::table::*;

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "tenancy.tenantgroup",
        path: "tenancy/tenant-groups",
        label: "tenant group",
        fields: &[&[
            NAME.unique("name"),
            SLUG.unique("slug"),
            related("parent", "tenancy.tenantgroup", OnDelete::Cascade).null().shown(&[
                "id",
                "url",
                "display_url",
                "display",
                "name",
                "slug",
                "_depth",
            ]),
            DESCRIPTION,
            annotated("tenant_count", "tenancy.tenant", "group"),
            OWNER,
            COMMENTS,
            read("_depth", Holds::Computed(super::super::represent::compute::depth)),
        ]],
        brief: &["id", "url", "display", "name", "slug", "description", "tenant_count", "_depth"],
        search: &["name", "slug", "description", "comments"],
        filters: &[NAMED, TREE],
        tree: true,
        ..PLAIN
    },
    Model {
        name: "tenancy.tenant",
        path: "tenancy/tenants",
        label: "tenant",
        fields: &[&[
            NAME,
            SLUG,
            related("group", "tenancy.tenantgroup", OnDelete::Clear).null().reset_by_put(),
            DESCRIPTION,
            OWNER,
            COMMENTS,
            read("circuit_count", Holds::Zero(Nested::Hidden)),
            count("device_count", "dcim.device", "tenant"),
            count("ipaddress_count", "ipam.ipaddress", "tenant"),
            count("prefix_count", "ipam.prefix", "tenant"),
            read("rack_count", Holds::Zero(Nested::Hidden)),
            count("site_count", "dcim.site", "tenant"),
            count("virtualmachine_count", "virtualization.virtualmachine", "tenant"),
            count("vlan_count", "ipam.vlan", "tenant"),
            count("vrf_count", "ipam.vrf", "tenant"),
            count("cluster_count", "virtualization.cluster", "tenant"),
        ]],
        search: &["name", "slug", "description", "comments"],
        filters: &[
            NAMED,
            &[along("group_id", &["group"], By::TreeId), along("group", &["group"], By::TreeSlug)],
        ],
        unique: &[
            Unique {
                fields: &["group", "name"],
                message: "Tenant name must be unique per group.",
                ..PER_GROUP
            },
            Unique {
                name: "unique_slug",
                fields: &["group", "slug"],
                message: "Tenant slug must be unique per group.",
                ..PER_GROUP
            },
        ],
        ..PLAIN
    },
];

const PER_GROUP: Unique = Unique {
    name: "unique_name",
    fields: &[],
    folded: &[],
    when_set: &[],
    when_unset: &[],
    nulls_equal: true,
    message: "",
};
