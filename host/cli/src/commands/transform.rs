use crate::error::CliError;
use crate::settings::SyncArgs;
use crate::terminal;
use proxbox_authoring::{BUILTIN, BuildOptions, Form, Inspection, Way};
use proxbox_transform::Transforms;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Build and look into mapping modules.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Build a module from its sources
    Build(BuildArgs),
    /// Say what a file is, without running it
    Inspect {
        /// A component, or a core module with an embedded component type
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Load every module as a sync would, and list them in the order of the chain
    List {
        #[command(flatten)]
        sync: SyncArgs,
    },
}

/// Build a module from its sources.
///
/// Takes the first way that this machine has: rustup's target wasm32-wasip2 (added when it is missing and can be had),
/// a target without WASI, or Debian's rustc-web, cargo-web, rust-web-src and lld packages.
#[derive(clap::Args)]
pub(crate) struct BuildArgs {
    /// Folder of the module's crate
    #[arg(default_value = ".", conflicts_with = "builtin")]
    dir: PathBuf,
    /// Where to put the component [default: PACKAGE.wasm; with --builtin: where the host embeds it from]
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Build the default components of this source tree; run it at the top of the tree
    #[arg(long)]
    builtin: bool,
    /// Take this way only
    #[arg(long, value_name = "WAY", value_parser = way)]
    way: Option<Way>,
    /// Leave function names out: smaller, but errors name no functions
    #[arg(long, conflicts_with = "builtin")]
    strip: bool,
}

pub(crate) async fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Build(args) if args.builtin => build_builtin(&args),
        Command::Build(args) => build(&args),
        Command::Inspect { file, json } => inspect(&file, json),
        Command::List { sync } => list(&sync).await,
    }
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
    for artifact in BUILTIN {
        if !root.join(artifact.crate_dir).is_dir() {
            return Err(CliError::usage(
                format!("there is no {} here", artifact.crate_dir),
                "run this at the top of the source tree",
            ));
        }
        let (path, size) = match &args.output {
            Some(dir) => {
                let built = artifact.build(root, &mut terminal::say)?;
                let name = Path::new(artifact.file).file_name().unwrap_or_default();
                let path = dir.join(name);
                write(&path, &built.component)?;
                (path, built.component.len())
            }
            None => {
                (PathBuf::from(artifact.file), artifact.refresh(root, &mut terminal::say)?.component.len())
            }
        };
        terminal::say(&format!("{} ({size} bytes)", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(CliError::io(format!("create {}", parent.display())))?;
    }
    std::fs::write(path, bytes).map_err(CliError::io(format!("write {}", path.display())))
}

fn inspect(file: &Path, json: bool) -> Result<ExitCode, CliError> {
    let bytes = std::fs::read(file).map_err(CliError::io(format!("read {}", file.display())))?;
    let inspection = proxbox_authoring::inspect(&bytes)?;
    if json {
        terminal::data(&serde_json::to_string_pretty(&inspection).map_err(CliError::Json)?)?;
    } else {
        for (label, value) in describe(&inspection) {
            terminal::data(&format!("{label:10} {value}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(inspection: &Inspection) -> Vec<(&'static str, String)> {
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let form = match inspection.form {
        Form::Component => "component",
        Form::CoreModule => "core module",
    };
    let mut lines = Vec::new();
    if let Some(module) = &inspection.module {
        lines.push(("module", format!("{} {}", module.name, module.version)));
    }
    lines.push(("form", format!("{form}, {} bytes", inspection.size)));
    lines.push(("contract", inspection.contract.clone().unwrap_or_else(|| "none".into())));
    lines.push(("maps", list(&inspection.mappers)));
    lines.push(("wraps", list(&inspection.overrides)));
    lines.push(("imports", list(&inspection.imports)));
    if let Some(sources) = &inspection.sources {
        lines.push(("sources", sources.clone()));
    }
    lines
}

async fn list(args: &SyncArgs) -> Result<ExitCode, CliError> {
    let modules = Transforms::load(args.transform_settings()).await?.modules();
    for module in modules.describe() {
        let origin = module.file.as_deref().unwrap_or("built in");
        let interfaces = module.interfaces.join(", ");
        terminal::data(&format!("{:24} {:8} {interfaces:24} {origin}", module.name, module.version))?;
    }
    for problem in modules.problems() {
        terminal::show_problem("refused", problem);
    }
    Ok(if modules.problems().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
