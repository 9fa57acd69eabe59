//! What the store promises, on real files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]

mod access;
mod common;
mod credentials;
mod database;
mod endpoints;
mod guests;
mod lease;
mod reports;
mod runs;
mod sources;
mod synced;
