//! What commands do to a folder of modules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_model::Diagnostic as _;
use proxbox_modules::{Change, ContentError, Digest, Folder, Installation, ModulesError, State};
use serde_json::json;
use std::fs;
use tempfile::TempDir;

const LIMIT: u64 = 1024;

fn folder() -> (TempDir, Folder) {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    (dir, folder)
}

fn module(name: &str, bytes: &[u8]) -> Installation {
    Installation {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        bytes: bytes.to_vec(),
        maps: vec!["virtual-machine".to_owned()],
        change: Change::default(),
    }
}

fn names(folder: &Folder) -> Vec<String> {
    folder.contents().unwrap().entries.iter().map(|entry| entry.name().to_owned()).collect()
}

fn text(folder: &Folder) -> String {
    fs::read_to_string(folder.path().join("transforms.toml")).unwrap()
}

#[test]
fn a_module_is_installed_staged_outermost_and_pinned() {
    let (_dir, folder) = folder();
    folder.install(&module("inner", b"one")).unwrap();
    let installed = folder.install(&module("outer", b"two")).unwrap();
    assert_eq!(names(&folder), ["outer", "inner"]);
    let entry = &folder.contents().unwrap().entries[0];
    assert_eq!(*entry, installed.entry);
    assert_eq!((entry.state, entry.sha256.clone()), (State::Staged, Some(Digest::of(b"two"))));
    assert_eq!(folder.read(entry, LIMIT).unwrap(), b"two");
    assert_eq!(text(&folder).matches("\n\n[[module]]\n").count(), 1, "{}", text(&folder));
}

#[test]
fn a_new_version_keeps_place_state_scope_and_settings() {
    let (_dir, folder) = folder();
    let mut first = module("roles", b"one");
    first.change = Change {
        state: Some(State::Enabled),
        scope: Some(vec!["cluster:prod".parse().unwrap()]),
        settings: json!({"roles": {"web": "Web"}, "depth": 2}).as_object().cloned(),
        ..Change::default()
    };
    let old = folder.install(&first).unwrap().entry;
    folder.install(&module("other", b"x")).unwrap();

    let installed = folder.install(&module("roles", b"two")).unwrap();
    assert_eq!(installed.replaced, Some(Digest::of(b"one")));
    assert_eq!(names(&folder), ["other", "roles"]);
    let new = &folder.contents().unwrap().entries[1];
    assert_eq!((new.state, &new.scope, &new.settings), (State::Enabled, &old.scope, &old.settings));
    assert_eq!(folder.read(new, LIMIT).unwrap(), b"two");
    assert!(!folder.path().join(&old.file).exists(), "the former file is gone");
}

#[test]
fn a_file_that_changed_is_refused_until_it_is_accepted() {
    let (_dir, folder) = folder();
    let entry = folder.install(&module("roles", b"one")).unwrap().entry;
    fs::write(folder.path().join(&entry.file), b"changed").unwrap();
    let refused = folder.read(&entry, LIMIT).unwrap_err();
    assert!(matches!(refused, ContentError::Changed { .. }), "{refused}");
    assert_eq!(refused.code(), "module-changed");

    let (before, now) = folder.accept("roles", &["node".to_owned()], LIMIT).unwrap();
    assert_eq!((before, now), (Some(Digest::of(b"one")), Digest::of(b"changed")));
    let entry = &folder.contents().unwrap().entries[0];
    assert_eq!(folder.read(entry, LIMIT).unwrap(), b"changed");
    assert_eq!(entry.maps, ["node"]);
}

#[test]
fn comments_and_layout_of_the_file_survive_changes() {
    let (dir, folder) = folder();
    for name in ["a", "b"] {
        fs::write(dir.path().join(format!("{name}.wasm")), name).unwrap();
    }
    let before = "# Ours: ask the platform team.\n\n# Roles come first.\n[[module]]\nfile = \"a.wasm\" # tried and \
                  true\nsettings = { roles = { web = \"Web\" } }\n\n# Then sites.\n[[module]]\nfile = \"b.wasm\"\n";
    fs::write(dir.path().join("transforms.toml"), before).unwrap();

    let change = Change { state: Some(State::Disabled), ..Change::default() };
    folder.configure("b", &change).unwrap();
    assert_eq!(text(&folder), format!("{before}state = \"disabled\"\n"));
    folder.order(&["b".to_owned()]).unwrap();
    assert_eq!(names(&folder), ["b", "a"]);
    let after = text(&folder);
    for comment in
        ["# Ours: ask the platform team.", "# tried and true", "# Roles come first.", "# Then sites."]
    {
        assert!(after.contains(comment), "{comment} is lost in\n{after}");
    }
}

#[test]
fn what_lay_in_the_folder_is_listed_when_the_first_module_is_installed() {
    let (dir, folder) = folder();
    fs::write(dir.path().join("dropped.wasm"), b"dropped").unwrap();
    folder.install(&module("new", b"new")).unwrap();
    let contents = folder.contents().unwrap();
    assert_eq!(names(&folder), ["new", "dropped"]);
    assert_eq!(contents.entries[1].sha256, Some(Digest::of(b"dropped")));
    assert_eq!(contents.entries[1].state, State::Enabled, "it was used before");
    assert_eq!(contents.unlisted, Vec::<String>::new());
}

#[test]
fn order_puts_the_named_first_and_keeps_the_rest() {
    let (_dir, folder) = folder();
    for name in ["d", "c", "b", "a"] {
        folder.install(&module(name, name.as_bytes())).unwrap();
    }
    assert_eq!(folder.order(&["c".to_owned(), "a".to_owned()]).unwrap(), ["c", "a", "b", "d"]);
    assert_eq!(names(&folder), ["c", "a", "b", "d"]);
    let unknown = folder.order(&["e".to_owned()]).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no module \"e\"");
    assert_eq!(unknown.hint().unwrap(), "There are c, a, b, d.");
    assert_eq!(names(&folder), ["c", "a", "b", "d"]);
}

#[test]
fn a_removed_module_takes_its_file_along_unless_another_entry_uses_it() {
    let (dir, folder) = folder();
    fs::write(dir.path().join("a.wasm"), "a").unwrap();
    let text = "[[module]]\nfile = \"a.wasm\"\n\n[[module]]\nname = \"again\"\nfile = \"a.wasm\"\nscope = [\"cluster:prod\"]\n";
    fs::write(dir.path().join("transforms.toml"), text).unwrap();
    folder.remove("a").unwrap();
    assert_eq!(names(&folder), ["again"]);
    assert!(dir.path().join("a.wasm").exists());
    folder.remove("again").unwrap();
    assert!(!dir.path().join("a.wasm").exists());
    assert_eq!(folder.contents().unwrap().entries, []);
}

#[test]
fn a_file_that_is_wrong_is_told_and_left_alone() {
    let (dir, folder) = folder();
    fs::write(dir.path().join("transforms.toml"), "[[module]]\nfile = 7\n").unwrap();
    let wrong = folder.install(&module("a", b"a")).unwrap_err();
    assert!(matches!(wrong, ModulesError::Manifest { .. }), "{wrong}");
    assert_eq!(text(&folder), "[[module]]\nfile = 7\n");
    assert!(
        fs::read_dir(dir.path())
            .unwrap()
            .flatten()
            .all(|file| file.path().extension().is_none_or(|extension| extension != "wasm"))
    );
}

#[test]
fn the_fingerprint_changes_with_a_file_and_with_the_list() {
    let (dir, folder) = folder();
    let empty = folder.fingerprint();
    let entry = folder.install(&module("a", b"a")).unwrap().entry;
    let installed = folder.fingerprint();
    assert_ne!(installed, empty);
    assert_eq!(installed, folder.fingerprint());
    fs::write(dir.path().join(&entry.file), b"longer").unwrap();
    assert_ne!(folder.fingerprint(), installed);
}
