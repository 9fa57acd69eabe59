//! A generated Proxmox fleet and an in-memory NetBox, served over HTTP, for the demo and for tests.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod fleet;
pub mod netbox;
pub mod proxmox;
