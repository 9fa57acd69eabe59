//! How hard the client may press NetBox.

use std::time::Duration;

/// Limits and pauses of one NetBox client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetboxSettings {
    /// Limit for one request, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// Requests at the same time; a pause before a retry holds no place.
    pub max_concurrent: usize,
    /// Retries of one request after the first try.
    pub max_retries: u32,
    /// Pause before the first retry; it doubles, with jitter, up to a minute.
    pub retry_delay: Duration,
    /// How long [`Netbox::get`](crate::Netbox::get) answers from memory; zero turns the cache off.
    pub get_cache_ttl: Duration,
    /// Most answers in the cache.
    pub get_cache_max_entries: u64,
    /// Most bytes of answers in the cache.
    pub get_cache_max_bytes: u64,
    /// Most objects in one writing request.
    pub bulk_batch_size: usize,
    /// Objects asked for in one page of a list; NetBox may give fewer.
    pub page_size: usize,
}

impl Default for NetboxSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(120),
            max_concurrent: 1,
            max_retries: 5,
            retry_delay: Duration::from_secs(2),
            get_cache_ttl: Duration::from_secs(60),
            get_cache_max_entries: 4096,
            get_cache_max_bytes: 50 * 1024 * 1024,
            bulk_batch_size: 50,
            page_size: 1000,
        }
    }
}
