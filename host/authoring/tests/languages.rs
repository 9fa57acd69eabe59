//! Projects in Python and JavaScript: what is told when a tool is missing, and, where the tools are, that they build.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_authoring::{
    BuildError, BuildOptions, Built, Language, NewModule, Tools, USUAL_INTERFACE, build, inspect, scaffold,
};
use proxbox_model::Diagnostic;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn new_project(language: Language) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let module = NewModule { name: "acme-tenants".to_owned(), language, wraps: USUAL_INTERFACE.to_owned() };
    scaffold(dir.path(), &module).unwrap();
    dir
}

fn build_with(dir: &Path, tools: Tools) -> Result<Built, BuildError> {
    build(dir, &BuildOptions { tools, ..BuildOptions::default() }, &mut |_| {})
}

/// The tools that `PROXBOX_PYTHON_TOOLS` or `PROXBOX_NODE_TOOLS` names; none when it names none.
fn tools(language: Language) -> Option<Tools> {
    let tools = Tools::from_env();
    let named = if language == Language::Python { &tools.python } else { &tools.node };
    if named.is_none() {
        eprintln!("skipped: no tools for {language}");
    }
    named.is_some().then_some(tools)
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

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

#[test]
fn a_new_project_builds_to_a_module_that_says_who_it_is() {
    for language in [Language::Python, Language::JavaScript] {
        let Some(tools) = tools(language) else { continue };
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
    let Some(tools) = tools(Language::Python) else { return };
    let project = new_project(Language::Python);
    for _ in 0..2 {
        build_with(project.path(), tools.clone()).unwrap();
    }
    let facts = fs::read_to_string(project.path().join("typings/wit_world/imports/facts.py")).unwrap();
    assert!(facts.contains("class GuestFacts:"));
}

/// What the tool says when the mapper is changed like this.
fn refusal(language: Language, file: &str, from: &str, to: &str) -> Option<String> {
    let tools = tools(language)?;
    let project = new_project(language);
    let path = project.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replace(from, to)).unwrap();
    let error = build_with(project.path(), tools).unwrap_err();
    assert_eq!(error.code(), "authoring-build-failed");
    let hint = error.hint().unwrap();
    assert!(hint.lines().count() <= 12, "{hint}");
    Some(hint)
}

#[test]
fn mistakes_in_python_are_told_in_a_few_lines() {
    for (from, to, told) in [
        ("if not tags:", "if not tags", "SyntaxError"),
        ("@virtual_machine.wrap", "", "no function is decorated with @virtual_machine.wrap"),
        ("slug, tagged,", "slug, taged,", "cannot import name 'taged'"),
    ] {
        let Some(hint) = refusal(Language::Python, "src/app.py", from, to) else { return };
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
        let Some(hint) = refusal(Language::JavaScript, "src/module.js", from, to) else { return };
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
    let Some(python) = tools(Language::Python).and_then(|tools| tools.python) else { return };
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
    if tools(Language::JavaScript).is_none() {
        return;
    }
    let test = repository().join("guest-transforms/sdk-javascript/proxbox-sdk.test.mjs");
    assert_runs(Command::new("node").arg("--test").arg(test));
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
