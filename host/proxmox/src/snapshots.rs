//! `/nodes/{node}/{qemu|lxc}/{vmid}/snapshot`.

use crate::error::SERVER_ERROR;
use crate::lenient::Fields;
use crate::resources::ListedGuest;
use proxbox_model::Problem;
use proxbox_model::facts::SnapshotFacts;

/// Proxmox lists the state of now with the snapshots.
const NOW: &str = "current";

/// One entry; none for the state of now. `storage` is that of the guest's first disk.
pub(crate) fn snapshot(
    guest: &ListedGuest,
    storage: Option<&String>,
    entry: Fields<'_>,
) -> Result<Option<SnapshotFacts>, &'static str> {
    let name = entry.text("name").ok_or("has no name")?;
    if name == NOW {
        return Ok(None);
    }
    Ok(Some(SnapshotFacts {
        vmid: guest.vmid,
        guest: guest.kind,
        node: guest.node.clone(),
        name,
        description: entry.verbatim("description"),
        parent: entry.text("parent"),
        taken: entry.unsigned("snaptime"),
        with_memory: entry.flag("vmstate").unwrap_or(false),
        storage: storage.cloned(),
        raw: entry.to_json(),
    }))
}

/// Oldest first, each name once.
pub(crate) fn sort(snapshots: &mut Vec<SnapshotFacts>) {
    snapshots.sort_by(|one, other| (one.taken, &one.name).cmp(&(other.taken, &other.name)));
    let mut names = std::collections::BTreeSet::new();
    snapshots.retain(|snapshot| names.insert(snapshot.name.clone()));
}

/// Whether a refusal says that there are no snapshots of such a guest.
pub(crate) fn is_unsupported(problem: &Problem) -> bool {
    let message = problem.message.to_lowercase();
    problem.code == SERVER_ERROR
        && ["answered 501", "not supported", "not implemented"].iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proxbox_model::facts::GuestKind;
    use serde_json::{Map, Value as Json, json};

    fn read(entry: &Json) -> Result<Option<SnapshotFacts>, &'static str> {
        let guest =
            ListedGuest { vmid: 101, kind: GuestKind::Qemu, node: "pve1".to_owned(), entry: Map::new() };
        snapshot(&guest, Some(&"ceph".to_owned()), Fields::of(entry))
    }

    #[test]
    fn a_snapshot_is_read_and_its_description_kept_as_written() {
        let entry = json!({"name": "golden", "description": " before\n", "snaptime": "1700000000", "vmstate": 1,
            "parent": "base"});
        let facts = read(&entry).unwrap().unwrap();
        assert_eq!((facts.vmid, facts.node.as_str(), facts.name.as_str()), (101, "pve1", "golden"));
        assert_eq!((facts.description.as_str(), facts.parent.as_deref()), (" before\n", Some("base")));
        assert_eq!((facts.taken, facts.with_memory), (Some(1_700_000_000), true));
        assert_eq!(facts.storage.as_deref(), Some("ceph"));
        assert_eq!(serde_json::from_str::<Json>(&facts.raw).unwrap(), entry);
    }

    #[test]
    fn the_state_of_now_is_no_snapshot_and_one_without_a_name_is_odd() {
        assert_eq!(read(&json!({"name": "current", "parent": "golden"})), Ok(None));
        assert_eq!(read(&json!({"snaptime": 1})), Err("has no name"));
        let bare = read(&json!({"name": "s", "parent": ""})).unwrap().unwrap();
        assert_eq!((bare.taken, bare.parent, bare.with_memory), (None, None, false));
    }

    #[test]
    fn snapshots_come_oldest_first_and_once() {
        let of = |name: &str, taken: u64| read(&json!({"name": name, "snaptime": taken})).unwrap().unwrap();
        let mut snapshots = vec![of("c", 3), of("b", 1), of("a", 1), of("c", 4)];
        sort(&mut snapshots);
        let names: Vec<_> =
            snapshots.iter().map(|snapshot| (snapshot.name.as_str(), snapshot.taken)).collect();
        assert_eq!(names, [("a", Some(1)), ("b", Some(1)), ("c", Some(3))]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(name in ".*", time in ".*", state in ".*") {
            let _ = read(&json!({"name": name, "snaptime": time, "vmstate": state}));
        }
    }
}
