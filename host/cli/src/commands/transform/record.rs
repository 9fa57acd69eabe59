use super::live::{self, Live};
use crate::error::CliError;
use crate::settings::{StoreArgs, SyncArgs};
use crate::terminal;
use clap::builder::PossibleValuesParser;
use proxbox_sync::facts::SourceFact;
use proxbox_workbench::Case;
use proxbox_workbench::case::{Context, SourceChoice};
use proxbox_workbench::redact::{Keep, LeftOut, redact};
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Save facts of a live Proxmox as cases to test modules with, without secrets and personal data.
///
/// Left out are passwords, tokens and keys, names of users, e-mail addresses and, unless you keep them, notes. Names of guests
/// and nodes, addresses and tags stay, as they are what mapping is about: look through the files before you share them. The
/// cases have no outcome; `proxbox transform test --update` writes it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform record --endpoint lab --output cases --type virtual-machine --limit 10
  proxbox transform record --endpoint lab --output cases --guest 101")]
pub(crate) struct Args {
    /// The stored Proxmox endpoint to read
    #[arg(long, value_name = "NAME")]
    endpoint: String,
    /// Folder for the cases; files that are there stay as they are
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Only objects of this type; may be repeated [default: all]
    #[arg(long = "type", value_name = "INTERFACE",
          value_parser = PossibleValuesParser::new(proxbox_transform::interfaces()))]
    types: Vec<String>,
    /// At most so many objects of each type
    #[arg(long, value_name = "N", default_value_t = 5)]
    limit: usize,
    /// Only this guest and what is part of it, by its vmid
    #[arg(long, value_name = "VMID")]
    guest: Option<u32>,
    /// Keep notes, descriptions and comments; what in them looks like a secret or a user is left out all the same
    #[arg(long)]
    keep_notes: bool,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    sync: SyncArgs,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    let Live { context, facts } = live::read(&args.endpoint, args.guest, &args.store, &args.sync).await?;
    let chosen = choose(facts, &args.types, args.limit);
    if chosen.is_empty() {
        return Err(CliError::usage(
            format!("{} has nothing of what is meant", args.endpoint),
            "leave out --type or --guest to record everything",
        ));
    }
    let (cases, left_out) = cases(chosen, &context, Keep { notes: args.keep_notes }, &args.output);
    let written = write(&args.output, &cases)?;
    terminal::say(&format!("{written} cases in {}; left out: {left_out}", args.output.display()));
    if written < cases.len() {
        terminal::say(&format!("{} files were there already and stay as they are", cases.len() - written));
    }
    terminal::say(
        "names of guests and nodes, addresses and tags are as they are: look through the files before you share them",
    );
    Ok(ExitCode::SUCCESS)
}

fn choose(facts: Vec<SourceFact>, types: &[String], limit: usize) -> Vec<SourceFact> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let wanted = facts.into_iter().filter(|fact| {
        let count = counts.entry(fact.interface).or_default();
        let taken = (types.is_empty() || types.iter().any(|of| of == fact.interface)) && *count < limit;
        *count += usize::from(taken);
        taken
    });
    wanted.collect()
}

/// The cases, and what was left out of them. The address of the source is made up.
fn cases(facts: Vec<SourceFact>, context: &Context, keep: Keep, dir: &Path) -> (Vec<Case>, LeftOut) {
    let source = SourceChoice { url: SourceChoice::default().url, ..context.source.clone() };
    let context = Context { source, ..context.clone() };
    let mut left_out = LeftOut::default();
    let mut names = BTreeSet::new();
    let case = |SourceFact { interface, mut fact, .. }: SourceFact| {
        left_out.add(&redact(&mut fact, keep));
        let name = proxbox_workbench::label(interface, &fact);
        let path = dir.join(format!("{}.json", unique(&mut names, &file_name(&name))));
        Case {
            name,
            interface: Some(interface.to_owned()),
            context: context.clone(),
            settings: Map::new(),
            fact,
            outcome: None,
            path,
        }
    };
    let cases = facts.into_iter().map(case).collect();
    (cases, left_out)
}

fn unique(names: &mut BTreeSet<String>, name: &str) -> String {
    let numbered =
        (1_u32..).map(|number| if number == 1 { name.to_owned() } else { format!("{name}-{number}") });
    let free = numbered.into_iter().find(|name| !names.contains(name)).unwrap_or_else(|| name.to_owned());
    names.insert(free.clone());
    free
}

/// Lower-case letters, digits and hyphens.
fn file_name(name: &str) -> String {
    const MOST: usize = 80;
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let joined = plain.split_whitespace().collect::<Vec<_>>().join("-");
    joined.chars().take(MOST).collect::<String>().trim_end_matches('-').to_owned()
}

/// Writes what is not there yet, and says how many that were.
fn write(dir: &Path, cases: &[Case]) -> Result<usize, CliError> {
    std::fs::create_dir_all(dir).map_err(CliError::io(format!("create {}", dir.display())))?;
    let mut written = 0;
    for case in cases.iter().filter(|case| !case.path.exists()) {
        case.save()?;
        written += 1;
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fact(vmid: u32) -> SourceFact {
        let fact = json!({"vmid": vmid, "name": "Web Server", "notes": "Call Jane"});
        SourceFact { interface: "virtual-machine", vmid: Some(vmid), fact }
    }

    #[test]
    fn at_most_so_many_of_each_wanted_type_are_recorded() {
        let node = SourceFact { interface: "node", vmid: None, fact: json!({"name": "pve1"}) };
        let facts = || vec![fact(1), fact(2), node.clone(), fact(3)];
        assert_eq!(choose(facts(), &[], 2), [fact(1), fact(2), node.clone()]);
        assert_eq!(choose(facts(), &["node".to_owned()], 2), [node]);
    }

    #[test]
    fn a_recorded_case_is_without_what_is_nobodys_business() {
        let dir = tempfile::tempdir().unwrap();
        let mut context = Context::default();
        context.source.url = "https://10.0.0.1:8006".to_owned();
        let (cases, left_out) = cases(vec![fact(101), fact(101)], &context, Keep::default(), dir.path());
        assert_eq!(write(dir.path(), &cases).unwrap(), 2);
        assert_eq!(write(dir.path(), &cases).unwrap(), 0);
        let case = Case::load(&dir.path().join("virtual-machine-101-web-server.json")).unwrap();
        assert_eq!((case.fact["notes"].as_str(), case.outcome), (Some(""), None));
        assert_eq!(case.context.source.url, SourceChoice::default().url);
        assert!(dir.path().join("virtual-machine-101-web-server-2.json").exists());
        assert_eq!(left_out.to_string(), "2 notes");
    }
}
