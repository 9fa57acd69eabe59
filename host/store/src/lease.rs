//! The right to write into a NetBox, which one process has at a time.

use crate::database::{Store, now};
use crate::error::StoreError;
use std::time::Duration;

const TAKE: &str = "INSERT INTO proxbox_lease (name, holder, until) VALUES (?, ?, ?) \
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
    WHERE proxbox_lease.holder = excluded.holder OR proxbox_lease.until < ?";

impl Store {
    /// Takes the right to write into the NetBox at that URL for so long, or renews it; false when another holder has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease_take(&self, netbox: &str, holder: &str, holds: Duration) -> Result<bool, StoreError> {
        let now = now();
        let done = sqlx::query(TAKE)
            .bind(writer_of(netbox))
            .bind(holder)
            .bind(now + holds.as_secs_f64())
            .bind(now)
            .execute(self.writer())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Gives the right to write into a NetBox back, if the holder has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease_give_back(&self, netbox: &str, holder: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM proxbox_lease WHERE name = ? AND holder = ?")
            .bind(writer_of(netbox))
            .bind(holder)
            .execute(self.writer())
            .await?;
        Ok(())
    }
}

fn writer_of(netbox: &str) -> String {
    format!("writer of {netbox}")
}
