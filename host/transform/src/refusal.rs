//! Why a module is not used: found before it runs, mostly before it is compiled.

use crate::abi::CONTRACT;
use crate::tail::clean;
use proxbox_model::Diagnostic;
use proxbox_modules::ContentError;

/// What an operator can do where the module must be built anew.
const ASK: &str = "ask its author for another build.";

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
    #[error("it is a core module that does not become a component: {}", shown(.0))]
    Componentize(String),
    #[error("it asks for `{import}`, which transform modules may not use")]
    Import { import: String, advice: &'static str },
    #[error("it asks for the mapper of `{interface}`, which this host does not run")]
    UnwiredImport { interface: String },
    #[error("it is built for contract version {version}; this host speaks {CONTRACT}")]
    Contract { version: String, newer: bool },
    #[error("it exports no mapper that this host runs")]
    NoMapper { exports: Vec<String> },
    #[error("it does not compile: {}", shown(.0))]
    Compile(String),
    #[error("it does not fit the contract it names: {}", shown(.0))]
    Mismatch(String),
    #[error("it does not say who it is: {}", shown(.0))]
    Identity(String),
    #[error("another file, {other}, is a module of the same name")]
    NameTaken { other: String },
    #[error(transparent)]
    Content(#[from] ContentError),
    #[error("the schema of its settings is wrong: {0}")]
    Schema(String),
    #[error("its settings are wrong: {0}")]
    Settings(String),
    #[error("it maps none of the object types that it is listed for: {}", types.join(", "))]
    Types { types: Vec<String>, maps: Vec<&'static str> },
    #[error("the chain has {limit} modules already")]
    TooMany { limit: usize },
}

impl Diagnostic for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotWasm | Self::Text | Self::Empty => "module-not-wasm",
            Self::Damaged { .. } => "module-damaged",
            Self::CoreModule | Self::Componentize(_) => "module-not-a-component",
            Self::Import { .. } | Self::UnwiredImport { .. } => "module-import-refused",
            Self::Contract { .. } => "module-contract-version",
            Self::NoMapper { .. } => "module-exports-nothing",
            Self::Compile(_) => "module-does-not-compile",
            Self::Mismatch(_) => "module-contract-mismatch",
            Self::Identity(_) => "module-identity",
            Self::NameTaken { .. } => "module-name-taken",
            Self::Content(error) => error.code(),
            Self::Schema(_) => "module-settings-schema",
            Self::Settings(_) => "module-settings",
            Self::Types { .. } => "module-types",
            Self::TooMany { .. } => "module-too-many",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotWasm | Self::Empty | Self::Damaged { .. } => both(
                "copy the file again from where it was built, and compare the sizes.",
                "publish the file that `proxbox transform build` writes, with its SHA-256.",
            ),
            Self::Text => both(
                "ask its author for the built file, which ends in .wasm.",
                "build it with `proxbox transform build`.",
            ),
            Self::CoreModule | Self::Componentize(_) => both(
                ASK,
                "build for wasm32-wasip2, or run `proxbox transform build`, which makes a component of a core module \
                 built with the SDK.",
            ),
            Self::Import { advice, .. } => both("use a version of the module without it.", advice),
            Self::UnwiredImport { .. } => {
                both("update proxbox.", "import only the mappers that the module exports.")
            }
            Self::Contract { newer: true, .. } => both(
                &format!("update proxbox, or use a version of the module built for {CONTRACT}."),
                &format!("build with the SDK of contract {CONTRACT} to reach this host."),
            ),
            Self::Contract { newer: false, .. } => {
                both(ASK, &format!("build again with the SDK of contract {CONTRACT}."))
            }
            Self::NoMapper { exports } if exports.is_empty() => both(
                "check that it is the right file; it may be cut off or built for something else.",
                "export at least one mapper, such as `proxbox:transform/virtual-machine`.",
            ),
            Self::NoMapper { exports } => both(
                "check that it is a module for this program.",
                &format!("it exports {}; export a mapper that this host runs.", exports.join(", ")),
            ),
            Self::Compile(_) | Self::Mismatch(_) => {
                both(ASK, "build again with the current SDK and a current toolchain.")
            }
            Self::Identity(_) => both(
                ASK,
                "`describe` must return a kebab-case name and a semantic version, within the limits of a mapping call.",
            ),
            Self::NameTaken { .. } => "Remove one of the two files.".to_owned(),
            Self::Content(error) => return error.hint(),
            Self::Schema(_) => both(
                ASK,
                "`settings-schema` must be a JSON Schema (draft 2020-12) that refers to nothing outside itself; `{}` when \
                 there are no settings.",
            ),
            Self::Settings(_) => both(
                "correct them with `proxbox transform configure NAME --settings JSON`; `proxbox transform inspect FILE \
                 --settings` shows what the module takes.",
                "give every setting a default and a description.",
            ),
            Self::Types { maps, .. } => {
                format!("It maps {}. Correct `types` in transforms.toml.", maps.join(", "))
            }
            Self::TooMany { .. } => "Remove or disable some modules.".to_owned(),
        })
    }
}

/// What a tool said of a module, which it likes to quote: on one line, and not endless.
fn shown(reason: &str) -> String {
    clean(reason, 500)
}

/// What to do, for whoever runs the module and for whoever wrote it.
pub(crate) fn both(operator: &str, author: &str) -> String {
    format!("For you: {operator} For its author: {author}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tool_quotes_of_a_module_is_on_one_line_and_not_endless() {
        let quoted = format!("name `\u{b}\u{1b}[2J{}`\nis not valid", "x".repeat(100_000));
        let told = Refusal::Componentize(quoted).to_string();
        assert!(!told.chars().any(char::is_control) && told.len() < 700, "{told:?}");
    }
}
