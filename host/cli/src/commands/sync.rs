use crate::commands::endpoint::{open_store, stored_netbox, stored_proxmox};
use crate::error::CliError;
use crate::pairs;
use crate::settings::{StoreArgs, SyncArgs};
use crate::terminal::{self, Detail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::options::{RunOptions, SyncMode};
use proxbox_model::report::{RunReport, Stage};
use proxbox_sync::{Job, Run};
use std::process::ExitCode;
use std::sync::Arc;

/// Run a full update now and show it in the terminal.
///
/// Reads the stored endpoints, so it does what the service would do. Interrupting it (Ctrl-C) is safe: what is written
/// stays, and the next run goes on from there.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only this Proxmox endpoint; may be repeated [default: all that are enabled]
    #[arg(long, value_name = "NAME")]
    endpoint: Vec<String>,

    /// Look only at guests that may have changed since the last run that synced everything: those that a task in Proxmox names, and
    /// those that Proxmox lists with another name, state, node, size, tag or pool. Costs a few requests when nothing happened. It
    /// does not find what leaves no such trace (settings of containers, addresses inside guests, edits in NetBox): let full runs come
    /// as well, such as once a day
    #[arg(long, conflicts_with_all = ["stage", "vm"])]
    quick: bool,

    /// Only this stage; may be repeated [default: all]
    #[arg(long, value_name = "STAGE", value_parser = stage())]
    stage: Vec<Stage>,

    /// Only the guest of this virtual machine, by its id in NetBox; may be repeated [default: all]
    #[arg(long, value_name = "NETBOX_ID", value_parser = clap::value_parser!(u64).range(1..))]
    vm: Vec<u64>,

    /// Whether a value that is in NetBox already may be overwritten, such as overwrite_vm_role=false; may be repeated
    /// [default: as the plugin is set]
    #[arg(long, value_name = "FLAG=true|false", value_parser = pairs::overwrite())]
    overwrite: Vec<(String, bool)>,

    /// How far objects of a type are kept in step (always, bootstrap_only or disabled), such as sync_mode_mac=disabled; may
    /// be repeated [default: as the plugin is set]
    #[arg(long, value_name = "NAME=MODE", value_parser = pairs::mode())]
    mode: Vec<(String, SyncMode)>,

    /// Remove backups from NetBox that are gone from a storage which was read in full
    #[arg(long)]
    delete_gone_backups: bool,

    /// Remove snapshots from NetBox that are gone from a guest which was read in full
    #[arg(long)]
    delete_gone_snapshots: bool,

    /// Show what would be written, and write nothing: what becomes of each object in NetBox, and what the site's modules make
    /// of it that the built-in mapping does not. Staged modules are seen as well
    #[arg(long)]
    dry_run: bool,

    /// With --dry-run, tell every object and every field, not only the first that change
    #[arg(long, requires = "dry_run")]
    all: bool,

    /// Print one JSON object with the result on stdout
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    sync: SyncArgs,
}

const EXAMPLES: &str = "\
Examples:
  proxbox sync                                         everything
  proxbox sync --quick                                 only what may have changed
  proxbox sync --dry-run                               what would change, staged modules included
  proxbox sync --dry-run --stage virtual-machines --all
  proxbox sync --dry-run --json | jq '.objects[] | select(.preview.usual | length > 0)'";

impl Args {
    fn options(&self) -> RunOptions {
        RunOptions {
            stages: self.stage.clone(),
            dry_run: self.dry_run,
            quick: self.quick,
            overwrite: self.overwrite.iter().cloned().collect(),
            modes: self.mode.iter().cloned().collect(),
            netbox_vm_ids: self.vm.clone(),
            delete_nonexistent_backup: self.delete_gone_backups,
            delete_nonexistent_snapshot: self.delete_gone_snapshots,
            ..RunOptions::default()
        }
    }
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, CliError> {
    let store = open_store(&args.store).await?;
    let job = Job {
        proxmox: select(stored_proxmox(&store).await?, &args.endpoint)?,
        netbox: stored_netbox(&store).await?,
        options: args.options(),
    };
    let syncer = args.sync.syncer(args.sync.settings(), &store).await?;
    let detail = if args.all { Detail::All } else { Detail::Brief };
    let scope = scope(&job);
    let run = syncer.start(job)?;
    let begun = store.run_started(run.id(), &scope).await;
    let report = watch(&run, args.json).await;
    // That a run is not written down takes nothing from it.
    if let Err(error) = match begun {
        Ok(()) => store.run_ended(&report).await,
        Err(error) => Err(error),
    } {
        tracing::warn!(%error, "the run cannot be recorded");
    }
    store.close().await;
    show(&report, args.json, detail)
}

/// What a run is about, as the service writes it down.
fn scope(job: &Job) -> String {
    let stages: Vec<&str> = job.options.stages.iter().map(|stage| stage.as_str()).collect();
    let endpoints: Vec<&str> = job.proxmox.iter().map(|endpoint| endpoint.name.as_str()).collect();
    let what = match (job.options.dry_run, job.options.quick, stages.is_empty()) {
        (true, ..) => "preview".to_owned(),
        (false, true, _) => "quick update".to_owned(),
        (false, false, true) => "full update".to_owned(),
        (false, false, false) => stages.join(", "),
    };
    format!("{what} of {}", endpoints.join(", "))
}

/// Runs a job in the terminal, to its end or until interrupted.
pub(crate) async fn drive(syncer: &proxbox_sync::Syncer, job: Job, json: bool) -> Result<ExitCode, CliError> {
    let run = syncer.start(job)?;
    show(&*watch(&run, json).await, json, Detail::Brief)
}

/// Shows the progress of a run, to its end or until interrupted.
async fn watch(run: &Run, json: bool) -> Arc<RunReport> {
    let interrupted = run.clone();
    let interrupts = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            terminal::say("stopping …");
            interrupted.cancel();
        }
    });
    let report = match terminal::follow(run.events(), json).await {
        Some(report) => report,
        None => run.wait().await,
    };
    interrupts.abort();
    report
}

fn show(report: &RunReport, json: bool, detail: Detail) -> Result<ExitCode, CliError> {
    if json {
        terminal::data(&terminal::report_json(report, detail)?)?;
    } else {
        terminal::show_report(report, detail);
    }
    for problem in report.problems.iter().filter(|_| json) {
        terminal::show_problem("warning", problem);
    }
    Ok(terminal::exit_code(report))
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

fn stage() -> impl TypedValueParser<Value = Stage> {
    PossibleValuesParser::new(Stage::ALL.map(Stage::as_str)).try_map(|name| {
        Stage::ALL.into_iter().find(|stage| stage.as_str() == name).ok_or("there is no such stage")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args as _, Command, FromArgMatches as _};

    fn parsed(arguments: &[&str]) -> Result<Args, clap::Error> {
        let command = Args::augment_args(Command::new("sync").no_binary_name(true));
        Args::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }

    #[test]
    fn what_is_not_said_is_left_open() {
        assert_eq!(parsed(&[]).unwrap().options(), RunOptions::default());
    }

    #[test]
    fn what_is_said_reaches_the_run() {
        let arguments = [
            "--stage=backups",
            "--stage=ip-addresses",
            "--vm=7",
            "--vm=12",
            "--overwrite=overwrite_vm_role=false",
            "--overwrite=overwrite_ip_tags=true",
            "--mode=sync_mode_mac=disabled",
            "--mode=sync_mode_vm=bootstrap_only",
            "--delete-gone-backups",
            "--delete-gone-snapshots",
            "--dry-run",
        ];
        let expected = RunOptions {
            stages: vec![Stage::Backups, Stage::IpAddresses],
            dry_run: true,
            overwrite: [("overwrite_vm_role".to_owned(), false), ("overwrite_ip_tags".to_owned(), true)]
                .into(),
            modes: [
                ("sync_mode_mac".to_owned(), SyncMode::Disabled),
                ("sync_mode_vm".to_owned(), SyncMode::BootstrapOnly),
            ]
            .into(),
            netbox_vm_ids: vec![7, 12],
            delete_nonexistent_backup: true,
            delete_nonexistent_snapshot: true,
            ..RunOptions::default()
        };
        assert_eq!(parsed(&arguments).unwrap().options(), expected);
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_nearest() {
        for (argument, nearest) in [
            ("--stage=snapshot", "snapshots"),
            ("--overwrite=overwrite_vm_rolle=false", "overwrite_vm_role"),
            ("--overwrite=overwrite_vm_role=fals", "false"),
            ("--mode=sync_mode_macs=disabled", "sync_mode_mac"),
            ("--mode=sync_mode_mac=disable", "disabled"),
        ] {
            let Err(error) = parsed(&[argument]) else { panic!("{argument} was taken") };
            let text = error.to_string();
            assert!(text.contains("similar value") && text.contains(&format!("'{nearest}'")), "{text}");
        }
        for argument in ["--overwrite=overwrite_vm_role", "--mode=sync_mode_mac", "--vm=0", "--vm=x"] {
            assert!(parsed(&[argument]).is_err(), "{argument}");
        }
    }
}
