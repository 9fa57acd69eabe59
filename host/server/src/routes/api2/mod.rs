//! Proxmox VE's own API, read only: every operation that the schemas know, without a route for each.

mod answers;
mod call;
mod document;
mod read;
mod viewer;

pub(crate) use document::served as served_document;

use crate::state::AppState;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where the operations are.
const PREFIX: &str = "/proxmox/api2";

/// Parameters of the query that are about the endpoint, and not part of the operation. A parameter of Proxmox VE with one of
/// these names is called `op_` and its name.
const CONTROLS: [&str; 6] =
    ["source", "target_name", "target_domain", "target_ip_address", "proxmox_endpoint_ids", "endpoint_ids"];

/// Adds the routes of this folder.
pub(super) fn add(router: OpenApiRouter<AppState>) -> OpenApiRouter<AppState> {
    let operations = || get(read::read).fallback(read::refuse);
    let router = [PREFIX, "/proxmox/api2/", "/proxmox/api2/{*path}"]
        .into_iter()
        .fold(router, |router, path| router.route(path, operations()));
    router
        .routes(routes!(viewer::openapi))
        .routes(routes!(viewer::embedded))
        .routes(routes!(viewer::contracts))
        .routes(routes!(viewer::status))
        .routes(routes!(viewer::pydantic))
        .routes(routes!(viewer::generate))
        .routes(routes!(viewer::refresh))
}
