//! Tools for authors of transform modules: build to a component, digest of sources, inspection before compiling.
//!
//! [`scaffold()`] writes a new project, [`build()`] turns one into a component in the language that its manifest tells,
//! [`inspect()`] says what a file is without compiling it, and [`digest()`] tells whether a built file still belongs to
//! its sources.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod artifact;
mod build;
mod component;
mod contract;
mod digest;
mod error;
mod inspect;
mod javascript;
mod language;
mod name;
mod package;
mod project;
mod python;
mod rust;
mod scaffold;
mod stage;
mod toolchain;
mod tools;

pub use artifact::{Artifact, BUILTIN, FIXTURES, build_artifacts};
pub use build::{BuildOptions, Built, build};
pub use component::{MODULE_SECTION, SOURCES_SECTION, componentize};
pub use contract::{CONTRACT, interfaces};
pub use digest::digest;
pub use error::{BuildError, InspectError, ScaffoldError};
pub use inspect::{Form, Inspection, Module, inspect};
pub use language::Language;
pub use name::check_name;
pub use scaffold::{NewModule, USUAL_INTERFACE, scaffold};
pub use toolchain::Way;
pub use tools::Tools;
