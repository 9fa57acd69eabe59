//! What this NetBox is and can do: asked, not assumed.

use crate::client::Netbox;
use crate::error::NetboxError;
use proxbox_model::Problem;
use proxbox_model::kind::{KINDS, Kind, Provider};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Oldest NetBox that is supported.
const OLDEST: (u32, u32) = (4, 5);

/// Newest NetBox that was tried.
const NEWEST: (u32, u32) = (4, 7);

/// What a NetBox is and can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Full version: `4.7.3`.
    pub version: String,
    /// Major and minor version.
    pub release: (u32, u32),
    /// Installed plugins and their versions.
    pub plugins: BTreeMap<String, String>,
    /// Names of what depends on the NetBox: `virtual-machine-types`, `identity-custom-fields`.
    pub features: Vec<String>,
    /// What deserves a look, though it works.
    pub problems: Vec<Problem>,
    /// List paths that an API root names, for the roots that were asked.
    paths: BTreeMap<String, BTreeSet<String>>,
}

impl Capabilities {
    /// Whether this NetBox has that kind of object.
    pub fn supports(&self, kind: &Kind) -> bool {
        let (root, list) = split(kind.path);
        // A root names lists, and groups of lists that have roots of their own.
        let group = list.split('/').next().unwrap_or(list);
        match self.paths.get(root) {
            Some(named) => named.contains(list) || named.contains(group),
            None if kind.provider == Provider::Plugin => false,
            None => kind.since.is_none_or(|since| self.release >= since),
        }
    }

    /// Version of the netbox-proxbox plugin, when it is installed.
    pub fn plugin(&self) -> Option<&str> {
        self.plugins.get("netbox_proxbox").map(String::as_str)
    }
}

impl Netbox {
    /// Asks NetBox for its version, its plugins and the kinds that not every version has.
    ///
    /// # Errors
    /// When NetBox cannot be reached, does not accept the token, is not NetBox, or is older than 4.5.
    pub async fn probe(&self) -> Result<Capabilities, NetboxError> {
        let status = self.fetch("status", &[]).await?;
        let Some(version) = status.get("netbox-version").and_then(Json::as_str) else {
            return Err(NetboxError::Malformed {
                request: self.transport.name(&reqwest::Method::GET, "status"),
                what: "it names no netbox-version".to_owned(),
            });
        };
        let release = release(version).unwrap_or_default();
        if release < OLDEST {
            return Err(NetboxError::TooOld { url: self.url().to_owned(), version: version.to_owned() });
        }
        let mut found = Capabilities {
            version: version.to_owned(),
            release,
            plugins: plugins(&status),
            features: Vec::new(),
            problems: self.warnings(version, release),
            paths: BTreeMap::new(),
        };
        found.paths = self.roots(found.plugin().is_some()).await?;
        found.features = features(&found);
        if let Ok(mut known) = self.capabilities.lock() {
            *known = Some(found.clone());
        }
        Ok(found)
    }

    /// What the last probe found, or a new one.
    pub(crate) async fn known_capabilities(&self) -> Result<Capabilities, NetboxError> {
        let known = self.capabilities.lock().ok().and_then(|known| known.clone());
        match known {
            Some(known) => Ok(known),
            None => self.probe().await,
        }
    }

    /// The lists named by the API roots of the kinds that not every NetBox has. A root that is closed to us says nothing.
    async fn roots(&self, plugin: bool) -> Result<BTreeMap<String, BTreeSet<String>>, NetboxError> {
        let wanted: BTreeSet<&str> = KINDS
            .iter()
            .filter(|kind| kind.since.is_some() || (plugin && kind.provider == Provider::Plugin))
            .map(|kind| split(kind.path).0)
            .collect();
        let mut roots = BTreeMap::new();
        for root in wanted {
            match self.fetch(root, &[]).await {
                Ok(Json::Object(lists)) => {
                    roots.insert(root.to_owned(), lists.into_iter().map(|(name, _)| name).collect());
                }
                Ok(_) | Err(NetboxError::Forbidden { .. } | NetboxError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(roots)
    }

    fn warnings(&self, version: &str, release: (u32, u32)) -> Vec<Problem> {
        let mut problems = Vec::new();
        if release > NEWEST {
            let message = format!(
                "NetBox at {} is version {version}, newer than any that was tried ({}.{})",
                self.url(),
                NEWEST.0,
                NEWEST.1
            );
            problems.push(
                Problem::new("netbox-untried-version", message)
                    .with_hint("Compare a dry run with what you expect before writing."),
            );
        }
        if self.transport.has_fallen_back() {
            let message = format!("NetBox at {} takes the stored v2 token only as a v1 token", self.url());
            problems.push(
                Problem::new("netbox-token-version", message)
                    .with_hint("Store the token as version 1, or store a v2 token with its key."),
            );
        }
        problems
    }
}

fn features(found: &Capabilities) -> Vec<String> {
    let types = proxbox_model::kind::find("virtualization.virtualmachinetype");
    let mut features = Vec::new();
    if types.is_some_and(|kind| found.supports(kind)) {
        features.push("virtual-machine-types".to_owned());
    }
    features.push("identity-custom-fields".to_owned());
    if found.plugin().is_some() {
        features.push("proxbox-plugin".to_owned());
        let sidecar = proxbox_model::kind::find("virtualization.virtualmachine").and_then(Kind::sidecar);
        let records = if sidecar.is_some_and(|kind| found.supports(kind)) {
            "sync-state"
        } else {
            "proxmox-custom-fields"
        };
        features.push(records.to_owned());
    }
    features
}

fn plugins(status: &Json) -> BTreeMap<String, String> {
    let plugins = status.get("plugins").and_then(Json::as_object);
    plugins
        .into_iter()
        .flatten()
        .map(|(name, version)| (name.clone(), version.as_str().unwrap_or_default().to_owned()))
        .collect()
}

/// Major and minor of `4.7.3`, `v4.6.0-beta1` and the like.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split(['.', '-', '+']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// `virtualization/clusters` or `plugins/proxbox/storage` as its API root and the name of the list.
fn split(path: &str) -> (&str, &str) {
    let slashes = if path.starts_with("plugins/") { 2 } else { 1 };
    match path.match_indices('/').nth(slashes - 1) {
        Some((at, _)) => (path.get(..at).unwrap_or(path), path.get(at + 1..).unwrap_or_default()),
        None => (path, ""),
    }
}
