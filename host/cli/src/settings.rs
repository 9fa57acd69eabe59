//! Settings: every one is a flag and a variable; the flag wins. Those that the NetBox plugin has a say in have no default here,
//! so that what was said can be told from what was not.

use crate::book::StoredSources;
use crate::error::CliError;
use clap::{Arg, ArgMatches, Args};
use proxbox_store::{AccessSettings, Store};
use proxbox_sync::settings::{SETTINGS, Setting, Value};
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

/// How failed attempts with API keys are met.
#[derive(Args, Clone)]
#[command(next_help_heading = "Keys")]
pub(crate) struct AccessArgs {
    /// Failures of one key from one client before that key is locked out there
    #[arg(long, env = "PROXBOX_AUTH_LOCKOUT_THRESHOLD", value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..), hide_short_help = true)]
    auth_lockout_threshold: u32,

    /// Failures of one client before unknown keys are locked out there; known ones never are
    #[arg(long, env = "PROXBOX_AUTH_LOCKOUT_SOURCE_THRESHOLD", value_name = "N", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(1..), hide_short_help = true)]
    auth_lockout_source_threshold: u32,

    /// Seconds that failures count, from the first one
    #[arg(long, env = "PROXBOX_AUTH_LOCKOUT_WINDOW_SECONDS", value_name = "SECONDS", default_value_t = 300,
          value_parser = clap::value_parser!(u64).range(1..), hide_short_help = true)]
    auth_lockout_window_seconds: u64,

    /// API keys that may be active at a time
    #[arg(long, env = "PROXBOX_AUTH_MAX_ACTIVE_KEYS", value_name = "N", default_value_t = 32,
          value_parser = clap::value_parser!(u32).range(1..), hide_short_help = true)]
    auth_max_active_keys: u32,
}

impl AccessArgs {
    pub(crate) fn settings(&self) -> AccessSettings {
        AccessSettings {
            lockout_threshold: self.auth_lockout_threshold,
            source_threshold: self.auth_lockout_source_threshold,
            lockout_window: Duration::from_secs(self.auth_lockout_window_seconds),
            max_active_keys: self.auth_max_active_keys,
            ..AccessSettings::default()
        }
    }
}

/// Where compiled modules are kept.
#[derive(Args, Clone)]
pub(crate) struct CacheArgs {
    /// Folder for compiled modules [default: $XDG_CACHE_HOME/proxbox/modules or ~/.cache/proxbox/modules]
    #[arg(long, env = "PROXBOX_TRANSFORM_CACHE_DIR", value_name = "DIR")]
    transform_cache_dir: Option<PathBuf>,
}

impl CacheArgs {
    pub(crate) fn dir(&self) -> Option<PathBuf> {
        let usual = || Some(user_dir("XDG_CACHE_HOME", ".cache")?.join("proxbox").join("modules"));
        self.transform_cache_dir.clone().or_else(usual)
    }
}

/// Where mapping modules are.
#[derive(Args, Clone)]
#[command(next_help_heading = "Modules")]
pub(crate) struct ModuleArgs {
    /// Folder of mapping modules, which `proxbox transform install` fills [default: $XDG_DATA_HOME/proxbox/modules or ~/.local/share/proxbox/modules]
    #[arg(long, env = "PROXBOX_TRANSFORMS_DIR", value_name = "DIR")]
    transforms_dir: Option<PathBuf>,

    #[command(flatten)]
    cache: CacheArgs,
}

impl ModuleArgs {
    /// The folder that was named, else the user's own.
    pub(crate) fn dir(&self) -> Option<PathBuf> {
        let usual = || Some(user_dir("XDG_DATA_HOME", ".local/share")?.join("proxbox").join("modules"));
        self.transforms_dir.clone().or_else(usual)
    }

    /// The folder only if it was named: the user's own modules have no part in this.
    pub(crate) fn named(self) -> TransformSettings {
        TransformSettings { dir: self.transforms_dir.clone(), ..self.settings() }
    }

    pub(crate) fn settings(&self) -> TransformSettings {
        TransformSettings { dir: self.dir(), cache_dir: self.cache.dir(), ..TransformSettings::default() }
    }
}

/// How runs read, map and write.
#[derive(Args, Clone)]
#[command(next_help_heading = "Sync")]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) modules: ModuleArgs,

    #[command(flatten)]
    said: Said,
}

impl SyncArgs {
    pub(crate) fn settings(&self) -> SyncSettings {
        self.settings_and([])
    }

    /// With what was said of further settings.
    pub(crate) fn settings_and(
        &self,
        more: impl IntoIterator<Item = (&'static Setting, Value)>,
    ) -> SyncSettings {
        SyncSettings::new(self.said.0.iter().cloned().chain(more))
    }

    /// Loads the modules and makes a syncer of it all.
    pub(crate) async fn syncer(&self, settings: SyncSettings, store: &Store) -> Result<Syncer, CliError> {
        syncer(self.transform_settings(), settings, store).await
    }

    pub(crate) fn transform_settings(&self) -> TransformSettings {
        self.modules.settings()
    }
}

/// Loads the modules and makes a syncer of it all.
pub(crate) async fn syncer(
    transforms: TransformSettings,
    settings: SyncSettings,
    store: &Store,
) -> Result<Syncer, CliError> {
    let transforms = Transforms::load(transforms).await?;
    let book = StoredSources(store.clone());
    Ok(Syncer::with_book(Arc::new(transforms), settings, Arc::new(book)))
}

/// What the operator said of the settings that the plugin has a say in: a flag and a variable for each of the table.
#[derive(Clone, Default)]
struct Said(Vec<(&'static Setting, Value)>);

impl clap::FromArgMatches for Said {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let said =
            |setting: &'static Setting| Some((setting, matches.get_one::<Value>(setting.name)?.clone()));
        Ok(Self(SETTINGS.iter().filter_map(said).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Said {
    fn augment_args(command: clap::Command) -> clap::Command {
        SETTINGS.iter().fold(command, |command, setting| command.arg(argument(setting)))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

fn argument(setting: &'static Setting) -> Arg {
    let default = match setting.default_text() {
        nothing if nothing.is_empty() => String::new(),
        default => format!(" [default: {default}]"),
    };
    let argument = Arg::new(setting.name)
        .long(setting.name.replace('_', "-"))
        .env(setting.variable)
        .value_name(setting.placeholder())
        .help(format!("{}{default}", setting.help))
        .help_heading("Sync")
        .hide_short_help(true)
        .value_parser(move |text: &str| setting.parse(text));
    if setting.is_switch() { argument.num_args(0..=1).default_missing_value("yes") } else { argument }
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
