use crate::error::CliError;
use crate::terminal;
use proxbox_authoring::{BUILTIN, BuildOptions, Way, build_artifacts};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Build a module from its sources.
///
/// The folder's Cargo.toml, pyproject.toml or package.json tells the language. What is missing is told with the command
/// that gives it.
///
/// Rust takes the first way that this machine has: rustup's target wasm32-wasip2 (added when it is missing and can be had),
/// a target without WASI, or Debian's rustc-web, cargo-web, rust-web-src and lld packages. Python takes componentize-py from
/// PROXBOX_PYTHON_TOOLS (a virtual environment), the folder's .venv or the PATH; JavaScript takes componentize-js from the
/// node_modules of PROXBOX_NODE_TOOLS, of the folder or of one above it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform build                    # the module in this folder
  proxbox transform build acme-tenants -o modules/acme-tenants.wasm")]
pub(crate) struct BuildArgs {
    /// Folder of the module's project
    #[arg(default_value = ".", conflicts_with = "builtin")]
    dir: PathBuf,
    /// Where to put the component [default: NAME.wasm; with --builtin: where the host embeds it from]
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Build the default components of this source tree; run it at the top of the tree
    #[arg(long)]
    builtin: bool,
    /// Take this way of building Rust only
    #[arg(long, value_name = "WAY", value_parser = way)]
    way: Option<Way>,
    /// Leave function names out of a module in Rust: smaller, but errors name no functions
    #[arg(long, conflicts_with = "builtin")]
    strip: bool,
}

pub(crate) fn run(args: &BuildArgs) -> Result<ExitCode, CliError> {
    if args.builtin { build_builtin(args) } else { build(args) }
}

fn build(args: &BuildArgs) -> Result<ExitCode, CliError> {
    let mut options = BuildOptions { names: !args.strip, ..BuildOptions::default() };
    if let Some(way) = args.way {
        options.ways = vec![way];
    }
    let built = proxbox_authoring::build(&args.dir, &options, &mut terminal::say)?;
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.wasm", built.package)));
    write(&path, &built.component)?;
    terminal::say(&format!("{} ({} bytes)", path.display(), built.component.len()));
    Ok(ExitCode::SUCCESS)
}

fn build_builtin(args: &BuildArgs) -> Result<ExitCode, CliError> {
    let root = Path::new(".");
    if let Some(missing) = BUILTIN.iter().find(|artifact| !root.join(artifact.crate_dir).is_dir()) {
        return Err(CliError::usage(
            format!("there is no {} here", missing.crate_dir),
            "run this at the top of the source tree",
        ));
    }
    let all = build_artifacts(BUILTIN, root, &mut terminal::say)?;
    for (artifact, built) in BUILTIN.iter().zip(all) {
        let path = match &args.output {
            Some(dir) => {
                let path = dir.join(Path::new(artifact.file).file_name().unwrap_or_default());
                write(&path, &built.component)?;
                path
            }
            None => {
                artifact.keep(root, &built)?;
                PathBuf::from(artifact.file)
            }
        };
        terminal::say(&format!("{} ({} bytes)", path.display(), built.component.len()));
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(CliError::io(format!("create {}", parent.display())))?;
    }
    std::fs::write(path, bytes).map_err(CliError::io(format!("write {}", path.display())))
}

fn way(text: &str) -> Result<Way, String> {
    let known = [Way::Wasip2, Way::Hermetic, Way::BuildStd];
    let names = known.map(way_name).join(", ");
    known.into_iter().find(|way| way_name(*way) == text).ok_or(format!("one of: {names}"))
}

fn way_name(way: Way) -> &'static str {
    match way {
        Way::Wasip2 => "wasip2",
        Way::Hermetic => "hermetic",
        Way::BuildStd => "build-std",
    }
}
