//! Read-only Proxmox VE client and the fleet snapshot.
//!
//! [`Proxmox`] can send GET requests and nothing else, apart from exchanging a password for a ticket; that is a property of the type.
//! [`read_fleet`] reads one endpoint as a whole: each thing once, whatever is broken kept apart from the rest, and whether all of it
//! was seen.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod account;
mod address;
mod addresses;
mod around;
mod authority;
mod backups;
mod base;
mod breaker;
mod client;
mod credentials;
mod error;
mod fingerprint;
mod fleet;
mod guest;
mod guest_config;
mod inside;
mod jobs;
mod lenient;
mod memory;
mod networks;
mod nodes;
mod outcome;
mod overview;
mod part;
mod parts;
mod permissions;
mod properties;
mod reader;
mod resources;
mod retention;
mod snapshots;
mod status;
mod storages;
mod tasks;
mod vlans;
mod wire;

pub use account::{Account, Expiry, Extent, View};
pub use client::{Proxmox, ProxmoxSettings};
pub use error::{Fault, ProxmoxError, Step, Unreachable};
pub use fingerprint::fingerprint;
pub use fleet::{Fleet, read_fleet};
pub use guest::GuestRead;
pub use guest_config::GuestSheet;
pub use lenient::{flag, unsigned};
pub use overview::{Changes, Look, Overview, Unsure, look};
pub use parts::{Parts, Seen};
pub use resources::is_node_name;
pub use status::{Status, read_status};
