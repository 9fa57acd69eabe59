//! What reconciling decides, told as claims, against a small in-memory NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod adoption;
mod build;
mod custom_fields;
mod drafts;
mod fields;
mod identity;
mod names;
mod netbox;
mod properties;
mod references;
mod stale;
