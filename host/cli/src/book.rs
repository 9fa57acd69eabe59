//! The database as the book of sources.

use futures::future::BoxFuture;
use proxbox_model::Problem;
use proxbox_model::endpoint::{KnownSource, KnownSources};
use proxbox_store::Store;
use proxbox_sync::SourceBook;

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
}
