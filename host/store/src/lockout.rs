//! Failed attempts, counted per credential and per source. The counts are rows, so a restart forgives nobody.
//!
//! A bucket is one credential from one source: whoever sends a wrong key locks that key out of that source, not the
//! valid key of a neighbour behind the same address. A source that tries many different keys is locked as a whole.
//! A window begins with the first failure and is never renewed.

use crate::database::Store;
use crate::error::StoreError;
use std::time::Duration;

/// How many failures are too many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) credential: u32,
    pub(crate) source: u32,
    pub(crate) window: Duration,
}

impl Limits {
    /// Windows that began before this are over.
    fn horizon(&self, now: f64) -> f64 {
        now - self.window.as_secs_f64()
    }
}

impl Store {
    /// Whether that credential from that source, or the source as a whole, is locked out.
    pub(crate) async fn is_locked(
        &self,
        source: &str,
        credential: &str,
        limits: Limits,
        now: f64,
    ) -> Result<bool, StoreError> {
        let locked: i64 = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM proxbox_auth_bucket \
             WHERE source = ?1 AND credential = ?2 AND attempts >= ?3 AND first_attempt_time > ?5) \
             OR EXISTS (SELECT 1 FROM authlockout WHERE ip_address = ?1 AND attempts >= ?4 AND first_attempt_time > ?5)",
        )
        .bind(source)
        .bind(credential)
        .bind(limits.credential)
        .bind(limits.source)
        .bind(limits.horizon(now))
        .fetch_one(self.reader())
        .await?;
        Ok(locked != 0)
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
        transaction.commit().await?;
        let left = limits.credential.saturating_sub(of_credential);
        Ok(left.min(limits.source.saturating_sub(of_source)))
    }

    /// A success: the credential's failures from that source count no more.
    pub(crate) async fn forgive(&self, source: &str, credential: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM proxbox_auth_bucket WHERE source = ? AND credential = ?")
            .bind(source)
            .bind(credential)
            .execute(self.writer())
            .await?;
        Ok(())
    }
}
