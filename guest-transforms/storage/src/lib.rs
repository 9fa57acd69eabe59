//! The default mapping of a storage definition to the plugin's storage.

use proxbox_transform_sdk::facts::StorageFacts;
use proxbox_transform_sdk::{
    Context, Draft, Outcome, Raw, StorageMapper, digest, export, fit, proxbox_tag, this_cluster,
};

/// The longest text of most fields.
const TEXT: usize = 255;
/// The longest type and format.
const WORD: usize = 100;
/// The largest number of a port and of protected backups.
const MOST: i64 = 2_147_483_647;

/// What only some types of storage have: the plugin's name, which is also Proxmox's, and the longest text.
const BY_TYPE: [(&str, usize); 13] = [
    ("server", TEXT),
    ("username", TEXT),
    ("export", TEXT),
    ("share", TEXT),
    ("pool", TEXT),
    ("monhost", 512),
    ("namespace", TEXT),
    ("datastore", TEXT),
    ("subdir", TEXT),
    ("mountpoint", TEXT),
    ("is_mountpoint", TEXT),
    ("preallocation", 50),
    ("format", WORD),
];

/// The mapper that the host has built in.
pub struct Storage;

impl StorageMapper for Storage {
    fn map(cx: &Context, fact: &StorageFacts) -> Outcome {
        let raw = Raw::of(&fact.raw);
        let protected = fact.max_protected_backups.filter(|count| (-MOST..=MOST).contains(count));
        let storage = Draft::new("netbox_proxbox.proxmoxstorage")
            .reference("cluster", this_cluster(cx))
            .text("name", fit(&fact.name, TEXT, &["~", &digest(&fact.name)].concat()))
            .text("storage_type", fit(&fact.kind, WORD, ""))
            .text("content", fit(&fact.content.join(","), TEXT, "…"))
            .with("path", fact.path.as_deref().map(|path| fit(path, TEXT, "…")))
            .text("nodes", fact.nodes.join(","))
            .with("shared", fact.shared)
            .with("enabled", fact.enabled)
            .with("port", raw.integer("port").filter(|port| (0..=MOST).contains(port)))
            .with("prune_backups", fact.prune_backups.as_deref().map(|rule| fit(rule, 512, "…")))
            .with("max_protected_backups", protected)
            .tag(proxbox_tag());
        let by_type = |storage: Draft, (name, limit): (&str, usize)| {
            storage.with(name, raw.text(name).map(|text| fit(&text, limit, "…")))
        };
        let storage = BY_TYPE.into_iter().fold(storage, by_type);
        // Proxmox's digest is that of the whole file, so it changes with every other storage.
        storage.with("raw_config", raw.without(&["digest"])).into()
    }
}

export!(Storage: StorageMapper);
