//! The SDKs, as a new project gets them.

use super::templates::File;
use crate::language::Language;
use crate::{javascript, python};

/// Version of wit-bindgen that the SDK crate is built on.
const WIT_BINDGEN: &str = "0.60";

/// Files of the SDK crate.
macro_rules! crate_files {
    ($($name:literal)+) => {
        &[$(($name, include_str!(concat!("../../../../guest-transforms/sdk/", $name)))),+]
    };
}

const CRATE: &[(&str, &str)] = crate_files! {
    "wit/worlds.wit"
    "src/address.rs"
    "src/bindings.rs"
    "src/context.rs"
    "src/draft.rs"
    "src/export.rs"
    "src/glue.rs"
    "src/guest.rs"
    "src/interfaces.rs"
    "src/lib.rs"
    "src/log.rs"
    "src/proxbox.rs"
    "src/raw.rs"
    "src/reference.rs"
    "src/testing.rs"
    "src/text.rs"
    "src/time.rs"
    "src/value.rs"
};

/// The files of a language's SDK, below a project's folder.
pub(super) fn files(language: Language) -> Vec<File> {
    let beside_mapper = |(name, text): (&str, &str)| (format!("src/{name}"), text.to_owned());
    match language {
        Language::Rust => rust(),
        Language::Python => vec![beside_mapper(python::SDK)],
        Language::JavaScript => vec![beside_mapper(javascript::SDK), beside_mapper(javascript::TYPES)],
    }
}

/// The crate with its sources, so that a project builds without this repository and without a registry for it.
fn rust() -> Vec<File> {
    const DIR: &str = "vendor/proxbox-transform-sdk";
    let manifest = include_str!("../../templates/rust/sdk.Cargo.toml")
        .replace("{{version}}", env!("CARGO_PKG_VERSION"))
        .replace("{{wit-bindgen}}", WIT_BINDGEN);
    let sources = CRATE.iter().map(|(name, text)| (format!("{DIR}/{name}"), (*text).to_owned()));
    std::iter::once((format!("{DIR}/Cargo.toml"), manifest)).chain(sources).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn every_source_of_the_sdk_crate_goes_along() {
        let sources = fs::read_dir(root().join("guest-transforms/sdk/src")).unwrap();
        for source in sources {
            let name = format!("src/{}", source.unwrap().file_name().to_str().unwrap());
            assert!(CRATE.iter().any(|(known, _)| *known == name), "{name} is not in the list above");
        }
    }

    #[test]
    fn the_sdk_crate_has_the_dependencies_it_has_here() {
        let here: toml::Table =
            toml::from_str(&fs::read_to_string(root().join("Cargo.toml")).unwrap()).unwrap();
        let sdk = fs::read_to_string(root().join("guest-transforms/sdk/Cargo.toml")).unwrap();
        let sdk: toml::Table = toml::from_str(&sdk).unwrap();
        let vendored: toml::Table = toml::from_str(&rust()[0].1).unwrap();
        let vendored = vendored["dependencies"].as_table().unwrap();
        assert!(sdk["dependencies"].as_table().unwrap().keys().eq(vendored.keys()));
        for (name, dependency) in vendored {
            assert_eq!(*dependency, here["workspace"]["dependencies"][name], "{name}");
        }
    }
}
