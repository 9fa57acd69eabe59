use proxbox_model::Diagnostic;

/// Why a run did not start.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Another run is at work on some of the same endpoints.
    #[error("another run is already at work on {}", endpoints.join(", "))]
    Busy {
        /// The run that is in the way.
        run: String,
        /// Names of the endpoints that both want.
        endpoints: Vec<String>,
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
            Self::Busy { run, .. } => Some(format!("wait for run {run} to end, or cancel it")),
            Self::NoEndpoints => {
                Some("add a Proxmox endpoint, or select one that exists and is enabled".into())
            }
            Self::ShuttingDown => Some("try again when the service is back".into()),
        }
    }
}
