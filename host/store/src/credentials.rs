//! Whether the stored credentials are what the encryption key says they are: found out by opening every one.

use crate::cipher::is_sealed;
use crate::database::Store;
use crate::error::StoreError;
use crate::keycheck;

/// What opening every stored credential came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Encrypted, and opened under the encryption key.
    pub opened: usize,
    /// Encrypted, and not opened: damaged, or encrypted under another key.
    pub unreadable: usize,
    /// Not encrypted.
    pub plain: usize,
}

impl Store {
    /// Opens every stored credential, those of disabled endpoints included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_credentials(&self) -> Result<Credentials, StoreError> {
        let mut connection = self.reader().acquire().await?;
        let mut found = Credentials::default();
        for stored in keycheck::stored_values(&mut connection).await? {
            match self.cipher().open(&stored) {
                _ if !is_sealed(&stored) => found.plain += 1,
                Ok(_) => found.opened += 1,
                Err(_) => found.unreadable += 1,
            }
        }
        Ok(found)
    }
}
