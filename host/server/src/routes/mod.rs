//! The routes. Each handler carries its own part of the OpenAPI document, so that the two cannot differ.

mod auth;
mod cache;
mod meta;
mod netbox;
mod proxmox;
mod stages;
mod sync;
mod sync_params;
mod sync_query;

use crate::state::AppState;
use utoipa::IntoParams as _;
use utoipa::openapi::path::Parameter;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn all() -> OpenApiRouter<AppState> {
    let router = OpenApiRouter::new()
        .routes(routes!(meta::root))
        .routes(routes!(meta::health))
        .routes(routes!(meta::livez))
        .routes(routes!(meta::readyz))
        .routes(routes!(meta::version))
        .routes(routes!(meta::openapi))
        .routes(routes!(cache::overview))
        .routes(routes!(cache::metrics))
        .routes(routes!(cache::prometheus))
        .routes(routes!(cache::clear))
        .routes(routes!(auth::bootstrap_status))
        .routes(routes!(auth::register))
        .routes(routes!(auth::list, auth::create))
        .routes(routes!(auth::delete))
        .routes(routes!(auth::activate))
        .routes(routes!(auth::deactivate))
        .routes(routes!(netbox::list, netbox::create))
        .routes(routes!(netbox::read, netbox::update, netbox::delete))
        .routes(routes!(netbox::status))
        .routes(routes!(proxmox::list, proxmox::create))
        .routes(routes!(proxmox::read, proxmox::update, proxmox::delete))
        .routes(routes!(sync::full_update))
        .routes(routes!(sync::full_update_stream))
        .routes(routes!(sync::active))
        .routes(routes!(stages::sdn));
    stages::add(router)
}

/// The parameters of every sync.
pub(crate) fn shared_parameters() -> Vec<Parameter> {
    sync_params::SyncParams::into_params(|| None)
}
