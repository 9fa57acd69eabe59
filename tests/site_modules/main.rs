//! Site modules built from source: every example, and a chain of three languages. They need the tools that build them, and
//! with them the feature `test-authoring`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod chain;
mod examples;

use proxbox_authoring::{BuildOptions, build};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

/// The built examples, one build for all tests.
static BUILT: LazyLock<Mutex<BTreeMap<String, PathBuf>>> = LazyLock::new(Mutex::default);

fn example_dir(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

/// The module of an example.
fn example(name: &str) -> PathBuf {
    let mut built = BUILT.lock().unwrap();
    if let Some(file) = built.get(name) {
        return file.clone();
    }
    let module = build(&example_dir(name), &BuildOptions::default(), &mut |_| {})
        .unwrap_or_else(|error| panic!("{name}: {error}: {:?}", proxbox_model::Diagnostic::hint(&error)));
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join(format!("{name}.wasm"));
    std::fs::write(&file, module.component).unwrap();
    built.insert(name.to_owned(), file.clone());
    file
}
