//! Who may in: the lockout, the keys, and a memory of keys that were verified.

use crate::database::{Store, now};
use crate::error::StoreError;
use crate::lockout::Limits;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// bcrypt looks at no more than this.
pub(crate) const MAX_KEY_BYTES: usize = 72;
/// Another process may deactivate a key, so a verified key is looked at again this often.
const VERIFIED_FOR: Duration = Duration::from_secs(60);
const VERIFIED_ENTRIES: u64 = 1024;
const DIGEST_SECRET: &str = "digest_secret";

/// Choices about authentication.
#[derive(Clone, Debug)]
pub struct AccessSettings {
    /// Failures of one credential from one source before it is locked out.
    pub lockout_threshold: u32,
    /// Failures of one source, whatever the credentials, before it is locked out.
    pub source_threshold: u32,
    /// How long, from the first failure.
    pub lockout_window: Duration,
    /// How many keys may be active.
    pub max_active_keys: u32,
    /// bcrypt cost of new keys.
    pub bcrypt_cost: u32,
    /// Unknown keys being verified at once, in all and from one source.
    pub max_in_flight: usize,
    /// Of one source.
    pub max_in_flight_per_source: usize,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            lockout_threshold: 5,
            source_threshold: 50,
            lockout_window: Duration::from_secs(300),
            max_active_keys: 32,
            bcrypt_cost: 12,
            max_in_flight: 256,
            max_in_flight_per_source: 32,
        }
    }
}

impl AccessSettings {
    fn limits(&self) -> Limits {
        Limits {
            credential: self.lockout_threshold,
            source: self.source_threshold,
            window: self.lockout_window,
        }
    }
}

/// The answer to a request for access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// The key is good.
    Granted {
        /// Its row.
        key: i64,
    },
    /// Too many failures; nothing was verified.
    Locked {
        /// The lockout window.
        retry_after: Duration,
    },
    /// There is no active key, so nobody can get in. Not counted.
    NoActiveKey,
    /// No key was sent.
    Missing {
        /// Attempts before the lock.
        remaining: u32,
    },
    /// No active key matches.
    Wrong {
        /// Attempts before the lock.
        remaining: u32,
    },
    /// Too many keys are being verified already. Not counted.
    Busy,
}

/// What authentication keeps in memory.
pub(crate) struct Gate {
    /// Verified keys by digest: row and the generation it was verified in.
    verified: Cache<[u8; 32], (i64, u64)>,
    /// Goes up when a key stops being good, which makes every verified key of before unknown again.
    generation: AtomicU64,
    process_secret: [u8; 32],
    digest_secret: String,
    workers: Arc<Semaphore>,
    in_flight: Mutex<HashMap<String, usize>>,
}

impl Gate {
    pub(crate) async fn new(
        connection: &mut SqliteConnection,
        settings: &AccessSettings,
    ) -> Result<Self, StoreError> {
        let fresh = STANDARD.encode(rand::random::<[u8; 32]>());
        let digest_secret: String = sqlx::query_scalar(
            "INSERT INTO proxbox_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value \
             RETURNING value",
        )
        .bind(DIGEST_SECRET)
        .bind(fresh)
        .fetch_one(connection)
        .await?;
        let workers =
            std::thread::available_parallelism().map_or(1, usize::from).min(settings.max_in_flight.max(1));
        Ok(Self {
            verified: Cache::builder().max_capacity(VERIFIED_ENTRIES).time_to_live(VERIFIED_FOR).build(),
            generation: AtomicU64::new(0),
            process_secret: rand::random(),
            digest_secret,
            workers: Arc::new(Semaphore::new(workers)),
            in_flight: Mutex::new(HashMap::new()),
        })
    }

    /// To be called after a key stopped being good.
    pub(crate) fn forget_verified(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    async fn remembered(&self, digest: &[u8; 32]) -> Option<i64> {
        let (key, generation) = self.verified.get(digest).await?;
        (generation == self.generation.load(Ordering::SeqCst)).then_some(key)
    }

    fn digest(&self, key: &str) -> [u8; 32] {
        Sha256::new().chain_update(self.process_secret).chain_update(key.as_bytes()).finalize().into()
    }

    /// The name of a credential's bucket: of no use to whoever reads the database without guessing the key whole.
    fn bucket(&self, key: Option<&str>) -> String {
        let Some(key) = key else { return "none".to_owned() };
        let digest =
            Sha256::new().chain_update(self.digest_secret.as_bytes()).chain_update(key.as_bytes()).finalize();
        STANDARD.encode(digest)
    }

    fn reserve(&self, source: &str, settings: &AccessSettings) -> Option<Reservation<'_>> {
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        let own = in_flight.get(source).copied().unwrap_or(0);
        let total: usize = in_flight.values().sum();
        if own >= settings.max_in_flight_per_source || total >= settings.max_in_flight {
            return None;
        }
        in_flight.insert(source.to_owned(), own + 1);
        Some(Reservation { gate: self, source: source.to_owned() })
    }
}

struct Reservation<'a> {
    gate: &'a Gate,
    source: String,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let mut in_flight = self.gate.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        match in_flight.get_mut(&self.source) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = in_flight.remove(&self.source),
        }
    }
}

impl Store {
    /// Whether a request from `source` (the client's address) with that key may in. Failures are counted.
    ///
    /// A key that was verified a moment ago needs no bcrypt and no database, and is never locked out by others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate(&self, source: &str, key: Option<&SecretString>) -> Result<Access, StoreError> {
        self.authenticate_at(source, key.map(ExposeSecret::expose_secret), now()).await
    }

    pub(crate) async fn authenticate_at(
        &self,
        source: &str,
        key: Option<&str>,
        now: f64,
    ) -> Result<Access, StoreError> {
        let (gate, settings) = (self.gate(), &self.settings().access);
        let digest = key.map(|key| gate.digest(key));
        if let Some(digest) = &digest
            && let Some(key) = gate.remembered(digest).await
        {
            return Ok(Access::Granted { key });
        }
        let (limits, bucket) = (settings.limits(), gate.bucket(key));
        if self.is_locked(source, &bucket, limits, now).await? {
            return Ok(Access::Locked { retry_after: settings.lockout_window });
        }
        let generation = gate.generation.load(Ordering::SeqCst);
        let candidates = self.active_hashes().await?;
        if candidates.is_empty() {
            return Ok(Access::NoActiveKey);
        }
        let (Some(key), Some(digest)) = (key, digest) else {
            let remaining = self.count_failure(source, &bucket, limits, now).await?;
            return Ok(Access::Missing { remaining });
        };
        let Some(_reservation) = gate.reserve(source, settings) else { return Ok(Access::Busy) };
        match self.matching(key, candidates).await? {
            Some(row) => {
                self.forgive(source, &bucket).await?;
                gate.verified.insert(digest, (row, generation)).await;
                Ok(Access::Granted { key: row })
            }
            None => {
                let remaining = self.count_failure(source, &bucket, limits, now).await?;
                Ok(Access::Wrong { remaining })
            }
        }
    }

    async fn active_hashes(&self) -> Result<Vec<(i64, String)>, StoreError> {
        Ok(sqlx::query_as("SELECT id, key_hash FROM apikey WHERE is_active ORDER BY id")
            .fetch_all(self.reader())
            .await?)
    }

    /// The first candidate that the key fits, found on a thread that may be slow.
    async fn matching(&self, key: &str, candidates: Vec<(i64, String)>) -> Result<Option<i64>, StoreError> {
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return Ok(None);
        }
        let Ok(_permit) = self.gate().workers.clone().acquire_owned().await else { return Ok(None) };
        let key = SecretString::from(key);
        let found = tokio::task::spawn_blocking(move || {
            candidates
                .into_iter()
                .find(|(_, hash)| bcrypt::verify(key.expose_secret(), hash).unwrap_or(false))
                .map(|(row, _)| row)
        });
        Ok(found.await.unwrap_or(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::Cipher;
    use crate::database::StoreSettings;

    #[tokio::test]
    async fn a_window_begins_with_the_first_failure_and_is_not_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let access = AccessSettings { bcrypt_cost: 4, ..AccessSettings::default() };
        let settings = StoreSettings { access, ..StoreSettings::default() };
        let store = Store::open(&folder.path().join("d.db"), Cipher::Plaintext, settings).await.unwrap();
        store.create_key("").await.unwrap();
        let knock = |now: f64| store.authenticate_at("s", Some("wrong"), now);
        assert_eq!(knock(1000.0).await.unwrap(), Access::Wrong { remaining: 4 });
        for now in [1100.0, 1200.0, 1298.0, 1299.0] {
            assert!(matches!(knock(now).await.unwrap(), Access::Wrong { .. }));
        }
        assert!(matches!(knock(1299.5).await.unwrap(), Access::Locked { .. }));
        assert_eq!(knock(1300.5).await.unwrap(), Access::Wrong { remaining: 4 });
    }
}
