//! What the manifests of the workspace promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

/// Folders of the crates of the workspace.
fn crates() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    members.split('"').skip(1).step_by(2).map(|member| root.join(member)).collect()
}

/// Every line of the sources in a folder.
fn lines(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(lines(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(fs::read_to_string(&path).unwrap().lines().map(|line| line.trim().to_owned()));
        }
    }
    found
}

/// The documentation opens an example that Rust compiles.
fn opens_an_example(line: &str) -> bool {
    line == "/// ```" || line == "//! ```" || line.ends_with("```rust")
}

#[test]
fn no_crate_switches_off_tests_that_it_has() {
    let all = crates();
    assert!(all.len() > 40, "{all:?}");
    for folder in all {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let sources = lines(&folder.join("src"));
        if manifest.contains("\ntest = false") {
            let test =
                sources.iter().find(|line| line.starts_with("#[test]") || line.starts_with("#[cfg(test)]"));
            assert_eq!(test, None, "{}", folder.display());
        }
        if manifest.contains("\ndoctest = false") {
            // A block closes as it opens; one that opens otherwise is no example of Rust.
            let mut inside = false;
            let fences = sources.iter().filter(|line| line.starts_with("//") && line.contains("```"));
            for line in fences {
                assert!(inside || !opens_an_example(line), "{}: an example is not tried", folder.display());
                inside = !inside;
            }
        }
    }
}
