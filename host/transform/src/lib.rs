//! The sandbox: the only crate that knows wasmtime.
//!
//! A *module* is a WebAssembly component of the contract in `wit/`. It gets facts and returns drafts; it never sees a
//! credential, a socket, a file or the real clock. [`Transforms`] holds the engine and the modules in use, a
//! [`ModuleSet`] maps facts through them.
//!
//! # The folder of modules
//!
//! Every `*.wasm` in [`Settings::dir`] is used, in the order of the names, unless the folder has a `transforms.toml`:
//!
//! ```toml
//! # In the order of the chain: the first is outermost, the built-in mappers come last.
//! [[module]]
//! file = "acme-vm-roles.wasm"      # in this folder; the only key that must be there
//! enabled = true                   # false: not loaded
//! scope = ["endpoint:lab", "cluster:prod"]   # any of these sources; empty or left out: all of them
//! policy = "builtin"               # what it fails on: "builtin" (next mapper), "skip" or "fail"
//! memory_mib = 256                 # of one instance, up to 2048
//! timeout_ms = 1000                # of one call, to which some time for each object is added
//! settings = { role = "server" }   # handed to the module as JSON
//! ```
//!
//! A key that is not known is an error, and a `.wasm` that is not listed is not used and told of. A file may be listed
//! more than once, with different scopes and settings.
//!
//! A module that cannot be used is a [`Problem`](proxbox_model::Problem) and counts as one that fails on every object: its policy says what
//! becomes of what it should have mapped.
//!
//! # The chain
//!
//! For each interface of the contract, the modules that export it and whose scope covers the source form a chain. A
//! module that imports an interface gets the next mapper of it down the chain. Every batch of objects has an instance
//! of its own. A batch that fails is split until the guilty objects are known; the others are mapped. A module that fails
//! on everything, or keeps running into its time limit, is given up for the rest of the list.
//!
//! # The sandbox
//!
//! A module may import `proxbox:transform` of a version that this host speaks, and WASI 0.2 (`io`, `cli`, `clocks`,
//! `random`, `filesystem`, `sockets`), which is linked without any effect on the outside: no environment, no folders, no
//! network, a clock that stands still at the run's time, and the same random numbers every time. Any other import is
//! refused by its name before the module is compiled. [`Limits`] lists what an instance may use.
//!
//! A module says who it is with `about.describe`. So that its name is known even when it cannot run, a custom section
//! `proxbox:module` anywhere in the file may hold `{"name": …, "version": …, "contract": …}`.

#![deny(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod abi;
mod blame;
mod cache;
mod chain;
mod check;
mod componentize;
mod engine;
mod error;
mod failure;
mod hex;
mod host;
mod inspect;
mod journal;
mod manifest;
mod module;
mod module_set;
mod refusal;
mod registry;
mod sandbox;
mod settings;
mod tail;
mod watch;

pub use chain::MappedFact;
pub use error::TransformError;
pub use journal::{Level, LogLine};
pub use manifest::Scope;
pub use module_set::{MapContext, Mapped, ModuleInfo, ModuleSet};
pub use settings::{Limits, Policy, Settings};

use arc_swap::ArcSwap;
use host::Host;
use registry::Loaded;
use std::path::PathBuf;
use std::sync::Arc;

/// The engine and the modules in use.
pub struct Transforms {
    host: Arc<Host>,
    dir: Option<PathBuf>,
    built_in: Vec<Arc<Loaded>>,
    modules: ArcSwap<ModuleSet>,
}

impl Transforms {
    /// Starts the engine and loads the built-in mappers and the site's modules. A site module that cannot be used is
    /// among [`ModuleSet::problems`].
    ///
    /// # Errors
    ///
    /// When the engine does not start, a built-in mapper does not load, `transforms.toml` is wrong, or the folder of
    /// modules cannot be read.
    pub async fn load(settings: Settings) -> Result<Self, TransformError> {
        let host = Arc::new(Host::new(&settings)?);
        let built_in = registry::built_in(&host, settings.built_in_dir.as_deref()).await?;
        let modules = registry::site(&host, settings.dir.as_deref(), &built_in).await?;
        Ok(Self { host, dir: settings.dir, built_in, modules: ArcSwap::from_pointee(modules) })
    }

    /// Loads the site's modules anew and puts them in place of the ones in use, all at once. Who holds the former set
    /// keeps it.
    ///
    /// # Errors
    ///
    /// When `transforms.toml` is wrong or the folder cannot be read; the modules in use stay.
    pub async fn reload(&self) -> Result<(), TransformError> {
        let modules = registry::site(&self.host, self.dir.as_deref(), &self.built_in).await?;
        self.modules.store(Arc::new(modules));
        Ok(())
    }

    /// The modules in use. A run takes them once and keeps them.
    pub fn modules(&self) -> Arc<ModuleSet> {
        self.modules.load_full()
    }
}

/// The newest version of the module contract that this host speaks.
pub fn contract_version() -> &'static str {
    abi::CONTRACT
}
