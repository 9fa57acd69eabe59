//! Failed attempts, counted per credential and per source. The counts are rows, so a restart forgives nobody.
//!
//! A bucket is one credential from one source: whoever sends a wrong key locks that key out of that source, not the
//! valid key of a neighbour behind the same address. A source that tries many different keys is locked as a whole.
//! A window begins with the first failure and is never renewed.

use crate::database::{Store, now};
use crate::error::StoreError;
use crate::row::from_row;
use sqlx::SqliteConnection;
use std::time::Duration;

/// How many failures are too many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) credential: u32,
    pub(crate) source: u32,
    pub(crate) window: Duration,
    /// Most credentials to remember.
    pub(crate) buckets: u32,
}

/// What is locked out, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    None,
    /// This credential from this source.
    Credential,
    /// The source as a whole.
    Source,
}

/// A source with failures that still count.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedSource {
    /// The client's address, or network.
    pub source: String,
    /// Failures since the first one.
    pub attempts: u32,
    /// The first one, seconds since the epoch.
    pub since: f64,
    /// Credentials of this source that are locked out.
    pub locked_credentials: u32,
    /// Whether the source is locked out as a whole.
    pub is_locked: bool,
}

from_row!(FailedSource { source, attempts, since, locked_credentials, is_locked });

impl Limits {
    /// Windows that began before this are over.
    fn horizon(&self, now: f64) -> f64 {
        now - self.window.as_secs_f64()
    }
}

impl Store {
    /// Whether that credential from that source, or the source as a whole, is locked out.
    pub(crate) async fn lock(
        &self,
        source: &str,
        credential: &str,
        limits: Limits,
        now: f64,
    ) -> Result<Lock, StoreError> {
        let (of_credential, of_source): (bool, bool) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM proxbox_auth_bucket \
             WHERE source = ?1 AND credential = ?2 AND attempts >= ?3 AND first_attempt_time > ?5), \
             EXISTS (SELECT 1 FROM authlockout WHERE ip_address = ?1 AND attempts >= ?4 AND first_attempt_time > ?5)",
        )
        .bind(source)
        .bind(credential)
        .bind(limits.credential)
        .bind(limits.source)
        .bind(limits.horizon(now))
        .fetch_one(self.reader())
        .await?;
        Ok(match (of_credential, of_source) {
            (true, _) => Lock::Credential,
            (false, true) => Lock::Source,
            (false, false) => Lock::None,
        })
    }

    /// Counts a failure; how many attempts remain before the lock.
    pub(crate) async fn count_failure(
        &self,
        source: &str,
        credential: &str,
        limits: Limits,
        now: f64,
    ) -> Result<u32, StoreError> {
        let horizon = limits.horizon(now);
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        for expired in [
            "DELETE FROM proxbox_auth_bucket WHERE first_attempt_time <= ?",
            "DELETE FROM authlockout WHERE first_attempt_time <= ?",
        ] {
            sqlx::query(expired).bind(horizon).execute(&mut *transaction).await?;
        }
        let of_credential: u32 = sqlx::query_scalar(
            "INSERT INTO proxbox_auth_bucket (source, credential, attempts, first_attempt_time) VALUES (?, ?, 1, ?) \
             ON CONFLICT (source, credential) DO UPDATE SET attempts = attempts + 1 RETURNING attempts",
        )
        .bind(source)
        .bind(credential)
        .bind(now)
        .fetch_one(&mut *transaction)
        .await?;
        let of_source: u32 = sqlx::query_scalar(
            "INSERT INTO authlockout (ip_address, attempts, first_attempt_time) VALUES (?, 1, ?) \
             ON CONFLICT (ip_address) DO UPDATE SET attempts = attempts + 1 RETURNING attempts",
        )
        .bind(source)
        .bind(now)
        .fetch_one(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM proxbox_auth_bucket WHERE first_attempt_time < (SELECT first_attempt_time \
             FROM proxbox_auth_bucket ORDER BY first_attempt_time DESC LIMIT 1 OFFSET ?)",
        )
        .bind(limits.buckets.saturating_sub(1))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let left = limits.credential.saturating_sub(of_credential);
        Ok(left.min(limits.source.saturating_sub(of_source)))
    }

    /// A success: the credential's failures from that source count no more, and what tells the key from others is noted.
    pub(crate) async fn forgive(
        &self,
        source: &str,
        credential: &str,
        key: i64,
        hint: u8,
    ) -> Result<(), StoreError> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("DELETE FROM proxbox_auth_bucket WHERE source = ? AND credential = ?")
            .bind(source)
            .bind(credential)
            .execute(&mut *transaction)
            .await?;
        note_hint(&mut transaction, key, hint).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Sources with failures that still count, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn failed_sources(&self) -> Result<Vec<FailedSource>, StoreError> {
        let limits = self.settings().access.limits();
        let select = "SELECT ip_address AS source, attempts, first_attempt_time AS since, \
                      (SELECT COUNT(*) FROM proxbox_auth_bucket AS bucket WHERE bucket.source = ip_address \
                       AND bucket.attempts >= ?1 AND bucket.first_attempt_time > ?3) AS locked_credentials, \
                      attempts >= ?2 AS is_locked \
                      FROM authlockout WHERE first_attempt_time > ?3 ORDER BY first_attempt_time DESC";
        Ok(sqlx::query_as(select)
            .bind(limits.credential)
            .bind(limits.source)
            .bind(limits.horizon(now()))
            .fetch_all(self.reader())
            .await?)
    }

    /// Forgets the failures of one source, or of all. How many sources were let go.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unlock(&self, source: Option<&str>) -> Result<u64, StoreError> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("DELETE FROM proxbox_auth_bucket WHERE ?1 IS NULL OR source = ?1")
            .bind(source)
            .execute(&mut *transaction)
            .await?;
        let gone = sqlx::query("DELETE FROM authlockout WHERE ?1 IS NULL OR ip_address = ?1")
            .bind(source)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(gone.rows_affected())
    }
}

/// Notes what tells a key from most others.
pub(crate) async fn note_hint(
    connection: &mut SqliteConnection,
    key: i64,
    hint: u8,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO proxbox_key_hint (key_id, hint) VALUES (?, ?) ON CONFLICT (key_id) DO UPDATE SET hint = excluded.hint",
    )
    .bind(key)
    .bind(hint)
    .execute(connection)
    .await?;
    Ok(())
}
