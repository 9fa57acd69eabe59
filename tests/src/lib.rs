//! A laboratory for end-to-end tests: generated Proxmox clusters, a NetBox, and the host between them.
//!
//! The NetBox is in memory; with the feature `test-netbox` it is a real one, and the same tests run against that. A test says
//! which plugin its NetBox has; `tests/netbox/real up` starts each flavour, `PROXBOX_TEST_BARE_URL` and
//! `PROXBOX_TEST_PLUGIN_URL` with their tokens name them. A real one is put back to its pristine state for each laboratory,
//! so tests against it must run one at a time (`--test-threads=1`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod built;
mod changes;
mod claims;
mod counts;
mod lab;
mod logs;
mod netbox;
mod plugin;
mod plugin_host;
pub mod transcript;
mod trial;

pub use built::{compiled_components, program};
pub use changes::{Snapshot, changed, told};
pub use claims::Claims;
pub use counts::of_stage;
pub use lab::{Lab, LabBuilder};
pub use logs::Logs;
pub use netbox::LabNetbox;
pub use plugin_host::{Browser, Host, Page, PluginLab, Rows, RunLine, Served, SyncJob, Token};
pub use trial::Trial;
