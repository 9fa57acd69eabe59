use crate::built::compiled_components;
use crate::changes::Snapshot;
use crate::netbox::LabNetbox;
use crate::plugin;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::Flavour;
use proxbox_fakes::proxmox::{FakeProxmox, Options};
use proxbox_model::endpoint::{ProxmoxAuth, ProxmoxEndpoint, TlsPolicy};
use proxbox_model::options::RunOptions;
use proxbox_model::report::{RunReport, Stage};
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
    /// Which plugin the NetBox has.
    pub flavour: Flavour,
}

/// What a laboratory is made of.
#[derive(Default)]
pub struct LabBuilder {
    fleets: Vec<FleetSpec>,
    flavour: Flavour,
    modules: Option<PathBuf>,
    settings: SyncSettings,
    in_memory: bool,
}

impl LabBuilder {
    /// Adds a cluster.
    #[must_use]
    pub fn fleet(mut self, spec: FleetSpec) -> Self {
        self.fleets.push(spec);
        self
    }

    /// The plugin that the NetBox has; none unless it is said.
    #[must_use]
    pub fn flavour(mut self, flavour: Flavour) -> Self {
        self.flavour = flavour;
        self
    }

    /// Site modules.
    #[must_use]
    pub fn modules(mut self, dir: impl Into<PathBuf>) -> Self {
        self.modules = Some(dir.into());
        self
    }

    /// Takes a NetBox in memory, whatever others take.
    #[must_use]
    pub fn in_memory(mut self) -> Self {
        self.in_memory = true;
        self
    }

    /// Whose single fields are, as an operator says it.
    #[must_use]
    pub fn fields(mut self, rules: &str) -> Self {
        self.settings.fields = rules.parse().expect("rules of fields");
        self
    }

    /// Rows of NetBox's lists in one page.
    #[must_use]
    pub fn page_size(mut self, rows: usize) -> Self {
        self.settings.netbox.page_size = rows;
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
        let netbox = match self.in_memory {
            true => LabNetbox::in_memory(self.flavour).await,
            false => LabNetbox::pristine(self.flavour).await,
        };
        let transforms = transforms(self.modules).await;
        let mut proxmox = Vec::new();
        for spec in &self.fleets {
            let fake = FakeProxmox::start(Fleet::generate(spec), Options::default()).await;
            proxmox.push(fake.expect("a free port"));
        }
        if self.flavour != Flavour::Bare {
            for (index, fake) in proxmox.iter().enumerate() {
                plugin::enter(&netbox, fake, index + 1).await;
            }
        }
        let syncer = Syncer::new(Arc::new(transforms), self.settings);
        Lab { netbox, proxmox, syncer, flavour: self.flavour }
    }
}

/// The default components, or those of the folder that `PROXBOX_TEST_COMPONENTS` names, and site modules around them. Every
/// component is compiled once for all tests.
pub(crate) async fn transforms(dir: Option<PathBuf>) -> Transforms {
    let built_in_dir = std::env::var_os("PROXBOX_TEST_COMPONENTS").map(PathBuf::from);
    let settings =
        Settings { dir, built_in_dir, cache_dir: Some(compiled_components()), ..Settings::default() };
    Transforms::load(settings).await.expect("the components load")
}

impl Lab {
    /// One cluster of this size, and a NetBox without the plugin.
    pub async fn with_cluster(nodes: usize, guests: usize) -> Self {
        Self::of_flavour(Flavour::Bare, nodes, guests).await
    }

    /// One cluster of this size, and a NetBox with the current plugin.
    pub async fn with_plugin(nodes: usize, guests: usize) -> Self {
        Self::of_flavour(Flavour::CurrentPlugin, nodes, guests).await
    }

    /// One cluster of this size, and a NetBox of that flavour.
    pub async fn of_flavour(flavour: Flavour, nodes: usize, guests: usize) -> Self {
        let spec = FleetSpec::new("lab", nodes, guests, 7);
        LabBuilder::default().flavour(flavour).fleet(spec).start().await
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

    /// Some stages only.
    pub async fn sync_stages(&self, stages: &[Stage]) -> Arc<RunReport> {
        let mut job = self.job();
        job.options.stages = stages.to_vec();
        self.run(job).await
    }

    /// Any job, to its end.
    pub async fn run(&self, job: Job) -> Arc<RunReport> {
        self.syncer.start(job).expect("nothing else is at work").wait().await
    }

    /// Changes the first cluster.
    pub fn change<T>(&self, change: impl FnOnce(&mut Fleet) -> T) -> T {
        change(&mut self.proxmox[0].fleet().write().expect("nobody panicked with the fleet"))
    }

    /// The first cluster as it is now.
    pub fn fleet(&self) -> Fleet {
        self.proxmox[0].fleet().read().expect("nobody panicked with the fleet").clone()
    }

    /// What the sync knows to be there: everything that NetBox and the plugin hold of it.
    pub async fn look(&self) -> Snapshot {
        Snapshot::take(&self.netbox).await
    }

    /// The virtual machine of a guest of a cluster, where its identity is in custom fields.
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
