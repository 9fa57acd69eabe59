use crate::netbox::LabNetbox;
use futures::StreamExt;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Lists whose objects a sync may touch; those of the plugin are not in every NetBox.
const PATHS: [&str; 37] = [
    "extras/tags/",
    "extras/custom-fields/",
    "dcim/sites/",
    "dcim/locations/",
    "dcim/manufacturers/",
    "dcim/device-types/",
    "dcim/device-roles/",
    "dcim/platforms/",
    "dcim/devices/",
    "dcim/interfaces/",
    "dcim/mac-addresses/",
    "ipam/vlans/",
    "ipam/ip-addresses/",
    "ipam/services/",
    "virtualization/cluster-types/",
    "virtualization/clusters/",
    "virtualization/virtual-machine-types/",
    "virtualization/virtual-machines/",
    "virtualization/virtual-disks/",
    "virtualization/interfaces/",
    "plugins/proxbox/endpoints/proxmox/",
    "plugins/proxbox/proxmox-clusters/",
    "plugins/proxbox/proxmox-nodes/",
    "plugins/proxbox/storage/",
    "plugins/proxbox/backups/",
    "plugins/proxbox/snapshots/",
    "plugins/proxbox/backup-routines/",
    "plugins/proxbox/replications/",
    "plugins/proxbox/task-history/",
    "plugins/proxbox/vm-cloudinit/",
    "plugins/proxbox/guest-vm-interfaces/",
    "plugins/proxbox/guest-vm-interface-addresses/",
    "plugins/proxbox/sync-state/virtual-machines/",
    "plugins/proxbox/sync-state/devices/",
    "plugins/proxbox/sync-state/clusters/",
    "plugins/proxbox/sync-state/virtual-disks/",
    "plugins/proxbox/sync-state/vm-interfaces/",
];

/// Lists that are read at the same time.
const AT_A_TIME: usize = 4;

/// Everything that a sync may touch, as NetBox returns it.
#[derive(Clone)]
pub struct Snapshot(BTreeMap<(&'static str, u64), Json>);

impl Snapshot {
    /// Reads it.
    pub async fn take(netbox: &LabNetbox) -> Self {
        let reads =
            PATHS.map(|path| async move { (path, netbox.list_if_any(path).await.unwrap_or_default()) });
        let lists: Vec<_> = futures::stream::iter(reads).buffer_unordered(AT_A_TIME).collect().await;
        let id = |object: &Json| object["id"].as_u64().unwrap_or_default();
        let of_list = |(path, objects): (&'static str, Vec<Json>)| {
            objects.into_iter().map(move |object| ((path, id(&object)), object))
        };
        Self(lists.into_iter().flat_map(of_list).collect())
    }

    /// The objects of a list, by id.
    pub fn of(&self, path: &'static str) -> impl Iterator<Item = &Json> + Clone {
        self.0.iter().filter(move |((of, _), _)| *of == path).map(|(_, object)| object)
    }

    /// Every object with its list.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Json)> {
        self.0.iter().map(|((path, _), object)| (*path, object))
    }

    /// One object.
    pub fn get(&self, path: &'static str, id: u64) -> Option<&Json> {
        self.0.get(&(path, id))
    }
}

/// Which objects differ, as path and id, with the names of the fields that differ (`new` and `gone` for the object itself).
/// Counters and time stamps of NetBox itself do not count.
pub fn changed(before: &Snapshot, after: &Snapshot) -> BTreeMap<String, Vec<String>> {
    let differences = differences(before, after);
    differences.into_iter().map(|((path, id), (_, fields))| (format!("{path}{id}"), fields)).collect()
}

/// The same for people: `virtual-disks web / scsi0: size`, in alphabetical order.
pub fn told(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let line = |((path, _), (object, fields)): ((&str, u64), (&Json, Vec<String>))| {
        format!("{} {}: {}", list(path), label(path, object), fields.join(", "))
    };
    let mut lines: Vec<String> = differences(before, after).into_iter().map(line).collect();
    lines.sort();
    lines
}

/// `sync-state/devices` of the plugin's lists, `devices` of NetBox's own.
fn list(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    let own = || path.split_once('/').map(|(_, list)| list);
    path.strip_prefix("plugins/proxbox/").or_else(own).unwrap_or(path)
}

type Differences<'a> = BTreeMap<(&'static str, u64), (&'a Json, Vec<String>)>;

fn differences<'a>(before: &'a Snapshot, after: &'a Snapshot) -> Differences<'a> {
    let mut differences = BTreeMap::new();
    for (key, object) in &after.0 {
        let fields = match before.0.get(key) {
            None => vec!["new".to_owned()],
            Some(old) => fields(key.0, old, object),
        };
        if !fields.is_empty() {
            differences.insert(*key, (object, fields));
        }
    }
    for (key, object) in before.0.iter().filter(|(key, _)| !after.0.contains_key(*key)) {
        differences.insert(*key, (object, vec!["gone".to_owned()]));
    }
    differences
}

fn fields(path: &str, old: &Json, new: &Json) -> Vec<String> {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return Vec::new() };
    let mut fields: Vec<String> = new
        .keys()
        .filter(|name| old.get(*name).map(plain) != new.get(*name).map(plain))
        .filter(|name| !is_derived(path, name))
        .flat_map(|name| match (name.as_str(), old.get(name), new.get(name)) {
            ("custom_fields", Some(Json::Object(old)), Some(Json::Object(new))) => new
                .keys()
                .filter(|key| old.get(*key) != new.get(*key) && !is_derived(path, key))
                .map(|key| format!("custom_fields.{key}"))
                .collect(),
            _ => vec![name.clone()],
        })
        .collect();
    fields.sort();
    fields
}

/// A related object as its id: that it was renamed is no change of what relates to it.
fn plain(value: &Json) -> Json {
    match value {
        Json::Object(object) if object.contains_key("id") && object.contains_key("url") => {
            object["id"].clone()
        }
        Json::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// What NetBox itself derives from other fields and objects, and when something else was last changed.
fn is_derived(path: &str, name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "last_updated",
        "last_synced",
        "proxbox_storage_id",
        "proxmox_last_updated",
        "display",
        "tagged_items",
        "assigned_object",
        "mac_addresses",
        "primary_ip",
        "is_primary",
    ];
    NAMES.contains(&name)
        || (name == "mac_address" && matches!(path, "dcim/interfaces/" | "virtualization/interfaces/"))
        || name.ends_with("_count")
        || name.starts_with("count_")
        || name.starts_with("allocated_")
}

/// What an object is called, after what it belongs to.
fn label(path: &str, object: &Json) -> String {
    const OWNERS: [&str; 6] =
        ["virtual_machine", "device", "vm_interface", "virtual_disk", "guest_interface", "cluster"];
    const NAMES: [&str; 8] =
        ["task_type", "name", "volume_id", "job_id", "replication_id", "address", "mac_address", "slug"];
    let text = |value: &Json| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let is_part = !matches!(path, "virtualization/virtual-machines/" | "dcim/devices/");
    let owner = OWNERS.iter().filter(|_| is_part).find_map(|owner| text(&object[*owner]["name"]));
    let name = NAMES.iter().find_map(|name| text(&object[*name]));
    let related = || text(&object["ip_address"]["address"]);
    let parts: Vec<String> = owner.into_iter().chain(name.or_else(related)).collect();
    parts.join(" / ")
}
