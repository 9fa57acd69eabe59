//! What a command may fail with, as it is shown.

use proxbox_model::problem::{Diagnostic, Problem};
use proxbox_store::StoreError;
use proxbox_sync::SyncError;
use proxbox_transform::TransformError;

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Cipher(#[from] proxbox_store::CipherError),
    #[error(transparent)]
    Sync(#[from] SyncError),
    #[error(transparent)]
    Transform(#[from] TransformError),
    #[error(transparent)]
    Build(#[from] proxbox_authoring::BuildError),
    #[error(transparent)]
    Scaffold(#[from] proxbox_authoring::ScaffoldError),
    #[error(transparent)]
    Inspect(#[from] proxbox_authoring::InspectError),
    #[error(transparent)]
    Workbench(#[from] proxbox_workbench::WorkbenchError),
    #[error(transparent)]
    Proxmox(#[from] proxbox_proxmox::ProxmoxError),
    #[error(transparent)]
    Netbox(#[from] proxbox_netbox::NetboxError),
    #[error(transparent)]
    Modules(#[from] proxbox_modules::ModulesError),
    #[error(transparent)]
    Catalogue(#[from] proxbox_catalogue::CatalogueError),
    #[error("cannot start the runtime: {0}")]
    Runtime(#[source] std::io::Error),
    #[error("cannot write to stdout: {0}")]
    Output(#[source] std::io::Error),
    #[error("cannot make JSON of the result: {0}")]
    Json(#[source] serde_json::Error),
    #[error("cannot {what}: {source}")]
    Io {
        what: String,
        #[source]
        source: std::io::Error,
    },
    /// The caller asked for something that does not fit together.
    #[error("{message}")]
    Usage { message: String, hint: String },
}

impl CliError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        if matches!(self, Self::Usage { .. }) { 2 } else { 1 }
    }

    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::Store(error) => Problem::from(error),
            Self::Cipher(error) => Problem::from(error),
            Self::Sync(error) => Problem::from(error),
            Self::Transform(error) => Problem::from(error),
            Self::Build(error) => Problem::from(error),
            Self::Scaffold(error) => Problem::from(error),
            Self::Inspect(error) => Problem::from(error),
            Self::Workbench(error) => Problem::from(error),
            Self::Modules(error) => Problem::from(error),
            Self::Proxmox(error) => Problem::from(error),
            Self::Netbox(error) => Problem::from(error),
            Self::Catalogue(error) => Problem::from(error),
            _ => Problem::from(self),
        }
    }
}

impl Diagnostic for CliError {
    fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Cipher(error) => error.code(),
            Self::Sync(error) => error.code(),
            Self::Transform(error) => error.code(),
            Self::Build(error) => error.code(),
            Self::Scaffold(error) => error.code(),
            Self::Inspect(error) => error.code(),
            Self::Workbench(error) => error.code(),
            Self::Modules(error) => error.code(),
            Self::Proxmox(error) => error.code(),
            Self::Netbox(error) => error.code(),
            Self::Catalogue(error) => error.code(),
            Self::Runtime(_) => "cli-runtime",
            Self::Output(_) => "cli-output",
            Self::Json(_) => "cli-json",
            Self::Io { .. } => "cli-io",
            Self::Usage { .. } => "cli-usage",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } => Some(hint.clone()),
            _ => None,
        }
    }
}
