//! Commands that change how installed modules are used.

use super::entry::{self, EntryArgs};
use crate::error::CliError;
use crate::settings::ModuleArgs;
use crate::terminal;
use proxbox_modules::{Change, Entry, Folder, ModulesError, State};
use std::process::ExitCode;

/// One or more installed modules.
#[derive(clap::Args)]
pub(crate) struct Names {
    /// Names, as `proxbox transform list` shows them
    #[arg(required = true)]
    names: Vec<String>,
    #[command(flatten)]
    modules: ModuleArgs,
}

/// One installed module.
#[derive(clap::Args)]
pub(crate) struct Name {
    /// Its name, as `proxbox transform list` shows it
    name: String,
    #[command(flatten)]
    modules: ModuleArgs,
}

/// Change how a module is used; what you do not name stays.
///
/// Settings are checked against the module's own schema before anything changes. The next run uses what you chose; one
/// that is at work does not notice.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform configure acme-tenants --settings '{\"prefix\": \"tenant-\"}'
  proxbox transform configure acme-tenants --scope cluster:prod --scope cluster:dr
  proxbox transform configure acme-tenants --scope all --policy skip")]
pub(crate) struct ConfigureArgs {
    #[command(flatten)]
    name: Name,
    #[command(flatten)]
    entry: EntryArgs,
}

/// Sets what runs do with modules. Only a module that would run can be enabled.
pub(crate) async fn set_state(args: &Names, state: State) -> Result<ExitCode, CliError> {
    let folder = entry::folder(&args.modules)?;
    let change = Change { state: Some(state), ..Change::default() };
    let sandbox = entry::sandbox(&args.modules).await?;
    for name in &args.names {
        let entry = find(&folder, name)?;
        if state != State::Disabled
            && let Some(problem) = entry::fault(&sandbox, &folder, &change.apply(entry)).await?
        {
            return Ok(entry::refuse(&problem));
        }
    }
    for name in &args.names {
        folder.configure(name, &change)?;
        terminal::data(&format!("{name} is {}, {}", state.as_str(), entry::place(&folder, name)?))?;
    }
    terminal::say(match state {
        State::Enabled => "The next run uses it.",
        State::Staged => "Dry runs and previews use it, writes do not.",
        State::Disabled => "Nothing uses it from the next run on.",
    });
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn configure(args: &ConfigureArgs) -> Result<ExitCode, CliError> {
    let change = args.entry.change();
    if change == Change::default() {
        return Err(CliError::usage(
            "nothing to change was named",
            "see `proxbox transform configure --help`",
        ));
    }
    let Name { name, modules } = &args.name;
    let folder = entry::folder(modules)?;
    let changed = change.apply(find(&folder, name)?);
    if let Some(problem) = entry::fault(&entry::sandbox(modules).await?, &folder, &changed).await? {
        return Ok(entry::refuse(&problem));
    }
    let entry = folder.configure(name, &change)?;
    terminal::data(&format!("{name} is changed; it is {}", entry.state.as_str()))?;
    Ok(ExitCode::SUCCESS)
}

/// Puts modules first, in that order.
pub(crate) fn order(args: &Names) -> Result<ExitCode, CliError> {
    let order = entry::folder(&args.modules)?.order(&args.names)?;
    for (place, name) in order.iter().enumerate() {
        terminal::data(&format!("{:2} {name}", place + 1))?;
    }
    terminal::say(
        "The first is outermost: it is asked first and may call the next. The built-in mapping comes last.",
    );
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn remove(args: &Name) -> Result<ExitCode, CliError> {
    let entry = entry::folder(&args.modules)?.remove(&args.name)?;
    terminal::data(&format!("{} is removed, its file {} with it", args.name, entry.file))?;
    terminal::say("What it wrote to NetBox stays until the next run maps the same objects without it.");
    Ok(ExitCode::SUCCESS)
}

/// Takes the content that a file has now.
pub(crate) async fn accept(args: &Name) -> Result<ExitCode, CliError> {
    let folder = entry::folder(&args.modules)?;
    let sandbox = entry::sandbox(&args.modules).await?;
    // Whatever it holds, and for whatever it maps.
    let as_it_is = Entry { sha256: None, types: Vec::new(), ..find(&folder, &args.name)? };
    let module = match entry::module(&sandbox, &folder, &as_it_is).await? {
        Ok(module) => module,
        Err(problem) => return Ok(entry::refuse(&problem)),
    };
    let (before, now) = folder.accept(&args.name, &module.interfaces, sandbox.file_limit())?;
    let before = before.map_or_else(|| "none".to_owned(), |digest| digest.to_string());
    terminal::data(&format!(
        "{} may hold what it holds now\n  before  {before}\n  now     {now}",
        args.name
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn find(folder: &Folder, name: &str) -> Result<Entry, CliError> {
    let entries = folder.contents()?.entries;
    let known = entries.iter().map(|entry| entry.name().to_owned()).collect();
    let found = entries.into_iter().find(|entry| entry.name() == name);
    found.ok_or_else(|| ModulesError::Unknown { name: name.to_owned(), known }.into())
}
