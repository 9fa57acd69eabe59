//! What reconciling decides, told as claims, against a small in-memory NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod addresses;
mod adoption;
mod attributes;
mod build;
mod custom_fields;
mod drafts;
mod evidence;
mod fields;
mod gone;
mod identity;
mod keyed;
mod laws_of_parts;
mod names;
mod netbox;
mod older_plugin;
mod optional;
mod parents;
mod parts;
mod passes;
mod places;
mod properties;
mod reach;
mod references;
mod rules;
mod services;
mod sidecars;
mod sites;
mod stale;
mod tags;
mod unsaid;
mod vlans;
mod writing;
