//! What a sync would do, object by object, without doing it.

use super::narrowed;
use super::sync::{outcome, start_dry};
use super::sync_params::SyncParams;
use crate::error::{ApiError, CodedBody, DetailBody, FaultBody, InvalidBody, InvalidPart};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use proxbox_model::facts::AddressOwner;
use proxbox_model::report::{Counts, ModuleUsage, ObjectReport, ObjectResult, RunReport, Stage};
use proxbox_model::{Problem, SourceObject};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Objects in an answer, when nothing is said.
const OBJECTS: i64 = 500;
const MOST_OBJECTS: i64 = 5000;

/// Which objects, besides what every sync takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `preview` reads")]
pub(crate) struct PreviewParams {
    /// Objects of this guest alone. Everything of the endpoints is read all the same.
    #[param(minimum = 1)]
    vmid: Option<u32>,
    /// Stages, comma-separated; all when not given.
    #[param(example = "virtual-machines,ip-addresses")]
    stage: Option<String>,
    /// Leave out what would stay as it is in NetBox and what the modules map as the built-in mapping does.
    #[param(default = true)]
    only_changed: Option<bool>,
    /// How many objects at most.
    #[param(minimum = 1, maximum = 5000, default = 500)]
    limit: Option<u32>,
}

/// What a sync would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct SyncPreview {
    /// UUID of the run that planned it.
    run_id: String,
    /// `completed`, or `partial` when something could not be read or mapped.
    #[schema(value_type = String, example = "completed")]
    status: proxbox_model::report::RunStatus,
    /// Entries of staged modules that were seen: they change nothing until they are enabled.
    #[schema(example = json!(["acme-tenants"]))]
    staged: Vec<String>,
    /// What the site's modules did, by module and object type.
    #[schema(value_type = Vec<Value>)]
    modules: Vec<ModuleUsage>,
    /// Every object of the run by what would become of it.
    #[schema(value_type = Value, example = json!({"created": 1, "updated": 0, "unchanged": 41, "skipped": 0, "failed": 0, "conflicts": 0}))]
    counts: Counts,
    /// Each with its stage, identity, name and outcome. `preview` holds the modules that map it, what these make of it that
    /// the built-in mapping does not (`usual`), and what would be written (`netbox`): lists of field, `from` and `to`.
    #[schema(value_type = Vec<Value>, example = json!([{"stage": "virtual-machines", "identity": {"source": "lab", "object": {"guest": 101}},
        "name": "web", "item_type": "qemu", "outcome": "updated", "fields": ["tenant"], "adopted": false,
        "preview": {"modules": ["acme-tenants"], "usual": [{"field": "tenant", "to": "tenant acme"}],
            "netbox": [{"field": "tenant", "from": null, "to": "tenant Acme (new)"}]}}]))]
    objects: Vec<ObjectReport>,
    /// How many objects match.
    total: usize,
    /// Whether some of them were left out because there are more than `limit`.
    cut: bool,
    /// What went wrong, or deserves a look: code, message and hint. Names the modules that failed, and on what.
    #[schema(value_type = Vec<Value>)]
    problems: Vec<Problem>,
}

/// What a sync would do
///
/// Reads and maps as a full update does, with staged modules as well, and writes nothing. Answers when it is done.
#[utoipa::path(get, path = "/transforms/preview", tag = "transforms", params(PreviewParams, SyncParams), responses(
    (status = 200, body = SyncPreview),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
    (status = 502, description = "Nothing could be done", body = FaultBody),
    (status = 503, description = "Too many runs are waiting", body = CodedBody),
))]
pub(crate) async fn preview(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<SyncPreview>, ApiError> {
    let limit = usize::try_from(params.number("limit", 1, MOST_OBJECTS)?.unwrap_or(OBJECTS));
    let vmid = narrowed::vmid(&params)?;
    let only_changed = params.flag("only_changed")?.unwrap_or(true);
    let stages = stages(&params)?;
    let report = start_dry(&state, &params, &stages).await?.wait().await;
    outcome(&report, "Preview")?;
    let wanted = |object: &ObjectReport| {
        vmid.is_none_or(|vmid| guest_of(&object.identity.object) == Some(vmid))
            && (!only_changed || is_changed(object))
    };
    Ok(Json(answer(&report, wanted, limit.unwrap_or(usize::MAX))))
}

fn answer(report: &RunReport, wanted: impl Fn(&ObjectReport) -> bool, limit: usize) -> SyncPreview {
    let objects: Vec<&ObjectReport> = report.objects().filter(|object| wanted(object)).collect();
    SyncPreview {
        run_id: report.run.clone(),
        status: report.status,
        staged: report.staged.clone(),
        modules: report.modules.iter().filter(|usage| !usage.is_built_in()).cloned().collect(),
        counts: report.counts,
        total: objects.len(),
        cut: objects.len() > limit,
        objects: objects.into_iter().take(limit).cloned().collect(),
        problems: report.problems.clone(),
    }
}

fn stages(params: &Params) -> Result<Vec<Stage>, ApiError> {
    let names = params.text("stage").into_iter().flat_map(|text| text.split(',')).map(str::trim);
    names.filter(|name| !name.is_empty()).map(stage).collect()
}

fn stage(name: &str) -> Result<Stage, ApiError> {
    Stage::ALL.into_iter().find(|stage| stage.as_str() == name).ok_or_else(|| {
        let known = Stage::ALL.map(Stage::as_str).join(", ");
        let msg = format!("Input should be a comma-separated list of {known}");
        ApiError::Invalid(vec![InvalidPart::new("enum", "query", "stage", msg)])
    })
}

/// Whether NetBox would change, the modules differ from the built-in mapping, or something is in the way.
fn is_changed(object: &ObjectReport) -> bool {
    let troubled = matches!(object.result, ObjectResult::Failed { .. } | ObjectResult::Conflict { .. });
    let differs =
        |preview: &proxbox_model::report::Preview| !preview.usual.is_empty() || !preview.netbox.is_empty();
    troubled || object.preview.as_deref().is_some_and(differs)
}

/// The guest that an object is, or belongs to.
fn guest_of(object: &SourceObject) -> Option<u32> {
    match object {
        SourceObject::Guest(vmid)
        | SourceObject::CloudInit(vmid)
        | SourceObject::Disk(vmid, _)
        | SourceObject::Interface(vmid, _)
        | SourceObject::MacAddress(vmid, _)
        | SourceObject::IpAddress(AddressOwner::VmInterface(vmid, _), _)
        | SourceObject::PrimaryIp(vmid)
        | SourceObject::GuestInterface(vmid, _)
        | SourceObject::Snapshot(vmid, _) => Some(*vmid),
        // The id of such a job begins with the vmid.
        SourceObject::Replication(id) => id.split('-').next()?.parse().ok(),
        _ => None,
    }
}
