//! Projects in Python and JavaScript build, and their SDKs do what they say. `PROXBOX_PYTHON_TOOLS` names a virtual environment
//! with componentize-py, `PROXBOX_NODE_TOOLS` a folder whose `node_modules` has componentize-js.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod project;

use project::{build_with, new_project, repository};
use proxbox_authoring::{Language, Tools, inspect};
use proxbox_model::Diagnostic;
use std::fs;
use std::process::Command;

/// The tools of a language, which the environment names.
fn tools(language: Language) -> Tools {
    let tools = Tools::from_env();
    let named = if language == Language::Python { &tools.python } else { &tools.node };
    assert!(named.is_some(), "the tools for {language} are not named: see tests/tools");
    tools
}

#[test]
fn a_new_project_builds_to_a_module_that_says_who_it_is() {
    for language in [Language::Python, Language::JavaScript] {
        let tools = tools(language);
        let project = new_project(language);
        let built = build_with(project.path(), tools).unwrap();
        let told = inspect(&built.component).unwrap();
        assert_eq!(
            (told.mappers, told.overrides),
            (vec!["virtual-machine".to_owned()], vec!["virtual-machine".to_owned()])
        );
        let module = told.module.unwrap();
        assert_eq!((module.name.as_str(), module.version.as_str()), ("acme-tenants", "0.1.0"));
        assert_eq!(told.sources, Some(built.sources));
        let outside = told.imports.iter().filter(|name| !name.starts_with("proxbox:transform/"));
        // An interpreter of Python asks for WASI, which is inert in the host.
        let is_wasi = |name: &&String| name.starts_with("wasi:") && language == Language::Python;
        assert_eq!(outside.filter(|name| !is_wasi(name)).count(), 0, "{language}");
    }
}

#[test]
fn editors_find_the_types_of_the_contract_after_every_build() {
    let tools = tools(Language::Python);
    let project = new_project(Language::Python);
    for _ in 0..2 {
        build_with(project.path(), tools.clone()).unwrap();
    }
    let facts = fs::read_to_string(project.path().join("typings/wit_world/imports/facts.py")).unwrap();
    assert!(facts.contains("class GuestFacts:"));
}

/// What the tool says when the mapper is changed like this.
fn refusal(language: Language, file: &str, from: &str, to: &str) -> String {
    let tools = tools(language);
    let project = new_project(language);
    let path = project.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replace(from, to)).unwrap();
    let error = build_with(project.path(), tools).unwrap_err();
    assert_eq!(error.code(), "authoring-build-failed");
    let hint = error.hint().unwrap();
    assert!(hint.lines().count() <= 12, "{hint}");
    hint
}

#[test]
fn mistakes_in_python_are_told_in_a_few_lines() {
    for (from, to, told) in [
        ("if not tags:", "if not tags", "SyntaxError"),
        ("@virtual_machine.wrap", "", "no function is decorated with @virtual_machine.wrap"),
        ("slug, tagged,", "slug, taged,", "cannot import name 'taged'"),
    ] {
        let hint = refusal(Language::Python, "src/app.py", from, to);
        assert!(hint.contains(told), "{hint}");
    }
}

#[test]
fn mistakes_in_javascript_are_told_in_a_few_lines() {
    for (from, to, told) in [
        ("const [tag] =", "const [tag =", "SyntaxError"),
        ("virtualMachine.wrap((", "((", "never calls its wrap()"),
        ("slug, tagged,", "slug, taged,", "taged"),
    ] {
        let hint = refusal(Language::JavaScript, "src/module.js", from, to);
        assert!(hint.contains(told), "{hint}");
    }
}

fn assert_runs(command: &mut Command) {
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&told));
}

#[test]
fn the_sdk_of_python_does_what_it_says() {
    let python = tools(Language::Python).python.unwrap();
    let bindings = tempfile::tempdir().unwrap();
    let types = bindings.path().join("types");
    assert_runs(
        Command::new(python.join("bin/componentize-py"))
            .args(["-q", "-w", "virtual-machine-override", "-d"])
            .arg(repository().join("wit/v0.1"))
            .arg("bindings")
            .arg(&types),
    );
    assert_runs(
        Command::new(python.join("bin/python3"))
            .args(["-B", "-m", "unittest"])
            .current_dir(repository().join("guest-transforms/sdk-python"))
            .env("PYTHONPATH", &types),
    );
}

#[test]
fn the_sdk_of_javascript_does_what_it_says() {
    let test = repository().join("guest-transforms/sdk-javascript/proxbox-sdk.test.mjs");
    assert_runs(Command::new("node").arg("--test").arg(test));
}
