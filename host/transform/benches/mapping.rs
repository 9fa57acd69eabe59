//! What mapping costs: `cargo bench -p proxbox-transform`.
//!
//! Prints microseconds per guest, the median and the best of many rounds: of the built-in component, of an override
//! around it, and of the same mapping compiled natively; and the time to start with and without compiled modules on
//! disk. Arguments choose by name. With `MODULE=path.wasm` in the environment, of that module in front of the built-in component, too.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

use proxbox_model::facts::{ClusterMode, GuestFacts, GuestKind, Source, Target};
use proxbox_transform::{MapContext, Settings, Transforms};
use proxbox_transform_sdk::VirtualMachineMapper;
use proxbox_transform_sdk::facts as sdk;
use proxbox_virtual_machine::VirtualMachine;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const GUESTS: u32 = 1000;
const ROUNDS: usize = 200;

const POOL_ROLES: &[u8] = include_bytes!("../../../tests/modules/artifacts/pool-roles.wasm");

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let cache = tempfile::tempdir().unwrap();
    let site = tempfile::tempdir().unwrap();
    let facts: Vec<GuestFacts> = (1..=GUESTS).map(guest).collect();
    let bench = Bench { cx: context(), facts, cache: cache.path().to_owned() };

    println!("guests: {GUESTS}, rounds: {ROUNDS}");
    report("mapped natively, one by one", || native(&bench.facts));
    for batch_size in [1, 10, 100, 1000] {
        bench.component(&format!("built-in component, batches of {batch_size}"), None, batch_size).await;
    }
    std::fs::write(site.path().join("site.wasm"), POOL_ROLES).unwrap();
    bench.component("override and built-in component, batches of 100", Some(site.path()), 100).await;
    if let Some(module) = std::env::var_os("MODULE") {
        std::fs::copy(module, site.path().join("site.wasm")).unwrap();
        bench.component("MODULE and built-in component, batches of 100", Some(site.path()), 100).await;
    }
    if wanted("start") {
        println!("start, nothing compiled: {:.0} ms", start(None).await.as_secs_f64() * 1000.0);
        start(Some(cache.path())).await;
        let warm = start(Some(cache.path())).await;
        println!("start, compiled modules on disk: {:.1} ms", warm.as_secs_f64() * 1000.0);
    }
}

/// Whether the command line names this one, or none.
fn wanted(what: &str) -> bool {
    let mut names = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).peekable();
    names.peek().is_none() || names.any(|name| what.contains(&name))
}

struct Bench {
    cx: MapContext,
    facts: Vec<GuestFacts>,
    cache: PathBuf,
}

impl Bench {
    async fn component(&self, what: &str, dir: Option<&Path>, batch_size: usize) {
        if !wanted(what) {
            return;
        }
        let settings = Settings {
            dir: dir.map(Path::to_owned),
            cache_dir: Some(self.cache.clone()),
            batch_size,
            ..Settings::default()
        };
        let set = Transforms::load(settings).await.unwrap().modules();
        assert!(set.problems().is_empty(), "{:?}", set.problems());
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let mapped = set.guests(&self.cx, &self.facts).await;
            times.push(per_guest(started.elapsed()));
            assert!(mapped.problems.is_empty(), "{:?}", mapped.problems);
            black_box(mapped);
        }
        report(what, || times);
    }
}

/// Microseconds per guest, one number for each round.
fn native(facts: &[GuestFacts]) -> Vec<f64> {
    let cx = native_context();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for facts in facts {
            let facts = native_facts(facts);
            black_box(VirtualMachine::map(&cx, &facts));
        }
        times.push(per_guest(started.elapsed()));
    }
    times
}

async fn start(cache: Option<&Path>) -> Duration {
    let settings = Settings { cache_dir: cache.map(Path::to_owned), ..Settings::default() };
    let started = Instant::now();
    black_box(Transforms::load(settings).await.unwrap());
    started.elapsed()
}

fn per_guest(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(GUESTS)
}

fn report(what: &str, times: impl FnOnce() -> Vec<f64>) {
    if wanted(what) {
        let mut times = times();
        times.sort_by(f64::total_cmp);
        println!("{what}: median {:.1} µs/guest, best {:.1}", times[times.len() / 2], times[0]);
    }
}

fn context() -> MapContext {
    MapContext {
        source: Source {
            endpoint: "lab".to_owned(),
            url: "https://pve.example.org:8006".to_owned(),
            cluster: "prod".to_owned(),
            mode: ClusterMode::Cluster,
            pve_version: "9.1".to_owned(),
            now: 1_767_225_600,
        },
        target: Target {
            netbox_version: "4.7.3".to_owned(),
            features: vec!["virtual-machine-types".to_owned(), "identity-custom-fields".to_owned()],
        },
        options: serde_json::json!({}),
    }
}

fn native_context() -> proxbox_transform_sdk::Context {
    let cx = context();
    let mut native = proxbox_transform_sdk::testing::context();
    native.source.cluster = cx.source.cluster;
    native.target.features = cx.target.features;
    native
}

fn guest(vmid: u32) -> GuestFacts {
    let config = serde_json::json!({
        "cores": 4, "sockets": 1, "memory": "8192", "ostype": "l26", "name": format!("web{vmid}"),
        "net0": "virtio=BC:24:11:2A:3B:4C,bridge=vmbr0,firewall=1,tag=20",
        "net1": "virtio=BC:24:11:2A:3B:4D,bridge=vmbr1",
        "scsi0": "local-lvm:vm-101-disk-0,iothread=1,size=32G",
        "scsi1": "local-lvm:vm-101-disk-1,size=100G",
        "scsihw": "virtio-scsi-single", "boot": "order=scsi0;ide2;net0", "agent": "1", "onboot": 1,
        "smbios1": "uuid=8a1c5c1e-5f0b-4a27-9c3a-0f7d1b2a3c4d", "vmgenid": "8a1c5c1e-5f0b-4a27-9c3a-0f7d1b2a3c4d",
    });
    let listing = serde_json::json!({
        "id": format!("qemu/{vmid}"), "type": "qemu", "vmid": vmid, "node": "pve1", "status": "running",
        "name": format!("web{vmid}"), "maxcpu": 4, "maxmem": 8_589_934_592_u64, "maxdisk": 34_359_738_368_u64,
        "cpu": 0.0123, "mem": 4_294_967_296_u64, "uptime": 123_456, "tags": "prod;web",
    });
    GuestFacts {
        vmid,
        kind: if vmid.is_multiple_of(4) { GuestKind::Lxc } else { GuestKind::Qemu },
        name: format!("web{vmid}"),
        node: format!("pve{}", vmid % 8 + 1),
        status: "running".to_owned(),
        template: false,
        tags: vec!["prod".to_owned(), "web".to_owned()],
        pool: Some("web".to_owned()),
        cpus: 4,
        memory: 8 << 30,
        disk: 132 << 30,
        os: Some("l26".to_owned()),
        start_at_boot: true,
        agent: true,
        unprivileged: false,
        search_domain: None,
        notes: "Owner: web team".to_owned(),
        listing: listing.to_string(),
        config: config.to_string(),
    }
}

fn native_facts(facts: &GuestFacts) -> sdk::GuestFacts {
    let facts = facts.clone();
    sdk::GuestFacts {
        vmid: facts.vmid,
        kind: match facts.kind {
            GuestKind::Qemu => sdk::GuestKind::Qemu,
            GuestKind::Lxc => sdk::GuestKind::Lxc,
        },
        name: facts.name,
        node: facts.node,
        status: facts.status,
        template: facts.template,
        tags: facts.tags,
        pool: facts.pool,
        cpus: facts.cpus,
        memory: facts.memory,
        disk: facts.disk,
        os: facts.os,
        start_at_boot: facts.start_at_boot,
        agent: facts.agent,
        unprivileged: facts.unprivileged,
        search_domain: facts.search_domain,
        notes: facts.notes,
        listing: facts.listing,
        config: facts.config,
    }
}
