use super::entry;
use crate::commands::endpoint::{open_store, store_path};
use crate::error::CliError;
use crate::settings::{ModuleArgs, StoreArgs};
use crate::terminal;
use proxbox_model::report::ModuleUsage;
use proxbox_modules::{Entry, State};
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

/// A module with its entry and what it did last.
struct Listed {
    entry: Option<Entry>,
    info: Option<ModuleInfo>,
    usage: Vec<ModuleUsage>,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    let folder = entry::folder(&args.modules)?;
    let entries = folder.contents()?.entries;
    let set = Transforms::load(args.modules.settings()).await?.preview();
    let usage = latest_usage(&args.store).await?;
    let of_entry = |entry: Entry| {
        let info = set.describe().into_iter().find(|info| !info.builtin && info.entry == entry.name());
        let usage = usage_of(&usage, info.as_ref());
        Listed { entry: Some(entry), info, usage }
    };
    let mut listed: Vec<Listed> = entries.into_iter().map(of_entry).collect();
    if args.all {
        let built_in = set.describe().into_iter().filter(|info| info.builtin);
        listed.extend(built_in.map(|info| {
            let usage = usage_of(&usage, Some(&info));
            Listed { entry: None, info: Some(info), usage }
        }));
    }
    if args.json {
        terminal::data(&serde_json::to_string_pretty(&as_json(&listed)).map_err(CliError::Json)?)?;
    } else {
        show(&listed, folder.path())?;
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

fn usage_of(all: &[ModuleUsage], info: Option<&ModuleInfo>) -> Vec<ModuleUsage> {
    let mine = |usage: &&ModuleUsage| {
        info.is_some_and(|info| info.name == usage.module && info.interfaces.contains(&usage.interface))
    };
    all.iter().filter(mine).cloned().collect()
}

fn as_json(listed: &[Listed]) -> serde_json::Value {
    let one =
        |Listed { entry, info, usage }: &Listed| json!({ "entry": entry, "module": info, "last_run": usage });
    json!(listed.iter().map(one).collect::<Vec<_>>())
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

fn headline(place: usize, Listed { entry, info, .. }: &Listed) -> String {
    let name =
        entry.as_ref().map(Entry::name).or(info.as_ref().map(|info| info.name.as_str())).unwrap_or_default();
    let version = info.as_ref().map(|info| info.version.as_str()).unwrap_or_default();
    let state = match (entry, info.as_ref().and_then(|info| info.problem.as_ref())) {
        (Some(entry), Some(_)) => format!("{}, REFUSED", entry.state.as_str()),
        (Some(entry), None) => entry.state.as_str().to_owned(),
        (None, _) => "built in".to_owned(),
    };
    // Of a module that cannot be read it is not known what it maps.
    let readable = info.as_ref().filter(|info| info.problem.is_none());
    let maps = readable.map(|info| info.interfaces.join(", ")).unwrap_or_default();
    format!("{place:3}  {name:24} {version:8} {state:18} {maps}").trim_end().to_owned()
}

fn details(Listed { entry, info, usage }: &Listed) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(entry) = entry {
        lines.push(how_used(entry));
        if entry.sha256.is_none() && entry.state != State::Disabled {
            lines.push(
                "not pinned: whatever the file holds is used; `proxbox transform accept` pins it".to_owned(),
            );
        }
    }
    if let Some(info) =
        info.as_ref().filter(|info| Some(info.name.as_str()) != entry.as_ref().map(Entry::name))
    {
        lines.push(format!("module {}", info.name));
    }
    lines.extend(usage.iter().map(did));
    lines
}

/// `for cluster:prod; policy builtin; 2 settings; acme-tenants-1.0.0-1a2b3c4d.wasm`.
fn how_used(entry: &Entry) -> String {
    let mut parts = Vec::new();
    let scopes: Vec<String> = entry.scope.iter().map(ToString::to_string).collect();
    parts.push(if scopes.is_empty() {
        "everywhere".to_owned()
    } else {
        format!("for {}", scopes.join(", "))
    });
    if !entry.types.is_empty() {
        parts.push(format!("only {}", entry.types.join(", ")));
    }
    parts.push(format!("policy {}", entry.policy.as_str()));
    if !entry.settings.is_empty() {
        parts.push(format!("settings {}", entry.settings.keys().cloned().collect::<Vec<_>>().join(", ")));
    }
    parts.push(entry.file.clone());
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
