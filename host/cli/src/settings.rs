//! Settings: every one is a flag and a `PROXBOX_*` variable; the flag wins.

use crate::error::CliError;
use clap::Args;
use proxbox_netbox::NetboxSettings;
use proxbox_proxmox::ProxmoxSettings;
use proxbox_sync::{SyncSettings, Syncer};
use proxbox_transform::{Settings as TransformSettings, Transforms};
use secrecy::SecretString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where the service keeps endpoints and keys.
#[derive(Args, Clone)]
#[command(next_help_heading = "Storage")]
pub(crate) struct StoreArgs {
    /// SQLite database [default: $XDG_DATA_HOME/proxbox/database.db or ~/.local/share/proxbox/database.db]
    #[arg(long, env = "PROXBOX_DATABASE_PATH", value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,

    /// Secret that encrypts stored credentials; any text. Give it through the variable, not on the command line
    #[arg(long, env = "PROXBOX_ENCRYPTION_KEY", value_name = "TEXT", hide_env_values = true)]
    pub(crate) encryption_key: Option<SecretString>,

    /// Allow storing credentials unencrypted when there is no encryption key
    #[arg(long, env = "PROXBOX_ALLOW_PLAINTEXT_CREDENTIALS", value_name = "YES", num_args = 0..=1,
          default_value = "no", default_missing_value = "yes", value_parser = yes_or_no)]
    pub(crate) allow_plaintext_credentials: bool,
}

/// How runs read, map and write.
#[derive(Args, Clone)]
#[command(next_help_heading = "Sync")]
pub(crate) struct SyncArgs {
    /// Folder of mapping modules (*.wasm, ordered by an optional transforms.toml)
    #[arg(long, env = "PROXBOX_TRANSFORMS_DIR", value_name = "DIR")]
    pub(crate) transforms_dir: Option<PathBuf>,

    /// Folder for compiled modules [default: $XDG_CACHE_HOME/proxbox/modules or ~/.cache/proxbox/modules]
    #[arg(long, env = "PROXBOX_TRANSFORM_CACHE_DIR", value_name = "DIR")]
    pub(crate) transform_cache_dir: Option<PathBuf>,

    /// Seconds that one NetBox request may take
    #[arg(long, env = "PROXBOX_NETBOX_TIMEOUT", value_name = "SECONDS", default_value = "120", value_parser = seconds, hide_short_help = true)]
    netbox_timeout: Duration,

    /// NetBox requests at a time
    #[arg(long, env = "PROXBOX_NETBOX_MAX_CONCURRENT", value_name = "N", default_value_t = 1, value_parser = at_least_one, hide_short_help = true)]
    netbox_max_concurrent: usize,

    /// Retries of one NetBox request
    #[arg(
        long,
        env = "PROXBOX_NETBOX_MAX_RETRIES",
        value_name = "N",
        default_value_t = 5,
        hide_short_help = true
    )]
    netbox_max_retries: u32,

    /// Seconds before the first retry of a NetBox request; doubled for each further one
    #[arg(long, env = "PROXBOX_NETBOX_RETRY_DELAY", value_name = "SECONDS", default_value = "2", value_parser = seconds, hide_short_help = true)]
    netbox_retry_delay: Duration,

    /// Seconds that answers of NetBox are kept between requests; 0 keeps none
    #[arg(long, env = "PROXBOX_NETBOX_GET_CACHE_TTL", value_name = "SECONDS", default_value = "60", value_parser = seconds, hide_short_help = true)]
    netbox_get_cache_ttl: Duration,

    /// Most answers of NetBox to keep
    #[arg(
        long,
        env = "PROXBOX_NETBOX_GET_CACHE_MAX_ENTRIES",
        value_name = "N",
        default_value_t = 4096,
        hide_short_help = true
    )]
    netbox_get_cache_max_entries: u64,

    /// Most bytes of answers of NetBox to keep
    #[arg(
        long,
        env = "PROXBOX_NETBOX_GET_CACHE_MAX_BYTES",
        value_name = "BYTES",
        default_value_t = 52_428_800,
        hide_short_help = true
    )]
    netbox_get_cache_max_bytes: u64,

    /// Objects in one NetBox write
    #[arg(long, env = "PROXBOX_BULK_BATCH_SIZE", value_name = "N", default_value_t = 50, value_parser = at_least_one, hide_short_help = true)]
    bulk_batch_size: usize,

    /// Seconds that one Proxmox request may take
    #[arg(long, env = "PROXMOX_API_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = seconds, hide_short_help = true)]
    proxmox_timeout: Duration,

    /// Retries of one Proxmox request
    #[arg(long, env = "PROXMOX_API_RETRIES", value_name = "N", default_value_t = 2, hide_short_help = true)]
    proxmox_max_retries: u32,

    /// Seconds before the first retry of a Proxmox request; doubled for each further one
    #[arg(long, env = "PROXMOX_API_RETRY_BACKOFF", value_name = "SECONDS", default_value = "0.5", value_parser = seconds, hide_short_help = true)]
    proxmox_retry_backoff: Duration,

    /// Proxmox requests at a time, for each endpoint
    #[arg(long, env = "PROXBOX_PROXMOX_FETCH_CONCURRENCY", value_name = "N", default_value_t = 8, value_parser = at_least_one, hide_short_help = true)]
    proxmox_fetch_concurrency: usize,

    /// Guests read at a time, for each Proxmox endpoint
    #[arg(long, env = "PROXBOX_VM_SYNC_MAX_CONCURRENCY", value_name = "N", default_value_t = 4, value_parser = at_least_one, hide_short_help = true)]
    vm_sync_max_concurrency: usize,
}

impl SyncArgs {
    pub(crate) fn settings(&self) -> SyncSettings {
        SyncSettings {
            proxmox: ProxmoxSettings {
                timeout: self.proxmox_timeout,
                max_retries: self.proxmox_max_retries,
                retry_backoff: self.proxmox_retry_backoff,
                concurrency: self.proxmox_fetch_concurrency,
                guest_concurrency: self.vm_sync_max_concurrency,
            },
            netbox: NetboxSettings {
                timeout: self.netbox_timeout,
                max_concurrent: self.netbox_max_concurrent,
                max_retries: self.netbox_max_retries,
                retry_delay: self.netbox_retry_delay,
                get_cache_ttl: self.netbox_get_cache_ttl,
                get_cache_max_entries: self.netbox_get_cache_max_entries,
                get_cache_max_bytes: self.netbox_get_cache_max_bytes,
                bulk_batch_size: self.bulk_batch_size,
                ..NetboxSettings::default()
            },
        }
    }

    /// Loads the modules and makes a syncer of it all.
    pub(crate) async fn syncer(&self) -> Result<Syncer, CliError> {
        let transforms = Transforms::load(self.transform_settings()).await?;
        Ok(Syncer::new(Arc::new(transforms), self.settings()))
    }

    pub(crate) fn transform_settings(&self) -> TransformSettings {
        TransformSettings {
            dir: self.transforms_dir.clone(),
            cache_dir: self
                .transform_cache_dir
                .clone()
                .or_else(|| Some(user_dir("XDG_CACHE_HOME", ".cache")?.join("proxbox").join("modules"))),
            ..TransformSettings::default()
        }
    }
}

/// The user's folder of that purpose, as the XDG base directory specification says.
pub(crate) fn user_dir(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    std::env::var_os(variable)
        .and_then(|value| absolute(PathBuf::from(value)))
        .or_else(|| Some(absolute(PathBuf::from(std::env::var_os("HOME")?))?.join(below_home)))
}

/// A switch as the variables spell it.
pub(crate) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("say yes or no".into()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.trim().parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time".into())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(number) => Ok(number),
        Err(_) => Err("not a whole number".into()),
    }
}
