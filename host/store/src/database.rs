use crate::access::{AccessSettings, Gate};
use crate::cipher::Cipher;
use crate::error::StoreError;
use crate::schema::{self, Filler};
use crate::{keycheck, migrations, netbox, proxmox};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;

/// Choices of a store.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// Authentication and lockout.
    pub access: AccessSettings,
    /// How many past runs are kept.
    pub kept_runs: u32,
    /// Most bytes of the report of one run, compressed.
    pub report_bytes: u32,
    /// Most bytes of all reports, compressed. The oldest go first; their runs stay.
    pub all_report_bytes: u32,
}

const MIB: u32 = 1024 * 1024;

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            access: AccessSettings::default(),
            kept_runs: 200,
            report_bytes: 4 * MIB,
            all_report_bytes: 64 * MIB,
        }
    }
}

/// The database. Cheap to clone; all clones share one writer connection and a few readers.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    writer: SqlitePool,
    reader: SqlitePool,
    cipher: Cipher,
    settings: StoreSettings,
    gate: Gate,
    netbox_fillers: Vec<Filler>,
    proxmox_fillers: Vec<Filler>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("cipher", &self.0.cipher).finish_non_exhaustive()
    }
}

/// Where the database is when nobody says more: `PROXBOX_DATABASE_PATH`, or `proxbox/database.db` below
/// `XDG_DATA_HOME`, or the same below `~/.local/share`. `env` looks a variable up; none when all are missing.
pub fn default_path(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("PROXBOX_DATABASE_PATH").or_else(|| {
        set("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))
            .map(|data| data.join("proxbox/database.db"))
    })
}

impl Store {
    /// Opens the database, makes it when there is none, brings its tables up to date and checks the key.
    ///
    /// # Errors
    /// When the file cannot be used, or the cipher does not fit what is stored.
    pub async fn open(path: &Path, cipher: Cipher, settings: StoreSettings) -> Result<Self, StoreError> {
        prepare_file(path).map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT);
        let unusable = |source| StoreError::NotADatabase { path: path.to_owned(), source };
        let writer = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(unusable)?;
        migrations::migrator().run(&writer).await.map_err(|error| StoreError::Migrate(Box::new(error)))?;
        let mut connection = writer.acquire().await?;
        schema::complete(&mut connection).await?;
        keycheck::check(&mut connection, &cipher, path).await?;
        let netbox_fillers = schema::fillers(&mut connection, "netboxendpoint", netbox::COLUMNS).await?;
        let proxmox_fillers = schema::fillers(&mut connection, "proxmoxendpoint", proxmox::COLUMNS).await?;
        let gate = Gate::new(&mut connection, &settings.access).await?;
        drop(connection);
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.read_only(true))
            .await
            .map_err(unusable)?;
        Ok(Self(Arc::new(Inner { writer, reader, cipher, settings, gate, netbox_fillers, proxmox_fillers })))
    }

    /// Waits for what is being written and closes the file.
    pub async fn close(&self) {
        self.0.reader.close().await;
        self.0.writer.close().await;
    }

    /// Whether credentials are kept unencrypted, which deserves a loud word.
    pub fn is_plaintext(&self) -> bool {
        self.0.cipher.is_plaintext()
    }

    pub(crate) fn writer(&self) -> &SqlitePool {
        &self.0.writer
    }

    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.0.reader
    }

    pub(crate) fn cipher(&self) -> &Cipher {
        &self.0.cipher
    }

    pub(crate) fn settings(&self) -> &StoreSettings {
        &self.0.settings
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn netbox_fillers(&self) -> &[Filler] {
        &self.0.netbox_fillers
    }

    pub(crate) fn proxmox_fillers(&self) -> &[Filler] {
        &self.0.proxmox_fillers
    }
}

/// Seconds since the epoch.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |elapsed| elapsed.as_secs_f64())
}

/// Makes the folder (0700) and the file (0600) before SQLite would make them with wider permissions.
fn prepare_file(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    if path.exists() {
        #[cfg(unix)]
        tighten(path);
        return Ok(());
    }
    let mut create = std::fs::OpenOptions::new();
    create.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut create, 0o600);
    create.open(path).map(drop)
}

/// By path: opening and closing the file here would drop the locks that SQLite holds on it.
#[cfg(unix)]
fn tighten(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let open_to_others = std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0);
    if !open_to_others {
        return;
    }
    if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) {
        tracing::warn!(path = %path.display(), %error, "other users can read the database file");
    }
}
