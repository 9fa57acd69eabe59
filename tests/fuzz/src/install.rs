//! Arbitrary bytes as a module.

use crate::host::{context, host};
use crate::mutation::damage;
use crate::seeds::seeds;
use crate::{by_hand, claims};
use arbitrary::{Result, Unstructured};
use proxbox_model::Problem;
use proxbox_modules::{Change, Digest, Entry, Folder, Installation, Policy};
use proxbox_transform::ModuleSet;
use serde_json::json;

/// Milliseconds that a damaged module may loop.
const TIME: u64 = 30;

/// MiB that it may take.
const MEMORY: usize = 16;

/// Takes bytes as a module the whole way: inspected, loaded, used when it can be, installed. Whatever they are, the host
/// lives, says what is wrong in plain words, and the built-in mappers map on.
pub fn install(bytes: &[u8]) {
    let mut choices = Unstructured::new(bytes);
    let Ok(module) = draw(&mut choices) else { return };
    if let Err(error) = proxbox_authoring::inspect(&module) {
        claims::told(&Problem::from(&error));
    }
    let entry = Entry {
        policy: *choices.choose(&[Policy::Builtin, Policy::Skip, Policy::Fail]).unwrap_or(&Policy::Builtin),
        memory_mib: Some(MEMORY),
        timeout_ms: Some(TIME),
        ..Entry::of_file("site.wasm")
    };
    let modules = host().with(entry, module.clone());
    let usable = described(&modules);
    used(&modules, &mut choices);
    // What is in the folder is what was given, whether it is of use or not.
    if usable || choices.ratio(1_u8, 16_u8).unwrap_or(false) {
        listed(module);
    }
}

fn draw(choices: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let network = || wat::parse_str(include_str!("../../modules/wasi-http.wat")).unwrap_or_default();
    let mut module = match choices.int_in_range(0..=9)? {
        0 => return choices.bytes(choices.len()).map(<[u8]>::to_vec),
        1 => network(),
        2..=4 => by_hand::core().to_vec(),
        _ => by_hand::component().to_vec(),
    };
    damage(&mut module, choices)?;
    if choices.ratio(1_u8, 4_u8)? {
        stamp(&mut module, choices)?;
    }
    Ok(module)
}

/// Appends a custom section in which a module says who it is.
fn stamp(module: &mut Vec<u8>, choices: &mut Unstructured<'_>) -> Result<()> {
    let version = *choices.choose(&["0.1.0", "0.2.0", "1.0.0", "", "\u{1b}[2J"])?;
    let mut said = json!({"name": "acme", "version": "1.0.0", "contract": version}).to_string().into_bytes();
    damage(&mut said, choices)?;
    let name = b"proxbox:module";
    let size = u8::try_from(1 + name.len() + said.len()).unwrap_or(0x7f) & 0x7f;
    module.extend([0, size, 14]);
    module.extend(name.iter().copied().chain(said));
    Ok(())
}

/// Checks what is said of the module, and tells whether it can be used.
fn described(modules: &ModuleSet) -> bool {
    let described = modules.describe();
    let module = described.iter().find(|module| !module.builtin).expect("it has its place");
    for text in [&module.name, &module.version, &module.description] {
        claims::shown(text);
    }
    match &module.problem {
        Some(problem) => {
            claims::told_of_a_module(problem);
            assert!(problem.message.starts_with("Module "), "{problem:?}");
            assert!(modules.problems().contains(problem), "{problem:?}");
            false
        }
        None => true,
    }
}

/// Maps a few guests, whose outcomes must be there whatever the module does.
fn used(modules: &ModuleSet, choices: &mut Unstructured<'_>) {
    let guests =
        seeds().iter().find(|seeds| seeds[0].interface == "virtual-machine").expect("guests have cases");
    let facts: Vec<_> = guests.iter().take(2).map(|seed| seed.fact.clone()).collect();
    let Ok(context) = context(choices, json!({})) else { return };
    let mapped = host()
        .wait(modules.map_json("virtual-machine", &context, &facts))
        .expect("the facts are records of guests");
    assert_eq!(mapped.outcomes.len(), facts.len());
    mapped.problems.iter().for_each(claims::told_of_a_module);
    mapped.outcomes.iter().for_each(|mapped| claims::well_formed(&mapped.outcome));
}

fn listed(module: Vec<u8>) {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = Folder::new(dir.path());
    let digest = Digest::of(&module);
    let installation = Installation {
        name: "acme".to_owned(),
        version: "1.0.0".to_owned(),
        bytes: module.clone(),
        maps: Vec::new(),
        change: Change::default(),
    };
    folder.install(&installation).expect("it is a file like any other");
    let contents = folder.contents().expect("what was written can be read");
    let [entry] = contents.entries.as_slice() else { panic!("{contents:?}") };
    assert_eq!(entry.sha256, Some(digest));
    assert_eq!(folder.read(entry, u64::MAX).expect("it is as it was installed"), module);
}
