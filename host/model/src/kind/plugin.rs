//! What the netbox-proxbox plugin has.

use super::row::{CLUSTER_KIND, DEVICE_KIND, LAST_UPDATED, MAX_INT, VM_KIND, field, plugin, sidecar};
use super::{FieldType, Kind, Ownership};

pub(super) const PROXMOXENDPOINT: Kind = Kind {
    ownership: Ownership::Foreign,
    ..plugin(
        "netbox_proxbox.proxmoxendpoint",
        "Proxmox endpoint",
        "plugins/proxbox/endpoints/proxmox",
        &[&["name"]],
        &[field("name", FieldType::Text(255))],
    )
};

pub(super) const PROXMOXCLUSTER: Kind = Kind {
    required: &["netbox_cluster"],
    ownership: Ownership::Foreign,
    ..plugin(
        "netbox_proxbox.proxmoxcluster",
        "Proxmox cluster",
        "plugins/proxbox/proxmox-clusters",
        &[&["endpoint", "name"]],
        &[
            field("endpoint", FieldType::Relation("netbox_proxbox.proxmoxendpoint")),
            field("name", FieldType::Text(255)),
            field("netbox_cluster", FieldType::Relation(CLUSTER_KIND)),
        ],
    )
};

pub(super) const PROXBOXCLUSTERSYNCSTATE: Kind = sidecar(
    "netbox_proxbox.proxboxclustersyncstate",
    "sync state of a cluster",
    "plugins/proxbox/sync-state/clusters",
    CLUSTER_KIND,
    &[&["cluster"]],
    &[
        field("cluster", FieldType::Relation(CLUSTER_KIND)),
        field("proxmox_cluster", FieldType::Relation("netbox_proxbox.proxmoxcluster")),
        field("proxmox_cluster_name", FieldType::Text(255)),
        field("proxmox_cluster_status", FieldType::Text(64)),
        LAST_UPDATED,
    ],
);

pub(super) const PROXMOXNODE: Kind = Kind {
    required: &["netbox_device"],
    ownership: Ownership::Foreign,
    ..plugin(
        "netbox_proxbox.proxmoxnode",
        "Proxmox node",
        "plugins/proxbox/proxmox-nodes",
        &[&["endpoint", "name"]],
        &[
            field("endpoint", FieldType::Relation("netbox_proxbox.proxmoxendpoint")),
            field("name", FieldType::Text(255)),
            field("netbox_device", FieldType::Relation(DEVICE_KIND)),
        ],
    )
};

pub(super) const PROXBOXDEVICESYNCSTATE: Kind = sidecar(
    "netbox_proxbox.proxboxdevicesyncstate",
    "sync state of a device",
    "plugins/proxbox/sync-state/devices",
    DEVICE_KIND,
    &[&["device"]],
    &[
        field("device", FieldType::Relation(DEVICE_KIND)),
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
);

pub(super) const PROXMOXSTORAGE: Kind = plugin(
    "netbox_proxbox.proxmoxstorage",
    "storage",
    "plugins/proxbox/storage",
    &[&["cluster", "name"]],
    &[
        field("cluster", FieldType::Relation(CLUSTER_KIND)),
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
);

pub(super) const PROXBOXVIRTUALMACHINESYNCSTATE: Kind = sidecar(
    "netbox_proxbox.proxboxvirtualmachinesyncstate",
    "sync state of a virtual machine",
    "plugins/proxbox/sync-state/virtual-machines",
    VM_KIND,
    &[&["virtual_machine"]],
    &[
        field("virtual_machine", FieldType::Relation(VM_KIND)),
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
);

pub(super) const PROXMOXVMCLOUDINIT: Kind = plugin(
    "netbox_proxbox.proxmoxvmcloudinit",
    "cloud-init row",
    "plugins/proxbox/vm-cloudinit",
    &[&["virtual_machine"]],
    &[
        field("virtual_machine", FieldType::Relation(VM_KIND)),
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
);

pub(super) const PROXBOXVIRTUALDISKSYNCSTATE: Kind = sidecar(
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
);

pub(super) const VMBACKUP: Kind = plugin(
    "netbox_proxbox.vmbackup",
    "backup",
    "plugins/proxbox/backups",
    &[&["virtual_machine", "volume_id"]],
    &[
        field("virtual_machine", FieldType::Relation(VM_KIND)),
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
);

pub(super) const VMSNAPSHOT: Kind = Kind {
    also_unique: &[&["vmid", "name", "node"]],
    ..plugin(
        "netbox_proxbox.vmsnapshot",
        "snapshot",
        "plugins/proxbox/snapshots",
        &[&["virtual_machine", "name"]],
        &[
            field("virtual_machine", FieldType::Relation(VM_KIND)),
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
};

pub(super) const PROXBOXVMINTERFACESYNCSTATE: Kind = sidecar(
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
);

pub(super) const GUESTVMINTERFACE: Kind = plugin(
    "netbox_proxbox.guestvminterface",
    "guest interface",
    "plugins/proxbox/guest-vm-interfaces",
    &[&["virtual_machine", "name"]],
    &[
        field("virtual_machine", FieldType::Relation(VM_KIND)),
        field("vm_interface", FieldType::Relation("virtualization.vminterface")),
        field("name", FieldType::Text(128)),
        field("mac_address", FieldType::Text(32)),
        field("enabled", FieldType::Flag),
        field("mtu", FieldType::Integer(MAX_INT)),
    ],
);

pub(super) const GUESTVMINTERFACEADDRESS: Kind = plugin(
    "netbox_proxbox.guestvminterfaceaddress",
    "address of a guest interface",
    "plugins/proxbox/guest-vm-interface-addresses",
    &[&["guest_interface", "ip_address"]],
    &[
        field("guest_interface", FieldType::Relation("netbox_proxbox.guestvminterface")),
        field("ip_address", FieldType::Relation("ipam.ipaddress")),
    ],
);

pub(super) const BACKUPROUTINE: Kind = plugin(
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
);

pub(super) const REPLICATION: Kind = Kind {
    required: &["virtual_machine"],
    ..plugin(
        "netbox_proxbox.replication",
        "replication",
        "plugins/proxbox/replications",
        // A row that was made before the plugin knew the endpoint names none.
        &[&["endpoint", "replication_id"], &["virtual_machine", "replication_id"]],
        &[
            field("endpoint", FieldType::Relation("netbox_proxbox.proxmoxendpoint")),
            field("replication_id", FieldType::Text(255)),
            field("virtual_machine", FieldType::Relation(VM_KIND)),
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
    )
};

pub(super) const VMTASKHISTORY: Kind = Kind {
    required: &["virtual_machine"],
    ..plugin(
        "netbox_proxbox.vmtaskhistory",
        "task",
        "plugins/proxbox/task-history",
        &[&["upid"]],
        &[
            field("virtual_machine", FieldType::Relation(VM_KIND)),
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
    )
};
