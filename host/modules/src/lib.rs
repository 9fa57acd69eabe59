//! The folder of site modules: which are installed, in which order, for what, with which settings and which content.
//! Nothing of a module runs here.
//!
//! # The folder
//!
//! `transforms.toml` lists the modules, the outermost first; the built-in mappers come last:
//!
//! ```toml
//! [[module]]
//! name = "acme-tenants"            # how commands call this entry; left out, the file's name without .wasm
//! file = "acme-tenants-1.0.0-1a2b3c4d.wasm"  # in this folder; the only key that must be there
//! sha256 = "…"                     # what the file must hold; left out, whatever it holds
//! state = "enabled"                # "enabled", "staged" (dry runs and previews only) or "disabled"
//! scope = ["endpoint:lab", "cluster:prod"]   # any of these sources; empty or left out: all of them
//! types = ["virtual-machine"]      # object types; empty or left out: all that it maps
//! maps = ["virtual-machine"]       # what it mapped when it was accepted; what it stands for while it cannot be read
//! policy = "builtin"               # what it fails on: "builtin" (next mapper), "skip" or "fail"
//! memory_mib = 256                 # of one instance, up to 2048
//! timeout_ms = 1000                # of one call, to which some time for each object is added
//! settings = { prefix = "tenant-" }   # handed to the module as JSON
//! ```
//!
//! A key that is not known is an error. A file may be listed more than once, with other names, scopes and settings. In a
//! folder without `transforms.toml` every `*.wasm` is used, in the order of the names.
//!
//! [`Folder`] reads it and changes it; a change keeps the comments and the order of whoever wrote the file, and is made
//! whole or not at all.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod digest;
mod download;
mod edit;
mod entry;
mod error;
mod folder;
mod manifest;

pub use digest::Digest;
pub use download::download;
pub use edit::{Change, Installation, Installed};
pub use entry::{Entry, MAX_MEMORY_MIB, MAX_TIMEOUT_MS, Policy, Scope, State};
pub use error::{ContentError, ModulesError};
pub use folder::{Contents, Fingerprint, Folder};
pub use manifest::MANIFEST;
