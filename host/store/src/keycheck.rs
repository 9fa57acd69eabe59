//! A canary: one sealed value that only the right encryption key opens, looked at before anything else is served.

use crate::cipher::{Cipher, is_sealed};
use crate::error::StoreError;
use secrecy::ExposeSecret;
use sqlx::SqliteConnection;
use std::path::Path;

const NAME: &str = "key_check";
const PLAIN: &str = "proxbox";

/// Refuses a key that the stored credentials were not sealed with.
pub(crate) async fn check(
    connection: &mut SqliteConnection,
    cipher: &Cipher,
    path: &Path,
) -> Result<(), StoreError> {
    let sealed = sealed_values(connection).await?;
    if cipher.is_plaintext() {
        return if sealed.is_empty() {
            Ok(())
        } else {
            Err(StoreError::KeyRequired { path: path.to_owned() })
        };
    }
    let canary: Option<String> = sqlx::query_scalar("SELECT value FROM proxbox_meta WHERE name = ?")
        .bind(NAME)
        .fetch_optional(&mut *connection)
        .await?;
    let right = |stored: &String| cipher.open(stored).is_ok();
    if canary
        .as_ref()
        .is_some_and(|stored| cipher.open(stored).is_ok_and(|plain| plain.expose_secret() == PLAIN))
    {
        return Ok(());
    }
    // Without a canary one readable credential proves the key; with a foreign one nothing may depend on the old key.
    let proven = sealed.is_empty() || (canary.is_none() && sealed.iter().any(right));
    if !proven {
        return Err(StoreError::WrongKey { path: path.to_owned() });
    }
    sqlx::query("INSERT INTO proxbox_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(NAME)
        .bind(cipher.seal(&PLAIN.into()))
        .execute(connection)
        .await?;
    Ok(())
}

async fn sealed_values(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let values = stored_values(connection).await?;
    Ok(values.into_iter().filter(|value| is_sealed(value)).collect())
}

/// Every stored credential, as it is stored.
pub(crate) async fn stored_values(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let values: Vec<Option<String>> = sqlx::query_scalar(
        "SELECT token FROM netboxendpoint UNION ALL SELECT token_key FROM netboxendpoint \
         UNION ALL SELECT password FROM proxmoxendpoint UNION ALL SELECT token_value FROM proxmoxendpoint",
    )
    .fetch_all(connection)
    .await?;
    Ok(values.into_iter().flatten().filter(|value| !value.is_empty()).collect())
}
