//! The Proxmox VE endpoints.

use crate::address;
use crate::database::Store;
use crate::error::{Rejected, StoreError, is_duplicate};
use crate::proxmox::row::{Row, SELECT};
use proxbox_model::endpoint::ProxmoxEndpoint;
use secrecy::SecretString;
use sqlx::{QueryBuilder, Sqlite};

mod row;

pub(crate) use row::COLUMNS;

/// A Proxmox endpoint without its secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct ProxmoxRecord {
    /// Row.
    pub id: i64,
    /// Unique name; the NetBox plugin appends ` (nb:<its own id>)`.
    pub name: String,
    /// Address; may be empty when there is a domain.
    pub ip_address: String,
    /// Host name.
    pub domain: Option<String>,
    /// TCP port.
    pub port: u16,
    /// User with realm.
    pub username: String,
    /// Name of the API token.
    pub token_name: Option<String>,
    /// Whether the certificate is checked.
    pub verify_ssl: bool,
    /// Whether syncs may use it.
    pub enabled: bool,
    /// Extra certificate authorities, PEM.
    pub ca_pem: Option<String>,
    /// Pinned SHA-256 fingerprint, `AB:CD:…`.
    pub fingerprint: Option<String>,
    /// Limit for one request, seconds.
    pub timeout: Option<u32>,
    /// Retries of one request.
    pub max_retries: Option<u32>,
    /// Base delay between retries, seconds.
    pub retry_backoff: Option<f64>,
    /// What the plugin said about access; kept for it, not used.
    pub access_methods: Option<String>,
    /// What the plugin said about template builds; kept for it, not used.
    pub allow_packer_template_builds: Option<bool>,
}

/// A Proxmox endpoint to store.
#[derive(Clone, Debug)]
pub struct NewProxmox {
    /// Unique name.
    pub name: String,
    /// Address; a mask is dropped.
    pub ip_address: String,
    /// Host name.
    pub domain: Option<String>,
    /// TCP port.
    pub port: u16,
    /// User with realm.
    pub username: String,
    /// Password; not needed with an API token.
    pub password: Option<SecretString>,
    /// Name of the API token.
    pub token_name: Option<String>,
    /// Secret of the API token.
    pub token_value: Option<SecretString>,
    /// Whether the certificate is checked.
    pub verify_ssl: bool,
    /// Whether syncs may use it.
    pub enabled: bool,
    /// Extra certificate authorities, PEM.
    pub ca_pem: Option<String>,
    /// SHA-256 fingerprint in hexadecimal.
    pub fingerprint: Option<String>,
    /// Limit for one request, seconds.
    pub timeout: Option<u32>,
    /// Retries of one request.
    pub max_retries: Option<u32>,
    /// Base delay between retries, seconds.
    pub retry_backoff: Option<f64>,
    /// Kept as given.
    pub access_methods: Option<String>,
    /// Kept as given.
    pub allow_packer_template_builds: Option<bool>,
}

/// What to change of a Proxmox endpoint; what is none stays. The inner option of nullable columns is the new value.
///
/// An endpoint logs in one way: who gives a token drops the password, who gives a password alone drops the token, and who
/// gives neither changes nothing about it. Empty secrets are not given.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields of NewProxmox")]
pub struct ProxmoxChange {
    pub name: Option<String>,
    pub ip_address: Option<String>,
    pub domain: Option<Option<String>>,
    pub port: Option<u16>,
    pub username: Option<String>,
    pub password: Option<SecretString>,
    pub token_name: Option<String>,
    pub token_value: Option<SecretString>,
    pub verify_ssl: Option<bool>,
    pub enabled: Option<bool>,
    pub ca_pem: Option<Option<String>>,
    pub fingerprint: Option<Option<String>>,
    pub timeout: Option<Option<u32>>,
    pub max_retries: Option<Option<u32>>,
    pub retry_backoff: Option<Option<f64>>,
    pub access_methods: Option<Option<String>>,
    pub allow_packer_template_builds: Option<Option<bool>>,
}

/// Which endpoints a request is about; every condition given must hold, no condition means all. Endpoints that are
/// disabled never match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ids as a client sent them, of this database or of the plugin. See [`Store::proxmox_select`].
    pub ids: Vec<i64>,
    /// Exact name, with or without the plugin's suffix.
    pub name: Option<String>,
    /// Exact host name.
    pub domain: Option<String>,
    /// Exact address.
    pub ip_address: Option<String>,
}

impl Store {
    /// Every Proxmox endpoint, in the order they were stored.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proxmox_list(&self) -> Result<Vec<ProxmoxRecord>, StoreError> {
        Ok(self.proxmox_rows().await?.iter().map(Row::record).collect())
    }

    /// One Proxmox endpoint.
    ///
    /// # Errors
    /// [`Rejected::ProxmoxNotFound`].
    pub async fn proxmox(&self, id: i64) -> Result<ProxmoxRecord, StoreError> {
        let rows = self.proxmox_rows().await?;
        rows.iter().find(|row| row.id == id).map(Row::record).ok_or_else(|| Rejected::ProxmoxNotFound.into())
    }

    /// The enabled endpoints of a selection, ready to connect.
    ///
    /// An id that a client sends is a row of this database, or else the plugin's own key, which it appends to names as
    /// ` (nb:<key>)`. Rows are stored under the plugin's key where that is free, so that both agree. Where they do not,
    /// because the key was taken or the database is an older one, the row goes first: the plugins that append the key
    /// learn our ids from our answers and send those. The key serves clients that know nothing else, and the plugin
    /// while it still holds the id of a database that was lost. An id that leads to a disabled endpoint leads nowhere.
    ///
    /// # Errors
    /// When a credential of one of them cannot be opened.
    pub async fn proxmox_select(&self, selection: &Selection) -> Result<Vec<ProxmoxEndpoint>, StoreError> {
        let rows = self.proxmox_rows().await?;
        let wanted: Vec<i64> = selection.ids.iter().filter_map(|id| resolve(&rows, *id)).collect();
        rows.iter()
            .filter(|row| row.enabled)
            .filter(|row| selection.ids.is_empty() || wanted.contains(&row.id))
            .filter(|row| {
                selection.name.as_ref().is_none_or(|name| row.name == *name || bare(&row.name) == name)
            })
            .filter(|row| selection.domain.is_none() || row.domain == selection.domain)
            .filter(|row| selection.ip_address.as_ref().is_none_or(|ip| row.ip_address == *ip))
            .map(|row| row.endpoint(self.cipher()))
            .collect()
    }

    /// Stores a Proxmox endpoint.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] when the name or the plugin's key in it is taken, or a value cannot be used.
    pub async fn proxmox_create(&self, new: NewProxmox) -> Result<ProxmoxRecord, StoreError> {
        let mut row = Row::new(new, self.cipher())?;
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        let known: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, name FROM proxmoxendpoint").fetch_all(&mut *transaction).await?;
        is_free(&row.name, known.iter().map(|(_, name)| name))?;
        let id = suffix(&row.name).filter(|id| known.iter().all(|(taken, _)| taken != id));
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO proxmoxendpoint (id, ");
        insert.push(COLUMNS.join(", "));
        self.proxmox_fillers().iter().for_each(|filler| _ = insert.push(", ").push(&filler.column));
        insert.push(") VALUES (").push_bind(id).push(", ");
        row.values(&mut insert);
        self.proxmox_fillers().iter().for_each(|filler| _ = insert.push(", ").push(filler.value));
        insert.push(") RETURNING id");
        let id: i64 = insert.build_query_scalar().fetch_one(&mut *transaction).await.map_err(taken)?;
        transaction.commit().await?;
        row.id = id;
        Ok(row.record())
    }

    /// Changes what is given and nothing else; a secret that is not given keeps its stored form.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] when there is no such endpoint, the name is taken, or a value cannot be used.
    pub async fn proxmox_update(&self, id: i64, change: ProxmoxChange) -> Result<ProxmoxRecord, StoreError> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        let rows: Vec<Row> = sqlx::query_as(SELECT).fetch_all(&mut *transaction).await?;
        let (row, others): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.id == id);
        let row = row.into_iter().next().ok_or(Rejected::ProxmoxNotFound)?;
        if let Some(name) = change.name.as_ref().filter(|name| **name != row.name) {
            is_free(name, others.iter().map(|row| &row.name))?;
        }
        let row = row.changed(change, self.cipher())?;
        let mut update = QueryBuilder::<Sqlite>::new("UPDATE proxmoxendpoint SET (");
        update.push(COLUMNS.join(", ")).push(") = (");
        row.values(&mut update);
        update.push(") WHERE id = ").push_bind(id);
        update.build().execute(&mut *transaction).await.map_err(taken)?;
        transaction.commit().await?;
        Ok(row.record())
    }

    /// Forgets the endpoint.
    ///
    /// # Errors
    /// [`Rejected::ProxmoxNotFound`].
    pub async fn proxmox_delete(&self, id: i64) -> Result<(), StoreError> {
        // Another endpoint may get the number.
        self.source_part(id).await?;
        let done =
            sqlx::query("DELETE FROM proxmoxendpoint WHERE id = ?").bind(id).execute(self.writer()).await?;
        if done.rows_affected() == 0 { Err(Rejected::ProxmoxNotFound.into()) } else { Ok(()) }
    }

    async fn proxmox_rows(&self) -> Result<Vec<Row>, StoreError> {
        Ok(sqlx::query_as(SELECT).fetch_all(self.reader()).await?)
    }
}

fn taken(error: sqlx::Error) -> StoreError {
    if is_duplicate(&error) { Rejected::ProxmoxNameTaken.into() } else { error.into() }
}

/// Two rows of one name, or with the plugin's key for the same endpoint of its own, would be a fault that the plugin cannot mend.
fn is_free<'a>(name: &str, others: impl Iterator<Item = &'a String>) -> Result<(), Rejected> {
    let number = suffix(name);
    for other in others {
        if other == name {
            return Err(Rejected::ProxmoxNameTaken);
        }
        if let Some(number) = number.filter(|_| suffix(other) == number) {
            return Err(Rejected::ProxmoxNumberTaken { name: other.clone(), number });
        }
    }
    Ok(())
}

/// The row that an id means; see [`Store::proxmox_select`].
fn resolve(rows: &[Row], id: i64) -> Option<i64> {
    let own = rows.iter().find(|row| row.id == id);
    own.or_else(|| rows.iter().find(|row| suffix(&row.name) == Some(id))).map(|row| row.id)
}

/// The plugin's own key in a name that it pushed: `pve (nb:7)` has 7.
fn suffix(name: &str) -> Option<i64> {
    let (_, rest) = name.rsplit_once(" (nb:")?;
    rest.strip_suffix(')')?.parse().ok().filter(|id| *id > 0)
}

/// A name without the plugin's suffix.
fn bare(name: &str) -> &str {
    match suffix(name) {
        Some(_) => name.rsplit_once(" (nb:").map_or(name, |(bare, _)| bare),
        None => name,
    }
}

/// An optional host: nothing and the empty text are none.
fn optional_host(given: Option<String>) -> Result<Option<String>, Rejected> {
    let host = given.as_deref().map(address::host).transpose()?;
    Ok(host.filter(|host| !host.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_of_a_pushed_name_is_the_plugins_key() {
        assert_eq!(suffix("lab (nb:41)"), Some(41));
        assert_eq!(suffix("a (nb:1) (nb:2)"), Some(2));
        for name in ["lab", "lab (nb:)", "lab (nb:x)", "lab (nb:0)", "lab (nb:1) "] {
            assert_eq!(suffix(name), None, "{name}");
        }
        assert_eq!((bare("lab (nb:41)"), bare("lab")), ("lab", "lab"));
    }
}
