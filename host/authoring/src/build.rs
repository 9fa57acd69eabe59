//! From a crate to a component.

use crate::component::{SOURCES_SECTION, append_section, componentize};
use crate::error::BuildError;
use crate::package::Package;
use crate::toolchain::{Toolchain, Way};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, path};

/// How many of Cargo's last lines an error carries.
const LAST_LINES: usize = 40;

/// How to build.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// Ways to try; the first that this machine has, with every package it needs, is taken.
    pub ways: Vec<Way>,
    /// Whether function names stay in the component, so that the host's errors can name them. They make it larger.
    pub names: bool,
    /// Where to build; by default `guest` in Cargo's own target folder.
    pub target_dir: Option<PathBuf>,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self { ways: vec![Way::Wasip2, Way::Hermetic, Way::BuildStd], names: true, target_dir: None }
    }
}

/// A built module.
#[derive(Clone, Debug)]
pub struct Built {
    /// Name of the package.
    pub package: String,
    /// The component.
    pub component: Vec<u8>,
    /// The way that was taken.
    pub way: Way,
    /// Digest of the sources, as embedded.
    pub sources: String,
}

/// Builds the crate in a folder to a component. Every line of progress is given to `progress`.
///
/// The crate's lock file is kept to, and the network is used only when a package is not at hand.
///
/// # Errors
/// When the folder holds no module, no toolchain can build it, or the compiler refuses.
pub fn build(
    crate_dir: &Path,
    options: &BuildOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<Built, BuildError> {
    let package = Package::read(crate_dir)?;
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
            result => {
                let mut component = result?;
                append_section(&mut component, SOURCES_SECTION, sources.as_bytes());
                return Ok(Built { package: package.name, component, way: *way, sources });
            }
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

fn run(mut command: Command, package: &str, progress: &mut dyn FnMut(&str)) -> Result<(), BuildError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let not_started = |source| BuildError::Start { command: program.clone(), source };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(not_started)?;
    let mut last = VecDeque::new();
    for line in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines()) {
        let Ok(line) = line else { break };
        progress(&line);
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    let status = child.wait().map_err(not_started)?;
    if status.success() {
        return Ok(());
    }
    Err(BuildError::Cargo { package: package.to_owned(), output: Vec::from(last).join("\n") })
}
