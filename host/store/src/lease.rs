//! The right to write to NetBox, which one process has at a time.

use crate::database::{Store, now};
use crate::error::StoreError;
use std::time::Duration;

const WRITER: &str = "writer";

const TAKE: &str = "INSERT INTO proxbox_lease (name, holder, until) VALUES (?, ?, ?) \
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
    WHERE proxbox_lease.holder = excluded.holder OR proxbox_lease.until < ?";

impl Store {
    /// Takes the right to write for so long, or renews it; false when another holder has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease_take(&self, holder: &str, holds: Duration) -> Result<bool, StoreError> {
        let now = now();
        let done = sqlx::query(TAKE)
            .bind(WRITER)
            .bind(holder)
            .bind(now + holds.as_secs_f64())
            .bind(now)
            .execute(self.writer())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Gives the right to write back, if the holder has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease_give_back(&self, holder: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM proxbox_lease WHERE name = ? AND holder = ?")
            .bind(WRITER)
            .bind(holder)
            .execute(self.writer())
            .await?;
        Ok(())
    }
}
