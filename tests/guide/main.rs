//! Every command of the author's guide is executed, and prints what the guide shows.
//!
//! What it says to authors in a language is executed with the feature `test-authoring`, because building a module needs that
//! language's tools.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[cfg(feature = "test-authoring")]
mod languages;

use proxbox_fakes::fleet::{Fleet, FleetSpec, GuestKind, Pool};
use proxbox_fakes::netbox::Flavour;
use proxbox_fakes::proxmox::{FakeProxmox, Options};
use proxbox_modules::{Folder, State};
use proxbox_tests::transcript::{Shell, Step, groups, steps, texts};
use proxbox_tests::{LabNetbox, compiled_components, program};
use proxbox_workbench::Case;
use serde_json::Value as Json;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::task::block_in_place;

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const GUIDE: &str = "docs/modules.md";
const REFERENCE: &str = "docs/modules/reference.md";
const DOCUMENTS: [&str; 3] = [GUIDE, REFERENCE, "docs/contract.md"];

/// The guest that the guide speaks of.
const GUEST: u32 = 101;

fn text(document: &str) -> String {
    fs::read_to_string(Path::new(REPOSITORY).join(document)).unwrap()
}

/// A reader of the guide: a Proxmox, a NetBox, an empty home and a folder to work in.
struct Reader {
    netbox: LabNetbox,
    proxmox: FakeProxmox,
    home: TempDir,
    shell: Shell,
}

impl Reader {
    /// One who has built nothing yet, and synced once.
    async fn new(more: Vec<(String, OsString)>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let netbox = LabNetbox::in_memory(Flavour::Bare).await;
        let proxmox = FakeProxmox::start(fleet(), Options::default()).await.expect("a free port");
        let home = tempfile::tempdir().unwrap();
        let desk = home.path().join("modules");
        fs::create_dir(&desk).unwrap();
        let mut environment = environment(home.path());
        environment.extend(more);
        let mut reader = Self { netbox, proxmox, shell: Shell::new(desk, environment), home };
        reader.store_endpoints();
        reader.must("proxbox sync");
        reader
    }

    fn store_endpoints(&mut self) {
        let home = self.home.path();
        let (user, name, secret) = self.proxmox.token();
        fs::write(home.join("netbox.token"), self.netbox.token()).unwrap();
        fs::write(home.join("proxmox.token"), secret).unwrap();
        fs::write(home.join("ca.pem"), self.proxmox.ca_pem()).unwrap();
        let (url, address) = (self.netbox.url(), self.proxmox.addr());
        self.must(&format!("proxbox endpoint add netbox netbox --url {url} --token-file ~/netbox.token"));
        self.must(&format!(
            "proxbox endpoint add proxmox lab --host {} --port {} --user {user} --token-name {name} \
             --secret-file ~/proxmox.token --ca-file ~/ca.pem",
            address.ip(),
            address.port()
        ));
    }

    fn must(&mut self, command: &str) {
        let (output, succeeded) = block_in_place(|| self.shell.run(command));
        assert!(succeeded, "$ {command}\n{output}");
    }

    /// Follows what all documents say to a group of readers.
    fn follow(&mut self, group: &str) {
        for document in DOCUMENTS {
            for step in steps(&text(document), group) {
                self.take(document, &step);
            }
        }
    }

    fn take(&mut self, document: &str, step: &Step) {
        if let Err(fault) = block_in_place(|| self.shell.follow(document, step)) {
            panic!("{fault}");
        }
    }

    async fn guest(&self) -> Json {
        let all = self.netbox.list("virtualization/virtual-machines/").await;
        let found = all.into_iter().find(|vm| vm["custom_fields"]["proxmox_vm_id"] == GUEST);
        found.expect("the guest is in NetBox")
    }
}

/// A small cluster whose guest 101 says by a tag whose it is, and by a pool what it is for.
fn fleet() -> Fleet {
    let mut fleet = Fleet::generate(&FleetSpec { first_vmid: GUEST, ..FleetSpec::new("lab", 2, 4, 7) });
    let guest = fleet.guest_mut(GUEST).unwrap();
    assert_eq!(guest.kind, GuestKind::Qemu);
    guest.name = "web".to_owned();
    guest.tags = vec!["tenant-acme".to_owned()];
    fleet.pools = vec![Pool { name: "web".to_owned(), members: [GUEST].into(), ..Pool::default() }];
    fleet
}

/// Nothing but where things are.
fn environment(home: &Path) -> Vec<(String, OsString)> {
    let binary = program();
    let outer = std::env::var_os("PATH").unwrap_or_default();
    let folders = [binary.parent().unwrap().to_owned()].into_iter().chain(std::env::split_paths(&outer));
    let mut variables = vec![
        ("PATH".to_owned(), std::env::join_paths(folders).unwrap()),
        ("HOME".to_owned(), home.into()),
        ("LANG".to_owned(), "C.UTF-8".into()),
        ("PROXBOX_ENCRYPTION_KEY".to_owned(), "of the reader".into()),
        ("PROXBOX_TRANSFORM_CACHE_DIR".to_owned(), compiled_components().into()),
    ];
    // Rust's own tools lie in the home of whoever runs the tests.
    let outerhome = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    for (name, usual) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        variables.push((name.to_owned(), std::env::var_os(name).unwrap_or(outerhome.join(usual).into())));
    }
    variables
}

/// Where the mapper is in a project in that language; none when it is no language of modules.
fn entry(language: &str) -> Option<&'static str> {
    [("rust", "src/lib.rs"), ("python", "src/app.py"), ("javascript", "src/module.js")]
        .into_iter()
        .find_map(|(name, entry)| (name == language).then_some(entry))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_guide_shows_of_running_modules_is_what_happens() {
    let mut reader = Reader::new(Vec::new()).await;
    assert_eq!(reader.guest().await["role"], Json::Null, "before the module runs, the guest has no role");
    let desk = reader.home.path().join("modules");
    let repository = Path::new(REPOSITORY);
    for folder in ["examples", "tests"] {
        symlink(repository.join(folder), desk.join(folder)).unwrap();
    }
    // Built from the example; the guide's readers build it themselves.
    fs::copy(repository.join("tests/modules/artifacts/pool-roles.wasm"), desk.join("pool-roles.wasm"))
        .unwrap();
    reader.follow("");
    assert_eq!(
        reader.guest().await["role"]["name"],
        "Web server",
        "the settings of the guide reached NetBox"
    );
}

#[test]
fn every_command_in_the_guide_is_executed() {
    for document in DOCUMENTS {
        let unknown: Vec<String> = groups(&text(document))
            .into_iter()
            .filter(|group| !group.is_empty() && entry(group).is_none())
            .collect();
        assert_eq!(unknown, Vec::<String>::new(), "no test follows these of {document}");
    }
    for language in ["rust", "python", "javascript"] {
        let commands = steps(&text(GUIDE), language);
        for command in ["transform new", "transform build", "transform test", "transform install", "sync"] {
            let command = format!("proxbox {command}");
            assert!(
                commands.iter().any(|step| step.command.starts_with(&command)),
                "{language} lacks {command}"
            );
        }
    }
}

#[test]
fn the_transforms_toml_and_the_case_that_the_reference_shows_are_read() {
    let reference = text(REFERENCE);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("transforms.toml"), &texts(&reference, "toml")[0]).unwrap();
    let entries = Folder::new(folder.path()).contents().unwrap().entries;
    assert_eq!((entries[0].name(), entries[0].state), ("acme-tenants", State::Enabled));

    let case = folder.path().join("case.json");
    fs::write(&case, &texts(&reference, "json")[0]).unwrap();
    assert_eq!(Case::load(&case).unwrap().interface.as_deref(), Some("virtual-machine"));
}
