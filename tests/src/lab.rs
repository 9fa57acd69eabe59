use crate::netbox::LabNetbox;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::proxmox::{FakeProxmox, Options};
use proxbox_model::endpoint::{ProxmoxAuth, ProxmoxEndpoint, TlsPolicy};
use proxbox_model::options::RunOptions;
use proxbox_model::report::RunReport;
use proxbox_sync::{Job, SyncSettings, Syncer};
use proxbox_transform::{Settings, Transforms};
use secrecy::SecretString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Proxmox clusters over HTTPS, a NetBox, and a host between them.
pub struct Lab {
    /// The NetBox.
    pub netbox: LabNetbox,
    /// The clusters, in the order they were asked for.
    pub proxmox: Vec<FakeProxmox>,
    /// The host.
    pub syncer: Syncer,
}

/// What a laboratory is made of.
#[derive(Default)]
pub struct LabBuilder {
    fleets: Vec<FleetSpec>,
    modules: Option<PathBuf>,
    settings: SyncSettings,
}

impl LabBuilder {
    /// Adds a cluster.
    #[must_use]
    pub fn fleet(mut self, spec: FleetSpec) -> Self {
        self.fleets.push(spec);
        self
    }

    /// Site modules.
    #[must_use]
    pub fn modules(mut self, dir: impl Into<PathBuf>) -> Self {
        self.modules = Some(dir.into());
        self
    }

    /// Client settings, with retries that do not keep a test waiting.
    #[must_use]
    pub fn impatient(mut self) -> Self {
        self.settings.netbox.max_retries = 1;
        self.settings.netbox.retry_delay = Duration::from_millis(10);
        self.settings.netbox.timeout = Duration::from_secs(5);
        self.settings.proxmox.max_retries = 1;
        self.settings.proxmox.retry_backoff = Duration::from_millis(10);
        self.settings.proxmox.timeout = Duration::from_secs(5);
        self
    }

    /// Starts everything.
    pub async fn start(self) -> Lab {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let built_in_dir = std::env::var_os("PROXBOX_TEST_COMPONENTS").map(PathBuf::from);
        let transforms =
            Transforms::load(Settings { dir: self.modules, built_in_dir, ..Settings::default() })
                .await
                .expect("the built-in components load");
        let mut proxmox = Vec::new();
        for spec in &self.fleets {
            proxmox.push(
                FakeProxmox::start(Fleet::generate(spec), Options::default()).await.expect("a free port"),
            );
        }
        Lab {
            netbox: LabNetbox::pristine().await,
            proxmox,
            syncer: Syncer::new(Arc::new(transforms), self.settings),
        }
    }
}

impl Lab {
    /// One cluster of this size.
    pub async fn with_cluster(nodes: usize, guests: usize) -> Self {
        LabBuilder::default().fleet(FleetSpec::new("lab", nodes, guests, 7)).start().await
    }

    /// Every cluster into the NetBox.
    pub fn job(&self) -> Job {
        Job {
            proxmox: (0..self.proxmox.len()).map(|index| self.endpoint(index)).collect(),
            netbox: self.netbox.endpoint(),
            options: RunOptions::default(),
        }
    }

    /// One cluster as the host knows it: by token, its CA trusted.
    pub fn endpoint(&self, index: usize) -> ProxmoxEndpoint {
        let fake = &self.proxmox[index];
        let (username, name, value) = fake.token();
        ProxmoxEndpoint {
            id: index as i64 + 1,
            name: format!("pve-{}", index + 1),
            domain: None,
            ip_address: Some(fake.addr().ip().to_string()),
            port: fake.addr().port(),
            username,
            auth: ProxmoxAuth::Token { name, value: SecretString::from(value) },
            tls: TlsPolicy::Ca(fake.ca_pem().to_owned()),
            timeout: None,
            max_retries: None,
            retry_backoff: None,
        }
    }

    /// A full update.
    pub async fn sync(&self) -> Arc<RunReport> {
        self.run(self.job()).await
    }

    /// Any job, to its end.
    pub async fn run(&self, job: Job) -> Arc<RunReport> {
        self.syncer.start(job).expect("nothing else is at work").wait().await
    }

    /// Changes the first cluster.
    pub fn change<T>(&self, change: impl FnOnce(&mut Fleet) -> T) -> T {
        change(&mut self.proxmox[0].fleet().write().expect("nobody panicked with the fleet"))
    }

    /// The virtual machine of a guest of a cluster.
    pub async fn vm(&self, cluster: &str, vmid: u32) -> serde_json::Value {
        let all = self.netbox.list("virtualization/virtual-machines/").await;
        let mut found = all.into_iter().filter(|vm| {
            vm["cluster"]["name"] == cluster && vm["custom_fields"]["proxmox_vm_id"] == u64::from(vmid)
        });
        let vm = found.next().unwrap_or_else(|| panic!("no virtual machine of vmid {vmid} in {cluster}"));
        assert!(found.next().is_none(), "vmid {vmid} is twice in {cluster}");
        vm
    }
}
