//! The database as the book of sources.

use futures::future::BoxFuture;
use proxbox_model::endpoint::{KnownSource, KnownSources};
use proxbox_model::{Identity, Problem};
use proxbox_store::Store;
use proxbox_sync::{SourceBook, Synced, SyncedBook, WriterLease};
use std::collections::HashMap;
use std::time::Duration;

pub(crate) struct StoredSources(pub(crate) Store);

impl SourceBook for StoredSources {
    fn known(&self) -> BoxFuture<'_, Result<KnownSources, Problem>> {
        Box::pin(async { self.0.sources().await.map_err(|error| Problem::from(&error)) })
    }

    fn learned(&self, endpoint: i64, source: KnownSource) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(async move {
            self.0.source_learned(endpoint, &source).await.map_err(|error| Problem::from(&error))
        })
    }

    fn uuids(&self) -> BoxFuture<'_, Result<HashMap<Identity, String>, Problem>> {
        Box::pin(async { self.0.guest_uuids().await.map_err(|error| Problem::from(&error)) })
    }

    fn uuids_learned(&self, uuids: HashMap<Identity, String>) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(
            async move { self.0.guest_uuids_learned(&uuids).await.map_err(|error| Problem::from(&error)) },
        )
    }
}

impl SyncedBook for StoredSources {
    fn synced(&self, endpoint: i64, netbox: &str) -> BoxFuture<'_, Result<Option<Synced>, Problem>> {
        let netbox = netbox.to_owned();
        Box::pin(async move {
            let noted = self.0.synced(endpoint, &netbox).await.map_err(|error| Problem::from(&error))?;
            // What another release has written and this one cannot read is as good as nothing.
            Ok(noted.and_then(|noted| serde_json::from_str(&noted).ok()))
        })
    }

    fn note_synced(&self, endpoint: i64, netbox: &str, synced: Synced) -> BoxFuture<'_, Result<(), Problem>> {
        let netbox = netbox.to_owned();
        Box::pin(async move {
            let json = serde_json::to_string(&synced).map_err(|error| {
                Problem::new("sync-not-noted", format!("what was synced cannot be noted: {error}"))
            })?;
            self.0.note_synced(endpoint, &netbox, &json).await.map_err(|error| Problem::from(&error))
        })
    }
}

impl WriterLease for StoredSources {
    fn take(&self, netbox: &str, holder: &str, holds: Duration) -> BoxFuture<'_, Result<bool, Problem>> {
        let (netbox, holder) = (netbox.to_owned(), holder.to_owned());
        Box::pin(async move {
            self.0.lease_take(&netbox, &holder, holds).await.map_err(|error| Problem::from(&error))
        })
    }

    fn give_back(&self, netbox: &str, holder: &str) -> BoxFuture<'_, Result<(), Problem>> {
        let (netbox, holder) = (netbox.to_owned(), holder.to_owned());
        Box::pin(async move {
            self.0.lease_give_back(&netbox, &holder).await.map_err(|error| Problem::from(&error))
        })
    }
}
