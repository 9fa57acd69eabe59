//! The words of every stage and of every type of object: names, labels and messages that clients show.

use super::words_table::{DEVICES, TABLE};
use proxbox_model::event::Item;
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, GoneCounts, ObjectResult, Stage};

/// How a stage is called where.
pub(super) struct Words {
    pub(super) stage: Stage,
    /// Step.
    pub(super) step: &'static str,
    /// Phase; that of snapshots has another name than their step.
    pub(super) phase: &'static str,
    /// In the sentences of a full update: `Starting … synchronization.`
    pub(super) label: &'static str,
    /// In the sentences of the stage's own stream.
    pub(super) own_label: &'static str,
    /// Of its rows, where clients know rows.
    pub(super) row: Option<&'static str>,
    /// Objects of these types are what `count` counts; the others come along.
    pub(super) counted: &'static [&'static str],
    /// Its member of the result.
    pub(super) result: Shape,
    /// How its summary begins.
    pub(super) summary: &'static str,
    /// What its summary always tells.
    pub(super) told: &'static [Told],
    /// Its whole summary when there was nothing to do.
    pub(super) nothing: Option<&'static str>,
}

/// What a stage's member of a full result looks like. Large lists stay empty: their counts say how much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A list of its counted objects.
    List,
    /// A list that clients expect and that is too large to be sent.
    EmptyList,
    /// Counts.
    Counts,
}

/// One of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Created,
    Updated,
    Unchanged,
    Skipped,
    Failed,
    Conflicts,
}

/// Counts that are told as one number, and its word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told(pub(super) &'static [Part], pub(super) &'static str);

/// Every count on its own, in the order in which those follow that a summary tells only when there are any.
const EACH: [Told; 6] = [
    Told(&[Part::Created], "created"),
    Told(&[Part::Updated], "updated"),
    Told(&[Part::Unchanged], "unchanged"),
    Told(&[Part::Skipped], "skipped"),
    Told(&[Part::Failed], "failed"),
    Told(&[Part::Conflicts], "in conflict"),
];

impl Part {
    fn of(self, counts: Counts) -> u64 {
        match self {
            Self::Created => counts.created,
            Self::Updated => counts.updated,
            Self::Unchanged => counts.unchanged,
            Self::Skipped => counts.skipped,
            Self::Failed => counts.failed,
            Self::Conflicts => counts.conflicts,
        }
    }
}

impl Told {
    fn count(self, counts: Counts) -> u64 {
        self.0.iter().map(|part| part.of(counts)).sum()
    }

    fn say(self, counts: Counts) -> String {
        format!("{} {}", self.count(counts), self.1)
    }

    fn covers(self, other: Self) -> bool {
        other.0.iter().all(|part| self.0.contains(part))
    }
}

impl Words {
    /// Its key in results: `virtual_machines`.
    pub(super) fn key(&self) -> String {
        self.step.replace('-', "_")
    }

    /// Whether an object of that type is one of those that `count` counts.
    pub(super) fn counts(&self, item_type: &str) -> bool {
        self.counted.contains(&item_type)
    }
}

/// The words of a stage.
pub(super) fn words(stage: Stage) -> &'static Words {
    // Every stage has its row; a test looks.
    TABLE.iter().copied().find(|words| words.stage == stage).unwrap_or(&DEVICES)
}

/// One object of a type, and several of them.
pub(super) fn nouns(item_type: &str) -> (&str, &str) {
    match item_type {
        "cluster" => ("cluster", "cluster(s)"),
        "node" => ("device", "device(s)"),
        "storage" => ("storage", "storage item(s)"),
        "qemu" | "lxc" => ("VM", "virtual machine(s)"),
        "cloud-init" => ("cloud-init settings", "cloud-init setting(s)"),
        "disk" => ("virtual disk", "virtual disk(s)"),
        "backup" => ("backup", "backup(s)"),
        "snapshot" => ("snapshot", "snapshot(s)"),
        "node-interface" => ("node interface", "node interface(s)"),
        "vlan" => ("VLAN", "VLAN(s)"),
        "vm-interface" => ("VM interface", "VM interface(s)"),
        "mac-address" => ("MAC address", "MAC address(es)"),
        "guest-interface" => ("guest interface", "guest interface(s)"),
        "ip-address" => ("IP address", "IP address(es)"),
        "primary-ip" => ("primary IP", "primary IP(s)"),
        "backup-routine" => ("backup routine", "backup routine(s)"),
        "replication" => ("replication", "replication(s)"),
        "task" => ("task", "task(s)"),
        other => (other, other),
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// `Discovered 2 device(s) and 1 cluster(s) to synchronize`: the stage's main type first, the others as they come.
pub(super) fn discovered(stage: Stage, items: &[Item]) -> String {
    let main = words(stage).counted.first().map_or("object(s)", |item_type| nouns(item_type).1);
    let mut found = vec![(main, 0)];
    for item in items {
        let noun = nouns(&item.item_type).1;
        match found.iter_mut().find(|(known, _)| *known == noun) {
            Some((_, count)) => *count += 1,
            None => found.push((noun, 1)),
        }
    }
    let told: Vec<String> = found.iter().map(|(noun, count)| format!("{count} {noun}")).collect();
    let list = match told.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    format!("Discovered {list} to synchronize")
}

/// The summary of a stage: the counts that clients know first, the others where there are any.
pub(super) fn summary(stage: Stage, counts: Counts, with_failures: bool) -> String {
    let names = words(stage);
    if let Some(nothing) = names.nothing.filter(|_| counts.total() == 0) {
        return nothing.to_owned();
    }
    let mut told = names.told.to_vec();
    let fails = Told(&[Part::Failed], "failed");
    if with_failures && !told.iter().any(|known| known.covers(fails)) {
        told.push(fails);
    }
    let rest = EACH.into_iter().filter(|one| one.count(counts) > 0);
    let rest: Vec<Told> = rest.filter(|one| !told.iter().any(|known| known.covers(*one))).collect();
    let parts: Vec<String> = told.into_iter().chain(rest).map(|told| told.say(counts)).collect();
    format!("{}: {}", names.summary, parts.join(", "))
}

/// What became of rows whose Proxmox object is gone, to be added to a summary; nothing when there were none.
pub(super) fn cleared(gone: GoneCounts) -> String {
    let told = [(gone.deleted, "deleted"), (gone.stale, "marked stale")];
    told.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}")).collect()
}

/// That a run waits for another one.
pub(super) fn waiting(behind: &str, endpoints: &[String]) -> String {
    format!("Waiting for run {behind} on {} to end.", endpoints.join(", "))
}

/// What happened to an object, in one word.
pub(crate) fn operation(result: &ObjectResult) -> &'static str {
    match result {
        ObjectResult::Created => "created",
        ObjectResult::Updated { .. } => "updated",
        ObjectResult::Unchanged => "unchanged",
        ObjectResult::Skipped { .. } => "skipped",
        ObjectResult::Failed { .. } => "failed",
        ObjectResult::Conflict { .. } => "conflict",
    }
}

/// What is wrong and what to try, as one text.
pub(crate) fn sentence(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{}. {}", problem.message.trim_end_matches('.'), capitalised(hint)),
        None => problem.message.clone(),
    }
}

/// The category that clients sort errors by.
pub(super) fn category(problem: &Problem) -> &'static str {
    const CATEGORIES: &[(&str, &[&str])] = &[
        ("timeout", &["timeout"]),
        ("authentication", &["unauthorized", "token", "credential", "second-factor", "login"]),
        ("permission", &["forbidden", "permission"]),
        ("rate_limit", &["rate-limit", "throttled"]),
        (
            "connection",
            &[
                "unreachable",
                "unknown-host",
                "tls",
                "certificate",
                "fingerprint",
                "connection",
                "dropped",
                "truncated",
                "unavailable",
            ],
        ),
        ("not_found", &["not-found"]),
        ("validation", &["rejected", "refused", "invalid", "conflict", "draft"]),
        ("internal", &["internal", "crashed", "module"]),
    ];
    CATEGORIES
        .iter()
        .find(|(_, words)| words.iter().any(|word| problem.code.contains(word)))
        .map_or("unknown", |(category, _)| category)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_its_row() {
        for stage in Stage::ALL {
            assert_eq!(words(stage).stage, stage);
        }
        assert_eq!(TABLE.len(), Stage::ALL.len());
    }

    #[test]
    fn a_summary_tells_every_object_once() {
        let counts = Counts { created: 1, updated: 2, unchanged: 3, skipped: 4, failed: 5, conflicts: 6 };
        for stage in Stage::ALL {
            let text = summary(stage, counts, false);
            let numbers =
                text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<u64>().ok());
            assert_eq!(numbers.sum::<u64>(), counts.total(), "{text}");
        }
    }

    #[test]
    fn a_discovery_tells_the_main_type_first() {
        let item = |item_type: &str| Item { name: "x".into(), item_type: item_type.into() };
        let items = ["mac-address", "vm-interface", "vlan", "vm-interface"].map(item);
        assert_eq!(
            discovered(Stage::VmInterfaces, &items),
            "Discovered 2 VM interface(s), 1 MAC address(es) and 1 VLAN(s) to synchronize"
        );
        assert_eq!(discovered(Stage::Storage, &[]), "Discovered 0 storage item(s) to synchronize");
    }
}
