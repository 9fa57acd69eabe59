use crate::cipher::CipherError;
use proxbox_model::Diagnostic;
use proxbox_model::address::Refusal;
use std::path::PathBuf;

/// What the caller asked for cannot be done; the caller can mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// There is a NetBox endpoint already.
    #[error("Only one NetBox endpoint is allowed")]
    NetboxExists,
    /// Another NetBox endpoint has the name.
    #[error("NetBox endpoint name already exists")]
    NetboxNameTaken,
    /// Neither `v1` nor `v2`.
    #[error("Invalid token_version. Must be 'v1' or 'v2'.")]
    TokenVersion,
    /// A v1 token without the token.
    #[error("token is required for NetBox API token v1")]
    TokenMissing,
    /// A v2 token without one of its halves.
    #[error("token_key and token (secret) must both be set for NetBox API token v2")]
    TokenHalfMissing,
    /// Another Proxmox endpoint has the name.
    #[error("Proxmox endpoint name already exists")]
    ProxmoxNameTaken,
    /// Another Proxmox endpoint stands for the same one of the plugin's.
    #[error("Proxmox endpoint name already exists: {name} has the number (nb:{number}) too")]
    ProxmoxNumberTaken {
        /// Name of the other endpoint.
        name: String,
        /// The plugin's own key.
        number: i64,
    },
    /// No way to log in.
    #[error("Provide password or both token_name/token_value")]
    CredentialsMissing,
    /// One half of an API token.
    #[error("token_name and token_value must be provided together")]
    TokenPairSplit,
    /// Neither a host name nor an address.
    #[error("Invalid IP address: {host} is neither an address nor a host name.")]
    Host {
        /// As given.
        host: String,
    },
    /// Not a path.
    #[error("base_path must be a plain path like /netbox; {path} is none")]
    BasePath {
        /// As given.
        path: String,
    },
    /// An address that the service may not connect to.
    #[error("Invalid IP address: {} {}. Adjust SSRF settings: {}", .0.address, .0.why(), .0.hint())]
    Address(#[from] Refusal),
    /// Not a SHA-256 fingerprint.
    #[error("fingerprint must be a SHA-256 fingerprint: 32 bytes in hexadecimal, colons allowed")]
    Fingerprint,
    /// Not PEM certificates.
    #[error("ca_pem must hold one or more PEM certificates")]
    Certificate,
    /// Too short to be a secret.
    #[error("API key must be at least 32 characters.")]
    KeyTooShort,
    /// bcrypt looks at 72 bytes and no more.
    #[error("API key must be at most 72 bytes.")]
    KeyTooLong,
    /// The one unauthenticated registration was used.
    #[error("An API key is already configured.")]
    AlreadyClaimed,
    /// Without it nobody could get in.
    #[error("The last active API key cannot be removed or deactivated. Create another key first.")]
    LastActiveKey,
    /// Every active key makes a first login slower.
    #[error("No more than {limit} API keys may be active. Deactivate one first.")]
    TooManyActiveKeys {
        /// The limit.
        limit: u32,
    },
    /// No such NetBox endpoint.
    #[error("NetBox Endpoint not found")]
    NetboxNotFound,
    /// No such Proxmox endpoint.
    #[error("Proxmox endpoint not found")]
    ProxmoxNotFound,
    /// No such API key.
    #[error("API key not found.")]
    KeyNotFound,
}

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// See [`Rejected`].
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// The folder or file cannot be made or opened.
    #[error("the database {} cannot be opened", path.display())]
    Open {
        /// Of the database.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// SQLite cannot read the file.
    #[error("{} cannot be used as a database", path.display())]
    NotADatabase {
        /// Of the database.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The tables cannot be brought up to date.
    #[error("the database cannot be brought up to date")]
    Migrate(#[source] Box<sqlx::migrate::MigrateError>),
    /// A statement failed.
    #[error("the database did not answer as expected")]
    Database(#[from] sqlx::Error),
    /// The key given is not the one the credentials were stored under.
    #[error("PROXBOX_ENCRYPTION_KEY is not the key that the credentials in {} were stored under", path.display())]
    WrongKey {
        /// Of the database.
        path: PathBuf,
    },
    /// There are sealed credentials and no key.
    #[error("the credentials in {} are encrypted and no encryption key is set", path.display())]
    KeyRequired {
        /// Of the database.
        path: PathBuf,
    },
    /// One credential cannot be opened.
    #[error(transparent)]
    Cipher(#[from] CipherError),
    /// A row holds something that cannot be right.
    #[error("{what} holds a value that cannot be right: {detail}")]
    Damaged {
        /// Table or column.
        what: &'static str,
        /// Which value; never a secret.
        detail: String,
    },
    /// bcrypt refused, or its thread ended.
    #[error("the API key cannot be hashed")]
    Hash(#[source] std::io::Error),
}

impl Diagnostic for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Rejected(_) => "store-rejected",
            Self::Open { .. } => "database-cannot-be-opened",
            Self::NotADatabase { .. } => "not-a-database",
            Self::Migrate(_) => "database-migration-failed",
            Self::Database(_) => "database-error",
            Self::WrongKey { .. } => "encryption-key-wrong",
            Self::KeyRequired { .. } => "encryption-key-required",
            Self::Cipher(error) => error.code(),
            Self::Damaged { .. } => "database-row-damaged",
            Self::Hash(_) => "api-key-hash-failed",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Open { .. } => {
                "Check that the folder exists and that this user may write to it, or set PROXBOX_DATABASE_PATH."
            }
            Self::NotADatabase { .. } => {
                "Check PROXBOX_DATABASE_PATH; the file may be something else or damaged."
            }
            Self::Migrate(_) => {
                "A newer release may have written this database: run that release, or restore a backup."
            }
            Self::Database(_) => "Check the disk's free space and the log.",
            Self::WrongKey { .. } => "Set PROXBOX_ENCRYPTION_KEY to the former key.",
            Self::KeyRequired { .. } => {
                "Set PROXBOX_ENCRYPTION_KEY to the key that the database was made with."
            }
            Self::Cipher(error) => return error.hint(),
            Self::Damaged { .. } => "Store that endpoint again.",
            Self::Rejected(_) | Self::Hash(_) => return None,
        };
        Some(hint.to_owned())
    }
}

/// Whether a statement failed because a unique index holds the value already.
pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}
