//! Modules written by hand in WebAssembly text, so that each can misbehave in exactly one way, and a site to put them
//! in.

use proxbox_model::draft::Outcome;
use proxbox_model::facts::{ClusterFacts, ClusterMode, GuestFacts, GuestKind, NodeFacts, Source, Target};
use proxbox_transform::{Limits, MapContext, Mapped, MappedFact, Settings, Transforms};
use std::path::Path;
use std::time::Duration;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Mappers that are part of the program, one for each interface of the contract.
pub const BUILT_IN: usize = 18;

/// The guest that a hostile module fails on.
pub const BAD: u32 = 666;

/// Runs only for the bad guest. (The vmid is the first field of the facts.)
pub fn on_bad(code: &str) -> String {
    format!("(if (i32.eq (i32.load (local.get $fact)) (i32.const {BAD})) (then {code}))")
}

/// A mapper of guests that skips every one of them with its own name as the reason, unless told otherwise.
pub struct Guest {
    name: String,
    version: String,
    imports: String,
    before: String,
    each: String,
    count: String,
    globals: String,
    /// More of the world, and the packages that it names.
    world: String,
    packages: String,
    interface: &'static str,
}

impl Guest {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: "1.2.0".to_owned(),
            imports: String::new(),
            before: String::new(),
            each: String::new(),
            count: "(local.get $n)".to_owned(),
            globals: String::new(),
            world: String::new(),
            packages: String::new(),
            interface: "virtual-machine",
        }
    }

    pub fn version(mut self, version: &str) -> Self {
        self.version = version.to_owned();
        self
    }

    /// Another interface than `virtual-machine`.
    pub fn of(mut self, interface: &'static str) -> Self {
        self.interface = interface;
        self
    }

    /// Code that runs once in a call, before the facts are looked at.
    pub fn before(mut self, code: &str) -> Self {
        self.before = code.to_owned();
        self
    }

    /// The same, ahead of the code that is there.
    pub fn first(mut self, code: &str) -> Self {
        self.before.insert_str(0, code);
        self
    }

    /// The same, after the code that is there.
    pub fn before_more(mut self, code: &str) -> Self {
        self.before.push_str(code);
        self
    }

    /// Code that runs for each fact (`$fact`); it may write another outcome to `$out`.
    pub fn each(mut self, code: impl Into<String>) -> Self {
        self.each = code.into();
        self
    }

    /// How many outcomes it says it returns.
    pub fn count(mut self, code: &str) -> Self {
        self.count = code.to_owned();
        self
    }

    pub fn global(mut self, code: &str) -> Self {
        self.globals.push_str(code);
        self
    }

    /// Hands everything to the next mapper and returns what that gives.
    pub fn wrap(mut self) -> Self {
        let interface = self.interface;
        self.imports.push_str(&format!(
            r#"(import "proxbox:transform/{interface}@0.1.0" "transform" (func $next (param i32 i32)))"#
        ));
        self.before("(call $next (local.get $args) (i32.const 64)) (return (i32.const 64))")
    }

    /// Logs that text, once in a call.
    pub fn logs(mut self, message: &str) -> Self {
        self.imports
            .push_str(r#"(import "proxbox:transform/log@0.1.0" "write" (func $log (param i32 i32 i32)))"#);
        self.globals.push_str(&format!("(data (i32.const 4096) {message:?})"));
        self.before
            .push_str(&format!("(call $log (i32.const 2) (i32.const 4096) (i32.const {}))", message.len()));
        self
    }

    /// May open the standard error stream, with `$stderr`.
    pub fn opens_stderr(mut self) -> Self {
        self.world.push_str("import wasi:cli/stderr@0.2.0;");
        self.packages.push_str(
            "package wasi:cli@0.2.0 {
               interface stderr { use wasi:io/streams@0.2.0.{output-stream}; get-stderr: func() -> output-stream; }
             }
             package wasi:io@0.2.0 { interface streams { resource output-stream; } }",
        );
        self.imports.push_str(r#"(import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))"#);
        self
    }

    fn wat(&self) -> String {
        let Self { name, version, imports, before, each, count, globals, interface, .. } = self;
        let (name_len, version_len) = (name.len(), version.len());
        format!(
            r#"(module
  {imports}
  (memory (export "memory") 4)
  (global $heap (mut i32) (i32.const 131072))
  {globals}
  (data (i32.const 1024) "{name}")
  (data (i32.const 1536) "{version}")
  (data (i32.const 1600) "{{}}")
  (func $alloc (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32) (local $missing i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (local.set $missing (i32.sub
      (i32.shr_u (i32.add (global.get $heap) (i32.const 65535)) (i32.const 16))
      (memory.size)))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1)) (then unreachable))))
    (local.get $at))
  (func (export "proxbox:transform/about@0.1.0#describe") (result i32)
    (i32.store (i32.const 256) (i32.const 1024)) (i32.store (i32.const 260) (i32.const {name_len}))
    (i32.store (i32.const 264) (i32.const 1536)) (i32.store (i32.const 268) (i32.const {version_len}))
    (i32.store (i32.const 272) (i32.const 1024)) (i32.store (i32.const 276) (i32.const {name_len}))
    (i32.store (i32.const 280) (i32.const 1600)) (i32.store (i32.const 284) (i32.const 2))
    (i32.const 256))
  (func $deep (param i32) (result i32)
    (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func (export "proxbox:transform/{interface}@0.1.0#transform") (param $args i32) (result i32)
    (local $fact i32) (local $n i32) (local $i i32) (local $out i32) (local $outcomes i32)
    (local.set $fact (i32.load offset=80 (local.get $args)))
    (local.set $n (i32.load offset=84 (local.get $args)))
    {before}
    (local.set $outcomes
      (call $alloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.mul (local.get $n) (i32.const 32))))
    (local.set $out (local.get $outcomes))
    (block $done
      (loop $next_fact
        (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
        (i32.store8 (local.get $out) (i32.const 1))
        (i32.store offset=4 (local.get $out) (i32.const 1024))
        (i32.store offset=8 (local.get $out) (i32.const {name_len}))
        {each}
        (local.set $fact (i32.add (local.get $fact) (i32.const 136)))
        (local.set $out (i32.add (local.get $out) (i32.const 32)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next_fact)))
    (i32.store (i32.const 128) (local.get $outcomes))
    (i32.store (i32.const 132) {count})
    (i32.const 128)))"#
        )
    }

    /// The core module with the description of its component.
    pub fn core(&self) -> Vec<u8> {
        let mut core = wat::parse_str(self.wat()).unwrap();
        let mut resolve = Resolve::default();
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/v0.1");
        let (contract, _) = resolve.push_path(wit).unwrap();
        let world = format!("{}-override", self.interface);
        let world = if self.world.is_empty() {
            resolve.select_world(&[contract], Some(&world)).unwrap()
        } else {
            let wit = format!(
                "package test:test;
                 world module {{ include proxbox:transform/{world}@0.1.0; {} }}
                 {}",
                self.world, self.packages
            );
            let package = resolve.push_str("test.wit", &wit).unwrap();
            resolve.select_world(&[package], Some("module")).unwrap()
        };
        embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8, false).unwrap();
        core
    }

    pub fn component(&self) -> Vec<u8> {
        ComponentEncoder::default().module(&self.core()).unwrap().validate(true).encode().unwrap()
    }
}

/// A folder of modules.
pub struct Site {
    pub dir: tempfile::TempDir,
}

impl Site {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// With one module, `site.wasm`.
    pub fn with(guest: &Guest) -> Self {
        Self::new().file("site.wasm", &guest.component())
    }

    pub fn file(self, name: &str, contents: &[u8]) -> Self {
        std::fs::write(self.dir.path().join(name), contents).unwrap();
        self
    }

    pub fn toml(self, text: &str) -> Self {
        self.file("transforms.toml", text.as_bytes())
    }

    /// With a policy for `site.wasm`.
    pub fn policy(self, policy: &str) -> Self {
        self.toml(&format!("[[module]]\nfile = \"site.wasm\"\npolicy = \"{policy}\"\n"))
    }

    pub fn settings(&self) -> Settings {
        Settings {
            dir: Some(self.dir.path().to_owned()),
            built_in_dir: std::env::var_os("PROXBOX_TEST_COMPONENTS").map(Into::into),
            cache_dir: Some(cache_dir()),
            limits: quick(),
            ..Settings::default()
        }
    }

    pub async fn load(&self) -> Transforms {
        Transforms::load(self.settings()).await.unwrap()
    }
}

/// Shared by the tests, so that the built-in mappers are compiled once.
fn cache_dir() -> std::path::PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-components")
}

/// Short times, for modules that never end.
pub fn quick() -> Limits {
    Limits {
        time: Duration::from_millis(200),
        time_per_object: Duration::from_millis(1),
        ..Limits::default()
    }
}

pub fn cx() -> MapContext {
    MapContext {
        source: Source {
            endpoint: "lab".to_owned(),
            url: "https://pve.example.org:8006".to_owned(),
            cluster: "prod".to_owned(),
            mode: ClusterMode::Cluster,
            pve_version: "9.1".to_owned(),
            now: 1_700_000_000,
        },
        target: Target { netbox_version: "4.7.3".to_owned(), features: Vec::new() },
        options: serde_json::json!({}),
    }
}

pub fn cluster() -> ClusterFacts {
    ClusterFacts {
        name: "prod".to_owned(),
        mode: ClusterMode::Cluster,
        version: Some(3),
        quorate: true,
        nodes: vec!["pve1".to_owned()],
        status: "[]".to_owned(),
    }
}

pub fn node(name: &str) -> NodeFacts {
    NodeFacts {
        name: name.to_owned(),
        online: true,
        ip: Some("192.0.2.1".to_owned()),
        level: String::new(),
        cpus: Some(8),
        memory: Some(64 << 30),
        disk: Some(100 << 30),
        status: "{}".to_owned(),
        listing: "{}".to_owned(),
    }
}

pub fn guest(vmid: u32) -> GuestFacts {
    GuestFacts {
        vmid,
        kind: GuestKind::Qemu,
        name: format!("vm{vmid}"),
        node: "pve1".to_owned(),
        status: "running".to_owned(),
        template: false,
        tags: vec!["web".to_owned()],
        pool: None,
        cpus: 2,
        memory: 4 << 30,
        disk: 32 << 30,
        os: Some("l26".to_owned()),
        start_at_boot: true,
        agent: true,
        unprivileged: false,
        search_domain: None,
        notes: String::new(),
        listing: format!(r#"{{"vmid":{vmid},"type":"qemu","node":"pve1"}}"#),
        config: r#"{"cores":2,"memory":"4096","ostype":"l26"}"#.to_owned(),
    }
}

/// Guests 1 to n, and the bad one in the middle.
pub fn guests_with_bad(n: u32) -> Vec<GuestFacts> {
    (1..=n).map(|vmid| guest(if vmid == n / 2 { BAD } else { vmid })).collect()
}

/// The outcome of the bad guest.
pub fn bad<'a>(facts: &[GuestFacts], mapped: &'a Mapped) -> &'a MappedFact {
    let place = facts.iter().position(|facts| facts.vmid == BAD).unwrap();
    &mapped.outcomes[place]
}

/// Asserts that the module mapped every guest but the bad one.
pub fn assert_others_mapped_by(module: &str, facts: &[GuestFacts], mapped: &Mapped) {
    assert_eq!(facts.len(), mapped.outcomes.len());
    for (facts, mapped) in facts.iter().zip(&mapped.outcomes).filter(|(facts, _)| facts.vmid != BAD) {
        assert_eq!(mapped.module, module, "guest {}", facts.vmid);
        assert_eq!(mapped.outcome, Outcome::Skip(module.split(' ').next().unwrap().to_owned()));
    }
}

/// Name and version of the built-in mapper of guests.
pub fn built_in(transforms: &Transforms) -> String {
    let modules = transforms.modules().describe();
    let module = modules
        .iter()
        .find(|module| module.builtin && module.interfaces == ["virtual-machine"])
        .expect("a built-in mapper of guests");
    format!("{} {}", module.name, module.version)
}
