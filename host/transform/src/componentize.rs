//! A module as a component: itself, or made from a core module that carries the description of one.

use crate::inspect;
use crate::refusal::Refusal;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{Parser, Payload};
use wit_parser::decoding::decode_world;

/// Prefix of the custom sections in which wit-bindgen describes the component.
const DESCRIPTION: &str = "component-type";

/// The module as a component.
pub(crate) fn componentize(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if Parser::is_component(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    if !Parser::is_core_wasm(bytes) {
        // A form or a comment to the end of the line.
        let begins = bytes.trim_ascii_start();
        let is_text = begins.starts_with(b"(") || begins.starts_with(b";;");
        return Err(if is_text { Refusal::Text } else { Refusal::NotWasm });
    }
    inspect::read(bytes)?;
    check_descriptions(bytes)?;
    let encode = || wit_component::ComponentEncoder::default().module(bytes)?.encode();
    encode().map(Cow::Owned).map_err(|error| Refusal::Componentize(format!("{error:#}")))
}

/// Refuses descriptions whose packages need each other: wit-component would follow them until the stack ends, and take
/// the whole host with it.
fn check_descriptions(bytes: &[u8]) -> Result<(), Refusal> {
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for payload in Parser::new(0).parse_all(bytes).flatten() {
        let Payload::CustomSection(section) = payload else { continue };
        if !section.name().starts_with(DESCRIPTION) {
            continue;
        }
        let (resolve, _) =
            decode_world(section.data()).map_err(|error| Refusal::Componentize(format!("{error:#}")))?;
        for (id, package) in resolve.packages.iter() {
            let named = resolve.package_direct_deps(id).filter_map(|other| resolve.packages.get(other));
            needs
                .entry(package.name.to_string())
                .or_default()
                .extend(named.map(|other| other.name.to_string()));
        }
    }
    if needs.is_empty() {
        return Err(Refusal::CoreModule);
    }
    // Takes away what needs nothing that is left, until nothing can be taken away.
    loop {
        let before = needs.len();
        let left: BTreeSet<String> = needs.keys().cloned().collect();
        needs.retain(|_, others| !others.is_disjoint(&left));
        if needs.is_empty() {
            return Ok(());
        }
        if needs.len() == before {
            return Err(Refusal::Componentize("its packages need each other".to_owned()));
        }
    }
}
