//! What keeps the host from having any modules at all. A bad site module is never among them.

use proxbox_model::{Diagnostic, Problem};
use proxbox_modules::ModulesError;

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
    /// The folder of modules cannot be read.
    #[error(transparent)]
    Folder(#[from] ModulesError),
}

impl Diagnostic for TransformError {
    fn code(&self) -> &'static str {
        match self {
            Self::Engine(_) => "transform-engine",
            Self::BuiltIn { .. } => "transform-built-in",
            Self::Folder(error) => error.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Engine(_) => None,
            Self::BuiltIn { .. } => Some(
                "Empty the cache folder of compiled modules; if that does not help, this build of proxbox is broken."
                    .to_owned(),
            ),
            Self::Folder(error) => error.hint(),
        }
    }
}

/// Why facts given as JSON cannot be mapped.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableFact {
    /// The contract has no such interface.
    #[error("the contract has no interface {0:?}")]
    Interface(String),
    /// One of the facts is not what the interface takes.
    #[error("fact {place} is none of `{interface}`, at {path}")]
    Fact {
        /// Counted from 1.
        place: usize,
        /// The interface.
        interface: &'static str,
        /// Where in the fact: `memory`, `addresses[0].ip`.
        path: String,
        /// What is wrong there.
        #[source]
        source: serde_json::Error,
    },
}

impl Diagnostic for UnreadableFact {
    fn code(&self) -> &'static str {
        match self {
            Self::Interface(_) => "module-unknown-interface",
            Self::Fact { .. } => "module-unreadable-fact",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Interface(_) => {
                let known: Vec<&str> = crate::interfaces().collect();
                format!("There are {}.", known.join(", "))
            }
            Self::Fact { .. } => {
                "wit/v0.1/facts.wit lists the fields of every fact, and their types.".to_owned()
            }
        })
    }
}
