use crate::commands::endpoint::open_store;
use crate::error::CliError;
use crate::settings::StoreArgs;
use crate::terminal;
use proxbox_model::report::Level;
use proxbox_store::ModuleLog;
use serde_json::json;
use std::process::ExitCode;

/// Show what modules logged in a run.
///
/// Every run keeps the first 500 lines of its modules, those that only planned as well. A module logs with `log` of its SDK.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Id of the run [default: the latest in which any module logged]
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// Only the lines of this module
    #[arg(long, value_name = "NAME")]
    module: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

const EXAMPLES: &str = "\
Examples:
  proxbox transform logs                         of the latest run
  proxbox transform logs --module acme-tenants";

pub(crate) async fn run(args: &Args) -> Result<ExitCode, CliError> {
    let store = open_store(&args.store).await?;
    let log = store.module_log(args.run.as_deref(), args.module.as_deref()).await?;
    store.close().await;
    match (log, &args.run) {
        (None, Some(run)) => Err(CliError::usage(
            format!("no run {run} has ended here"),
            "leave --run out for the latest; --database names the database of the service",
        )),
        (log, _) if args.json => {
            let (run, ended, lines) =
                log.map_or((None, None, Vec::new()), |log| (Some(log.run), Some(log.ended), log.lines));
            terminal::data(&json!({ "run": run, "ended": ended, "lines": lines }).to_string())?;
            Ok(ExitCode::SUCCESS)
        }
        (log, _) => show(log.as_ref()),
    }
}

fn show(log: Option<&ModuleLog>) -> Result<ExitCode, CliError> {
    let Some(log) = log else {
        terminal::say("no module has logged anything in the latest runs");
        return Ok(ExitCode::SUCCESS);
    };
    let noun = if log.lines.len() == 1 { "line" } else { "lines" };
    terminal::say(&format!("run {}: {} {noun}", log.run, log.lines.len()));
    for line in &log.lines {
        // Modules write what they like; a terminal must not obey it.
        let message = line.message.replace(char::is_control, " ");
        terminal::data(&format!("{:5} {}: {message}", word(line.level), line.module))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}
