//! Modules in Rust, built with Cargo.

use crate::build::{BuildOptions, Built};
use crate::component::componentize;
use crate::error::BuildError;
use crate::package::Package;
use crate::toolchain::{Toolchain, Way};
use crate::tools;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, path};

/// Builds the crate in a folder in the first of the ways that this machine has.
pub(crate) fn build(
    dir: &Path,
    options: &BuildOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<Built, BuildError> {
    let mut built = build_all(&[dir.to_owned()], options, progress)?;
    built.pop().ok_or_else(|| BuildError::NotAModule { package: dir.display().to_string() })
}

/// Builds the crates of one workspace with one command, in the first of the ways that this machine has.
pub(crate) fn build_all(
    dirs: &[PathBuf],
    options: &BuildOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Built>, BuildError> {
    let crates = dirs.iter().map(|dir| Crate::read(dir)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = crates.first() else { return Ok(Vec::new()) };
    let names: Vec<_> = crates.iter().map(|module| module.package.name.as_str()).collect();
    let names = names.join(", ");
    let mut remedies = Vec::new();
    let mut unreachable = None;
    for way in &options.ways {
        let Some(toolchain) = Toolchain::find(*way, &first.package.dir, progress) else {
            remedies.push(way.remedy());
            continue;
        };
        progress(&format!("building {names} for {}", way.target()));
        match compile(&toolchain, &crates, &names, options, progress) {
            Err(error) if lacks_network(&error) => {
                progress("packages that this way needs cannot be had");
                unreachable = Some(error);
            }
            result => {
                let built = crates.iter().zip(result?);
                return Ok(built.map(|(module, wasm)| module.built(wasm, *way)).collect());
            }
        }
    }
    Err(unreachable.unwrap_or(BuildError::NoToolchain { remedies }))
}

/// A crate that gives a module.
struct Crate {
    package: Package,
    library: String,
    sources: String,
}

impl Crate {
    fn read(dir: &Path) -> Result<Self, BuildError> {
        let package = Package::read(dir)?;
        let library = package
            .library
            .clone()
            .ok_or_else(|| BuildError::NotAModule { package: package.name.clone() })?;
        let sources = package.digest()?;
        Ok(Self { package, library, sources })
    }

    /// The SDK wrote the identity.
    fn built(&self, component: Vec<u8>, way: Way) -> Built {
        Built::new(self.package.name.clone(), component, Some(way), None, self.sources.clone())
    }
}

fn compile(
    toolchain: &Toolchain,
    crates: &[Crate],
    names: &str,
    options: &BuildOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Vec<u8>>, BuildError> {
    let Some(first) = crates.first() else { return Ok(Vec::new()) };
    let target_dir = options.target_dir.clone().unwrap_or_else(|| guest_dir(&first.package));
    let target_dir =
        path::absolute(&target_dir).map_err(|source| BuildError::File { path: target_dir, source })?;
    let command = || {
        let mut command = toolchain.cargo_build(options.names);
        command.current_dir(&first.package.dir).arg("--target-dir").arg(&target_dir);
        for module in crates {
            command.args(["--package", &module.package.name]);
        }
        if first.package.locked {
            command.arg("--locked");
        }
        command
    };
    run_with_or_without_network(command, names, progress)?;

    let folder = target_dir.join(toolchain.way.target()).join("release");
    let component = |module: &Crate| {
        let path = folder.join(format!("{}.wasm", module.library));
        let wasm = fs::read(&path).map_err(|source| BuildError::File { path, source })?;
        if toolchain.way.gives_core_module() { componentize(&wasm) } else { Ok(wasm) }
    };
    crates.iter().map(component).collect()
}

/// Beside what Cargo builds for this machine, and never in the way of a Cargo that is running there.
fn guest_dir(package: &Package) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| package.target_dir.clone(), PathBuf::from).join("guest")
}

fn run_with_or_without_network(
    command: impl Fn() -> Command,
    package: &str,
    progress: &mut dyn FnMut(&str),
) -> Result<(), BuildError> {
    let mut offline = command();
    offline.arg("--offline");
    match run(offline, package, progress) {
        Err(BuildError::Cargo { output, .. }) if output.contains("offline") => {
            progress("a package is not at hand; using the network");
            run(command(), package, progress)
        }
        result => result,
    }
}

/// Whether Cargo gave up because it could not fetch a package.
fn lacks_network(error: &BuildError) -> bool {
    const WORDS: [&str; 4] =
        ["network", "failed to download", "failed to fetch", "download of config.json failed"];
    matches!(error, BuildError::Cargo { output, .. } if WORDS.iter().any(|words| output.contains(words)))
}

fn run(command: Command, package: &str, progress: &mut dyn FnMut(&str)) -> Result<(), BuildError> {
    tools::run(command, progress)?
        .map_err(|lines| BuildError::Cargo { package: package.to_owned(), output: lines.join("\n") })
}
