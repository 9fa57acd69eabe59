//! What `inspect` says of files that are no good, or not yet components.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_authoring::{Form, InspectError, MODULE_SECTION, inspect};
use proxbox_model::Diagnostic;
use wasm_encoder::{Component, CustomSection, Module};

const CLUSTER: &[u8] = include_bytes!("../../../guest-transforms/artifacts/cluster.wasm");

#[test]
fn a_file_that_is_not_webassembly_is_told_as_such() {
    for bytes in [&b""[..], b"\0as", b"#!/bin/sh", b"PK\x03\x04"] {
        let error = inspect(bytes).unwrap_err();
        assert!(matches!(error, InspectError::NotWasm), "{bytes:?}: {error}");
        assert_eq!(error.code(), "module-not-wasm");
    }
}

#[test]
fn a_file_that_breaks_off_is_told_as_damaged() {
    for length in [9, 100, CLUSTER.len() / 2, CLUSTER.len() - 1] {
        let error = inspect(&CLUSTER[..length]).unwrap_err();
        assert!(matches!(error, InspectError::Damaged { .. }), "{length}: {error}");
    }
}

#[test]
fn flipped_bytes_never_panic() {
    for place in (8..CLUSTER.len()).step_by(97) {
        let mut bytes = CLUSTER.to_vec();
        bytes[place] ^= 0xff;
        let _ = inspect(&bytes);
    }
}

#[test]
fn a_core_module_is_told_as_such() {
    let mut module = Module::new();
    module.section(&CustomSection {
        name: MODULE_SECTION.into(),
        data: br#"{"name":"acme","version":"1.2.0","contract":"0.1.0"}"#.into(),
    });
    let inspection = inspect(&module.finish()).unwrap();
    assert_eq!(inspection.form, Form::CoreModule);
    assert_eq!(inspection.module.unwrap().name, "acme");
    assert_eq!(inspection.contract, None);
}

#[test]
fn a_component_of_nothing_has_no_contract() {
    let inspection = inspect(&Component::new().finish()).unwrap();
    assert_eq!(inspection.form, Form::Component);
    assert_eq!((inspection.contract, inspection.module, inspection.sources), (None, None, None));
}
