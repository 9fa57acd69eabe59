//! What all modules share: the engine, what they may import, and the compiler.

use crate::abi;
use crate::cache::Cache;
use crate::engine::{self, INSTANCES};
use crate::module::Module;
use crate::sandbox::Guest;
use crate::settings::{Limits, Settings};
use crate::{TransformError, refusal::Refusal};
use proxbox_model::Problem;
use proxbox_modules::ContentError;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::sockets::{tcp_create_socket, udp_create_socket};

/// The most modules that a chain may have: each may have an instance of its own within one call.
pub(crate) const MAX_CHAIN: usize = INSTANCES as usize / 2;

/// The engine and what belongs to it.
pub(crate) struct Host {
    /// What is wrong with the surroundings, and does not keep modules from running.
    problem: Option<Problem>,
    engine: Engine,
    linker: Linker<Guest>,
    cache: Option<Cache>,
    limits: Arc<Limits>,
    batch_size: usize,
    /// One for each instance of the pool.
    instances: Semaphore,
    /// Compiling uses every processor and much memory, so that one at a time is enough.
    compiler: Semaphore,
}

impl Host {
    pub(crate) fn new(settings: &Settings) -> Result<Self, TransformError> {
        let engine = engine::build(&settings.limits)?;
        let linker = linker(&engine).map_err(|error| TransformError::Engine(format!("{error:#}")))?;
        let (cache, problem) = match &settings.cache_dir {
            Some(dir) => match Cache::open(dir, &engine) {
                Ok(cache) => (Some(cache), None),
                Err(error) => (None, Some(no_cache(dir, &error))),
            },
            None => (None, None),
        };
        Ok(Self {
            problem,
            engine,
            linker,
            cache,
            limits: Arc::new(settings.limits.clone()),
            batch_size: settings.batch_size.max(1),
            instances: Semaphore::new(INSTANCES as usize),
            compiler: Semaphore::new(1),
        })
    }

    pub(crate) fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    pub(crate) fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    pub(crate) fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// The content, unless it is more than a module may be.
    pub(crate) fn small_enough(&self, bytes: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let (size, limit) = (bytes.len() as u64, self.limits.file);
        if size > limit { Err(ContentError::TooBig { size, limit }.into()) } else { Ok(bytes) }
    }

    /// Waits until a chain of so many modules may run. None when the host ends.
    pub(crate) async fn instances(&self, modules: usize) -> Option<SemaphorePermit<'_>> {
        let permits = u32::try_from(modules.min(MAX_CHAIN)).unwrap_or(1);
        self.instances.acquire_many(permits).await.ok()
    }

    /// A component from the cache, or compiled off the threads of the runtime.
    pub(crate) async fn compile(
        self: &Arc<Self>,
        bytes: Arc<[u8]>,
        digest: &str,
    ) -> Result<Component, Refusal> {
        let _permit = self.compiler.acquire().await.map_err(|error| Refusal::Compile(error.to_string()))?;
        let host = Arc::clone(self);
        let digest = digest.to_owned();
        let compiled = tokio::task::spawn_blocking(move || match &host.cache {
            Some(cache) => cache.load(&host.engine, &digest).map_or_else(
                || {
                    let component = Component::from_binary(&host.engine, &bytes)?;
                    cache.store(&component, &digest);
                    Ok(component)
                },
                Ok,
            ),
            None => Component::from_binary(&host.engine, &bytes),
        });
        match compiled.await {
            Ok(component) => component.map_err(|error| Refusal::Compile(format!("{error:#}"))),
            Err(error) => Err(Refusal::Compile(error.to_string())),
        }
    }

    /// Links a compiled component.
    pub(crate) fn link(
        &self,
        component: &Component,
        interfaces: &[abi::Interface],
        limits: Arc<Limits>,
    ) -> Result<Module, Refusal> {
        Module::new(&self.linker, component, interfaces, limits)
            .map_err(|error| Refusal::Mismatch(format!("{error:#}")))
    }
}

fn no_cache(dir: &Path, error: &std::io::Error) -> Problem {
    let message = format!(
        "Compiled modules cannot be kept in {}, so that every start compiles them anew: {error}.",
        dir.display()
    );
    Problem::new("module-cache", message)
        .with_hint("Let proxbox make and write that folder, or name another one.")
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    // In place of WASI's own, which gives no folder and no socket either but takes no note.
    linker.allow_shadowing(true);
    preopens::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |guest| guest)?;
    tcp_create_socket::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |guest| guest)?;
    udp_create_socket::add_to_linker::<Guest, HasSelf<Guest>>(&mut linker, |guest| guest)?;
    linker.allow_shadowing(false);
    abi::add_to_linker(&mut linker)?;
    Ok(linker)
}
