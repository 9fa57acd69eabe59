use crate::commands::endpoint::{open_store, open_store_with};
use crate::error::CliError;
use crate::settings::{AccessArgs, StoreArgs};
use crate::terminal;
use proxbox_store::FailedSource;
use std::process::ExitCode;

/// Manage the API keys of the HTTP API.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make a key and print it; it is shown this once and stored as a hash
    Create {
        /// What the key is for
        #[arg(long, default_value = "", value_name = "TEXT")]
        label: String,
        #[command(flatten)]
        access: AccessArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// List keys, newest first; the keys themselves are not known any more
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Let a key be used again
    Activate {
        /// Number in `proxbox key list`
        id: i64,
        #[command(flatten)]
        access: AccessArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Stop accepting a key, for now
    Deactivate {
        /// Number in `proxbox key list`
        id: i64,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// List clients with failed attempts that still count
    Lockouts {
        #[command(flatten)]
        access: AccessArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Forget failed attempts, so that locked clients may try again at once
    ///
    /// A lock ends by itself after a few minutes. A valid key is never locked out by wrong ones.
    Unlock {
        /// Client as `proxbox key lockouts` shows it; all when it is left out
        #[arg(value_name = "CLIENT")]
        source: Option<String>,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Remove a key
    Delete {
        /// Number in `proxbox key list`
        id: i64,
        #[command(flatten)]
        store: StoreArgs,
    },
}

pub(crate) async fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Create { label, access, store } => {
            let key = open_store_with(&store, access.settings()).await?.create_key(&label).await?;
            terminal::say(&format!("key {}; it is shown only now:", key.key.id));
            terminal::data(secrecy::ExposeSecret::expose_secret(&key.raw))?;
        }
        Command::List { store } => {
            for key in open_store(&store).await?.keys().await? {
                let state = if key.is_active { "active" } else { "inactive" };
                terminal::data(&format!("{:>4}  {state:8}  {}", key.id, key.label))?;
            }
        }
        Command::Activate { id, access, store } => {
            open_store_with(&store, access.settings()).await?.set_key_active(id, true).await?;
        }
        Command::Deactivate { id, store } => {
            open_store(&store).await?.set_key_active(id, false).await?;
        }
        Command::Lockouts { access, store } => {
            for failed in open_store_with(&store, access.settings()).await?.failed_sources().await? {
                terminal::data(&lockout(&failed))?;
            }
        }
        Command::Unlock { source, store } => {
            let gone = open_store(&store).await?.unlock(source.as_deref()).await?;
            terminal::say(&match (gone, source) {
                (0, Some(source)) => format!("nothing counts against {source}"),
                (0, None) => "nothing counts against anyone".to_owned(),
                (gone, _) => format!("failed attempts of {gone} client(s) forgotten"),
            });
        }
        Command::Delete { id, store } => open_store(&store).await?.delete_key(id).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn lockout(failed: &FailedSource) -> String {
    let state = match (failed.is_locked, failed.locked_credentials) {
        (true, _) => "locked for unknown keys".to_owned(),
        (false, 0) => "not locked".to_owned(),
        (false, keys) => format!("locked for {keys} wrong key(s)"),
    };
    format!("{:40}  {:>4} failed  {state}", failed.source, failed.attempts)
}
