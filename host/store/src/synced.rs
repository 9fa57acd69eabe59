//! What was synced of the source of each endpoint into each NetBox.

use crate::database::Store;
use crate::error::StoreError;

const NOTE: &str = "INSERT INTO proxbox_synced (endpoint_id, netbox, synced) VALUES (?, ?, ?) \
    ON CONFLICT (endpoint_id, netbox) DO UPDATE SET synced = excluded.synced";

impl Store {
    /// What was noted last of an endpoint and the NetBox at a URL, as it was given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn synced(&self, endpoint: i64, netbox: &str) -> Result<Option<String>, StoreError> {
        let select = "SELECT synced FROM proxbox_synced WHERE endpoint_id = ? AND netbox = ?";
        let found = sqlx::query_scalar(select).bind(endpoint).bind(netbox).fetch_optional(self.reader());
        Ok(found.await?)
    }

    /// Notes what was synced. It goes with the endpoint.
    ///
    /// # Errors
    /// When the database fails, or there is no such endpoint.
    pub async fn note_synced(&self, endpoint: i64, netbox: &str, synced: &str) -> Result<(), StoreError> {
        sqlx::query(NOTE).bind(endpoint).bind(netbox).bind(synced).execute(self.writer()).await?;
        Ok(())
    }
}
