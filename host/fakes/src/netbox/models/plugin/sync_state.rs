//! What a synchronisation last saw of an object: one row for each.

use super::super::super::represent::plugin as compute;
use super::super::super::table::*;
use super::{NAMED_OBJECT, NEW, cluster, endpoint, node, optional_number, storage};

const ADDRESS: &[&str] = &["id", "url", "display", "address"];
const VLAN: &[&str] = &["id", "url", "display", "vid", "name"];

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "netbox_proxbox.proxboxvirtualmachinesyncstate",
        path: "plugins/proxbox/sync-state/virtual-machines",
        label: "Proxbox virtual machine sync state",
        fields: &[
            &[subject("virtual_machine", "virtualization.virtualmachine", NAMED_OBJECT)],
            ORIGIN,
            MACHINE,
            SEEN,
            MIGRATION,
            RUN,
        ],
        brief: &["id", "url", "display", "virtual_machine", "proxmox_vm_id"],
        ordering: &["virtual_machine"],
        search: &[
            "virtual_machine",
            "proxmox_node_name",
            "proxmox_cluster_name",
            "proxmox_status",
            "proxmox_vmid",
        ],
        filters: &[
            ORIGINS,
            &[
                along("virtual_machine", &["virtual_machine"], By::AnyId),
                along("virtual_machine_id", &["virtual_machine"], By::AnyId),
                own("proxmox_vm_id", By::Number),
                own("proxmox_vm_type", By::Text),
                own("proxmox_last_synced_role_id", By::Number),
                own("proxmox_status", By::Text),
                own("proxmox_endpoint_raw_id", By::Number),
            ],
        ],
        display: about("virtual_machine"),
        ..NEW
    },
    Model {
        name: "netbox_proxbox.proxboxdevicesyncstate",
        path: "plugins/proxbox/sync-state/devices",
        label: "Proxbox device sync state",
        fields: &[&[subject("device", "dcim.device", NAMED_OBJECT)], ORIGIN, LINK, SEEN, HARDWARE, RUN],
        brief: &["id", "url", "display", "device", "proxmox_node_name"],
        ordering: &["device"],
        search: &[
            "device",
            "proxmox_node_name",
            "proxmox_cluster_name",
            "proxmox_vmid",
            "hardware_chassis_serial",
        ],
        filters: &[
            ORIGINS,
            &[
                along("device", &["device"], By::AnyId),
                along("device_id", &["device"], By::AnyId),
                own("proxmox_node_name", By::Text),
                own("proxmox_cluster_name", By::Text),
                own("proxmox_endpoint_raw_id", By::NumberOrNone),
                own("proxmox_vmid", By::Text),
                own("hardware_chassis_serial", By::Text),
            ],
        ],
        display: about("device"),
        ..NEW
    },
    Model {
        name: "netbox_proxbox.proxboxclustersyncstate",
        path: "plugins/proxbox/sync-state/clusters",
        label: "Proxbox cluster sync state",
        fields: &[
            &[
                subject("cluster", "virtualization.cluster", NAMED_OBJECT),
                cluster("proxmox_cluster"),
                text("proxmox_cluster_name", 255),
                text("proxmox_cluster_status", 64),
                optional_number("proxmox_cluster_raw_id"),
            ],
            RUN,
        ],
        brief: &["id", "url", "display", "cluster", "proxmox_cluster_name"],
        ordering: &["cluster"],
        search: &["cluster", "proxmox_cluster_name", "proxmox_cluster_status"],
        filters: &[&[
            along("cluster", &["cluster"], By::AnyId),
            along("cluster_id", &["cluster"], By::AnyId),
            along("proxmox_cluster", &["proxmox_cluster"], By::AnyId),
            along("proxmox_cluster_id", &["proxmox_cluster"], By::AnyId),
            own("proxmox_cluster_name", By::Text),
            own("proxmox_cluster_status", By::Text),
            own("proxmox_cluster_raw_id", By::Number),
            own("proxmox_last_updated", By::Moment),
        ]],
        display: about("cluster"),
        ..NEW
    },
    Model {
        name: "netbox_proxbox.proxboxipaddresssyncstate",
        path: "plugins/proxbox/sync-state/ip-addresses",
        label: "Proxbox IP address sync state",
        fields: &[
            &[
                subject("ip_address", "ipam.ipaddress", ADDRESS),
                text("proxmox_interface", 255),
                text("proxmox_mac", 64),
                text("proxmox_ip_addresses", UNLIMITED),
            ],
            RUN,
        ],
        brief: &["id", "url", "display", "ip_address", "proxmox_interface"],
        ordering: &["ip_address"],
        search: &["ip_address", "proxmox_interface", "proxmox_mac", "proxmox_ip_addresses"],
        filters: &[&[
            along("ip_address", &["ip_address"], By::AnyId),
            along("ip_address_id", &["ip_address"], By::AnyId),
            own("proxmox_interface", By::Text),
            own("proxmox_mac", By::Text),
            own("proxmox_last_updated", By::Moment),
        ]],
        display: about("ip_address"),
        ..NEW
    },
    Model {
        name: "netbox_proxbox.proxboxinterfacesyncstate",
        path: "plugins/proxbox/sync-state/interfaces",
        label: "Proxbox interface sync state",
        fields: &[
            &[
                subject("interface", "dcim.interface", NAMED_OBJECT),
                optional_number("nic_speed_gbps"),
                text("nic_duplex", 64),
                flag("nic_link", false).null(),
            ],
            RUN,
        ],
        brief: &["id", "url", "display", "interface", "nic_speed_gbps"],
        ordering: &["interface"],
        search: &["interface", "nic_duplex"],
        filters: &[&[
            along("interface", &["interface"], By::AnyId),
            along("interface_id", &["interface"], By::AnyId),
            own("nic_speed_gbps", By::Number),
            own("nic_duplex", By::Text),
            own("nic_link", By::Flag),
            own("proxmox_last_updated", By::Moment),
        ]],
        display: about("interface"),
        ..NEW
    },
    Model {
        name: "netbox_proxbox.proxboxvlansyncstate",
        path: "plugins/proxbox/sync-state/vlans",
        label: "Proxbox VLAN sync state",
        fields: &[&[subject("vlan", "ipam.vlan", VLAN), optional_number("proxmox_vlan_id")], RUN],
        brief: &["id", "url", "display", "vlan", "proxmox_vlan_id"],
        ordering: &["vlan"],
        search: &["vlan"],
        filters: &[&[
            along("vlan", &["vlan"], By::AnyId),
            along("vlan_id", &["vlan"], By::AnyId),
            own("proxmox_vlan_id", By::Number),
            own("proxmox_last_updated", By::Moment),
        ]],
        display: about("vlan"),
        ..NEW
    },
    Model {
        name: "netbox_proxbox.proxboxvirtualdisksyncstate",
        path: "plugins/proxbox/sync-state/virtual-disks",
        label: "Proxbox virtual disk sync state",
        fields: &[
            &[
                subject("virtual_disk", "virtualization.virtualdisk", NAMED_OBJECT),
                storage("proxbox_storage"),
                read("proxbox_storage_id", Holds::Computed(compute::storage_id)),
                big("proxbox_storage_raw_id", i64::MIN).null(),
                text("proxbox_storage_raw_value", UNLIMITED),
            ],
            RUN,
        ],
        brief: &["id", "url", "display", "virtual_disk", "proxbox_storage_id"],
        ordering: &["virtual_disk"],
        search: &["virtual_disk", "proxbox_storage"],
        filters: &[&[
            along("virtual_disk", &["virtual_disk"], By::AnyId),
            along("virtual_disk_id", &["virtual_disk"], By::AnyId),
            along("proxbox_storage", &["proxbox_storage"], By::AnyId),
            along("proxbox_storage_id", &["proxbox_storage"], By::AnyId),
            own("proxbox_storage_raw_id", By::Number),
            own("proxmox_last_updated", By::Moment),
        ]],
        display: about("virtual_disk"),
        ..NEW
    },
    Model {
        name: "netbox_proxbox.proxboxvminterfacesyncstate",
        path: "plugins/proxbox/sync-state/vm-interfaces",
        label: "Proxbox VM interface sync state",
        fields: &[
            &[
                subject("vm_interface", "virtualization.vminterface", NAMED_OBJECT),
                related("proxbox_bridge", "dcim.interface", OnDelete::Clear).null().shown(NAMED_OBJECT),
                big("proxbox_bridge_raw_id", i64::MIN).null(),
                text("proxbox_bridge_raw_value", UNLIMITED),
            ],
            RUN,
        ],
        brief: &["id", "url", "display", "vm_interface", "proxbox_bridge"],
        ordering: &["vm_interface"],
        search: &["vm_interface", "proxbox_bridge"],
        filters: &[&[
            along("vm_interface", &["vm_interface"], By::AnyId),
            along("vm_interface_id", &["vm_interface"], By::AnyId),
            along("proxbox_bridge", &["proxbox_bridge"], By::AnyId),
            along("proxbox_bridge_id", &["proxbox_bridge"], By::AnyId),
            own("proxbox_bridge_raw_id", By::Number),
            own("proxmox_last_updated", By::Moment),
        ]],
        display: about("vm_interface"),
        ..NEW
    },
];

/// A row is shown as the object that it is about.
const fn about(subject: &'static str) -> Display {
    Display::Of(subject, " Proxbox sync state")
}

/// The object that a row is about.
const fn subject(name: &'static str, model: &'static str, shown: &'static [&'static str]) -> Field {
    related(name, model, OnDelete::Cascade).required().shown(shown)
}

/// Where the object is in Proxmox.
const ORIGIN: &[Field] = &[
    endpoint(OnDelete::Clear).null(),
    node("proxmox_node"),
    text("proxmox_node_name", 255),
    cluster("proxmox_cluster"),
    text("proxmox_cluster_name", 255),
    optional_number("proxmox_endpoint_raw_id"),
];

const ORIGINS: &[Filter] = &[
    along("endpoint", &["endpoint"], By::AnyId),
    along("endpoint_id", &["endpoint"], By::AnyId),
    along("proxmox_node", &["proxmox_node"], By::AnyId),
    along("proxmox_node_id", &["proxmox_node"], By::AnyId),
    along("proxmox_cluster", &["proxmox_cluster"], By::AnyId),
    along("proxmox_cluster_id", &["proxmox_cluster"], By::AnyId),
    own("proxmox_last_updated", By::Moment),
];

const MACHINE: &[Field] = &[
    optional_number("proxmox_vm_id"),
    text("proxmox_vm_type", 64),
    text("proxmox_vm_name", 255),
    big("proxmox_last_synced_role_id", 0).null(),
    flag("proxmox_start_at_boot", false).null(),
    flag("proxmox_unprivileged_container", false).null(),
    flag("proxmox_qemu_agent", false).null(),
    text("proxmox_search_domain", 255),
    URL,
    text("proxmox_status", 64),
    optional_number("proxmox_uptime"),
];

const URL: Field = other("proxmox_link", Holds::Url(500), Initial::Text("")).blank();
const LINK: &[Field] = &[URL];

/// What machines and devices have in common.
const SEEN: &[Field] = &[
    text("proxmox_tags", UNLIMITED),
    text("proxmox_os", 255),
    text("proxmox_storage", 255),
    text("proxmox_disk", 255),
    text("proxmox_interfaces", UNLIMITED),
    text("proxmox_vmid", 64),
    text("proxmox_notes", UNLIMITED),
    text("proxmox_tcp_states", UNLIMITED),
    text("proxmox_cpu_type", 255),
    text("proxmox_storage_ids", UNLIMITED),
    text("proxmox_storage_names", UNLIMITED),
    text("proxmox_device_names", UNLIMITED),
];

const MIGRATION: &[Field] =
    &[optional_number("proxmox_migration_duration"), text("proxmox_migration_type", 64)];

const HARDWARE: &[Field] = &[
    text("hardware_chassis_serial", 255),
    text("hardware_chassis_manufacturer", 255),
    text("hardware_chassis_product", 255),
];

/// When and by which run the object was last seen.
const RUN: &[Field] = &[moment("proxmox_last_updated").null(), text("last_run_id", 255)];
