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

/// What stands behind the fence of a block in the documentation.
fn fence(line: &str) -> Option<&str> {
    let text = line.strip_prefix("///").or(line.strip_prefix("//!"))?;
    text.trim_start().strip_prefix("```")
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
            // Every other fence closes a block. A block without a language is an example of Rust.
            let opening = sources.iter().filter_map(|line| fence(line)).step_by(2);
            let tried: Vec<_> = opening.filter(|language| matches!(*language, "" | "rust")).collect();
            assert!(tried.is_empty(), "{}: an example is not tried", folder.display());
        }
    }
}
