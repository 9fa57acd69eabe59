//! What the sync of one object is answered with.

use super::sync::outcome;
use crate::error::ApiError;
use crate::stream::{operation, sentence, trouble};
use axum::http::StatusCode;
use proxbox_model::Identity;
use proxbox_model::options::Focus;
use proxbox_model::report::{ObjectReport, ObjectResult, RunReport, RunStatus};
use proxbox_sync::Found;
use serde_json::{Value, json};

/// The answer, or the refusal of what is not in Proxmox.
pub(super) fn answer(
    object_type: &'static str,
    focus: &Focus,
    dry_run: bool,
    report: &RunReport,
    found: Option<&Found>,
) -> Result<Value, ApiError> {
    if report.status == RunStatus::Cancelled {
        outcome(report, object_type)?;
    }
    let answer = Answer { object_type, dry_run };
    let Some(found) = found else { return Ok(answer.error(trouble(report))) };
    if let Some(cluster) = focus.cluster.as_ref().filter(|cluster| !found.clusters.contains(cluster)) {
        let known = format!("No Proxmox session found for cluster: {cluster}");
        let why = report.cause().filter(|_| report.status == RunStatus::Failed);
        return Ok(
            answer.error(why.map_or_else(|| known.clone(), |why| format!("{known}. {}", sentence(why))))
        );
    }
    if found.objects.is_empty() {
        return match excuse(report, found) {
            Some(why) => Ok(answer.error(why)),
            None => Err(ApiError::Detail(StatusCode::NOT_FOUND, absent(focus))),
        };
    }
    let objects: Vec<&ObjectReport> =
        report.objects().filter(|object| is_meant(found, &object.identity)).collect();
    let Some(first) = objects
        .iter()
        .find(|object| Some(&object.identity) == found.objects.first().map(|(identity, _)| identity))
    else {
        return Ok(answer.error(trouble(report)));
    };
    Ok(answer.of(first, &objects, report, found))
}

fn is_meant(found: &Found, identity: &Identity) -> bool {
    found.objects.iter().any(|(meant, _)| meant == identity)
}

fn absent(focus: &Focus) -> String {
    match &focus.cluster {
        Some(cluster) => format!("Not found in cluster {cluster}: {}", focus.only),
        None => format!("Not found in any cluster: {}", focus.only),
    }
}

/// Why an object may be there although it was not found.
fn excuse(report: &RunReport, found: &Found) -> Option<String> {
    let left_out = report.problems.iter().find(|problem| problem.code == "sync-stages-left-out");
    let unread = report.cause().filter(|_| report.status == RunStatus::Failed);
    left_out.or(found.unread.first()).or(unread).map(sentence)
}

/// What every answer says.
struct Answer {
    object_type: &'static str,
    dry_run: bool,
}

impl Answer {
    fn error(&self, error: String) -> Value {
        json!({
            "object_type": self.object_type, "action": "error", "proxmox_resource": {}, "netbox_object": null,
            "dry_run": self.dry_run, "dependencies_synced": [], "error": error,
        })
    }

    /// `first` is the object itself; the others are what belongs to it, or more of its sort. What the run made on the way is
    /// told apart from `dependencies_synced`, whose members clients would sync once more.
    fn of(
        &self,
        first: &ObjectReport,
        objects: &[&ObjectReport],
        report: &RunReport,
        found: &Found,
    ) -> Value {
        let most = objects.iter().copied().min_by_key(|object| rank(&object.result)).unwrap_or(first);
        let (planned, error) = told(&most.result);
        let action = if self.dry_run && error.is_none() { "dry_run" } else { planned };
        let mut answer = json!({
            "object_type": self.object_type, "action": action, "proxmox_resource": said(found, first),
            "netbox_object": in_netbox(first), "dry_run": self.dry_run, "dependencies_synced": [], "error": error,
        });
        let Some(members) = answer.as_object_mut() else { return answer };
        if self.dry_run {
            members.insert("planned_action".to_owned(), planned.into());
        }
        let mut add = |name: &str, list: Vec<Value>| {
            if !list.is_empty() {
                members.insert(name.to_owned(), list.into());
            }
        };
        add("changed_fields", changed(objects));
        add("created_on_the_way", made_on_the_way(report, found));
        if found.objects.iter().filter(|(_, said)| !said.is_null()).count() > 1 {
            add("objects", objects.iter().map(|object| one_of_many(object)).collect());
        }
        answer
    }
}

/// What says most comes first.
fn rank(result: &ObjectResult) -> u8 {
    match result {
        ObjectResult::Failed { .. } | ObjectResult::Conflict { .. } => 0,
        ObjectResult::Created => 1,
        ObjectResult::Updated { .. } => 2,
        ObjectResult::Unchanged => 3,
        ObjectResult::Skipped { .. } => 4,
    }
}

/// What happened, and why not more did. Who asked for one object wants to know why that was left out.
fn told(result: &ObjectResult) -> (&'static str, Option<String>) {
    match result {
        ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => {
            ("error", Some(sentence(problem)))
        }
        ObjectResult::Skipped { reason } => ("skipped", Some(reason.clone())),
        result => (operation(result), None),
    }
}

fn said(found: &Found, object: &ObjectReport) -> Value {
    let said = found.objects.iter().find(|(identity, _)| *identity == object.identity);
    said.map(|(_, said)| said.clone()).filter(Value::is_object).unwrap_or_else(|| json!({}))
}

fn in_netbox(object: &ObjectReport) -> Value {
    object.netbox_id.map_or(
        Value::Null,
        |id| json!({"id": id, "url": object.netbox_url, "name": object.name, "type": object.item_type}),
    )
}

fn changed(objects: &[&ObjectReport]) -> Vec<Value> {
    let fields = objects.iter().flat_map(|object| match &object.result {
        ObjectResult::Updated { fields, .. } => fields.as_slice(),
        _ => &[],
    });
    fields.map(|field| field.clone().into()).collect()
}

fn made_on_the_way(report: &RunReport, found: &Found) -> Vec<Value> {
    let made = report
        .objects()
        .filter(|object| object.result == ObjectResult::Created && !is_meant(found, &object.identity));
    made.map(|object| json!({"object_type": object.item_type, "name": object.name})).collect()
}

fn one_of_many(object: &ObjectReport) -> Value {
    let (action, error) = told(&object.result);
    json!({
        "name": object.name, "type": object.item_type, "action": action, "error": error,
        "netbox_object": in_netbox(object),
    })
}
