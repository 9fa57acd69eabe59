//! The models of the NetBox plugin `netbox-proxbox`.

mod choices;
mod endpoint;
mod flags;
mod guest;
mod history;
mod inventory;
mod schedule;
mod settings;
mod sync_state;

use super::super::table::*;
use super::virtualization::TOGETHER;

/// Every list of them.
pub(super) const MODELS: &[&[Model]] = &[
    endpoint::MODELS,
    inventory::MODELS,
    history::MODELS,
    schedule::MODELS,
    guest::MODELS,
    sync_state::MODELS,
    settings::MODELS,
];

const MACHINE: &[&str] = &["id", "url", "display_url", "display", "name"];
const NAMED_OBJECT: &[&str] = &["id", "url", "display", "name"];
const NODE: &[&str] = &["id", "url", "display", "name", "node_id", "online"];
const STORAGE: &[&str] = &["id", "url", "display", "cluster", "name"];
const SMALL: i64 = MAX_SMALL;
const LEAST: i64 = -2_147_483_648;

/// A row to start from.
const PLAIN: Model = Model {
    brief: NAMED_OBJECT,
    search: &["name"],
    filters: &[],
    flavour: super::super::release::Flavour::OlderPlugin,
    display_url: false,
    ..super::super::table::PLAIN
};

/// A row of a model that only the current plugin has.
const NEW: Model = Model { flavour: super::super::release::Flavour::CurrentPlugin, ..PLAIN };

const fn machine() -> Field {
    related("virtual_machine", "virtualization.virtualmachine", OnDelete::Cascade).required().shown(MACHINE)
}

const fn endpoint(on_delete: OnDelete) -> Field {
    related("endpoint", "netbox_proxbox.proxmoxendpoint", on_delete).shown(NAMED_OBJECT)
}

const fn node(name: &'static str) -> Field {
    related(name, "netbox_proxbox.proxmoxnode", OnDelete::Clear).null().shown(NODE)
}

const fn cluster(name: &'static str) -> Field {
    related(name, "netbox_proxbox.proxmoxcluster", OnDelete::Clear).null().shown(NAMED_OBJECT)
}

const fn storage(name: &'static str) -> Field {
    related(name, "netbox_proxbox.proxmoxstorage", OnDelete::Clear).null().shown(STORAGE)
}

/// The role that guests get unless a narrower setting says otherwise.
const fn default_role(name: &'static str) -> Field {
    related(name, "dcim.devicerole", OnDelete::Clear).null().bare().current()
}

const fn json(name: &'static str, initial: Initial) -> Field {
    other(name, Holds::Json, initial).blank()
}

/// A count that may be missing.
const fn optional_count(name: &'static str) -> Field {
    integer(name, 0, MAX_INT).null()
}

/// A number that may be missing.
const fn optional_number(name: &'static str) -> Field {
    integer(name, LEAST, MAX_INT).null()
}

const fn together(name: &'static str, fields: &'static [&'static str], message: &'static str) -> Unique {
    Unique { name, fields, message, ..TOGETHER }
}

/// A filter by the id of the related object, of which only one can be given.
const fn one(name: &'static str, path: &'static [&'static str]) -> Filter {
    along(name, path, By::OneId)
}
