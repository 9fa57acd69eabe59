//! The modules that are in use together.

use crate::abi::Mapper;
use crate::chain::{Link, MappedFact, Run};
use crate::error::UnreadableFact;
use crate::host::Host;
use crate::journal::Journal;
use crate::registry::Loaded;
use proxbox_model::Problem;
use proxbox_model::facts::*;
use proxbox_model::report::{LogLine, ModuleUsage};
use proxbox_modules::{Policy, Scope, State};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// What modules are told besides their facts and settings.
#[derive(Clone, Debug)]
pub struct MapContext {
    /// Where the facts come from.
    pub source: Source,
    /// What the drafts are for.
    pub target: Target,
    /// Choices of the run that concern mapping, a JSON object.
    pub options: serde_json::Value,
}

/// What became of a list of facts.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// One for each fact, in order.
    pub outcomes: Vec<MappedFact>,
    /// Modules that failed, one entry for each module and sort of failure.
    pub problems: Vec<Problem>,
    /// What the modules logged.
    pub log: Vec<LogLine>,
    /// What each module did that was asked, in the order of the chain.
    pub usage: Vec<ModuleUsage>,
}

/// A module, as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModuleInfo {
    /// As the module says; of one that cannot say it, the file's name.
    pub name: String,
    /// Semantic version; empty when it is not known.
    pub version: String,
    /// One sentence; may be empty.
    pub description: String,
    /// Contract version that it was built for.
    pub contract: Option<String>,
    /// How commands call its entry in `transforms.toml`; of a built-in mapper, its interface.
    pub entry: String,
    /// File in the folder of modules; none for a built-in mapper.
    pub file: Option<String>,
    /// Whether runs use it, or only previews.
    pub state: State,
    /// Interfaces that it maps here: `virtual-machine`. Of a module that cannot be read, all of them.
    pub interfaces: Vec<String>,
    /// Sources that it is for; empty means all.
    pub scope: Vec<Scope>,
    /// What becomes of what it fails on.
    pub policy: Policy,
    /// Whether it is part of the program.
    pub builtin: bool,
    /// SHA-256 of the file, hexadecimal; empty when it could not be read.
    pub digest: String,
    /// Whether the content of the file is pinned.
    pub pinned: bool,
    /// JSON Schema of its settings.
    pub settings_schema: Option<serde_json::Value>,
    /// Why it is not used.
    pub problem: Option<Problem>,
}

/// Modules that are in use together. A run keeps one set from beginning to end.
pub struct ModuleSet {
    host: Arc<Host>,
    modules: Vec<Arc<Loaded>>,
    problems: Vec<Problem>,
}

/// One function for each type of object.
macro_rules! maps {
    ($($function:ident $facts:ident $what:literal;)+) => {
        impl ModuleSet {
            $(
                #[doc = concat!("Maps ", $what, ".")]
                pub async fn $function(&self, cx: &MapContext, facts: &[$facts]) -> Mapped {
                    self.map(cx, facts).await
                }
            )+

            /// Maps facts that are given as JSON, by the interface of the contract that takes them.
            ///
            /// # Errors
            /// When there is no such interface, or one of the facts is none of it.
            pub async fn map_json(
                &self,
                interface: &str,
                cx: &MapContext,
                facts: &[serde_json::Value],
            ) -> Result<Mapped, UnreadableFact> {
                $(
                    if interface == <$facts as Mapper>::INTERFACE.as_str() {
                        return Ok(self.map(cx, &read::<$facts>(facts)?).await);
                    }
                )+
                Err(UnreadableFact::Interface(interface.to_owned()))
            }
        }
    };
}

maps! {
    clusters ClusterFacts "clusters";
    nodes NodeFacts "nodes";
    node_interfaces NodeInterfaceFacts "interfaces of nodes";
    storages StorageFacts "storage definitions";
    guests GuestFacts "virtual machines and containers";
    disks VirtualDiskFacts "disks of guests";
    interfaces VmInterfaceFacts "interfaces of guests";
    mac_addresses MacAddressFacts "MAC addresses";
    vlans VlanFacts "VLANs";
    ip_addresses IpAddressFacts "IP addresses";
    primary_ips PrimaryIpFacts "candidates for primary addresses";
    snapshots SnapshotFacts "snapshots";
    backups BackupFacts "backups";
    backup_routines BackupRoutineFacts "backup jobs";
    replications ReplicationFacts "replication jobs";
    tasks TaskFacts "tasks";
    cloud_inits CloudInitFacts "cloud-init settings";
    guest_interfaces GuestInterfaceFacts "interfaces inside guests";
}

impl ModuleSet {
    pub(crate) fn new(host: Arc<Host>, modules: Vec<Arc<Loaded>>, problems: Vec<Problem>) -> Self {
        Self { host, modules, problems }
    }

    /// Modules that are not used, and why.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Every module in the order of the chain, the built-in ones last.
    pub fn describe(&self) -> Vec<ModuleInfo> {
        self.modules.iter().map(|module| module.info.clone()).collect()
    }

    /// A text that is another as soon as anything is other that decides what these modules make of the same facts.
    pub fn fingerprint(&self) -> String {
        let modules = self.modules.iter().map(|module| (&module.info, &module.link.settings));
        format!("{:?}", modules.collect::<Vec<_>>())
    }

    async fn map<F: Mapper>(&self, cx: &MapContext, facts: &[F]) -> Mapped {
        let links = self.links(&cx.source);
        // Built-in mappers call nobody, so that one of them runs at a time.
        let sites = self.modules.iter().filter(|module| !module.info.builtin).count();
        let _instances = self.host.instances(sites + 1).await;
        let options = cx.options.to_string();
        let run = Arc::new(Run::new(Arc::clone(&self.host), links, &cx.source, &cx.target, &options));
        let facts: Vec<&F> = facts.iter().collect();
        let mut journal = Journal::default();
        let outcomes = run.map(0, &facts, &mut journal).await;
        let (problems, log) = journal.finish();
        Mapped { outcomes, problems, log, usage: run.usage(F::INTERFACE) }
    }

    /// The modules for a source.
    fn links(&self, source: &Source) -> Vec<Arc<Link>> {
        self.modules
            .iter()
            .filter(|module| {
                module.info.scope.is_empty() || module.info.scope.iter().any(|scope| scope.covers(source))
            })
            .map(|module| Arc::clone(&module.link))
            .collect()
    }
}

fn read<F: Mapper + DeserializeOwned>(facts: &[serde_json::Value]) -> Result<Vec<F>, UnreadableFact> {
    let read = |(place, fact): (usize, &serde_json::Value)| {
        serde_path_to_error::deserialize(fact).map_err(|error| UnreadableFact::Fact {
            place: place + 1,
            interface: F::INTERFACE.as_str(),
            path: error.path().to_string(),
            source: error.into_inner(),
        })
    };
    facts.iter().enumerate().map(read).collect()
}
