//! The `Authorization` header, and the one fall-back that NetBox's two token versions need.

use crate::error::NetboxError;
use proxbox_model::endpoint::NetboxToken;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use std::sync::atomic::{AtomicBool, Ordering};

const V2_PREFIX: &str = "nbt_";

/// An API token, ready for use.
pub(crate) struct Token {
    header: HeaderValue,
    /// A v2 secret sent as a v1 token, for those who stored one as the other.
    as_v1: Option<HeaderValue>,
    /// Whether NetBox has accepted only the latter.
    fallen_back: AtomicBool,
    secret: SecretString,
}

impl Token {
    pub(crate) fn new(url: &str, token: &NetboxToken) -> Result<Self, NetboxError> {
        let header = |text: String| {
            let mut value = HeaderValue::from_str(&text)
                .map_err(|_| NetboxError::InvalidToken { url: url.to_owned() })?;
            value.set_sensitive(true);
            Ok(value)
        };
        let (header, as_v1, secret) = match token {
            NetboxToken::V1(secret) => {
                (header(format!("Token {}", secret.expose_secret().trim()))?, None, secret)
            }
            NetboxToken::V2 { key, secret } => {
                let key = key.trim().trim_start_matches(V2_PREFIX);
                let plain = secret.expose_secret().trim();
                let v2 = header(format!("Bearer {V2_PREFIX}{key}.{plain}"))?;
                (v2, Some(header(format!("Token {plain}"))?), secret)
            }
        };
        let secret = SecretString::from(secret.expose_secret().trim());
        Ok(Self { header, as_v1, fallen_back: AtomicBool::new(false), secret })
    }

    pub(crate) fn header(&self) -> &HeaderValue {
        match &self.as_v1 {
            Some(v1) if self.has_fallen_back() => v1,
            _ => &self.header,
        }
    }

    /// The other way to send a token that is not accepted.
    pub(crate) fn second_chance(&self) -> Option<&HeaderValue> {
        if self.has_fallen_back() { None } else { self.as_v1.as_ref() }
    }

    pub(crate) fn fall_back(&self) {
        self.fallen_back.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_fallen_back(&self) -> bool {
        self.fallen_back.load(Ordering::Relaxed)
    }

    /// Takes the secret out of what a server said, in case it echoes the request.
    pub(crate) fn scrub(&self, text: &str) -> String {
        match self.secret.expose_secret() {
            "" => text.to_owned(),
            secret => text.replace(secret, "***"),
        }
    }
}
