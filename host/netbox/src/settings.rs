//! How hard the client may press NetBox.

use proxbox_model::address::AddressPolicy;
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
    /// Pause after a writing request that went well.
    pub bulk_batch_delay: Duration,
    /// Pause after one that wrote custom fields; NetBox changes every object's table for those.
    pub custom_fields_delay: Duration,
    /// Objects asked for in one page of a list; NetBox may give fewer.
    pub page_size: usize,
    /// Where NetBox may be.
    pub addresses: AddressPolicy,
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
            bulk_batch_delay: Duration::ZERO,
            custom_fields_delay: Duration::ZERO,
            page_size: 1000,
            addresses: AddressPolicy::default(),
        }
    }
}
