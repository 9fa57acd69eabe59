//! The built files that are kept in the repository, so that building the host needs no WebAssembly toolchain.

use crate::build::{BuildOptions, Built, build};
use crate::error::BuildError;
use crate::inspect::inspect;
use crate::package::Package;
use crate::toolchain::Way;
use std::fs;
use std::path::Path;

/// A built file that is kept, and the crate it is built from. Paths are below the root of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Folder of the crate.
    pub crate_dir: &'static str,
    /// The built file.
    pub file: &'static str,
}

/// The default mapping, embedded in the host.
pub const BUILTIN: &[Artifact] = &[
    Artifact { crate_dir: "guest-transforms/cluster", file: "guest-transforms/artifacts/cluster.wasm" },
    Artifact { crate_dir: "guest-transforms/node", file: "guest-transforms/artifacts/node.wasm" },
    Artifact {
        crate_dir: "guest-transforms/virtual-machine",
        file: "guest-transforms/artifacts/virtual-machine.wasm",
    },
];

/// Modules that the host's tests run.
pub const FIXTURES: &[Artifact] = &[];

impl Artifact {
    /// Whether the kept file was built from today's sources.
    ///
    /// # Errors
    /// When the crate cannot be read.
    pub fn is_fresh(&self, root: &Path) -> Result<bool, BuildError> {
        let sources = Package::read(&root.join(self.crate_dir))?.digest()?;
        let Ok(file) = fs::read(root.join(self.file)) else { return Ok(false) };
        Ok(inspect(&file).is_ok_and(|inspection| inspection.sources == Some(sources)))
    }

    /// Builds it from today's sources, without names and by preference without WASI.
    ///
    /// # Errors
    /// As [`build()`].
    pub fn build(&self, root: &Path, progress: &mut dyn FnMut(&str)) -> Result<Built, BuildError> {
        let options = BuildOptions {
            ways: vec![Way::Hermetic, Way::BuildStd, Way::Wasip2],
            names: false,
            ..BuildOptions::default()
        };
        build(&root.join(self.crate_dir), &options, progress)
    }

    /// Builds it and replaces the kept file.
    ///
    /// # Errors
    /// As [`build()`], and when the file cannot be written.
    pub fn refresh(&self, root: &Path, progress: &mut dyn FnMut(&str)) -> Result<Built, BuildError> {
        let built = self.build(root, progress)?;
        let path = root.join(self.file);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, &built.component));
        written.map_err(|source| BuildError::File { path, source })?;
        Ok(built)
    }
}
