use crate::commands::endpoint::{open_store, stored_netbox, stored_proxmox};
use crate::error::CliError;
use crate::settings::{StoreArgs, SyncArgs};
use crate::terminal;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::options::RunOptions;
use proxbox_model::report::Stage;
use proxbox_sync::Job;
use std::process::ExitCode;

/// Run a full update now and show it in the terminal.
///
/// Reads the stored endpoints, so it does what the service would do. Interrupting it (Ctrl-C) is safe: what is written
/// stays, and the next run goes on from there.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this Proxmox endpoint; may be repeated [default: all that are enabled]
    #[arg(long, value_name = "NAME")]
    endpoint: Vec<String>,

    /// Only this stage; may be repeated [default: all]
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    stage: Vec<Stage>,

    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Print one JSON object with the result on stdout
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    sync: SyncArgs,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, CliError> {
    let store = open_store(&args.store).await?;
    let job = Job {
        proxmox: select(stored_proxmox(&store).await?, &args.endpoint)?,
        netbox: stored_netbox(&store).await?,
        options: RunOptions { stages: args.stage, dry_run: args.dry_run, ..RunOptions::default() },
    };
    let syncer = args.sync.syncer().await?;
    drive(&syncer, job, args.json).await
}

/// Runs a job in the terminal, to its end or until interrupted.
pub(crate) async fn drive(syncer: &proxbox_sync::Syncer, job: Job, json: bool) -> Result<ExitCode, CliError> {
    let run = syncer.start(job)?;
    let interrupted = run.clone();
    let watch = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            terminal::say("stopping …");
            interrupted.cancel();
        }
    });
    let report = match terminal::follow(run.events(), json).await {
        Some(report) => report,
        None => run.wait().await,
    };
    watch.abort();
    if json {
        terminal::data(&terminal::report_json(&report)?)?;
    } else {
        terminal::show_report(&report);
    }
    for problem in report.problems.iter().filter(|_| json) {
        terminal::show_problem("warning", problem);
    }
    Ok(terminal::exit_code(&report))
}

fn select(stored: Vec<ProxmoxEndpoint>, wanted: &[String]) -> Result<Vec<ProxmoxEndpoint>, CliError> {
    if let Some(missing) = wanted.iter().find(|name| !stored.iter().any(|endpoint| endpoint.name == **name)) {
        let known: Vec<&str> = stored.iter().map(|endpoint| endpoint.name.as_str()).collect();
        return Err(CliError::usage(
            format!("there is no enabled Proxmox endpoint called {missing}"),
            format!("there are: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") }),
        ));
    }
    Ok(stored.into_iter().filter(|endpoint| wanted.is_empty() || wanted.contains(&endpoint.name)).collect())
}

fn stage(text: &str) -> Result<Stage, String> {
    let known = Stage::ALL.map(Stage::as_str).join(", ");
    Stage::ALL.into_iter().find(|stage| stage.as_str() == text).ok_or(format!("one of: {known}"))
}
