//! Everything that a module can do wrong, through the commands that an operator uses and through a run: refused or
//! contained, with a sentence for whoever runs the module and one for whoever wrote it.

use proxbox_fakes::fleet::FleetSpec;
use proxbox_model::report::{ObjectReport, ObjectResult, RunReport, RunStatus, Stage};
use proxbox_model::{Identity, Problem};
use proxbox_tests::{Lab, LabBuilder, compiled_components, program};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/modules/");

/// The guest on which a module misbehaves.
const BAD: u32 = 101;

fn module(path: &str) -> Vec<u8> {
    fs::read(Path::new(MODULES).join(path)).unwrap()
}

/// A good module with some text in it replaced by another one of the same length.
fn edited(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = module("contract-0.1/by-hand.wasm");
    let places: Vec<usize> =
        (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
    assert!(!places.is_empty(), "{from} is nowhere");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

/// A file that is no module, or one that no host may run.
struct Hostile {
    name: &'static str,
    bytes: Vec<u8>,
    settings: &'static str,
    /// What the operator reads.
    why: &'static str,
    /// What the author reads.
    advice: &'static str,
}

fn hostile(name: &'static str, bytes: Vec<u8>, why: &'static str, advice: &'static str) -> Hostile {
    Hostile { name, bytes, settings: "{}", why, advice }
}

fn hostile_files() -> Vec<Hostile> {
    let cut = module("contract-0.1/by-hand.wasm")[..3000].to_vec();
    let log = "proxbox:transform/log@0.1.0";
    vec![
        hostile("script", b"#!/bin/sh\n".to_vec(), "it is not a WebAssembly file", "publish the file that"),
        hostile("empty", Vec::new(), "it is empty", "publish the file that"),
        hostile(
            "text",
            b"(module)".to_vec(),
            "it is WebAssembly text",
            "build it with `proxbox transform build`",
        ),
        hostile("truncated", cut, "it is damaged or cut off", "publish the file that"),
        hostile("core-module", b"\0asm\x01\0\0\0".to_vec(), "it is a core module", "build for wasm32-wasip2"),
        hostile(
            "network",
            edited(log, "wasi:http/out-handler@0.2.0"),
            "it asks for `wasi:http/out-handler@0.2.0`, which transform modules may not use",
            "remove the code or dependency that uses it",
        ),
        hostile(
            "unknown-import",
            edited(log, "acme:secrets/the-safe@1.0.0"),
            "it asks for `acme:secrets/the-safe@1.0.0`, which transform modules may not use",
            "remove the import and build again",
        ),
        hostile(
            "unknown-mapper",
            edited("virtual-machine", "virtual-vehicle"),
            "it asks for the mapper of `virtual-vehicle`, which this host does not run",
            "import only the mappers that the module exports",
        ),
        hostile(
            "future-contract",
            edited("@0.1.0", "@0.9.0"),
            "it is built for contract version 0.9.0; this host speaks 0.1.0",
            "build with the SDK of contract 0.1.0",
        ),
        hostile(
            "wrong-name",
            edited("by-hand", "By_Hand"),
            "it does not say who it is: the name `By_Hand` is not kebab-case",
            "`describe` must return a kebab-case name",
        ),
        hostile(
            "wrong-schema",
            edited(r#"{"type":"object"}"#, r#"{"type";"object"}"#),
            "the schema of its settings is wrong: it is not JSON",
            "`settings-schema` must be a JSON Schema",
        ),
        Hostile {
            settings: r#"{"roles":7}"#,
            ..hostile(
                "wrong-settings",
                module("contract-0.1/pool-roles.wasm"),
                "settings are wrong: `/roles`",
                "give every setting a default",
            )
        },
    ]
}

/// A place for commands: a folder of modules, and a folder of compiled ones.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The folder of modules.
    fn modules(&self) -> PathBuf {
        self.folder.path().join("modules")
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs a command of the program.
    fn transform(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.arg("transform").args(arguments).env("NO_COLOR", "1");
        command.env("PROXBOX_TRANSFORMS_DIR", self.modules());
        command.env("PROXBOX_TRANSFORM_CACHE_DIR", compiled_components());
        command.output().unwrap_or_else(|error| panic!("{}: {error}", program().display()))
    }

    fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.transform(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", told(&output));
        told(&output)
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Claims that a text has the sentence for each reader.
fn assert_told(text: &str, hostile: &Hostile) {
    let Hostile { name, why, advice, .. } = hostile;
    // A sentence may begin with the reason.
    let why = why.strip_prefix("it ").or(why.strip_prefix("the ")).unwrap_or(why);
    assert!(text.contains(why), "{name}: {text}");
    assert!(text.contains("For you: "), "{name}: {text}");
    let for_authors = text.split("For its author: ").skip(1);
    assert!(for_authors.into_iter().any(|told| told.contains(advice)), "{name}: {text}");
}

#[test]
fn a_hostile_file_is_refused_by_check_and_install_with_a_sentence_for_each_reader() {
    let desk = Desk::new();
    for hostile in hostile_files() {
        let file = desk.file(&format!("{}.wasm", hostile.name), &hostile.bytes);
        for command in ["check", "install"] {
            let output = desk.transform(&[command, &file, "--settings", hostile.settings]);
            assert_eq!(output.status.code(), Some(1), "{command} {}: {}", hostile.name, told(&output));
            assert_told(&told(&output), &hostile);
        }
        let left = fs::read_dir(desk.modules()).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{}: something was put into the folder", hostile.name);
    }
}

/// What the report says of a module's entry or file.
fn problem_of<'a>(report: &'a RunReport, name: &str) -> &'a Problem {
    let found = report.problems.iter().find(|problem| problem.message.contains(name));
    found.unwrap_or_else(|| panic!("nothing of {name} in {:#?}", report.problems))
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_files_that_lie_in_the_folder_all_the_same_are_told_of_and_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = String::new();
    for Hostile { name, bytes, settings, .. } in hostile_files() {
        fs::write(folder.path().join(format!("{name}.wasm")), bytes).unwrap();
        let settings = settings.replace("\"roles\":", "roles = ");
        manifest.push_str(&format!("[[module]]\nfile = \"{name}.wasm\"\nsettings = {settings}\n"));
    }
    fs::write(folder.path().join("transforms.toml"), manifest).unwrap();
    let spec = FleetSpec::new("lab", 1, 3, 11);
    let lab = LabBuilder::default().fleet(spec).modules(folder.path()).start().await;

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Partial, "what the site asked for was not done");
    assert_eq!(report.counts.failed, 0, "{:?}", report.counts);
    assert_eq!(lab.vm("lab", BAD).await["cluster"]["name"], "lab", "mapped as usual");
    for hostile in hostile_files() {
        let problem = problem_of(&report, hostile.name);
        let hint = problem.hint.clone().unwrap_or_default();
        assert_told(&format!("{} {hint}", problem.message), &hostile);
    }
}

/// What becomes of the one guest on which a module misbehaves.
#[derive(Clone, Copy)]
enum Fate {
    /// The next mapper maps it; the report has a problem of that code.
    Usual(&'static str),
    /// The module's own draft is refused: the guest fails with that code.
    Fails(&'static str),
    /// The module got nothing of what it tried; its draft is taken.
    Kept,
}

/// The behaviours of the module `hostile`, and what becomes of the guest.
const BEHAVIOURS: [(&str, Fate); 20] = [
    ("panic", Fate::Usual("module-panicked")),
    ("loop", Fate::Usual("module-too-slow")),
    ("allocate", Fate::Usual("module-out-of-memory")),
    ("recurse", Fate::Usual("module-stack-overflow")),
    ("next-forever", Fate::Usual("module-calls-too-often")),
    ("too-few", Fate::Usual("module-wrong-count")),
    ("too-many", Fate::Usual("module-wrong-count")),
    ("nothing", Fate::Usual("module-wrong-count")),
    ("huge", Fate::Usual("module-output-too-big")),
    ("many-drafts", Fate::Usual("module-too-many-drafts")),
    ("keep-nothing", Fate::Usual("module-no-draft")),
    ("exit", Fate::Usual("module-exited")),
    ("unknown-field", Fate::Fails("draft-unknown-field")),
    ("unknown-kind", Fate::Fails("draft-unknown-kind")),
    ("wrong-type", Fate::Fails("draft-wrong-value")),
    ("wrong-identity", Fate::Kept),
    ("file", Fate::Kept),
    ("socket", Fate::Kept),
    ("environment", Fate::Kept),
    ("log-flood", Fate::Kept),
];

/// Installs the module once for each behaviour, for a cluster of the behaviour's name.
fn install_behaviours(desk: &Desk) {
    let file = desk.file("hostile.wasm", &module("artifacts/hostile.wasm"));
    for (behaviour, _) in BEHAVIOURS {
        let size = if behaviour == "many-drafts" { 100 } else { 100_000_000 };
        let size = if behaviour == "log-flood" { 1000 } else { size };
        let settings = format!(r#"{{"behaviour":"{behaviour}","vmid":{BAD},"size":{size}}}"#);
        let scope = format!("cluster:{behaviour}");
        desk.succeeds(&[
            "install",
            &file,
            "--name",
            behaviour,
            "--enable",
            "--scope",
            &scope,
            "--settings",
            &settings,
            "--timeout-ms",
            // The others must not fail by a busy machine.
            if behaviour == "loop" { "300" } else { "60000" },
        ]);
    }
}

/// A cluster for each behaviour.
async fn clusters(desk: &Desk) -> Lab {
    let mut builder = LabBuilder::default().modules(desk.modules());
    for (behaviour, _) in BEHAVIOURS {
        builder = builder.fleet(FleetSpec::new(behaviour, 1, 2, 11));
    }
    builder.start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn in_one_run_every_misbehaviour_is_contained_to_its_guest_and_told_to_each_reader() {
    let desk = Desk::new();
    desk.succeeds(&["check", &desk.file("hostile.wasm", &module("artifacts/hostile.wasm"))]);
    install_behaviours(&desk);
    let lab = clusters(&desk).await;

    let report = lab.sync_stages(&[Stage::Devices, Stage::VirtualMachines]).await;
    assert_eq!(report.status, RunStatus::Partial);
    let failing = BEHAVIOURS.iter().filter(|(_, fate)| matches!(fate, Fate::Fails(_))).count();
    assert_eq!(report.counts.failed, failing as u64, "{:#?}", failures(&report));
    for (behaviour, fate) in BEHAVIOURS {
        match fate {
            Fate::Usual(code) => assert_blamed(&report, behaviour, code),
            Fate::Fails(code) => assert_fails(&report, behaviour, code),
            Fate::Kept => {}
        }
        if !matches!(fate, Fate::Fails(_)) {
            assert_eq!(lab.vm(behaviour, BAD).await["cluster"]["name"], behaviour);
        }
    }
}

fn failures(report: &RunReport) -> Vec<String> {
    let told = |object: &ObjectReport| match &object.result {
        ObjectResult::Failed { problem } => Some(format!("{}: {problem:?}", object.identity)),
        _ => None,
    };
    report.objects().filter_map(told).collect()
}

/// Claims that the report blames the module for the guest, in words for each reader.
fn assert_blamed(report: &RunReport, behaviour: &str, code: &str) {
    let problem = report.problems.iter().find(|problem| problem.code == code);
    let problem = problem.unwrap_or_else(|| panic!("{behaviour}: no {code} in {:#?}", report.problems));
    assert!(problem.message.starts_with("Module hostile "), "{behaviour}: {problem:?}");
    assert!(problem.message.contains(&BAD.to_string()), "{behaviour}: {problem:?}");
    let hint = problem.hint.clone().unwrap_or_default();
    assert!(hint.contains("For you: ") && hint.contains("For its author: "), "{behaviour}: {hint}");
}

/// Claims that the guest failed by its module's own draft, which names the module and what is wrong.
fn assert_fails(report: &RunReport, behaviour: &str, code: &str) {
    let identity = Identity::guest(behaviour, BAD);
    let object = report.objects().find(|object| object.identity == identity).unwrap();
    let ObjectResult::Failed { problem } = &object.result else { panic!("{behaviour}: {object:?}") };
    assert_eq!(problem.code, code, "{behaviour}: {problem:?}");
    assert!(problem.message.contains("hostile"), "{behaviour}: {problem:?}");
    let hint = problem.hint.clone().unwrap_or_default();
    assert!(hint.contains("For you: ") && hint.contains("For its author: "), "{behaviour}: {hint}");
}

fn is_used(report: &RunReport) -> bool {
    report.modules.iter().any(|usage| usage.module == "by-hand" && usage.calls > 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_changed_on_disk_is_not_used_until_it_is_accepted() {
    let desk = Desk::new();
    let file = desk.file("by-hand.wasm", &module("contract-0.1/by-hand.wasm"));
    desk.succeeds(&["install", &file, "--enable"]);
    let installed = fs::read_dir(desk.modules()).unwrap().map(|entry| entry.unwrap().path());
    let installed =
        installed.into_iter().find(|path| path.extension().is_some_and(|end| end == "wasm")).unwrap();
    fs::write(&installed, edited("by hand", "by mind")).unwrap();
    let spec = FleetSpec::new("lab", 1, 2, 11);
    let lab = LabBuilder::default().fleet(spec).modules(desk.modules()).start().await;

    let report = lab.sync().await;
    let problem = problem_of(&report, "by-hand");
    assert_eq!(problem.code, "module-changed", "{problem:?}");
    assert!(problem.message.contains("its content changed"), "{problem:?}");
    let hint = problem.hint.clone().unwrap_or_default();
    assert!(hint.contains("For you: ") && hint.contains("proxbox transform accept"), "{hint}");
    assert!(hint.contains("For its author: "), "{hint}");
    assert_eq!(lab.vm("lab", BAD).await["cluster"]["name"], "lab", "mapped as usual");
    assert!(!is_used(&report));

    desk.succeeds(&["accept", "by-hand"]);
    let report = lab.sync().await;
    assert!(is_used(&report), "the module that was accepted is used: {:#?}", report.problems);
}
