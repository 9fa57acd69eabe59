//! A module's project in Python or JavaScript: what its manifest says.

use crate::contract;
use crate::error::BuildError;
use crate::language::Language;
use crate::name::check_name;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the JSON Schema of a module's settings may be.
const SCHEMA: [&str; 2] = ["settings.schema.json", "src/settings.schema.json"];

/// What a project says of itself.
pub(crate) struct Project {
    pub(crate) language: Language,
    /// Its folder, absolute.
    pub(crate) dir: PathBuf,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: String,
    /// What it maps, and how.
    pub(crate) maps: Vec<Mapped>,
    /// The mapper, below the folder.
    pub(crate) entry: PathBuf,
    /// JSON Schema of its settings.
    pub(crate) schema: String,
}

/// An object type that a module maps.
pub(crate) struct Mapped {
    pub(crate) interface: &'static str,
    pub(crate) role: Role,
}

/// How a module maps an object type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It changes what the next mapper made.
    Wrap,
    /// It maps on its own.
    Replace,
}

impl Role {
    /// As SDKs call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wrap => "wrap",
            Self::Replace => "replace",
        }
    }
}

/// `[project]` and `[tool.proxbox]` of a pyproject.toml.
#[derive(Deserialize)]
struct PyProject {
    project: Described,
    tool: Tool,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    version: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct Tool {
    proxbox: Mapping,
}

/// A package.json.
#[derive(Deserialize)]
struct PackageJson {
    #[serde(flatten)]
    described: Described,
    main: Option<PathBuf>,
    proxbox: Mapping,
}

/// What a module maps.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapping {
    #[serde(default)]
    wraps: Vec<String>,
    #[serde(default)]
    replaces: Vec<String>,
}

impl Project {
    /// Reads the project in a folder.
    pub(crate) fn read(dir: &Path, language: Language) -> Result<Self, BuildError> {
        let dir = dir.canonicalize().map_err(|source| BuildError::File { path: dir.to_owned(), source })?;
        let (described, mapping, entry) = match language {
            Language::JavaScript => {
                let package: PackageJson = manifest(&dir, language, |text| {
                    serde_json::from_str(text).map_err(|wrong| wrong.to_string())
                })?;
                (package.described, package.proxbox, package.main.unwrap_or("src/module.js".into()))
            }
            _ => {
                let project: PyProject =
                    manifest(&dir, language, |text| toml::from_str(text).map_err(|wrong| wrong.to_string()))?;
                (project.project, project.tool.proxbox, PathBuf::from("src/app.py"))
            }
        };
        let project = Self {
            language,
            schema: schema(&dir)?,
            name: described.name,
            version: described.version,
            description: described.description,
            maps: maps(&dir, &mapping)?,
            entry,
            dir,
        };
        project.checked()
    }

    fn checked(self) -> Result<Self, BuildError> {
        check_name(&self.name).map_err(|reason| self.wrong(reason))?;
        if semver::Version::parse(&self.version).is_err() {
            let reason = format!("Its version `{}` is no semantic version such as 1.0.0.", self.version);
            return Err(self.wrong(reason));
        }
        if !self.dir.join(&self.entry).is_file() {
            return Err(self.wrong(format!("The mapper {} is missing.", self.entry.display())));
        }
        Ok(self)
    }

    fn wrong(&self, reason: String) -> BuildError {
        BuildError::Package { dir: self.dir.clone(), reason }
    }

    /// What the host reads before it compiles the module.
    pub(crate) fn identity(&self) -> String {
        serde_json::json!({ "name": self.name, "version": self.version, "contract": contract::CONTRACT })
            .to_string()
    }
}

fn manifest<T: DeserializeOwned>(
    dir: &Path,
    language: Language,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, BuildError> {
    let path = dir.join(language.manifest());
    let text = fs::read_to_string(&path).map_err(|source| BuildError::File { path, source })?;
    let wrong = |reason: String| BuildError::Package {
        dir: dir.to_owned(),
        reason: format!("{}: {}", language.manifest(), reason.trim()),
    };
    parse(&text).map_err(wrong)
}

fn maps(dir: &Path, mapping: &Mapping) -> Result<Vec<Mapped>, BuildError> {
    let wrong = |reason: String| BuildError::Package { dir: dir.to_owned(), reason };
    let named = mapping.wraps.iter().map(|name| (name, Role::Wrap));
    let named = named.chain(mapping.replaces.iter().map(|name| (name, Role::Replace)));
    let mut maps: Vec<Mapped> = Vec::new();
    for (name, role) in named {
        let interface = contract::interfaces().find(|known| known == name).ok_or_else(|| {
            let known: Vec<_> = contract::interfaces().collect();
            wrong(format!("There is no object type `{name}`; there are {}.", known.join(", ")))
        })?;
        if maps.iter().any(|known| known.interface == interface) {
            return Err(wrong(format!("The object type `{name}` is named twice.")));
        }
        maps.push(Mapped { interface, role });
    }
    if maps.is_empty() {
        return Err(wrong("It does not say what it maps: name an object type in `wraps`.".to_owned()));
    }
    Ok(maps)
}

fn schema(dir: &Path) -> Result<String, BuildError> {
    let Some(path) = SCHEMA.iter().map(|name| dir.join(name)).find(|path| path.is_file()) else {
        return Ok("{}".to_owned());
    };
    let text = fs::read_to_string(&path).map_err(|source| BuildError::File { path: path.clone(), source })?;
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
        Ok(_) => Ok(text),
        Err(wrong) => Err(BuildError::Package {
            dir: dir.to_owned(),
            reason: format!("{} is no JSON object: {wrong}", path.display()),
        }),
    }
}
