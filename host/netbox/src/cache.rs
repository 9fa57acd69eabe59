//! Answers to GET that are kept for a while. Reading NetBox for a run never goes through here.

use crate::settings::NetboxSettings;
use moka::future::Cache;
use moka::notification::RemovalCause;
use serde_json::Value as Json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What the cache of GET answers has done and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheMetrics {
    /// Answers from memory.
    pub hits: u64,
    /// Answers that had to be asked for.
    pub misses: u64,
    /// Answers dropped because something was written.
    pub invalidations: u64,
    /// Answers dropped for age.
    pub evictions_age: u64,
    /// Answers dropped for room.
    pub evictions_room: u64,
    /// Answers held.
    pub entries: u64,
    /// Their size in bytes of JSON.
    pub bytes: u64,
    /// Age of the oldest of them.
    pub oldest: Option<Duration>,
}

/// A question whose answer is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedQuestion {
    /// Path below `/api/`.
    pub path: String,
    /// Query, sorted by name.
    pub query: Vec<(String, String)>,
}

#[derive(Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    invalidations: AtomicU64,
    evictions_age: AtomicU64,
    evictions_room: AtomicU64,
    bytes: AtomicU64,
}

struct Entry {
    question: CachedQuestion,
    answer: Json,
    bytes: u64,
    kept: Instant,
}

/// A cache, or none when its time to live is zero.
pub(crate) struct GetCache {
    entries: Option<Cache<String, Arc<Entry>>>,
    counters: Arc<Counters>,
    /// Counts writes, so that an answer that was under way during one is not kept.
    epoch: AtomicU64,
}

impl GetCache {
    pub(crate) fn new(settings: &NetboxSettings) -> Self {
        let counters = Arc::new(Counters::default());
        let enabled = !settings.get_cache_ttl.is_zero() && settings.get_cache_max_entries > 0;
        let entries = enabled.then(|| {
            let seen = counters.clone();
            // One limit serves for both: no entry weighs less than its share of the bytes.
            let least = settings.get_cache_max_bytes.div_ceil(settings.get_cache_max_entries);
            Cache::builder()
                .time_to_live(settings.get_cache_ttl)
                .max_capacity(settings.get_cache_max_bytes)
                .weigher(move |_, entry: &Arc<Entry>| {
                    u32::try_from(entry.bytes.max(least)).unwrap_or(u32::MAX)
                })
                .eviction_listener(move |_, entry: Arc<Entry>, cause| {
                    seen.bytes.fetch_sub(entry.bytes, Ordering::Relaxed);
                    match cause {
                        RemovalCause::Explicit => seen.invalidations.fetch_add(1, Ordering::Relaxed),
                        RemovalCause::Size => seen.evictions_room.fetch_add(1, Ordering::Relaxed),
                        RemovalCause::Expired => seen.evictions_age.fetch_add(1, Ordering::Relaxed),
                        RemovalCause::Replaced => 0,
                    };
                })
                .build()
        });
        Self { entries, counters, epoch: AtomicU64::new(0) }
    }

    /// The number of writes so far; [`Self::keep`] wants to know it from before the request.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    pub(crate) async fn find(&self, path: &str, query: &[(&str, &str)]) -> Option<Json> {
        let found = self.entries.as_ref()?.get(&key(path, query)).await;
        let counter = if found.is_some() { &self.counters.hits } else { &self.counters.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found.map(|entry| entry.answer.clone())
    }

    pub(crate) async fn keep(&self, path: &str, query: &[(&str, &str)], answer: &Json, epoch: u64) {
        let Some(entries) = &self.entries else { return };
        if epoch != self.epoch() {
            return;
        }
        let bytes = answer.to_string().len() as u64;
        self.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
        let question = CachedQuestion { path: path.to_owned(), query: sorted(query) };
        let entry = Entry { question, answer: answer.clone(), bytes, kept: Instant::now() };
        entries.insert(key(path, query), Arc::new(entry)).await;
    }

    /// Drops what a write to this list, or to an object of it, makes wrong.
    pub(crate) async fn forget(&self, list: &str) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        let Some(entries) = &self.entries else { return };
        let stale: Vec<_> = entries
            .iter()
            .filter(|(_, entry)| {
                let rest = entry.question.path.strip_prefix(list);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .map(|(key, _)| key)
            .collect();
        for key in stale {
            entries.invalidate(key.as_ref()).await;
        }
    }

    pub(crate) async fn metrics(&self) -> CacheMetrics {
        let (mut entries, mut oldest) = (0, None);
        if let Some(cache) = &self.entries {
            cache.run_pending_tasks().await;
            entries = cache.entry_count();
            oldest = cache.iter().map(|(_, entry)| entry.kept.elapsed()).max();
        }
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheMetrics {
            hits: read(&self.counters.hits),
            misses: read(&self.counters.misses),
            invalidations: read(&self.counters.invalidations),
            evictions_age: read(&self.counters.evictions_age),
            evictions_room: read(&self.counters.evictions_room),
            entries,
            bytes: read(&self.counters.bytes),
            oldest,
        }
    }

    /// Some of the questions whose answers are held, in the order of their paths.
    pub(crate) fn sample(&self, most: usize) -> Vec<CachedQuestion> {
        let held = self.entries.iter().flat_map(|entries| entries.iter());
        let mut questions: Vec<CachedQuestion> = held.map(|(_, entry)| entry.question.clone()).collect();
        questions.sort_unstable_by(|one, other| (&one.path, &one.query).cmp(&(&other.path, &other.query)));
        questions.truncate(most);
        questions
    }
}

fn key(path: &str, query: &[(&str, &str)]) -> String {
    format!("{path}?{:?}", sorted(query))
}

fn sorted(query: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut query: Vec<(String, String)> =
        query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    query.sort_unstable();
    query
}
