//! Tools for authors of transform modules: build to a component, digest of sources, inspection before compiling.
//!
//! [`build()`] turns a crate into a component with whatever toolchain the machine has, [`inspect()`] says what a
//! file is without compiling it, and [`digest()`] tells whether a built file still belongs to its sources.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod artifact;
mod build;
mod component;
mod digest;
mod error;
mod inspect;
mod package;
mod toolchain;

pub use artifact::{Artifact, BUILTIN, FIXTURES};
pub use build::{BuildOptions, Built, build};
pub use component::{MODULE_SECTION, SOURCES_SECTION, componentize};
pub use digest::digest;
pub use error::{BuildError, InspectError};
pub use inspect::{Form, Inspection, Module, inspect};
pub use toolchain::Way;
