//! The default mapping of a backup job to the plugin's backup routine.

mod retention;
mod selection;

use proxbox_transform_sdk::facts::BackupRoutineFacts;
use proxbox_transform_sdk::{
    BackupRoutineMapper, Context, Draft, Outcome, Raw, Value, digest, export, fit, plugin_endpoint,
    plugin_node, proxbox_tag, storage, time,
};
use retention::Retention;

/// The longest text of most fields.
const TEXT: usize = 255;
/// The longest mode of change detection.
const MODE: usize = 50;
/// The plugin's largest number.
const MOST: i64 = 2_147_483_647;

/// The mapper that the host has built in.
pub struct BackupRoutine;

impl BackupRoutineMapper for BackupRoutine {
    fn map(cx: &Context, fact: &BackupRoutineFacts) -> Outcome {
        let raw = Raw::of(&fact.raw);
        let routine = Draft::new("netbox_proxbox.backuproutine")
            .reference("endpoint", plugin_endpoint(cx))
            .text("job_id", fit(&fact.id, TEXT, &["~", &digest(&fact.id)].concat()))
            .with("enabled", fact.enabled)
            .text("schedule", fit(&fact.schedule, TEXT, "…"))
            .with("next_run", fact.next_run.map(time))
            .with("node", fact.node.as_deref().map(plugin_node))
            .with("storage", fact.storage.as_deref().map(storage))
            .with("selection", selection::of(fact))
            .text("comment", fact.comment.as_str())
            .text("status", "active")
            .tag(proxbox_tag());
        let routine = Retention::of(&fact.retention).write(routine);
        let routine = options(routine, &raw);
        routine.with("raw_config", raw.without(&["next-run", "digest"])).into()
    }
}

/// What only the raw job says.
fn options(routine: Draft, raw: &Raw) -> Draft {
    let number = |key| raw.integer(key).filter(|number| (0..=MOST).contains(number));
    let text =
        |key, limit| Value::Text(raw.text(key).map_or_else(String::new, |text| fit(&text, limit, "…")));
    let workers = raw
        .property("performance", "max-workers")
        .and_then(|workers| workers.parse().ok())
        .filter(|workers| (0..=MOST).contains(workers));
    let detection = ["pbs-change-detection-mode", "pbs_change_detection_mode"];
    let detection = detection.into_iter().find(|key| raw.text(key).is_some()).unwrap_or_default();
    routine
        .with("notes_template", text("notes-template", usize::MAX))
        .with("bwlimit", number("bwlimit"))
        .with("zstd", number("zstd"))
        .with("io_workers", workers)
        .with("fleecing", text("fleecing", TEXT))
        .with("fleecing_storage", raw.property("fleecing", "storage").as_deref().map(storage))
        .with("repeat_missed", raw.flag("repeat-missed").or_else(|| raw.flag("repeat_missed")))
        .with("pbs_change_detection_mode", text(detection, MODE))
}

export!(BackupRoutine: BackupRoutineMapper);
