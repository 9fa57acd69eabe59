//! What a datacenter defines for its guests.

use super::ask::{Question, all};
use super::selecting::Selecting;
use crate::error::{ApiError, DetailBody, FaultBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use proxbox_proxmox::unsigned;
use serde_json::{Map, Value, json};
use tokio::try_join;

const OPTIONS: Question = Question::usual("datacenter options");
const CPU_MODELS: Question = Question::patient("CPU models");
/// What clients call a member, and what Proxmox calls it.
const TEXTS: [(&str, &str); 4] = [
    ("base_cputype", "reported-model"),
    ("vendor_id", "hv-vendor-id"),
    ("flags", "flags"),
    ("description", "description"),
];

/// The CPU models that the clusters define themselves
///
/// Empty for releases that cannot tell and accounts that may not know.
#[utoipa::path(get, path = "/proxmox/datacenter/cpu-models", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"cluster_name": "lab", "cputype": "custom-web", "base_cputype": "EPYC",
        "flags": "+aes", "vendor_id": "", "level": null, "description": ""}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn cpu_models(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let lists = all(&state, &params, CPU_MODELS, |live| async move {
        let (name, models) = try_join!(live.name(), live.offered_rows("/cluster/qemu/custom-cpu-models"))?;
        Ok(models.unwrap_or_default().into_iter().map(|model| named(model, &name)).collect::<Vec<_>>())
    })
    .await?;
    Ok(Json(lists.into_iter().flatten().collect()))
}

fn named(mut model: Map<String, Value>, cluster: &str) -> Value {
    for (name, theirs) in TEXTS {
        let text = model.get(theirs).and_then(Value::as_str).unwrap_or_default().to_owned();
        model.insert(name.to_owned(), text.into());
    }
    model.entry("level").or_insert(Value::Null);
    super::cluster::named(model, cluster)
}

/// The options of the clusters, and the next VMID that is free
#[utoipa::path(get, path = "/proxmox/datacenter/options", tag = "proxmox", params(Selecting), responses(
    (status = 200, body = Value, example = json!([{"cluster_name": "lab", "keyboard": "en-us", "next_id": {"vmid": 112}}])),
    (status = 400, description = "No endpoint, or ids that make no sense", body = FaultBody),
    (status = 401, body = DetailBody),
    (status = 502, description = "None of them answers", body = FaultBody),
))]
pub(crate) async fn options(
    State(state): State<AppState>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let found = all(&state, &params, OPTIONS, |live| async move {
        let offered = async |path| live.offered(live.get(path).await);
        let (name, options, next) =
            try_join!(live.name(), offered("/cluster/options"), offered("/cluster/nextid"))?;
        let mut row = if let Some(Value::Object(options)) = options { options } else { Map::new() };
        if let Some(vmid) = next.as_ref().and_then(unsigned) {
            row.insert("next_id".to_owned(), json!({ "vmid": vmid }));
        }
        Ok(super::cluster::named(row, &name))
    });
    Ok(Json(found.await?))
}
