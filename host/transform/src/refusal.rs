//! Why a module is not used: found before it runs, mostly before it is compiled.

use crate::abi::CONTRACT;
use proxbox_model::Diagnostic;

/// Why a module is not used. Every message reads on after "Module NAME is not used: ".
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("it is not a WebAssembly file")]
    NotWasm,
    #[error("it is WebAssembly text; a module is binary")]
    Text,
    #[error("it is empty")]
    Empty,
    #[error("it is damaged or cut off, at byte {offset} of {size}")]
    Damaged {
        offset: u64,
        size: usize,
        #[source]
        source: wasmparser::BinaryReaderError,
    },
    #[error("it is a core module without the description of a component")]
    CoreModule,
    #[error("it is a core module that does not become a component: {0}")]
    Componentize(String),
    #[error("it has {size} bytes, more than the {limit} that are allowed")]
    TooBig { size: u64, limit: u64 },
    #[error("it asks for `{import}`, which transform modules may not use")]
    Import { import: String, advice: &'static str },
    #[error("it asks for the mapper of `{interface}`, which this host does not run")]
    UnwiredImport { interface: String },
    #[error("it is built for contract version {version}; this host speaks {CONTRACT}")]
    Contract { version: String, newer: bool },
    #[error("it exports no mapper that this host runs")]
    NoMapper { exports: Vec<String> },
    #[error("it does not compile: {0}")]
    Compile(String),
    #[error("it does not fit the contract it names: {0}")]
    Mismatch(String),
    #[error("it does not say who it is: {0}")]
    Identity(String),
    #[error("another file, {other}, is a module of the same name")]
    NameTaken { other: String },
    #[error("the file is not in the folder")]
    Missing,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("the chain has {limit} modules already")]
    TooMany { limit: usize },
}

impl Diagnostic for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotWasm | Self::Text | Self::Empty => "module-not-wasm",
            Self::Damaged { .. } => "module-damaged",
            Self::CoreModule | Self::Componentize(_) => "module-not-a-component",
            Self::TooBig { .. } => "module-too-big",
            Self::Import { .. } | Self::UnwiredImport { .. } => "module-import-refused",
            Self::Contract { .. } => "module-contract-version",
            Self::NoMapper { .. } => "module-exports-nothing",
            Self::Compile(_) => "module-does-not-compile",
            Self::Mismatch(_) => "module-contract-mismatch",
            Self::Identity(_) => "module-identity",
            Self::NameTaken { .. } => "module-name-taken",
            Self::Missing => "module-missing",
            Self::Unreadable(_) => "module-unreadable",
            Self::TooMany { .. } => "module-too-many",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotWasm | Self::Empty | Self::Damaged { .. } => {
                "Copy the file again from where it was built, and compare the sizes.".to_owned()
            }
            Self::Text => "For its author: build it with `proxbox transform build`.".to_owned(),
            Self::CoreModule | Self::Componentize(_) => {
                "For its author: build for wasm32-wasip2, or run `proxbox transform build`, which makes a component \
                 of a core module built with the SDK."
                    .to_owned()
            }
            Self::TooBig { .. } => {
                "For its author: build in release mode and strip the debug information.".to_owned()
            }
            Self::Import { advice, .. } => format!(
                "For you: use a version of the module without it; until then other mappers do its work. For its \
                 author: {advice}"
            ),
            Self::UnwiredImport { .. } => {
                "For you: update proxbox. For its author: import only the mappers that the module exports.".to_owned()
            }
            Self::Contract { newer: true, .. } => format!(
                "For you: update proxbox, or use a version of the module built for {CONTRACT}. For its author: build \
                 with the SDK of contract {CONTRACT} to reach this host."
            ),
            Self::Contract { newer: false, .. } => {
                format!("For its author: build again with the SDK of contract {CONTRACT}.")
            }
            Self::NoMapper { exports } if exports.is_empty() => {
                "It may be cut off or built for something else. For its author: export at least one mapper, such as \
                 `proxbox:transform/virtual-machine`."
                    .to_owned()
            }
            Self::NoMapper { exports } => {
                format!("It exports {}. For its author: export a mapper that this host runs.", exports.join(", "))
            }
            Self::Compile(_) | Self::Mismatch(_) => {
                "For its author: build again with the current SDK and a current toolchain.".to_owned()
            }
            Self::Identity(_) => {
                "For its author: `describe` must return a kebab-case name and a semantic version, within the limits \
                 of a mapping call."
                    .to_owned()
            }
            Self::NameTaken { .. } => "Remove one of the two files.".to_owned(),
            Self::Missing | Self::Unreadable(_) => {
                "Check the file name in transforms.toml and that proxbox may read the file.".to_owned()
            }
            Self::TooMany { .. } => "Remove or disable some modules.".to_owned(),
        })
    }
}
