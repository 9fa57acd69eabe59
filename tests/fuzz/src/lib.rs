//! Fuzz targets of the sandbox. Each takes arbitrary bytes as the choices that it makes, and panics when the host does
//! what it must never do.
//!
//! - [`install`]: arbitrary bytes as a module: read, inspected, compiled, asked who it is, used, put into the folder.
//! - [`guest_output`]: a module that returns anything at all: outcomes that fit the contract and nothing else, and memory
//!   that does not even fit the contract.
//! - [`facts`]: facts of every type, with odd values, through the built-in mappers.
//!
//! `tests/bounded.rs` runs them with the same choices every time, `libfuzzer/` for as long as one likes.

// A target fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod by_hand;
mod claims;
mod facts;
mod guest_output;
mod host;
mod install;
mod lowering;
mod mutation;
mod outcomes;
mod seeds;

pub use facts::facts;
pub use guest_output::guest_output;
pub use install::install;
