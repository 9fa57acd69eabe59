//! The parameters that select endpoints, as the OpenAPI document describes them.

use crate::routes::sync_params::SyncParams;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

/// Names of those parameters; they are the ones of a sync.
const SELECTING: [&str; 6] =
    ["source", "name", "domain", "ip_address", "proxmox_endpoint_ids", "endpoint_ids"];

/// The parameters of every question to Proxmox.
pub(super) struct Selecting;

impl IntoParams for Selecting {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let of_sync = SyncParams::into_params(place).into_iter();
        of_sync.filter(|parameter| SELECTING.contains(&parameter.name.as_str())).collect()
    }
}
