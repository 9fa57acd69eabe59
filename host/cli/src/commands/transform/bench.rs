use super::workbench;
use crate::error::CliError;
use crate::settings::CacheArgs;
use crate::terminal;
use proxbox_workbench::cost::cost;
use proxbox_workbench::{Case, Project, Settings};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure what a module costs: each object beside the built-in mapping, both kinds of start, memory and size.
///
/// Times are those of this machine; the first column, the ratio to the built-in mapping alone, is what to compare.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform bench acme-tenants.wasm
  proxbox transform bench acme-tenants.wasm --objects 5000 --json")]
pub(crate) struct Args {
    /// The built module, or the folder of its sources
    #[arg(value_name = "FILE|DIR")]
    module: PathBuf,
    /// Objects in one measurement
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    objects: u32,
    /// Folder of cases to take facts and settings from [default: cases, beside the module]
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Settings when there are no cases: a JSON object, or @FILE
    #[arg(long, value_name = "JSON", value_parser = workbench::settings)]
    settings: Option<Settings>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    let project = Project::find(&args.module, args.cases.as_deref())?;
    let cases = project.cases.as_deref().map(Case::load_folder).transpose()?.unwrap_or_default();
    // What the module is started with must be what it accepts.
    let settings = args.settings.clone().or_else(|| cases.first().map(|case| case.settings.clone()));
    let settings = settings.unwrap_or_default();
    let bench = workbench::open(&project.module, &settings, args.cache.dir()).await?;
    let objects = usize::try_from(args.objects).unwrap_or(usize::MAX);
    let work = cost(&bench, &cases, &settings, objects);
    let cost = workbench::patiently("measuring", work).await?;
    if args.json {
        terminal::data(&serde_json::to_string_pretty(&cost).map_err(CliError::Json)?)?;
    } else {
        terminal::data(&format!(
            "{} {}, {} objects in one measurement",
            cost.module, cost.version, args.objects
        ))?;
        cost.lines().iter().try_for_each(|line| terminal::data(line))?;
    }
    Ok(ExitCode::SUCCESS)
}
