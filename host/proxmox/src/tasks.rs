//! `/nodes/{node}/tasks`.

use crate::lenient::Fields;
use crate::part::Part;
use crate::reader::Reader;
use futures::future::join_all;
use proxbox_model::facts::{GuestKind, TaskFacts};
use std::collections::{BTreeMap, BTreeSet};

/// Tasks of one answer.
const PAGE: usize = 500;
/// Most tasks read of one node, the newest; older ones are history.
const MOST: usize = 2000;
/// Tasks that only containers have, although their type does not begin with `vz`.
const OF_CONTAINERS: &[&str] = &["move_volume", "pull_file", "push_file"];
/// Tasks of guests whose type does not tell the kind of guest.
const OF_EITHER: &[&str] = &[
    "vzdump",
    "hamigrate",
    "hastart",
    "hastop",
    "hashutdown",
    "resize",
    "vncproxy",
    "spiceproxy",
    "termproxy",
    "pbs-download",
];

/// Reads the tasks of these nodes that name a guest (one of them, or any), oldest first. `kinds` are those of the guests that are there now.
pub(crate) async fn read(
    reader: &Reader<'_>,
    nodes: &BTreeSet<String>,
    guest: Option<u32>,
    kinds: &BTreeMap<u32, GuestKind>,
) -> Part<TaskFacts> {
    let mut all = Part::full(Vec::new());
    for part in join_all(nodes.iter().map(|node| of_node(reader, node, guest))).await {
        all.extend(part);
    }
    Part { items: settled(all.items, kinds), problems: all.problems, full: all.full, answered: all.answered }
}

async fn of_node(reader: &Reader<'_>, node: &str, guest: Option<u32>) -> Part<Row> {
    let vmid = guest.map(|vmid| vmid.to_string());
    let of_guest = vmid.as_deref().map(|vmid| ("vmid", vmid));
    pages(reader, node, (of_guest, MOST), |entry| row(node, entry)).await
}

/// A task of a node, whatever it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) upid: String,
    /// The guest that it names.
    pub(crate) vmid: Option<u32>,
    pub(crate) kind: String,
    /// Seconds since the Unix epoch, by the clock of the node.
    pub(crate) started: u64,
    pub(crate) ended: bool,
}

/// Reads the tasks of a node that began at that time or later; without a time, the newest.
pub(crate) async fn latest(reader: &Reader<'_>, node: &str, since: Option<u64>) -> Part<Listed> {
    let time = since.map(|since| since.to_string());
    let from = time.as_deref().map(|since| ("since", since));
    let most = if since.is_some() { MOST } else { PAGE };
    pages(reader, node, (from, most), |entry| {
        Ok(Some(Listed {
            upid: entry.text("upid").ok_or("has no UPID")?,
            vmid: guest_of(&entry),
            kind: entry.text("type").ok_or("has no type")?,
            started: entry.unsigned("starttime").ok_or("has no start")?,
            ended: entry.unsigned("endtime").is_some(),
        }))
    })
    .await
}

/// Reads page after page, newest first, until one is not full.
async fn pages<T>(
    reader: &Reader<'_>,
    node: &str,
    (which, most): (Option<(&str, &str)>, usize),
    mut entry: impl FnMut(Fields<'_>) -> Result<Option<T>, &'static str>,
) -> Part<T> {
    let path = format!("/nodes/{node}/tasks");
    let mut all = Part::full(Vec::new());
    let limit = PAGE.to_string();
    for start in (0..most).step_by(PAGE) {
        let start = start.to_string();
        let mut query = vec![("source", "all"), ("limit", limit.as_str()), ("start", start.as_str())];
        query.extend(which);
        let answer = reader.of_node(node, &path, &query, true).await;
        let length = answer.as_ref().ok().and_then(|answer| answer.as_array()).map_or(0, Vec::len);
        all.extend(reader.parsed(answer, &path, &mut entry));
        if length < PAGE {
            return all;
        }
    }
    all.full = false;
    all
}

fn guest_of(entry: &Fields<'_>) -> Option<u32> {
    entry.text("id").and_then(|id| id.parse::<u32>().ok()).filter(|vmid| *vmid > 0)
}

/// A task, and the kind of guest that its type tells.
#[derive(Debug, PartialEq)]
struct Row {
    task: TaskFacts,
    tells: Option<GuestKind>,
}

/// One entry; none for what names no guest.
fn row(node: &str, entry: Fields<'_>) -> Result<Option<Row>, &'static str> {
    let upid = entry.text("upid").ok_or("has no UPID")?;
    let vmid = guest_of(&entry);
    let kind = entry.text("type").ok_or("has no type")?;
    let tells = kind_of(&kind);
    let Some(vmid) = vmid.filter(|_| tells.is_some() || OF_EITHER.contains(&kind.as_str())) else {
        return Ok(None);
    };
    let ended = entry.unsigned("endtime");
    Ok(Some(Row {
        tells,
        task: TaskFacts {
            upid,
            node: entry.text("node").unwrap_or_else(|| node.to_owned()),
            vmid,
            guest: tells.unwrap_or(GuestKind::Qemu),
            kind,
            user: entry.text("user").unwrap_or_default(),
            started: entry.unsigned("starttime").ok_or("has no start")?,
            ended,
            status: ended.and_then(|_| entry.text("status")),
            process: entry.unsigned("pid"),
            raw: entry.to_json(),
        },
    }))
}

fn kind_of(task: &str) -> Option<GuestKind> {
    if OF_EITHER.contains(&task) {
        None
    } else if task.starts_with("qm") {
        Some(GuestKind::Qemu)
    } else if task.starts_with("vz") || OF_CONTAINERS.contains(&task) {
        Some(GuestKind::Lxc)
    } else {
        None
    }
}

/// Each task once, an ended one rather than the same while it ran, and with the kind of its guest: as the guest is now, else as its
/// other tasks tell. Of a guest that is gone and has only backups to show, nothing tells; most guests are virtual machines.
fn settled(rows: Vec<Row>, kinds: &BTreeMap<u32, GuestKind>) -> Vec<TaskFacts> {
    let told: BTreeMap<u32, GuestKind> =
        rows.iter().filter_map(|row| Some((row.task.vmid, row.tells?))).collect();
    let mut tasks: Vec<TaskFacts> = rows
        .into_iter()
        .map(|Row { mut task, tells }| {
            let known = kinds.get(&task.vmid).copied().or(tells).or_else(|| told.get(&task.vmid).copied());
            task.guest = known.unwrap_or(task.guest);
            task
        })
        .collect();
    let key = |task: &TaskFacts| (task.started, task.upid.clone(), task.ended.is_none());
    tasks.sort_by_cached_key(key);
    tasks.dedup_by(|one, other| one.upid == other.upid);
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn task(kind: &str, id: &str, started: u64) -> Json {
        json!({"upid": format!("UPID:pve1:{kind}:{id}:{started}"), "node": "pve1", "type": kind, "id": id,
            "user": "root@pam", "starttime": started, "endtime": started + 5, "status": "OK", "pid": 4711})
    }

    fn rows(entries: &[Json]) -> Vec<Row> {
        entries.iter().filter_map(|entry| row("pve1", Fields::of(entry)).unwrap()).collect()
    }

    #[test]
    fn a_task_is_read_in_full_and_a_running_one_has_no_end() {
        let facts = settled(rows(&[task("qmstart", "101", 7)]), &BTreeMap::new()).remove(0);
        assert_eq!((facts.vmid, facts.kind.as_str(), facts.user.as_str()), (101, "qmstart", "root@pam"));
        assert_eq!((facts.started, facts.ended, facts.process), (7, Some(12), Some(4711)));
        assert_eq!(facts.status.as_deref(), Some("OK"));
        let mut running = task("qmstart", "101", 7);
        running.as_object_mut().unwrap().remove("endtime");
        running["status"] = json!("RUNNING");
        let facts = settled(rows(&[running]), &BTreeMap::new()).remove(0);
        assert_eq!((facts.ended, facts.status), (None, None));
    }

    #[test]
    fn tasks_that_name_no_guest_are_left_out() {
        for (kind, id) in [
            ("startall", ""),
            ("srvstart", "100"),
            ("imgdel", "local"),
            ("qmstart", "x"),
            ("vzdump", ""),
            ("cephdestroyosd", "1"),
        ] {
            assert!(rows(&[task(kind, id, 1)]).is_empty(), "{kind} {id}");
        }
        assert_eq!(rows(&[task("vncproxy", "100", 1), task("hamigrate", "100", 2)]).len(), 2);
        assert!(row("pve1", Fields::of(&json!({"type": "qmstart", "id": "1"}))).is_err());
        assert!(row("pve1", Fields::of(&json!({"upid": "U", "type": "qmstart", "id": "1"}))).is_err());
    }

    #[test]
    fn the_kind_of_guest_is_that_of_the_listing_else_of_the_type() {
        let kinds = BTreeMap::from([(100, GuestKind::Lxc)]);
        let tasks = settled(
            rows(&[
                task("vzdump", "100", 1),
                task("qmstart", "200", 2),
                task("vzstart", "300", 3),
                task("vzdump", "300", 4),
                task("move_volume", "400", 5),
                task("vzdump", "500", 6),
            ]),
            &kinds,
        );
        let kinds: Vec<(u32, GuestKind)> = tasks.iter().map(|task| (task.vmid, task.guest)).collect();
        let (qemu, lxc) = (GuestKind::Qemu, GuestKind::Lxc);
        assert_eq!(kinds, [(100, lxc), (200, qemu), (300, lxc), (300, lxc), (400, lxc), (500, qemu)]);
    }

    #[test]
    fn a_task_that_ends_while_pages_are_read_comes_once_and_ended() {
        let mut running = task("qmstart", "101", 7);
        running.as_object_mut().unwrap().remove("endtime");
        let tasks =
            settled(rows(&[task("qmstop", "101", 9), running, task("qmstart", "101", 7)]), &BTreeMap::new());
        let shown: Vec<_> = tasks.iter().map(|task| (task.kind.as_str(), task.ended)).collect();
        assert_eq!(shown, [("qmstart", Some(12)), ("qmstop", Some(14))]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(upid in ".*", kind in ".*", id in ".*", time in ".*") {
            let _ = row("pve1", Fields::of(&json!({"upid": upid, "type": kind, "id": id, "starttime": time, "endtime": time})));
        }
    }
}
