//! Credentials at rest: Fernet under a key derived from one string, in the form that existing databases hold.
//!
//! A sealed value is `enc:` followed by URL-safe base64 of the Fernet token, which is base64 text itself. The Fernet
//! key is the SHA-256 of the key string. A value without the prefix is plain text.

use base64::Engine as _;
use base64::alphabet::URL_SAFE as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE};
use fernet::Fernet;
use proxbox_model::Diagnostic;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const PREFIX: &str = "enc:";
/// Base64 of the version byte and the zero high bytes of the time: how every Fernet token begins.
const TOKEN_START: &str = "gAAAA";
/// Some databases hold tokens that were sealed again by an update; more layers than this are damage.
const MAX_LAYERS: usize = 8;
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a value cannot be sealed or opened.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CipherError {
    /// An empty key string.
    #[error("the encryption key is empty")]
    EmptyKey,
    /// Sealed under another key, or damaged.
    #[error("Credential decryption failed: the stored value does not belong to this encryption key")]
    Mismatch,
    /// Sealed, but no key was given.
    #[error("Credential decryption failed: the stored value is encrypted and no encryption key is set")]
    KeyMissing,
}

impl Diagnostic for CipherError {
    fn code(&self) -> &'static str {
        match self {
            Self::EmptyKey => "encryption-key-empty",
            Self::Mismatch => "credential-undecryptable",
            Self::KeyMissing => "encryption-key-missing",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::EmptyKey => "Set PROXBOX_ENCRYPTION_KEY to a long random string.",
                Self::Mismatch => {
                    "Set PROXBOX_ENCRYPTION_KEY to the key the value was stored under, or store the endpoint again."
                }
                Self::KeyMissing => "Set PROXBOX_ENCRYPTION_KEY to the key that the database was made with.",
            }
            .to_owned(),
        )
    }
}

/// How credentials are kept in the database.
#[derive(Clone)]
pub enum Cipher {
    /// Sealed.
    Fernet(Box<Fernet>),
    /// As they are. Only for those who asked for it in so many words.
    Plaintext,
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fernet(_) => "Cipher::Fernet",
            Self::Plaintext => "Cipher::Plaintext",
        })
    }
}

impl Cipher {
    /// From a key string of any form; white space around it does not count.
    ///
    /// # Errors
    /// [`CipherError::EmptyKey`].
    pub fn from_key(key: &SecretString) -> Result<Self, CipherError> {
        let key = key.expose_secret().trim();
        if key.is_empty() {
            return Err(CipherError::EmptyKey);
        }
        let derived = URL_SAFE.encode(Sha256::digest(key.as_bytes()));
        Fernet::new(&derived).map(|fernet| Self::Fernet(Box::new(fernet))).ok_or(CipherError::EmptyKey)
    }

    /// Whether credentials are kept as they are.
    pub fn is_plaintext(&self) -> bool {
        matches!(self, Self::Plaintext)
    }

    /// What to store for a secret. Nothing stays nothing.
    pub fn seal(&self, secret: &SecretString) -> String {
        let plain = secret.expose_secret();
        match self {
            Self::Fernet(fernet) if !plain.is_empty() => {
                format!("{PREFIX}{}", URL_SAFE.encode(fernet.encrypt(plain.as_bytes())))
            }
            _ => plain.to_owned(),
        }
    }

    /// The secret of a stored value. A value that was never sealed is returned as it is.
    ///
    /// # Errors
    /// [`CipherError::Mismatch`] or [`CipherError::KeyMissing`]; never falls back to the stored text.
    pub fn open(&self, stored: &str) -> Result<SecretString, CipherError> {
        let mut value = stored.to_owned();
        for layer in 0..MAX_LAYERS {
            let Some(sealed) = value.strip_prefix(PREFIX) else { return Ok(value.into()) };
            let Some(token) = token_of(sealed) else {
                // A secret may itself begin with the prefix, but what is stored first never does by accident.
                return if layer == 0 { Err(CipherError::Mismatch) } else { Ok(value.into()) };
            };
            let Self::Fernet(fernet) = self else { return Err(CipherError::KeyMissing) };
            let plain = fernet.decrypt(&token).map_err(|_| CipherError::Mismatch)?;
            value = String::from_utf8(plain).map_err(|_| CipherError::Mismatch)?;
        }
        Err(CipherError::Mismatch)
    }
}

/// Whether a stored value claims to be sealed.
pub(crate) fn is_sealed(stored: &str) -> bool {
    stored.starts_with(PREFIX)
}

fn token_of(sealed: &str) -> Option<String> {
    let bytes = LENIENT.decode(sealed.trim()).ok()?;
    String::from_utf8(bytes).ok().filter(|token| token.starts_with(TOKEN_START))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher(key: &str) -> Cipher {
        Cipher::from_key(&key.into()).unwrap()
    }

    fn opened(cipher: &Cipher, stored: &str) -> Result<String, CipherError> {
        cipher.open(stored).map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn what_is_sealed_opens_under_the_same_key_only() {
        let stored = cipher("correct horse").seal(&"s3cret".into());
        assert!(stored.starts_with("enc:Z0FBQUFB"), "{stored}");
        assert_eq!(opened(&cipher("  correct horse\n"), &stored).unwrap(), "s3cret");
        assert_eq!(opened(&cipher("another"), &stored), Err(CipherError::Mismatch));
        assert_eq!(opened(&Cipher::Plaintext, &stored), Err(CipherError::KeyMissing));
    }

    #[test]
    fn a_value_of_another_implementation_opens() {
        // Made with Python's cryptography: key string "lab-key", plain text "nbt-token-0123456789".
        let stored = include_str!("../tests/store/python-fernet.txt").trim();
        assert_eq!(opened(&cipher("lab-key"), stored).unwrap(), "nbt-token-0123456789");
    }

    #[test]
    fn a_token_that_was_sealed_twice_opens_to_the_secret() {
        let cipher = cipher("k");
        let twice = cipher.seal(&cipher.seal(&"token".into()).into());
        assert_eq!(opened(&cipher, &twice).unwrap(), "token");
    }

    #[test]
    fn plain_values_and_nothing_stay_as_they_are() {
        let cipher = cipher("k");
        assert_eq!(opened(&cipher, "legacy-token").unwrap(), "legacy-token");
        assert_eq!(opened(&cipher, "").unwrap(), "");
        assert_eq!(cipher.seal(&"".into()), "");
        assert_eq!(Cipher::Plaintext.seal(&"x".into()), "x");
    }

    #[test]
    fn a_secret_that_looks_sealed_survives() {
        let cipher = cipher("k");
        assert_eq!(opened(&cipher, &cipher.seal(&"enc:mine".into())).unwrap(), "enc:mine");
    }

    #[test]
    fn damage_is_an_error_and_never_the_stored_text() {
        for stored in ["enc:", "enc:%%%", "enc:Z0FBQUFBQg=="] {
            assert_eq!(opened(&cipher("k"), stored), Err(CipherError::Mismatch), "{stored}");
        }
    }

    #[test]
    fn an_empty_key_is_refused_and_debug_shows_no_key() {
        assert_eq!(Cipher::from_key(&" ".into()).unwrap_err(), CipherError::EmptyKey);
        assert_eq!(format!("{:?}", cipher("hush")), "Cipher::Fernet");
    }
}
