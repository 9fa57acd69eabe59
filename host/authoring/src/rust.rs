//! Modules in Rust, built with Cargo.

use crate::build::{BuildOptions, Built};
use crate::component::componentize;
use crate::error::BuildError;
use crate::package::Package;
use crate::toolchain::Toolchain;
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
    let package = Package::read(dir)?;
    let library =
        package.library.clone().ok_or_else(|| BuildError::NotAModule { package: package.name.clone() })?;
    let sources = package.digest()?;
    let mut remedies = Vec::new();
    let mut unreachable = None;
    for way in &options.ways {
        let Some(toolchain) = Toolchain::find(*way, &package.dir, progress) else {
            remedies.push(way.remedy());
            continue;
        };
        progress(&format!("building {} for {}", package.name, way.target()));
        match compile(&toolchain, &package, &library, options, progress) {
            Err(error) if lacks_network(&error) => {
                progress("packages that this way needs cannot be had");
                unreachable = Some(error);
            }
            // The SDK wrote the identity.
            result => return Ok(Built::new(package.name, result?, Some(*way), None, sources)),
        }
    }
    Err(unreachable.unwrap_or(BuildError::NoToolchain { remedies }))
}

fn compile(
    toolchain: &Toolchain,
    package: &Package,
    library: &str,
    options: &BuildOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<u8>, BuildError> {
    let target_dir = options.target_dir.clone().unwrap_or_else(|| guest_dir(package));
    let target_dir =
        path::absolute(&target_dir).map_err(|source| BuildError::File { path: target_dir, source })?;
    let command = || {
        let mut command = toolchain.cargo_build(options.names);
        command.current_dir(&package.dir).arg("--target-dir").arg(&target_dir);
        if package.locked {
            command.arg("--locked");
        }
        command
    };
    run_with_or_without_network(command, &package.name, progress)?;

    let path = target_dir.join(toolchain.way.target()).join("release").join(format!("{library}.wasm"));
    let wasm = fs::read(&path).map_err(|source| BuildError::File { path, source })?;
    if toolchain.way.gives_core_module() { componentize(&wasm) } else { Ok(wasm) }
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
