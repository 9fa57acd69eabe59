use crate::settings::NetboxSettings;
use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

/// A digest of everything that makes a client: also of the secret, which must not lie around. An endpoint that changes has another
/// one.
pub fn fingerprint(endpoint: &NetboxEndpoint, settings: &NetboxSettings) -> [u8; 32] {
    let (NetboxToken::V1(secret) | NetboxToken::V2 { secret, .. }) = &endpoint.token;
    let parts = [format!("{endpoint:?} {settings:?}").as_str(), secret.expose_secret()]
        .map(|part| Sha256::digest(part.as_bytes()));
    parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize().into()
}
