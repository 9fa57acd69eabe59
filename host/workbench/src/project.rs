//! Where a module and its cases are.

use crate::error::WorkbenchError;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A module that is built, and the folder of its cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The built module.
    pub module: PathBuf,
    /// The folder of its cases; none when there is none.
    pub cases: Option<PathBuf>,
}

impl Project {
    /// Finds the module and the cases of a path: a built module, or the folder of its sources. In a folder, the module is
    /// `NAME.wasm`, there or in the current folder, where `proxbox transform build` puts it; the newer one counts.
    ///
    /// # Errors
    /// When the folder is none of a module, the module is not built, or `cases` is no folder.
    pub fn find(path: &Path, cases: Option<&Path>) -> Result<Self, WorkbenchError> {
        Self::find_from(Path::new(""), path, cases)
    }

    fn find_from(current: &Path, path: &Path, cases: Option<&Path>) -> Result<Self, WorkbenchError> {
        let (module, usual) = if path.is_dir() {
            let file = format!("{}.wasm", package_name(path)?);
            let built = newest([path.join(&file), current.join(&file)]);
            let missing = || WorkbenchError::NotBuilt { module: path.join(&file), dir: path.to_owned() };
            (built.ok_or_else(missing)?, path.join("cases"))
        } else {
            let beside = path.parent().unwrap_or(Path::new("")).join("cases");
            (path.to_owned(), beside)
        };
        let cases = match cases {
            Some(dir) if dir.is_dir() => Some(dir.to_owned()),
            Some(dir) => return Err(WorkbenchError::NoCases { dir: dir.to_owned() }),
            None => Some(usual).filter(|dir| dir.is_dir()),
        };
        Ok(Self { module, cases })
    }
}

fn newest(files: [PathBuf; 2]) -> Option<PathBuf> {
    let age = |file: &PathBuf| file.metadata().and_then(|metadata| metadata.modified()).ok();
    files
        .into_iter()
        .filter_map(|file| Some((age(&file)?, file)))
        .max_by_key(|(age, _)| *age)
        .map(|(_, file)| file)
}

#[derive(Deserialize)]
struct CargoToml {
    package: Option<Named>,
}

#[derive(Deserialize)]
struct PyprojectToml {
    project: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// The name in the manifest of whatever language the module is written in.
fn package_name(dir: &Path) -> Result<String, WorkbenchError> {
    let refuse = |reason: String| WorkbenchError::NoProject { dir: dir.to_owned(), reason };
    let manifests = ["Cargo.toml", "pyproject.toml", "package.json"];
    let Some(manifest) = manifests.into_iter().find(|manifest| dir.join(manifest).is_file()) else {
        return Err(refuse(format!(
            "A module has one of {}; `proxbox transform new NAME` makes a folder with all that it needs. A built module is \
             named by its .wasm file.",
            manifests.join(", ")
        )));
    };
    let path = dir.join(manifest);
    let text = std::fs::read_to_string(&path).map_err(WorkbenchError::io("reading", &path))?;
    let wrong = |error: &dyn std::fmt::Display| refuse(format!("{} is wrong: {error}", path.display()));
    let named = match manifest {
        "Cargo.toml" => toml::from_str::<CargoToml>(&text).map_err(|error| wrong(&error))?.package,
        "pyproject.toml" => toml::from_str::<PyprojectToml>(&text).map_err(|error| wrong(&error))?.project,
        _ => Some(serde_json::from_str::<Named>(&text).map_err(|error| wrong(&error))?),
    };
    named.map(|named| named.name).ok_or_else(|| wrong(&"it names no package"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn the_name_comes_from_the_manifest_of_any_language() {
        for (manifest, text) in [
            ("Cargo.toml", "[package]\nname = \"acme\"\nversion.workspace = true"),
            ("pyproject.toml", "[project]\nname = \"acme\""),
            ("package.json", r#"{"name": "acme"}"#),
        ] {
            let dir = folder(&[(manifest, text), ("acme.wasm", ""), ("cases/a.json", "")]);
            let found = Project::find(dir.path(), None).unwrap();
            let wanted =
                Project { module: dir.path().join("acme.wasm"), cases: Some(dir.path().join("cases")) };
            assert_eq!(found, wanted, "{manifest}");
        }
    }

    #[test]
    fn a_module_built_in_the_current_folder_is_found() {
        let dir = folder(&[("modules/acme/package.json", r#"{"name": "acme"}"#), ("acme.wasm", "")]);
        let found = Project::find_from(dir.path(), &dir.path().join("modules/acme"), None).unwrap();
        assert_eq!(found, Project { module: dir.path().join("acme.wasm"), cases: None });
    }

    #[test]
    fn a_module_that_is_not_built_is_said_to_be() {
        let dir = folder(&[("package.json", r#"{"name": "acme"}"#)]);
        let error = Project::find_from(dir.path(), dir.path(), None).unwrap_err();
        assert!(matches!(error, WorkbenchError::NotBuilt { .. }), "{error}");
        let empty = folder(&[]);
        let error = Project::find(empty.path(), None).unwrap_err();
        assert!(matches!(error, WorkbenchError::NoProject { .. }), "{error}");
    }

    #[test]
    fn cases_may_be_elsewhere() {
        let dir = folder(&[("acme.wasm", ""), ("golden/a.json", "")]);
        let (module, golden) = (dir.path().join("acme.wasm"), dir.path().join("golden"));
        let found = Project::find(&module, Some(&golden)).unwrap();
        assert_eq!(found, Project { module: module.clone(), cases: Some(golden) });
        let error = Project::find(&module, Some(&dir.path().join("none"))).unwrap_err();
        assert!(matches!(error, WorkbenchError::NoCases { .. }), "{error}");
    }
}
