//! Endpoints as an operator adds, lists and tests them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{FakeNetbox, Options as NetboxOptions};
use proxbox_fakes::proxmox::{FakeProxmox, Fault, Options as ProxmoxOptions};
use serde_json::json;
use std::process::{Command, Output};
use tempfile::TempDir;

/// What the program is run with: a database of its own, and files for what it is told.
struct Desk {
    dir: TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        Self { dir: tempfile::tempdir().unwrap(), runtime }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_proxbox"))
            .args(arguments)
            .env_clear()
            .env("PROXBOX_DATABASE_PATH", self.dir.path().join("proxbox.db"))
            .env("PROXBOX_ENCRYPTION_KEY", "a key for this test")
            .output()
            .unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        text(&output)
    }

    fn netbox(&self, options: NetboxOptions) -> FakeNetbox {
        self.runtime.block_on(FakeNetbox::start(options)).unwrap()
    }

    fn add_netbox(&self, url: &str, token: &str) -> String {
        let token = self.file("netbox-token", token);
        self.done(&["endpoint", "add", "netbox", "main", "--url", url, "--token-file", &token])
    }

    /// A small cluster, added with that token of its account.
    fn add_proxmox(&self, token: &str) -> FakeProxmox {
        let fleet = Fleet::generate(&FleetSpec::new("lab", 1, 2, 3));
        let options = ProxmoxOptions::default();
        let secret =
            options.accounts[0].tokens.iter().find(|known| known.name == token).unwrap().secret.clone();
        let fake = self.runtime.block_on(FakeProxmox::start(fleet, options)).unwrap();
        let (user, ..) = fake.token();
        let (secret, ca) = (self.file("pve-token", &secret), self.file("ca.pem", fake.ca_pem()));
        let (host, port) = (fake.addr().ip().to_string(), fake.addr().port().to_string());
        let place = ["endpoint", "add", "proxmox", "prod", "--host", &host, "--port", &port, "--user", &user];
        let login = ["--token-name", token, "--secret-file", &secret, "--ca-file", &ca];
        self.done(&[&place[..], &login].concat());
        fake
    }
}

fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_netbox_below_a_path_is_added_listed_and_reached_there() {
    let desk = Desk::new();
    let netbox = desk.netbox(NetboxOptions { base_path: "/tools/netbox".into(), ..NetboxOptions::default() });
    let url = format!("{}/", netbox.url());
    assert!(url.ends_with("/tools/netbox/"));
    let added = desk.add_netbox(&url, netbox.token());
    assert!(added.contains(&netbox.url()), "{added}");
    assert!(desk.done(&["endpoint", "list"]).contains(&netbox.url()));
    let told = desk.done(&["endpoint", "test"]);
    assert!(told.contains("main: NetBox 4.7.3 answers"), "{told}");
}

#[test]
fn a_url_of_the_api_is_understood_as_that_of_its_netbox() {
    let desk = Desk::new();
    let netbox = desk.netbox(NetboxOptions::default());
    desk.add_netbox(&format!("{}/api/", netbox.url()), netbox.token());
    assert!(desk.done(&["endpoint", "test"]).contains("NetBox 4.7.3 answers"));
}

#[test]
fn a_test_says_what_the_account_sees_what_shows_the_rest_and_when_its_token_expires() {
    let desk = Desk::new();
    let netbox = desk.netbox(NetboxOptions::default());
    desk.add_netbox(&netbox.url(), netbox.token());
    let proxmox = desk.add_proxmox("auditor");
    proxmox.fault("/access/users/*", Fault::Data(json!({"expire": 0, "privsep": 1})));
    let told = desk.done(&["endpoint", "test"]);
    for line in [
        "  the token may write all that a sync writes",
        "  proxbox@pve!auditor never expires",
        "  sees all guests, nodes and tasks, storages",
        "  does not see backups (shown by Datastore.AllocateSpace on /storage and VM.Backup on /vms)",
        "  does not see answers of guest agents (shown by VM.GuestAgent.Audit",
    ] {
        assert!(told.contains(line), "no {line:?} in {told}");
    }

    proxmox.fault("/access/users/*", Fault::Data(json!({"expire": 4_102_444_800_i64})));
    assert!(desk.done(&["endpoint", "test"]).contains("on 2100-01-01 00:00 UTC"));
    proxmox.fault("/access/users/*", Fault::Status(403, "Permission check failed".into()));
    assert!(desk.done(&["endpoint", "test"]).contains("proxbox@pve!auditor may not read when it expires"));
}

#[test]
fn a_test_says_what_the_token_of_netbox_may_not_write() {
    let desk = Desk::new();
    let netbox = desk.netbox(NetboxOptions::default());
    desk.add_netbox(&netbox.url(), netbox.read_only_token());
    let told = desk.done(&["endpoint", "test"]);
    assert!(told.contains("the token may not write any"), "{told}");
    assert!(told.contains("any VLAN"), "{told}");
}
