//! From a core module to a component, and the sections that the host reads before compiling.

use crate::error::BuildError;
use wasm_encoder::{CustomSection, Encode, Section};
use wit_component::ComponentEncoder;

/// Custom section with the module's identity as JSON: `name`, `version`, `contract`. The SDK writes it.
pub const MODULE_SECTION: &str = "proxbox:module";

/// Custom section with the [digest](crate::digest()) of the sources that a file was built from.
pub const SOURCES_SECTION: &str = "proxbox:sources";

/// A component from a core module that carries its component type, as wit-bindgen writes it.
///
/// # Errors
/// [`BuildError::Componentize`] when the module lacks its component type or does not fit it.
pub fn componentize(core: &[u8]) -> Result<Vec<u8>, BuildError> {
    ComponentEncoder::default()
        .module(core)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|wrong| BuildError::Componentize { reason: format!("{wrong:#}") })
}

/// Appends a custom section; a module or component may carry one anywhere.
pub(crate) fn append_section(wasm: &mut Vec<u8>, name: &str, data: &[u8]) {
    let section = CustomSection { name: name.into(), data: data.into() };
    wasm.push(section.id());
    section.encode(wasm);
}
