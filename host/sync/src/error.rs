use proxbox_model::Diagnostic;

/// Why a run did not start.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Another run is at work on some of the same endpoints, and as many as may wait are waiting.
    #[error("another run is at work on the same endpoints, and {waiting} more are waiting already")]
    Busy {
        /// The run that is in the way.
        run: String,
        /// Runs that wait.
        waiting: usize,
    },
    /// There is nothing to read.
    #[error("no Proxmox endpoint is selected")]
    NoEndpoints,
    /// The service is going down.
    #[error("the service is shutting down")]
    ShuttingDown,
}

impl Diagnostic for SyncError {
    fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "sync-busy",
            Self::NoEndpoints => "sync-no-endpoints",
            Self::ShuttingDown => "sync-shutting-down",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Busy { run, .. } => Some(format!("try again when run {run} has ended, or cancel it")),
            Self::NoEndpoints => {
                Some("add a Proxmox endpoint, or select one that exists and is enabled".into())
            }
            Self::ShuttingDown => Some("try again when the service is back".into()),
        }
    }
}
