//! Facts to start from: those of the cases of the default mapping.

use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// One case of the default mapping.
pub(crate) struct Seed {
    pub(crate) interface: String,
    pub(crate) options: Json,
    pub(crate) fact: Json,
}

/// By interface, the cases of each.
pub(crate) fn seeds() -> &'static [Vec<Seed>] {
    static SEEDS: OnceLock<Vec<Vec<Seed>>> = OnceLock::new();
    SEEDS.get_or_init(|| proxbox_transform::interfaces().map(read).collect())
}

fn read(interface: &str) -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-transforms");
    let folder = root.join(interface).join("cases");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| seed(interface, &fs::read_to_string(file).unwrap())).collect()
}

fn seed(interface: &str, text: &str) -> Seed {
    let mut case: Json = serde_json::from_str(text).unwrap();
    Seed {
        interface: interface.to_owned(),
        options: case["context"]["options"].take(),
        fact: case["fact"].take(),
    }
}
