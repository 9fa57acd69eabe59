//! Every model that the fake knows, in dependency order.

mod choices;
mod components;
mod dcim;
mod extras;
mod ipam;
mod tenancy;
mod virtualization;

use super::table::Model;

/// Every model.
pub(crate) fn all() -> impl Iterator<Item = &'static Model> {
    [extras::MODELS, tenancy::MODELS, dcim::MODELS, virtualization::MODELS, ipam::MODELS]
        .into_iter()
        .flatten()
}

/// The model of that name: `dcim.site`.
pub(crate) fn by_name(name: &str) -> Option<&'static Model> {
    all().find(|model| model.name == name)
}

/// The model whose list is at that path below `/api/`: `dcim/sites`.
pub(crate) fn by_path(path: &str) -> Option<&'static Model> {
    all().find(|model| model.path == path)
}
