//! What tells guests apart and is not kept in NetBox.

use crate::database::Store;
use crate::error::StoreError;
use proxbox_model::{Identity, SourceObject};
use std::collections::HashMap;

const LEARN: &str = "INSERT INTO proxbox_guest (source, vmid, uuid) VALUES (?, ?, ?) \
    ON CONFLICT (source, vmid) DO UPDATE SET uuid = excluded.uuid";

impl Store {
    /// The SMBIOS UUIDs that guests had when they were last synced.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn guest_uuids(&self) -> Result<HashMap<Identity, String>, StoreError> {
        let rows: Vec<(String, u32, String)> =
            sqlx::query_as("SELECT source, vmid, uuid FROM proxbox_guest").fetch_all(self.reader()).await?;
        Ok(rows.into_iter().map(|(source, vmid, uuid)| (Identity::guest(source, vmid), uuid)).collect())
    }

    /// Notes the SMBIOS UUIDs of guests.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn guest_uuids_learned(&self, uuids: &HashMap<Identity, String>) -> Result<(), StoreError> {
        let mut transaction = self.writer().begin().await?;
        for (identity, uuid) in uuids {
            let SourceObject::Guest(vmid) = identity.object else { continue };
            sqlx::query(LEARN)
                .bind(&identity.source)
                .bind(vmid)
                .bind(uuid)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
