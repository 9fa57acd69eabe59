//! A laboratory for end-to-end tests: generated Proxmox clusters, a NetBox, and the host between them.
//!
//! The NetBox is the in-memory one, or the real one that `PROXBOX_TEST_NETBOX_URL` and `PROXBOX_TEST_NETBOX_TOKEN` name;
//! the same tests run against both. A real one is put back to its pristine state for each laboratory, so tests against it
//! must run one at a time (`--test-threads=1`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod changes;
mod lab;
mod logs;
mod netbox;

pub use changes::{Snapshot, changed};
pub use lab::{Lab, LabBuilder};
pub use logs::Logs;
pub use netbox::LabNetbox;
