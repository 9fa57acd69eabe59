//! The rows of the table.

use super::{FieldSpec, FieldType, IdentityRule, Kind, Ownership, Provider, UniqueName};

const fn field(name: &'static str, holds: FieldType) -> FieldSpec {
    FieldSpec { name, holds }
}

const NAME_100: FieldSpec = field("name", FieldType::Text(100));
const SLUG_100: FieldSpec = field("slug", FieldType::Slug(100));
const DESCRIPTION: FieldSpec = field("description", FieldType::Text(200));
const COMMENTS: FieldSpec = field("comments", FieldType::Text(usize::MAX));

/// A row for a kind that is made when missing and found by slug or name.
const fn shared(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    keys: &'static [&'static [&'static str]],
    fields: &'static [FieldSpec],
) -> Kind {
    Kind {
        name,
        label,
        path,
        page: path,
        keys,
        fields,
        reads: &[],
        tags: true,
        custom_fields: true,
        ownership: Ownership::Shared,
        identity: None,
        unique_name: None,
        since: None,
        also_unique: &[],
        unscoped: &[],
        provider: Provider::Core,
        pass_of: None,
        sidecar_of: None,
    }
}

/// A row for a kind that is created and updated, and found by natural key.
const fn mirrored(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    keys: &'static [&'static [&'static str]],
    fields: &'static [FieldSpec],
) -> Kind {
    Kind { ownership: Ownership::Mirrored, ..shared(name, label, path, keys, fields) }
}

/// A row for a kind of the plugin that is created and updated.
const fn plugin(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    keys: &'static [&'static [&'static str]],
    fields: &'static [FieldSpec],
) -> Kind {
    Kind { provider: Provider::Plugin, ..mirrored(name, label, path, keys, fields) }
}

/// A row for a kind of the plugin that describes objects of another kind further, one to one.
const fn sidecar(
    name: &'static str,
    label: &'static str,
    path: &'static str,
    of: &'static str,
    keys: &'static [&'static [&'static str]],
    fields: &'static [FieldSpec],
) -> Kind {
    Kind {
        sidecar_of: Some(of),
        tags: false,
        custom_fields: false,
        ..plugin(name, label, path, keys, fields)
    }
}

/// A row for a later pass over a kind: what relates to kinds that come after it.
const fn pass(
    name: &'static str,
    label: &'static str,
    of: &'static str,
    path: &'static str,
    fields: &'static [FieldSpec],
) -> Kind {
    Kind { pass_of: Some(of), tags: false, custom_fields: false, ..mirrored(name, label, path, &[], fields) }
}

const BY_SLUG_OR_NAME: &[&[&str]] = &[&["slug"], &["name"]];

/// NetBox's largest value of a positive integer field.
const MAX_INT: i64 = 2_147_483_647;

const VM: &str = "virtualization.virtualmachine";
const DEVICE: &str = "dcim.device";
const CLUSTER: &str = "virtualization.cluster";

/// When a row was last written; follows other changes and causes none.
const LAST_UPDATED: FieldSpec = field("proxmox_last_updated", FieldType::Time);

const ON_AN_INTERFACE: FieldType = FieldType::Generic {
    type_field: "assigned_object_type",
    kinds: &["virtualization.vminterface", "dcim.interface"],
};

/// Every kind, in dependency order.
pub const KINDS: &[Kind] = &[
    Kind {
        tags: false,
        custom_fields: false,
        ..shared(
            "extras.tag",
            "tag",
            "extras/tags",
            BY_SLUG_OR_NAME,
            &[NAME_100, SLUG_100, field("color", FieldType::Color), DESCRIPTION],
        )
    },
    Kind {
        tags: false,
        custom_fields: false,
        ..shared(
            "extras.customfield",
            "custom field",
            "extras/custom-fields",
            &[&["name"]],
            &[
                field("name", FieldType::Text(50)),
                field("type", FieldType::Choice),
                field("label", FieldType::Text(50)),
                field("group_name", FieldType::Text(50)),
                DESCRIPTION,
                field("object_types", FieldType::Texts),
                field("ui_visible", FieldType::Choice),
                field("ui_editable", FieldType::Choice),
                field("weight", FieldType::Integer(32_767)),
                field("filter_logic", FieldType::Choice),
                field("search_weight", FieldType::Integer(32_767)),
                field("related_object_type", FieldType::Choice),
            ],
        )
    },
    shared(
        "tenancy.tenant",
        "tenant",
        "tenancy/tenants",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, DESCRIPTION, COMMENTS],
    ),
    shared(
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
    ),
    shared(
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
    ),
    shared(
        "dcim.manufacturer",
        "manufacturer",
        "dcim/manufacturers",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, DESCRIPTION],
    ),
    shared(
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
    ),
    shared(
        "dcim.devicerole",
        "device role",
        "dcim/device-roles",
        BY_SLUG_OR_NAME,
        &[
            NAME_100,
            SLUG_100,
            field("color", FieldType::Color),
            field("vm_role", FieldType::Flag),
            DESCRIPTION,
        ],
    ),
    shared(
        "dcim.platform",
        "platform",
        "dcim/platforms",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, field("manufacturer", FieldType::Relation("dcim.manufacturer")), DESCRIPTION],
    ),
    shared(
        "virtualization.clustertype",
        "cluster type",
        "virtualization/cluster-types",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, DESCRIPTION],
    ),
    shared(
        "virtualization.clustergroup",
        "cluster group",
        "virtualization/cluster-groups",
        BY_SLUG_OR_NAME,
        &[NAME_100, SLUG_100, DESCRIPTION],
    ),
    Kind {
        since: Some((4, 6)),
        ..shared(
            "virtualization.virtualmachinetype",
            "virtual machine type",
            "virtualization/virtual-machine-types",
            BY_SLUG_OR_NAME,
            &[NAME_100, SLUG_100, DESCRIPTION, COMMENTS],
        )
    },
    Kind {
        ownership: Ownership::Foreign,
        ..plugin(
            "netbox_proxbox.proxmoxendpoint",
            "Proxmox endpoint",
            "plugins/proxbox/endpoints/proxmox",
            &[&["name"]],
            &[field("name", FieldType::Text(255))],
        )
    },
    Kind {
        ownership: Ownership::Mirrored,
        identity: Some(IdentityRule::Cluster),
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
    },
    Kind {
        ownership: Ownership::Foreign,
        ..plugin(
            "netbox_proxbox.proxmoxcluster",
            "Proxmox cluster",
            "plugins/proxbox/proxmox-clusters",
            &[&["endpoint", "name"]],
            &[
                field("endpoint", FieldType::Relation("netbox_proxbox.proxmoxendpoint")),
                field("name", FieldType::Text(255)),
                field("netbox_cluster", FieldType::Relation(CLUSTER)),
            ],
        )
    },
    sidecar(
        "netbox_proxbox.proxboxclustersyncstate",
        "sync state of a cluster",
        "plugins/proxbox/sync-state/clusters",
        CLUSTER,
        &[&["cluster"]],
        &[
            field("cluster", FieldType::Relation(CLUSTER)),
            field("proxmox_cluster", FieldType::Relation("netbox_proxbox.proxmoxcluster")),
            field("proxmox_cluster_name", FieldType::Text(255)),
            field("proxmox_cluster_status", FieldType::Text(64)),
            LAST_UPDATED,
        ],
    ),
    Kind {
        ownership: Ownership::Mirrored,
        identity: Some(IdentityRule::Node),
        unique_name: Some(UniqueName { field: "name", within: "site" }),
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
    },
    Kind {
        ownership: Ownership::Foreign,
        ..plugin(
            "netbox_proxbox.proxmoxnode",
            "Proxmox node",
            "plugins/proxbox/proxmox-nodes",
            &[&["endpoint", "name"]],
            &[
                field("endpoint", FieldType::Relation("netbox_proxbox.proxmoxendpoint")),
                field("name", FieldType::Text(255)),
                field("netbox_device", FieldType::Relation(DEVICE)),
            ],
        )
    },
    sidecar(
        "netbox_proxbox.proxboxdevicesyncstate",
        "sync state of a device",
        "plugins/proxbox/sync-state/devices",
        DEVICE,
        &[&["device"]],
        &[
            field("device", FieldType::Relation(DEVICE)),
            field("endpoint", FieldType::Relation("netbox_proxbox.proxmoxendpoint")),
            field("proxmox_node", FieldType::Relation("netbox_proxbox.proxmoxnode")),
            field("proxmox_node_name", FieldType::Text(255)),
            field("proxmox_cluster", FieldType::Relation("netbox_proxbox.proxmoxcluster")),
            field("proxmox_cluster_name", FieldType::Text(255)),
            field("proxmox_endpoint_raw_id", FieldType::Integer(MAX_INT)),
            field("proxmox_link", FieldType::Text(500)),
            field("proxmox_tags", FieldType::Text(usize::MAX)),
            field("proxmox_notes", FieldType::Text(usize::MAX)),
            field("proxmox_cpu_type", FieldType::Text(255)),
            LAST_UPDATED,
        ],
    ),
    plugin(
        "netbox_proxbox.proxmoxstorage",
        "storage",
        "plugins/proxbox/storage",
        &[&["cluster", "name"]],
        &[
            field("cluster", FieldType::Relation(CLUSTER)),
            field("name", FieldType::Text(255)),
            field("storage_type", FieldType::Text(100)),
            field("content", FieldType::Text(255)),
            field("path", FieldType::Text(255)),
            field("nodes", FieldType::Text(usize::MAX)),
            field("shared", FieldType::Flag),
            field("enabled", FieldType::Flag),
            field("server", FieldType::Text(255)),
            field("port", FieldType::Integer(MAX_INT)),
            field("username", FieldType::Text(255)),
            field("export", FieldType::Text(255)),
            field("share", FieldType::Text(255)),
            field("pool", FieldType::Text(255)),
            field("monhost", FieldType::Text(512)),
            field("namespace", FieldType::Text(255)),
            field("datastore", FieldType::Text(255)),
            field("subdir", FieldType::Text(255)),
            field("mountpoint", FieldType::Text(255)),
            field("is_mountpoint", FieldType::Text(255)),
            field("preallocation", FieldType::Text(50)),
            field("format", FieldType::Text(100)),
            field("prune_backups", FieldType::Text(512)),
            field("max_protected_backups", FieldType::Signed(MAX_INT)),
            field("raw_config", FieldType::Json),
        ],
    ),
    Kind {
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
    },
    sidecar(
        "netbox_proxbox.proxboxvirtualmachinesyncstate",
        "sync state of a virtual machine",
        "plugins/proxbox/sync-state/virtual-machines",
        VM,
        &[&["virtual_machine"]],
        &[
            field("virtual_machine", FieldType::Relation(VM)),
            field("endpoint", FieldType::Relation("netbox_proxbox.proxmoxendpoint")),
            field("proxmox_node", FieldType::Relation("netbox_proxbox.proxmoxnode")),
            field("proxmox_node_name", FieldType::Text(255)),
            field("proxmox_cluster", FieldType::Relation("netbox_proxbox.proxmoxcluster")),
            field("proxmox_cluster_name", FieldType::Text(255)),
            field("proxmox_endpoint_raw_id", FieldType::Integer(MAX_INT)),
            field("proxmox_vm_id", FieldType::Integer(MAX_INT)),
            field("proxmox_vm_type", FieldType::Text(64)),
            field("proxmox_vm_name", FieldType::Text(255)),
            field("proxmox_start_at_boot", FieldType::Flag),
            field("proxmox_unprivileged_container", FieldType::Flag),
            field("proxmox_qemu_agent", FieldType::Flag),
            field("proxmox_search_domain", FieldType::Text(255)),
            field("proxmox_link", FieldType::Text(500)),
            field("proxmox_status", FieldType::Text(64)),
            field("proxmox_tags", FieldType::Text(usize::MAX)),
            field("proxmox_os", FieldType::Text(255)),
            field("proxmox_notes", FieldType::Text(usize::MAX)),
            field("proxmox_cpu_type", FieldType::Text(255)),
            LAST_UPDATED,
        ],
    ),
    plugin(
        "netbox_proxbox.proxmoxvmcloudinit",
        "cloud-init row",
        "plugins/proxbox/vm-cloudinit",
        &[&["virtual_machine"]],
        &[
            field("virtual_machine", FieldType::Relation(VM)),
            field("ciuser", FieldType::Text(64)),
            field("sshkeys", FieldType::Text(usize::MAX)),
            field("sshkeys_truncated", FieldType::Flag),
            field("ipconfig0", FieldType::Text(255)),
            field("search_domain", FieldType::Text(255)),
            field("dns_servers", FieldType::Text(255)),
            field("hostname", FieldType::Text(255)),
            field("bridge", FieldType::Text(64)),
            field("vlan_tag", FieldType::Integer(4094)),
            field("gateway", FieldType::Text(64)),
            field("ip_cidr", FieldType::Text(64)),
        ],
    ),
    mirrored(
        "virtualization.virtualdisk",
        "virtual disk",
        "virtualization/virtual-disks",
        &[&["virtual_machine", "name"]],
        &[
            field("virtual_machine", FieldType::Relation(VM)),
            field("name", FieldType::Text(64)),
            field("size", FieldType::Integer(MAX_INT)),
            DESCRIPTION,
        ],
    ),
    sidecar(
        "netbox_proxbox.proxboxvirtualdisksyncstate",
        "sync state of a virtual disk",
        "plugins/proxbox/sync-state/virtual-disks",
        "virtualization.virtualdisk",
        &[&["virtual_disk"]],
        &[
            field("virtual_disk", FieldType::Relation("virtualization.virtualdisk")),
            field("proxbox_storage", FieldType::Relation("netbox_proxbox.proxmoxstorage")),
            field("proxbox_storage_raw_value", FieldType::Text(usize::MAX)),
            LAST_UPDATED,
        ],
    ),
    plugin(
        "netbox_proxbox.vmbackup",
        "backup",
        "plugins/proxbox/backups",
        &[&["virtual_machine", "volume_id"]],
        &[
            field("virtual_machine", FieldType::Relation(VM)),
            field("volume_id", FieldType::Text(255)),
            field("proxmox_storage", FieldType::Relation("netbox_proxbox.proxmoxstorage")),
            field("storage", FieldType::Text(255)),
            field("subtype", FieldType::Choice),
            field("format", FieldType::Choice),
            field("creation_time", FieldType::Time),
            field("size", FieldType::Integer(i64::MAX)),
            field("used", FieldType::Integer(i64::MAX)),
            field("notes", FieldType::Text(usize::MAX)),
            field("vmid", FieldType::Integer(MAX_INT)),
            field("encrypted", FieldType::Text(255)),
            field("verification_state", FieldType::Text(255)),
            field("verification_upid", FieldType::Text(255)),
        ],
    ),
    Kind {
        also_unique: &[&["vmid", "name", "node"]],
        ..plugin(
            "netbox_proxbox.vmsnapshot",
            "snapshot",
            "plugins/proxbox/snapshots",
            &[&["virtual_machine", "name"]],
            &[
                field("virtual_machine", FieldType::Relation(VM)),
                field("name", FieldType::Text(255)),
                field("proxmox_storage", FieldType::Relation("netbox_proxbox.proxmoxstorage")),
                field("description", FieldType::Text(usize::MAX)),
                field("vmid", FieldType::Integer(MAX_INT)),
                field("node", FieldType::Text(255)),
                field("snaptime", FieldType::Time),
                field("parent", FieldType::Text(255)),
                field("subtype", FieldType::Choice),
                field("status", FieldType::Choice),
            ],
        )
    },
    Kind {
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
    },
    mirrored(
        "dcim.interface",
        "interface",
        "dcim/interfaces",
        &[&["device", "name"]],
        &[
            field("device", FieldType::Relation(DEVICE)),
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
    ),
    pass(
        "dcim.interface#stack",
        "stacking of an interface",
        "dcim.interface",
        "dcim/interfaces",
        &[
            field("parent", FieldType::Relation("dcim.interface")),
            field("bridge", FieldType::Relation("dcim.interface")),
            field("lag", FieldType::Relation("dcim.interface")),
        ],
    ),
    Kind {
        reads: &["mac_address"],
        ..mirrored(
            "virtualization.vminterface",
            "VM interface",
            "virtualization/interfaces",
            &[&["virtual_machine", "name"]],
            &[
                field("virtual_machine", FieldType::Relation(VM)),
                field("name", FieldType::Text(64)),
                field("enabled", FieldType::Flag),
                field("mtu", FieldType::Integer(65_536)),
                field("mode", FieldType::Choice),
                field("untagged_vlan", FieldType::Relation("ipam.vlan")),
                field("tagged_vlans", FieldType::Relations("ipam.vlan")),
                DESCRIPTION,
            ],
        )
    },
    sidecar(
        "netbox_proxbox.proxboxvminterfacesyncstate",
        "sync state of a VM interface",
        "plugins/proxbox/sync-state/vm-interfaces",
        "virtualization.vminterface",
        &[&["vm_interface"]],
        &[
            field("vm_interface", FieldType::Relation("virtualization.vminterface")),
            field("proxbox_bridge", FieldType::Relation("dcim.interface")),
            field("proxbox_bridge_raw_value", FieldType::Text(usize::MAX)),
            LAST_UPDATED,
        ],
    ),
    mirrored(
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
    ),
    pass(
        "virtualization.vminterface#primary-mac",
        "primary MAC address of a VM interface",
        "virtualization.vminterface",
        "virtualization/interfaces",
        &[field("primary_mac_address", FieldType::Relation("dcim.macaddress"))],
    ),
    pass(
        "virtualization.virtualmachine#release",
        "primary address of a virtual machine",
        VM,
        "virtualization/virtual-machines",
        &[],
    ),
    Kind {
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
    },
    pass(
        "virtualization.virtualmachine#primary-ip",
        "primary address of a virtual machine",
        VM,
        "virtualization/virtual-machines",
        &[
            field("primary_ip4", FieldType::Relation("ipam.ipaddress")),
            field("primary_ip6", FieldType::Relation("ipam.ipaddress")),
        ],
    ),
    shared(
        "ipam.service",
        "service",
        "ipam/services",
        &[&["parent_object_type", "parent_object_id", "name"]],
        &[
            field("parent_object_type", FieldType::Choice),
            field(
                "parent_object_id",
                FieldType::Generic { type_field: "parent_object_type", kinds: &[VM, DEVICE] },
            ),
            NAME_100,
            field("protocol", FieldType::Choice),
            field("ports", FieldType::Integers(1, 65_535)),
            field("ipaddresses", FieldType::Relations("ipam.ipaddress")),
            DESCRIPTION,
            COMMENTS,
        ],
    ),
    plugin(
        "netbox_proxbox.guestvminterface",
        "guest interface",
        "plugins/proxbox/guest-vm-interfaces",
        &[&["virtual_machine", "name"]],
        &[
            field("virtual_machine", FieldType::Relation(VM)),
            field("vm_interface", FieldType::Relation("virtualization.vminterface")),
            field("name", FieldType::Text(128)),
            field("mac_address", FieldType::Text(32)),
            field("enabled", FieldType::Flag),
            field("mtu", FieldType::Integer(MAX_INT)),
        ],
    ),
    plugin(
        "netbox_proxbox.guestvminterfaceaddress",
        "address of a guest interface",
        "plugins/proxbox/guest-vm-interface-addresses",
        &[&["guest_interface", "ip_address"]],
        &[
            field("guest_interface", FieldType::Relation("netbox_proxbox.guestvminterface")),
            field("ip_address", FieldType::Relation("ipam.ipaddress")),
        ],
    ),
    plugin(
        "netbox_proxbox.backuproutine",
        "backup routine",
        "plugins/proxbox/backup-routines",
        &[&["endpoint", "job_id"]],
        &[
            field("endpoint", FieldType::Relation("netbox_proxbox.proxmoxendpoint")),
            field("job_id", FieldType::Text(255)),
            field("enabled", FieldType::Flag),
            field("schedule", FieldType::Text(255)),
            field("next_run", FieldType::Time),
            field("node", FieldType::Relation("netbox_proxbox.proxmoxnode")),
            field("storage", FieldType::Relation("netbox_proxbox.proxmoxstorage")),
            field("selection", FieldType::Json),
            field("comment", FieldType::Text(usize::MAX)),
            field("status", FieldType::Choice),
            field("keep_last", FieldType::Integer(MAX_INT)),
            field("keep_daily", FieldType::Integer(MAX_INT)),
            field("keep_weekly", FieldType::Integer(MAX_INT)),
            field("keep_monthly", FieldType::Integer(MAX_INT)),
            field("keep_yearly", FieldType::Integer(MAX_INT)),
            field("keep_all", FieldType::Flag),
            field("notes_template", FieldType::Text(usize::MAX)),
            field("bwlimit", FieldType::Integer(MAX_INT)),
            field("zstd", FieldType::Integer(MAX_INT)),
            field("io_workers", FieldType::Integer(MAX_INT)),
            field("fleecing", FieldType::Text(255)),
            field("fleecing_storage", FieldType::Relation("netbox_proxbox.proxmoxstorage")),
            field("repeat_missed", FieldType::Flag),
            field("pbs_change_detection_mode", FieldType::Text(50)),
            field("raw_config", FieldType::Json),
        ],
    ),
    plugin(
        "netbox_proxbox.replication",
        "replication",
        "plugins/proxbox/replications",
        &[&["endpoint", "replication_id"]],
        &[
            field("endpoint", FieldType::Relation("netbox_proxbox.proxmoxendpoint")),
            field("replication_id", FieldType::Text(255)),
            field("virtual_machine", FieldType::Relation(VM)),
            field("proxmox_node", FieldType::Relation("netbox_proxbox.proxmoxnode")),
            field("guest", FieldType::Integer(MAX_INT)),
            field("target", FieldType::Text(255)),
            field("job_type", FieldType::Choice),
            field("schedule", FieldType::Text(128)),
            field("rate", FieldType::Decimal),
            field("comment", FieldType::Text(usize::MAX)),
            field("disable", FieldType::Flag),
            field("source", FieldType::Text(255)),
            field("jobnum", FieldType::Integer(MAX_INT)),
            field("remove_job", FieldType::Choice),
            field("status", FieldType::Choice),
            field("raw_config", FieldType::Json),
        ],
    ),
    plugin(
        "netbox_proxbox.vmtaskhistory",
        "task",
        "plugins/proxbox/task-history",
        &[&["upid"]],
        &[
            field("virtual_machine", FieldType::Relation(VM)),
            field("vm_type", FieldType::Text(16)),
            field("upid", FieldType::Text(255)),
            field("node", FieldType::Text(255)),
            field("pid", FieldType::Integer(MAX_INT)),
            field("pstart", FieldType::Integer(i64::MAX)),
            field("task_id", FieldType::Text(255)),
            field("task_type", FieldType::Text(255)),
            field("username", FieldType::Text(255)),
            field("start_time", FieldType::Time),
            field("end_time", FieldType::Time),
            field("description", FieldType::Text(usize::MAX)),
            field("status", FieldType::Text(usize::MAX)),
            field("task_state", FieldType::Text(255)),
            field("exitstatus", FieldType::Text(usize::MAX)),
        ],
    ),
];
