use super::workbench;
use crate::error::CliError;
use crate::settings::CacheArgs;
use crate::terminal;
use proxbox_workbench::check::{Level, check};
use proxbox_workbench::{Settings, report};
use std::path::PathBuf;
use std::process::ExitCode;

/// Say whether a module can be installed, and what is wrong with it.
///
/// Looks at the file, the version of the contract, imports, exports, name and version, the schema of the settings and, when
/// you give some, the settings. Ends with 1 when the host would refuse the module.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  proxbox transform check acme-tenants.wasm
  proxbox transform check acme-tenants.wasm --settings '{\"prefix\": \"tenant-\"}'
  proxbox transform check acme-tenants.wasm --settings @settings.json")]
pub(crate) struct Args {
    /// The built module
    file: PathBuf,
    /// Settings that it shall run with: a JSON object, or @FILE
    #[arg(long, value_name = "JSON", value_parser = workbench::settings)]
    settings: Option<Settings>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    let settings = args.settings.clone().unwrap_or_default();
    let bench = workbench::open_any(&args.file, &settings, args.cache.dir()).await?;
    let found = check(&bench, args.settings.as_ref());
    if args.json {
        terminal::data(&serde_json::to_string_pretty(&found).map_err(CliError::Json)?)?;
    } else {
        workbench::print(&report::check(&found))?;
    }
    let refused = found.iter().any(|line| line.level == Level::Error);
    Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
