//! The host that is fuzzed: one for the process, as starting it costs seconds.

use arbitrary::Unstructured;
use proxbox_model::facts::{ClusterMode, Source, Target};
use proxbox_modules::Entry;
use proxbox_transform::{Candidate, Limits, MapContext, ModuleSet, Settings, Transforms};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// The sandbox and what drives it.
pub(crate) struct Host {
    runtime: Runtime,
    transforms: Transforms,
}

/// The one host.
pub(crate) fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        // Time enough on a busy machine; modules from outside get less by their entry.
        let limits = Limits { time: Duration::from_secs(60), file: 1 << 20, ..Limits::default() };
        let settings = Settings { limits, ..Settings::default() };
        let transforms = runtime.block_on(Transforms::load(settings)).unwrap();
        Host { runtime, transforms }
    })
}

impl Host {
    pub(crate) fn wait<R>(&self, future: impl Future<Output = R>) -> R {
        self.runtime.block_on(future)
    }

    pub(crate) fn transforms(&self) -> &Transforms {
        &self.transforms
    }

    /// One module over the built-in mappers.
    pub(crate) fn with(&self, entry: Entry, bytes: Vec<u8>) -> ModuleSet {
        self.wait(self.transforms.with(vec![Candidate { entry, bytes }]))
    }
}

/// The features of the worlds that there are: no plugin, the older one, the current one.
const WORLDS: [&[&str]; 3] = [
    &["virtual-machine-types", "identity-custom-fields"],
    &["identity-custom-fields", "proxbox-plugin", "proxmox-custom-fields"],
    &["virtual-machine-types", "identity-custom-fields", "proxbox-plugin", "sync-state"],
];

/// A context with those choices of the run, and one of the worlds.
pub(crate) fn context(
    choices: &mut Unstructured<'_>,
    options: serde_json::Value,
) -> arbitrary::Result<MapContext> {
    let features = choices.choose(&WORLDS)?.iter().map(|feature| (*feature).to_owned()).collect();
    Ok(MapContext {
        source: Source {
            endpoint: "lab".to_owned(),
            url: "https://pve.example.org:8006".to_owned(),
            cluster: "lab".to_owned(),
            mode: *choices.choose(&[
                ClusterMode::Cluster,
                ClusterMode::Standalone,
                ClusterMode::Restricted,
            ])?,
            pve_version: "9.1".to_owned(),
            now: 1_767_225_600,
        },
        target: Target { netbox_version: "4.7.3".to_owned(), features },
        options,
    })
}
