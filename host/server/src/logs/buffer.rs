use super::entry::{About, Entry, Expandable, Level};
use super::query::{Filter, LogQuery};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

const MAX_ENTRIES: usize = 10_000;
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The latest log entries. Clones share them.
#[derive(Clone)]
pub struct LogBuffer(Arc<Shared>);

struct Shared {
    ring: Mutex<Ring>,
    /// Id of the latest entry.
    latest: watch::Sender<u64>,
    limits: (usize, usize),
}

#[derive(Default)]
struct Ring {
    /// In the order of their ids, without gaps.
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    last_id: u64,
}

/// What is known of an entry before it gets its place.
pub(super) struct Fresh {
    pub(super) level: Level,
    pub(super) module: String,
    pub(super) message: String,
    pub(super) about: About,
    pub(super) traceback: Option<String>,
}

/// A part of the entries that match.
pub(crate) struct Page {
    /// Newest first.
    pub(crate) entries: Vec<Arc<Entry>>,
    /// How many match.
    pub(crate) total: usize,
}

impl Default for LogBuffer {
    fn default() -> Self {
        Self::with_limits(MAX_ENTRIES, MAX_BYTES)
    }
}

impl std::fmt::Debug for LogBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogBuffer").field("latest", &*self.0.latest.borrow()).finish_non_exhaustive()
    }
}

impl LogBuffer {
    fn with_limits(entries: usize, bytes: usize) -> Self {
        Self(Arc::new(Shared {
            ring: Mutex::default(),
            latest: watch::Sender::new(0),
            limits: (entries, bytes),
        }))
    }

    fn ring(&self) -> std::sync::MutexGuard<'_, Ring> {
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, fresh: Fresh) {
        let mut ring = self.ring();
        ring.last_id += 1;
        let entry = Entry {
            id: ring.last_id,
            timestamp: Timestamp::now(),
            level: fresh.level,
            module: fresh.module,
            message: fresh.message,
            about: fresh.about,
            expandable: Expandable { traceback: fresh.traceback },
        };
        ring.bytes += entry.bytes();
        ring.entries.push_back(Arc::new(entry));
        let (most, bytes) = self.0.limits;
        while ring.entries.len() > most || ring.bytes > bytes {
            let Some(oldest) = ring.entries.pop_front() else { break };
            ring.bytes -= oldest.bytes();
        }
        let latest = ring.last_id;
        drop(ring);
        self.0.latest.send_replace(latest);
    }

    /// The entries that a query asks for.
    pub(crate) fn select(&self, query: &LogQuery) -> Page {
        let ring = self.ring();
        let matching = || ring.entries.iter().rev().filter(|entry| query.filter.matches(entry));
        Page {
            entries: matching().skip(query.offset).take(query.limit).cloned().collect(),
            total: matching().count(),
        }
    }

    /// Entries behind an id, oldest first, and the id up to which was looked.
    pub(super) fn after(&self, id: u64, filter: &Filter, most: usize) -> (Vec<Arc<Entry>>, u64) {
        let ring = self.ring();
        let start = ring.entries.partition_point(|entry| entry.id <= id);
        let (mut found, mut seen) = (Vec::new(), id);
        for entry in ring.entries.range(start..) {
            if found.len() == most {
                return (found, seen);
            }
            seen = entry.id;
            if filter.matches(entry) {
                found.push(Arc::clone(entry));
            }
        }
        (found, seen)
    }

    /// Tells of every new entry by its id.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.latest.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(message: &str) -> Fresh {
        Fresh {
            level: Level::Info,
            module: "m".to_owned(),
            message: message.to_owned(),
            about: About::default(),
            traceback: None,
        }
    }

    fn ids(entries: &[Arc<Entry>]) -> Vec<u64> {
        entries.iter().map(|entry| entry.id).collect()
    }

    fn all(buffer: &LogBuffer) -> Vec<u64> {
        let query = LogQuery { filter: Filter::default(), limit: 5000, offset: 0 };
        ids(&buffer.select(&query).entries)
    }

    #[test]
    fn the_oldest_entries_go_first() {
        let buffer = LogBuffer::with_limits(3, MAX_BYTES);
        (0..5).for_each(|n| buffer.push(fresh(&n.to_string())));
        assert_eq!(all(&buffer), [5, 4, 3]);
    }

    #[test]
    fn bytes_are_limited_as_well() {
        let buffer = LogBuffer::with_limits(MAX_ENTRIES, 10_000);
        (0..100).for_each(|_| buffer.push(fresh(&"x".repeat(1000))));
        let ring = buffer.ring();
        assert!(ring.bytes <= 10_000 && (5..10).contains(&ring.entries.len()), "{}", ring.entries.len());
        assert_eq!(ring.bytes, ring.entries.iter().map(|entry| entry.bytes()).sum::<usize>());
        drop(ring);
        buffer.push(fresh(&"x".repeat(20_000)));
        assert!(all(&buffer).is_empty(), "what is larger than everything is not kept");
        buffer.push(fresh("small"));
        assert_eq!(all(&buffer), [102]);
    }

    #[test]
    fn pages_are_cut_out_of_what_matches() {
        let buffer = LogBuffer::default();
        (0..10).for_each(|n| buffer.push(fresh(&n.to_string())));
        let filter = Filter { newer_than_id: Some(3), ..Filter::default() };
        let page = buffer.select(&LogQuery { filter, limit: 2, offset: 1 });
        assert_eq!((ids(&page.entries), page.total), (vec![9, 8], 7));
    }

    #[test]
    fn whoever_follows_goes_on_behind_what_was_seen() {
        let buffer = LogBuffer::with_limits(4, MAX_BYTES);
        (0..6).for_each(|n| buffer.push(fresh(&n.to_string())));
        let (found, seen) = buffer.after(0, &Filter::default(), 2);
        assert_eq!((ids(&found), seen), (vec![3, 4], 4));
        let (found, seen) = buffer.after(seen, &Filter::default(), 9);
        assert_eq!((ids(&found), seen), (vec![5, 6], 6));
        let nothing = Filter { errors_only: true, ..Filter::default() };
        let (found, seen) = buffer.after(0, &nothing, 9);
        assert_eq!((ids(&found), seen), (vec![], 6));
    }
}
