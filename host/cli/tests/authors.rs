//! The commands for authors of modules, against a module and a Proxmox VE that answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A folder of its own with a database, and the program that works in it.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proxbox"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.dir.path())
            // Compiled modules of all these tests, so that each is compiled once.
            .env(
                "PROXBOX_TRANSFORM_CACHE_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-components"),
            )
            .env("PROXBOX_DATABASE_PATH", self.path("database.db"))
            .env("PROXBOX_ENCRYPTION_KEY", "a key for tests")
            .current_dir(self.dir.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command prints that must succeed.
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
        stdout(&output)
    }

    /// A generated Proxmox VE that is stored as the endpoint `lab`.
    fn proxmox(&self) -> Fake {
        let ca = self.path("ca.pem");
        let mut fake = self
            .command(&["fake", "proxmox", "--listen", "127.0.0.1:0", "--guests", "12", "--ca-out"])
            .arg(&ca)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(fake.stdout.take().unwrap()).lines();
        let mut said = |what: &str| {
            let line = lines.find(|line| line.as_ref().unwrap().starts_with(what)).unwrap().unwrap();
            line[what.len()..].to_owned()
        };
        let fake = Fake(fake);
        let url = said("url: https://127.0.0.1:");
        std::fs::write(self.path("token"), said("token value: ")).unwrap();
        let (ca, token) = (ca.to_str().unwrap(), self.path("token"));
        let place = ["endpoint", "add", "proxmox", "lab", "--host", "127.0.0.1", "--port", url.trim()];
        let account = ["--user", "proxbox@pve", "--token-name", "sync", "--ca-file", ca, "--secret-file"];
        self.ok(&[&place[..], &account[..], &[token.to_str().unwrap()]].concat());
        fake
    }
}

/// A server that ends with its test.
struct Fake(Child);

impl Drop for Fake {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn artifact(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/modules/artifacts").join(name);
    file.to_str().unwrap().to_owned()
}

/// The facts of the cases in a folder.
fn facts(dir: &Path) -> Vec<(String, Json)> {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let read = |file: PathBuf| {
        let case: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        (case["interface"].as_str().unwrap().to_owned(), case["fact"].clone())
    };
    files.map(read).collect()
}

#[test]
fn facts_of_a_live_proxmox_become_cases_that_a_module_is_tested_with() {
    let desk = Desk::new();
    let _proxmox = desk.proxmox();
    let module = artifact("pool-roles.wasm");
    let record = ["transform", "record", "--endpoint", "lab", "--output", "cases"];
    let output = desk.run(&[&record[..], &["--type", "virtual-machine", "--limit", "4"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("4 cases in cases; left out: "), "{}", stderr(&output));

    let test = ["transform", "test", &module, "--cases", "cases", "--json"];
    let output = desk.run(&test);
    assert_eq!(output.status.code(), Some(1), "cases without outcomes do not hold");
    desk.ok(&[&test[..], &["--update"]].concat());
    let report: Json = serde_json::from_str(&desk.ok(&test)).unwrap();
    assert_eq!(report["passed"], true);
    assert_eq!(report["cases"].as_array().unwrap().len(), 4);
    assert!(report["cases"].as_array().unwrap().iter().all(|case| case["verdict"] == "holds"));
}

#[test]
fn every_sort_of_fact_is_recorded_without_secrets_and_persons() {
    let desk = Desk::new();
    let _proxmox = desk.proxmox();
    desk.ok(&["transform", "record", "--endpoint", "lab", "--output", "cases", "--limit", "100"]);
    let facts = facts(&desk.path("cases"));
    let interfaces: std::collections::BTreeSet<&str> = facts.iter().map(|(of, _)| of.as_str()).collect();
    for interface in
        ["cluster", "node", "storage", "virtual-machine", "cloud-init", "task", "ip-address", "backup"]
    {
        assert!(interfaces.contains(interface), "{interface} is not among {interfaces:?}");
    }
    for (interface, fact) in &facts {
        let text = fact.to_string();
        for trace in ["ssh-ed25519", "ssh-rsa", "root@", "ops@"] {
            assert!(!text.contains(trace), "{trace} in {interface}: {text}");
        }
        assert!(fact["notes"].as_str().unwrap_or_default().is_empty(), "{text}");
    }
}

#[test]
fn a_live_guest_is_shown_with_what_a_module_changes() {
    let desk = Desk::new();
    let _proxmox = desk.proxmox();
    let module = artifact("pool-roles.wasm");
    let shown = desk.ok(&["transform", "run", &module, "--guest", "101", "--endpoint", "lab"]);
    assert!(shown.starts_with("virtual-machine 101 ("), "{shown}");
    let output = desk.run(&["transform", "run", &module, "--guest", "999999", "--endpoint", "lab"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the module maps virtual-machine"), "{}", stderr(&output));
}

#[test]
fn a_module_is_checked_measured_and_looked_into() {
    let desk = Desk::new();
    let module = artifact("pool-roles.wasm");
    assert!(desk.ok(&["transform", "check", &module]).contains("ok       identity  It is pool-roles 1.0.0."));
    let refused = desk.run(&["transform", "check", &module, "--settings", r#"{"roles": 1}"#]);
    assert_eq!(refused.status.code(), Some(1));
    let schema: Json =
        serde_json::from_str(&desk.ok(&["transform", "inspect", &module, "--settings"])).unwrap();
    assert_eq!(schema["properties"]["roles"]["type"], "object");
    assert!(desk.ok(&["transform", "inspect", &module]).contains("language   Rust"));
    let cost: Json =
        serde_json::from_str(&desk.ok(&["transform", "bench", &module, "--objects", "20", "--json"]))
            .unwrap();
    assert_eq!(cost["interfaces"][0]["objects"], json!(20));
}

#[test]
fn what_is_no_project_and_no_module_is_said_with_what_to_do() {
    let desk = Desk::new();
    let told = |arguments: &[&str]| {
        let output = desk.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        stderr(&output)
    };
    assert!(told(&["transform", "test"]).contains("proxbox transform new NAME"));
    std::fs::write(desk.path("package.json"), r#"{"name": "acme"}"#).unwrap();
    assert!(told(&["transform", "test"]).contains("proxbox transform build ."));
    std::fs::write(desk.path("acme.wasm"), "no module").unwrap();
    let refused = told(&["transform", "test"]);
    assert!(refused.contains("Module acme is not used: it is not a WebAssembly file.\n"), "{refused}");
    assert!(refused.contains("For you: ") && refused.contains("For its author: "), "{refused}");
}
