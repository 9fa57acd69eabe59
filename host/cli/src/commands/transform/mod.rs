//! `proxbox transform`: write, test, ship and run mapping modules.

mod bench;
mod build;
mod check;
mod entry;
mod inspect;
mod install;
mod list;
mod live;
mod logs;
mod manage;
mod new;
mod record;
mod run;
mod test;
mod workbench;

use crate::error::CliError;
use proxbox_modules::State;
use std::process::ExitCode;

/// Write, test, ship and run mapping modules.
#[derive(clap::Subcommand)]
#[command(after_help = "From nothing to a module in use:
  proxbox transform new acme-tenants           a project: guests get the tenant of a tag
  proxbox transform build acme-tenants         the module: acme-tenants.wasm
  proxbox transform test acme-tenants          its cases, through the real sandbox
  proxbox transform install acme-tenants.wasm  staged: only previews see it
  proxbox sync --dry-run                       what it would change
  proxbox transform enable acme-tenants        the next run uses it")]
pub(crate) enum Command {
    /// Start a module: mapper, settings, cases, README and CI file
    New(new::NewArgs),
    /// Build a module from its sources
    Build(build::BuildArgs),
    Check(check::Args),
    Test(test::Args),
    Run(run::Args),
    Bench(bench::Args),
    Record(record::Args),
    Inspect(inspect::Args),
    Install(install::Args),
    List(list::Args),
    Logs(logs::Args),
    /// Use modules in every run
    Enable(manage::Names),
    /// Use modules in dry runs and previews only
    Stage(manage::Names),
    /// Do not use modules
    Disable(manage::Names),
    /// Change the order of the chain: the named modules come first
    Order(manage::Names),
    Configure(manage::ConfigureArgs),
    /// Take the content that a module's file has now, after it changed
    Accept(manage::Name),
    /// Remove a module and its file
    Remove(manage::Name),
}

pub(crate) async fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::New(args) => new::run(args),
        Command::Build(args) => build::run(&args),
        Command::Check(args) => check::run(&args).await,
        Command::Test(args) => test::run(&args).await,
        Command::Run(args) => run::run(&args).await,
        Command::Bench(args) => bench::run(&args).await,
        Command::Record(args) => record::run(&args).await,
        Command::Inspect(args) => inspect::run(&args).await,
        Command::Install(args) => install::run(&args).await,
        Command::List(args) => list::run(&args).await,
        Command::Logs(args) => logs::run(&args).await,
        Command::Enable(args) => manage::set_state(&args, State::Enabled).await,
        Command::Stage(args) => manage::set_state(&args, State::Staged).await,
        Command::Disable(args) => manage::set_state(&args, State::Disabled).await,
        Command::Order(args) => manage::order(&args),
        Command::Configure(args) => manage::configure(&args).await,
        Command::Accept(args) => manage::accept(&args).await,
        Command::Remove(args) => manage::remove(&args),
    }
}
