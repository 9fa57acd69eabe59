use crate::netbox::LabNetbox;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Paths whose objects a sync may touch.
const PATHS: [&str; 11] = [
    "extras/tags/",
    "extras/custom-fields/",
    "dcim/sites/",
    "dcim/manufacturers/",
    "dcim/device-types/",
    "dcim/device-roles/",
    "dcim/platforms/",
    "dcim/devices/",
    "virtualization/cluster-types/",
    "virtualization/clusters/",
    "virtualization/virtual-machines/",
];

/// Everything that a sync may touch, as NetBox returns it.
pub struct Snapshot(BTreeMap<String, Json>);

impl Snapshot {
    /// Reads it.
    pub async fn take(netbox: &LabNetbox) -> Self {
        let mut objects = BTreeMap::new();
        for path in PATHS {
            for object in netbox.list(path).await {
                objects.insert(format!("{path}{}", object["id"]), object);
            }
        }
        Self(objects)
    }
}

/// Which objects differ, as path and id, with the names of the fields that differ (`new` and `gone` for the object itself).
/// Counters and time stamps of NetBox itself do not count.
pub fn changed(before: &Snapshot, after: &Snapshot) -> BTreeMap<String, Vec<String>> {
    let mut differences = BTreeMap::new();
    for (key, object) in &after.0 {
        match before.0.get(key) {
            None => differences.insert(key.clone(), vec!["new".to_owned()]),
            Some(old) if old != object => {
                let fields = fields(old, object);
                if fields.is_empty() { None } else { differences.insert(key.clone(), fields) }
            }
            Some(_) => None,
        };
    }
    for key in before.0.keys().filter(|key| !after.0.contains_key(*key)) {
        differences.insert(key.clone(), vec!["gone".to_owned()]);
    }
    differences
}

fn fields(old: &Json, new: &Json) -> Vec<String> {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return Vec::new() };
    new.keys()
        .filter(|name| old.get(*name) != new.get(*name))
        .filter(|name| !is_derived(name))
        .flat_map(|name| match (name.as_str(), old.get(name), new.get(name)) {
            ("custom_fields", Some(Json::Object(old)), Some(Json::Object(new))) => new
                .keys()
                .filter(|key| old.get(*key) != new.get(*key))
                .map(|key| format!("custom_fields.{key}"))
                .collect(),
            _ => vec![name.clone()],
        })
        .collect()
}

/// What NetBox itself derives from other fields and objects.
fn is_derived(name: &str) -> bool {
    matches!(name, "last_updated" | "display" | "tagged_items")
        || name.ends_with("_count")
        || name.starts_with("allocated_")
}
