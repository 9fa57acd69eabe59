//! What a file is made of, told without compiling it.

use regex::bytes::Regex;
use serde::Serialize;
use wasmparser::{Parser, Payload};

/// What a file is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Anatomy {
    /// The language it is written in, when the tools that built it left a trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<&'static str>,
    /// Bytes of code.
    pub code: u64,
    /// Bytes of data, such as an interpreter's memory and the scripts in it.
    pub data: u64,
    /// Bytes of names for messages, and other sections that do not run.
    pub custom: u64,
    /// Core modules in it.
    pub modules: usize,
}

/// Looks through a file; of one that breaks off, what could be read.
pub fn anatomy(bytes: &[u8]) -> Anatomy {
    let mut found = Anatomy { language: language(bytes), ..Anatomy::default() };
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        match payload {
            Payload::ModuleSection { .. } => found.modules += 1,
            Payload::CodeSectionStart { size, .. } => found.code += u64::from(size),
            Payload::DataSection(section) => {
                let range = section.range();
                found.data += length(range.start, range.end);
            }
            Payload::CustomSection(section) => {
                let range = section.range();
                found.custom += length(range.start, range.end);
            }
            _ => {}
        }
    }
    found
}

fn length<N: TryInto<u64>>(start: N, end: N) -> u64 {
    let number = |it: N| it.try_into().unwrap_or_default();
    number(end).saturating_sub(number(start))
}

/// What componentize-py, ComponentizeJS and wit-bindgen leave in what they build. Interpreters are written in other languages
/// themselves, so that they are looked for first.
fn language(bytes: &[u8]) -> Option<&'static str> {
    let traces = [
        (r"(?-u)componentize[-_]py", "Python (componentize-py)"),
        (r"(?-u)ComponentizeJS", "JavaScript (ComponentizeJS)"),
        (r"(?-u)wit-bindgen-rust", "Rust"),
    ];
    traces
        .into_iter()
        .find(|(trace, _)| Regex::new(trace).is_ok_and(|trace| trace.is_match(bytes)))
        .map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_module_of_the_sdk_is_known_as_rust_and_is_all_there() {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/modules/artifacts/pool-roles.wasm");
        let bytes = std::fs::read(file).unwrap();
        let found = anatomy(&bytes);
        assert_eq!(found.language, Some("Rust"));
        assert!(found.modules >= 1 && found.code > 0 && found.data > 0 && found.custom > 0, "{found:?}");
        assert!(found.code + found.data + found.custom <= bytes.len() as u64, "{found:?}");
    }

    #[test]
    fn traces_of_interpreters_come_first() {
        assert_eq!(
            language(b"wit-bindgen-rust libcomponentize_py_runtime.so"),
            Some("Python (componentize-py)")
        );
        assert_eq!(language(b"wit-bindgen-rust \x0eComponentizeJS"), Some("JavaScript (ComponentizeJS)"));
        assert_eq!(language(b"nothing"), None);
    }
}
