//! End to end: generated clusters over HTTPS, the whole host, and a NetBox: in memory, or a real one with the feature
//! `test-netbox`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod attack;
mod beside_others;
mod changes;
mod conflicts;
mod faults;
mod first_run;
mod hand_made;
mod hostile_modules;
mod modules;
mod odd_netboxes;
mod odd_sources;
mod operators;
mod preview;
mod quick;
mod sources;
mod stages;
mod twenty_changes;
mod two_clusters;
mod whole_chain;
mod worlds;
