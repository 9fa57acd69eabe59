//! The plugin's API roots: what it says that it has, most of which the fake has not.

use serde_json::{Map, Value, json};

use super::release::Flavour;

const ROOT: &str = "plugins/proxbox";

/// The root at a path below `/api/`; none where the plugin has no root.
pub(crate) fn root(flavour: Flavour, path: &str, base: &str) -> Option<Value> {
    let current = match flavour {
        Flavour::Bare => return None,
        Flavour::OlderPlugin => false,
        Flavour::CurrentPlugin => true,
    };
    let at = |path: &str| Value::from(format!("{base}/api/{ROOT}/{path}"));
    let list = |paths: &[&str]| -> Map<String, Value> {
        paths.iter().map(|path| ((*path).to_owned(), at(&format!("{path}/")))).collect()
    };
    let named = |above: &str, paths: &[&str]| -> Value {
        let link = |path: &&str| (path.replace('-', "_"), at(&format!("{above}{path}/")));
        Value::Object(paths.iter().map(link).collect())
    };
    let below = path.strip_prefix(ROOT)?.trim_start_matches('/');
    match below {
        "" if current => {
            let mut root = list(CURRENT);
            root.extend(list(STATES).into_iter().map(|(path, _)| {
                let path = format!("sync-state/{path}");
                let link = at(&format!("{path}/"));
                (path, link)
            }));
            let mut resources = named("resources/", RESOURCES);
            for (name, path) in [
                ("vm_templates", "vm-templates/"),
                ("firecracker_microvms", "resources/firecracker-microvms/"),
                ("guest_vm_interfaces", "guest-vm-interfaces/"),
                ("guest_vm_interface_addresses", "guest-vm-interface-addresses/"),
            ] {
                set(&mut resources, name, at(path));
            }
            root.extend(list(PAGES));
            root.insert("resources".to_owned(), resources);
            root.insert("schedule_sync".to_owned(), at("sync/schedule/"));
            for path in ["cloud-image-templates", "vm-intents", "metrics-influxdb"] {
                root.insert(path.replace('-', "_"), at(&format!("{path}/")));
            }
            let firecracker = ["host-pools", "hosts", "image-templates", "microvms"];
            root.insert("firecracker".to_owned(), named("firecracker-", &firecracker));
            root.insert("sync_state".to_owned(), named("sync-state/", STATES));
            root.insert("ha".to_owned(), json!({ "summary": at("ha/summary/"), "vm": at("ha/vm/") }));
            Some(Value::Object(root))
        }
        "" => {
            let mut root = list(OLDER);
            root.extend(list(PAGES));
            root.insert("resources".to_owned(), named("resources/", RESOURCES));
            root.insert("schedule_sync".to_owned(), at("sync/schedule/"));
            Some(Value::Object(root))
        }
        "endpoints" => {
            let kinds: &[&str] = if current {
                &["fastapi", "netbox", "pbs", "pdm", "proxmox"]
            } else {
                &["fastapi", "netbox", "proxmox"]
            };
            let link = |kind: &&str| ((*kind).to_owned(), at(&format!("endpoints/{kind}/")));
            Some(Value::Object(kinds.iter().map(link).collect()))
        }
        _ => None,
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(object) = object {
        object.insert(name.to_owned(), value);
    }
}

const PAGES: &[&str] = &["endpoints", "settings", "home", "dashboard", "logs"];

const RESOURCES: &[&str] = &[
    "clusters",
    "nodes",
    "virtual-machines",
    "lxc-containers",
    "interfaces",
    "ip-addresses",
    "virtual-disks",
];

const STATES: &[&str] = &[
    "virtual-machines",
    "devices",
    "clusters",
    "ip-addresses",
    "interfaces",
    "vlans",
    "cluster-groups",
    "virtual-disks",
    "vm-interfaces",
    "device-roles",
    "device-types",
    "manufacturers",
    "sites",
    "cluster-types",
];

const OLDER: &[&str] = &[
    "proxmox-clusters",
    "proxmox-nodes",
    "storage",
    "backups",
    "backup-routines",
    "replications",
    "snapshots",
    "task-history",
    "settings",
];

const CURRENT: &[&str] = &[
    "apply-jobs",
    "backup-routines",
    "backups",
    "branch-intents",
    "cloud-image-templates",
    "datacenter-cpu-models",
    "deletion-requests",
    "firecracker-host-pools",
    "firecracker-hosts",
    "firecracker-image-templates",
    "firecracker-microvms",
    "firewall/aliases",
    "firewall/ipset-entries",
    "firewall/ipsets",
    "firewall/options",
    "firewall/rules",
    "firewall/security-groups",
    "guest-vm-interface-addresses",
    "guest-vm-interfaces",
    "metrics-influxdb",
    "pdm-remotes",
    "proxmox-clusters",
    "proxmox-nodes",
    "replications",
    "sdn-bindings",
    "sdn-controllers",
    "sdn-fabrics",
    "sdn-prefix-lists",
    "sdn-route-maps",
    "sdn-subnets",
    "sdn-vnets",
    "sdn-zones",
    "sensitive-data-access",
    "service-collections",
    "service-samples",
    "service-statuses",
    "settings",
    "snapshots",
    "ssh-credentials",
    "storage",
    "sync-jobs",
    "task-history",
    "vm-cloudinit",
    "vm-intents",
    "vm-templates",
];
