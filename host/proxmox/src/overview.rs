//! What the lists of a source say of its guests: with a handful of requests they tell which guests may have changed since.

use crate::base::Base;
use crate::client::Proxmox;
use crate::error::ProxmoxError;
use crate::nodes::NodeNames;
use crate::permissions::{Rights, SEE_TASKS};
use crate::reader::Reader;
use crate::resources::{ListedGuest, Resources};
use crate::tasks::{self, Listed};
use futures::future::join_all;
use proxbox_model::Problem;
use proxbox_model::endpoint::ProxmoxEndpoint;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Clocks may be set back, and a list may come a little late: tasks that began up to so many seconds before the newest are listed again.
const OVERLAP: u64 = 600;

/// Members of a row that change without anybody doing anything; those of pressure begin with one word.
const MOVING: &[&str] =
    &["cpu", "mem", "memhost", "disk", "diskread", "diskwrite", "netin", "netout", "uptime"];
const PRESSURE: &str = "pressure";
/// The size of a file system that shares its disk with others changes with them.
const SIZE: &str = "maxdisk";

/// Tasks that make, move or remove backups. Some name no guest, or a storage.
const OF_BACKUPS: &[&str] = &["vzdump", "imgdel", "imgcopy", "prunebackups"];

/// What the lists of a source said at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// By vmid.
    guests: BTreeMap<u32, Row>,
    /// A digest of the rows of nodes and storages.
    around: u64,
    /// By node.
    tasks: BTreeMap<String, KnownTasks>,
    /// Whether backups are to be looked at, whatever the tasks say.
    backups_due: bool,
}

/// Digests of a guest's row, and of its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    /// None when the guest is to be looked at, whatever its row says.
    all: Option<u64>,
    name: u64,
}

/// What is known of the tasks of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct KnownTasks {
    /// Tasks that began earlier, by the clock of the node, are not asked for again. Seconds since the Unix epoch.
    since: u64,
    /// UPIDs of those that began since and had ended.
    ended: BTreeSet<String>,
    /// UPIDs of those that ran: they are told again when they have ended.
    running: BTreeSet<String>,
}

/// What may have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Guests whose row is another, new or gone, guests that a task names, and those that have or had a name with one of them, as
    /// NetBox takes no name twice.
    pub guests: BTreeSet<u32>,
    /// Backups may have been made or removed.
    pub backups: bool,
    /// A node or a storage is another.
    pub around: bool,
}

/// A look at the lists of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What they say now.
    pub overview: Overview,
    /// What is other than before.
    pub changes: Changes,
}

/// Why the lists do not tell what changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsure {
    /// The account sees no tasks but its own.
    #[error("the account may not see the tasks of the nodes")]
    TasksHidden,
    /// The tasks of a node could not be read.
    #[error("the tasks of node {node} cannot be read: {}", problem.message)]
    TasksUnread {
        /// The node.
        node: String,
        /// Why.
        problem: Problem,
    },
    /// So much has happened on a node that its list of tasks does not reach back far enough.
    #[error("node {0} has had more tasks since then than it lists")]
    TooManyTasks(String),
}

impl Changes {
    /// Whether nothing may have changed.
    pub fn is_empty(&self) -> bool {
        self.guests.is_empty() && !self.backups && !self.around
    }
}

impl Overview {
    /// How many guests there are.
    pub fn guests(&self) -> usize {
        self.guests.len()
    }

    /// Lets the guest be looked at the next time, whatever its row says.
    pub fn forget(&mut self, vmid: u32) {
        if let Some(row) = self.guests.get_mut(&vmid) {
            row.all = None;
        }
    }

    /// Lets backups be looked at the next time, whatever the tasks say.
    pub fn backups_are_due(&mut self) {
        self.backups_due = true;
    }

    /// What the rows tell: the tasks are told by [`read`].
    fn rows_changed(&self, before: &Self) -> Changes {
        let same = |vmid: &u32| self.guests.get(vmid) == before.guests.get(vmid);
        let all = self.guests.keys().chain(before.guests.keys());
        let is_new = |vmid: &u32| !before.guests.contains_key(vmid);
        let around = self.around != before.around;
        Changes {
            guests: all.filter(|vmid| !same(vmid)).copied().collect(),
            // A guest that is restored, and a storage that comes back, have their backups already.
            backups: before.backups_due || around || self.guests.keys().any(is_new),
            around,
        }
    }

    /// These guests, and those that share a name with one of them, now or before.
    fn with_namesakes(&self, before: &Self, guests: &BTreeSet<u32>) -> BTreeSet<u32> {
        let rows = || self.guests.iter().chain(&before.guests);
        let names: BTreeSet<u64> =
            rows().filter(|(vmid, _)| guests.contains(vmid)).map(|(_, row)| row.name).collect();
        let namesakes = rows().filter(|(_, row)| names.contains(&row.name)).map(|(vmid, _)| *vmid);
        guests.iter().copied().chain(namesakes).collect()
    }
}

/// Looks at the lists of a source: status, listing and permissions once, and the tasks of each node.
///
/// # Errors
/// When status or listing cannot be read. What keeps the lists from telling what changed is an error of its own.
pub async fn look(
    client: &Proxmox,
    endpoint: &ProxmoxEndpoint,
    before: &Overview,
) -> Result<Result<Look, Unsure>, ProxmoxError> {
    let base = Base::read(client, endpoint).await?;
    Ok(read(&Reader::new(client, &endpoint.name), &base, before).await)
}

/// What the lists say, for the first time.
pub(crate) async fn begin(reader: &Reader<'_>, base: &Base) -> Result<Overview, Unsure> {
    Ok(read(reader, base, &Overview::default()).await?.overview)
}

async fn read(reader: &Reader<'_>, base: &Base, before: &Overview) -> Result<Look, Unsure> {
    let rights = base.permissions.as_ref().map(Rights::of);
    if !rights.is_some_and(|rights| rights.everywhere("/nodes", SEE_TASKS)) {
        return Err(Unsure::TasksHidden);
    }
    let online = NodeNames::of(&base.nodes).online;
    let reads = online.iter().map(|node| of_node(reader, node, before.tasks.get(node)));
    let mut overview = Overview { tasks: before.tasks.clone(), ..rows(&base.resources) };
    let mut changes = overview.rows_changed(before);
    for (node, read) in online.iter().zip(join_all(reads).await) {
        let (known, new) = read?;
        overview.tasks.insert(node.clone(), known);
        changes.guests.extend(new.iter().filter_map(|task| task.vmid));
        changes.backups |= new.iter().any(|task| OF_BACKUPS.contains(&task.kind.as_str()));
    }
    changes.guests = overview.with_namesakes(before, &changes.guests);
    // A node that is gone from the cluster has no tasks any more.
    overview.tasks.retain(|node, _| base.nodes.iter().any(|known| known.name == *node));
    Ok(Look { overview, changes })
}

/// What is known of the tasks of a node now, and those that are new; of a node that is looked at for the first time, none is.
async fn of_node(
    reader: &Reader<'_>,
    node: &str,
    before: Option<&KnownTasks>,
) -> Result<(KnownTasks, Vec<Listed>), Unsure> {
    let part = tasks::latest(reader, node, before.map(|known| known.since)).await;
    if let Some(problem) = part.problems.into_iter().next() {
        return Err(Unsure::TasksUnread { node: node.to_owned(), problem });
    }
    if !part.full && before.is_some() {
        return Err(Unsure::TooManyTasks(node.to_owned()));
    }
    let known = known(&part.items, before.map_or(0, |known| known.since));
    let is_new = |task: &Listed| before.is_some_and(|before| before.is_news(task));
    Ok((known, part.items.into_iter().filter(is_new).collect()))
}

/// What is to be remembered of the tasks that are listed.
fn known(listed: &[Listed], before: u64) -> KnownTasks {
    let newest = listed.iter().map(|task| task.started).max().unwrap_or_default();
    let oldest_running = listed.iter().filter(|task| !task.ended).map(|task| task.started).min();
    let since = newest.saturating_sub(OVERLAP).max(before).min(oldest_running.unwrap_or(u64::MAX));
    let (mut ended, mut running) = (BTreeSet::new(), BTreeSet::new());
    for task in listed.iter().filter(|task| task.started >= since) {
        let place = if task.ended { &mut ended } else { &mut running };
        place.insert(task.upid.clone());
    }
    KnownTasks { since, ended, running }
}

impl KnownTasks {
    /// Whether a task has begun or ended since.
    fn is_news(&self, task: &Listed) -> bool {
        !self.ended.contains(&task.upid) && (task.ended || !self.running.contains(&task.upid))
    }
}

/// Digests of what the listing says.
fn rows(resources: &Resources) -> Overview {
    let guests = resources.guests.iter().map(|(vmid, guest)| (*vmid, row(guest)));
    let around = resources.nodes.values().chain(&resources.storages);
    let around: BTreeSet<u64> =
        around.filter_map(Json::as_object).map(|entry| digest(entry, &[SIZE])).collect();
    let bytes: Vec<u8> = around.iter().flat_map(|digest| digest.to_be_bytes()).collect();
    Overview { guests: guests.collect(), around: short(&Sha256::digest(bytes)), ..Overview::default() }
}

fn row(guest: &ListedGuest) -> Row {
    let name = guest.listed_name().unwrap_or_else(|| guest.fallback_name()).to_lowercase();
    Row { all: Some(digest(&guest.entry, &[])), name: short(&Sha256::digest(name.as_bytes())) }
}

/// A digest of a row: the order of its members is no news, and neither is what always moves.
fn digest(entry: &Map<String, Json>, beside: &[&str]) -> u64 {
    let moves = |name: &str| MOVING.contains(&name) || beside.contains(&name) || name.starts_with(PRESSURE);
    let still: BTreeMap<&String, &Json> = entry.iter().filter(|(name, _)| !moves(name)).collect();
    let mut digest = Sha256::new();
    for (name, value) in still {
        digest.update(format!("{name:?}:{value}\n"));
    }
    short(&digest.finalize())
}

/// The first eight bytes.
fn short(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn overview(listing: Json) -> Overview {
        rows(&Resources::parse(listing, "lab").unwrap())
    }

    fn guest(vmid: u32, status: &str) -> Json {
        json!({"type": "qemu", "vmid": vmid, "node": "pve1", "status": status, "cpu": 0.1, "uptime": 7})
    }

    fn task(upid: &str, started: u64, ended: bool) -> Listed {
        Listed { upid: upid.to_owned(), vmid: Some(100), kind: "qmstart".into(), started, ended }
    }

    #[test]
    fn what_always_moves_and_the_order_of_members_are_no_news() {
        let before = overview(json!([
            guest(100, "running"),
            {"type": "node", "node": "pve1", "status": "online", "maxdisk": 7, "uptime": 1},
        ]));
        let after = overview(json!([
            {"uptime": 9, "pressurecpusome": 0.3, "status": "running", "cpu": 0.9, "node": "pve1", "vmid": 100, "type": "qemu"},
            {"node": "pve1", "type": "node", "uptime": 2, "status": "online", "maxdisk": 8},
        ]));
        assert_eq!(after.rows_changed(&before), Changes::default());
    }

    #[test]
    fn guests_that_are_other_new_or_gone_are_told() {
        let before = overview(json!([guest(100, "running"), guest(101, "running"), guest(102, "running")]));
        let after = overview(json!([guest(100, "running"), guest(101, "stopped"), guest(103, "running")]));
        let changes = after.rows_changed(&before);
        assert_eq!(changes.guests, [101, 102, 103].into());
        assert!(changes.backups, "the new one may have backups from before");
        assert!(!changes.around);
    }

    #[test]
    fn guests_that_share_a_name_are_looked_at_together_also_when_they_shared_it_before() {
        let named =
            |vmid: u32, name: &str| json!({"type": "qemu", "vmid": vmid, "node": "pve1", "name": name});
        let before =
            overview(json!([named(100, "web"), named(101, "Web"), named(102, "db"), named(103, "api")]));
        let after =
            overview(json!([named(100, "db"), named(101, "Web"), named(102, "db"), named(103, "api")]));
        let changed = after.rows_changed(&before).guests;
        assert_eq!(after.with_namesakes(&before, &changed), [100, 101, 102].into());
    }

    #[test]
    fn a_storage_or_node_that_is_another_is_told() {
        let node = |status| json!({"type": "node", "node": "pve1", "status": status});
        let storage = |content| json!({"type": "storage", "storage": "local", "node": "pve1", "content": content, "disk": 5});
        let before = overview(json!([node("online"), storage("iso")]));
        for after in [
            json!([node("offline"), storage("iso")]),
            json!([node("online"), storage("iso,backup")]),
            json!([node("online")]),
        ] {
            assert!(overview(after).rows_changed(&before).around);
        }
    }

    #[test]
    fn a_guest_that_was_forgotten_is_looked_at_again() {
        let now = overview(json!([guest(100, "running"), guest(101, "running")]));
        let mut before = now.clone();
        before.forget(101);
        let changes = now.rows_changed(&before);
        assert_eq!(changes.guests, [101].into());
        assert!(!changes.backups, "it is not a new one");
    }

    #[test]
    fn the_list_is_asked_for_from_the_oldest_task_that_runs() {
        let listed = [task("new", 5000, true), task("runs", 1000, false), task("old", 900, true)];
        let known = known(&listed, 0);
        assert_eq!(known.since, 1000);
        assert_eq!((known.ended, known.running), (["new".to_owned()].into(), ["runs".to_owned()].into()));
    }

    #[test]
    fn a_list_without_new_tasks_leaves_what_is_known() {
        assert_eq!(known(&[], 4400), KnownTasks { since: 4400, ..KnownTasks::default() });
    }

    proptest! {
        /// A task that begins or ends between two looks is told in the second, whenever it began; any other is not.
        #[test]
        fn every_task_is_told_when_it_begins_and_when_it_ends(
            tasks in proptest::collection::vec((0..5000_u64, 1..3000_u64), 0..30),
            looks in proptest::collection::vec(0..9000_u64, 2..6),
        ) {
            let mut looks = looks;
            looks.sort_unstable();
            let at = |now: u64, since: u64| -> Vec<Listed> {
                let began = tasks.iter().enumerate().filter(|(_, (start, _))| *start <= now && *start >= since);
                began.map(|(index, (start, length))| task(&index.to_string(), *start, start + length <= now)).collect()
            };
            let mut before = known(&at(looks[0], 0), 0);
            for pair in looks.windows(2) {
                let listed = at(pair[1], before.since);
                let new: BTreeSet<&str> = listed.iter().filter(|task| before.is_news(task)).map(|task| task.upid.as_str()).collect();
                for (index, (start, length)) in tasks.iter().enumerate() {
                    let between = |time: u64| time > pair[0] && time <= pair[1];
                    let expected = between(*start) || between(start + length);
                    prop_assert_eq!(new.contains(index.to_string().as_str()), expected, "task {} at {:?}", index, pair);
                }
                before = known(&listed, before.since);
            }
        }
    }
}
