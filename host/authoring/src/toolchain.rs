//! Which toolchains of this machine can build WebAssembly.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// A way of building a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Target `wasm32-wasip2`, as rustup installs it. The component imports a little of WASI.
    Wasip2,
    /// Target `wasm32-unknown-unknown` as installed. The component imports nothing but the contract.
    Hermetic,
    /// The same target with the standard library built from source, as Debian's `rustc-web`, `cargo-web`,
    /// `rust-web-src` and `lld` can.
    BuildStd,
}

impl Way {
    /// The target triple.
    pub fn target(self) -> &'static str {
        match self {
            Self::Wasip2 => "wasm32-wasip2",
            Self::Hermetic | Self::BuildStd => "wasm32-unknown-unknown",
        }
    }

    /// The command that gives a machine this way.
    pub(crate) fn remedy(self) -> String {
        match self {
            Self::Wasip2 | Self::Hermetic => format!("`rustup target add {}`", self.target()),
            Self::BuildStd => "on Debian `apt-get install rustc-web cargo-web rust-web-src lld`".to_owned(),
        }
    }

    /// Whether Cargo's output is a core module yet.
    pub(crate) fn gives_core_module(self) -> bool {
        self != Self::Wasip2
    }
}

/// A compiler and how to use it.
pub(crate) struct Toolchain {
    pub(crate) way: Way,
    cargo: PathBuf,
    rustc: PathBuf,
    linker: Option<PathBuf>,
}

impl Toolchain {
    /// This machine's toolchain for that way, as a crate in that folder sees it.
    pub(crate) fn find(way: Way, dir: &Path, progress: &mut dyn FnMut(&str)) -> Option<Self> {
        let compilers = compilers(dir);
        match way {
            Way::Wasip2 => with_target(&compilers, way).or_else(|| added(&compilers, way, dir, progress)),
            Way::Hermetic => with_target(&compilers, way),
            Way::BuildStd => with_sources(&compilers),
        }
    }

    /// A Cargo command of this toolchain for its target, in the release profile, tuned for modules.
    pub(crate) fn cargo_build(&self, names: bool) -> Command {
        let mut command = Command::new(&self.cargo);
        command
            .env("RUSTC", &self.rustc)
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never");
        // Flags meant for this machine's own code, and what an outer Cargo leaves behind.
        for variable in
            ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WORKSPACE_WRAPPER"]
        {
            command.env_remove(variable);
        }
        command.args(["build", "--lib", "--release", "--target", self.way.target()]);
        let strip = if names { "profile.release.strip=\"debuginfo\"" } else { "profile.release.strip=true" };
        for setting in [
            "profile.release.opt-level=2",
            "profile.release.lto=true",
            "profile.release.codegen-units=1",
            "profile.release.panic=\"abort\"",
            strip,
        ] {
            command.args(["--config", setting]);
        }
        if let Some(linker) = &self.linker {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        if self.way == Way::BuildStd {
            command.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        }
        command
    }
}

/// A compiler of this machine.
struct Compiler {
    cargo: PathBuf,
    rustc: PathBuf,
    sysroot: PathBuf,
}

impl Compiler {
    fn has_target(&self, target: &str) -> bool {
        self.sysroot.join("lib/rustlib").join(target).join("lib").is_dir()
    }

    /// A linker for WebAssembly comes with rustup's toolchains, not with a distribution's.
    fn brings_linker(&self) -> bool {
        let hosts = fs::read_dir(self.sysroot.join("lib/rustlib")).into_iter().flatten().flatten();
        hosts.into_iter().any(|host| host.path().join("bin/rust-lld").exists())
    }
}

/// The compiler on the PATH, and the distribution's where that is another one.
fn compilers(dir: &Path) -> Vec<Compiler> {
    let mut found: Vec<Compiler> = Vec::new();
    for (cargo, rustc) in [("cargo", "rustc"), ("/usr/bin/cargo", "/usr/bin/rustc")] {
        if let Some(sysroot) = sysroot(rustc, dir)
            && found.iter().all(|known| known.sysroot != sysroot)
        {
            found.push(Compiler { cargo: cargo.into(), rustc: rustc.into(), sysroot });
        }
    }
    found
}

fn sysroot(rustc: &str, dir: &Path) -> Option<PathBuf> {
    let output = Command::new(rustc).args(["--print", "sysroot"]).current_dir(dir).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(path.trim()))
}

fn with_target(compilers: &[Compiler], way: Way) -> Option<Toolchain> {
    compilers.iter().filter(|compiler| compiler.has_target(way.target())).find_map(|compiler| {
        let linker = if compiler.brings_linker() { None } else { Some(wasm_linker()?) };
        Some(toolchain(compiler, way, linker))
    })
}

fn with_sources(compilers: &[Compiler]) -> Option<Toolchain> {
    let compiler = compilers
        .iter()
        .find(|compiler| compiler.sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").exists())?;
    let linker = if compiler.brings_linker() { None } else { Some(wasm_linker()?) };
    Some(toolchain(compiler, Way::BuildStd, linker))
}

/// Lets rustup add the target, when the compiler on the PATH is rustup's.
fn added(compilers: &[Compiler], way: Way, dir: &Path, progress: &mut dyn FnMut(&str)) -> Option<Toolchain> {
    progress(&format!("rustup target add {}", way.target()));
    let status = Command::new("rustup")
        .args(["target", "add", way.target()])
        .current_dir(dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.ok().filter(std::process::ExitStatus::success)?;
    with_target(compilers, way)
}

fn toolchain(compiler: &Compiler, way: Way, linker: Option<PathBuf>) -> Toolchain {
    Toolchain { way, cargo: compiler.cargo.clone(), rustc: compiler.rustc.clone(), linker }
}

/// The newest `wasm-ld` on the PATH, whichever way the distribution numbers it.
fn wasm_linker() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut linkers: Vec<(u32, PathBuf)> = env::split_paths(&path)
        .filter_map(|dir| fs::read_dir(dir).ok())
        .flatten()
        .flatten()
        .filter_map(|entry| Some((linker_version(&entry.path())?, entry.path())))
        .collect();
    linkers.sort();
    linkers.pop().map(|(_, path)| path)
}

/// `wasm-ld-19` is 19, `wasm-ld` is 0, anything else is no linker. A dangling link does not count.
fn linker_version(path: &Path) -> Option<u32> {
    let version = path.file_name()?.to_str()?.strip_prefix("wasm-ld")?;
    let version = if version.is_empty() { 0 } else { version.strip_prefix('-')?.parse().ok()? };
    path.exists().then_some(version)
}
