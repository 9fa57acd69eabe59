//! The custom fields that the host knows how to make, named as existing installations name them.

/// A custom field that the host makes when a mapper returns it and NetBox lacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomField {
    /// NetBox name.
    pub name: &'static str,
    /// NetBox type: `integer`, `text`, `boolean`, `url`, `datetime`, `object`.
    pub holds: &'static str,
    /// Shown label.
    pub label: &'static str,
    /// Kinds that carry it.
    pub kinds: &'static [&'static str],
    /// Shown description.
    pub description: &'static str,
    /// `always` or `if-set`.
    pub visible: &'static str,
    /// Kind of the objects that one of type `object` holds.
    pub related: Option<&'static str>,
}

/// The custom field of that name.
pub fn custom_field(name: &str) -> Option<&'static CustomField> {
    CUSTOM_FIELDS.iter().find(|field| field.name == name)
}

const VM: &str = "virtualization.virtualmachine";
const DISK: &str = "virtualization.virtualdisk";
const VM_INTERFACE: &str = "virtualization.vminterface";
const DEVICE: &str = "dcim.device";
const CLUSTER: &str = "virtualization.cluster";
const CLUSTER_GROUP: &str = "virtualization.clustergroup";
const IP_ADDRESS: &str = "ipam.ipaddress";
const VLAN: &str = "ipam.vlan";
const BOTH: &[&str] = &[DEVICE, VM];

const fn custom(
    name: &'static str,
    holds: &'static str,
    label: &'static str,
    kinds: &'static [&'static str],
    description: &'static str,
    visible: &'static str,
) -> CustomField {
    CustomField { name, holds, label, kinds, description, visible, related: None }
}

/// Group under which NetBox shows the custom fields.
pub const CUSTOM_FIELD_GROUP: &str = "Proxmox";

/// Every custom field of the older netbox-proxbox plugin.
pub const CUSTOM_FIELDS: &[CustomField] = &[
    custom("proxmox_vm_id", "integer", "VM ID", &[VM], "Proxmox Virtual Machine or Container ID", "always"),
    custom("proxmox_vm_type", "text", "VM Type", &[VM], "Proxmox VM type (qemu or lxc)", "always"),
    custom(
        "proxmox_start_at_boot",
        "boolean",
        "Start at Boot",
        &[VM],
        "Proxmox Start at Boot Option",
        "always",
    ),
    custom(
        "proxmox_unprivileged_container",
        "boolean",
        "Unprivileged Container",
        &[VM],
        "Proxmox Unprivileged Container",
        "if-set",
    ),
    custom("proxmox_qemu_agent", "boolean", "QEMU Guest Agent", &[VM], "Proxmox QEMU Guest Agent", "if-set"),
    custom("proxmox_search_domain", "text", "Search Domain", &[VM], "Proxmox Search Domain", "if-set"),
    custom("proxmox_link", "url", "Proxmox Link", BOTH, "Link to Proxmox web interface", "always"),
    custom("proxmox_node", "text", "Proxmox Node", BOTH, "Proxmox node hosting this device/VM", "always"),
    custom("proxmox_cluster", "text", "Proxmox Cluster", BOTH, "Proxmox cluster name", "always"),
    custom("proxmox_status", "text", "Proxmox Status", &[VM], "Current status in Proxmox", "always"),
    custom("proxmox_uptime", "integer", "Uptime (seconds)", &[VM], "VM uptime in seconds", "if-set"),
    custom("proxmox_tags", "text", "Proxmox Tags", BOTH, "Comma-separated tags from Proxmox", "if-set"),
    custom("proxmox_os", "text", "Operating System", BOTH, "Operating system from Proxmox", "if-set"),
    custom("proxmox_storage", "text", "Storage", BOTH, "Storage disk size", "if-set"),
    custom("proxmox_disk", "text", "Disk (GB)", BOTH, "Total disk size in GB", "if-set"),
    custom("proxmox_interfaces", "text", "Network Interfaces", BOTH, "Network interface count", "if-set"),
    custom(
        "proxmox_interface",
        "text",
        "Proxmox Interface",
        &[IP_ADDRESS],
        "Proxmox network interface name",
        "if-set",
    ),
    custom("proxmox_vmid", "text", "Proxmox VMID", BOTH, "VM ID for reference", "if-set"),
    custom("proxmox_mac", "text", "Proxmox MAC", &[IP_ADDRESS], "MAC address from Proxmox", "if-set"),
    custom("proxmox_notes", "text", "Proxmox Notes", BOTH, "Notes from Proxmox", "if-set"),
    custom("proxmox_vlan_id", "integer", "Proxmox VLAN ID", &[VLAN], "VLAN ID from Proxmox", "if-set"),
    custom(
        "proxmox_cluster_name",
        "text",
        "Cluster Name",
        &[CLUSTER, CLUSTER_GROUP],
        "Cluster name from Proxmox",
        "always",
    ),
    custom(
        "proxmox_cluster_status",
        "text",
        "Cluster Status",
        &[CLUSTER, CLUSTER_GROUP],
        "Cluster status from Proxmox",
        "always",
    ),
    custom("proxmox_tcp_states", "text", "TCP States", BOTH, "TCP connection states", "if-set"),
    custom("proxmox_cpu_type", "text", "CPU Type", BOTH, "CPU type from Proxmox", "if-set"),
    custom(
        "proxmox_ip_addresses",
        "text",
        "IP Addresses",
        &[IP_ADDRESS],
        "All IP addresses from Proxmox",
        "if-set",
    ),
    custom("proxmox_cluster_id", "integer", "Cluster ID", &[CLUSTER], "Proxmox cluster ID", "always"),
    custom("proxmox_storage_ids", "text", "Storage IDs", BOTH, "Comma-separated storage IDs", "if-set"),
    custom("proxmox_storage_names", "text", "Storage Names", BOTH, "Comma-separated storage names", "if-set"),
    custom("proxmox_device_names", "text", "Device Names", BOTH, "Comma-separated device names", "if-set"),
    custom(
        "proxmox_migration_duration",
        "integer",
        "Migration Duration",
        &[VM],
        "Migration duration in seconds",
        "if-set",
    ),
    custom(
        "proxmox_migration_type",
        "text",
        "Migration Type",
        &[VM],
        "Migration type (live / offline)",
        "if-set",
    ),
    CustomField {
        related: Some("netbox_proxbox.proxmoxstorage"),
        ..custom(
            "proxbox_storage_id",
            "object",
            "Proxbox Storage",
            &[DISK],
            "Proxmox storage hosting this virtual disk",
            "always",
        )
    },
    CustomField {
        related: Some("dcim.interface"),
        ..custom(
            "proxbox_bridge",
            "object",
            "Proxbox Bridge",
            &[VM_INTERFACE],
            "Node-level bridge interface (vmbr) used by this VM interface",
            "always",
        )
    },
    custom(
        "proxmox_last_updated",
        "datetime",
        "Last Updated",
        &[
            DEVICE,
            "dcim.devicerole",
            "dcim.devicetype",
            "dcim.interface",
            "dcim.manufacturer",
            "dcim.site",
            IP_ADDRESS,
            VLAN,
            CLUSTER,
            "virtualization.clustertype",
            DISK,
            VM,
            VM_INTERFACE,
        ],
        "Proxmox Plugin last modified this object",
        "always",
    ),
];
