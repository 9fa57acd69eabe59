use super::entry;
use crate::commands::endpoint::{open_store, store_path};
use crate::error::CliError;
use crate::settings::{ModuleArgs, StoreArgs};
use crate::terminal;
use proxbox_model::report::ModuleUsage;
use proxbox_modules::State;
use proxbox_sync::{InstalledModule, installed};
use proxbox_transform::{ModuleInfo, Transforms};
use serde_json::json;
use std::process::ExitCode;

/// List the modules in the order of the chain, with what they did last.
///
/// Every module is loaded as a run would. The first is outermost: it is asked first and may call the next; the built-in
/// mapping comes last. What a module did in the latest run that asked it stands below it. Ends with 1 when a module cannot
/// be used.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// List the built-in mappers, too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    modules: ModuleArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// A module and what it did last.
struct Listed {
    module: InstalledModule,
    usage: Vec<ModuleUsage>,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    let folder = entry::folder(&args.modules)?;
    let transforms = Transforms::load(args.modules.settings()).await?;
    let usage = latest_usage(&args.store).await?;
    let list = |module: InstalledModule| Listed { usage: usage_of(&usage, &module), module };
    let listed: Vec<Listed> = installed(&transforms).await.modules.into_iter().map(list).collect();
    let set = transforms.preview();
    let built_in: Vec<ModuleInfo> =
        set.describe().into_iter().filter(|info| args.all && info.builtin).collect();
    if args.json {
        let all: Vec<_> =
            listed.iter().map(as_json).chain(built_in.iter().map(|info| json!({ "module": info }))).collect();
        terminal::data(&serde_json::to_string_pretty(&all).map_err(CliError::Json)?)?;
    } else {
        show(&listed, folder.path())?;
        for info in &built_in {
            terminal::data(&line(0, &info.name, &info.version, "built in", &info.interfaces))?;
        }
    }
    for problem in set.problems() {
        terminal::show_problem("refused", problem);
    }
    Ok(if set.problems().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What modules did last; nothing where no run was recorded, or the database cannot be opened.
async fn latest_usage(args: &StoreArgs) -> Result<Vec<ModuleUsage>, CliError> {
    if store_path(args).is_none_or(|path| !path.exists()) {
        return Ok(Vec::new());
    }
    match open_store(args).await {
        Ok(store) => Ok(store.latest_usage().await?.into_iter().map(|record| record.usage).collect()),
        Err(error) => {
            terminal::say(&format!("What modules did last is not known: {error}."));
            Ok(Vec::new())
        }
    }
}

fn usage_of(all: &[ModuleUsage], module: &InstalledModule) -> Vec<ModuleUsage> {
    let mine = |usage: &&ModuleUsage| {
        module.name.as_ref() == Some(&usage.module) && module.interfaces.contains(&usage.interface)
    };
    all.iter().filter(mine).cloned().collect()
}

fn as_json(Listed { module, usage }: &Listed) -> serde_json::Value {
    json!({
        "entry": {
            "name": module.entry, "file": module.file, "sha256": module.sha256, "pinned": module.pinned,
            "state": module.state, "scope": module.scope, "types": module.types, "policy": module.policy,
            "settings": module.settings,
        },
        "module": {
            "name": module.name, "version": module.version, "description": module.description,
            "contract": module.contract, "interfaces": module.interfaces,
            "settings_schema": module.settings_schema, "problem": module.problem,
        },
        "last_run": usage,
    })
}

fn show(listed: &[Listed], dir: &std::path::Path) -> Result<(), CliError> {
    if listed.is_empty() {
        terminal::say(&format!(
            "No module is installed in {}; everything is mapped by the built-in mappers.\n\
             `proxbox transform new NAME` begins one, `proxbox transform install FILE` installs one.",
            dir.display()
        ));
    }
    for (place, one) in listed.iter().enumerate() {
        terminal::data(&headline(place + 1, one))?;
        for line in details(one) {
            terminal::data(&format!("     {line}"))?;
        }
    }
    Ok(())
}

fn headline(place: usize, Listed { module, .. }: &Listed) -> String {
    let refused = if module.problem.is_some() { ", REFUSED" } else { "" };
    let state = format!("{}{refused}", module.state.as_str());
    // Of a module that cannot be read it is not known what it maps.
    let maps = if module.problem.is_some() { &[][..] } else { &module.interfaces };
    line(place, &module.entry, module.version.as_deref().unwrap_or_default(), &state, maps)
}

/// A place of 0 is none.
fn line(place: usize, name: &str, version: &str, state: &str, maps: &[String]) -> String {
    let place = if place == 0 { String::new() } else { place.to_string() };
    format!("{place:>3}  {name:24} {version:8} {state:18} {}", maps.join(", ")).trim_end().to_owned()
}

fn details(Listed { module, usage }: &Listed) -> Vec<String> {
    let mut lines = vec![how_used(module)];
    if !module.pinned && module.state != State::Disabled {
        lines.push(
            "not pinned: whatever the file holds is used; `proxbox transform accept` pins it".to_owned(),
        );
    }
    if let Some(name) = module.name.as_ref().filter(|name| **name != module.entry) {
        lines.push(format!("module {name}"));
    }
    lines.extend(usage.iter().map(did));
    lines
}

/// `for cluster:prod; policy builtin; settings prefix; acme-tenants-1.0.0-1a2b3c4d.wasm`.
fn how_used(module: &InstalledModule) -> String {
    let mut parts = Vec::new();
    let scopes: Vec<String> = module.scope.iter().map(ToString::to_string).collect();
    parts.push(if scopes.is_empty() {
        "everywhere".to_owned()
    } else {
        format!("for {}", scopes.join(", "))
    });
    if !module.types.is_empty() {
        parts.push(format!("only {}", module.types.join(", ")));
    }
    parts.push(format!("policy {}", module.policy.as_str()));
    let settings = module.settings.as_ref().and_then(serde_json::Value::as_object);
    if let Some(settings) = settings.filter(|settings| !settings.is_empty()) {
        parts.push(format!("settings {}", settings.keys().cloned().collect::<Vec<_>>().join(", ")));
    }
    parts.push(module.file.clone());
    parts.join("; ")
}

/// `last run: 200 virtual-machine: 190 kept, 10 skipped; 12 ms, 1.2 MiB`.
fn did(usage: &ModuleUsage) -> String {
    let counts = [
        (usage.kept, "kept"),
        (usage.skipped, "skipped"),
        (usage.rejected, "rejected"),
        (usage.failed, "failed"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let restarts = if usage.restarts > 0 { format!(", {} restarts", usage.restarts) } else { String::new() };
    format!(
        "last run: {} {}: {}; {:.0} ms in {} calls, at most {:.1} MiB{restarts}",
        usage.objects,
        usage.interface,
        counts.join(", "),
        usage.seconds * 1e3,
        usage.calls,
        usage.memory_peak as f64 / (1024.0 * 1024.0),
    )
}
