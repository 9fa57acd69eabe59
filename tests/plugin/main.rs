//! The unmodified plugin in a real NetBox, with the program as its backend: what an operator does, and what they see.
//!
//! It needs the real NetBox with the current plugin that `tests/netbox/real` starts, and the program beside this test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod buttons;
mod full_update;
mod outages;
