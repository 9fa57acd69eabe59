//! The sandbox with a module on the bench.

use crate::case::Context;
use crate::error::WorkbenchError;
use proxbox_model::draft::Outcome;
use proxbox_modules::{Entry, Policy};
use proxbox_transform::{Candidate, Limits, Mapped, ModuleInfo, ModuleSet, Transforms};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Settings of a module, a JSON object.
pub type Settings = Map<String, Json>;

/// Milliseconds that a call may take here: an interpreter on a busy machine is no failure of the module.
const PATIENCE_MS: u64 = 5_000;

/// A module in the real sandbox, alone over the built-in mappers. With other settings it is another chain.
pub struct Workbench {
    transforms: Transforms,
    bytes: Vec<u8>,
    file: String,
    info: ModuleInfo,
    chains: Mutex<BTreeMap<(String, usize), Arc<ModuleSet>>>,
}

impl Workbench {
    /// Starts the sandbox and loads the module. Compiled modules are kept in `cache_dir`. A module that the host refuses with
    /// these settings is on the bench all the same, see [`Self::info`].
    ///
    /// # Errors
    /// When the file cannot be read or the sandbox does not start.
    pub async fn open(
        module: &Path,
        settings: &Settings,
        cache_dir: Option<PathBuf>,
    ) -> Result<Self, WorkbenchError> {
        let bytes = std::fs::read(module).map_err(WorkbenchError::io("reading", module))?;
        let file = module.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let transforms = Transforms::load(sandbox(cache_dir)).await?;
        let set = transforms.with(candidates(&file, &bytes, settings, 1)).await;
        let info = set
            .describe()
            .into_iter()
            .next()
            .ok_or_else(|| WorkbenchError::NotBuilt { module: module.to_owned(), dir: PathBuf::from(".") })?;
        let chains = Mutex::new(BTreeMap::from([(key(settings, 1), Arc::new(set))]));
        Ok(Self { transforms, bytes, file, info, chains })
    }

    /// What the host says of the module, with the settings that it was opened with.
    pub fn info(&self) -> &ModuleInfo {
        &self.info
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Name of its file.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The module with those settings over the built-in mappers.
    ///
    /// # Errors
    /// When the host refuses it.
    pub async fn chain(&self, settings: &Settings) -> Result<Arc<ModuleSet>, WorkbenchError> {
        self.stack(settings, 1).await
    }

    /// The module over itself over the built-in mappers.
    pub(crate) async fn twice(&self, settings: &Settings) -> Result<Arc<ModuleSet>, WorkbenchError> {
        self.stack(settings, 2).await
    }

    /// The built-in mappers alone.
    pub fn usual(&self) -> Arc<ModuleSet> {
        self.transforms.usual()
    }

    async fn stack(&self, settings: &Settings, times: usize) -> Result<Arc<ModuleSet>, WorkbenchError> {
        let mut chains = self.chains.lock().await;
        let key = key(settings, times);
        let set = match chains.get(&key) {
            Some(set) => Arc::clone(set),
            None => {
                let set = self.transforms.with(candidates(&self.file, &self.bytes, settings, times)).await;
                let set = Arc::new(set);
                chains.insert(key, Arc::clone(&set));
                set
            }
        };
        let refusal = set.describe().into_iter().find_map(|module| module.problem);
        match refusal {
            Some(problem) => Err(WorkbenchError::refused(&problem)),
            None => Ok(set),
        }
    }
}

/// The sandbox without any folder of modules.
pub(crate) fn sandbox(cache_dir: Option<PathBuf>) -> proxbox_transform::Settings {
    // One object that runs into the time limit says enough.
    let limits = Limits { time: Duration::from_millis(PATIENCE_MS), blame_slow: 1, ..Limits::default() };
    proxbox_transform::Settings { cache_dir, limits, ..proxbox_transform::Settings::default() }
}

fn key(settings: &Settings, times: usize) -> (String, usize) {
    (Json::Object(settings.clone()).to_string(), times)
}

/// The module so many times. What it fails on fails, so that nothing is hidden by the next mapper.
pub(crate) fn candidates(file: &str, bytes: &[u8], settings: &Settings, times: usize) -> Vec<Candidate> {
    let entry = |place: usize| Entry {
        name: (place > 0).then(|| format!("again-{place}")),
        policy: Policy::Fail,
        timeout_ms: Some(PATIENCE_MS),
        settings: settings.clone(),
        ..Entry::of_file(file)
    };
    (0..times).map(|place| Candidate { entry: entry(place), bytes: bytes.to_vec() }).collect()
}

/// Maps facts of one interface.
pub(crate) async fn map(
    set: &ModuleSet,
    interface: &str,
    context: &Context,
    facts: &[Json],
) -> Result<Mapped, WorkbenchError> {
    Ok(set.map_json(interface, &context.to_map_context(), facts).await?)
}

/// The outcomes alone.
pub(crate) fn outcomes(mapped: &Mapped) -> Vec<Outcome> {
    mapped.outcomes.iter().map(|fact| fact.outcome.clone()).collect()
}
