//! Into each NetBox one process writes at a time: a service and a command on one database would make the same objects twice.

use crate::progress::Progress;
use futures::future::BoxFuture;
use proxbox_model::Problem;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long a lease holds that nobody renews: a process that was killed keeps others waiting no longer.
const HOLDS: Duration = Duration::from_secs(60);
const RENEWED_AFTER: Duration = Duration::from_secs(15);
const ASKED_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// The right to write into a NetBox, named by its URL, which one holder has at a time, across processes.
pub trait WriterLease: Send + Sync {
    /// Takes or renews it for so long; false when another holds it.
    fn take(&self, netbox: &str, holder: &str, holds: Duration) -> BoxFuture<'_, Result<bool, Problem>>;
    /// Gives it back, if the holder has it.
    fn give_back(&self, netbox: &str, holder: &str) -> BoxFuture<'_, Result<(), Problem>>;
}

/// The right to write; given back when it is dropped.
pub(crate) struct Held(#[expect(dead_code, reason = "its end is what counts")] DropGuard);

/// Waits until this run may write into a NetBox.
pub(crate) async fn wait(
    lease: &Arc<dyn WriterLease>,
    netbox: &str,
    run: &str,
    progress: &Progress,
) -> Result<Held, Problem> {
    let mut told = false;
    while !lease.take(netbox, run, HOLDS).await? {
        if !told {
            progress.warn(waits());
            told = true;
        }
        tokio::time::sleep(ASKED_AGAIN_AFTER).await;
    }
    let dropped = CancellationToken::new();
    tokio::spawn(keep(Arc::clone(lease), netbox.to_owned(), run.to_owned(), dropped.clone()));
    Ok(Held(dropped.drop_guard()))
}

async fn keep(lease: Arc<dyn WriterLease>, netbox: String, run: String, dropped: CancellationToken) {
    loop {
        tokio::select! {
            () = dropped.cancelled() => break,
            () = tokio::time::sleep(RENEWED_AFTER) => {
                if let Err(problem) = lease.take(&netbox, &run, HOLDS).await {
                    tracing::warn!(code = problem.code, "{}", problem.message);
                }
            }
        }
    }
    if let Err(problem) = lease.give_back(&netbox, &run).await {
        tracing::warn!(code = problem.code, "{}", problem.message);
    }
}

fn waits() -> Problem {
    Problem::new("sync-waits-for-process", "Another process is writing to this NetBox; this run waits for it")
        .with_hint("It goes on by itself, a minute after the other at the latest if that was killed.")
}
