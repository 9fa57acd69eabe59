//! `proxbox`: reads Proxmox VE, writes NetBox, and serves the netbox-proxbox plugin.
//!
//! Thin on purpose: it reads settings, calls the crates that do the work, and shows what came of it. Data goes to
//! stdout, talk to stderr.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod book;
mod commands;
mod error;
mod memory;
mod pairs;
mod settings;
mod terminal;

use clap::{Parser, Subcommand};
use proxbox_server::LogBuffer;
use std::process::ExitCode;

/// Reads Proxmox VE, writes NetBox, mapped by sandboxed WebAssembly components.
#[derive(Parser)]
#[command(name = "proxbox", version, propagate_version = true, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Log filter, such as `info` or `proxbox_netbox=debug` [default: warn; serve: info]
    #[arg(long, global = true, env = "PROXBOX_LOG_LEVEL", value_name = "FILTER", hide_env_values = true)]
    log: Option<String>,
}

const AFTER_HELP: &str = "\
First steps:
  proxbox demo                       a generated fleet into an in-memory NetBox, no set-up needed
  proxbox endpoint add netbox ...    where NetBox is
  proxbox endpoint add proxmox ...   where a Proxmox VE cluster is (a read-only token is enough)
  proxbox sync --dry-run             what a full update would write
  proxbox serve                      the backend that the NetBox plugin talks to

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done in part (some objects failed, see the report).";

#[derive(Subcommand)]
enum Command {
    /// Serve the HTTP API that the netbox-proxbox plugin calls
    Serve(commands::serve::Args),
    /// Run a full update now and show it in the terminal
    Sync(commands::sync::Args),
    /// Watch a generated Proxmox fleet become a NetBox inventory, with nothing to set up
    Demo(commands::demo::Args),
    /// Manage the API keys of the HTTP API
    #[command(subcommand)]
    Key(commands::key::Command),
    /// Manage where NetBox and Proxmox VE are
    #[command(subcommand)]
    Endpoint(commands::endpoint::Command),
    /// Look into the settings
    #[command(subcommand)]
    Config(commands::config::Command),
    /// Serve a fake Proxmox VE or a fake NetBox, for trying things out
    #[command(subcommand)]
    Fake(commands::fake::Command),
    /// Write, test, ship and run mapping modules
    #[command(subcommand)]
    Transform(commands::transform::Command),
    /// Look into the Proxmox VE API that the service knows, and teach it other versions
    #[command(subcommand)]
    Schema(commands::schema::Command),
}

fn main() -> ExitCode {
    memory::share();
    let cli = Cli::parse();
    // Who runs a sync in a terminal sees there what it came to.
    let quiet = if matches!(cli.command, Command::Serve(_)) {
        "info"
    } else {
        "warn,proxbox_sync::journal=off,proxbox_sync::progress=off"
    };
    let logs = terminal::init_logging(cli.log.as_deref(), quiet);
    // Both TLS clients and the fakes ask for the process-wide provider; a second install is not an error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return terminal::fail(&error::CliError::Runtime(error)),
    };
    let result = runtime.block_on(run(cli.command, logs));
    match result {
        Ok(code) => code,
        Err(error) => terminal::fail(&error),
    }
}

async fn run(command: Command, logs: LogBuffer) -> Result<ExitCode, error::CliError> {
    match command {
        Command::Serve(args) => commands::serve::run(args, logs).await,
        Command::Sync(args) => commands::sync::run(args).await,
        Command::Demo(args) => commands::demo::run(args, logs).await,
        Command::Key(command) => commands::key::run(command).await,
        Command::Endpoint(command) => commands::endpoint::run(command).await,
        Command::Config(command) => commands::config::run(command).await,
        Command::Fake(command) => commands::fake::run(command).await,
        Command::Transform(command) => commands::transform::run(command).await,
        Command::Schema(command) => commands::schema::run(command).await,
    }
}
