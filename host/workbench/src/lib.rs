//! For authors of modules: whether a module does what its author says, what it makes of an object, and what it costs.
//!
//! A [`Workbench`] loads a module into the real sandbox, over the built-in mappers. Then
//!
//! - [`golden`] maps the [cases](Case) of a [`Project`] and tells, field by field, where an outcome is another one,
//! - [`conformance`] holds the module to what every module must keep to,
//! - [`check`] says what is wrong with a file, to whoever runs it and to whoever wrote it,
//! - [`anatomy`] says what a file is made of,
//! - [`trial`] maps one object with and without the module,
//! - [`cost`] measures,
//! - [`redact`] makes facts of a live Proxmox fit to be shown to others.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod anatomy;
mod bench;
pub mod case;
pub mod check;
pub mod conformance;
pub mod cost;
pub mod diff;
mod drafts;
mod error;
pub mod golden;
mod identity;
pub mod project;
pub mod redact;
pub mod report;
mod show;
mod standard;
pub mod trial;

pub use bench::{Settings, Workbench};
pub use case::Case;
pub use error::WorkbenchError;
pub use identity::label;
pub use project::Project;
pub use show::{drafts as show_drafts, size as show_size};
