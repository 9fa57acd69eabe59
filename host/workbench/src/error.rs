//! What keeps the workbench from working. A module that does wrong is never among it.

use proxbox_model::Diagnostic;
use proxbox_transform::TransformError;
use std::path::PathBuf;

/// Why the workbench could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkbenchError {
    /// A file or folder could not be read, made or written.
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
    /// A file is not a case.
    #[error("{file} is not a case: {reason}")]
    Case {
        /// The file.
        file: String,
        /// What is wrong, and where in the JSON.
        reason: String,
    },
    /// A case does not say which interface it is of, and the module maps several or another one.
    #[error("{file} {reason}")]
    Interface {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
        /// What the module maps.
        maps: Vec<String>,
    },
    /// A folder has no cases.
    #[error("{} has no cases", dir.display())]
    NoCases {
        /// The folder.
        dir: PathBuf,
    },
    /// A folder is not that of a module.
    #[error("{} is not the folder of a module", dir.display())]
    NoProject {
        /// The folder.
        dir: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// The module is not built.
    #[error("{} is not there", module.display())]
    NotBuilt {
        /// Where it should be.
        module: PathBuf,
        /// Folder of its sources.
        dir: PathBuf,
    },
    /// The settings for a module are no JSON object.
    #[error("the settings are not usable: {0}")]
    Settings(String),
    /// The host does not use the module.
    #[error("{}", problem.message)]
    Refused {
        /// Why, with what to try.
        problem: proxbox_model::Problem,
    },
    /// A fact is not one of the interface.
    #[error("{0}")]
    Fact(#[from] proxbox_transform::UnreadableFact),
    /// The sandbox did not start.
    #[error(transparent)]
    Transform(#[from] TransformError),
}

impl WorkbenchError {
    /// The host does not use the module. What would become of the objects in a run is left out.
    pub fn refused(problem: &proxbox_model::Problem) -> Self {
        let message = problem.message.split("; what it should map ").next().unwrap_or_default();
        let message = format!("{}.", message.trim_end_matches('.'));
        Self::Refused { problem: proxbox_model::Problem { message, ..problem.clone() } }
    }

    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}

impl Diagnostic for WorkbenchError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "workbench-io",
            Self::Case { .. } => "case-wrong",
            Self::Interface { .. } => "case-interface",
            Self::NoCases { .. } => "case-none",
            Self::NoProject { .. } => "module-no-project",
            Self::NotBuilt { .. } => "module-not-built",
            Self::Settings(_) => "module-settings",
            Self::Refused { .. } => "module-refused",
            Self::Fact(_) => "case-fact",
            Self::Transform(error) => error.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Io { .. } => "Check the path and that you may use it.".to_owned(),
            Self::Case { .. } => {
                "A case has `name`, `fact` and `outcome`, and may have `interface`, `context` and `settings`."
                    .to_owned()
            }
            Self::Interface { maps, .. } => {
                format!("Say in the case which it is of: \"interface\" is one of {}.", maps.join(", "))
            }
            Self::NoCases { .. } => {
                "Write one, or record some: `proxbox transform record --help`.".to_owned()
            }
            Self::NoProject { reason, .. } => reason.clone(),
            Self::NotBuilt { dir, .. } => {
                format!(
                    "Build it first: `proxbox transform build {}`; or name the .wasm file.",
                    dir.display()
                )
            }
            Self::Settings(_) => "Give a JSON object, or @FILE with one.".to_owned(),
            Self::Refused { problem } => return problem.hint.clone(),
            Self::Fact(_) => "Facts have the fields that wit/v0.1/facts.wit names, in snake_case.".to_owned(),
            Self::Transform(error) => return error.hint(),
        })
    }
}
