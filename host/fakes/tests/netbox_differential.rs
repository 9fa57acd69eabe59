//! The fake answers as a real NetBox does: see `differential`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

#[path = "differential/bare/mod.rs"]
mod bare;
mod differential;

use proxbox_fakes::netbox::Flavour;

/// What the suite is about.
const FLAVOUR: Flavour = Flavour::Bare;
