//! The module that is written by hand, as a core module that describes its component, and as that component.

use std::path::Path;
use std::sync::OnceLock;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where what the module is told to write begins.
pub(crate) const MEMORY: u32 = 131_072;

/// As a core module.
pub(crate) fn core() -> &'static [u8] {
    static CORE: OnceLock<Vec<u8>> = OnceLock::new();
    CORE.get_or_init(|| {
        let mut core = wat::parse_str(include_str!("by_hand.wat")).unwrap();
        let mut resolve = Resolve::default();
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/v0.1");
        let (contract, _) = resolve.push_path(wit).unwrap();
        let world = resolve.select_world(&[contract], Some("virtual-machine-mapper")).unwrap();
        embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8, false).unwrap();
        core
    })
}

/// As a component.
pub(crate) fn component() -> &'static [u8] {
    static COMPONENT: OnceLock<Vec<u8>> = OnceLock::new();
    COMPONENT
        .get_or_init(|| ComponentEncoder::default().module(core()).unwrap().validate(true).encode().unwrap())
}
