use super::live;
use super::workbench;
use crate::error::CliError;
use crate::settings::{StoreArgs, SyncArgs};
use crate::terminal;
use proxbox_workbench::case::Context;
use proxbox_workbench::trial::{Trials, try_facts};
use proxbox_workbench::{Case, Project, Settings, Workbench, report};
use serde_json::Value as Json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what a module makes of a real or a recorded object, and where that differs from the built-in mapping.
///
/// Nothing is written, neither to NetBox nor to Proxmox.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform run acme-tenants.wasm --case cases/a-guest-with-the-tag.json
  proxbox transform run acme-tenants.wasm --guest 101 --endpoint lab --settings '{\"prefix\": \"tenant-\"}'")]
pub(crate) struct Args {
    /// The built module, or the folder of its sources
    #[arg(value_name = "FILE|DIR")]
    module: PathBuf,
    /// A case; its outcome is not looked at
    #[arg(long, value_name = "FILE", required_unless_present = "guest")]
    case: Option<PathBuf>,
    /// A guest of a live Proxmox, by its vmid
    #[arg(long, value_name = "VMID", conflicts_with = "case", requires = "endpoint")]
    guest: Option<u32>,
    /// The stored Proxmox endpoint to read the guest from
    #[arg(long, value_name = "NAME", conflicts_with = "case")]
    endpoint: Option<String>,
    /// Settings of the module [default: those of the case]: a JSON object, or @FILE
    #[arg(long, value_name = "JSON", value_parser = workbench::settings)]
    settings: Option<Settings>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    sync: SyncArgs,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    let module = Project::find(&args.module, None)?.module;
    let case = args.case.as_deref().map(Case::load).transpose()?;
    let of_case = || case.as_ref().map(|case| case.settings.clone()).unwrap_or_default();
    let settings = args.settings.clone().unwrap_or_else(of_case);
    let cache = args.sync.transform_settings().cache_dir;
    let bench = workbench::open(&module, &settings, cache).await?;
    let trials = match (&case, args.guest, &args.endpoint) {
        (Some(case), ..) => of_a_case(&bench, &settings, case).await?,
        (None, Some(vmid), Some(endpoint)) => of_a_guest(&bench, &settings, vmid, endpoint, args).await?,
        _ => {
            return Err(CliError::usage(
                "there is no object to map",
                "give --case, or --guest with --endpoint",
            ));
        }
    };
    if args.json {
        terminal::data(&serde_json::to_string_pretty(&trials).map_err(CliError::Json)?)?;
    } else {
        workbench::print(&report::trials(&trials))?;
    }
    Ok(if trials.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn of_a_case(bench: &Workbench, settings: &Settings, case: &Case) -> Result<Trials, CliError> {
    let interface = case.interface_among(&bench.info().interfaces)?;
    let facts = std::slice::from_ref(&case.fact);
    Ok(try_facts(bench, settings, &interface, &case.context, facts).await?)
}

/// Everything of the guest that the module maps.
async fn of_a_guest(
    bench: &Workbench,
    settings: &Settings,
    vmid: u32,
    endpoint: &str,
    args: &Args,
) -> Result<Trials, CliError> {
    let live = live::read(endpoint, Some(vmid), &args.store, &args.sync).await?;
    let mut trials = Trials::default();
    for interface in &bench.info().interfaces {
        let of_it = live.facts.iter().filter(|fact| fact.interface == interface);
        let facts: Vec<Json> = of_it.map(|fact| fact.fact.clone()).collect();
        add(&mut trials, bench, settings, (interface, &live.context, &facts)).await?;
    }
    if trials.objects.is_empty() {
        return Err(CliError::usage(
            format!("{endpoint} has nothing of a guest {vmid} that the module maps"),
            format!("the module maps {}", bench.info().interfaces.join(", ")),
        ));
    }
    Ok(trials)
}

async fn add(
    trials: &mut Trials,
    bench: &Workbench,
    settings: &Settings,
    (interface, context, facts): (&str, &Context, &[Json]),
) -> Result<(), CliError> {
    if facts.is_empty() {
        return Ok(());
    }
    let more = try_facts(bench, settings, interface, context, facts).await?;
    trials.objects.extend(more.objects);
    trials.problems.extend(more.problems);
    trials.log.extend(more.log);
    Ok(())
}
