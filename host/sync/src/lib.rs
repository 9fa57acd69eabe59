//! The workflow of a run: read Proxmox, map in the sandbox, reconcile with NetBox, apply, and tell about it.
//!
//! A [`Syncer`] starts [`Run`]s. A run is a task of its own: it goes on when every client leaves, and whoever asks for
//! the same scope meanwhile joins it. Its progress is one stream of [`proxbox_model::event::Event`]s, the same for every
//! surface, from the first event for everyone.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod aside;
mod book;
mod choices;
mod comparison;
mod error;
pub mod facts;
mod focus;
mod groundwork;
mod installed;
mod job;
mod journal;
mod lease;
mod mapping;
mod modules;
mod opened;
mod outcomes;
mod pipeline;
mod plugin;
mod preview;
mod progress;
mod queue;
mod quick;
mod readings;
mod rows;
mod run;
mod scope;
mod seen;
pub mod settings;
mod shortfalls;
mod sources;
mod syncer;
mod usage;

pub use book::SourceBook;
pub use error::SyncError;
pub use focus::Found;
pub use groundwork::{Ground, GroundState};
pub use installed::{Installed, InstalledModule, installed};
pub use job::Job;
pub use lease::WriterLease;
pub use quick::{Synced, SyncedBook};
pub use run::{Run, RunInfo};
pub use settings::SyncSettings;
pub use syncer::Syncer;
