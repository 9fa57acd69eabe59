use crate::method::Method;
use proxbox_model::problem::Diagnostic;
use std::path::PathBuf;

/// A catalogue that cannot be made, read or found.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The text is neither Proxmox's `apidoc.js` nor a list of operations.
    #[error("this is neither an apidoc.js of Proxmox VE nor a list of its operations: {0}")]
    NotApiDoc(String),
    /// The stored form of a catalogue cannot be read.
    #[error("the stored schema is damaged: {0}")]
    Damaged(String),
    /// The name of a version that is none.
    #[error("{0} is not a version of Proxmox VE")]
    NotAVersion(String),
    /// No catalogue has that version.
    #[error("there is no schema of Proxmox VE {version}")]
    UnknownVersion {
        /// What was asked for.
        version: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A file cannot be read or written.
    #[error("cannot {what} {}", path.display())]
    File {
        /// `read` or `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl Diagnostic for CatalogueError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotApiDoc(_) => "catalogue-not-apidoc",
            Self::Damaged(_) => "catalogue-damaged",
            Self::NotAVersion(_) => "catalogue-not-a-version",
            Self::UnknownVersion { .. } => "catalogue-unknown-version",
            Self::File { .. } => "catalogue-file",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotApiDoc(_) => Some(
                "Give the file apidoc.js of Proxmox VE's API viewer (/pve-docs/api-viewer/apidoc.js).".into(),
            ),
            Self::Damaged(_) => Some("Import it again: proxbox schema import.".into()),
            Self::NotAVersion(_) => Some("Write it as 9.2 or 9.1.11.".into()),
            Self::UnknownVersion { known, .. } => Some(format!("There are: {}, latest.", known.join(", "))),
            Self::File { .. } => None,
        }
    }
}

/// A request that no operation answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// A segment of the path that could reach something else than it names.
    #[error("the path segment {segment:?} {reason}")]
    UnsafePath {
        /// As it came.
        segment: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No operation has that path.
    #[error("Proxmox VE {version} has no path {path}")]
    NoSuchPath {
        /// As it came.
        path: String,
        /// Of the catalogue.
        version: String,
        /// The path that looks most like it.
        nearest: Option<String>,
    },
    /// The path is there, but not with that method.
    #[error("{path} does not take {method}")]
    NoSuchMethod {
        /// The template of the path.
        path: String,
        /// What was asked for.
        method: Method,
        /// What it takes.
        allowed: Vec<Method>,
    },
}

impl Diagnostic for FindError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnsafePath { .. } => "catalogue-unsafe-path",
            Self::NoSuchPath { .. } => "catalogue-no-such-path",
            Self::NoSuchMethod { .. } => "catalogue-no-such-method",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnsafePath { .. } => {
                Some("A value in a path is one name, without `..` and without slashes.".into())
            }
            Self::NoSuchPath { nearest, .. } => nearest.as_ref().map(|path| format!("Did you mean {path}?")),
            Self::NoSuchMethod { allowed, .. } => {
                let allowed: Vec<_> = allowed.iter().map(|method| method.as_str()).collect();
                Some(format!("It takes {}.", allowed.join(", ")))
            }
        }
    }
}
