//! Every model that the fake knows, in dependency order.

mod choices;
mod components;
mod dcim;
mod extras;
mod interface_types;
mod ipam;
mod plugin;
mod tenancy;
mod virtualization;

use super::table::Model;

/// Every model.
pub(crate) fn all() -> impl Iterator<Item = &'static Model> {
    let own = [extras::MODELS, tenancy::MODELS, dcim::MODELS, virtualization::MODELS, ipam::MODELS];
    own.into_iter().chain(plugin::MODELS.iter().copied()).flatten()
}

/// The model of that name: `dcim.site`.
pub(crate) fn by_name(name: &str) -> Option<&'static Model> {
    all().find(|model| model.name == name)
}

/// The model whose list is at that path below `/api/`: `dcim/sites`.
pub(crate) fn by_path(path: &str) -> Option<&'static Model> {
    all().find(|model| model.path == path)
}
