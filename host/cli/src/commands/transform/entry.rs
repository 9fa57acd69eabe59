//! What the commands that change the folder of modules share.

use super::workbench;
use crate::error::CliError;
use crate::settings::ModuleArgs;
use crate::terminal;
use clap::builder::PossibleValuesParser;
use proxbox_model::problem::Problem;
use proxbox_modules::{Change, Entry, Folder, MAX_MEMORY_MIB, MAX_TIMEOUT_MS, Policy, Scope};
use proxbox_transform::{Candidate, ModuleInfo, Settings, Transforms};
use proxbox_workbench::Settings as ModuleSettings;

/// How a module is used.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "How it is used")]
pub(crate) struct EntryArgs {
    /// Only for this source: endpoint:NAME or cluster:NAME; give it again for more, `all` for every source
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    scope: Vec<Option<Scope>>,
    /// Only for this object type; give it again for more, `all` for everything that it maps
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(["all"].into_iter().chain(proxbox_transform::interfaces())))]
    types: Vec<String>,
    /// What becomes of what it fails on: the next mapper's work, left out, or reported as failed
    #[arg(long, value_name = "POLICY", value_parser = ["builtin", "skip", "fail"])]
    policy: Option<String>,
    /// Its settings, all of them: a JSON object, or @FILE
    #[arg(long, value_name = "JSON", value_parser = workbench::settings)]
    settings: Option<ModuleSettings>,
    /// MiB of memory that one instance may use [default: 256]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=MAX_MEMORY_MIB as u64))]
    memory_mib: Option<u64>,
    /// Milliseconds of one call, to which 10 for each object are added [default: 1000]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=MAX_TIMEOUT_MS))]
    timeout_ms: Option<u64>,
}

impl EntryArgs {
    pub(crate) fn change(&self) -> Change {
        let all = |types: &[String]| types.iter().filter(|name| *name != "all").cloned().collect();
        Change {
            state: None,
            scope: (!self.scope.is_empty()).then(|| self.scope.iter().flatten().cloned().collect()),
            types: (!self.types.is_empty()).then(|| all(&self.types)),
            // The parser knows the same words.
            policy: self.policy.as_deref().and_then(|policy| policy.parse::<Policy>().ok()),
            memory_mib: self.memory_mib.and_then(|mib| usize::try_from(mib).ok()),
            timeout_ms: self.timeout_ms,
            settings: self.settings.clone(),
        }
    }
}

/// A source; none means every one.
fn scope(text: &str) -> Result<Option<Scope>, String> {
    if text == "all" { Ok(None) } else { text.parse().map(Some) }
}

/// The folder of modules that the caller means.
pub(crate) fn folder(args: &ModuleArgs) -> Result<Folder, CliError> {
    let dir = args.dir().ok_or_else(|| {
        CliError::usage(
            "there is no folder of modules",
            "name one with `--transforms-dir DIR` or PROXBOX_TRANSFORMS_DIR; HOME is not set",
        )
    })?;
    Ok(Folder::new(dir))
}

/// The sandbox, without the modules of the folder.
pub(crate) async fn sandbox(args: &ModuleArgs) -> Result<Transforms, CliError> {
    Ok(Transforms::load(Settings { dir: None, ..args.settings() }).await?)
}

/// Loads a module as a run would. What is wrong with it is in its info.
pub(crate) async fn load(sandbox: &Transforms, entry: Entry, bytes: Vec<u8>) -> Result<ModuleInfo, CliError> {
    let what = format!("compiling {}, which takes a while the first time", entry.name());
    let set = workbench::patiently(&what, sandbox.with(vec![Candidate { entry, bytes }])).await;
    let module = set.describe().into_iter().find(|module| !module.builtin);
    module.ok_or_else(|| CliError::usage("the sandbox gave no module", "please report this"))
}

/// What a run would say of an entry; none when it would use it.
pub(crate) async fn fault(
    sandbox: &Transforms,
    folder: &Folder,
    entry: &Entry,
) -> Result<Option<Problem>, CliError> {
    Ok(module(sandbox, folder, entry).await?.err())
}

/// An entry as a run would use it, or what it would say of it.
pub(crate) async fn module(
    sandbox: &Transforms,
    folder: &Folder,
    entry: &Entry,
) -> Result<Result<ModuleInfo, Problem>, CliError> {
    match folder.read(entry, sandbox.file_limit()) {
        Ok(bytes) => {
            let module = load(sandbox, entry.clone(), bytes).await?;
            Ok(match &module.problem {
                Some(problem) => Err(problem.clone()),
                None => Ok(module),
            })
        }
        Err(error) => {
            let mut problem = Problem::from(&error);
            problem.message = format!("Module {} is not used: {}.", entry.name(), problem.message);
            Ok(Err(problem))
        }
    }
}

/// Where an entry stands, for people: `staged, outermost of 2`.
pub(crate) fn place(folder: &Folder, name: &str) -> Result<String, CliError> {
    let entries = folder.contents()?.entries;
    let place = entries.iter().position(|entry| entry.name() == name).map_or(0, |place| place + 1);
    Ok(match (place, entries.len()) {
        (_, 1) => "the only module".to_owned(),
        (1, all) => format!("outermost of {all}"),
        (place, all) => format!("number {place} of {all}"),
    })
}

/// Says what is wrong with a module that is not taken.
pub(crate) fn refuse(problem: &Problem) -> std::process::ExitCode {
    terminal::show_problem("error", problem);
    std::process::ExitCode::FAILURE
}
