//! The languages that modules are written in.

use crate::error::BuildError;
use crate::{javascript, python};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A language that modules are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust, on the SDK crate.
    Rust,
    /// Python, built with componentize-py.
    Python,
    /// JavaScript, built with componentize-js.
    JavaScript,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rust, Self::Python, Self::JavaScript];

    /// The language of the project in a folder, told by its manifest.
    ///
    /// # Errors
    /// [`BuildError::Package`] when there is none.
    pub fn of(dir: &Path) -> Result<Self, BuildError> {
        let found = Self::ALL.into_iter().find(|language| dir.join(language.manifest()).is_file());
        found.ok_or_else(|| BuildError::Package {
            dir: dir.to_owned(),
            reason: "It has no Cargo.toml, pyproject.toml or package.json.".to_owned(),
        })
    }

    /// The file that describes a project and tells its language.
    pub fn manifest(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::Python => "pyproject.toml",
            Self::JavaScript => "package.json",
        }
    }

    /// The command that readies a new project for its first build; none when none is needed.
    pub fn prepare(self) -> Option<String> {
        match self {
            Self::Rust => None,
            Self::Python => Some(python::install()),
            Self::JavaScript => Some(javascript::INSTALL.to_owned()),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::JavaScript => "javascript",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|language| language.name() == text);
        found.ok_or_else(|| format!("one of: {}", Self::ALL.map(Self::name).join(", ")))
    }
}
