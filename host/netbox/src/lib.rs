//! NetBox REST client: capability probe, state snapshot, bulk apply, cache and retry.
//!
//! [`Netbox::probe`] says what the NetBox is, [`Netbox::snapshot`] reads whole lists, [`Netbox::apply`] carries a plan out, and
//! [`Netbox::get`] answers single questions from a small cache. All requests share the same places, retries and counters.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod answer;
mod apply;
mod cache;
mod client;
mod error;
mod fingerprint;
mod lists;
mod pages;
mod preflight;
mod probe;
mod reach;
mod settings;
mod snapshot;
mod token;
mod transport;

pub use apply::is_gone;
pub use cache::{CacheMetrics, CachedQuestion};
pub use client::Netbox;
pub use error::NetboxError;
pub use fingerprint::fingerprint;
pub use probe::Capabilities;
pub use settings::NetboxSettings;
