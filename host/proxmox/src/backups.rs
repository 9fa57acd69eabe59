//! `/nodes/{node}/storage/{storage}/content?content=backup`.

use crate::lenient::Fields;
use crate::nodes::NodeNames;
use crate::part::Part;
use crate::parts::Parts;
use crate::reader::Reader;
use futures::future::join_all;
use proxbox_model::facts::{BackupFacts, GuestKind, StorageFacts};
use std::collections::BTreeSet;

const BACKUP: &str = "backup";
/// What the name of a backup begins with that Proxmox made itself.
const VZDUMP: &str = "vzdump-";
/// Where the ending of a file begins.
const ENDINGS: &[&str] = &[".vma", ".tar", ".tgz"];

/// Whether backups may be on a storage.
pub(crate) fn may_hold(storage: &StorageFacts) -> bool {
    storage.enabled && storage.content.iter().any(|content| content == BACKUP)
}

/// Reads the backups of all storages that may hold some, by storage, node and volume. The names are those of the storages that were
/// read on every node that has them.
pub(crate) async fn read(
    reader: &Reader<'_>,
    storages: &[StorageFacts],
    nodes: &NodeNames,
    parts: &Parts,
) -> (Part<BackupFacts>, BTreeSet<String>) {
    let meant = |storage: &&StorageFacts| parts.storage.as_ref().is_none_or(|meant| *meant == storage.name);
    let holding = storages.iter().filter(|storage| may_hold(storage)).filter(meant);
    let reads =
        holding.map(|storage| async move { (storage, of_storage(reader, storage, nodes, parts).await) });
    let (mut all, mut seen) = (Part::full(Vec::new()), BTreeSet::new());
    for (storage, part) in join_all(reads).await {
        if part.full && parts.one_guest().is_none() {
            seen.insert(storage.name.clone());
        }
        all.extend(part);
    }
    all.items = each_once(all.items);
    (all, seen)
}

/// Each volume once, as the first node by name shows it. Every node lists the backups in a folder that all of them mount,
/// although nobody said that the storage is shared.
fn each_once(mut backups: Vec<BackupFacts>) -> Vec<BackupFacts> {
    let key = |backup: &BackupFacts| (backup.storage.clone(), backup.node.clone(), backup.volume_id.clone());
    backups.sort_by_cached_key(key);
    let mut volumes = BTreeSet::new();
    backups.retain(|backup| volumes.insert(backup.volume_id.clone()));
    backups
}

/// A shared storage is read through one node, any other through each.
async fn of_storage(
    reader: &Reader<'_>,
    storage: &StorageFacts,
    nodes: &NodeNames,
    parts: &Parts,
) -> Part<BackupFacts> {
    let has_it = |node: &&String| storage.nodes.is_empty() || storage.nodes.contains(node);
    let online: Vec<&String> = nodes.online.iter().filter(has_it).collect();
    if storage.shared {
        return through_first(reader, storage, &online, parts).await;
    }
    let asked = |node: &String| nodes.online.contains(node) && parts.has_node(node);
    let mut all = Part::full(Vec::new());
    all.full = nodes.all.iter().filter(has_it).all(asked);
    let online = online.into_iter().filter(|node| parts.has_node(node));
    for part in join_all(online.map(|node| through(reader, storage, node, parts, true))).await {
        all.extend(part);
    }
    all
}

/// Reads through the first node that answers. Why the last of them does not is told when none does.
async fn through_first(
    reader: &Reader<'_>,
    storage: &StorageFacts,
    nodes: &[&String],
    parts: &Parts,
) -> Part<BackupFacts> {
    let mut last = Part::default();
    for (index, node) in nodes.iter().enumerate() {
        let is_last = index + 1 == nodes.len();
        last = through(reader, storage, node, parts, is_last).await;
        if last.answered {
            break;
        }
    }
    last
}

/// Another node may be asked instead of asking again.
async fn through(
    reader: &Reader<'_>,
    storage: &StorageFacts,
    node: &str,
    parts: &Parts,
    again: bool,
) -> Part<BackupFacts> {
    let path = format!("/nodes/{node}/storage/{}/content", storage.name);
    let vmid = parts.one_guest().map(|vmid| vmid.to_string());
    let of_guest = vmid.as_deref().map(|vmid| ("vmid", vmid));
    let query: Vec<(&str, &str)> = std::iter::once(("content", BACKUP)).chain(of_guest).collect();
    let answer = reader.of_node(node, &path, &query, again).await;
    reader.parsed(answer, &path, |entry| backup(&storage.name, node, entry))
}

/// One entry; none for what is no backup.
fn backup(storage: &str, node: &str, entry: Fields<'_>) -> Result<Option<BackupFacts>, &'static str> {
    if entry.text("content").is_some_and(|content| content != BACKUP) {
        return Ok(None);
    }
    let volume_id = entry.text("volid").ok_or("has no volume id")?;
    let named = Named::of(&volume_id);
    let said = match entry.text("subtype").as_deref() {
        Some("qemu") => Some(GuestKind::Qemu),
        Some("lxc") => Some(GuestKind::Lxc),
        _ => None,
    };
    let vmid = entry.unsigned("vmid").and_then(|vmid| u32::try_from(vmid).ok()).filter(|vmid| *vmid > 0);
    let verification = entry.get("verification").map(Fields::of);
    Ok(Some(BackupFacts {
        storage: storage.to_owned(),
        node: node.to_owned(),
        vmid: vmid.or(named.vmid),
        guest: said.or(named.guest),
        format: entry.text("format").unwrap_or(named.format),
        size: entry.unsigned("size"),
        used: entry.unsigned("used"),
        created: entry.unsigned("ctime"),
        notes: entry.verbatim("notes"),
        protected: entry.flag("protected").unwrap_or(false),
        encrypted: entry.text("encrypted").filter(|text| text != "0").unwrap_or_default(),
        verification_state: verification.and_then(|verification| verification.text("state")),
        verification_task: verification.and_then(|verification| verification.text("upid")),
        raw: entry.to_json(),
        volume_id,
    }))
}

/// What the name of a volume tells: `local:backup/vzdump-qemu-101-2026_01_01-00_00_00.vma.zst`, `pbs:backup/ct/101/2026-…`.
#[derive(Debug, Default, PartialEq)]
struct Named {
    vmid: Option<u32>,
    guest: Option<GuestKind>,
    format: String,
}

impl Named {
    fn of(volume: &str) -> Self {
        let name = volume.split_once(':').map_or(volume, |(_, name)| name);
        let file = name.rsplit('/').next().unwrap_or(name);
        match file.strip_prefix(VZDUMP) {
            Some(rest) => Self::of_file(rest, file),
            None => Self::on_server(name).unwrap_or_else(|| Self { format: ending(file), ..Self::default() }),
        }
    }

    fn of_file(rest: &str, file: &str) -> Self {
        let mut words = rest.split('-');
        let guest = match words.next() {
            Some("qemu") => Some(GuestKind::Qemu),
            Some("lxc" | "openvz") => Some(GuestKind::Lxc),
            _ => None,
        };
        let vmid = words.next().and_then(|vmid| vmid.parse().ok());
        Self { vmid, guest, format: ending(file) }
    }

    /// A backup on a backup server is of a group: `vm/101`.
    fn on_server(name: &str) -> Option<Self> {
        let mut words = name.split('/').skip_while(|word| !matches!(*word, "vm" | "ct"));
        let group = words.next()?;
        let guest = if group == "vm" { GuestKind::Qemu } else { GuestKind::Lxc };
        let vmid = words.next()?.parse().ok()?;
        Some(Self { vmid: Some(vmid), guest: Some(guest), format: format!("pbs-{group}") })
    }
}

/// `vma.zst` of `vzdump-….vma.zst`.
fn ending(file: &str) -> String {
    let at = ENDINGS.iter().filter_map(|ending| file.rfind(ending)).min().or_else(|| file.rfind('.'));
    at.and_then(|at| file.get(at + 1..)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn read(entry: &Json) -> BackupFacts {
        backup("pbs", "pve1", Fields::of(entry)).unwrap().unwrap()
    }

    proptest! {
        #[test]
        fn a_volume_that_several_nodes_list_is_one_backup_in_whichever_order_they_answer(
            lists in proptest::collection::vec((1..4u8, 1..5u8), 0..20).prop_flat_map(|lists| {
                (Just(lists.clone()), Just(lists).prop_shuffle())
            })
        ) {
            let of = |lists: &[(u8, u8)]| {
                let backup = |(node, guest): &(u8, u8)| {
                    let entry = json!({"volid": format!("nas:backup/vzdump-qemu-10{guest}-2026_01_01-00_00_00.vma.zst")});
                    backup("nas", &format!("pve{node}"), Fields::of(&entry)).unwrap().unwrap()
                };
                each_once(lists.iter().map(backup).collect())
            };
            let once = of(&lists.0);
            let volumes: BTreeSet<u8> = lists.0.iter().map(|(_, guest)| *guest).collect();
            prop_assert_eq!(once.len(), volumes.len());
            prop_assert_eq!(once, of(&lists.1));
        }
    }

    #[test]
    fn a_backup_is_read_as_proxmox_says() {
        let entry = json!({"volid": "pbs:backup/vm/101/2026-01-01T00:00:00Z", "content": "backup", "subtype": "qemu",
            "format": "pbs-vm", "vmid": "101", "size": 7, "used": "5", "ctime": 1_767_225_600, "notes": "web\n",
            "protected": 1, "encrypted": "5a:1f", "verification": {"state": "ok", "upid": "UPID:x"}});
        let facts = read(&entry);
        assert_eq!(
            (facts.vmid, facts.guest, facts.format.as_str()),
            (Some(101), Some(GuestKind::Qemu), "pbs-vm")
        );
        assert_eq!((facts.size, facts.used, facts.created), (Some(7), Some(5), Some(1_767_225_600)));
        assert_eq!(
            (facts.notes.as_str(), facts.protected, facts.encrypted.as_str()),
            ("web\n", true, "5a:1f")
        );
        assert_eq!(facts.verification_state.as_deref(), Some("ok"));
        assert_eq!(facts.verification_task.as_deref(), Some("UPID:x"));
        assert_eq!(serde_json::from_str::<Json>(&facts.raw).unwrap(), entry);
    }

    #[test]
    fn what_is_not_said_is_read_from_the_volume() {
        for (volume, vmid, guest, format) in [
            (
                "local:backup/vzdump-qemu-101-2026_01_01-00_00_00.vma.zst",
                Some(101),
                Some(GuestKind::Qemu),
                "vma.zst",
            ),
            ("local:backup/vzdump-lxc-200-2026_01_01-00_00_00.tar", Some(200), Some(GuestKind::Lxc), "tar"),
            ("local:backup/vzdump-openvz-7-2012_01_01-00_00_00.tgz", Some(7), Some(GuestKind::Lxc), "tgz"),
            ("pbs:backup/vm/101/2026-01-01T00:00:00Z", Some(101), Some(GuestKind::Qemu), "pbs-vm"),
            ("pbs:backup/ct/200/2026-01-01T00:00:00Z", Some(200), Some(GuestKind::Lxc), "pbs-ct"),
            ("pbs:backup/host/mail/2026-01-01T00:00:00Z", None, None, ""),
            ("local:backup/my.copy.tar.gz", None, None, "tar.gz"),
            ("local:backup/odd.img", None, None, "img"),
        ] {
            let facts = read(&json!({"volid": volume}));
            assert_eq!((facts.vmid, facts.guest, facts.format.as_str()), (vmid, guest, format), "{volume}");
        }
    }

    #[test]
    fn what_is_not_there_is_none() {
        let facts = read(&json!({"volid": "x", "encrypted": 0, "verification": "odd", "vmid": 0}));
        assert_eq!((facts.vmid, facts.size, facts.created, facts.protected), (None, None, None, false));
        assert_eq!(
            (facts.encrypted.as_str(), facts.verification_state, facts.notes.as_str()),
            ("", None, "")
        );
        assert_eq!(read(&json!({"volid": "x", "encrypted": 1})).encrypted, "1");
    }

    #[test]
    fn other_content_is_no_backup_and_a_volume_without_an_id_is_odd() {
        assert_eq!(backup("pbs", "pve1", Fields::of(&json!({"volid": "x", "content": "iso"}))), Ok(None));
        assert!(backup("pbs", "pve1", Fields::of(&json!({"content": "backup"}))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(volume in ".*", odd in "[a-z]{0,3}:?(backup/)?(vm|ct|vzdump-qemu|x)?[/-]?[0-9]{0,12}[.a-z]{0,9}") {
            let _ = (Named::of(&volume), Named::of(&odd));
        }
    }
}
