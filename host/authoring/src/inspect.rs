//! What a file is, told without compiling it.

use crate::component::{MODULE_SECTION, SOURCES_SECTION};
use crate::error::InspectError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};

/// Prefix of the contract's interfaces.
const CONTRACT: &str = "proxbox:transform/";

/// Component or core module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A component: what the host runs.
    Component,
    /// A core module, which [`componentize`](crate::componentize) may turn into a component.
    CoreModule,
}

/// What the SDK wrote into the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Kebab-case name.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// Version of the contract that the SDK speaks.
    pub contract: String,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// Component or core module.
    pub form: Form,
    /// Bytes.
    pub size: usize,
    /// Name and version; none when the module was not made with the SDK.
    pub module: Option<Module>,
    /// Version of the contract, from the names of the exports; none when nothing of the contract is exported.
    pub contract: Option<String>,
    /// Object types that it maps, sorted: `virtual-machine`.
    pub mappers: Vec<String>,
    /// Object types whose next mapper it calls, sorted.
    pub overrides: Vec<String>,
    /// Full names of all imports, sorted: `wasi:cli/stderr@0.2.6`.
    pub imports: Vec<String>,
    /// Full names of all exports, sorted.
    pub exports: Vec<String>,
    /// [Digest](crate::digest()) of the sources it was built from, when `proxbox transform build` built it.
    pub sources: Option<String>,
}

/// Says what a file is, without compiling it.
///
/// # Errors
/// When the bytes are not WebAssembly or break off.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, InspectError> {
    if !bytes.starts_with(b"\0asm") {
        return Err(InspectError::NotWasm);
    }
    let mut names = Names::default();
    for payload in Parser::new(0).parse_all(bytes) {
        names.read(payload.map_err(damaged)?).map_err(damaged)?;
    }
    let contract = names.exports.iter().find_map(|name| name.strip_prefix(CONTRACT)?.split_once('@'));
    Ok(Inspection {
        form: names.form.ok_or(InspectError::NotWasm)?,
        size: bytes.len(),
        module: names.module,
        contract: contract.map(|(_, version)| version.to_owned()),
        mappers: object_types(&names.exports),
        overrides: object_types(&names.imports),
        imports: names.imports.into_iter().collect(),
        exports: names.exports.into_iter().collect(),
        sources: names.sources,
    })
}

fn damaged(error: BinaryReaderError) -> InspectError {
    InspectError::Damaged { offset: error.offset(), reason: error.message().to_owned() }
}

/// Interfaces of the contract that map an object type.
fn object_types(names: &BTreeSet<String>) -> Vec<String> {
    names
        .iter()
        .filter_map(|name| Some(name.strip_prefix(CONTRACT)?.split_once('@')?.0))
        .filter(|interface| !matches!(*interface, "types" | "facts" | "log" | "about"))
        .map(str::to_owned)
        .collect()
}

#[derive(Default)]
struct Names {
    /// Set by the first header, which is the outermost.
    form: Option<Form>,
    /// How many modules and components deep the reader is.
    depth: usize,
    module: Option<Module>,
    sources: Option<String>,
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
}

impl Names {
    fn read(&mut self, payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::Version { encoding, .. } => {
                let form = if encoding == Encoding::Component { Form::Component } else { Form::CoreModule };
                self.form.get_or_insert(form);
                self.depth += 1;
            }
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::CustomSection(section) if section.name() == MODULE_SECTION => {
                self.module = serde_json::from_slice(section.data()).ok();
            }
            Payload::CustomSection(section) if section.name() == SOURCES_SECTION => {
                self.sources = String::from_utf8(section.data().to_vec()).ok();
            }
            Payload::ComponentImportSection(section) if self.depth == 1 => {
                for import in section {
                    self.imports.insert(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if self.depth == 1 => {
                for export in section {
                    self.exports.insert(export?.name.name.to_owned());
                }
            }
            Payload::ImportSection(section) if self.depth == 1 => {
                for import in section.into_imports() {
                    self.imports.insert(import?.module.to_owned());
                }
            }
            Payload::ExportSection(section) if self.depth == 1 => {
                for export in section {
                    if let Some((interface, _)) = export?.name.split_once('#') {
                        self.exports.insert(interface.trim_start_matches("cabi_post_").to_owned());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
