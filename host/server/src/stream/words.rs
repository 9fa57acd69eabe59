//! The words of every stage: names, labels and messages that clients show.

use proxbox_model::event::Item;
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, ObjectResult, Stage};

/// How a stage is called where.
pub(super) struct Words {
    /// Step and phase.
    pub(super) step: &'static str,
    /// In the sentences of a full update: `Starting … synchronization.`
    pub(super) label: &'static str,
    /// In the sentences that end the stage's own stream.
    pub(super) own_label: &'static str,
    /// Of a row.
    pub(super) object: &'static str,
    /// In sentences about one object.
    pub(super) one: &'static str,
    /// Items of this type are what `count` counts; the others come along.
    pub(super) counted: fn(&str) -> bool,
}

pub(super) fn words(stage: Stage) -> Words {
    match stage {
        Stage::Devices => Words {
            step: "devices",
            label: "devices",
            own_label: "devices",
            object: "device",
            one: "device",
            counted: |item_type| item_type == "node",
        },
        Stage::VirtualMachines => Words {
            step: "virtual-machines",
            label: "virtual machines",
            own_label: "Virtual machines",
            object: "virtual_machine",
            one: "VM",
            counted: |_| true,
        },
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// `Discovered 2 device(s) to synchronize`.
pub(super) fn discovered(stage: Stage, items: &[Item]) -> String {
    let clusters = items.iter().filter(|item| item.item_type == "cluster").count();
    let others = items.len() - clusters;
    match stage {
        Stage::Devices if clusters > 0 => {
            format!("Discovered {others} device(s) and {clusters} cluster(s) to synchronize")
        }
        Stage::Devices => format!("Discovered {others} device(s) to synchronize"),
        Stage::VirtualMachines => format!("Discovered {} virtual machine(s) to synchronize", items.len()),
    }
}

/// The summary of a stage: the counts that clients know first, the others where there are any.
pub(super) fn summary(stage: Stage, counts: Counts, network: bool) -> String {
    let Counts { created, updated, unchanged, skipped, failed, conflicts } = counts;
    let mut text = match stage {
        Stage::Devices => format!("Device sync completed: {created} created, {failed} failed"),
        Stage::VirtualMachines => {
            let synchronized = created + updated + unchanged;
            let failures = if network || failed > 0 { format!(", {failed} failed") } else { String::new() };
            format!("Virtual machine sync completed: {synchronized} synchronized{failures}")
        }
    };
    let devices = stage == Stage::Devices;
    for (count, word, shown) in [
        (updated, "updated", devices),
        (unchanged, "unchanged", devices),
        (skipped, "skipped", true),
        (conflicts, "in conflict", true),
    ] {
        if shown && count > 0 {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    text
}

/// What happened to an object, in one word.
pub(super) fn operation(result: &ObjectResult) -> &'static str {
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
pub(super) fn sentence(problem: &Problem) -> String {
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
