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

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::endpoint::TlsPolicy;
    use std::time::Duration;

    fn endpoint() -> ProxmoxEndpoint {
        ProxmoxEndpoint {
            id: 1,
            name: "lab".to_owned(),
            domain: None,
            ip_address: Some("192.0.2.1".to_owned()),
            port: 8006,
            username: "root@pam".to_owned(),
            auth: ProxmoxAuth::Password("one".into()),
            tls: TlsPolicy::Verify,
            timeout: None,
            max_retries: None,
            retry_backoff: None,
        }
    }

    #[test]
    fn whatever_changes_makes_another_client() {
        let settings = ProxmoxSettings::default();
        let same = fingerprint(&endpoint(), &settings);
        assert_eq!(same, fingerprint(&endpoint(), &settings));
        let others = [
            ProxmoxEndpoint { auth: ProxmoxAuth::Password("two".into()), ..endpoint() },
            ProxmoxEndpoint {
                auth: ProxmoxAuth::Token { name: String::new(), value: "one".into() },
                ..endpoint()
            },
            ProxmoxEndpoint { port: 443, ..endpoint() },
            ProxmoxEndpoint { domain: Some("pve".to_owned()), ..endpoint() },
            ProxmoxEndpoint { tls: TlsPolicy::Insecure, ..endpoint() },
            ProxmoxEndpoint { timeout: Some(Duration::from_secs(1)), ..endpoint() },
        ];
        for other in others {
            assert_ne!(same, fingerprint(&other, &settings), "{other:?}");
        }
        let settings = ProxmoxSettings { concurrency: 1, ..settings };
        assert_ne!(same, fingerprint(&endpoint(), &settings));
    }
}
