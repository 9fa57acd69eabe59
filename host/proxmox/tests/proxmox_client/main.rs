//! The client and the fleet snapshot against servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;
mod common;
mod estate;
mod fake;
mod fleet;
mod guests;
mod lists;
mod secrets;
mod tls;
