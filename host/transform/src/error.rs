//! What keeps the host from having any modules at all. A bad site module is never among them.

use proxbox_model::{Diagnostic, Problem};
use std::path::PathBuf;

/// Why the modules could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TransformError {
    /// wasmtime refused its configuration.
    #[error("the WebAssembly engine did not start: {0}")]
    Engine(String),
    /// A mapper that is part of the program does not load.
    #[error("the built-in mapper of {interface} does not load: {}", problem.message)]
    BuiltIn {
        /// The interface it maps.
        interface: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },
    /// `transforms.toml` is wrong.
    #[error("{} is wrong: {message}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line where there is one.
        message: String,
    },
    /// A folder or file could not be read or made.
    #[error("{what} {} failed", path.display())]
    Io {
        /// What was tried: `reading`.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
}

impl Diagnostic for TransformError {
    fn code(&self) -> &'static str {
        match self {
            Self::Engine(_) => "transform-engine",
            Self::BuiltIn { .. } => "transform-built-in",
            Self::Manifest { .. } => "transform-manifest",
            Self::Io { .. } => "transform-io",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Engine(_) => None,
            Self::BuiltIn { .. } => Some(
                "Empty the cache folder of compiled modules; if that does not help, this build of proxbox is broken."
                    .to_owned(),
            ),
            Self::Manifest { .. } => Some(
                "Correct the file. The modules in use stay as they are until it is right; without the file every \
                 .wasm of the folder is used."
                    .to_owned(),
            ),
            Self::Io { .. } => Some("Check that the folder exists and that proxbox may use it.".to_owned()),
        }
    }
}
