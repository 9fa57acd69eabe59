//! What can go wrong while building and inspecting.

use proxbox_model::Diagnostic;
use std::io;
use std::path::PathBuf;

/// Why a crate could not be built to a component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No way of building is there, or not the one asked for.
    #[error("This machine has no Rust toolchain that builds WebAssembly components.")]
    NoToolchain {
        /// What would give it one: a command each.
        remedies: Vec<String>,
    },
    /// A command could not be started.
    #[error("`{command}` could not be started.")]
    Start {
        /// The program.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// The folder holds no project, or its manifest is wrong.
    #[error("{} is not a module that can be built: {reason}", dir.display())]
    Package {
        /// The folder.
        dir: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A tool of the project's language is not installed.
    #[error("{tool} is not installed, which builds this module.")]
    MissingTool {
        /// The tool.
        tool: &'static str,
        /// What has to be there before it; none when it is.
        needs: Option<&'static str>,
        /// The command that installs it.
        command: String,
        /// Where to run that.
        dir: PathBuf,
    },
    /// A tool of the project's language refused.
    #[error("{tool} failed to build {package}.")]
    Tool {
        /// Name of the module.
        package: String,
        /// The tool.
        tool: &'static str,
        /// The last lines that it wrote.
        output: String,
    },
    /// The package has no library of type `cdylib`.
    #[error("The package {package} has no library of type `cdylib`.")]
    NotAModule {
        /// Its name.
        package: String,
    },
    /// The compiler refused.
    #[error("Cargo failed to build {package}.")]
    Cargo {
        /// Name of the package.
        package: String,
        /// The last lines that Cargo wrote.
        output: String,
    },
    /// The core module does not fit the contract.
    #[error("The built module is not a component of the module contract: {reason}")]
    Componentize {
        /// What wit-component said.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{} could not be read or written.", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Diagnostic for BuildError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoToolchain { .. } => "authoring-no-toolchain",
            Self::Start { .. } => "authoring-command-failed",
            Self::Package { .. } => "authoring-not-a-package",
            Self::NotAModule { .. } => "authoring-not-a-module",
            Self::MissingTool { .. } => "authoring-no-tool",
            Self::Tool { .. } => "authoring-build-failed",
            Self::Cargo { .. } => "authoring-build-failed",
            Self::Componentize { .. } => "authoring-not-a-component",
            Self::File { .. } => "authoring-file",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoToolchain { remedies } => format!("Run {}.", remedies.join(", or ")),
            Self::Start { command, .. } => format!("Check that `{command}` is installed and on the PATH."),
            Self::Package { .. } => {
                "Name the folder that holds the module's Cargo.toml, pyproject.toml or package.json; `proxbox transform \
                 new` makes one."
                    .to_owned()
            }
            Self::MissingTool { needs, command, dir, .. } => {
                let first = needs.map(|needs| format!("Install {needs}. Then run")).unwrap_or("Run".to_owned());
                format!("{first} `{command}` in {}.", dir.display())
            }
            Self::Tool { tool, output, .. } => format!("What {tool} said:\n{output}"),
            Self::NotAModule { .. } => {
                "Add `crate-type = [\"lib\", \"cdylib\"]` under `[lib]` in its Cargo.toml.".to_owned()
            }
            Self::Cargo { output, .. } => format!("Cargo's last words were:\n{output}"),
            Self::Componentize { .. } => {
                "Export the mapper with the SDK's `export!` and build against the SDK of this release."
                    .to_owned()
            }
            Self::File { .. } => return None,
        })
    }
}

/// Why a new project could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScaffoldError {
    /// The name is none for a module.
    #[error("{reason}")]
    Name {
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such object type.
    #[error("There is no object type `{name}`.")]
    Interface {
        /// What was asked for.
        name: String,
    },
    /// The folder has something in it.
    #[error("{} is not empty.", dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// A file could not be written.
    #[error("{} could not be written.", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Diagnostic for ScaffoldError {
    fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "authoring-module-name",
            Self::Interface { .. } => "authoring-object-type",
            Self::NotEmpty { .. } => "authoring-folder-not-empty",
            Self::File { .. } => "authoring-file",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Interface { .. } => {
                let known: Vec<_> = crate::contract::interfaces().collect();
                format!("Name one of {}.", known.join(", "))
            }
            Self::NotEmpty { .. } => "Choose another name, or another folder with `--dir`.".to_owned(),
            Self::Name { .. } | Self::File { .. } => return None,
        })
    }
}

/// Why a file cannot be inspected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The bytes do not begin like WebAssembly.
    #[error("The file is not WebAssembly.")]
    NotWasm,
    /// The bytes begin like WebAssembly but break off or make no sense.
    #[error("The file is damaged at byte {offset}: {reason}.")]
    Damaged {
        /// Where reading stopped.
        offset: u64,
        /// What the reader said.
        reason: String,
    },
}

impl Diagnostic for InspectError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotWasm => "module-not-wasm",
            Self::Damaged { .. } => "module-damaged",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotWasm => {
                "Name a `.wasm` file; `proxbox transform build` makes one from a crate.".to_owned()
            }
            Self::Damaged { .. } => "Copy or build the file again.".to_owned(),
        })
    }
}
