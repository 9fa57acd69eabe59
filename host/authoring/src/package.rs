//! What Cargo says of a crate.

use crate::digest::digest;
use crate::error::BuildError;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate that may be built to a module.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Name of its library of type `cdylib`, as the file is named.
    pub(crate) library: Option<String>,
    /// Its folder, absolute.
    pub(crate) dir: PathBuf,
    /// Whether there is a lock file that the build must keep to.
    pub(crate) locked: bool,
    /// Where Cargo puts what it builds for this machine.
    pub(crate) target_dir: PathBuf,
    /// Absolute paths of everything that the module is made of, except packages from registries.
    sources: BTreeSet<PathBuf>,
}

impl Package {
    /// Reads the crate in that folder.
    pub(crate) fn read(dir: &Path) -> Result<Self, BuildError> {
        let dir = dir.canonicalize().map_err(|source| BuildError::File { path: dir.to_owned(), source })?;
        let metadata = metadata(&dir)?;
        let package = own(&metadata, &dir)?;
        let mut sources = BTreeSet::new();
        add_sources(&mut sources, &mut BTreeSet::new(), &dir, package)?;
        Ok(Self {
            name: package.name.clone(),
            library: package
                .targets
                .iter()
                .find(|target| target.crate_types.iter().any(|kind| kind == "cdylib"))
                .map(|target| target.name.replace('-', "_")),
            // Of a project on its own, the lock file follows its manifest: a new version of the module is in both.
            locked: metadata.workspace_root != dir && metadata.workspace_root.join("Cargo.lock").exists(),
            target_dir: metadata.target_directory.clone(),
            sources,
            dir,
        })
    }

    /// The digest of everything that the module is made of.
    pub(crate) fn digest(&self) -> Result<String, BuildError> {
        let mut sources = self.sources.iter();
        let mut root = sources.next().and_then(|first| first.parent()).unwrap_or(Path::new("/")).to_owned();
        for source in sources {
            while !source.starts_with(&root) && root.pop() {}
        }
        let paths: Vec<_> = self.sources.iter().cloned().collect();
        digest(&root, &paths).map_err(|source| BuildError::File { path: root, source })
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Described>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    dependencies: Vec<Dependency>,
    metadata: Option<Extra>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

#[derive(Deserialize)]
struct Dependency {
    kind: Option<String>,
    path: Option<PathBuf>,
}

/// `[package.metadata.proxbox]`: what a crate is made of outside `src`.
#[derive(Default, Deserialize)]
struct Extra {
    #[serde(default)]
    proxbox: ExtraSources,
}

#[derive(Default, Deserialize)]
struct ExtraSources {
    #[serde(default)]
    sources: Vec<PathBuf>,
}

fn metadata(dir: &Path) -> Result<Metadata, BuildError> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version=1", "--no-deps", "--offline", "--manifest-path"])
        .arg(dir.join("Cargo.toml"))
        .current_dir(dir)
        .output()
        .map_err(|source| BuildError::Start { command: "cargo".to_owned(), source })?;
    let wrong = |reason: String| BuildError::Package { dir: dir.to_owned(), reason };
    if !output.status.success() {
        return Err(wrong(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| wrong(error.to_string()))
}

fn own<'a>(metadata: &'a Metadata, dir: &Path) -> Result<&'a Described, BuildError> {
    let manifest = dir.join("Cargo.toml");
    metadata
        .packages
        .iter()
        .find(|package| package.manifest_path.canonicalize().is_ok_and(|path| path == manifest))
        .ok_or_else(|| BuildError::Package {
            dir: dir.to_owned(),
            reason: "Its Cargo.toml describes no package.".to_owned(),
        })
}

/// Adds what a crate and the crates beside it that it depends on are made of.
fn add_sources(
    sources: &mut BTreeSet<PathBuf>,
    seen: &mut BTreeSet<PathBuf>,
    dir: &Path,
    package: &Described,
) -> Result<(), BuildError> {
    if !seen.insert(dir.to_owned()) {
        return Ok(());
    }
    let extra = package.metadata.iter().flat_map(|metadata| &metadata.proxbox.sources);
    let usual = ["Cargo.toml", "src", "build.rs"].map(PathBuf::from);
    for path in usual.iter().chain(extra) {
        if let Ok(path) = dir.join(path).canonicalize() {
            sources.insert(path);
        }
    }
    let beside = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    for path in beside.filter_map(|dependency| dependency.path.as_ref()) {
        let dir = path.canonicalize().map_err(|source| BuildError::File { path: path.clone(), source })?;
        let metadata = metadata(&dir)?;
        add_sources(sources, seen, &dir, own(&metadata, &dir)?)?;
    }
    Ok(())
}
