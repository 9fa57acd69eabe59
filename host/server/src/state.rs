use crate::config::ServerConfig;
use crate::error::ApiError;
use crate::limit::RateLimit;
use crate::proxied::Proxied;
use crate::proxmox_clients::ProxmoxClients;
use crate::ws::Sockets;
use axum::http::StatusCode;
use proxbox_model::endpoint::NetboxEndpoint;
use proxbox_netbox::{Netbox, NetboxSettings};
use proxbox_store::Store;
use proxbox_sync::{SyncSettings, Syncer};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest time that a question to Proxmox VE waits for the plugin's settings.
const LEARNING: Duration = Duration::from_secs(2);

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct AppState(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) syncer: Syncer,
    pub(crate) config: ServerConfig,
    /// For those whose key is not known.
    pub(crate) rate_limit: RateLimit,
    /// For those whose key is known to be good.
    pub(crate) key_rate_limit: RateLimit,
    /// Tasks that write down how runs ended.
    pub(crate) records: TaskTracker,
    /// Connections that are told when the server stops.
    pub(crate) sockets: Sockets,
    /// Cancelled when the server stops.
    pub(crate) closing: CancellationToken,
    /// Clients of Proxmox VE for single questions.
    pub(crate) proxmox_clients: ProxmoxClients,
    /// What the routes over Proxmox VE's own API know and count.
    pub(crate) proxied: Proxied,
    netbox: Mutex<Option<Client>>,
}

/// A client and what it was made from.
struct Client {
    made_from: String,
    netbox: Arc<Netbox>,
}

impl std::ops::Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AppState {
    pub(crate) fn new(store: Store, syncer: Syncer, config: ServerConfig) -> Self {
        Self(Arc::new(Shared {
            rate_limit: RateLimit::new(config.rate_limit),
            key_rate_limit: RateLimit::new(config.key_rate_limit),
            proxied: Proxied::new(config.schemas.as_deref()),
            store,
            syncer,
            config,
            records: TaskTracker::new(),
            sockets: Sockets::new(),
            closing: CancellationToken::new(),
            proxmox_clients: ProxmoxClients::new(),
            netbox: Mutex::new(None),
        }))
    }

    /// The NetBox endpoint that requests are about.
    pub(crate) async fn netbox_endpoint(&self, id: Option<i64>) -> Result<NetboxEndpoint, ApiError> {
        self.store.netbox_endpoint(id).await?.ok_or_else(|| {
            ApiError::bad_request(
                "No NetBox endpoint found",
                "Store one with POST /netbox/endpoint, or enable the one that is stored.",
            )
        })
    }

    /// A client for single questions. It lives as long as the endpoint stays as it is, and its cache with it.
    pub(crate) async fn netbox(&self, id: Option<i64>) -> Result<Arc<Netbox>, ApiError> {
        let endpoint = self.netbox_endpoint(id).await?;
        let settings = self.netbox_settings();
        let made_from = fingerprint(&endpoint, &settings);
        if let Some(client) = self.client().as_ref().filter(|client| client.made_from == made_from) {
            return Ok(Arc::clone(&client.netbox));
        }
        let netbox = Arc::new(Netbox::new(&endpoint, settings)?);
        *self.client() = Some(Client { made_from, netbox: Arc::clone(&netbox) });
        Ok(netbox)
    }

    /// The client that answers single questions, if there was a question yet.
    pub(crate) fn known_netbox(&self) -> Option<Arc<Netbox>> {
        self.client().as_ref().map(|client| Arc::clone(&client.netbox))
    }

    /// Forgets the client and everything it remembers.
    pub(crate) fn forget_netbox(&self) {
        *self.client() = None;
    }

    /// The settings that hold for single questions to Proxmox VE. The plugin is asked for its part now and then, but not for long:
    /// what was known before will do.
    pub(crate) async fn settings(&self) -> Arc<SyncSettings> {
        if self.syncer.should_learn() {
            let learn = async {
                if let Ok(netbox) = self.netbox(None).await
                    && let Err(error) = self.syncer.learn(&netbox).await
                {
                    tracing::debug!(%error, "the plugin cannot be asked for its settings");
                }
            };
            if tokio::time::timeout(LEARNING, learn).await.is_err() {
                tracing::debug!("the plugin does not answer in time with its settings");
            }
        }
        self.syncer.settings()
    }

    /// Settings of that client, as far as the plugin was asked by now.
    pub(crate) fn netbox_settings(&self) -> NetboxSettings {
        self.syncer.settings().netbox.clone()
    }

    fn client(&self) -> std::sync::MutexGuard<'_, Option<Client>> {
        self.netbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A digest of everything that makes a client: also of the secret, which must not lie around.
fn fingerprint(endpoint: &NetboxEndpoint, settings: &NetboxSettings) -> String {
    use proxbox_model::endpoint::NetboxToken;
    use secrecy::ExposeSecret as _;
    use sha2::{Digest as _, Sha256};
    let (key, secret) = match &endpoint.token {
        NetboxToken::V1(secret) => ("", secret),
        NetboxToken::V2 { key, secret } => (key.as_str(), secret),
    };
    let parts = [
        &endpoint.id.to_string(),
        &endpoint.url,
        key,
        secret.expose_secret(),
        &format!("{:?} {:?} {settings:?}", endpoint.tls, endpoint.spare_address),
    ];
    let digest = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part).chain_update([0]));
    format!("{:?}", digest.finalize())
}

/// What a path that nothing answers to says.
pub(crate) fn not_found() -> ApiError {
    ApiError::Detail(StatusCode::NOT_FOUND, "Not Found".to_owned())
}
