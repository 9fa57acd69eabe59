//! The built files that are kept in the repository, so that building the host needs no WebAssembly toolchain.

use crate::build::{BuildOptions, Built};
use crate::error::BuildError;
use crate::inspect::inspect;
use crate::package::Package;
use crate::rust;
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
    /// Whether it needs the whole standard library, and so imports WASI.
    pub wasi: bool,
}

const fn artifact(crate_dir: &'static str, file: &'static str) -> Artifact {
    Artifact { crate_dir, file, wasi: false }
}

/// The default mapping, embedded in the host.
pub const BUILTIN: &[Artifact] = &[
    artifact("guest-transforms/cluster", "guest-transforms/artifacts/cluster.wasm"),
    artifact("guest-transforms/node", "guest-transforms/artifacts/node.wasm"),
    artifact("guest-transforms/node-interface", "guest-transforms/artifacts/node-interface.wasm"),
    artifact("guest-transforms/storage", "guest-transforms/artifacts/storage.wasm"),
    artifact("guest-transforms/virtual-machine", "guest-transforms/artifacts/virtual-machine.wasm"),
    artifact("guest-transforms/virtual-disk", "guest-transforms/artifacts/virtual-disk.wasm"),
    artifact("guest-transforms/vm-interface", "guest-transforms/artifacts/vm-interface.wasm"),
    artifact("guest-transforms/mac-address", "guest-transforms/artifacts/mac-address.wasm"),
    artifact("guest-transforms/vlan", "guest-transforms/artifacts/vlan.wasm"),
    artifact("guest-transforms/ip-address", "guest-transforms/artifacts/ip-address.wasm"),
    artifact("guest-transforms/primary-ip", "guest-transforms/artifacts/primary-ip.wasm"),
    artifact("guest-transforms/snapshot", "guest-transforms/artifacts/snapshot.wasm"),
    artifact("guest-transforms/backup", "guest-transforms/artifacts/backup.wasm"),
    artifact("guest-transforms/backup-routine", "guest-transforms/artifacts/backup-routine.wasm"),
    artifact("guest-transforms/replication", "guest-transforms/artifacts/replication.wasm"),
    artifact("guest-transforms/task", "guest-transforms/artifacts/task.wasm"),
    artifact("guest-transforms/cloud-init", "guest-transforms/artifacts/cloud-init.wasm"),
    artifact("guest-transforms/guest-interface", "guest-transforms/artifacts/guest-interface.wasm"),
];

/// Modules that the host's tests run.
pub const FIXTURES: &[Artifact] = &[
    artifact("examples/pool-roles", "tests/modules/artifacts/pool-roles.wasm"),
    Artifact { wasi: true, ..artifact("tests/modules/hostile", "tests/modules/artifacts/hostile.wasm") },
    artifact("tests/modules/puppet", "tests/modules/artifacts/puppet.wasm"),
];

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

    /// Replaces the kept file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, root: &Path, built: &Built) -> Result<(), BuildError> {
        let path = root.join(self.file);
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, &built.component));
        written.map_err(|source| BuildError::File { path, source })
    }
}

/// Builds artifacts from today's sources, without function names, and by preference without WASI unless they need that. The
/// results are in the order of the artifacts.
///
/// # Errors
/// As [`build()`](crate::build()).
pub fn build_artifacts(
    artifacts: &[Artifact],
    root: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Built>, BuildError> {
    let mut built: Vec<Option<Built>> = vec![None; artifacts.len()];
    for wasi in [false, true] {
        let chosen = || artifacts.iter().enumerate().filter(|(_, artifact)| artifact.wasi == wasi);
        let dirs: Vec<_> = chosen().map(|(_, artifact)| root.join(artifact.crate_dir)).collect();
        let ways = if wasi { vec![Way::Wasip2] } else { vec![Way::Hermetic, Way::BuildStd, Way::Wasip2] };
        let options = BuildOptions { ways, names: false, ..BuildOptions::default() };
        for ((index, _), module) in chosen().zip(rust::build_all(&dirs, &options, progress)?) {
            if let Some(place) = built.get_mut(index) {
                *place = Some(module);
            }
        }
    }
    Ok(built.into_iter().flatten().collect())
}
