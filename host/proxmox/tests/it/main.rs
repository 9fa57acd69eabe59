//! The client and the fleet snapshot against servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;
mod common;
mod fake;
mod fleet;
mod secrets;
mod tls;
