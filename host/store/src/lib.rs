//! SQLite storage: endpoints, API keys, lockouts, runs.
//!
//! [`Store::open`] takes a fresh path or an existing database and leaves a database that both sides can read: what
//! this crate adds is additive. Credentials are sealed by a [`Cipher`]; API keys are bcrypt hashes.
//! [`Store::authenticate`] is the whole policy of who may in, lockout included; who asks only words the answer.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod access;
mod address;
pub mod cipher;
mod credentials;
mod database;
mod error;
mod guests;
mod keycheck;
mod keys;
mod lease;
mod lockout;
mod migrations;
mod netbox;
mod proxmox;
mod row;
mod run_modules;
mod run_reports;
mod runs;
mod schema;
mod sources;
mod synced;
mod tls;

pub use access::{Access, AccessSettings};
pub use cipher::{Cipher, CipherError};
pub use credentials::Credentials;
pub use database::{Store, StoreSettings, default_path};
pub use error::{Rejected, StoreError};
pub use keys::{ApiKey, Bootstrap, NewKey};
pub use lockout::FailedSource;
pub use netbox::{NetboxChange, NetboxRecord, NewNetbox};
pub use proxmox::{NewProxmox, ProxmoxChange, ProxmoxRecord, Selection};
pub use run_modules::{ModuleLog, UsageRecord};
pub use run_reports::PastReport;
pub use runs::{RunRecord, RunState};
