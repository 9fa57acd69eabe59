//! What a run needs in NetBox beforehand: whether it is there, and making it.

use crate::error::{ApiError, DetailBody, FaultBody, InvalidBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use proxbox_model::Diagnostic as _;
use proxbox_model::kind;
use proxbox_model::problem::Problem;
use proxbox_netbox::{Netbox, NetboxError};
use proxbox_sync::{Ground, GroundState};
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// The plugin waits five seconds for the answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// Kinds that every run writes; a token that may write these is set up for the task.
const WRITTEN: &[&str] = &[
    "extras.tag",
    "extras.customfield",
    "virtualization.cluster",
    "dcim.device",
    "virtualization.virtualmachine",
];

/// Which NetBox.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the handlers read")]
pub(crate) struct NetboxParams {
    /// Row of the NetBox endpoint; the only one when not given.
    netbox_id: Option<i64>,
}

/// Whether NetBox is ready for a run.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CustomFieldsStatus)]
pub(crate) struct BootstrapStatus {
    ok: bool,
    /// For people.
    #[schema(example = "NetBox 4.7.3 is ready for a run.")]
    detail: String,
    /// Why not: `no_netbox_session`, `netbox_timeout`, `token_may_not_write`, `tag_missing`, `custom_fields_missing`, or
    /// the code of an error.
    #[schema(example = "custom_fields_missing")]
    reason: Option<String>,
}

impl BootstrapStatus {
    fn lacking(reason: &str, detail: impl Into<String>) -> Self {
        Self { ok: false, detail: detail.into(), reason: Some(reason.to_owned()) }
    }

    fn failed(error: &NetboxError) -> Self {
        let detail = match error.hint() {
            Some(hint) => format!("{error}. {hint}"),
            None => error.to_string(),
        };
        Self::lacking(error.code(), detail)
    }
}

async fn netbox(state: &AppState, params: &Params) -> Result<std::sync::Arc<Netbox>, ApiError> {
    state.netbox(params.number("netbox_id", 0, i64::MAX)?).await
}

/// Whether NetBox is ready for a run
///
/// Asks NetBox: whether it can be reached, whether the token may write, and whether the tag and the custom fields are
/// there. Writes nothing.
#[utoipa::path(get, path = "/extras/bootstrap-status", tag = "extras", params(NetboxParams), responses(
    (status = 200, body = BootstrapStatus,
        example = json!({"ok": false, "detail": "No NetBox endpoint found", "reason": "no_netbox_session"})),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn bootstrap_status(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<BootstrapStatus>, ApiError> {
    let netbox = match netbox(&state, &params).await {
        Ok(netbox) => netbox,
        Err(error @ ApiError::Invalid(_)) => return Err(error),
        Err(error) => {
            return Ok(Json(BootstrapStatus::lacking("no_netbox_session", error.sentence())));
        }
    };
    let looked = tokio::time::timeout(PATIENCE, look(&state, &netbox)).await;
    Ok(Json(match looked {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => BootstrapStatus::failed(&error),
        Err(_) => BootstrapStatus::lacking(
            "netbox_timeout",
            format!("NetBox at {} did not answer within {} seconds.", netbox.url(), PATIENCE.as_secs()),
        ),
    }))
}

async fn look(state: &AppState, netbox: &Netbox) -> Result<BootstrapStatus, NetboxError> {
    let ground = state.syncer.groundwork(netbox).await?;
    let kinds: Vec<_> = WRITTEN.iter().filter_map(|name| kind::find(name)).collect();
    let refused = netbox.preflight(&kinds).await?;
    Ok(if refused.is_empty() { verdict(netbox.url(), &ground) } else { may_not(&refused) })
}

fn may_not(refused: &[Problem]) -> BootstrapStatus {
    let mut sentences: Vec<&str> = refused.iter().map(|problem| problem.message.as_str()).collect();
    sentences.extend(refused.first().and_then(|problem| problem.hint.as_deref()));
    BootstrapStatus::lacking("token_may_not_write", sentences.join(". "))
}

fn verdict(url: &str, ground: &[Ground]) -> BootstrapStatus {
    let lacking = |kind: &str| -> Vec<&str> {
        let lacking =
            ground.iter().filter(|ground| ground.kind == kind && ground.state != GroundState::Right);
        lacking.map(|ground| ground.name.as_str()).collect()
    };
    let advice = "The next full update makes what is missing, and so does the repair.";
    let (tags, fields) = (lacking("extras.tag"), lacking("extras.customfield"));
    if !fields.is_empty() {
        let detail = format!("Custom fields are missing or incomplete: {}. {advice}", fields.join(", "));
        return BootstrapStatus::lacking("custom_fields_missing", detail);
    }
    if !tags.is_empty() {
        return BootstrapStatus::lacking(
            "tag_missing",
            format!("A tag is missing: {}. {advice}", tags.join(", ")),
        );
    }
    BootstrapStatus { ok: true, detail: format!("NetBox at {url} is ready for a run."), reason: None }
}

/// What was made in NetBox.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reconciled {
    /// Whether everything is there now.
    ok: bool,
    /// What was missing and is made, as `tag:…` and `custom_field:…`.
    #[schema(example = json!(["tag:Proxbox", "custom_field:proxmox_vm_id"]))]
    created: Vec<String>,
    /// What was incomplete and is complete.
    patched: Vec<String>,
    /// What was right.
    unchanged: Vec<String>,
    warnings: Vec<Unmade>,
}

/// Something that could not be made.
#[derive(Debug, Serialize, ToSchema)]
struct Unmade {
    object: String,
    error: String,
}

impl From<Vec<Ground>> for Reconciled {
    fn from(ground: Vec<Ground>) -> Self {
        let (mut created, mut patched, mut unchanged) = (Vec::new(), Vec::new(), Vec::new());
        let mut warnings = Vec::new();
        for ground in ground {
            let prefix = if ground.kind == "extras.tag" { "tag" } else { "custom_field" };
            let label = format!("{prefix}:{}", ground.name);
            match ground.state {
                GroundState::Missing => created.push(label),
                GroundState::Incomplete => patched.push(label),
                GroundState::Right => unchanged.push(label),
                GroundState::Failed(problem) => {
                    warnings.push(Unmade { object: label, error: problem.message });
                }
            }
        }
        Self { ok: warnings.is_empty(), created, patched, unchanged, warnings }
    }
}

/// Make what a run needs in NetBox
///
/// The tag and the custom fields, as a run makes them. What is right stays as it is.
#[utoipa::path(post, path = "/extras/custom-fields/reconcile", tag = "extras", params(NetboxParams), responses(
    (status = 200, body = Reconciled),
    (status = 400, description = "No NetBox endpoint", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
    (status = 502, description = "NetBox cannot be read", body = FaultBody),
))]
pub(crate) async fn reconcile(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Reconciled>, ApiError> {
    let netbox = netbox(&state, &params).await?;
    Ok(Json(state.syncer.lay_groundwork(&netbox).await?.into()))
}

/// Make the custom fields of a run, and list them
///
/// The same as the reconciliation, for older clients; the answer is NetBox's own.
#[utoipa::path(get, path = "/extras/extras/custom-fields/create", tag = "extras", params(NetboxParams), responses(
    (status = 200, body = Vec<Object>, example = json!([{"id": 1, "name": "proxmox_vm_id", "label": "VM ID"}])),
    (status = 400, description = "No NetBox endpoint", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 422, body = InvalidBody),
    (status = 502, description = "NetBox cannot be read or refuses a custom field", body = FaultBody),
))]
pub(crate) async fn create_custom_fields(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Map<String, Value>>>, ApiError> {
    let netbox = netbox(&state, &params).await?;
    let ground = state.syncer.lay_groundwork(&netbox).await?;
    let made = Reconciled::from(ground.clone());
    if !made.ok {
        return Err(unmade(&made));
    }
    let wanted = |row: &Map<String, Value>| {
        let name = row.get("name").and_then(Value::as_str);
        ground.iter().any(|ground| ground.kind == "extras.customfield" && Some(ground.name.as_str()) == name)
    };
    let rows = netbox.every_row("extras/custom-fields", &[]).await?;
    Ok(Json(rows.into_iter().filter(wanted).collect()))
}

fn unmade(made: &Reconciled) -> ApiError {
    let errors: Vec<String> =
        made.warnings.iter().map(|unmade| format!("{}: {}", unmade.object, unmade.error)).collect();
    ApiError::Fault {
        status: axum::http::StatusCode::BAD_GATEWAY,
        message: "Failed to create all NetBox custom fields.".to_owned(),
        detail: Some(errors.join("; ")),
        chain: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground(kind: &'static str, name: &str, state: GroundState) -> Ground {
        Ground { kind, name: name.to_owned(), state }
    }

    #[test]
    fn what_is_lacking_is_named() {
        let verdict = |ground: &[Ground]| {
            let status = verdict("http://nb", ground);
            (status.ok, status.reason, status.detail)
        };
        let (ok, reason, _) = verdict(&[ground("extras.tag", "Proxbox", GroundState::Right)]);
        assert!(ok && reason.is_none());
        let (ok, reason, detail) = verdict(&[
            ground("extras.tag", "Proxbox", GroundState::Missing),
            ground("extras.customfield", "proxmox_node", GroundState::Incomplete),
        ]);
        assert!(!ok && detail.contains("proxmox_node"), "{detail}");
        assert_eq!(reason.as_deref(), Some("custom_fields_missing"));
        let (_, reason, detail) = verdict(&[ground("extras.tag", "Proxbox", GroundState::Missing)]);
        assert!(reason.as_deref() == Some("tag_missing") && detail.contains("Proxbox"), "{detail}");
    }

    #[test]
    fn what_cannot_be_made_is_a_warning() {
        let problem = Problem::new("netbox-rejected", "NetBox refuses it");
        let made = Reconciled::from(vec![
            ground("extras.tag", "Proxbox", GroundState::Right),
            ground("extras.customfield", "proxmox_node", GroundState::Failed(problem)),
        ]);
        assert!(!made.ok && made.unchanged == ["tag:Proxbox"]);
        assert_eq!(made.warnings[0].object, "custom_field:proxmox_node");
        assert!(unmade(&made).sentence().contains("custom_field:proxmox_node: NetBox refuses it"));
    }
}
