//! Projects in Python and JavaScript: what is told when a tool is missing or a manifest is wrong, and that the types of the
//! SDK are those of the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod project;

use project::{build_with, new_project, repository};
use proxbox_authoring::{Language, Tools};
use proxbox_model::Diagnostic;
use std::fs;
use std::path::Path;

fn nothing() -> (tempfile::TempDir, Tools) {
    let empty = tempfile::tempdir().unwrap();
    let tools = Tools { path: empty.path().into(), ..Tools::default() };
    (empty, tools)
}

fn program(dir: &Path, name: &str) {
    fs::write(dir.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)), "").unwrap();
}

#[test]
fn without_componentize_py_the_command_that_installs_it_is_told() {
    let project = new_project(Language::Python);
    let (path, tools) = nothing();
    let error = build_with(project.path(), tools.clone()).unwrap_err();
    assert_eq!(error.code(), "authoring-no-tool");
    assert_eq!(error.to_string(), "componentize-py is not installed, which builds this module.");
    let hint = error.hint().unwrap();
    assert!(hint.starts_with("Install Python 3.10 or newer. Then run `python3 -m venv .venv && "), "{hint}");

    program(path.path(), "python3");
    let hint = build_with(project.path(), tools).unwrap_err().hint().unwrap();
    assert!(
        hint.starts_with("Run `python3 -m venv .venv && .venv/bin/pip install componentize-py=="),
        "{hint}"
    );
}

#[test]
fn without_componentize_js_the_command_that_installs_it_is_told() {
    let project = new_project(Language::JavaScript);
    let (path, tools) = nothing();
    let hint = build_with(project.path(), tools.clone()).unwrap_err().hint().unwrap();
    assert!(hint.starts_with("Install Node.js 20 or newer. Then run `npm install` in "), "{hint}");

    program(path.path(), "node");
    let hint = build_with(project.path(), tools.clone()).unwrap_err().hint().unwrap();
    assert!(hint.starts_with("Run `npm install` in "), "{hint}");

    let manifest = r#"{"name": "acme", "version": "1.0.0", "proxbox": {"wraps": ["virtual-machine"]}}"#;
    fs::write(project.path().join("package.json"), manifest).unwrap();
    let hint = build_with(project.path(), tools).unwrap_err().hint().unwrap();
    assert!(hint.starts_with("Run `npm install --save-dev @bytecodealliance/componentize-js@"), "{hint}");
}

#[test]
fn a_manifest_that_cannot_be_is_told_by_what_is_wrong() {
    for (manifest, told) in [
        (
            r#"{"name": "Acme", "version": "1.0.0", "proxbox": {"wraps": ["virtual-machine"]}}"#,
            "`Acme` is no name",
        ),
        (
            r#"{"name": "acme", "version": "one", "proxbox": {"wraps": ["virtual-machine"]}}"#,
            "`one` is no semantic",
        ),
        (r#"{"name": "acme", "version": "1.0.0"}"#, "missing field `proxbox`"),
        (r#"{"name": "acme", "version": "1.0.0", "proxbox": {"wraps": []}}"#, "does not say what it maps"),
        (
            r#"{"name": "acme", "version": "1.0.0", "proxbox": {"wraps": ["guest"]}}"#,
            "no object type `guest`",
        ),
        (r#"{"name": "acme", "version": "1.0.0", "proxbox": {"wrap": ["vlan"]}}"#, "unknown field `wrap`"),
        (
            r#"{"name": "acme", "version": "1.0.0", "proxbox": {"wraps": ["vlan"], "replaces": ["vlan"]}}"#,
            "`vlan` is named twice",
        ),
        (
            r#"{"name": "acme", "version": "1.0.0", "main": "src/none.js", "proxbox": {"wraps": ["vlan"]}}"#,
            "src/none.js is missing",
        ),
    ] {
        let project = new_project(Language::JavaScript);
        fs::write(project.path().join("package.json"), manifest).unwrap();
        let error = build_with(project.path(), nothing().1).unwrap_err();
        assert_eq!(error.code(), "authoring-not-a-package");
        assert!(error.to_string().contains(told), "{manifest}\n{error}");
    }
}

#[test]
fn a_schema_that_is_no_json_object_is_told() {
    let project = new_project(Language::Python);
    fs::write(project.path().join("settings.schema.json"), "[]").unwrap();
    let error = build_with(project.path(), nothing().1).unwrap_err();
    assert!(error.to_string().contains("settings.schema.json is no JSON object"), "{error}");
}

/// `vlan-id` as `vlanId`, and with `upper` as `VlanId`.
fn cased(kebab: &str, upper: bool) -> String {
    let words = kebab.split('-').enumerate();
    let cased = words.map(|(index, word)| match word.split_at(1) {
        (first, rest) if upper || index > 0 => first.to_uppercase() + rest,
        _ => word.to_owned(),
    });
    cased.collect()
}

#[test]
fn the_types_of_javascript_are_those_of_the_contract() {
    let types =
        fs::read_to_string(repository().join("guest-transforms/sdk-javascript/proxbox-sdk.d.ts")).unwrap();
    let mut contract = wit_parser::Resolve::default();
    contract.push_dir(repository().join("wit/v0.1")).unwrap();
    let facts = contract.interfaces.iter().find(|(_, it)| it.name.as_deref() == Some("facts")).unwrap().1;
    for (name, id) in &facts.types {
        let wit_parser::TypeDefKind::Record(record) = &contract.types[*id].kind else { continue };
        let head = format!("export interface {} {{\n", cased(name, true));
        let body = types.split(&head).nth(1).unwrap_or_else(|| panic!("{name} is missing"));
        let body = body.split("\n}").next().unwrap();
        for field in &record.fields {
            let is_there = [":", "?:"]
                .iter()
                .any(|sign| body.contains(&format!("  {}{sign} ", cased(&field.name, false))));
            assert!(is_there, "{name} has no {}", field.name);
        }
    }
}
