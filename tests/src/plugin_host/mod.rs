//! The unmodified plugin in a real NetBox, and the program as its backend.

mod browser;
mod host;
mod job;

pub use browser::{Browser, Page};
pub use host::{Host, RunLine, Served};
pub use job::SyncJob;

use crate::lab::transforms;
use crate::netbox::LabNetbox;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::Flavour;
use proxbox_fakes::proxmox::{FakeProxmox, Options};
use proxbox_model::endpoint::{ProxmoxAuth, ProxmoxEndpoint, TlsPolicy};
use proxbox_model::options::RunOptions;
use proxbox_model::report::RunReport;
use proxbox_sync::{Job, SyncSettings, Syncer};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, MutexGuard};

/// The plugin's endpoints.
const ENDPOINTS: &str = "plugins/proxbox/endpoints/";

/// Longest time that a job of the plugin may take.
const PATIENCE: Duration = Duration::from_secs(900);

/// There is one real NetBox, and a laboratory puts it back to pristine.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// A cluster, the program and a NetBox whose plugin knows both, as an operator enters them.
pub struct PluginLab {
    /// NetBox.
    pub netbox: LabNetbox,
    /// The cluster.
    pub proxmox: FakeProxmox,
    /// The program.
    pub host: Host,
    /// The plugin's rows of the program, of NetBox and of the cluster.
    pub rows: Rows,
    _alone: MutexGuard<'static, ()>,
}

/// Numbers of the plugin's rows.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    /// Of `endpoints/fastapi/`.
    pub backend: u64,
    /// Of `endpoints/netbox/`.
    pub netbox: u64,
    /// Of `endpoints/proxmox/`.
    pub proxmox: u64,
}

/// Which token the program writes NetBox with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Forty characters.
    V1,
    /// Key and secret.
    V2,
}

impl PluginLab {
    /// A cluster of this size, all three endpoints entered and approved in the real NetBox that has the current plugin.
    pub async fn start(nodes: usize, guests: usize, token: Token) -> Self {
        let alone = ONE_AT_A_TIME.lock().await;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let netbox = LabNetbox::real(Flavour::CurrentPlugin).await;
        let fleet = Fleet::generate(&FleetSpec::new("lab", nodes, guests, 7));
        let proxmox = FakeProxmox::start(fleet, Options::default()).await.expect("a free port");
        let host = Host::start().await;
        let rows = enter(&netbox, &proxmox, &host, token).await;
        Self { netbox, proxmox, host, rows, _alone: alone }
    }

    /// The cluster as it is now.
    pub fn fleet(&self) -> Fleet {
        self.proxmox.fleet().read().expect("nobody panicked with the fleet").clone()
    }

    /// A full update, to its end.
    pub async fn full_update(&self) -> SyncJob {
        self.sync(json!({ "sync_types": ["all"] })).await
    }

    /// A job of the plugin, to its end.
    pub async fn sync(&self, choice: Json) -> SyncJob {
        let job = self.schedule(choice).await;
        self.end_of(job).await
    }

    /// Queues a job of the plugin for the cluster.
    pub async fn schedule(&self, mut choice: Json) -> u64 {
        self.netbox.script("drain");
        choice["proxmox_endpoint_ids"] = json!([self.rows.proxmox]);
        let path = "plugins/proxbox/sync/schedule/";
        let (status, queued) = self.netbox.request(Method::POST, path, Some(choice)).await;
        assert_eq!(status, 201, "{queued}");
        queued["job_id"].as_u64().unwrap()
    }

    /// A job when it has ended.
    pub async fn end_of(&self, job: u64) -> SyncJob {
        self.job_when(job, SyncJob::has_ended).await
    }

    /// A job as soon as something holds for it.
    pub async fn job_when(&self, job: u64, holds: impl Fn(&SyncJob) -> bool) -> SyncJob {
        let started = Instant::now();
        loop {
            let (status, body) = self.netbox.request(Method::GET, &format!("core/jobs/{job}/"), None).await;
            assert_eq!(status, 200, "{body}");
            let job = SyncJob::new(body);
            if holds(&job) {
                return job;
            }
            assert!(!job.has_ended() && started.elapsed() < PATIENCE, "waited in vain: {job:#?}");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// The newest job of the plugin, when it has ended.
    pub async fn newest_job(&self) -> SyncJob {
        let path = "core/jobs/?ordering=-id&limit=1&name__isw=Proxbox";
        let (_, found) = self.netbox.request(Method::GET, path, None).await;
        let id = found["results"][0]["id"].as_u64().unwrap_or_else(|| panic!("no job: {found}"));
        self.end_of(id).await
    }

    /// A browser in which the operator has logged in.
    pub async fn browser(&self) -> Browser {
        Browser::log_in(self.netbox.url()).await
    }

    /// The host's own full update in this process, past plugin and program: what it still finds to write is what they left
    /// undone.
    pub async fn look_for_more(&self) -> Arc<RunReport> {
        let syncer = Syncer::new(Arc::new(transforms(None).await), SyncSettings::default());
        let job = Job {
            proxmox: vec![self.endpoint()],
            netbox: self.netbox.endpoint(),
            options: RunOptions { dry_run: true, ..RunOptions::default() },
        };
        syncer.start(job).expect("nothing else is at work").wait().await
    }

    fn endpoint(&self) -> ProxmoxEndpoint {
        let (username, name, value) = self.proxmox.token();
        ProxmoxEndpoint {
            id: self.rows.proxmox as i64,
            name: format!("lab (nb:{})", self.rows.proxmox),
            domain: None,
            ip_address: Some(self.proxmox.addr().ip().to_string()),
            port: self.proxmox.addr().port(),
            username,
            auth: ProxmoxAuth::Token { name, value: SecretString::from(value) },
            tls: TlsPolicy::Ca(self.proxmox.ca_pem().to_owned()),
            timeout: None,
            max_retries: None,
            retry_backoff: None,
        }
    }
}

/// Enters everything in the order in which an operator must.
async fn enter(netbox: &LabNetbox, proxmox: &FakeProxmox, host: &Host, token: Token) -> Rows {
    let here = netbox.create("ipam/ip-addresses/", json!({ "address": "127.0.0.1/32" })).await["id"].clone();
    let backend = json!({
        "name": "backend", "ip_address": here, "port": host.port(), "use_https": false, "verify_ssl": false,
    });
    let backend = netbox.create(&format!("{ENDPOINTS}fastapi/"), backend).await;
    let port: u16 = netbox.url().rsplit(':').next().unwrap().parse().unwrap();
    let mut itself = json!({ "name": "self", "ip_address": here, "port": port, "verify_ssl": false });
    let credentials = match token {
        Token::V1 => json!({ "token_version": "v1", "token": { "id": token_id(netbox).await } }),
        Token::V2 => json!({
            "token_version": "v2",
            "token_key": netbox.variable("V2_KEY"),
            "token_secret": netbox.variable("V2_SECRET"),
        }),
    };
    itself.as_object_mut().unwrap().extend(credentials.as_object().unwrap().clone());
    let itself = netbox.create(&format!("{ENDPOINTS}netbox/"), itself).await;
    let (username, name, value) = proxmox.token();
    let cluster = json!({
        "name": "lab", "ip_address": here, "port": proxmox.addr().port(), "username": username,
        "token_name": name, "token_value": value, "verify_ssl": false, "mode": "undefined",
    });
    let cluster = netbox.create(&format!("{ENDPOINTS}proxmox/"), cluster).await;
    let id = |row: &Json| row["id"].as_u64().unwrap();
    let rows = Rows { backend: id(&backend), netbox: id(&itself), proxmox: id(&cluster) };
    approve(netbox, "netbox", rows.netbox).await;
    approve(netbox, "proxmox", rows.proxmox).await;
    rows
}

/// Number of the version 1 token that may write.
async fn token_id(netbox: &LabNetbox) -> u64 {
    let tokens = netbox.list("users/tokens/").await;
    let writes = |token: &&Json| token["version"] == 1 && token["write_enabled"] == true;
    tokens.iter().find(writes).and_then(|token| token["id"].as_u64()).expect("a token that may write")
}

/// Reviews a target and approves it.
async fn approve(netbox: &LabNetbox, sort: &str, id: u64) {
    let path = format!("{ENDPOINTS}{sort}/{id}/connection-authority/");
    let (_, review) = netbox.request(Method::GET, &path, None).await;
    let body = json!({ "target_fingerprint": review["target_fingerprint"] });
    let (status, approved) = netbox.request(Method::PUT, &path, Some(body)).await;
    assert!(status == 200 && approved["approved"] == true, "{sort} not approved: {approved}");
}
