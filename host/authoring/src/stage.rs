//! A folder with everything that a module in Python or JavaScript is made of, and nothing else.

use crate::contract;
use crate::digest::digest;
use crate::error::BuildError;
use crate::project::{Project, Role};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};
use tempfile::TempDir;

/// World that the staged contract is built for.
pub(crate) const WORLD: &str = "module";

/// Folders that hold no sources.
const NO_SOURCES: [&str; 5] = ["target", "node_modules", "__pycache__", "typings", "cases"];

/// A temporary folder: the sources where the project has them, and the contract in `wit`.
pub(crate) struct Stage {
    dir: TempDir,
}

impl Stage {
    /// Copies the project's sources and writes the contract for what it maps.
    pub(crate) fn of(project: &Project) -> Result<Self, BuildError> {
        let dir = TempDir::with_prefix("proxbox-module-")
            .map_err(|source| BuildError::File { path: std::env::temp_dir(), source })?;
        let stage = Self { dir };
        let sources = project.entry.parent().unwrap_or(Path::new(""));
        let from = project.dir.join(sources);
        copy(&from, &stage.path().join(sources)).map_err(|source| BuildError::File { path: from, source })?;
        stage.write_contract(project)?;
        Ok(stage)
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file below the folder.
    pub(crate) fn write(&self, name: impl AsRef<Path>, text: &str) -> Result<(), BuildError> {
        let path = self.path().join(name);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        written.map_err(|source| BuildError::File { path, source })
    }

    /// Writes a file unless the project has one of its own there.
    pub(crate) fn offer(&self, name: impl AsRef<Path>, text: &str) -> Result<(), BuildError> {
        if self.path().join(&name).exists() { Ok(()) } else { self.write(name, text) }
    }

    /// Copies a staged folder into the project.
    pub(crate) fn give_back(&self, name: &str, to: &Path) -> Result<(), BuildError> {
        let from = self.path().join(name);
        copy(&from, to).map_err(|source| BuildError::File { path: to.to_owned(), source })
    }

    /// The digest of everything that is staged.
    pub(crate) fn digest(&self) -> Result<String, BuildError> {
        let root = self.path();
        digest(root, &[PathBuf::new()]).map_err(|source| BuildError::File { path: root.to_owned(), source })
    }

    fn write_contract(&self, project: &Project) -> Result<(), BuildError> {
        self.write("wit/world.wit", &world(project))?;
        for (name, text) in contract::FILES {
            let own = project.dir.join(contract::FOLDER).join(name);
            let own = fs::read_to_string(own).ok();
            self.write(format!("wit/deps/transform/{name}"), own.as_deref().unwrap_or(text))?;
        }
        Ok(())
    }
}

/// The world of a module that maps what the project says.
fn world(project: &Project) -> String {
    let name = |interface: &str| format!("proxbox:transform/{interface}@{}", contract::CONTRACT);
    let mut text = format!("package site:module;\n\nworld {WORLD} {{\n  import {};\n", name("log"));
    for mapped in project.maps.iter().filter(|mapped| mapped.role == Role::Wrap) {
        let _ = writeln!(text, "  import {};", name(mapped.interface));
    }
    for interface in std::iter::once("about").chain(project.maps.iter().map(|mapped| mapped.interface)) {
        let _ = writeln!(text, "  export {};", name(interface));
    }
    text.push_str("}\n");
    text
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.starts_with('.') || text.ends_with(".wasm") || NO_SOURCES.contains(&text.as_ref()) {
            continue;
        }
        // What a link leads to counts, not the link.
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}
