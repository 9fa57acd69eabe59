//! What happened so far: snapshots, backups and tasks.

use super::dice::Dice;
use crate::fleet::{Backup, FleetSpec, Guest, GuestKind, GuestStatus, Node, Snapshot, Task};
use jiff::Timestamp;

const DAY: u64 = 86_400;

/// A chain of snapshots: each one's parent is the one before.
pub(super) fn snapshots(dice: &mut Dice, now: u64, kind: GuestKind) -> Vec<Snapshot> {
    let count = u64::from(dice.count(&[70, 84, 94]));
    let mut snapshots: Vec<Snapshot> = Vec::new();
    for n in 0..count {
        let taken = now.saturating_sub((count - n) * 9 * DAY + dice.between(0, 3 * DAY));
        let name = match n {
            0 => dice.pick(&["clean_install", "before_upgrade", "golden"]).to_owned(),
            _ => format!("auto_{}", time(taken).strftime("%Y%m%d")),
        };
        snapshots.push(Snapshot {
            name,
            description: dice.pick(&["", "", "before the upgrade\n", "von Jörg, nicht löschen\n"]).to_owned(),
            parent: snapshots.last().map(|before| before.name.clone()),
            taken,
            vmstate: kind == GuestKind::Qemu && dice.percent(30),
        });
    }
    snapshots
}

fn time(seconds: u64) -> Timestamp {
    i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok()).unwrap_or_default()
}

/// Backups of the guests, about two for each, and some of guests that are long gone.
pub(super) fn backups<'a>(spec: &FleetSpec, guests: impl Iterator<Item = &'a Guest>) -> Vec<Backup> {
    let mut backups = Vec::new();
    for guest in guests {
        let mut dice = Dice::new(spec.seed, "backups", guest.vmid.into());
        let storage = dice.pick(&["pbs-main", "pbs-main", "pbs-main", "nas-nfs", "local"]);
        let count = u64::from(dice.count(&[15, 35, 65, 85]));
        for n in 0..count {
            let created =
                (spec.now / DAY).saturating_sub((count - n) * 7) * DAY + 3600 + dice.between(0, 7200);
            let of = Of { vmid: guest.vmid, kind: guest.kind, name: &guest.name, node: &guest.node };
            backups.push(backup(&mut dice, storage, &of, guest.memory << 22, created));
        }
    }
    for n in 0..u32::try_from(spec.guests / 50).unwrap_or_default() {
        let mut dice = Dice::new(spec.seed, "orphan", n.into());
        let of = Of { vmid: 900_000 + n, kind: GuestKind::Qemu, name: "gone", node: "" };
        let created = spec.now.saturating_sub(400 * DAY);
        backups.push(backup(&mut dice, "pbs-main", &of, 8 << 30, created));
    }
    backups
}

/// Whose backup.
struct Of<'a> {
    vmid: u32,
    kind: GuestKind,
    name: &'a str,
    node: &'a str,
}

fn backup(dice: &mut Dice, storage: &str, of: &Of<'_>, size: u64, created: u64) -> Backup {
    let Of { vmid, kind, name, node } = *of;
    let at = time(created);
    let is_qemu = kind == GuestKind::Qemu;
    let is_pbs = storage == "pbs-main";
    let (format, volid) = if is_pbs {
        let group = if is_qemu { "vm" } else { "ct" };
        (
            format!("pbs-{group}"),
            format!("{storage}:backup/{group}/{vmid}/{}", at.strftime("%Y-%m-%dT%H:%M:%SZ")),
        )
    } else {
        let format = if is_qemu { "vma.zst" } else { "tar.zst" };
        let stamp = at.strftime("%Y_%m_%d-%H_%M_%S");
        (format.to_owned(), format!("{storage}:backup/vzdump-{}-{vmid}-{stamp}.{format}", kind.as_str()))
    };
    let upid =
        || format!("UPID:pbs:0000{vmid:04X}:00ABCDEF:00000001:{created:08X}:verificationjob::root@pam:");
    let verification = match dice.below(10) {
        _ if !is_pbs => None,
        0..6 => Some(("ok".to_owned(), upid())),
        6 => Some(("failed".to_owned(), upid())),
        _ => None,
    };
    Backup {
        storage: storage.to_owned(),
        node: (storage == "local").then(|| node.to_owned()),
        volid,
        vmid,
        kind,
        format,
        size: size / 3 + dice.between(0, size.max(1)),
        created,
        notes: name.to_owned(),
        protected: dice.percent(5),
        verification,
        encrypted: (is_pbs && dice.percent(25)).then(|| "5a:1f:02:c4:9d:77:e0:31".to_owned()),
    }
}

/// Two to four tasks for each guest and one for each node, sorted by their start.
pub(super) fn tasks<'a>(
    spec: &FleetSpec,
    nodes: &[Node],
    guests: impl Iterator<Item = &'a Guest>,
) -> Vec<Task> {
    let mut tasks = Vec::new();
    for node in nodes {
        let mut dice = Dice::new(spec.seed, "node tasks", node.id.into());
        tasks.push(task(&mut dice, &node.name, "startall", "", node.booted + 30));
        tasks.push(task(&mut dice, &node.name, "aptupdate", "", spec.now.saturating_sub(DAY / 2)));
    }
    for guest in guests {
        let mut dice = Dice::new(spec.seed, "tasks", guest.vmid.into());
        let is_qemu = guest.kind == GuestKind::Qemu;
        let about = guest.vmid.to_string();
        let mut add = |kind: &str, started: u64| {
            tasks.push(task(
                &mut dice,
                &guest.node,
                kind,
                &about,
                started.min(spec.now.saturating_sub(7200)),
            ));
        };
        if guest.status != GuestStatus::Stopped {
            add(if is_qemu { "qmstart" } else { "vzstart" }, guest.started);
        }
        add("vzdump", spec.now.saturating_sub(DAY));
        for snapshot in &guest.snapshots {
            add(if is_qemu { "qmsnapshot" } else { "vzsnapshot" }, snapshot.taken);
        }
        if guest.lock.as_deref() == Some("backup") {
            let started = spec.now.saturating_sub(300);
            let running = task(&mut dice, &guest.node, "vzdump", &about, started);
            tasks.push(Task { ended: None, status: String::new(), ..running });
        }
    }
    tasks.sort_by(|a, b| (a.started, &a.node, a.pid).cmp(&(b.started, &b.node, b.pid)));
    tasks
}

fn task(dice: &mut Dice, node: &str, kind: &str, about: &str, started: u64) -> Task {
    let status = match dice.below(40) {
        0 => "unable to acquire lock - got timeout",
        1 => "WARNINGS: 1",
        2 => "job errors",
        _ => "OK",
    };
    Task {
        node: node.to_owned(),
        kind: kind.to_owned(),
        about: about.to_owned(),
        user: dice.pick(&["root@pam", "root@pam", "ops@pve", "auto@pve!ci"]).to_owned(),
        started,
        ended: Some(started + dice.between(1, 1800)),
        status: status.to_owned(),
        pid: dice.below(4_000_000),
        pstart: dice.below(u32::MAX),
    }
}
