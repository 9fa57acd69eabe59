//! What the terminal shows: golden help texts, and errors that say what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

/// Runs the program in an environment of its own.
fn proxbox(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_proxbox"))
        .args(arguments)
        .env_clear()
        .env("HOME", std::env::temp_dir())
        .output()
        .expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn help_teaches_every_command() {
    let commands: [&[&str]; 33] = [
        &[],
        &["serve"],
        &["sync"],
        &["demo"],
        &["key"],
        &["endpoint"],
        &["endpoint", "add", "netbox"],
        &["endpoint", "add", "proxmox"],
        &["endpoint", "confirm"],
        &["config", "show"],
        &["fake", "proxmox"],
        &["fake", "netbox"],
        &["schema"],
        &["schema", "show"],
        &["schema", "import"],
        &["transform"],
        &["transform", "new"],
        &["transform", "build"],
        &["transform", "check"],
        &["transform", "test"],
        &["transform", "run"],
        &["transform", "bench"],
        &["transform", "record"],
        &["transform", "inspect"],
        &["transform", "install"],
        &["transform", "list"],
        &["transform", "enable"],
        &["transform", "stage"],
        &["transform", "disable"],
        &["transform", "order"],
        &["transform", "configure"],
        &["transform", "accept"],
        &["transform", "logs"],
    ];
    for command in commands {
        let output = proxbox(&[command, &["--help"]].concat());
        assert!(output.status.success(), "{command:?}");
        let name = if command.is_empty() { "proxbox".to_owned() } else { command.join("-") };
        insta::assert_snapshot!(name, stdout(&output));
    }
}

#[test]
fn a_demo_prints_one_json_object_with_every_guest_accounted_for() {
    let output = proxbox(&["demo", "--once", "--guests", "200", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let stages = report["stages"].as_object().unwrap();
    assert_eq!(stages.len(), 12, "{stages:?}");
    for (stage, created) in [("devices", 1 + 3), ("virtual-machines", 200)] {
        assert!(stages[stage]["created"].as_u64().unwrap() >= created, "{stage}");
    }
    for count in ["created", "skipped"] {
        let sum: u64 = stages.values().map(|counts| counts[count].as_u64().unwrap()).sum();
        assert_eq!(report[count], sum, "every object is in one stage");
    }
    assert_eq!(report["failed"], 0);
    for count in ["updated", "unchanged", "skipped", "conflicts", "netbox_requests", "proxmox_requests"] {
        assert!(report[count].is_u64(), "{count}");
    }
    assert!(report["duration_seconds"].is_f64());
}

#[test]
fn a_wrong_choice_is_answered_with_the_right_ones() {
    for (argument, told) in [
        ("--stage=snapshot", "task-history"),
        ("--overwrite=overwrite_vm_rol=false", "'overwrite_vm_role'"),
        ("--mode=sync_mode_mac=never", "bootstrap_only"),
    ] {
        let output = proxbox(&["sync", argument]);
        assert_eq!(output.status.code(), Some(2), "{argument}");
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
}

#[test]
fn without_an_encryption_key_nothing_is_stored_and_the_message_says_what_to_set() {
    let output = proxbox(&["endpoint", "list"]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("hint") && text.contains("PROXBOX_ENCRYPTION_KEY"), "{text}");
}

/// `demo`, stopped when the test ends.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_service_that_a_demo_leaves_running_finds_nothing_left_to_write() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxbox"));
    command.args(["demo", "--guests", "10"]).env_clear().env("HOME", std::env::temp_dir());
    let mut demo = Demo(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let lines = BufReader::new(demo.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let told = lines.into_iter().find(|line| line.contains("a full update, live")).unwrap();
    let between = |from: &str, to: &str| told.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let (key, address) = (between("X-Proxbox-API-Key: ", "'"), between("http://", "/"));

    let mut service = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET /transforms/preview HTTP/1.1\r\nHost: {address}\r\nX-Proxbox-API-Key: {key}\r\nConnection: close\r\n\r\n"
    );
    service.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    service.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(r#""counts":{"created":0,"updated":0,"#), "{}", &answer[..answer.len().min(900)]);
}

#[test]
fn stored_secrets_come_back_in_no_listing() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("proxbox.db");
    let secret = dir.path().join("token");
    std::fs::write(&secret, "seeded-secret-77aa\n").unwrap();
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_proxbox"))
            .args(arguments)
            .env_clear()
            .env("PROXBOX_DATABASE_PATH", &database)
            .env("PROXBOX_ENCRYPTION_KEY", "a key for this test")
            .output()
            .expect("the program starts")
    };
    let file = secret.to_str().unwrap();
    let netbox =
        ["endpoint", "add", "netbox", "main", "--url", "https://netbox.example.org", "--token-file", file];
    let added = run(&netbox);
    assert!(added.status.success(), "{}", stderr(&added));
    let proxmox = [
        "endpoint",
        "add",
        "proxmox",
        "prod",
        "--host",
        "192.0.2.7",
        "--token-name",
        "sync",
        "--secret-file",
        file,
    ];
    let added = run(&proxmox);
    assert!(added.status.success(), "{}", stderr(&added));

    let listed = run(&["endpoint", "list"]);
    let text = format!("{}{}", stdout(&listed), stderr(&listed));
    assert!(text.contains("https://netbox.example.org") && text.contains("192.0.2.7"), "{text}");
    assert!(!text.contains("seeded-secret"));
    let bytes = std::fs::read(&database).unwrap();
    assert!(!bytes.windows(13).any(|window| window == b"seeded-secret"), "encrypted at rest");

    let created = run(&["key", "create", "--label", "plugin"]);
    assert_eq!(stdout(&created).trim().len(), 64, "the key alone is on stdout");
    assert!(stdout(&run(&["key", "list"])).contains("plugin"));
}

/// What `config show --json` says of a setting: value, origin and what decided.
fn shown(output: &Output, name: &str) -> (String, String, Option<String>) {
    let shown: serde_json::Value = serde_json::from_str(&stdout(output)).unwrap();
    let settings = shown["settings"].as_array().unwrap();
    let setting = settings.iter().find(|setting| setting["name"] == name).unwrap();
    let text = |member: &str| setting[member].as_str().map(str::to_owned);
    (text("value").unwrap(), text("origin").unwrap(), text("by"))
}

fn decided(value: &str, origin: &str, by: Option<&str>) -> (String, String, Option<String>) {
    (value.to_owned(), origin.to_owned(), by.map(str::to_owned))
}

#[test]
fn settings_are_shown_with_the_flag_or_variable_that_decided_and_without_secrets() {
    let output = Command::new(env!("CARGO_BIN_EXE_proxbox"))
        .args(["config", "show", "--offline", "--json", "--bulk-batch-size", "0", "--port=9000"])
        .env_clear()
        .env("HOME", std::env::temp_dir())
        .env("PROXBOX_NETBOX_TIMEOUT", "7.5")
        .env("PROXBOX_DATABASE_PATH", std::env::temp_dir().join("proxbox-no-such-folder/x.db"))
        .env("PROXBOX_ENCRYPTION_KEY", "seeded-secret-77aa")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(shown(&output, "netbox_timeout"), decided("7.5", "variable", Some("PROXBOX_NETBOX_TIMEOUT")));
    assert_eq!(shown(&output, "bulk_batch_size"), decided("1", "flag", Some("--bulk-batch-size")));
    assert_eq!(shown(&output, "port"), decided("9000", "flag", Some("--port")));
    assert_eq!(shown(&output, "proxmox_timeout"), decided("30", "default", None));
    assert_eq!(shown(&output, "sync_mode_vm"), decided("always", "default", None));
    assert_eq!(
        shown(&output, "encryption_key"),
        decided("(set, not shown)", "variable", Some("PROXBOX_ENCRYPTION_KEY"))
    );
    assert!(!stdout(&output).contains("seeded-secret"));
}

#[test]
fn settings_of_the_plugin_are_asked_for_and_a_netbox_that_is_away_is_told() {
    use proxbox_fakes::netbox::{FakeNetbox, Flavour, Options};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = Options::default().flavour(Flavour::CurrentPlugin);
    let netbox = runtime.block_on(FakeNetbox::start(options)).unwrap();
    netbox.seed_plugin_endpoint("lab", "192.0.2.7", 8006).unwrap();
    let settings = serde_json::json!({"netbox_timeout": 60, "bulk_batch_size": 20, "delete_orphans": true});
    netbox.change("plugins/proxbox/settings/1", &settings).unwrap();
    netbox.change("plugins/proxbox/endpoints/proxmox/1", &serde_json::json!({"timeout": 44})).unwrap();

    let dir = tempfile::tempdir().unwrap();
    let token = dir.path().join("token");
    std::fs::write(&token, netbox.token()).unwrap();
    let (url, token) = (netbox.url(), token.to_str().unwrap().to_owned());
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_proxbox"))
            .args(arguments)
            .env_clear()
            .env("PROXBOX_DATABASE_PATH", dir.path().join("proxbox.db"))
            .env("PROXBOX_ENCRYPTION_KEY", "a key for this test")
            .env("PROXBOX_BULK_BATCH_SIZE", "5")
            .output()
            .unwrap()
    };
    let added = run(&["endpoint", "add", "netbox", "main", "--url", &url, "--token-file", &token]);
    assert!(added.status.success(), "{}", stderr(&added));
    let proxmox = ["endpoint", "add", "proxmox", "lab", "--host", "192.0.2.7", "--token-name", "t"];
    let added = run(&[&proxmox[..], &["--secret-file", &token]].concat());
    assert!(added.status.success(), "{}", stderr(&added));

    let output = run(&["config", "show", "--json", "--endpoint", "lab"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(shown(&output, "netbox_timeout"), decided("60", "plugin", None));
    assert_eq!(shown(&output, "proxmox_timeout"), decided("44", "plugin-endpoint", None));
    assert_eq!(shown(&output, "bulk_batch_delay_ms"), decided("0", "default", None), "as it is shipped");
    assert_eq!(shown(&output, "bulk_batch_size"), decided("5", "variable", Some("PROXBOX_BULK_BATCH_SIZE")));
    let table = stdout(&run(&["config", "show"]));
    assert!(table.contains("plugin settings") && table.contains("delete_orphans"), "{table}");

    runtime.block_on(netbox.shutdown());
    let away = run(&["config", "show", "--json"]);
    assert_eq!(away.status.code(), Some(3), "what could be shown was shown");
    assert_eq!(shown(&away, "netbox_timeout"), decided("120", "default", None));
    assert!(stdout(&away).contains("not asked") && stderr(&away).contains("netbox-unreachable"));
}
