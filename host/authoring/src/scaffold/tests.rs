use super::*;
use crate::contract::interfaces;
use proxbox_model::Diagnostic;
use std::collections::BTreeSet;

fn new(language: Language, wraps: &str) -> NewModule {
    NewModule { name: "acme-tenants".to_owned(), language, wraps: wraps.to_owned() }
}

fn made(language: Language, wraps: &str) -> (tempfile::TempDir, BTreeSet<String>) {
    let dir = tempfile::tempdir().unwrap();
    let files = scaffold(&dir.path().join("acme"), &new(language, wraps)).unwrap();
    (dir, files.iter().map(|path| path.to_str().unwrap().to_owned()).collect())
}

#[test]
fn a_project_has_everything_that_an_author_needs() {
    let parts = ["README.md", "settings.schema.json", ".github/workflows/module.yml", ".gitignore"];
    for (language, own) in [
        (Language::Rust, ["Cargo.toml", "src/lib.rs", "vendor/proxbox-transform-sdk/src/lib.rs"]),
        (Language::Python, ["pyproject.toml", "src/app.py", "src/proxbox_sdk.py"]),
        (Language::JavaScript, ["package.json", "src/module.js", "src/proxbox-sdk.d.ts"]),
    ] {
        let (_dir, files) = made(language, USUAL_INTERFACE);
        for part in parts.iter().chain(&own).chain(&["wit/v0.1/facts.wit"]) {
            assert!(files.contains(*part), "{language}: {part}");
        }
        assert_eq!(files.iter().filter(|name| name.starts_with("cases/")).count(), 3, "{language}");
    }
}

#[test]
fn no_placeholder_is_left() {
    for language in Language::ALL {
        for wraps in interfaces() {
            let (dir, files) = made(language, wraps);
            for file in files.iter().filter(|name| !name.starts_with("vendor") && !name.contains("sdk")) {
                let text = fs::read_to_string(dir.path().join("acme").join(file)).unwrap();
                assert!(!text.replace("${{", "").contains("{{"), "{language} {wraps} {file}:\n{text}");
            }
        }
    }
}

#[test]
fn every_manifest_is_read_as_that_of_the_module() {
    for language in [Language::Python, Language::JavaScript] {
        for wraps in interfaces() {
            let (dir, _) = made(language, wraps);
            let dir = dir.path().join("acme");
            assert_eq!(Language::of(&dir).unwrap(), language);
            let project = crate::project::Project::read(&dir, language).unwrap();
            assert_eq!((project.name.as_str(), project.maps[0].interface), ("acme-tenants", wraps));
            assert_ne!(project.schema, "{}");
        }
    }
}

#[test]
fn a_crate_of_its_own_is_read_by_cargo() {
    let (dir, _) = made(Language::Rust, USUAL_INTERFACE);
    let package = crate::package::Package::read(&dir.path().join("acme")).unwrap();
    assert_eq!((package.name.as_str(), package.library.as_deref()), ("acme-tenants", Some("acme_tenants")));
    assert_eq!(package.digest().unwrap().len(), 64);
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    let error = scaffold(dir.path(), &new(Language::Rust, USUAL_INTERFACE)).unwrap_err();
    assert_eq!(error.code(), "authoring-folder-not-empty");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn wrong_names_are_told_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let bad = NewModule { name: "Acme Tenants".to_owned(), ..new(Language::Python, USUAL_INTERFACE) };
    assert_eq!(scaffold(dir.path(), &bad).unwrap_err().code(), "authoring-module-name");
    let bad = new(Language::Python, "guest");
    let error = scaffold(dir.path(), &bad).unwrap_err();
    assert_eq!(error.code(), "authoring-object-type");
    assert!(error.hint().unwrap().contains("virtual-machine"), "{:?}", error.hint());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
