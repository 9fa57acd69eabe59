//! The fake answers as a real NetBox with the plugin `netbox-proxbox` does: see `differential`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod differential;
#[path = "differential/plugin/mod.rs"]
mod plugin;

use proxbox_fakes::netbox::Flavour;

/// What the suite is about.
const FLAVOUR: Flavour = Flavour::CurrentPlugin;
