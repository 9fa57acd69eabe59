//! What a run came to: a line for each stage, and what went wrong by reason, however many objects there are.

use super::{cleared, in_words, modules, preview, say};
use crate::error::CliError;
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, ObjectReport, ObjectResult, QuickCounts, RunReport, RunStatus, Stage};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, HashMap};

/// Most reasons of one kind of trouble that a summary tells.
const SHOWN: usize = 10;

/// Most objects that it names for one reason.
const NAMED: usize = 3;

/// How much is told of the objects of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What is not simply right.
    Brief,
    /// Each of them.
    All,
}

/// The report for a program: the counts of every stage, and every object but those that are simply right. Of a run that
/// only planned, also those that it would change, or that modules map in their own way.
pub(crate) fn report_json(report: &RunReport, detail: Detail) -> Result<String, CliError> {
    let mut json = serde_json::to_value(report).map_err(CliError::Json)?;
    if let (Some(objects), Detail::Brief) = (json.get_mut("objects").and_then(Json::as_array_mut), detail) {
        let mut told = report.objects().map(|object| is_told(object, report.dry_run));
        objects.retain(|_| told.next().unwrap_or(true));
    }
    if let Some(members) = json.as_object_mut() {
        members.insert("stages".to_owned(), stages_json(report)?.into());
    }
    serde_json::to_string(&json).map_err(CliError::Json)
}

fn is_told(object: &ObjectReport, dry_run: bool) -> bool {
    let differs = object.preview.as_ref().is_some_and(|preview| !preview.usual.is_empty());
    match object.result {
        ObjectResult::Unchanged => differs,
        ObjectResult::Created | ObjectResult::Updated { .. } => dry_run,
        _ => true,
    }
}

fn stages_json(report: &RunReport) -> Result<Map<String, Json>, CliError> {
    let mut stages = Map::new();
    for (stage, counts) in by_stage(report) {
        let mut members = serde_json::to_value(counts).map_err(CliError::Json)?;
        if let Some(members) = members.as_object_mut() {
            members.insert("total".to_owned(), json!(counts.total()));
        }
        stages.insert(stage.as_str().to_owned(), members);
    }
    Ok(stages)
}

/// The report for a person.
pub(crate) fn show_report(report: &RunReport, detail: Detail) {
    lines(report, detail).iter().for_each(|line| say(line));
}

fn lines(report: &RunReport, detail: Detail) -> Vec<String> {
    let mut lines = Vec::new();
    if report.dry_run {
        lines.extend(preview::lines(report, detail == Detail::All));
    }
    for (heading, reason) in TROUBLES {
        lines.extend(trouble(heading, reason, report.objects()));
    }
    lines.extend(modules::usage_lines(&report.modules));
    lines.extend(table(report));
    lines.extend(ending(report));
    lines
}

/// The counts of the stages that had anything to do, in order.
fn by_stage(report: &RunReport) -> BTreeMap<Stage, Counts> {
    let mut stages: BTreeMap<Stage, Counts> = BTreeMap::new();
    for object in report.objects() {
        stages.entry(object.stage).or_default().count(&object.result);
    }
    stages
}

fn table(report: &RunReport) -> Vec<String> {
    let stages = by_stage(report);
    if stages.is_empty() {
        return Vec::new();
    }
    let heading = format!(
        "{:17}{:>9}{:>9}{:>11}{:>9}{:>8}{:>11}",
        "", "created", "updated", "unchanged", "skipped", "failed", "conflicts"
    );
    let row = |name: &str, counts: &Counts| {
        let Counts { created, updated, unchanged, skipped, failed, conflicts } = counts;
        format!("{name:17}{created:>9}{updated:>9}{unchanged:>11}{skipped:>9}{failed:>8}{conflicts:>11}")
    };
    let rows = stages.iter().map(|(stage, counts)| row(stage.as_str(), counts));
    std::iter::once(heading).chain(rows).collect()
}

/// How it ended, how much a quick run looked at, and what it took.
fn ending(report: &RunReport) -> Vec<String> {
    let verb = match (report.status, report.dry_run) {
        (RunStatus::Completed, true) => "planned, nothing was written",
        (RunStatus::Completed, false) => "complete",
        (RunStatus::Partial, _) => "done in part",
        (RunStatus::Failed, _) => "failed",
        (RunStatus::Cancelled, _) => "cancelled",
    };
    let total = report.counts.total();
    let came_to = if total == 0 && report.status == RunStatus::Failed {
        format!("{verb}: nothing could be synced; see the warnings above")
    } else {
        let (objects, dependencies) = (in_words(&report.counts), in_words(&report.dependencies));
        let cleared = cleared(&report.gone);
        format!("{verb}: {objects} of {total} objects{cleared}; dependencies: {dependencies}")
    };
    let cost = format!(
        "{:.1} s, {} NetBox requests ({} of them writes), {} Proxmox requests",
        report.duration_seconds, report.netbox_requests, report.netbox_writes, report.proxmox_requests
    );
    let looked = report.quick.map(|QuickCounts { guests, looked_at }| {
        format!("quick run: {looked_at} of {guests} guests may have changed and were looked at")
    });
    std::iter::once(came_to).chain(looked).chain([cost]).collect()
}

/// Gives the reason of one kind of trouble.
type Reason = fn(&ObjectResult) -> Option<String>;

const TROUBLES: [(&str, Reason); 3] = [
    ("failed", |result| match result {
        ObjectResult::Failed { problem } => Some(sentence(problem)),
        _ => None,
    }),
    ("in conflict", |result| match result {
        ObjectResult::Conflict { problem } => Some(sentence(problem)),
        _ => None,
    }),
    ("skipped", |result| match result {
        ObjectResult::Skipped { reason } => Some(reason.clone()),
        _ => None,
    }),
];

fn sentence(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{} ({hint})", problem.message),
        None => problem.message.clone(),
    }
}

/// Objects with the same reason, the most frequent reason first.
fn trouble<'a>(
    heading: &str,
    reason: Reason,
    objects: impl Iterator<Item = &'a ObjectReport>,
) -> Vec<String> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for object in objects {
        let Some(text) = reason(&object.result) else { continue };
        let general = without_numbers(&without_name(&text, &object.name), &object.name);
        let place = *places.entry(general.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.objects.push(object),
            None => groups.push(Group { text, general, objects: vec![object] }),
        }
    }
    if groups.is_empty() {
        return Vec::new();
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.objects.len()));
    let mut lines = vec![format!("{heading}:")];
    lines.extend(groups.iter().take(SHOWN).flat_map(Group::lines));
    if groups.len() > SHOWN {
        lines.push(format!("  … for {} more reasons; --json lists all of them", groups.len() - SHOWN));
    }
    lines
}

struct Group<'a> {
    /// Why the first of them is here.
    text: String,
    /// Why all of them are.
    general: String,
    objects: Vec<&'a ObjectReport>,
}

impl Group<'_> {
    fn lines(&self) -> Vec<String> {
        let names: Vec<String> = self.objects.iter().take(NAMED).map(|object| called(object)).collect();
        let names = names.join(", ");
        match self.objects.len() {
            1 => vec![format!("  {names}: {}", self.text)],
            count => {
                let more = count.saturating_sub(NAMED);
                let more = if more > 0 { format!(" … and {more} more") } else { String::new() };
                vec![format!("  {count} × {}", self.general), format!("      {names}{more}")]
            }
        }
    }
}

/// `disk web / scsi0 (lab/vmid 101/scsi0)`; who it is alone, where that says its name already.
fn called(object: &ObjectReport) -> String {
    let identity = object.identity.to_string();
    if identity.contains(&object.name) {
        return identity;
    }
    format!("{} {} ({identity})", object.item_type, object.name)
}

/// A text that does not say whom it is about, so that the same reason reads the same for everybody.
fn without_name(text: &str, name: &str) -> String {
    if name.is_empty() {
        return text.to_owned();
    }
    let inside = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '-');
    let mut general = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(name) {
        general.push_str(before);
        let whole = !inside(general.chars().next_back()) && !inside(after.chars().next());
        general.push_str(if whole { "…" } else { name });
        rest = after;
    }
    general.push_str(rest);
    general
}

/// The same without the numbers that are part of the name, such as the id of a backup's guest.
fn without_numbers(text: &str, name: &str) -> String {
    let mut general = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|character: char| !character.is_ascii_digit()).unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        general.push_str(before);
        general.push_str(if number.len() > 2 && name.contains(number) { "…" } else { number });
        rest = after;
    }
    general.push_str(rest);
    general
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::Identity;
    use proxbox_model::report::GoneCounts;
    use std::sync::Arc;

    fn object(stage: Stage, item_type: &str, id: u32, result: ObjectResult) -> ObjectReport {
        ObjectReport {
            stage,
            identity: Identity::guest("lab", id),
            name: format!("vm{id}"),
            item_type: item_type.into(),
            result,
            netbox_id: None,
            netbox_url: None,
            without: Vec::new(),
            preview: None,
        }
    }

    fn report(status: RunStatus, dry_run: bool, objects: Vec<ObjectReport>) -> RunReport {
        let mut counts = Counts::default();
        objects.iter().for_each(|object| counts.count(&object.result));
        RunReport {
            run: "76bdc365".into(),
            status,
            dry_run,
            counts,
            dependencies: Counts { created: 5, ..Counts::default() },
            gone: GoneCounts::default(),
            duration_seconds: 12.34,
            netbox_requests: 70,
            netbox_writes: 40,
            proxmox_requests: 900,
            quick: None,
            objects: objects.into_iter().map(Arc::new).collect(),
            problems: Vec::new(),
            failure: None,
            modules: Vec::new(),
            module_log: Vec::new(),
            staged: Vec::new(),
        }
    }

    fn troubled() -> Vec<ObjectReport> {
        let failed = |id: u32, message: String| ObjectResult::Failed {
            problem: Problem::new("netbox-rejected", message).with_hint(format!("rename vm{id}")),
        };
        let mut objects = vec![object(Stage::Devices, "node", 1, ObjectResult::Created)];
        for id in 100..350 {
            objects.push(object(
                Stage::VirtualMachines,
                "qemu",
                id,
                failed(id, format!("NetBox refused vm{id}: the name is taken")),
            ));
            let reason = "the storage is not read".to_owned();
            objects.push(object(Stage::VirtualDisks, "disk", id, ObjectResult::Skipped { reason }));
        }
        objects.push(object(Stage::VirtualMachines, "lxc", 7, failed(7, "NetBox is full".into())));
        let problem = Problem::new("conflict-name", "somebody else's");
        objects.push(object(Stage::Snapshots, "snapshot", 8, ObjectResult::Conflict { problem }));
        objects
    }

    #[test]
    fn a_report_has_a_line_for_each_stage_and_for_each_reason() {
        let report = report(RunStatus::Partial, false, troubled());
        insta::assert_snapshot!(lines(&report, Detail::Brief).join("\n"), @r"
        failed:
          250 × NetBox refused …: the name is taken (rename …)
              qemu vm100 (lab/vmid 100), qemu vm101 (lab/vmid 101), qemu vm102 (lab/vmid 102) … and 247 more
          lxc vm7 (lab/vmid 7): NetBox is full (rename vm7)
        in conflict:
          snapshot vm8 (lab/vmid 8): somebody else's
        skipped:
          250 × the storage is not read
              disk vm100 (lab/vmid 100), disk vm101 (lab/vmid 101), disk vm102 (lab/vmid 102) … and 247 more
                           created  updated  unchanged  skipped  failed  conflicts
        devices                  1        0          0        0       0          0
        virtual-machines         0        0          0        0     251          0
        virtual-disks            0        0          0      250       0          0
        snapshots                0        0          0        0       0          1
        done in part: 1 created, 250 skipped, 251 failed, 1 in conflict of 503 objects; dependencies: 5 created
        12.3 s, 70 NetBox requests (40 of them writes), 900 Proxmox requests
        ");
    }

    #[test]
    fn a_plan_tells_some_changes_of_each_stage() {
        let mut objects: Vec<ObjectReport> =
            (0..12).map(|id| object(Stage::VirtualMachines, "qemu", id, ObjectResult::Created)).collect();
        let fields = vec!["description".to_owned(), "custom_fields.proxmox_node".to_owned()];
        objects.push(object(Stage::Backups, "backup", 1, ObjectResult::Updated { fields, adopted: true }));
        objects.push(object(Stage::Backups, "backup", 2, ObjectResult::Unchanged));
        let report = report(RunStatus::Completed, true, objects);
        insta::assert_snapshot!(lines(&report, Detail::Brief).join("\n"), @r"
        virtual-machines:
          + qemu vm0
          + qemu vm1
          + qemu vm2
          + qemu vm3
          + qemu vm4
          + qemu vm5
          + qemu vm6
          + qemu vm7
          + qemu vm8
          + qemu vm9
          … and 2 more of virtual-machines; --all tells all of them
        backups:
          ~ backup vm1 (taken over): description, custom_fields.proxmox_node
                           created  updated  unchanged  skipped  failed  conflicts
        virtual-machines        12        0          0        0       0          0
        backups                  0        1          1        0       0          0
        planned, nothing was written: 12 created, 1 updated, 1 unchanged of 14 objects; dependencies: 5 created
        12.3 s, 70 NetBox requests (40 of them writes), 900 Proxmox requests
        ");
    }

    #[test]
    fn the_json_has_the_counts_of_every_stage_and_no_object_that_is_right() {
        let json: Json = serde_json::from_str(
            &report_json(&report(RunStatus::Partial, false, troubled()), Detail::Brief).unwrap(),
        )
        .unwrap();
        assert_eq!(json["failed"], 251);
        assert_eq!(json["stages"]["virtual-machines"]["failed"], 251);
        assert_eq!(json["stages"]["virtual-disks"]["total"], 250);
        assert_eq!(json["objects"].as_array().unwrap().len(), 502);
        let planned = report(RunStatus::Completed, true, troubled());
        let json: Json = serde_json::from_str(&report_json(&planned, Detail::Brief).unwrap()).unwrap();
        assert_eq!(json["objects"].as_array().unwrap().len(), 503);
    }

    #[test]
    fn only_whole_names_are_left_out() {
        assert_eq!(without_name("vm1 and vm10 and 'vm1'", "vm1"), "… and vm10 and '…'");
        assert_eq!(without_name("nothing", ""), "nothing");
        assert_eq!(without_numbers("guest 900 of 4096, tag 12", "vm/900/12"), "guest … of 4096, tag 12");
    }
}
