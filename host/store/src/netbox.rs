//! The NetBox endpoint. There is one.

use crate::address;
use crate::cipher::Cipher;
use crate::database::Store;
use crate::error::{Rejected, StoreError, is_duplicate};
use crate::row::from_row;
use crate::tls;
use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{QueryBuilder, Sqlite};

/// Every column that is ours to write.
pub(crate) const COLUMNS: &[&str] = &[
    "name",
    "ip_address",
    "domain",
    "port",
    "token_version",
    "token_key",
    "token",
    "verify_ssl",
    "enabled",
    "ca_pem",
    "fingerprint",
    "use_https",
    "base_path",
];

/// A NetBox endpoint without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetboxRecord {
    /// Row.
    pub id: i64,
    /// Unique name.
    pub name: String,
    /// Address; used when there is no domain.
    pub ip_address: String,
    /// Host name; empty when there is none.
    pub domain: String,
    /// TCP port.
    pub port: u16,
    /// `v1` or `v2`.
    pub token_version: String,
    /// Whether the certificate is checked.
    pub verify_ssl: bool,
    /// Whether syncs may use it.
    pub enabled: bool,
    /// Extra certificate authorities, PEM.
    pub ca_pem: Option<String>,
    /// Pinned SHA-256 fingerprint, `AB:CD:…`.
    pub fingerprint: Option<String>,
    /// Scheme; when none it is https on port 443 or when the certificate is checked.
    pub use_https: Option<bool>,
    /// Path below which NetBox is served (its `BASE_PATH`): `/netbox`; empty when there is none.
    pub base_path: String,
    /// Where it is: `https://netbox.example.org:443`.
    pub url: String,
}

/// A NetBox endpoint to store.
#[derive(Clone, Debug)]
pub struct NewNetbox {
    /// Unique name.
    pub name: String,
    /// Address; a mask is dropped.
    pub ip_address: String,
    /// Host name; may be empty.
    pub domain: String,
    /// TCP port.
    pub port: u16,
    /// `v1` or `v2`.
    pub token_version: String,
    /// Public part of a v2 token.
    pub token_key: Option<SecretString>,
    /// Token, or the secret part of a v2 token.
    pub token: SecretString,
    /// Whether the certificate is checked.
    pub verify_ssl: bool,
    /// Whether syncs may use it.
    pub enabled: bool,
    /// Extra certificate authorities, PEM.
    pub ca_pem: Option<String>,
    /// SHA-256 fingerprint in hexadecimal.
    pub fingerprint: Option<String>,
    /// Scheme, when it cannot be told from port and `verify_ssl`.
    pub use_https: Option<bool>,
    /// Path below which NetBox is served; may be empty.
    pub base_path: String,
}

/// What to change of a NetBox endpoint; what is none stays. The inner option of nullable columns is the new value.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields of NewNetbox")]
pub struct NetboxChange {
    pub name: Option<String>,
    pub ip_address: Option<String>,
    pub domain: Option<String>,
    pub port: Option<u16>,
    pub token_version: Option<String>,
    pub token_key: Option<SecretString>,
    pub token: Option<SecretString>,
    pub verify_ssl: Option<bool>,
    pub enabled: Option<bool>,
    pub ca_pem: Option<Option<String>>,
    pub fingerprint: Option<Option<String>>,
    pub use_https: Option<Option<bool>>,
    pub base_path: Option<String>,
}

/// As stored; secrets sealed.
#[derive(Clone)]
struct Row {
    id: i64,
    name: String,
    ip_address: String,
    domain: String,
    port: i64,
    token_version: String,
    token_key: Option<String>,
    token: String,
    verify_ssl: bool,
    enabled: bool,
    ca_pem: Option<String>,
    fingerprint: Option<String>,
    use_https: Option<bool>,
    base_path: String,
}

from_row!(Row {
    id,
    name,
    ip_address,
    domain,
    port,
    token_version,
    token_key,
    token,
    verify_ssl,
    enabled,
    ca_pem,
    fingerprint,
    use_https,
    base_path
});

const SELECT: &str = "SELECT id, name, ip_address, domain, port, token_version, token_key, token, verify_ssl, enabled, \
                      ca_pem, fingerprint, use_https, base_path FROM netboxendpoint ORDER BY id";

impl Store {
    /// The NetBox endpoints: none or one, unless another release stored more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn netbox_list(&self) -> Result<Vec<NetboxRecord>, StoreError> {
        Ok(self.netbox_rows().await?.iter().map(Row::record).collect())
    }

    /// One NetBox endpoint.
    ///
    /// # Errors
    /// [`Rejected::NetboxNotFound`].
    pub async fn netbox(&self, id: i64) -> Result<NetboxRecord, StoreError> {
        Ok(self.netbox_row(id).await?.record())
    }

    /// The endpoint to write to: the one asked for, or the first that is enabled. None when there is none.
    ///
    /// # Errors
    /// When its token cannot be opened.
    pub async fn netbox_endpoint(&self, id: Option<i64>) -> Result<Option<NetboxEndpoint>, StoreError> {
        let rows = self.netbox_rows().await?;
        let row = rows.into_iter().find(|row| row.enabled && id.is_none_or(|id| id == row.id));
        row.map(|row| row.endpoint(self.cipher())).transpose()
    }

    /// Stores the NetBox endpoint.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] when there is one already, or a value cannot be used.
    pub async fn netbox_create(&self, new: NewNetbox) -> Result<NetboxRecord, StoreError> {
        let row = Row {
            id: 0,
            name: new.name,
            ip_address: address::host(&new.ip_address)?,
            domain: address::host(&new.domain)?,
            port: new.port.into(),
            token_version: new.token_version,
            token_key: new.token_key.map(|key| self.cipher().seal(&key)),
            token: self.cipher().seal(&new.token),
            verify_ssl: new.verify_ssl,
            enabled: new.enabled,
            ca_pem: tls::certificates(new.ca_pem)?,
            fingerprint: tls::fingerprint(new.fingerprint)?,
            use_https: new.use_https,
            base_path: address::path(&new.base_path)?,
        };
        row.check()?;
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        let names: Vec<String> =
            sqlx::query_scalar("SELECT name FROM netboxendpoint").fetch_all(&mut *transaction).await?;
        if names.contains(&row.name) {
            return Err(Rejected::NetboxNameTaken.into());
        }
        if !names.is_empty() {
            return Err(Rejected::NetboxExists.into());
        }
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO netboxendpoint (");
        insert.push(COLUMNS.join(", "));
        self.netbox_fillers().iter().for_each(|filler| _ = insert.push(", ").push(&filler.column));
        insert.push(") VALUES (");
        row.values(&mut insert);
        self.netbox_fillers().iter().for_each(|filler| _ = insert.push(", ").push(filler.value));
        insert.push(") RETURNING id");
        let id: i64 = insert.build_query_scalar().fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Row { id, ..row }.record())
    }

    /// Changes what is given and nothing else; a secret that is not given keeps its stored form.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] when there is no such endpoint, or a value cannot be used.
    pub async fn netbox_update(&self, id: i64, change: NetboxChange) -> Result<NetboxRecord, StoreError> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        let rows: Vec<Row> = sqlx::query_as(SELECT).fetch_all(&mut *transaction).await?;
        let taken: Vec<String> = rows.iter().filter(|row| row.id != id).map(|row| row.name.clone()).collect();
        let row = rows.into_iter().find(|row| row.id == id).ok_or(Rejected::NetboxNotFound)?;
        let row = row.changed(change, self.cipher())?;
        row.check()?;
        if taken.contains(&row.name) {
            return Err(Rejected::NetboxNameTaken.into());
        }
        let mut update = QueryBuilder::<Sqlite>::new("UPDATE netboxendpoint SET (");
        update.push(COLUMNS.join(", ")).push(") = (");
        row.values(&mut update);
        update.push(") WHERE id = ").push_bind(id);
        update.build().execute(&mut *transaction).await.map_err(|error| {
            if is_duplicate(&error) { Rejected::NetboxNameTaken.into() } else { StoreError::from(error) }
        })?;
        transaction.commit().await?;
        Ok(row.record())
    }

    /// Forgets the endpoint.
    ///
    /// # Errors
    /// [`Rejected::NetboxNotFound`].
    pub async fn netbox_delete(&self, id: i64) -> Result<(), StoreError> {
        let done =
            sqlx::query("DELETE FROM netboxendpoint WHERE id = ?").bind(id).execute(self.writer()).await?;
        if done.rows_affected() == 0 { Err(Rejected::NetboxNotFound.into()) } else { Ok(()) }
    }

    async fn netbox_rows(&self) -> Result<Vec<Row>, StoreError> {
        Ok(sqlx::query_as(SELECT).fetch_all(self.reader()).await?)
    }

    async fn netbox_row(&self, id: i64) -> Result<Row, StoreError> {
        let rows = self.netbox_rows().await?;
        rows.into_iter().find(|row| row.id == id).ok_or_else(|| Rejected::NetboxNotFound.into())
    }
}

impl Row {
    fn changed(self, change: NetboxChange, cipher: &Cipher) -> Result<Self, Rejected> {
        Ok(Self {
            id: self.id,
            name: change.name.unwrap_or(self.name),
            ip_address: change.ip_address.as_deref().map_or(Ok(self.ip_address), address::host)?,
            domain: change.domain.as_deref().map_or(Ok(self.domain), address::host)?,
            port: change.port.map_or(self.port, i64::from),
            token_version: change.token_version.unwrap_or(self.token_version),
            token_key: change.token_key.map(|key| cipher.seal(&key)).or(self.token_key),
            token: change.token.map_or(self.token, |token| cipher.seal(&token)),
            verify_ssl: change.verify_ssl.unwrap_or(self.verify_ssl),
            enabled: change.enabled.unwrap_or(self.enabled),
            ca_pem: change.ca_pem.map_or(Ok(self.ca_pem), tls::certificates)?,
            fingerprint: change.fingerprint.map_or(Ok(self.fingerprint), tls::fingerprint)?,
            use_https: change.use_https.unwrap_or(self.use_https),
            base_path: change.base_path.as_deref().map_or(Ok(self.base_path), address::path)?,
        })
    }

    fn check(&self) -> Result<(), Rejected> {
        let has_key = self.token_key.as_ref().is_some_and(|key| !key.is_empty());
        match self.token_version.as_str() {
            "v1" if self.token.is_empty() => Err(Rejected::TokenMissing),
            "v2" if self.token.is_empty() || !has_key => Err(Rejected::TokenHalfMissing),
            "v1" | "v2" => Ok(()),
            _ => Err(Rejected::TokenVersion),
        }
    }

    /// The values of [`COLUMNS`], in their order.
    fn values(&self, query: &mut QueryBuilder<Sqlite>) {
        let mut values = query.separated(", ");
        values.push_bind(self.name.clone());
        values.push_bind(self.ip_address.clone());
        values.push_bind(self.domain.clone());
        values.push_bind(self.port);
        values.push_bind(self.token_version.clone());
        values.push_bind(self.token_key.clone());
        values.push_bind(self.token.clone());
        values.push_bind(self.verify_ssl);
        values.push_bind(self.enabled);
        values.push_bind(self.ca_pem.clone());
        values.push_bind(self.fingerprint.clone());
        values.push_bind(self.use_https);
        values.push_bind(self.base_path.clone());
    }

    fn port(&self) -> u16 {
        u16::try_from(self.port).unwrap_or(443)
    }

    fn url(&self) -> String {
        let https = self.use_https.unwrap_or(self.port == 443 || self.verify_ssl);
        address::base_url(https, &self.domain, &self.ip_address, self.port()) + &self.base_path
    }

    fn record(&self) -> NetboxRecord {
        NetboxRecord {
            id: self.id,
            name: self.name.clone(),
            ip_address: self.ip_address.clone(),
            domain: self.domain.clone(),
            port: self.port(),
            token_version: self.token_version.clone(),
            verify_ssl: self.verify_ssl,
            enabled: self.enabled,
            ca_pem: self.ca_pem.clone(),
            fingerprint: self.fingerprint.clone(),
            use_https: self.use_https,
            base_path: self.base_path.clone(),
            url: self.url(),
        }
    }

    fn endpoint(&self, cipher: &Cipher) -> Result<NetboxEndpoint, StoreError> {
        let secret = cipher.open(&self.token)?;
        let token = if self.token_version == "v2" {
            let key = cipher.open(self.token_key.as_deref().unwrap_or_default())?;
            NetboxToken::V2 { key: key.expose_secret().to_owned(), secret }
        } else {
            NetboxToken::V1(secret)
        };
        Ok(NetboxEndpoint {
            id: self.id,
            name: self.name.clone(),
            url: self.url(),
            spare_address: address::spare(&self.domain, &self.ip_address),
            token,
            tls: tls::policy(self.verify_ssl, self.ca_pem.as_deref(), self.fingerprint.as_deref()),
        })
    }
}
