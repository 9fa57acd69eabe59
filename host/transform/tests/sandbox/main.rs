//! The sandbox from outside, in one binary, as linking wasmtime takes its time.

#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cache;
mod cases;
mod chain;
mod contract;
mod folder;
mod hostile;
mod real_modules;
mod refusals;
mod siblings;
mod support;
