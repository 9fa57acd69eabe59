//! What a module says about itself before it is compiled: its imports, its exports, the contract version it was built
//! for and its name. Nothing of it runs here.

use crate::abi::{self, CONTRACT, Interface, PACKAGE};
use crate::refusal::Refusal;
use semver::Version;
use serde::Deserialize;
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};

/// Name of the custom section in which a module may say who it is.
const IDENTITY_SECTION: &str = "proxbox:module";

/// Packages of WASI 0.2 that are linked, all without any effect on the outside.
const WASI: [&str; 6] = ["io", "cli", "clocks", "random", "filesystem", "sockets"];

/// What the custom section `proxbox:module` says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Stamp {
    /// Name of the module.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Contract version that it was built for.
    #[serde(default)]
    pub contract: Option<String>,
}

/// What can be read before compiling.
#[derive(Debug, Default)]
pub(crate) struct Inspection {
    pub stamp: Option<Stamp>,
    pub interfaces: Vec<Interface>,
    exports: Vec<String>,
    imports: Vec<String>,
}

/// Reads the sections of a binary, nested ones included.
pub(crate) fn read(bytes: &[u8]) -> Result<Inspection, Refusal> {
    let damaged =
        |source: BinaryReaderError| Refusal::Damaged { offset: source.offset(), size: bytes.len(), source };
    let mut inspection = Inspection::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(damaged)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    inspection.imports.push(import.map_err(damaged)?.name.full_name().into_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    inspection.exports.push(export.map_err(damaged)?.name.full_name().into_owned());
                }
            }
            Payload::CustomSection(section) if section.name() == IDENTITY_SECTION => {
                inspection.stamp = inspection.stamp.or_else(|| serde_json::from_slice(section.data()).ok());
            }
            Payload::Version { encoding: Encoding::Component | Encoding::Module, .. } => {}
            _ => {}
        }
    }
    inspection.interfaces = inspection
        .exports
        .iter()
        .filter_map(|name| ours(name).and_then(|(interface, _)| Interface::find(interface)))
        .collect();
    Ok(inspection)
}

impl Inspection {
    /// Contract version that the module was built for: the highest that it names.
    pub(crate) fn contract(&self) -> Option<String> {
        let named = self
            .exports
            .iter()
            .chain(&self.imports)
            .filter_map(|name| ours(name))
            .map(|(_, version)| version);
        let stamped = self.stamp.iter().filter_map(|stamp| stamp.contract.as_deref());
        named
            .chain(stamped)
            .filter_map(|version| Version::parse(version).ok())
            .max()
            .map(|version| version.to_string())
    }

    /// Whether everything the module asks for is something a module may have.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let versions = self
            .exports
            .iter()
            .chain(&self.imports)
            .filter_map(|name| ours(name))
            .map(|(_, version)| version);
        for version in versions.chain(self.stamp.iter().filter_map(|stamp| stamp.contract.as_deref())) {
            check_contract(version)?;
        }
        for import in &self.imports {
            check_import(import)?;
        }
        if self.interfaces.is_empty() {
            return Err(Refusal::NoMapper { exports: self.exports.clone() });
        }
        Ok(())
    }
}

/// Interface and version of a name of our own package.
fn ours(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(PACKAGE)?.strip_prefix('/')?;
    Some(rest.split_once('@').unwrap_or((rest, "")))
}

/// A host speaks every released version up to its own; the first digit that is not zero separates the ones that do
/// not understand each other.
fn check_contract(version: &str) -> Result<(), Refusal> {
    let refuse = |newer| Refusal::Contract { version: version.to_owned(), newer };
    let (Ok(theirs), Ok(ours)) = (Version::parse(version), Version::parse(CONTRACT)) else {
        return Err(refuse(false));
    };
    if theirs > ours {
        return Err(refuse(true));
    }
    if abi::speaks(&theirs) { Ok(()) } else { Err(refuse(false)) }
}

fn check_import(import: &str) -> Result<(), Refusal> {
    if let Some((interface, _)) = ours(import) {
        return match interface {
            "types" | "facts" | "log" => Ok(()),
            _ if Interface::find(interface).is_some() => Ok(()),
            _ => Err(Refusal::UnwiredImport { interface: interface.to_owned() }),
        };
    }
    let refuse = |advice| Err(Refusal::Import { import: import.to_owned(), advice });
    let Some((package, rest)) = import.strip_prefix("wasi:").and_then(|rest| rest.split_once('/')) else {
        return refuse("a module gets facts and settings, nothing else; remove the import and build again.");
    };
    if !WASI.contains(&package) {
        return refuse(
            "a module gets everything from its facts and settings; remove the code or dependency that uses it and \
             build again.",
        );
    }
    match rest.split_once('@') {
        Some((_, version)) if version == "0.2" || version.starts_with("0.2.") => Ok(()),
        _ => refuse("build for WASI 0.2 (target wasm32-wasip2), which this host offers."),
    }
}
