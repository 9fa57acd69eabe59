//! What a sync request asks for.

use crate::error::ApiError;
use crate::query::Params;
use crate::state::AppState;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::options::{OVERWRITE_FLAGS, RunOptions};
use proxbox_model::report::Stage;
use proxbox_store::Selection;
use proxbox_sync::Job;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

const MAX_IDS_TEXT: usize = 255;
const MAX_IDS: usize = 100;

/// The parameters of every sync, for the OpenAPI document.
pub(super) struct SyncParams;

impl IntoParams for SyncParams {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let described = [
            (
                "proxmox_endpoint_ids",
                Type::String,
                "Proxmox endpoints, comma-separated ids of this service or of the plugin; all that are enabled when not given.",
            ),
            ("endpoint_ids", Type::String, "The same; `proxmox_endpoint_ids` wins."),
            ("name", Type::String, "The Proxmox endpoint of exactly this name."),
            ("domain", Type::String, "The Proxmox endpoints of exactly this host name."),
            ("ip_address", Type::String, "The Proxmox endpoints of exactly this address."),
            ("netbox_id", Type::Integer, "The NetBox endpoint; the only one when not given."),
            ("source", Type::String, "`database`. Other sources do not hand out credentials."),
            ("dry_run", Type::Boolean, "Find out what would be done, and write nothing."),
        ];
        let flags = OVERWRITE_FLAGS.iter().map(|flag| {
            let text = "Whether a value that is in NetBox already may be overwritten.";
            parameter(flag.name, Type::Boolean, text, Some(flag.default.into()))
        });
        described
            .into_iter()
            .map(|(name, kind, text)| parameter(name, kind, text, None))
            .chain(flags)
            .collect()
    }
}

fn parameter(name: &str, kind: Type, text: &str, default: Option<serde_json::Value>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(text))
        .schema(Some(ObjectBuilder::new().schema_type(kind).default(default).build()))
        .build()
}

/// The job of a request, with everything that can be wrong before it starts found out.
pub(super) async fn job(state: &AppState, params: &Params, stages: &[Stage]) -> Result<Job, ApiError> {
    let (selection, field) = selection(params)?;
    let options = options(params, stages)?;
    let netbox_id = params.number("netbox_id", 0, i64::MAX)?;
    let netbox = state.netbox_endpoint(netbox_id).await?;
    let proxmox: Vec<ProxmoxEndpoint> = state.store.proxmox_select(&selection).await?;
    if proxmox.is_empty() {
        return Err(ApiError::bad_request(
            "No Proxmox endpoint to read",
            format!("No result found for Proxmox Sessions based on the provided {field}"),
        ));
    }
    Ok(Job { proxmox, netbox, options })
}

fn options(params: &Params, stages: &[Stage]) -> Result<RunOptions, ApiError> {
    let mut options = RunOptions {
        stages: stages.to_vec(),
        dry_run: params.flag("dry_run")?.unwrap_or(false),
        ..RunOptions::default()
    };
    for flag in OVERWRITE_FLAGS {
        if let Some(value) = params.flag(flag.name)? {
            options.overwrite.insert(flag.name.to_owned(), value);
        }
    }
    Ok(options)
}

/// The endpoints meant, and the name of what was given, for the case that it leads nowhere.
fn selection(params: &Params) -> Result<(Selection, &'static str), ApiError> {
    if params.text("source").is_some_and(|source| source != "database") {
        return Err(ApiError::bad_request(
            "Only source=database is supported",
            "NetBox does not hand out the credentials of its Proxmox endpoints; store them with POST /proxmox/endpoints.",
        ));
    }
    let ids_field =
        ["proxmox_endpoint_ids", "endpoint_ids"].into_iter().find(|name| params.text(name).is_some());
    let ids = ids_field.map_or(Ok(Vec::new()), |name| ids(name, params.text(name).unwrap_or_default()))?;
    let owned = |name| params.text(name).map(str::to_owned);
    let selection =
        Selection { ids, name: owned("name"), domain: owned("domain"), ip_address: owned("ip_address") };
    let field = ids_field
        .or_else(|| ["name", "domain", "ip_address"].into_iter().find(|name| params.text(name).is_some()))
        .unwrap_or("source");
    Ok((selection, field))
}

fn ids(name: &str, text: &str) -> Result<Vec<i64>, ApiError> {
    let bad = |msg: String| ApiError::bad_request("Invalid endpoint ids", format!("{name}: {msg}"));
    if text.len() > MAX_IDS_TEXT {
        return Err(bad(format!("at most {MAX_IDS_TEXT} characters are allowed")));
    }
    let ids: Vec<i64> = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| part.parse::<i64>().ok().filter(|id| *id > 0))
        .collect::<Option<_>>()
        .ok_or_else(|| bad("comma-separated positive integers are expected".to_owned()))?;
    match ids.len() {
        0 => Err(bad("comma-separated positive integers are expected".to_owned())),
        count if count > MAX_IDS => Err(bad(format!("at most {MAX_IDS} ids are allowed"))),
        _ => Ok(ids),
    }
}

/// Whether rows of virtual machines are wanted (`sync_vm_network`, true when not given).
pub(super) fn wants_network(params: &Params) -> Result<bool, ApiError> {
    Ok(params.flag("sync_vm_network")?.unwrap_or(true))
}
