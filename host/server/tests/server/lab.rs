//! A server on a free port.

use proxbox_fakes::netbox::FakeNetbox;
use proxbox_fakes::proxmox::FakeProxmox;
use proxbox_netbox::NetboxSettings;
use proxbox_proxmox::ProxmoxSettings;
use proxbox_server::{Server, ServerConfig};
use proxbox_store::{AccessSettings, Cipher, RunRecord, Store, StoreSettings};
use proxbox_sync::{SyncSettings, Syncer};
use proxbox_transform::{Settings, Transforms};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

pub const KEY: &str = "a-key-of-the-plugin-0123456789abcdef";

static TRANSFORMS: OnceCell<Arc<Transforms>> = OnceCell::const_new();

pub struct Lab {
    pub addr: SocketAddr,
    pub store: Store,
    client: Client,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    serving: JoinHandle<std::io::Result<()>>,
    _folder: TempDir,
}

impl Lab {
    pub async fn new() -> Self {
        Self::with(ServerConfig { rate_limit: 0, ..ServerConfig::default() }).await
    }

    pub async fn with(config: ServerConfig) -> Self {
        Self::storing(Cipher::from_key(&"lab".into()).unwrap(), config).await
    }

    /// With another way to keep credentials.
    pub async fn storing(cipher: Cipher, config: ServerConfig) -> Self {
        Self::syncing(cipher, config, quick()).await
    }

    /// With other settings of runs.
    pub async fn syncing(cipher: Cipher, config: ServerConfig, runs: SyncSettings) -> Self {
        let (folder, store) = stored(cipher).await;
        let load = || async { Arc::new(Transforms::load(components(None)).await.unwrap()) };
        let transforms = Arc::clone(TRANSFORMS.get_or_init(load).await);
        Self::serving(folder, store, config, Syncer::new(transforms, runs)).await
    }

    /// With the first key registered, and the site modules of a folder.
    pub async fn with_modules(dir: &Path) -> Self {
        let (folder, store) = stored(Cipher::from_key(&"lab".into()).unwrap()).await;
        let transforms = Arc::new(Transforms::load(components(Some(dir))).await.unwrap());
        let config = ServerConfig { rate_limit: 0, ..ServerConfig::default() };
        let lab = Self::serving(folder, store, config, Syncer::new(transforms, quick())).await;
        lab.register().await;
        lab
    }

    async fn serving(folder: TempDir, store: Store, config: ServerConfig, syncer: Syncer) -> Self {
        let server = Server::new(store.clone(), syncer, config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let serving = tokio::spawn(server.serve(listener, async { _ = stopped.await }));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { addr, store, client, stop: Some(stop), serving, _folder: folder }
    }

    /// With the first key registered.
    pub async fn keyed() -> Self {
        let lab = Self::new().await;
        lab.register().await;
        lab
    }

    pub async fn register(&self) {
        self.store.register_first_key(&KEY.into(), "plugin").await.unwrap();
    }

    /// A request without a key.
    pub fn open(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.addr))
    }

    /// A request with the key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.open(method, path).header("X-Proxbox-API-Key", KEY)
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::DELETE, path)).await
    }

    pub async fn stream(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// Stores both ends as the plugin does.
    pub async fn connect(&self, proxmox: &FakeProxmox, netbox: &FakeNetbox) {
        let (user, name, value) = proxmox.token();
        let fingerprint: String = proxmox.fingerprint().iter().map(|byte| format!("{byte:02x}")).collect();
        let endpoint = json!({
            "name": "lab (nb:1)", "ip_address": "127.0.0.1", "domain": null, "port": proxmox.addr().port(),
            "username": user, "password": null, "verify_ssl": false, "token_name": name, "token_value": value,
            "fingerprint": fingerprint, "enabled": true, "access_methods": "api", "timeout": 5,
        });
        assert_eq!(self.post("/proxmox/endpoints", endpoint).await.0, 200);
        let endpoint = json!({
            "name": "self", "ip_address": "127.0.0.1", "domain": "", "port": netbox.addr().port(),
            "verify_ssl": false, "token_version": "v1", "token": netbox.token(),
        });
        assert_eq!(self.post("/netbox/endpoint", endpoint).await.0, 200);
    }

    /// The latest run, once it is written down how it ended.
    pub async fn ended_run(&self) -> RunRecord {
        let ended = async {
            loop {
                let latest = self.store.runs(1).await.unwrap().pop();
                if let Some(run) = latest.filter(|run| run.ended.is_some()) {
                    return run;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap()
    }

    /// Tells the server to stop and waits until it did.
    pub async fn stop(mut self) -> Store {
        self.tell_to_stop();
        self.serving.await.unwrap().unwrap();
        self.store
    }

    pub fn tell_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// The default components, compiled once for all tests, and the site modules of a folder.
fn components(dir: Option<&Path>) -> Settings {
    let cache_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-components"));
    Settings { dir: dir.map(Path::to_owned), cache_dir, ..Settings::default() }
}

/// A new database in a folder of its own.
async fn stored(cipher: Cipher) -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let access = AccessSettings { bcrypt_cost: 4, ..AccessSettings::default() };
    let settings = StoreSettings { access, ..StoreSettings::default() };
    let store = Store::open(&folder.path().join("database.db"), cipher, settings).await.unwrap();
    (folder, store)
}

/// Runs that fail at once when something is wrong.
pub fn quick() -> SyncSettings {
    SyncSettings {
        proxmox: ProxmoxSettings { max_retries: 0, ..ProxmoxSettings::default() },
        netbox: NetboxSettings {
            max_retries: 0,
            retry_delay: Duration::from_millis(1),
            ..NetboxSettings::default()
        },
        ..SyncSettings::default()
    }
}

pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let value = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    };
    (status, value)
}

/// The frames of a stream: names and payloads, in order; comments left out.
pub fn frames(text: &str) -> Vec<(String, Value)> {
    text.split("\n\n")
        .filter(|frame| !frame.is_empty() && !frame.starts_with(':'))
        .map(|frame| {
            let (name, data) = frame.split_once('\n').unwrap();
            let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            (name.strip_prefix("event: ").unwrap().to_owned(), data)
        })
        .collect()
}
