//! The server over a real socket, a real store and, where a run is wanted, a fleet and a NetBox that are made up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]

mod access;
mod endpoints;
mod lab;
mod openapi;
mod shutdown;
mod surroundings;
mod syncs;
