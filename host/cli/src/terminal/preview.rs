//! What a run that only planned would change, stage by stage: what the site's modules make of an object that the built-in
//! mapping does not, and what NetBox would hold then.

use proxbox_model::report::{Difference, ObjectReport, ObjectResult, Preview, RunReport, Stage};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Most objects of one stage that are told.
const SHOWN: usize = 10;

/// Most characters of one value.
const VALUE: usize = 70;

/// The lines about a report; of each stage the objects that modules map in their own way come first. `all` tells every object and
/// every field.
pub(super) fn lines(report: &RunReport, all: bool) -> Vec<String> {
    let mut stages: BTreeMap<Stage, Vec<&ObjectReport>> = BTreeMap::new();
    for object in report.objects().filter(|object| all || is_told(object)) {
        stages.entry(object.stage).or_default().push(object);
    }
    let mut lines: Vec<String> = seen(&report.staged).into_iter().collect();
    for (stage, mut objects) in stages {
        objects.sort_by_key(|object| !differs(object));
        let shown = if all { objects.len() } else { SHOWN };
        lines.push(format!("{}:", stage.as_str()));
        lines.extend(objects.iter().take(shown).flat_map(|object| about(object, all)));
        let more = objects.len().saturating_sub(shown);
        if more > 0 {
            lines.push(format!("  … and {more} more of {}; --all tells all of them", stage.as_str()));
        }
    }
    lines
}

/// The first line: whose effects are shown without being there yet.
fn seen(staged: &[String]) -> Option<String> {
    (!staged.is_empty()).then(|| {
        format!(
            "with staged modules: {}; until they are enabled, nothing is written that way",
            staged.join(", ")
        )
    })
}

fn is_told(object: &ObjectReport) -> bool {
    differs(object) || matches!(object.result, ObjectResult::Created | ObjectResult::Updated { .. })
}

/// Whether modules make something else of it than the built-in mapping.
fn differs(object: &ObjectReport) -> bool {
    object.preview.as_ref().is_some_and(|preview| !preview.usual.is_empty())
}

fn about(object: &ObjectReport, all: bool) -> Vec<String> {
    let mut lines = vec![headline(object)];
    let Some(preview) = &object.preview else { return lines };
    if !preview.usual.is_empty() {
        lines.push(format!("      {} instead of the built-in mapping:", modules(preview)));
        lines.extend(preview.usual.iter().map(usual));
    }
    let is_new = matches!(object.result, ObjectResult::Created);
    if !preview.netbox.is_empty() && (all || !is_new) {
        lines.push("      in NetBox:".to_owned());
        lines.extend(preview.netbox.iter().map(|difference| field(difference, "nothing")));
    }
    lines
}

fn modules(preview: &Preview) -> String {
    if preview.modules.is_empty() { "modules".to_owned() } else { preview.modules.join(", ") }
}

fn headline(object: &ObjectReport) -> String {
    let what = format!("{} {}", object.item_type, object.name);
    match &object.result {
        ObjectResult::Created => format!("  + {what}"),
        ObjectResult::Updated { fields, adopted } => {
            let how = if *adopted { " (taken over)" } else { "" };
            match object.preview.as_ref().is_some_and(|preview| !preview.netbox.is_empty()) {
                true => format!("  ~ {what}{how}"),
                false => format!("  ~ {what}{how}: {}", fields.join(", ")),
            }
        }
        ObjectResult::Unchanged => format!("  = {what}"),
        ObjectResult::Skipped { .. } => format!("  - {what}: left out"),
        ObjectResult::Failed { .. } => format!("  ! {what}: failed"),
        ObjectResult::Conflict { .. } => format!("  ! {what}: in conflict"),
    }
}

/// `role: left alone → device role web`; of what is brought along, `with tenant acme: name Acme, slug acme`.
fn usual(difference: &Difference) -> String {
    match (&difference.from, &difference.to) {
        (None, Some(brought @ Json::Object(_))) => {
            format!("        with {}: {}", difference.field, readable(brought))
        }
        (Some(Json::Object(_)), None) => format!("        without {}", difference.field),
        _ => field(difference, "left alone"),
    }
}

/// `tenant: nothing → tenant Acme (new)`; `absent` is what a value is called that is not there.
fn field(difference: &Difference, absent: &str) -> String {
    let value = |value: &Option<Json>| value.as_ref().map_or_else(|| absent.to_owned(), readable);
    format!("        {}: {} → {}", difference.field, value(&difference.from), value(&difference.to))
}

fn readable(value: &Json) -> String {
    let text = match value {
        Json::Null => "empty".to_owned(),
        Json::String(text) if text.is_empty() => "empty".to_owned(),
        Json::String(text) => text.replace(char::is_control, " "),
        Json::Array(items) if items.is_empty() => "none".to_owned(),
        Json::Array(items) => items.iter().map(readable).collect::<Vec<_>>().join(", "),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name} {}", readable(value)));
            members.collect::<Vec<_>>().join(", ")
        }
        Json::Bool(true) => "yes".to_owned(),
        Json::Bool(false) => "no".to_owned(),
        Json::Number(number) => number.to_string(),
    };
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::Identity;
    use proxbox_model::report::{Counts, GoneCounts, RunStatus};
    use serde_json::json;
    use std::sync::Arc;

    fn difference(field: &str, from: Option<Json>, to: Option<Json>) -> Difference {
        Difference { field: field.into(), from, to }
    }

    fn machine(vmid: u32, result: ObjectResult, preview: Preview) -> ObjectReport {
        ObjectReport {
            stage: Stage::VirtualMachines,
            identity: Identity::guest("lab", vmid),
            name: format!("vm{vmid}"),
            item_type: "qemu".into(),
            result,
            netbox_id: None,
            netbox_url: None,
            without: Vec::new(),
            preview: Some(Arc::new(preview)),
        }
    }

    fn of_module(usual: Vec<Difference>, netbox: Vec<Difference>) -> Preview {
        Preview { modules: vec!["acme-tenants".into()], usual, netbox }
    }

    fn report() -> RunReport {
        let updated = || ObjectResult::Updated { fields: Vec::new(), adopted: false };
        let skipped = ObjectResult::Skipped { reason: "a template".into() };
        let objects = vec![
            machine(
                1,
                updated(),
                Preview {
                    netbox: vec![difference("memory", Some(json!(512)), Some(json!(1024)))],
                    ..Preview::default()
                },
            ),
            machine(
                2,
                updated(),
                of_module(
                    vec![
                        difference("tenant", None, Some(json!("tenant acme"))),
                        difference("tenant acme", None, Some(json!({"name": "Acme", "slug": "acme"}))),
                    ],
                    vec![difference("tenant", Some(Json::Null), Some(json!("tenant Acme (new)")))],
                ),
            ),
            machine(
                3,
                skipped,
                of_module(
                    vec![difference("outcome", Some(json!("kept")), Some(json!("left out: a template")))],
                    Vec::new(),
                ),
            ),
            machine(4, ObjectResult::Unchanged, of_module(Vec::new(), Vec::new())),
        ];
        RunReport {
            run: "76bdc365".into(),
            status: RunStatus::Completed,
            dry_run: true,
            counts: Counts::default(),
            dependencies: Counts::default(),
            gone: GoneCounts::default(),
            duration_seconds: 1.0,
            netbox_requests: 1,
            netbox_writes: 0,
            proxmox_requests: 1,
            quick: None,
            objects: objects.into_iter().map(Arc::new).collect(),
            problems: Vec::new(),
            failure: None,
            modules: Vec::new(),
            module_log: Vec::new(),
            staged: vec!["acme-tenants".into()],
        }
    }

    #[test]
    fn preview_names_the_module_and_field() {
        insta::assert_snapshot!(lines(&report(), false).join("\n"), @r"
        with staged modules: acme-tenants; until they are enabled, nothing is written that way
        virtual-machines:
          ~ qemu vm2
              acme-tenants instead of the built-in mapping:
                tenant: left alone → tenant acme
                with tenant acme: name Acme, slug acme
              in NetBox:
                tenant: empty → tenant Acme (new)
          - qemu vm3: left out
              acme-tenants instead of the built-in mapping:
                outcome: kept → left out: a template
          ~ qemu vm1
              in NetBox:
                memory: 512 → 1024
        ");
    }

    #[test]
    fn all_of_them_are_told_when_that_is_asked_for() {
        let all = lines(&report(), true);
        assert!(all.contains(&"  = qemu vm4".to_owned()), "{all:#?}");
    }

    #[test]
    fn a_long_value_is_cut_and_a_terminal_is_not_commanded() {
        assert_eq!(readable(&json!("a\u{1b}[31mb")), "a [31mb");
        assert_eq!(readable(&json!("x".repeat(80))).chars().count(), VALUE + 1);
    }
}
