//! What authors are told when a folder cannot be built.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_authoring::{BuildError, BuildOptions, build, componentize};
use proxbox_model::Diagnostic;
use std::fs;

fn refused(files: &[(&str, &str)]) -> BuildError {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    build(dir.path(), &BuildOptions::default(), &mut |_| {}).unwrap_err()
}

const PACKAGE: &str = "[package]\nname = \"acme\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[workspace]\n";

#[test]
fn a_folder_without_a_package_is_told_as_such() {
    let error = refused(&[]);
    assert_eq!(error.code(), "authoring-not-a-package");
    assert!(error.to_string().contains("Cargo.toml"), "{error}");
}

#[test]
fn a_workspace_without_a_package_is_told_as_such() {
    assert_eq!(refused(&[("Cargo.toml", "[workspace]\n")]).code(), "authoring-not-a-package");
}

#[test]
fn a_library_that_is_no_module_is_told_what_to_add() {
    let error = refused(&[("Cargo.toml", PACKAGE), ("src/lib.rs", "")]);
    assert_eq!(error.to_string(), "The package acme has no library of type `cdylib`.");
    assert!(error.hint().unwrap().contains("crate-type"));
}

#[test]
fn without_a_way_the_commands_that_give_one_are_told() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Cargo.toml"), format!("{PACKAGE}[lib]\ncrate-type = [\"cdylib\"]\n")).unwrap();
    fs::create_dir(dir.path().join("src")).unwrap();
    fs::write(dir.path().join("src/lib.rs"), "").unwrap();
    let options = BuildOptions { ways: Vec::new(), ..BuildOptions::default() };
    let error = build(dir.path(), &options, &mut |_| {}).unwrap_err();
    assert_eq!(error.code(), "authoring-no-toolchain");

    let remedies = vec!["`rustup target add x`".to_owned(), "`apt-get install y`".to_owned()];
    let hint = BuildError::NoToolchain { remedies }.hint().unwrap();
    assert_eq!(hint, "Run `rustup target add x`, or `apt-get install y`.");
}

#[test]
fn a_core_module_without_a_component_type_is_no_module_of_ours() {
    let error = componentize(b"\0asm\x01\0\0\0nonsense").unwrap_err();
    assert_eq!(error.code(), "authoring-not-a-component");
}
