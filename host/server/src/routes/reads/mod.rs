//! Questions that Proxmox VE or NetBox answer now.

mod ask;
mod cluster;
mod datacenter;
mod firewall;
mod guest;
mod ha;
mod inventory;
mod netbox;
mod node;
mod overview;
mod place;
mod selecting;

pub(super) use ask::http_status;

use crate::state::AppState;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Adds the routes of this folder.
pub(super) fn add(router: OpenApiRouter<AppState>) -> OpenApiRouter<AppState> {
    router
        .routes(routes!(overview::overview))
        .routes(routes!(overview::sessions))
        .routes(routes!(overview::version))
        .routes(routes!(overview::top_level))
        .routes(routes!(cluster::status))
        .routes(routes!(cluster::resources))
        .routes(routes!(cluster::storage))
        .routes(routes!(cluster::backup))
        .routes(routes!(cluster::replication))
        .routes(routes!(node::nodes))
        .routes(routes!(node::network))
        .routes(routes!(node::guests))
        .routes(routes!(node::content))
        .routes(routes!(guest::config))
        .routes(routes!(guest::firewall))
        .routes(routes!(firewall::summary))
        .routes(routes!(firewall::of_a_node))
        .routes(routes!(firewall::options_of_a_node))
        .routes(routes!(firewall::of_a_guest))
        .routes(routes!(firewall::options_of_a_guest))
        .routes(routes!(firewall::of_datacenters))
        .routes(routes!(ha::summary))
        .routes(routes!(ha::of_a_guest))
        .routes(routes!(datacenter::cpu_models))
        .routes(routes!(datacenter::options))
        .routes(routes!(netbox::openapi))
        .routes(routes!(netbox::probe))
        .routes(routes!(inventory::machines))
        .routes(routes!(inventory::machine))
        .routes(routes!(inventory::summary))
        .routes(routes!(inventory::summary_example))
        .routes(routes!(inventory::devices))
}
