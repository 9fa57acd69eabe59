//! `/cluster/backup` and `/cluster/replication`.

use crate::lenient::{Fields, parts};
use crate::part::Part;
use crate::reader::Reader;
use crate::retention;
use proxbox_model::facts::{BackupRoutineFacts, ReplicationFacts, Selection};
use std::collections::BTreeSet;

const BACKUP: &str = "/cluster/backup";
const REPLICATION: &str = "/cluster/replication";
/// When a replication runs that does not say.
const DEFAULT_SCHEDULE: &str = "*/15";

/// Reads all backup jobs, by id.
pub(crate) async fn routines(reader: &Reader<'_>) -> Part<BackupRoutineFacts> {
    let mut part = reader.list(BACKUP, |entry| routine(entry).map(Some)).await;
    part.items.sort_by(|one, other| one.id.cmp(&other.id));
    part.items.dedup_by(|one, other| one.id == other.id);
    part
}

/// Reads all replication jobs, by vmid and number.
pub(crate) async fn replications(reader: &Reader<'_>) -> Part<ReplicationFacts> {
    let mut part = reader.list(REPLICATION, |entry| replication(entry).map(Some)).await;
    let mut ids = BTreeSet::new();
    part.items.retain(|job| ids.insert(job.id.clone()));
    part.items
        .sort_by(|one, other| (one.vmid, one.number, &one.id).cmp(&(other.vmid, other.number, &other.id)));
    part
}

fn routine(entry: Fields<'_>) -> Result<BackupRoutineFacts, &'static str> {
    Ok(BackupRoutineFacts {
        id: entry.text("id").ok_or("has no id")?,
        enabled: entry.flag("enabled").unwrap_or(true),
        schedule: schedule(entry),
        comment: entry.verbatim("comment"),
        node: entry.text("node"),
        storage: entry.text("storage"),
        selection: selection(entry),
        exclude: vmids(entry, "exclude"),
        retention: retention::rule(entry),
        next_run: entry.unsigned("next-run"),
        raw: entry.to_json(),
    })
}

/// Before calendar events there were days and a time.
fn schedule(entry: Fields<'_>) -> String {
    let old = || {
        let words = [entry.text("dow"), entry.text("starttime")];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    entry.text("schedule").unwrap_or_else(old)
}

fn selection(entry: Fields<'_>) -> Selection {
    match entry.text("pool") {
        Some(pool) => Selection::Pool(pool),
        None if entry.flag("all") == Some(true) => Selection::All,
        None => Selection::Guests(vmids(entry, "vmid")),
    }
}

/// Guests of a list, sorted.
fn vmids(entry: Fields<'_>, key: &str) -> Vec<u32> {
    let list = entry.text(key).unwrap_or_default();
    let vmids: BTreeSet<u32> = parts(&list).filter_map(|vmid| vmid.parse().ok()).collect();
    vmids.into_iter().collect()
}

fn replication(entry: Fields<'_>) -> Result<ReplicationFacts, &'static str> {
    let id = entry.text("id");
    let (guest, job) = id.as_deref().and_then(|id| id.split_once('-')).unzip();
    let number = |key: &str, named: Option<&str>| {
        let said = entry.unsigned(key).and_then(|number| u32::try_from(number).ok());
        said.or_else(|| named?.parse().ok())
    };
    let vmid = number("guest", guest).filter(|vmid| *vmid > 0).ok_or("does not say of which guest it is")?;
    let job = number("jobnum", job).ok_or("has no number")?;
    Ok(ReplicationFacts {
        id: id.clone().unwrap_or_else(|| format!("{vmid}-{job}")),
        vmid,
        number: job,
        source_node: entry.text("source"),
        target_node: entry.text("target").ok_or("has no target")?,
        schedule: entry.text("schedule").unwrap_or_else(|| DEFAULT_SCHEDULE.to_owned()),
        rate: entry.number("rate").filter(|rate| *rate > 0.0),
        comment: entry.verbatim("comment"),
        enabled: !entry.flag("disable").unwrap_or(false),
        raw: entry.to_json(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn backup(entry: &Json) -> BackupRoutineFacts {
        routine(Fields::of(entry)).unwrap()
    }

    #[test]
    fn a_backup_job_is_read_in_full() {
        let facts = backup(&json!({
            "id": "backup-1", "schedule": "02:00", "storage": "pbs", "all": 1, "enabled": "1", "exclude": "103,101",
            "prune-backups": {"keep-daily": "7", "keep-last": "3"}, "next-run": "1767232800", "comment": "nightly",
            "node": "pve1",
        }));
        assert_eq!(
            (facts.schedule.as_str(), facts.storage.as_deref(), facts.node.as_deref()),
            ("02:00", Some("pbs"), Some("pve1"))
        );
        assert_eq!((facts.selection, facts.exclude), (Selection::All, vec![101, 103]));
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(facts.retention, [pair("keep-last", "3"), pair("keep-daily", "7")]);
        assert_eq!(
            (facts.enabled, facts.next_run, facts.comment.as_str()),
            (true, Some(1_767_232_800), "nightly")
        );
    }

    #[test]
    fn each_way_to_choose_guests_is_read() {
        assert_eq!(backup(&json!({"id": "b", "pool": "prod"})).selection, Selection::Pool("prod".to_owned()));
        assert_eq!(
            backup(&json!({"id": "b", "vmid": "200;100, 100"})).selection,
            Selection::Guests(vec![100, 200])
        );
        assert_eq!(
            backup(&json!({"id": "b", "vmid": 100, "all": 0})).selection,
            Selection::Guests(vec![100])
        );
        assert_eq!(backup(&json!({"id": "b"})).selection, Selection::Guests(Vec::new()));
    }

    #[test]
    fn a_job_runs_unless_it_is_switched_off() {
        assert!(backup(&json!({"id": "b"})).enabled);
        assert!(!backup(&json!({"id": "b", "enabled": "0"})).enabled);
        let old =
            backup(&json!({"id": "b", "dow": "sat", "starttime": "03:30", "prune-backups": "keep-last=2"}));
        assert_eq!((old.schedule.as_str(), old.retention.len(), old.next_run), ("sat 03:30", 1, None));
        assert!(routine(Fields::of(&json!({"schedule": "02:00"}))).is_err());
    }

    #[test]
    fn a_replication_is_read_in_full() {
        let facts = replication(Fields::of(&json!({
            "id": "100-0", "guest": 100, "jobnum": "0", "source": "pve1", "target": "pve2", "schedule": "*/5",
            "rate": "12.5", "comment": "standby", "disable": 1,
        })))
        .unwrap();
        assert_eq!((facts.vmid, facts.number, facts.target_node.as_str()), (100, 0, "pve2"));
        assert_eq!(
            (facts.source_node.as_deref(), facts.rate, facts.enabled),
            (Some("pve1"), Some(12.5), false)
        );
    }

    #[test]
    fn the_id_of_a_replication_tells_what_is_missing_and_is_told_by_it() {
        let facts = replication(Fields::of(&json!({"id": "100-3", "target": "pve2"}))).unwrap();
        assert_eq!((facts.vmid, facts.number, facts.schedule.as_str()), (100, 3, "*/15"));
        assert!(facts.enabled && facts.rate.is_none());
        let facts = replication(Fields::of(&json!({"guest": "100", "jobnum": 1, "target": "pve2"}))).unwrap();
        assert_eq!(facts.id, "100-1");
        for odd in [
            json!({"target": "pve2"}),
            json!({"id": "100-0"}),
            json!({"id": "x-0", "target": "pve2"}),
            json!({"id": "100", "target": "p"}),
        ] {
            assert!(replication(Fields::of(&odd)).is_err(), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(id in ".*", text in ".*", number in "[0-9-]{0,14}") {
            let entry = json!({"id": id, "vmid": text, "exclude": text, "prune-backups": text, "target": "x", "rate": text});
            let _ = (routine(Fields::of(&entry)), replication(Fields::of(&entry)));
            let _ = replication(Fields::of(&json!({"id": number, "target": "x"})));
        }
    }
}
