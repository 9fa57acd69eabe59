//! What the routes over Proxmox VE's own API know and count.

use bytes::Bytes;
use moka::future::Cache;
use proxbox_catalogue::Shelf;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// More versions than anyone reads documents of at once.
const MOST_DOCUMENTS: u64 = 8;
/// A document that nobody asked for so long is made anew.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// The schemas of Proxmox VE, the documents made of them, and how well they describe what comes.
pub(crate) struct Proxied {
    /// The versions that there are. Each is read when it is asked for.
    pub(crate) shelf: Shelf,
    /// OpenAPI documents by the path that they are at.
    pub(crate) documents: Cache<String, Bytes>,
    answers: AtomicU64,
    drifts: Mutex<BTreeMap<Drifted, u64>>,
}

/// An operation whose answers are not as its schema says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Drifted {
    /// Version of the schema.
    pub(crate) version: String,
    /// Path with the names of its parameters.
    pub(crate) path: String,
}

impl Proxied {
    /// With the bundled versions and those in a folder.
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        let shelf = folder.map_or_else(|| Ok(Shelf::bundled()), Shelf::open);
        let shelf = shelf.unwrap_or_else(|error| {
            tracing::warn!(%error, "imported schemas of Proxmox VE are left out");
            Shelf::bundled()
        });
        Self {
            shelf,
            documents: Cache::builder().max_capacity(MOST_DOCUMENTS).time_to_idle(IDLE).build(),
            answers: AtomicU64::new(0),
            drifts: Mutex::default(),
        }
    }

    /// Counts an answer that was passed on, and the places where it is not as its schema says.
    pub(crate) fn count(&self, version: &str, path: &str, drifts: usize) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        if drifts > 0 {
            let operation = Drifted { version: version.to_owned(), path: path.to_owned() };
            *self.drifts().entry(operation).or_default() += drifts as u64;
        }
    }

    /// Answers that were passed on.
    pub(crate) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Places where answers were not as their schemas say, by operation.
    pub(crate) fn drifted(&self) -> Vec<(Drifted, u64)> {
        self.drifts().iter().map(|(operation, count)| (operation.clone(), *count)).collect()
    }

    fn drifts(&self) -> MutexGuard<'_, BTreeMap<Drifted, u64>> {
        self.drifts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
