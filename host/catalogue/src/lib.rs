//! The Proxmox VE API as data: every operation of a version, how its parameters are checked, and what it answers.
//!
//! A [`Catalogue`] holds one version, a [`Shelf`] all versions that come with the program or were imported. Nothing is
//! read before a version is asked for, and a schema is parsed only when its operation is called.
//!
//! ```
//! use proxbox_catalogue::{Method, Shelf};
//!
//! let catalogue = Shelf::bundled().get("latest")?;
//! let found = catalogue.find(Method::Get, "/nodes/pve1/qemu/100/config")?;
//! assert_eq!(found.operation.summary.path, "/nodes/{node}/qemu/{vmid}/config");
//! let call = found.operation.check_parameters(&found.arguments, &[("current".into(), "yes".into())])?;
//! assert_eq!(call.path, "/nodes/pve1/qemu/100/config");
//! assert_eq!(call.query, [("current".to_owned(), "1".to_owned())]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Only [`Shelf`] touches files; everything else is pure.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod canonical;
mod catalogue;
mod check;
mod diff;
mod error;
mod example;
mod formats;
mod import;
mod method;
mod openapi;
mod operation;
mod parameters;
mod paths;
mod pattern;
mod returns;
mod schema;
mod shelf;
mod standard;

pub use catalogue::Catalogue;
pub use diff::{Change, Changes, Diff, OperationRef, diff};
pub use error::{CatalogueError, FindError};
pub use example::example;
pub use import::import;
pub use method::Method;
pub use openapi::{exposed_name, openapi_paths};
pub use operation::{Found, Operation, Summary};
pub use parameters::{Arguments, InvalidParameters, ParameterError, Place};
pub use pattern::supported as pattern_supported;
pub use returns::{Drift, DriftKind, check_returns};
pub use schema::{Kind, Schema};
pub use shelf::{Edition, LATEST, Origin, Shelf, default_folder, is_version};
pub use standard::standard;
