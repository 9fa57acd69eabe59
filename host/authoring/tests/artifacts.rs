//! The built files that are kept belong to their sources and are what they should be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_authoring::{Artifact, BUILTIN, FIXTURES, Form, Inspection, inspect};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn inspected(artifact: &Artifact) -> Inspection {
    inspect(&fs::read(root().join(artifact.file)).unwrap()).unwrap()
}

#[test]
fn every_kept_artifact_belongs_to_its_sources() {
    let stale: Vec<_> = BUILTIN
        .iter()
        .chain(FIXTURES)
        .filter(|artifact| !artifact.is_fresh(&root()).unwrap())
        .map(|artifact| artifact.file)
        .collect();
    assert!(
        stale.is_empty(),
        "{stale:?} were built from other sources than today's; to build them again, run\n\
         cargo run -p proxbox-authoring --example build_artifacts"
    );
}

#[test]
fn the_default_mapping_imports_nothing_but_the_contract() {
    for artifact in BUILTIN {
        let inspection = inspected(artifact);
        let outside: Vec<_> =
            inspection.imports.iter().filter(|name| !name.starts_with("proxbox:transform/")).collect();
        assert!(outside.is_empty(), "{}: {outside:?}", artifact.file);
        assert_eq!(inspection.form, Form::Component);
        assert_eq!(inspection.contract.as_deref(), Some("0.1.0"));
        assert!(inspection.overrides.is_empty());
    }
}

#[test]
fn each_default_component_maps_the_object_type_it_is_named_after() {
    for artifact in BUILTIN {
        let name = Path::new(artifact.file).file_stem().unwrap().to_str().unwrap();
        let inspection = inspected(artifact);
        assert_eq!(inspection.mappers, [name]);
        let module = inspection.module.unwrap();
        assert_eq!(module.name, format!("proxbox-{name}"));
        assert_eq!(module.contract, "0.1.0");
    }
}

#[test]
fn the_default_components_stay_small() {
    for artifact in BUILTIN {
        let size = inspected(artifact).size;
        assert!(size < 200_000, "{} has {size} bytes", artifact.file);
    }
}

#[test]
fn an_override_imports_what_it_exports() {
    for artifact in FIXTURES {
        let inspection = inspected(artifact);
        assert_eq!(inspection.mappers, ["virtual-machine"], "{}", artifact.file);
        assert_eq!(inspection.overrides, ["virtual-machine"], "{}", artifact.file);
    }
}
