//! Which source each Proxmox endpoint leads to.

use crate::database::Store;
use crate::error::StoreError;
use crate::row::from_row;
use proxbox_model::endpoint::{KnownSource, KnownSources};
use proxbox_model::facts::ClusterMode;

struct Row {
    endpoint_id: Option<i64>,
    name: String,
    is_apart: bool,
    cluster: String,
    mode: String,
    authority: Option<String>,
    nodes: String,
}

from_row!(Row { endpoint_id, name, is_apart, cluster, mode, authority, nodes });

const SELECT: &str =
    "SELECT endpoint_id, name, is_apart, cluster, mode, authority, nodes FROM proxbox_source ORDER BY id";

const LEARN: &str = "INSERT INTO proxbox_source (endpoint_id, name, is_apart, cluster, mode, authority, nodes) \
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (endpoint_id) DO UPDATE SET name = excluded.name, \
    is_apart = excluded.is_apart, cluster = excluded.cluster, mode = excluded.mode, authority = excluded.authority, nodes = excluded.nodes";

impl Store {
    /// What is known of sources.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sources(&self) -> Result<KnownSources, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(SELECT).fetch_all(self.reader()).await?;
        let mut known = KnownSources::default();
        for Row { endpoint_id, name, is_apart, cluster, mode, authority, nodes } in rows {
            let nodes = nodes.lines().map(str::to_owned).collect();
            let mode = ClusterMode::parse(&mode).unwrap_or(ClusterMode::Restricted);
            let source = KnownSource { name, is_apart, cluster, mode, authority, nodes };
            match endpoint_id {
                Some(endpoint) => {
                    known.of_endpoints.insert(endpoint, source);
                }
                None => known.former.push(source),
            }
        }
        Ok(known)
    }

    /// Notes which source an endpoint leads to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn source_learned(&self, endpoint: i64, source: &KnownSource) -> Result<(), StoreError> {
        sqlx::query(LEARN)
            .bind(endpoint)
            .bind(&source.name)
            .bind(source.is_apart)
            .bind(&source.cluster)
            .bind(source.mode.as_str())
            .bind(&source.authority)
            // No name of a node holds a line break.
            .bind(source.nodes.join("\n"))
            .execute(self.writer())
            .await?;
        sqlx::query("DELETE FROM proxbox_source WHERE endpoint_id IS NULL AND name = ?")
            .bind(&source.name)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// Parts an endpoint from its source, which keeps its name: the next run takes what it finds there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn source_part(&self, endpoint: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE proxbox_source SET endpoint_id = NULL WHERE endpoint_id = ?")
            .bind(endpoint)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// Forgets what tells an endpoint's source from others: whatever the next run finds there is that source.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn source_renew(&self, endpoint: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE proxbox_source SET authority = NULL, nodes = '' WHERE endpoint_id = ?")
            .bind(endpoint)
            .execute(self.writer())
            .await?;
        Ok(())
    }
}
