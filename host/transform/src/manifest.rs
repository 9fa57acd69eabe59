//! `transforms.toml`: which modules of the folder are used, in which order, for what and with which settings.

use crate::TransformError;
use crate::settings::{Limits, Policy};
use proxbox_model::facts::Source;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// Name of the file in the folder of modules.
pub(crate) const FILE: &str = "transforms.toml";

/// Longest time that `timeout_ms` may set.
const MAX_TIMEOUT_MS: u64 = 10 * 60 * 1000;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// In the order of the chain; the first is outermost.
    #[serde(default, rename = "module")]
    pub modules: Vec<Entry>,
}

/// One `[[module]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Name of a file in the folder.
    pub file: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub scope: Vec<Scope>,
    #[serde(default)]
    pub policy: Policy,
    pub memory_mib: Option<usize>,
    pub timeout_ms: Option<u64>,
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

fn yes() -> bool {
    true
}

impl Entry {
    /// As a file is used that no manifest speaks of.
    pub(crate) fn of_file(file: String) -> Self {
        Self {
            file,
            enabled: true,
            scope: Vec::new(),
            policy: Policy::default(),
            memory_mib: None,
            timeout_ms: None,
            settings: serde_json::Map::new(),
        }
    }

    /// The limits of the module.
    pub(crate) fn limits(&self, default: &Limits) -> Limits {
        let mut limits = default.clone();
        if let Some(mib) = self.memory_mib {
            limits.memory = mib * 1024 * 1024;
        }
        if let Some(ms) = self.timeout_ms {
            limits.time = std::time::Duration::from_millis(ms);
        }
        limits
    }

    fn check(&self) -> Result<(), String> {
        let file = &self.file;
        if Path::new(file).file_name().is_none_or(|name| name != file.as_str()) {
            return Err(format!("`file = {file:?}` must be the name of a file in this folder"));
        }
        let max_mib = Limits::MAX_MEMORY / (1024 * 1024);
        if self.memory_mib.is_some_and(|mib| mib == 0 || mib > max_mib) {
            return Err(format!("`memory_mib` of {file} must be from 1 to {max_mib}"));
        }
        if self.timeout_ms.is_some_and(|ms| ms == 0 || ms > MAX_TIMEOUT_MS) {
            return Err(format!("`timeout_ms` of {file} must be from 1 to {MAX_TIMEOUT_MS}"));
        }
        Ok(())
    }
}

/// Sources that a module is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// A Proxmox endpoint, by its name.
    Endpoint(String),
    /// A Proxmox cluster, by its name; of a node on its own, the node's name.
    Cluster(String),
}

impl Scope {
    /// Whether the source is meant.
    pub fn covers(&self, source: &Source) -> bool {
        match self {
            Self::Endpoint(name) => *name == source.endpoint,
            Self::Cluster(name) => *name == source.cluster,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(name) => write!(f, "endpoint:{name}"),
            Self::Cluster(name) => write!(f, "cluster:{name}"),
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("endpoint", name)) if !name.is_empty() => Ok(Self::Endpoint(name.to_owned())),
            Some(("cluster", name)) if !name.is_empty() => Ok(Self::Cluster(name.to_owned())),
            _ => Err(format!("{text:?} is not a scope; write \"endpoint:NAME\" or \"cluster:NAME\"")),
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

/// Reads the manifest of a folder; none when there is none.
pub(crate) fn read(dir: &Path) -> Result<Option<Manifest>, TransformError> {
    let path = dir.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(TransformError::Io { what: "reading", path, source }),
    };
    parse(&text).map(Some).map_err(|message| TransformError::Manifest { path, message })
}

fn parse(text: &str) -> Result<Manifest, String> {
    let manifest: Manifest = toml::from_str(text).map_err(|error| match error.span() {
        Some(span) => {
            let line = text.get(..span.start).map_or(0, |before| before.matches('\n').count()) + 1;
            format!("line {line}: {}", error.message())
        }
        None => error.message().to_owned(),
    })?;
    manifest.modules.iter().try_for_each(Entry::check)?;
    Ok(manifest)
}
