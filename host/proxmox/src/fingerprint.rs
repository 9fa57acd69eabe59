use crate::client::ProxmoxSettings;
use proxbox_model::endpoint::{ProxmoxAuth, ProxmoxEndpoint};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

/// A digest of everything that makes a client: also of the secret, which must not lie around. An endpoint that changes has another
/// one.
pub fn fingerprint(endpoint: &ProxmoxEndpoint, settings: &ProxmoxSettings) -> [u8; 32] {
    let (way, name, secret) = match &endpoint.auth {
        ProxmoxAuth::Token { name, value } => ("token", name.as_str(), value),
        ProxmoxAuth::Password(password) => ("password", "", password),
    };
    let rest = (&endpoint.domain, &endpoint.ip_address, endpoint.port, &endpoint.tls, settings);
    let limits = (endpoint.timeout, endpoint.max_retries, endpoint.retry_backoff);
    let parts = [
        endpoint.id.to_string().as_str(),
        &endpoint.name,
        &endpoint.username,
        way,
        name,
        secret.expose_secret(),
        &format!("{rest:?} {limits:?}"),
    ]
    .map(|part| Sha256::digest(part.as_bytes()));
    parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize().into()
}
