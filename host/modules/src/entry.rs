//! One module in `transforms.toml`.

use crate::digest::Digest;
use proxbox_model::facts::Source;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The most that `memory_mib` may be.
pub const MAX_MEMORY_MIB: usize = 2048;

/// The most that `timeout_ms` may be.
pub const MAX_TIMEOUT_MS: u64 = 10 * 60 * 1000;

/// Longest name of an entry.
const MAX_NAME: usize = 64;

/// One `[[module]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// How commands call it; none means as the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name of a file in the folder.
    pub file: String,
    /// What the file must hold; none means whatever it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Whether it is used.
    #[serde(default)]
    pub state: State,
    /// Sources that it is for; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<Scope>,
    /// Object types that it is for, as the contract names its interfaces; empty means all that it maps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Object types that it mapped when it was accepted: what it stands for while it cannot be read. Empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<String>,
    /// What becomes of what it fails on.
    #[serde(default)]
    pub policy: Policy,
    /// MiB of memory that one instance may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<usize>,
    /// Milliseconds of one call, to which some time for each object is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Handed to the module as JSON.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

impl Entry {
    /// As a file is used that no manifest speaks of.
    pub fn of_file(file: impl Into<String>) -> Self {
        Self {
            name: None,
            file: file.into(),
            sha256: None,
            state: State::default(),
            scope: Vec::new(),
            types: Vec::new(),
            maps: Vec::new(),
            policy: Policy::default(),
            memory_mib: None,
            timeout_ms: None,
            settings: serde_json::Map::new(),
        }
    }

    /// How commands call it.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.file.strip_suffix(".wasm").unwrap_or(&self.file))
    }

    /// Whether it is for that source.
    pub fn covers(&self, source: &Source) -> bool {
        self.scope.is_empty() || self.scope.iter().any(|scope| scope.covers(source))
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        let file = &self.file;
        if Path::new(file).file_name().is_none_or(|name| name != file.as_str()) {
            return Err(format!("`file = {file:?}` must be the name of a file in this folder"));
        }
        if let Some(name) = &self.name {
            check_name(name)?;
        }
        if self.memory_mib.is_some_and(|mib| mib == 0 || mib > MAX_MEMORY_MIB) {
            return Err(format!("`memory_mib` of {} must be from 1 to {MAX_MEMORY_MIB}", self.name()));
        }
        if self.timeout_ms.is_some_and(|ms| ms == 0 || ms > MAX_TIMEOUT_MS) {
            return Err(format!("`timeout_ms` of {} must be from 1 to {MAX_TIMEOUT_MS}", self.name()));
        }
        Ok(())
    }
}

/// Names go into commands and file names.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let words = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > MAX_NAME || name.starts_with('-') || !name.chars().all(words) {
        return Err(format!("{name:?} is not a name: use lower-case letters, digits and hyphens"));
    }
    Ok(())
}

/// Whether a module is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In every run.
    #[default]
    Enabled,
    /// In dry runs and previews, never in writes.
    Staged,
    /// Nowhere.
    Disabled,
}

impl State {
    /// The word used in `transforms.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Staged => "staged",
            Self::Disabled => "disabled",
        }
    }
}

/// What happens to an object that a module fails on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// The next mapper of the chain maps it, in the end the built-in one.
    #[default]
    Builtin,
    /// It is skipped, with the failure as the reason.
    Skip,
    /// It is reported as failed.
    Fail,
}

impl Policy {
    /// The word used in `transforms.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Skip => "skip",
            Self::Fail => "fail",
        }
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::Builtin, Self::Skip, Self::Fail];
        known
            .into_iter()
            .find(|policy| policy.as_str() == text)
            .ok_or_else(|| format!("{text:?} is not a policy; say builtin, skip or fail"))
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
