//! What can go wrong with the folder of modules.

use crate::digest::Digest;
use proxbox_model::Diagnostic;
use std::io;
use std::path::PathBuf;

/// Why the folder could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModulesError {
    /// `transforms.toml` is wrong.
    #[error("{} is wrong: {message}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line where there is one.
        message: String,
    },
    /// A folder or file could not be read, made or locked.
    #[error("{what} {} failed", path.display())]
    Io {
        /// What was tried: `reading`.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// No entry has that name.
    #[error("there is no module {name:?}")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The names that are there.
        known: Vec<String>,
    },
    /// A name that no entry can have.
    #[error("{0}")]
    Name(String),
    /// The content of a file could not be taken.
    #[error("{file} cannot be used: {source}")]
    Content {
        /// Name of the file, or where it should have come from.
        file: String,
        /// Why.
        #[source]
        source: ContentError,
    },
    /// Not an address that modules are taken from.
    #[error("{url:?} is not an https address of a module")]
    Address {
        /// As given.
        url: String,
    },
    /// Modules from elsewhere come with their digest.
    #[error("a module from the network needs the digest that its content must have")]
    NoDigest,
    /// The server did not give the file.
    #[error("{url} could not be fetched: {reason}")]
    Fetch {
        /// Without user name and password.
        url: String,
        /// What happened.
        reason: String,
    },
}

impl Diagnostic for ModulesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Manifest { .. } => "transform-manifest",
            Self::Io { .. } => "transform-io",
            Self::Unknown { .. } => "module-unknown",
            Self::Name(_) => "module-name",
            Self::Content { source, .. } => source.code(),
            Self::Address { .. } => "module-address",
            Self::NoDigest => "module-no-digest",
            Self::Fetch { .. } => "module-not-fetched",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Manifest { .. } => {
                "Correct the file. The modules in use stay as they are until it is right; without \
                                      the file every .wasm of the folder is used."
                    .to_owned()
            }
            Self::Io { .. } => "Check that the folder exists and that proxbox may use it.".to_owned(),
            Self::Unknown { known, .. } if known.is_empty() => {
                "No module is installed yet; `proxbox transform install FILE` does that.".to_owned()
            }
            Self::Unknown { known, .. } => format!("There are {}.", known.join(", ")),
            Self::Name(_) => "An example is `acme-tenants`.".to_owned(),
            Self::Content { source, .. } => return source.hint(),
            Self::Address { .. } => "Name a file, or an address that begins with https://.".to_owned(),
            Self::NoDigest => {
                "Add `--sha256 DIGEST`, as whoever published the module tells it; `sha256sum FILE` prints it."
                    .to_owned()
            }
            Self::Fetch { .. } => {
                "Check the address in a browser, or download the file and name it.".to_owned()
            }
        })
    }
}

/// Why the content of a module's file is not taken. Reads on after "Module NAME is not used: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// There is no such file.
    #[error("the file is not in the folder")]
    Missing,
    /// It is there and cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It is larger than modules may be.
    #[error("it has {size} bytes, more than the {limit} that are allowed")]
    TooBig {
        /// Bytes.
        size: u64,
        /// Bytes.
        limit: u64,
    },
    /// It is not what was installed.
    #[error("its content changed: it was accepted with SHA-256 {}…, the file has {}…", accepted.short(), found.short())]
    Changed {
        /// The pinned one.
        accepted: Digest,
        /// The file's.
        found: Digest,
    },
}

impl Diagnostic for ContentError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "module-missing",
            Self::Unreadable(_) => "module-unreadable",
            Self::TooBig { .. } => "module-too-big",
            Self::Changed { .. } => "module-changed",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing | Self::Unreadable(_) => {
                "Check the file name in transforms.toml and that proxbox may read the file.".to_owned()
            }
            Self::TooBig { .. } => {
                "For you: ask its author for a smaller build. For its author: build in release mode and strip the debug \
                 information."
                    .to_owned()
            }
            Self::Changed { .. } => "For you: if you know who changed it and why, take it with `proxbox transform accept \
                                     NAME`; else put the former file back. For its author: ship a new version with \
                                     `proxbox transform install`, which never changes a file in place."
                .to_owned(),
        })
    }
}
