//! The routes. Each handler carries its own part of the OpenAPI document, so that the two cannot differ.

mod admin;
mod api2;
mod auth;
mod cache;
mod extras;
mod individual;
mod individual_answer;
mod machines;
mod meta;
mod metrics;
mod narrowed;
mod netbox;
mod opening;
mod overview;
mod pages;
mod proxmox;
mod reads;
mod selection;
mod stages;
mod sync;
mod sync_docs;
mod sync_params;
mod sync_query;
mod transforms;
mod transforms_preview;
mod ws;

pub(crate) use sync::start;

use crate::state::AppState;
use utoipa::IntoParams as _;
use utoipa::openapi::path::Parameter;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

pub(crate) fn all() -> OpenApiRouter<AppState> {
    let router = OpenApiRouter::new()
        .routes(routes!(meta::root))
        .routes(routes!(meta::health))
        .routes(routes!(meta::livez))
        .routes(routes!(meta::readyz))
        .routes(routes!(meta::version))
        .routes(routes!(meta::openapi))
        .routes(routes!(meta::meta))
        .routes(routes!(metrics::metrics))
        .routes(routes!(pages::docs))
        .routes(routes!(pages::redoc))
        .routes(routes!(pages::file))
        .routes(routes!(pages::admin))
        .routes(routes!(admin::logs))
        .routes(routes!(admin::logs_stream))
        .routes(routes!(admin::encryption))
        .routes(routes!(extras::bootstrap_status))
        .routes(routes!(extras::reconcile))
        .routes(routes!(extras::create_custom_fields))
        .routes(routes!(ws::commands))
        .routes(routes!(ws::virtual_machines))
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
        .routes(running(routes!(sync::full_update)))
        .routes(running(routes!(sync::full_update_stream)))
        .routes(routes!(sync::active))
        .routes(routes!(sync::cancel))
        .routes(running(routes!(narrowed::node_interfaces)))
        .routes(running(routes!(narrowed::clusters)))
        .routes(running(routes!(narrowed::cluster_types)))
        .routes(running(routes!(narrowed::machines_dry)))
        .routes(running(routes!(narrowed::backups)))
        .routes(running(routes!(narrowed::snapshots)))
        .routes(routes!(transforms::modules))
        .routes(routes!(transforms::logs))
        .routes(running(routes!(transforms_preview::preview)))
        .routes(routes!(stages::sdn));
    api2::add(reads::add(individual::add(machines::add(stages::add(router)))))
}

/// A route that starts a run: not for those who ask for its head alone.
fn running((schemas, paths, methods): UtoipaMethodRouter<AppState>) -> UtoipaMethodRouter<AppState> {
    (schemas, paths, methods.head(sync::no_head))
}

/// The parameters of every sync.
pub(crate) fn shared_parameters() -> Vec<Parameter> {
    sync_params::SyncParams::into_params(|| None)
}
