//! The sandbox: the only crate that knows wasmtime.
//!
//! A *module* is a WebAssembly component of the contract in `wit/`. It gets facts and returns drafts; it never sees a
//! credential, a socket, a file or the real clock. [`Transforms`] holds the engine and the modules in use, a
//! [`ModuleSet`] maps facts through them.
//!
//! Which modules a site has, in which order and for what, is in a folder that [`proxbox_modules`] describes.
//!
//! A module that cannot be used is a [`Problem`](proxbox_model::Problem) and counts as one that fails on every object: its policy says what
//! becomes of what it should have mapped.
//!
//! # The chain
//!
//! For each interface of the contract, the modules that export it and whose scope covers the source form a chain. A
//! module that imports an interface gets the next mapper of it down the chain. Every batch of objects has an instance
//! of its own. Siblings (what is of the network of one guest or node) are in one batch. A batch that fails is split until the guilty
//! objects are known, first between siblings; the others are mapped. A module that fails
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
mod host;
mod inspect;
mod journal;
mod module;
mod module_set;
mod refusal;
mod registry;
mod sandbox;
mod schema;
mod settings;
mod siblings;
mod tail;
mod watch;

pub use chain::MappedFact;
pub use error::{TransformError, UnreadableFact};
pub use module_set::{MapContext, Mapped, ModuleInfo, ModuleSet};
pub use settings::{Limits, Settings};

use arc_swap::ArcSwap;
use host::Host;
use proxbox_modules::{Entry, Fingerprint, Folder, State};
use registry::{Loaded, Site};
use std::sync::Arc;
use tokio::sync::Mutex;

/// The engine and the modules in use.
pub struct Transforms {
    host: Arc<Host>,
    folder: Option<Folder>,
    built_in: Vec<Arc<Loaded>>,
    usual: Arc<ModuleSet>,
    sets: ArcSwap<Sets>,
    /// The folder as it was loaded. Held while it is loaded.
    loaded: Mutex<Fingerprint>,
}

/// What the modules of a folder make together.
struct Sets {
    enabled: Arc<ModuleSet>,
    preview: Arc<ModuleSet>,
}

/// A module that is tried without being installed.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// How it is used; its file need not exist.
    pub entry: Entry,
    /// Content of the file.
    pub bytes: Vec<u8>,
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
        let folder = settings.dir.map(Folder::new);
        let built_in = registry::built_in(&host, settings.built_in_dir.as_deref()).await?;
        let fingerprint = folder.as_ref().map(Folder::fingerprint).unwrap_or_default();
        let site = registry::site(&host, folder.as_ref(), &built_in).await?;
        let usual = Arc::new(Site::default().set(&host, &built_in, &[]));
        let sets = ArcSwap::from_pointee(Sets::of(&site, &host, &built_in));
        Ok(Self { host, folder, built_in, usual, sets, loaded: Mutex::new(fingerprint) })
    }

    /// Loads the site's modules anew and puts them in place of the ones in use, all at once. Who holds the former set
    /// keeps it.
    ///
    /// # Errors
    ///
    /// When `transforms.toml` is wrong or the folder cannot be read; the modules in use stay.
    pub async fn reload(&self) -> Result<(), TransformError> {
        let mut loaded = self.loaded.lock().await;
        let now = self.folder.as_ref().map(Folder::fingerprint).unwrap_or_default();
        self.replace(&mut loaded, now).await
    }

    /// As [`Self::reload`], when anything in the folder changed since it was loaded. Tells whether it did.
    ///
    /// # Errors
    ///
    /// As [`Self::reload`], at every call until the folder is right again.
    pub async fn refresh(&self) -> Result<bool, TransformError> {
        let mut loaded = self.loaded.lock().await;
        let now = self.folder.as_ref().map(Folder::fingerprint).unwrap_or_default();
        if *loaded == now {
            return Ok(false);
        }
        self.replace(&mut loaded, now).await.map(|()| true)
    }

    async fn replace(&self, loaded: &mut Fingerprint, now: Fingerprint) -> Result<(), TransformError> {
        let site = registry::site(&self.host, self.folder.as_ref(), &self.built_in).await?;
        self.sets.store(Arc::new(Sets::of(&site, &self.host, &self.built_in)));
        *loaded = now;
        Ok(())
    }

    /// The modules in use. A run takes them once and keeps them.
    pub fn modules(&self) -> Arc<ModuleSet> {
        Arc::clone(&self.sets.load().enabled)
    }

    /// The modules in use together with those that are staged: what a dry run looks at.
    pub fn preview(&self) -> Arc<ModuleSet> {
        Arc::clone(&self.sets.load().preview)
    }

    /// The built-in mappers alone.
    pub fn usual(&self) -> Arc<ModuleSet> {
        Arc::clone(&self.usual)
    }

    /// These modules over the built-in mappers, in this order, whatever is in the folder. One that cannot be used is
    /// among [`ModuleSet::problems`].
    pub async fn with(&self, candidates: Vec<Candidate>) -> ModuleSet {
        let candidates = candidates.into_iter().map(|Candidate { entry, bytes }| {
            let bytes = self.host.small_enough(bytes);
            (Entry { state: State::Enabled, ..entry }, bytes)
        });
        let site = registry::chain(&self.host, candidates, &self.built_in).await;
        site.set(&self.host, &self.built_in, &[State::Enabled])
    }

    /// The most bytes that a module's file may have.
    pub fn file_limit(&self) -> u64 {
        self.host.limits().file
    }

    /// The folder of the site's modules.
    pub fn folder(&self) -> Option<&Folder> {
        self.folder.as_ref()
    }
}

impl Sets {
    fn of(site: &Site, host: &Arc<Host>, built_in: &[Arc<Loaded>]) -> Self {
        Self {
            enabled: Arc::new(site.set(host, built_in, &[State::Enabled])),
            preview: Arc::new(site.set(host, built_in, &[State::Enabled, State::Staged])),
        }
    }
}

/// The newest version of the module contract that this host speaks.
pub fn contract_version() -> &'static str {
    abi::CONTRACT
}

/// The interfaces of the contract, one for each object type: `virtual-machine`.
pub fn interfaces() -> impl Iterator<Item = &'static str> {
    abi::Interface::ALL.iter().map(|interface| interface.as_str())
}
