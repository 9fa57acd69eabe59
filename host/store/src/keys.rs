//! API keys: bcrypt hashes with a label. The first is registered without a key, once.

use crate::access::MAX_KEY_BYTES;
use crate::database::{Store, now};
use crate::error::{Rejected, StoreError};
use crate::lockout::note_hint;
use crate::row::from_row;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sqlx::SqliteConnection;

const MIN_KEY_CHARS: usize = 32;
const CLAIM: &str = "bootstrap_claimed";

/// An API key as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// Row.
    pub id: i64,
    /// What it is for.
    pub label: String,
    /// Whether it opens anything.
    pub is_active: bool,
    /// Seconds since the epoch.
    pub created_at: f64,
}

from_row!(ApiKey { id, label, is_active, created_at });

/// A key that was just made; the only time its text is known.
#[derive(Debug)]
pub struct NewKey {
    /// How it is shown from now on.
    pub key: ApiKey,
    /// 64 URL-safe characters.
    pub raw: SecretString,
}

/// Whether the first key is still to be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// The one registration without a key is still open.
    pub needed: bool,
    /// Keys are stored, active or not.
    pub has_keys: bool,
}

impl Store {
    /// Whether the first key is still to be registered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bootstrap(&self) -> Result<Bootstrap, StoreError> {
        let mut connection = self.reader().acquire().await?;
        bootstrap(&mut connection).await
    }

    /// Registers the first key. Works once in the life of a database, whatever happens to the key later.
    ///
    /// # Errors
    /// [`Rejected::KeyTooShort`], [`Rejected::KeyTooLong`], [`Rejected::AlreadyClaimed`].
    pub async fn register_first_key(&self, key: &SecretString, label: &str) -> Result<ApiKey, StoreError> {
        check_key(key.expose_secret())?;
        if !self.bootstrap().await?.needed {
            return Err(Rejected::AlreadyClaimed.into());
        }
        let hash = self.hash(key).await?;
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        if !bootstrap(&mut transaction).await?.needed {
            return Err(Rejected::AlreadyClaimed.into());
        }
        let stored = insert(&mut transaction, label, &hash).await?;
        note_hint(&mut transaction, stored.id, self.gate().hint(key.expose_secret())).await?;
        transaction.commit().await?;
        Ok(stored)
    }

    /// Makes a random key.
    ///
    /// # Errors
    /// [`Rejected::TooManyActiveKeys`].
    pub async fn create_key(&self, label: &str) -> Result<NewKey, StoreError> {
        let raw = SecretString::from(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 48]>()));
        let hash = self.hash(&raw).await?;
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        self.check_active_limit(&mut transaction).await?;
        let key = insert(&mut transaction, label, &hash).await?;
        note_hint(&mut transaction, key.id, self.gate().hint(raw.expose_secret())).await?;
        transaction.commit().await?;
        Ok(NewKey { key, raw })
    }

    /// Every key, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let select = "SELECT id, label, is_active, created_at FROM apikey ORDER BY created_at DESC, id DESC";
        Ok(sqlx::query_as(select).fetch_all(self.reader()).await?)
    }

    /// Switches a key on or off. A key that is switched off opens nothing from this moment.
    ///
    /// # Errors
    /// [`Rejected::KeyNotFound`], [`Rejected::LastActiveKey`], [`Rejected::TooManyActiveKeys`].
    pub async fn set_key_active(&self, id: i64, active: bool) -> Result<ApiKey, StoreError> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        let mut key = find(&mut transaction, id).await?;
        if key.is_active && !active {
            check_not_last(&mut transaction).await?;
        }
        if !key.is_active && active {
            self.check_active_limit(&mut transaction).await?;
        }
        sqlx::query("UPDATE apikey SET is_active = ? WHERE id = ?")
            .bind(active)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.gate().forget_verified();
        key.is_active = active;
        Ok(key)
    }

    /// Forgets a key.
    ///
    /// # Errors
    /// [`Rejected::KeyNotFound`], [`Rejected::LastActiveKey`].
    pub async fn delete_key(&self, id: i64) -> Result<(), StoreError> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        if find(&mut transaction, id).await?.is_active {
            check_not_last(&mut transaction).await?;
        }
        for delete in ["DELETE FROM apikey WHERE id = ?", "DELETE FROM proxbox_key_hint WHERE key_id = ?"] {
            sqlx::query(delete).bind(id).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        self.gate().forget_verified();
        Ok(())
    }

    /// The length was checked: bcrypt would ignore what is beyond its 72 bytes.
    async fn hash(&self, key: &SecretString) -> Result<String, StoreError> {
        let (key, cost) = (key.clone(), self.settings().access.bcrypt_cost);
        let hashing = tokio::task::spawn_blocking(move || bcrypt::hash(key.expose_secret(), cost));
        let hashed = hashing.await.map_err(std::io::Error::other);
        hashed.and_then(|hash| hash.map_err(std::io::Error::other)).map_err(StoreError::Hash)
    }

    async fn check_active_limit(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let limit = self.settings().access.max_active_keys;
        if active(connection).await? >= limit {
            Err(Rejected::TooManyActiveKeys { limit }.into())
        } else {
            Ok(())
        }
    }
}

fn check_key(key: &str) -> Result<(), Rejected> {
    if key.chars().count() < MIN_KEY_CHARS {
        Err(Rejected::KeyTooShort)
    } else if key.len() > MAX_KEY_BYTES {
        Err(Rejected::KeyTooLong)
    } else {
        Ok(())
    }
}

async fn bootstrap(connection: &mut SqliteConnection) -> Result<Bootstrap, StoreError> {
    let (has_keys, claimed): (bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM apikey), EXISTS (SELECT 1 FROM proxbox_meta WHERE name = 'bootstrap_claimed')",
    )
    .fetch_one(connection)
    .await?;
    Ok(Bootstrap { needed: !has_keys && !claimed, has_keys })
}

async fn insert(connection: &mut SqliteConnection, label: &str, hash: &str) -> Result<ApiKey, StoreError> {
    sqlx::query("INSERT INTO proxbox_meta (name, value) VALUES (?, '1') ON CONFLICT (name) DO NOTHING")
        .bind(CLAIM)
        .execute(&mut *connection)
        .await?;
    let insert = "INSERT INTO apikey (label, key_hash, is_active, created_at) VALUES (?, ?, 1, ?) \
                  RETURNING id, label, is_active, created_at";
    Ok(sqlx::query_as(insert).bind(label).bind(hash).bind(now()).fetch_one(connection).await?)
}

async fn find(connection: &mut SqliteConnection, id: i64) -> Result<ApiKey, StoreError> {
    sqlx::query_as("SELECT id, label, is_active, created_at FROM apikey WHERE id = ?")
        .bind(id)
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| Rejected::KeyNotFound.into())
}

async fn active(connection: &mut SqliteConnection) -> Result<u32, StoreError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM apikey WHERE is_active").fetch_one(connection).await?)
}

async fn check_not_last(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    if active(connection).await? <= 1 { Err(Rejected::LastActiveKey.into()) } else { Ok(()) }
}
