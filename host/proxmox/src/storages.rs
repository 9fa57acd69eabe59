//! `/storage`, with the sizes of `/cluster/resources`.

use crate::lenient::{Fields, in_order, set, text};
use crate::part::Part;
use crate::reader::Reader;
use crate::resources::is_node_name;
use crate::retention;
use proxbox_model::facts::StorageFacts;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

const PATH: &str = "/storage";
/// Types that are the same on every node, whatever their definition says.
const ALWAYS_SHARED: &[&str] =
    &["nfs", "cifs", "glusterfs", "cephfs", "rbd", "iscsi", "iscsidirect", "zfs", "pbs", "esxi"];
/// Parts of a key, or of a text such as mount options, that give secrets away.
const SECRETS: &[&str] = &["password", "passwd", "secret", "key", "token", "credential"];
const SECRET_OPTIONS: &[&str] = &["password=", "passwd=", "pass=", "secret=", "credentials="];

/// Sizes of one storage on one node.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Size {
    total: u64,
    used: u64,
}

/// Reads all definitions, by name. `listing` holds the entries of storages in `/cluster/resources`.
pub(crate) async fn read(reader: &Reader<'_>, listing: &[Json]) -> Part<StorageFacts> {
    let sizes = sizes(listing);
    let mut part = reader.list(PATH, |entry| storage(entry, &sizes).map(Some)).await;
    part.items.sort_by(|one, other| one.name.cmp(&other.name));
    part.items.dedup_by(|one, other| one.name == other.name);
    part
}

/// Sizes by storage and node, of those that answered.
fn sizes(listing: &[Json]) -> BTreeMap<String, BTreeMap<String, Size>> {
    let mut sizes: BTreeMap<String, BTreeMap<String, Size>> = BTreeMap::new();
    for entry in listing {
        let entry = Fields::of(entry);
        let (Some(storage), Some(node)) = (entry.text("storage"), entry.text("node")) else { continue };
        let total = entry.unsigned("maxdisk").filter(|total| *total > 0);
        if let Some(total) = total {
            let size = Size { total, used: entry.unsigned("disk").unwrap_or(0) };
            sizes.entry(storage).or_default().insert(node, size);
        }
    }
    sizes
}

fn storage(
    entry: Fields<'_>,
    sizes: &BTreeMap<String, BTreeMap<String, Size>>,
) -> Result<StorageFacts, &'static str> {
    let name = entry.text("storage").ok_or("has no name")?;
    if !is_node_name(&name) {
        return Err("has a name that cannot be one");
    }
    let kind = entry.text("type").unwrap_or_default();
    let shared = entry.flag("shared").unwrap_or(false) || ALWAYS_SHARED.contains(&kind.as_str());
    let size = sizes.get(&name).and_then(|nodes| size(nodes, shared));
    Ok(StorageFacts {
        content: words(entry, "content"),
        shared,
        enabled: !entry.flag("disable").unwrap_or(false),
        nodes: words(entry, "nodes"),
        path: entry.text("path"),
        prune_backups: retention::line(entry),
        max_protected_backups: entry.signed("max-protected-backups"),
        total: size.map(|size| size.total),
        used: size.map(|size| size.used),
        raw: without_secrets(entry),
        name,
        kind,
    })
}

/// What all nodes have together; a shared storage is what the first of them says.
fn size(nodes: &BTreeMap<String, Size>, shared: bool) -> Option<Size> {
    if shared {
        return nodes.values().next().copied();
    }
    nodes.values().copied().reduce(|sum, size| Size {
        total: sum.total.saturating_add(size.total),
        used: sum.used.saturating_add(size.used),
    })
}

/// Words of a list, sorted; `none` stands for an empty one.
fn words(entry: Fields<'_>, key: &str) -> Vec<String> {
    set(&entry.verbatim(key)).into_iter().filter(|word| word != "none").collect()
}

fn without_secrets(entry: Fields<'_>) -> String {
    let is_secret = |key: &str, value: &Json| {
        let (key, value) = (key.to_lowercase(), text(value).unwrap_or_default().to_lowercase());
        SECRETS.iter().any(|part| key.contains(part))
            || SECRET_OPTIONS.iter().any(|part| value.contains(part))
    };
    let kept: Map<String, Json> = entry
        .iter()
        .filter(|(key, value)| *key != "digest" && !is_secret(key, value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    in_order(&kept).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(entry: &Json, listing: &[Json]) -> StorageFacts {
        storage(Fields::of(entry), &sizes(listing)).unwrap()
    }

    fn on(node: &str, storage: &str, total: u64, used: u64) -> Json {
        json!({"type": "storage", "storage": storage, "node": node, "maxdisk": total, "disk": used})
    }

    #[test]
    fn a_definition_is_read_in_full() {
        let facts = read(
            &json!({"storage": "nas", "type": "nfs", "content": "images,backup,iso", "shared": 1, "path": "/mnt/pve/nas",
                "nodes": "pve2,pve1", "prune-backups": {"keep-weekly": 4, "keep-last": "3"},
                "max-protected-backups": "-1", "digest": "abc"}),
            &[],
        );
        assert_eq!(facts.content, ["backup", "images", "iso"]);
        assert_eq!(facts.nodes, ["pve1", "pve2"]);
        assert!(facts.shared && facts.enabled);
        assert_eq!((facts.path.as_deref(), facts.max_protected_backups), (Some("/mnt/pve/nas"), Some(-1)));
        assert_eq!(facts.prune_backups.as_deref(), Some("keep-last=3,keep-weekly=4"));
        assert_eq!((facts.total, facts.used), (None, None));
        assert!(!facts.raw.contains("digest"));
    }

    #[test]
    fn switches_and_lists_default_to_nothing() {
        let facts = read(&json!({"storage": "usb", "type": "dir", "disable": "1", "content": "none"}), &[]);
        assert!(!facts.enabled && !facts.shared);
        assert!(facts.content.is_empty() && facts.nodes.is_empty());
        assert!(read(&json!({"storage": "ceph", "type": "rbd"}), &[]).shared);
    }

    #[test]
    fn sizes_add_up_over_the_nodes_and_count_once_when_shared() {
        let listing = [
            on("pve2", "local", 100, 10),
            on("pve1", "local", 50, 5),
            on("pve2", "nas", 900, 90),
            on("pve1", "nas", 901, 91),
            json!({"type": "storage", "storage": "local", "node": "pve3", "status": "unknown", "maxdisk": 0}),
            json!({"type": "storage"}),
        ];
        let local = read(&json!({"storage": "local", "type": "dir"}), &listing);
        assert_eq!((local.total, local.used), (Some(150), Some(15)));
        let nas = read(&json!({"storage": "nas", "type": "nfs"}), &listing);
        assert_eq!((nas.total, nas.used), (Some(901), Some(91)));
        let other = read(&json!({"storage": "other", "type": "dir"}), &listing);
        assert_eq!((other.total, other.used), (None, None));
    }

    #[test]
    fn secrets_do_not_leave_with_the_definition() {
        let facts = read(
            &json!({"storage": "pbs", "type": "pbs", "username": "sync@pbs!pve", "password": "hunter2",
                "encryption-key": "hunter2", "master-pubkey": "hunter2", "keyring": "hunter2", "digest": "hunter2",
                "options": "vers=3,password=hunter2", "fingerprint": "8c:4b", "server": "10.0.0.6"}),
            &[],
        );
        let raw: Json = serde_json::from_str(&facts.raw).unwrap();
        assert!(!facts.raw.contains("hunter2"), "{raw}");
        assert_eq!(
            raw,
            json!({"storage": "pbs", "type": "pbs", "username": "sync@pbs!pve", "fingerprint": "8c:4b", "server": "10.0.0.6"})
        );
    }

    #[test]
    fn a_name_that_would_change_the_path_is_odd() {
        for name in ["../../access", "a/b", ""] {
            assert!(storage(Fields::of(&json!({"storage": name})), &BTreeMap::new()).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn the_order_in_which_proxmox_prints_content_and_nodes_says_nothing(
            content in Just(vec!["backup", "images", "iso", "rootdir"]).prop_shuffle(),
            nodes in Just(vec!["pve1", "pve2", "pve3"]).prop_shuffle(),
            rule in Just(vec!["keep-last=3", "keep-daily=7", "keep-yearly=1"]).prop_shuffle(),
        ) {
            let printed = json!({"storage": "nas", "type": "nfs", "content": content.join(","), "nodes": nodes.join(","),
                "prune-backups": rule.join(",")});
            let sorted = json!({"storage": "nas", "type": "nfs", "content": "backup,images,iso,rootdir",
                "nodes": "pve1,pve2,pve3", "prune-backups": "keep-last=3,keep-daily=7,keep-yearly=1"});
            prop_assert_eq!(read(&printed, &[]), read(&sorted, &[]));
        }

        #[test]
        fn no_text_makes_it_panic(name in "[a-z]{1,5}", text in ".*") {
            let entry = json!({"storage": name, "type": text, "content": text, "nodes": text, "prune-backups": text,
                "max-protected-backups": text, "disable": text});
            let _ = read(&entry, &[json!({"storage": text, "node": text, "maxdisk": text})]);
        }
    }
}
