//! Backup jobs and replication.

use super::dice::Dice;
use super::guests::{POOLS, Placed};
use crate::fleet::{BackupJob, FleetSpec, Node, Pool, Replication};
use serde_json::{Map, Value, json};

pub(super) fn pools(guests: &[Placed]) -> Vec<Pool> {
    POOLS
        .iter()
        .zip(["Production", "Staging", ""])
        .map(|(name, comment)| Pool {
            name: (*name).to_owned(),
            comment: comment.to_owned(),
            members: guests
                .iter()
                .filter(|placed| placed.pool == Some(name))
                .map(|placed| placed.guest.vmid)
                .collect(),
            storages: if *name == "prod" { vec!["pbs-main".to_owned()] } else { Vec::new() },
        })
        .collect()
}

/// One job for each way to choose guests, with retention in both shapes that Proxmox gives it.
pub(super) fn backup_jobs(spec: &FleetSpec, nodes: &[Node], guests: &[Placed]) -> Vec<BackupJob> {
    let vmids = |from: usize, count: usize| {
        let some = guests.iter().skip(from).take(count).map(|placed| placed.guest.vmid.to_string());
        some.collect::<Vec<_>>().join(",")
    };
    let next = spec.now - spec.now % 86_400 + 86_400;
    let mut jobs = vec![
        json!({
            "schedule": "02:00", "storage": "pbs-main", "mode": "snapshot", "all": 1, "enabled": 1,
            "exclude": vmids(3, 2), "prune-backups": {"keep-last": "3", "keep-daily": "7", "keep-weekly": "4"},
            "notes-template": "{{guestname}}", "next-run": next + 7200, "mailnotification": "failure",
            "repeat-missed": 1, "pbs-change-detection-mode": "metadata",
            "fleecing": {"enabled": "1", "storage": "local-lvm"},
        }),
        json!({
            "schedule": "sat 03:30", "storage": "nas-nfs", "mode": "snapshot", "compress": "zstd", "enabled": 1,
            "vmid": vmids(0, 4), "prune-backups": "keep-last=2,keep-monthly=6", "zstd": 2,
            "comment": "weekly copy", "notes-template": "{{cluster}}, {{node}}", "next-run": next + 12_600,
            "bwlimit": 102_400, "performance": {"max-workers": "8"},
        }),
        json!({
            "schedule": "*/6:00", "storage": "pbs-main", "mode": "stop", "pool": "prod", "enabled": 1,
            "prune-backups": {"keep-all": "1"}, "next-run": next, "comment": "Produktion, alle 6 Stunden",
        }),
    ];
    if let Some(node) = nodes.first() {
        jobs.push(json!({
            "schedule": "mon..fri 22:00", "storage": "local", "mode": "suspend", "all": 1, "enabled": 0,
            "node": node.name, "comment": "before the move", "mailto": "ops@example.com",
        }));
    }
    let mut dice = Dice::new(spec.seed, "backup jobs", 0);
    jobs.into_iter().map(|entry| job(&mut dice, entry)).collect()
}

fn job(dice: &mut Dice, entry: Value) -> BackupJob {
    let mut entry = match entry {
        Value::Object(entry) => entry,
        _ => Map::new(),
    };
    entry.retain(|_, value| value != "");
    entry.insert("type".to_owned(), json!("vzdump"));
    BackupJob { id: format!("backup-{}-{}", dice.hex(8), dice.hex(4)), entry }
}

/// About eight guests of a hundred are copied to another node.
pub(super) fn replications(spec: &FleetSpec, nodes: &[Node], guests: &[Placed]) -> Vec<Replication> {
    let mut jobs = Vec::new();
    for Placed { guest, .. } in guests {
        let mut dice = Dice::new(spec.seed, "replication", guest.vmid.into());
        let others: Vec<&str> =
            nodes.iter().map(|node| node.name.as_str()).filter(|name| *name != guest.node).collect();
        if guest.template || others.is_empty() || !dice.percent(8) {
            continue;
        }
        jobs.push(Replication {
            vmid: guest.vmid,
            number: 0,
            target: dice.pick(&others).to_owned(),
            schedule: dice.pick(&["*/15", "*/5", "mon..fri 22:00"]).to_owned(),
            rate: dice.percent(50).then_some(12.5),
            comment: dice.pick(&["", "", "standby"]).to_owned(),
            enabled: dice.percent(90),
        });
    }
    jobs
}
