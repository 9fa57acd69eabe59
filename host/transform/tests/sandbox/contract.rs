//! The life of the contract: a released version never changes, what was built against it runs for ever, and what was
//! built for a newer one is refused with words.

use crate::refusals::component;
use crate::support::{Site, cx};
use proxbox_model::Problem;
use proxbox_model::draft::Outcome;
use proxbox_modules::Entry;
use proxbox_transform::{Candidate, MapContext, ModuleSet, Transforms};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use wasmtime::component::types::{ComponentItem, Type};
use wasmtime::component::{Component, Linker, Val};
use wasmtime::{Engine, Store};

/// Digest of the files of `wit/v0.1`.
const RELEASED: &str = "4aff1b94af29b91c418507fbbfb2b10640206e03052f8537759581a91ff73bc5";

/// The modules that were built against it, as they were built.
const KEPT: [(&str, &str); 5] = [
    ("by-hand", "d3e7258d1392d5c50cbe2f0a926e09e1bbc31df52df48f2ab87b5743af0ebabf"),
    ("every-type", "00289159343a9e33a1f0227054580ecad0ad8ec39f39104f24f38a01dcebbb98"),
    ("plain-guests", "481562181a748a73a81fb0fae04dcbf8452471ae8bec9ab47756dd967ff702d0"),
    ("pool-roles", "d631513864d6c6204d1c55bb362c85668eab3a7dbd4f9aeff2a448d9de3e31d4"),
    ("two-types", "9b9efc93b2e7d3609f6ae3c1c3c1c52f57c9f297f43d3bc24a0fa5278fd1dd0f"),
];

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files of a folder with that ending, sorted.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    files.sort();
    files
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn contract_0_1_is_as_it_was_released() {
    let mut digest = Sha256::new();
    for file in files("wit/v0.1", "wit") {
        digest.update(stem(&file));
        digest.update(fs::read(file).unwrap());
    }
    let found = hex(&digest.finalize());
    assert_eq!(
        found, RELEASED,
        "wit/v0.1 changed. Never change a released version, not even a comment: modules were built against it and \
         authors have copies of it. Put the former files back, make wit/v0.2 and change that; docs/contract.md says how."
    );
}

#[test]
fn modules_built_against_contract_0_1_are_kept_as_they_were_built() {
    let found: Vec<(String, String)> = files("tests/modules/contract-0.1", "wasm")
        .iter()
        .map(|file| (stem(file), hex(&Sha256::digest(fs::read(file).unwrap()))))
        .collect();
    let kept = KEPT.map(|(name, digest)| (name.to_owned(), digest.to_owned()));
    assert_eq!(
        found, kept,
        "a kept module changed: put the former file back. It must run for ever as it was built; build what is new into \
         another file."
    );
}

#[derive(Deserialize)]
struct Case {
    name: String,
    modules: Vec<String>,
    interface: String,
    context: Choices,
    settings: Map<String, Json>,
    fact: Json,
    outcome: Outcome,
}

#[derive(Deserialize)]
struct Choices {
    features: Vec<String>,
    options: Json,
}

impl Case {
    fn all() -> Vec<Self> {
        let read = |file: PathBuf| {
            let text = fs::read_to_string(&file).unwrap();
            serde_json::from_str(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}", file.display()))
        };
        files("tests/modules/contract-0.1/cases", "json").into_iter().map(read).collect()
    }

    fn context(&self) -> MapContext {
        let mut context = cx();
        context.target.features.clone_from(&self.context.features);
        context.options = self.context.options.clone();
        context
    }

    fn chain(&self) -> Vec<Candidate> {
        let mut chain: Vec<Candidate> = self.modules.iter().map(|name| kept(name)).collect();
        chain[0].entry.settings = self.settings.clone();
        chain
    }
}

fn kept(name: &str) -> Candidate {
    let file = format!("{name}.wasm");
    let bytes = fs::read(repository("tests/modules/contract-0.1").join(&file)).unwrap();
    Candidate { entry: Entry { timeout_ms: Some(60_000), ..Entry::of_file(file) }, bytes }
}

async fn map(modules: &ModuleSet, case: &Case) -> Outcome {
    let facts = [case.fact.clone()];
    let mapped = modules.map_json(&case.interface, &case.context(), &facts).await.unwrap();
    assert_eq!(mapped.problems, [], "{}", case.name);
    mapped.outcomes.into_iter().next().unwrap().outcome
}

#[tokio::test]
async fn modules_built_against_contract_0_1_map_as_ever() {
    let transforms = Site::new().load().await;
    for case in Case::all() {
        let modules = transforms.with(case.chain()).await;
        assert_eq!(modules.problems(), [], "{}", case.name);
        assert_eq!(map(&modules, &case).await, case.outcome, "{}", case.name);
    }
}

#[tokio::test]
async fn every_kept_module_and_every_interface_of_the_contract_has_cases() {
    let cases = Case::all();
    let used: BTreeSet<&str> = cases.iter().flat_map(|case| &case.modules).map(String::as_str).collect();
    assert_eq!(used, KEPT.iter().map(|(name, _)| *name).collect());
    let told: BTreeSet<String> = cases
        .iter()
        .filter(|case| case.modules == ["every-type"])
        .map(|case| case.interface.clone())
        .collect();
    let built_in = Site::new().load().await.usual().describe();
    assert_eq!(told, built_in.into_iter().flat_map(|module| module.interfaces).collect());
}

/// A value of a type of the contract; texts and lists are short, and every number is 100.
fn sample(of: &Type) -> Val {
    match of {
        Type::Bool => Val::Bool(true),
        Type::U8 => Val::U8(100),
        Type::U16 => Val::U16(100),
        Type::U32 => Val::U32(100),
        Type::U64 => Val::U64(100),
        Type::S64 => Val::S64(100),
        Type::String => Val::String("{}".to_owned()),
        Type::List(list) => Val::List(vec![sample(&list.ty())]),
        Type::Option(_) => Val::Option(None),
        Type::Enum(cases) => Val::Enum(cases.names().next().unwrap().to_owned()),
        Type::Tuple(types) => Val::Tuple(types.types().map(|part| sample(&part)).collect()),
        Type::Record(record) => {
            Val::Record(record.fields().map(|field| (field.name.to_owned(), sample(&field.ty))).collect())
        }
        other => panic!("no sample of {other:?}"),
    }
}

fn left_out(reason: &str) -> Val {
    Val::Variant("skip".to_owned(), Some(Box::new(Val::String(reason.to_owned()))))
}

/// Offers under one version of the contract what a component imports under another. The mappers leave everything out,
/// for that reason.
fn offer(
    linker: &mut Linker<()>,
    engine: &Engine,
    component: &Component,
    version: &str,
    reason: &'static str,
) {
    for (name, item) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { panic!("{name} is no instance") };
        let (interface, _) = name.split_once('@').unwrap();
        let mut offered = linker.instance(&format!("{interface}@{version}")).unwrap();
        for (function, item) in instance.exports(engine) {
            let ComponentItem::ComponentFunc(_) = item.ty else { continue };
            let answer = move |_: wasmtime::StoreContextMut<'_, ()>,
                               _: wasmtime::component::types::ComponentFunc,
                               _: &[Val],
                               results: &mut [Val]| {
                if let Some(result) = results.first_mut() {
                    *result = Val::List(vec![left_out(reason)]);
                }
                Ok(())
            };
            offered.func_new(function, answer).unwrap();
        }
    }
}

/// What a module of contract 0.1.0 makes of a guest in a host that speaks 0.1.9, and 0.2.0 beside it.
fn mapped_by_a_newer_host(name: &str) -> Val {
    let engine = Engine::default();
    let component = Component::new(&engine, kept(name).bytes).unwrap();
    let mut linker = Linker::new(&engine);
    offer(&mut linker, &engine, &component, "0.1.9", "by 0.1.9");
    offer(&mut linker, &engine, &component, "0.2.0", "by 0.2.0");
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let mapper = instance
        .get_export_index(&mut store, None, "proxbox:transform/virtual-machine@0.1.9")
        .expect("found under the newer minor version");
    let function = instance.get_export_index(&mut store, Some(&mapper), "transform").unwrap();
    let transform = instance.get_func(&mut store, function).unwrap();
    let parameters: Vec<Val> = transform.ty(&store).params().map(|(_, of)| sample(&of)).collect();
    let mut results = [Val::Bool(false)];
    transform.call(&mut store, &parameters, &mut results).unwrap();
    let [result] = results;
    result
}

#[test]
fn a_host_of_a_newer_minor_version_runs_the_modules_of_an_older_one() {
    for name in ["by-hand", "pool-roles"] {
        assert_eq!(mapped_by_a_newer_host(name), Val::List(vec![left_out("by 0.1.9")]), "{name}");
    }
}

/// How a module says which contract it was built for.
#[derive(Clone, Copy, Debug)]
enum Says {
    Import,
    Export,
    Section,
}

/// A module that says so, and is of contract 0.1.0 in everything else.
fn module_of(version: &str, says: Says) -> Vec<u8> {
    let of = |this: bool| if this { version } else { "0.1.0" };
    let import = of(matches!(says, Says::Import));
    let export = of(matches!(says, Says::Export));
    let core = format!(
        r#"(module (import "proxbox:transform/log@{import}" "f" (func)) (memory (export "memory") 1)
           (func (export "proxbox:transform/virtual-machine@{export}#g")))"#
    );
    let interfaces = if import == export {
        format!(
            "package proxbox:transform@{import} {{
               interface log {{ f: func(); }}
               interface virtual-machine {{ g: func(); }}
             }}"
        )
    } else {
        format!(
            "package proxbox:transform@{import} {{ interface log {{ f: func(); }} }}
             package proxbox:transform@{export} {{ interface virtual-machine {{ g: func(); }} }}"
        )
    };
    let wit = format!(
        "package test:test;
         world module {{
           import proxbox:transform/log@{import};
           export proxbox:transform/virtual-machine@{export};
         }}
         {interfaces}"
    );
    let mut module = component(&wit, &core);
    let section = of(matches!(says, Says::Section));
    add_stamp(&mut module, &format!(r#"{{"name":"acme-roles","version":"3.1.4","contract":"{section}"}}"#));
    module
}

/// Appends the custom section in which a module says who it is.
fn add_stamp(module: &mut Vec<u8>, json: &str) {
    let name = "proxbox:module";
    module.extend([0, u8::try_from(1 + name.len() + json.len()).unwrap(), u8::try_from(name.len()).unwrap()]);
    module.extend(name.bytes().chain(json.bytes()));
}

async fn refusal(transforms: &Transforms, bytes: Vec<u8>) -> Problem {
    let modules = transforms.with(vec![Candidate { entry: Entry::of_file("site.wasm"), bytes }]).await;
    let [problem] = modules.problems() else { panic!("{:?}", modules.problems()) };
    problem.clone()
}

#[tokio::test]
async fn a_module_for_a_newer_contract_is_refused_with_a_sentence_for_each_reader() {
    let transforms = Site::new().load().await;
    for version in ["0.1.1", "0.2.0", "1.0.0"] {
        for says in [Says::Import, Says::Export, Says::Section] {
            let problem = refusal(&transforms, module_of(version, says)).await;
            assert_eq!(problem.code, "module-contract-version", "{version} by {says:?}: {problem:?}");
            let why = format!("it is built for contract version {version}; this host speaks 0.1.0");
            assert!(problem.message.contains(&why), "{}", problem.message);
            assert!(problem.message.starts_with("Module acme-roles 3.1.4"), "{}", problem.message);
            let hint = problem.hint.unwrap();
            assert!(hint.contains("For you: update proxbox"), "{hint}");
            assert!(hint.contains("For its author: build with the SDK of contract 0.1.0"), "{hint}");
        }
    }
}

#[tokio::test]
async fn a_contract_version_that_is_none_cannot_write_to_the_terminal() {
    let transforms = Site::new().load().await;
    let mut module = kept("by-hand").bytes;
    add_stamp(&mut module, r#"{"name":"acme","version":"1.0.0","contract":"\u001b[2Jnew"}"#);
    let problem = refusal(&transforms, module).await;
    assert_eq!(problem.code, "module-contract-version");
    assert!(!problem.message.contains('\u{1b}'), "{:?}", problem.message);
}
