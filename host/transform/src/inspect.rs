//! What a module says about itself before it is compiled: its imports, its exports, the contract version it was built
//! for and its name. Nothing of it runs here.

use crate::abi::{self, CONTRACT, Interface, PACKAGE};
use crate::refusal::Refusal;
use crate::tail::clean;
use semver::Version;
use serde::Deserialize;
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};

/// Name of the custom section in which a module may say who it is.
const IDENTITY_SECTION: &str = "proxbox:module";

/// Most exports that are told of.
const MOST_EXPORTS: usize = 10;

/// Most bytes of a name that a module made up, so far as it is shown.
const SHOWN: usize = 200;

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
            check_contract(version, CONTRACT)?;
        }
        for import in &self.imports {
            check_import(import)?;
        }
        if self.interfaces.is_empty() {
            let exports = self.exports.iter().take(MOST_EXPORTS).map(|name| clean(name, SHOWN)).collect();
            return Err(Refusal::NoMapper { exports });
        }
        Ok(())
    }
}

/// Interface and version of a name of our own package.
fn ours(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(PACKAGE)?.strip_prefix('/')?;
    Some(rest.split_once('@').unwrap_or((rest, "")))
}

/// A host speaks every released version up to its newest; the first digit that is not zero separates the ones that do
/// not understand each other.
fn check_contract(version: &str, newest: &str) -> Result<(), Refusal> {
    let refuse = |newer| Refusal::Contract { version: clean(version, SHOWN), newer };
    let (Ok(theirs), Ok(ours)) = (Version::parse(version), Version::parse(newest)) else {
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
            _ => Err(Refusal::UnwiredImport { interface: clean(interface, SHOWN) }),
        };
    }
    let refuse = |advice| Err(Refusal::Import { import: clean(import, SHOWN), advice });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_a_newer_minor_version_takes_the_modules_of_older_ones() {
        for version in ["0.1.0", "0.1.3", "0.1.9"] {
            assert!(check_contract(version, "0.1.9").is_ok(), "{version}");
        }
    }

    #[test]
    fn a_host_refuses_what_it_cannot_know_yet_as_newer() {
        for version in ["0.1.10", "0.2.0", "1.0.0"] {
            let refusal = check_contract(version, "0.1.9").unwrap_err();
            assert!(matches!(refusal, Refusal::Contract { newer: true, .. }), "{version}: {refusal}");
        }
    }

    #[test]
    fn a_version_that_was_never_released_is_not_newer() {
        for version in ["0.0.1", "", "one", "0.1"] {
            let refusal = check_contract(version, "0.1.9").unwrap_err();
            assert!(matches!(refusal, Refusal::Contract { newer: false, .. }), "{version}: {refusal}");
        }
    }

    #[test]
    fn what_a_refusal_repeats_of_a_module_is_short_and_without_control_characters() {
        let name = format!("evil:\u{1b}[2J{}/x", "n".repeat(10_000));
        let refusal = check_import(&name).unwrap_err().to_string();
        assert!(refusal.len() < 300 && !refusal.contains('\u{1b}'), "{refusal:?}");
    }
}
