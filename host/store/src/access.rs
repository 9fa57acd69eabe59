//! Who may in: the lockout, the keys, and a memory of keys that were verified or refused.
//!
//! bcrypt is slow on purpose, so it is the last thing asked: a key that was verified is recognised by its digest as long as
//! its row stays as it was, one that was refused as long as no row changed.

use crate::database::{Store, now};
use crate::error::StoreError;
use crate::lockout::{Limits, Lock};
use crate::row::from_row;
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
const REFUSED_ENTRIES: u64 = 16_384;
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
    /// Most credentials whose failures are remembered at a time; the oldest give way.
    pub max_buckets: u32,
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
            max_buckets: 10_000,
            max_active_keys: 32,
            bcrypt_cost: 12,
            max_in_flight: 256,
            max_in_flight_per_source: 32,
        }
    }
}

impl AccessSettings {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            credential: self.lockout_threshold,
            source: self.source_threshold,
            window: self.lockout_window,
            buckets: self.max_buckets,
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
    /// No key was sent. Not counted: a page that asks without one is no guesser.
    Missing,
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
    /// Keys that were verified before, by digest: row and hash. Good as long as that row is active with that hash.
    proven: Cache<[u8; 32], (i64, String)>,
    /// Keys that fitted none of the rows, by digest: a digest of those rows.
    refused: Cache<[u8; 32], [u8; 32]>,
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
        // Half of the cores stay with those whose key is known.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = (cores / 2).clamp(1, settings.max_in_flight.max(1));
        Ok(Self {
            verified: Cache::builder().max_capacity(VERIFIED_ENTRIES).time_to_live(VERIFIED_FOR).build(),
            proven: Cache::builder().max_capacity(VERIFIED_ENTRIES).build(),
            refused: Cache::builder().max_capacity(REFUSED_ENTRIES).build(),
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
    fn bucket(&self, key: &str) -> String {
        let digest =
            Sha256::new().chain_update(self.digest_secret.as_bytes()).chain_update(key.as_bytes()).finalize();
        STANDARD.encode(digest)
    }

    /// Eight bits that tell a key from most others, and whoever reads the database next to nothing.
    pub(crate) fn hint(&self, key: &str) -> u8 {
        let digest = Sha256::new()
            .chain_update(b"hint")
            .chain_update(self.digest_secret.as_bytes())
            .chain_update(key.as_bytes())
            .finalize();
        digest.first().copied().unwrap_or_default()
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

    /// Whether that key was verified a moment ago. Asks neither the database nor bcrypt.
    pub async fn knows(&self, key: &SecretString) -> bool {
        let gate = self.gate();
        gate.remembered(&gate.digest(key.expose_secret())).await.is_some()
    }

    pub(crate) async fn authenticate_at(
        &self,
        source: &str,
        key: Option<&str>,
        now: f64,
    ) -> Result<Access, StoreError> {
        let (gate, limits) = (self.gate(), self.settings().access.limits());
        let digest = key.map(|key| gate.digest(key));
        if let Some(digest) = &digest
            && let Some(key) = gate.remembered(digest).await
        {
            return Ok(Access::Granted { key });
        }
        let generation = gate.generation.load(Ordering::SeqCst);
        let rows = self.active_rows().await?;
        if rows.is_empty() {
            return Ok(Access::NoActiveKey);
        }
        let (Some(key), Some(digest)) = (key, digest) else { return Ok(Access::Missing) };
        if let Some(row) = proven(gate.proven.get(&digest).await, &rows) {
            gate.verified.insert(digest, (row, generation)).await;
            return Ok(Access::Granted { key: row });
        }
        let bucket = gate.bucket(key);
        let lock = self.lock(source, &bucket, limits, now).await?;
        let locked = Access::Locked { retry_after: limits.window };
        if lock == Lock::Credential || (lock == Lock::Source && !may_fit(gate.hint(key), &rows)) {
            return Ok(locked);
        }
        match self.verify(source, key, &digest, rows).await? {
            Verdict::Busy => Ok(Access::Busy),
            Verdict::Fits { row, hash } => {
                self.forgive(source, &bucket, row, gate.hint(key)).await?;
                gate.proven.insert(digest, (row, hash)).await;
                gate.verified.insert(digest, (row, generation)).await;
                Ok(Access::Granted { key: row })
            }
            Verdict::FitsNone => {
                let remaining = self.count_failure(source, &bucket, limits, now).await?;
                Ok(if lock == Lock::Source { locked } else { Access::Wrong { remaining } })
            }
        }
    }

    async fn verify(
        &self,
        source: &str,
        key: &str,
        digest: &[u8; 32],
        rows: Vec<KeyRow>,
    ) -> Result<Verdict, StoreError> {
        let (gate, of_rows) = (self.gate(), digest_of(&rows));
        if gate.refused.get(digest).await.is_some_and(|rows| rows == of_rows) {
            return Ok(Verdict::FitsNone);
        }
        let Some(_reservation) = gate.reserve(source, &self.settings().access) else {
            return Ok(Verdict::Busy);
        };
        match self.matching(key, rows).await? {
            Some((row, hash)) => Ok(Verdict::Fits { row, hash }),
            None => {
                gate.refused.insert(*digest, of_rows).await;
                Ok(Verdict::FitsNone)
            }
        }
    }

    async fn active_rows(&self) -> Result<Vec<KeyRow>, StoreError> {
        let select = "SELECT id, key_hash, hint FROM apikey LEFT JOIN proxbox_key_hint ON key_id = id \
                      WHERE is_active ORDER BY id";
        Ok(sqlx::query_as(select).fetch_all(self.reader()).await?)
    }

    /// The first row that the key fits, found on a thread that may be slow.
    async fn matching(&self, key: &str, rows: Vec<KeyRow>) -> Result<Option<(i64, String)>, StoreError> {
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return Ok(None);
        }
        let Ok(_permit) = self.gate().workers.clone().acquire_owned().await else { return Ok(None) };
        let key = SecretString::from(key);
        let found = tokio::task::spawn_blocking(move || {
            rows.into_iter()
                .find(|row| bcrypt::verify(key.expose_secret(), &row.key_hash).unwrap_or(false))
                .map(|row| (row.id, row.key_hash))
        });
        Ok(found.await.unwrap_or(None))
    }
}

/// An active key.
struct KeyRow {
    id: i64,
    key_hash: String,
    /// None until it was verified once, for keys that another program made.
    hint: Option<u8>,
}

from_row!(KeyRow { id, key_hash, hint });

enum Verdict {
    Fits { row: i64, hash: String },
    FitsNone,
    Busy,
}

/// The row of a key that was verified before, if that row is still the same.
fn proven(known: Option<(i64, String)>, rows: &[KeyRow]) -> Option<i64> {
    let (id, hash) = known?;
    rows.iter().any(|row| row.id == id && row.key_hash == hash).then_some(id)
}

fn may_fit(hint: u8, rows: &[KeyRow]) -> bool {
    rows.iter().any(|row| row.hint == Some(hint))
}

/// Changes whenever a key comes, goes or changes, whoever did it.
fn digest_of(rows: &[KeyRow]) -> [u8; 32] {
    let digest = rows.iter().fold(Sha256::new(), |digest, row| {
        digest.chain_update(row.id.to_le_bytes()).chain_update(row.key_hash.as_bytes()).chain_update([0])
    });
    digest.finalize().into()
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
