//! The client that the rest of the host sees.

use crate::cache::{CacheMetrics, CachedQuestion, GetCache};
use crate::error::NetboxError;
use crate::lists::Lists;
use crate::probe::Capabilities;
use crate::settings::NetboxSettings;
use crate::transport::{Request, Retry, Transport};
use bytes::Bytes;
use proxbox_model::endpoint::NetboxEndpoint;
use reqwest::Method;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

pub(crate) const CUSTOM_FIELDS: &str = "extras/custom-fields";

/// A client of one NetBox. Cheap to make; it connects when first asked something.
pub struct Netbox {
    pub(crate) transport: Transport,
    pub(crate) settings: NetboxSettings,
    pub(crate) cache: GetCache,
    /// Whole lists; none of a client that always reads.
    pub(crate) lists: Option<Lists>,
    /// What the last probe found.
    pub(crate) capabilities: Mutex<Option<Capabilities>>,
    /// By list, the highest id when it was read for a snapshot.
    pub(crate) read_up_to: Mutex<HashMap<&'static str, u64>>,
}

impl Netbox {
    /// A client for that endpoint. Sends nothing yet.
    ///
    /// # Errors
    /// When the URL, the token or the certificate settings cannot be used.
    pub fn new(endpoint: &NetboxEndpoint, settings: NetboxSettings) -> Result<Self, NetboxError> {
        Ok(Self {
            transport: Transport::new(endpoint, &settings)?,
            cache: GetCache::new(&settings),
            settings,
            lists: None,
            capabilities: Mutex::new(None),
            read_up_to: Mutex::default(),
        })
    }

    /// The same NetBox under other settings: what is known of it and the count of requests go on, connections do not.
    ///
    /// # Errors
    /// When the certificate settings cannot be used, or the new settings do not allow its address.
    pub fn again(&self, endpoint: &NetboxEndpoint, settings: NetboxSettings) -> Result<Self, NetboxError> {
        let capabilities = self.capabilities.lock().ok().and_then(|known| known.clone());
        Ok(Self {
            transport: self.transport.again(endpoint, &settings)?,
            cache: GetCache::new(&settings),
            settings,
            lists: self.lists.as_ref().map(|_| Lists::default()),
            capabilities: Mutex::new(capabilities),
            read_up_to: Mutex::default(),
        })
    }

    /// GET below `/api/`, answered from memory where that is fresh enough.
    ///
    /// # Errors
    /// When the path is not a plain path, or NetBox does not answer with JSON.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Json, NetboxError> {
        let path = plain_path(path)?;
        if let Some(answer) = self.cache.find(path, query).await {
            return Ok(answer);
        }
        let epoch = self.cache.epoch();
        let answer = self.fetch(path, query).await?;
        self.cache.keep(path, query, &answer, epoch).await;
        Ok(answer)
    }

    /// GET below `/api/` that never comes from memory.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn get_fresh(&self, path: &str) -> Result<Json, NetboxError> {
        self.fetch(plain_path(path)?, &[]).await
    }

    /// Requests sent so far, retries included.
    pub fn requests(&self) -> u64 {
        self.transport.requests()
    }

    /// Requests among them that write.
    pub fn writes(&self) -> u64 {
        self.transport.writes()
    }

    /// Base URL without a slash at the end.
    pub fn url(&self) -> &str {
        self.transport.url()
    }

    /// What the cache of [`Self::get`] has done and holds.
    pub async fn cache_metrics(&self) -> CacheMetrics {
        self.cache.metrics().await
    }

    /// Some of the questions to which [`Self::get`] holds answers.
    pub fn cached_questions(&self, most: usize) -> Vec<CachedQuestion> {
        self.cache.sample(most)
    }

    /// GET that never comes from memory.
    pub(crate) async fn fetch(&self, path: &str, query: &[(&str, &str)]) -> Result<Json, NetboxError> {
        let request = Request { method: Method::GET, path, query, body: None, retry: Retry::AnyPassing };
        self.transport.send(&request).await
    }

    /// Sends objects to a list. What the cache holds of the list is wrong from here on, whatever the outcome.
    pub(crate) async fn write(
        &self,
        method: Method,
        path: &str,
        objects: &[Json],
        retry: Retry,
    ) -> Result<Json, NetboxError> {
        let body = serde_json::to_vec(objects).map(Bytes::from).map_err(|error| NetboxError::Malformed {
            request: self.transport.name(&method, path),
            what: error.to_string(),
        })?;
        self.cache.forget(path).await;
        self.forget_lists_around(&method, path);
        let answer =
            self.transport.send(&Request { method, path, query: &[], body: Some(body), retry }).await;
        self.cache.forget(path).await;
        if answer.is_ok() {
            self.pause_after(path).await;
        }
        answer
    }

    /// Lets NetBox take a breath when the operator wants that.
    async fn pause_after(&self, path: &str) {
        let for_fields =
            if path == CUSTOM_FIELDS { self.settings.custom_fields_delay } else { Duration::ZERO };
        let pause = self.settings.bulk_batch_delay.max(for_fields);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}

impl std::fmt::Debug for Netbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Netbox").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// The path without slashes at its ends and without a leading `api/`.
pub(crate) fn plain_path(path: &str) -> Result<&str, NetboxError> {
    let plain = path.trim_matches('/');
    let plain = plain.strip_prefix("api/").unwrap_or(plain);
    let odd = |segment: &str| segment.is_empty() || segment == "." || segment == "..";
    if plain.split('/').any(odd) || plain.contains(['?', '#', '\\', ':']) {
        return Err(NetboxError::InvalidPath { path: crate::answer::clip(path) });
    }
    Ok(plain)
}
