use super::entry::{self, EntryArgs};
use crate::error::CliError;
use crate::settings::ModuleArgs;
use crate::terminal;
use proxbox_model::problem::Problem;
use proxbox_modules::{Change, Digest, Entry, Folder, Installation, Installed, State, download};
use proxbox_transform::{ModuleInfo, Transforms};
use std::path::Path;
use std::process::ExitCode;

/// Put a module into the folder of modules.
///
/// The module is loaded in the sandbox first: what the host would refuse, or settings that do not fit, are told and
/// nothing changes. Its content is pinned by its SHA-256, so that nobody can swap the file unnoticed. A new module is
/// outermost and *staged*: dry runs and previews show what it would change, writes do not use it yet. A new version
/// takes the place, state, scope and settings of the former one; runs that are at work end with the former one.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform install acme-tenants.wasm
  proxbox transform install acme-tenants.wasm --enable --settings '{\"prefix\": \"tenant-\"}'
  proxbox transform install acme-tenants.wasm --name lab-tenants --scope endpoint:lab
  proxbox transform install https://modules.example.org/acme-tenants.wasm --sha256 DIGEST")]
pub(crate) struct Args {
    /// A file, or an https address
    source: String,
    /// SHA-256 that the content must have; needed for an address
    #[arg(long, value_name = "DIGEST")]
    sha256: Option<Digest>,
    /// How commands call it [default: the name that the module gives itself]
    #[arg(long)]
    name: Option<String>,
    /// Use it in every run from now on
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Do not use it at all for now
    #[arg(long)]
    disable: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    entry: EntryArgs,
    #[command(flatten)]
    modules: ModuleArgs,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    let folder = entry::folder(&args.modules)?;
    let sandbox = entry::sandbox(&args.modules).await?;
    let bytes = content(args, sandbox.file_limit()).await?;
    let first = entry::load(&sandbox, Entry::of_file(file_name(&args.source)), bytes.clone()).await?;
    if let Some(problem) = first.problem.as_ref().filter(|problem| problem.code != "module-settings") {
        return Ok(entry::refuse(problem));
    }
    let installation = Installation {
        name: args.name.clone().unwrap_or_else(|| first.name.clone()),
        version: first.version.clone(),
        bytes,
        maps: first.interfaces.clone(),
        change: change(args),
    };
    let planned = folder.planned(&installation)?;
    if let Some(problem) = rival(&args.modules, &first, &planned).await? {
        return Ok(entry::refuse(&problem));
    }
    if let Some(problem) = entry::load(&sandbox, planned, installation.bytes.clone()).await?.problem {
        return Ok(entry::refuse(&problem));
    }
    let installed = folder.install(&installation)?;
    tell(args, &folder, &first, &installed)?;
    Ok(ExitCode::SUCCESS)
}

fn change(args: &Args) -> Change {
    let state = match (args.enable, args.disable) {
        (true, _) => Some(State::Enabled),
        (_, true) => Some(State::Disabled),
        _ => None,
    };
    Change { state, ..args.entry.change() }
}

/// The module's bytes, which must have the digest that was named.
async fn content(args: &Args, limit: u64) -> Result<Vec<u8>, CliError> {
    if args.source.contains("://") {
        let digest = args.sha256.as_ref().ok_or(proxbox_modules::ModulesError::NoDigest)?;
        terminal::say(&format!("fetching {}", args.source));
        return Ok(download(&args.source, digest, limit).await?);
    }
    let bytes = std::fs::read(&args.source).map_err(CliError::io(format!("read {}", args.source)))?;
    let found = Digest::of(&bytes);
    match &args.sha256 {
        Some(wanted) if *wanted != found => Err(CliError::usage(
            format!("{} has SHA-256 {found}, not the one that was named", args.source),
            "get the file again, or ask whoever published it; nothing was installed",
        )),
        _ => Ok(bytes),
    }
}

/// For messages about a module that does not say its own name.
fn file_name(source: &str) -> String {
    let name = Path::new(source).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn tell(args: &Args, folder: &Folder, info: &ModuleInfo, installed: &Installed) -> Result<(), CliError> {
    let Installed { entry, replaced } = installed;
    if args.json {
        let json = serde_json::json!({
            "name": entry.name(), "module": info.name, "version": info.version, "file": entry.file,
            "sha256": entry.sha256, "replaced": replaced, "state": entry.state,
        });
        return terminal::data(&json.to_string());
    }
    let (name, state, place) = (entry.name(), entry.state.as_str(), entry::place(folder, entry.name())?);
    terminal::data(&format!("{name} {} is installed: {state}, {place}", info.version))?;
    terminal::data(&format!("  maps    {}", info.interfaces.join(", ")))?;
    if let Some(digest) = &entry.sha256 {
        terminal::data(&format!("  sha256  {digest}"))?;
    }
    terminal::say(&match entry.state {
        State::Enabled => "The next run uses it.".to_owned(),
        State::Staged => format!(
            "Next: `proxbox sync --dry-run` shows what it would change; `proxbox transform enable {name}` puts it to use."
        ),
        State::Disabled => {
            format!("Next: `proxbox transform stage {name}` or `proxbox transform enable {name}`.")
        }
    });
    Ok(())
}

/// Another entry that is another version of the same module: the two would be taken for one.
async fn rival(args: &ModuleArgs, module: &ModuleInfo, entry: &Entry) -> Result<Option<Problem>, CliError> {
    let installed = Transforms::load(args.settings()).await?.preview().describe();
    let rival = installed.into_iter().find(|other| {
        !other.builtin
            && other.entry != entry.name()
            && other.name == module.name
            && other.digest != module.digest
    });
    Ok(rival.map(|rival| {
        let message = format!(
            "{} {} is installed as {}, and two versions of one module do not run side by side.",
            rival.name, rival.version, rival.entry
        );
        Problem::new("module-name-taken", message).with_hint(format!(
            "For you: install it as `--name {}` to replace that one, or remove that one. For its author: give a module that \
             is something else another name.",
            rival.entry
        ))
    }))
}
