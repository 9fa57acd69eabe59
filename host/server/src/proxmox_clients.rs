//! Clients that answer single questions to Proxmox VE. They outlive the question, so that a page that asks every few seconds does
//! not log in every few seconds.

use moka::future::Cache;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_proxmox::{Proxmox, ProxmoxError, ProxmoxSettings, fingerprint};
use std::sync::Arc;
use std::time::Duration;

/// More endpoints than anyone has.
const MOST: u64 = 256;
/// A client that nobody asked for so long is let go, and its credentials with it.
const IDLE: Duration = Duration::from_secs(10 * 60);
/// The clients of a page give up after five to eight seconds.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(6);
const MOST_RETRIES: u32 = 1;
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Connected clients, by a digest of everything that they were made of.
pub(crate) struct ProxmoxClients(Cache<[u8; 32], Arc<Proxmox>>);

impl ProxmoxClients {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_idle(IDLE).build())
    }

    /// The client of an endpoint. Those who ask at the same time wait for one login; one that failed is not remembered.
    pub(crate) async fn of(
        &self,
        endpoint: &ProxmoxEndpoint,
        settings: ProxmoxSettings,
    ) -> Result<Arc<Proxmox>, Arc<ProxmoxError>> {
        let endpoint = brisk(endpoint, &settings);
        let digest = fingerprint(&endpoint, &settings);
        let connect = async { Proxmox::connect(&endpoint, settings).await.map(Arc::new) };
        self.0.try_get_with(digest, connect).await
    }
}

/// The same endpoint for someone who waits for the answer.
fn brisk(endpoint: &ProxmoxEndpoint, settings: &ProxmoxSettings) -> ProxmoxEndpoint {
    ProxmoxEndpoint {
        timeout: Some(endpoint.timeout.unwrap_or(settings.timeout).min(LONGEST_ATTEMPT)),
        max_retries: Some(endpoint.max_retries.unwrap_or(settings.max_retries).min(MOST_RETRIES)),
        retry_backoff: Some(endpoint.retry_backoff.unwrap_or(settings.retry_backoff).min(LONGEST_PAUSE)),
        ..endpoint.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::endpoint::{ProxmoxAuth, TlsPolicy};

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
    fn nobody_who_waits_is_kept_waiting_by_a_patient_endpoint() {
        let patient = ProxmoxEndpoint {
            timeout: Some(Duration::from_secs(600)),
            max_retries: Some(9),
            retry_backoff: Some(Duration::from_secs(60)),
            ..endpoint()
        };
        let brisk = brisk(&patient, &ProxmoxSettings::default());
        assert_eq!((brisk.timeout, brisk.max_retries), (Some(LONGEST_ATTEMPT), Some(1)));
        assert_eq!(brisk.retry_backoff, Some(LONGEST_PAUSE));
    }
}
