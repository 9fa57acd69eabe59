//! Plain data shared by every crate: no I/O, no async, no knowledge of HTTP or WebAssembly.
//!
//! [`facts`] is what Proxmox VE says, [`draft`] what a mapper wants NetBox to look like, [`kind`] the one table of
//! NetBox object kinds, [`plan`] what reconciling decided, [`report`] what became of every object and [`event`] the
//! progress of a run. [`endpoint`] describes both ends of a sync, [`address`] where those may be, and [`options`] the
//! choices of a run.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod address;
pub mod draft;
pub mod endpoint;
pub mod event;
pub mod facts;
pub mod identity;
pub mod kind;
pub mod options;
pub mod plan;
pub mod problem;
pub mod report;

pub use identity::{Identity, SourceObject};
pub use problem::{Diagnostic, Problem};
