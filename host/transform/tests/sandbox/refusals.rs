//! Modules that are not used, and how that is told.

use crate::support::{BUILT_IN, Guest, Site, built_in, cx, guest};
use proxbox_model::draft::Outcome;
use proxbox_model::{Diagnostic, Problem};
use proxbox_transform::{TransformError, Transforms};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Why `site.wasm` is not used; guests are mapped by the built-in mapper.
async fn refusal(contents: &[u8]) -> Problem {
    let site = Site::new().file("site.wasm", contents);
    let transforms = site.load().await;
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.outcomes[0].module, built_in(&transforms));
    assert_eq!(mapped.problems, []);
    let problems = transforms.modules().problems().to_vec();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

/// A component that imports and exports what the WIT text of its world says, with empty functions.
pub fn component(wit: &str, core: &str) -> Vec<u8> {
    let mut core = wat::parse_str(core).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some("module")).unwrap();
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default().module(&core).unwrap().encode().unwrap()
}

/// A component that imports that interface, with one function `f`, and exports a mapper of that contract version.
fn importing(package: &str, interface: &str, version: &str, contract: &str) -> Vec<u8> {
    let core = format!(
        r#"(module (import "{package}/{interface}@{version}" "f" (func)) (memory (export "memory") 1)
           (func (export "proxbox:transform/virtual-machine@{contract}#g")))"#
    );
    let wit = format!(
        "package test:test;
         world module {{
           import {package}/{interface}@{version};
           export proxbox:transform/virtual-machine@{contract};
         }}
         package {package}@{version} {{ interface {interface} {{ f: func(); }} }}
         package proxbox:transform@{contract} {{ interface virtual-machine {{ g: func(); }} }}"
    );
    component(&wit, &core)
}

fn exporting(contract: &str, interface: &str) -> Vec<u8> {
    let core = format!(r#"(module (func (export "proxbox:transform/{interface}@{contract}#g")))"#);
    let wit = format!(
        "package test:test;
         world module {{ export proxbox:transform/{interface}@{contract}; }}
         package proxbox:transform@{contract} {{ interface {interface} {{ g: func(); }} }}"
    );
    component(&wit, &core)
}

#[tokio::test]
async fn garbage_is_not_webassembly() {
    let problem = refusal(b"hello").await;
    assert_eq!(problem.code, "module-not-wasm");
    assert_eq!(
        problem.message,
        "Module site is not used: it is not a WebAssembly file; the next mapper does its work."
    );
}

#[tokio::test]
async fn an_empty_file_is_told_as_such() {
    assert!(refusal(b"").await.message.contains("it is empty"));
}

#[tokio::test]
async fn webassembly_text_is_told_apart() {
    for text in ["\n (module)", "\n;; A mapper.\n(component)"] {
        assert!(refusal(text.as_bytes()).await.message.contains("it is WebAssembly text"), "{text}");
    }
}

#[tokio::test]
async fn a_truncated_component_is_refused_before_it_is_compiled() {
    let whole = Guest::new("acme").component();
    let problem = refusal(&whole[..whole.len() / 2]).await;
    assert_eq!(problem.code, "module-damaged");
    assert!(problem.message.contains(&format!("of {}", whole.len() / 2)), "{}", problem.message);
    assert_eq!(problem.causes.len(), 1);
}

#[tokio::test]
async fn a_core_module_without_a_description_is_refused() {
    let problem = refusal(&wat::parse_str("(module)").unwrap()).await;
    assert_eq!(problem.code, "module-not-a-component");
    assert!(problem.hint.unwrap().contains("wasm32-wasip2"));
}

#[tokio::test]
async fn a_core_module_with_a_description_becomes_a_component() {
    let site = Site::new().file("site.wasm", &Guest::new("acme").core());
    let transforms = site.load().await;
    assert_eq!(transforms.modules().problems(), []);
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.outcomes[0].module, "acme 1.2.0");
}

#[tokio::test]
async fn imports_outside_the_sandbox_are_refused_by_name() {
    for (package, interface, version) in [
        ("wasi:http", "outgoing-handler", "0.2.0"),
        ("wasi:keyvalue", "store", "0.2.0"),
        ("acme:secrets", "vault", "1.0.0"),
        ("wasi:io", "poll", "0.3.0"),
    ] {
        let problem = refusal(&importing(package, interface, version, "0.1.0")).await;
        assert_eq!(problem.code, "module-import-refused");
        let import =
            format!("it asks for `{package}/{interface}@{version}`, which transform modules may not use");
        assert!(problem.message.contains(&import), "{}", problem.message);
        let hint = problem.hint.unwrap();
        assert!(hint.contains("For you: ") && hint.contains("For its author: "), "{hint}");
    }
}

#[tokio::test]
async fn a_mapper_that_this_host_does_not_run_cannot_be_imported() {
    let core = r#"(module (import "proxbox:transform/vapour@0.1.0" "f" (func))
        (func (export "proxbox:transform/virtual-machine@0.1.0#g")))"#;
    let wit = "package test:test;
        world module {
          import proxbox:transform/vapour@0.1.0;
          export proxbox:transform/virtual-machine@0.1.0;
        }
        package proxbox:transform@0.1.0 {
          interface vapour { f: func(); }
          interface virtual-machine { g: func(); }
        }";
    let problem = refusal(&component(wit, core)).await;
    assert!(problem.message.contains("it asks for the mapper of `vapour`"), "{}", problem.message);
}

#[tokio::test]
async fn a_module_of_a_future_contract_is_told_which_one_this_host_speaks() {
    for version in ["0.1.1", "0.2.0", "1.0.0"] {
        let problem = refusal(&exporting(version, "virtual-machine")).await;
        assert_eq!(problem.code, "module-contract-version");
        let expected = format!("it is built for contract version {version}; this host speaks 0.1.0");
        assert!(problem.message.contains(&expected), "{}", problem.message);
        assert!(problem.hint.unwrap().contains("update proxbox"));
    }
}

#[tokio::test]
async fn a_module_without_a_mapper_is_refused() {
    let problem = refusal(&exporting("0.1.0", "vapour")).await;
    assert_eq!(problem.code, "module-exports-nothing");
    assert!(problem.hint.unwrap().contains("proxbox:transform/vapour@0.1.0"));
}

#[tokio::test]
async fn a_module_whose_mapper_has_another_shape_is_refused() {
    let problem = refusal(&exporting("0.1.0", "virtual-machine")).await;
    assert_eq!(problem.code, "module-contract-mismatch");
    assert!(problem.message.contains("it does not fit the contract it names"), "{}", problem.message);
}

#[tokio::test]
async fn a_module_must_say_who_it_is() {
    for (guest, what) in [
        (Guest::new("Acme Roles"), "the name `Acme Roles` is not kebab-case"),
        (Guest::new("acme").version("one"), "the version `one` is not a semantic version"),
    ] {
        let problem = refusal(&guest.component()).await;
        assert_eq!(problem.code, "module-identity");
        assert!(problem.message.contains(what), "{}", problem.message);
    }
}

#[tokio::test]
async fn a_custom_section_names_a_module_that_is_refused() {
    let mut component = exporting("0.2.0", "virtual-machine");
    let json = br#"{"name":"acme-roles","version":"3.1.4","contract":"0.2.0"}"#;
    let name = b"proxbox:module";
    component.push(0);
    component.push((1 + name.len() + json.len()) as u8);
    component.push(name.len() as u8);
    component.extend(name);
    component.extend(json);
    let problem = refusal(&component).await;
    assert!(
        problem.message.starts_with("Module acme-roles 3.1.4 (site.wasm) is not used"),
        "{}",
        problem.message
    );
}

#[tokio::test]
async fn a_file_too_big_is_not_read() {
    let site = Site::with(&Guest::new("acme"));
    let mut settings = site.settings();
    settings.limits.file = 1000;
    let transforms = Transforms::load(settings).await.unwrap();
    assert_eq!(transforms.modules().problems()[0].code, "module-too-big");
}

#[tokio::test]
async fn policy_fail_of_a_refused_module_rejects_what_it_should_have_mapped() {
    let site = Site::new().file("site.wasm", &exporting("0.2.0", "virtual-machine")).policy("fail");
    let transforms = site.load().await;
    let mapped = transforms.modules().guests(&cx(), &[guest(1), guest(2)]).await;
    assert_eq!(mapped.outcomes.len(), 2);
    for fact in &mapped.outcomes {
        let Outcome::Reject(rejection) = &fact.outcome else { panic!("{fact:?}") };
        assert_eq!(rejection.code, "module-refused");
        assert!(rejection.message.contains("this host speaks 0.1.0"), "{}", rejection.message);
    }
}

#[tokio::test]
async fn two_modules_of_one_name_do_not_mix() {
    let site = Site::new()
        .file("a.wasm", &Guest::new("acme").component())
        .file("b.wasm", &Guest::new("acme").version("2.0.0").component());
    let transforms = site.load().await;
    let problems = transforms.modules().problems().to_vec();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].message,
        "Module acme 2.0.0 (b.wasm) is not used: another file, a.wasm, is a module of the same name; the next mapper \
         does its work."
    );
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.outcomes[0].module, "acme 1.2.0");
}

#[tokio::test]
async fn a_file_that_is_not_listed_is_not_used_and_told_of() {
    let site = Site::with(&Guest::new("acme")).toml("");
    let transforms = site.load().await;
    let set = transforms.modules();
    let problem = &set.problems()[0];
    assert_eq!(problem.code, "module-not-listed");
    assert_eq!(problem.message, "site.wasm is not in transforms.toml, so that it is not used.");
    assert_eq!(transforms.modules().describe().len(), BUILT_IN);
}

#[tokio::test]
async fn a_disabled_module_is_not_loaded() {
    let site = Site::new()
        .file("site.wasm", b"garbage")
        .toml("[[module]]\nfile = \"site.wasm\"\nstate = \"disabled\"\n");
    let transforms = site.load().await;
    assert_eq!(transforms.modules().problems(), []);
}

#[tokio::test]
async fn a_listed_file_that_is_missing_is_a_problem() {
    let site = Site::new().toml("[[module]]\nfile = \"gone.wasm\"\n");
    let transforms = site.load().await;
    assert_eq!(
        transforms.modules().problems()[0].message,
        "Module gone is not used: the file is not in the folder; the next mapper does its work."
    );
}

#[tokio::test]
async fn a_wrong_manifest_names_line_and_key_and_leaves_the_modules_in_use() {
    let site = Site::with(&Guest::new("acme"));
    let transforms = site.load().await;
    for (toml, message) in [
        ("[[module]]\nfile = \"site.wasm\"\npolcy = \"skip\"\n", "line 3: unknown field `polcy`"),
        ("[[modules]]\nfile = \"site.wasm\"\n", "line 1: unknown field `modules`"),
        ("[[module]]\nfile = \"site.wasm\"\npolicy = \"maybe\"\n", "line 3: unknown variant `maybe`"),
        ("[[module]]\nfile = \"site.wasm\"\nscope = [\"node:x\"]\n", "\"node:x\" is not a scope"),
        ("[[module]]\nfile = \"../site.wasm\"\n", "must be the name of a file in this folder"),
        ("[[module]]\nfile = \"site.wasm\"\nmemory_mib = 9000\n", "must be from 1 to 2048"),
        ("[[module]]\nfile = \"site.wasm\"\ntimeout_ms = 0\n", "must be from 1 to 600000"),
        ("[[module]]\n", "missing field `file`"),
    ] {
        std::fs::write(site.dir.path().join("transforms.toml"), toml).unwrap();
        let error = transforms.reload().await.unwrap_err();
        assert_eq!(error.code(), "transform-manifest");
        assert!(error.to_string().contains(message), "{error}");
        assert!(matches!(error, TransformError::Folder(_)));
    }
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.outcomes[0].module, "acme 1.2.0");
}

#[tokio::test]
async fn a_folder_that_is_not_there_holds_no_modules() {
    let site = Site::new();
    let mut settings = site.settings();
    settings.dir = Some(site.dir.path().join("none"));
    let transforms = Transforms::load(settings).await.unwrap();
    assert_eq!(transforms.modules().describe().len(), BUILT_IN);
}

#[tokio::test]
async fn no_damage_to_a_file_stops_the_host() {
    let site = Site::with(&Guest::new("acme"));
    let transforms = site.load().await;
    for (whole, name) in
        [(Guest::new("acme").component(), "component"), (Guest::new("acme").core(), "core module")]
    {
        for step in 0..40 {
            let mut damaged = whole.clone();
            let at = whole.len() * step / 40;
            damaged[at] ^= 1 << (step % 8);
            std::fs::write(site.dir.path().join("site.wasm"), &damaged).unwrap();
            transforms.reload().await.unwrap();
            let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
            assert_eq!(mapped.outcomes.len(), 1, "{name}, byte {at}");
        }
    }
}

#[tokio::test]
async fn a_core_module_whose_packages_need_each_other_is_refused() {
    let whole = Guest::new("acme").core();
    let version = b"@0.1.0";
    let places = (0..whole.len() - version.len()).filter(|at| whole[*at..].starts_with(version));
    let site = Site::new().file("site.wasm", &whole);
    let transforms = site.load().await;
    let mut messages = Vec::new();
    for at in places {
        let mut mixed = whole.clone();
        mixed[at + version.len() - 1] = b'8';
        std::fs::write(site.dir.path().join("site.wasm"), &mixed).unwrap();
        transforms.reload().await.unwrap();
        messages.extend(transforms.modules().problems().iter().map(|problem| problem.message.clone()));
    }
    assert!(messages.iter().any(|message| message.contains("its packages need each other")), "{messages:#?}");
}
