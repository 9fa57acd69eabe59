//! New projects, and building them.
#![allow(dead_code, reason = "each suite uses a part")]

use proxbox_authoring::{
    BuildError, BuildOptions, Built, Language, NewModule, Tools, USUAL_INTERFACE, build, scaffold,
};
use std::path::{Path, PathBuf};

pub(crate) fn new_project(language: Language) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let module = NewModule { name: "acme-tenants".to_owned(), language, wraps: USUAL_INTERFACE.to_owned() };
    scaffold(dir.path(), &module).unwrap();
    dir
}

pub(crate) fn build_with(dir: &Path, tools: Tools) -> Result<Built, BuildError> {
    build(dir, &BuildOptions { tools, ..BuildOptions::default() }, &mut |_| {})
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
