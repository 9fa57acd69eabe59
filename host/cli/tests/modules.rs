//! Installing, ordering and replacing modules from the command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use rustls::pki_types::PrivateKeyDer;
use sha2::Digest as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use tempfile::TempDir;

const POOL_ROLES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/modules/artifacts/pool-roles.wasm");
const HOSTILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/modules/artifacts/hostile.wasm");

/// A user with a home of their own.
struct User {
    home: TempDir,
    variables: Vec<(&'static str, PathBuf)>,
}

impl User {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// `proxbox transform …`
    fn transform(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_proxbox"))
            .arg("transform")
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            // Compiled once for all of these tests.
            .env(
                "PROXBOX_TRANSFORM_CACHE_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-components"),
            )
            .envs(self.variables.iter().cloned())
            .output()
            .expect("the program starts")
    }

    /// What it prints, when it succeeds.
    fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.transform(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it says, when it fails.
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.transform(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        stderr(&output)
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join(".local/share/proxbox/modules")
    }

    fn manifest(&self) -> String {
        std::fs::read_to_string(self.folder().join("transforms.toml")).unwrap_or_default()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_empty_folder_says_how_to_begin() {
    let user = User::new();
    let output = user.transform(&["list"]);
    assert!(output.status.success());
    assert!(stderr(&output).contains("No module is installed"), "{}", stderr(&output));
    assert!(stderr(&output).contains("proxbox transform new NAME"));
}

#[test]
fn a_module_goes_from_staged_to_enabled_to_removed() {
    let user = User::new();
    let installed = user.succeeds(&["install", POOL_ROLES]);
    assert!(installed.starts_with("pool-roles 1.0.0 is installed: staged, the only module\n"), "{installed}");
    assert!(user.succeeds(&["list"]).contains("staged"));
    assert_eq!(user.succeeds(&["enable", "pool-roles"]), "pool-roles is enabled, the only module\n");
    let listed = user.succeeds(&["list"]);
    assert!(listed.contains("enabled") && listed.contains("everywhere; policy builtin"), "{listed}");
    user.succeeds(&["disable", "pool-roles"]);
    assert!(user.manifest().contains("state = \"disabled\""));
    user.succeeds(&["remove", "pool-roles"]);
    assert_eq!(user.succeeds(&["list"]), "");
    let files: Vec<_> =
        std::fs::read_dir(user.folder()).unwrap().flatten().map(|file| file.file_name()).collect();
    assert!(files.iter().all(|file| !file.to_string_lossy().ends_with(".wasm")), "{files:?}");
}

#[test]
fn what_the_host_would_refuse_is_not_installed() {
    let user = User::new();
    let cut = user.home.path().join("cut.wasm");
    std::fs::write(&cut, &std::fs::read(POOL_ROLES).unwrap()[..5000]).unwrap();
    let told = user.fails(&["install", cut.to_str().unwrap()]);
    assert!(told.starts_with("error[module-damaged]: Module cut is not used: it is damaged"), "{told}");
    assert!(told.contains("For you: ") && told.contains("For its author: "), "{told}");
    assert!(user.fails(&["install", "nowhere.wasm"]).contains("cannot read nowhere.wasm"));
    assert_eq!(user.manifest(), "");
}

#[test]
fn settings_are_checked_before_anything_changes() {
    let user = User::new();
    let told = user.fails(&["install", POOL_ROLES, "--settings", r#"{"roles": 7}"#]);
    assert!(told.contains("error[module-settings]") && told.contains("`/roles`"), "{told}");
    assert_eq!(user.manifest(), "");
    user.succeeds(&["install", POOL_ROLES, "--enable", "--settings", r#"{"roles": {"web": "Web server"}}"#]);
    let before = user.manifest();
    assert!(before.contains("settings = { roles = { web = \"Web server\" } }"), "{before}");
    user.fails(&["configure", "pool-roles", "--settings", r#"{"roles": []}"#]);
    assert_eq!(user.manifest(), before);
    user.succeeds(&["configure", "pool-roles", "--scope", "cluster:prod", "--policy", "skip"]);
    let after = user.manifest();
    assert!(after.contains("scope = [\"cluster:prod\"]") && after.contains("policy = \"skip\""), "{after}");
    user.succeeds(&["configure", "pool-roles", "--scope", "all"]);
    assert!(!user.manifest().contains("scope"));
}

#[test]
fn a_file_that_changed_is_refused_until_it_is_accepted() {
    let user = User::new();
    user.succeeds(&["install", POOL_ROLES, "--enable"]);
    let file = std::fs::read_dir(user.folder()).unwrap().flatten().map(|file| file.path());
    let file =
        file.into_iter().find(|file| file.extension().is_some_and(|extension| extension == "wasm")).unwrap();
    let other = std::fs::read(HOSTILE).unwrap();
    std::fs::write(&file, &other).unwrap();

    let told = user.fails(&["list"]);
    assert!(told.contains("refused[module-changed]: Module pool-roles"), "{told}");
    assert!(told.contains("proxbox transform accept NAME"), "{told}");
    let accepted = user.succeeds(&["accept", "pool-roles"]);
    assert!(accepted.contains(&hex(&sha2::Sha256::digest(&other))), "{accepted}");
    user.succeeds(&["list"]);

    std::fs::write(&file, b"garbage").unwrap();
    assert!(user.fails(&["accept", "pool-roles"]).contains("it is not a WebAssembly file"));
}

#[test]
fn order_and_names_are_the_sites() {
    let user = User::new();
    user.succeeds(&["install", POOL_ROLES]);
    user.succeeds(&["install", POOL_ROLES, "--name", "lab-roles", "--scope", "endpoint:lab"]);
    assert_eq!(user.succeeds(&["order", "pool-roles"]), " 1 pool-roles\n 2 lab-roles\n");
    let unknown = user.fails(&["enable", "labroles"]);
    assert!(
        unknown.contains("there is no module \"labroles\"")
            && unknown.contains("There are pool-roles, lab-roles.")
    );
    assert!(user.fails(&["install", POOL_ROLES, "--name", "Lab Roles"]).contains("is not a name"));
    let listed: serde_json::Value = serde_json::from_str(&user.succeeds(&["list", "--json"])).unwrap();
    assert_eq!(listed[1]["entry"]["scope"][0], "endpoint:lab");
    assert_eq!(listed[1]["module"]["name"], "pool-roles");
}

#[test]
fn a_second_module_of_the_same_name_with_another_content_is_told() {
    let user = User::new();
    user.succeeds(&["install", POOL_ROLES]);
    let other = user.home.path().join("other.wasm");
    let mut bytes = std::fs::read(POOL_ROLES).unwrap();
    // A custom section more: another content, the same module.
    bytes.extend([0, 2, 1, b'x']);
    std::fs::write(&other, bytes).unwrap();
    let told = user.fails(&["install", other.to_str().unwrap(), "--name", "other"]);
    assert!(told.contains("error[module-name-taken]"), "{told}");
}

#[test]
fn a_module_from_the_network_needs_its_digest_and_https() {
    let mut user = User::new();
    let module = std::fs::read(POOL_ROLES).unwrap();
    let (address, authority) = serve_once(&module);
    let file = user.home.path().join("ca.pem");
    std::fs::write(&file, authority).unwrap();
    user.variables.push(("SSL_CERT_FILE", file));

    assert!(user.fails(&["install", &address]).contains("error[module-no-digest]"));
    let digest = hex(&sha2::Sha256::digest(&module));
    assert!(
        user.fails(&["install", "http://127.0.0.1:9/a.wasm", "--sha256", &digest])
            .contains("is not an https address")
    );
    let installed = user.succeeds(&["install", &address, "--sha256", &digest]);
    assert!(installed.contains(&digest), "{installed}");
    let other = "0".repeat(64);
    assert!(user.fails(&["install", POOL_ROLES, "--sha256", &other]).contains("not the one that was named"));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A server that answers one request over TLS. Gives the address and the certificate to trust.
fn serve_once(body: &[u8]) -> (String, String) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://localhost:{}/pool-roles.wasm", listener.local_addr().unwrap().port());
    let body = body.to_vec();
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, socket);
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        stream.conn.send_close_notify();
        let _ = stream.flush();
    });
    (address, cert.pem())
}
