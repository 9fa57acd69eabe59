//! What the guide says to authors in each language. `PROXBOX_PYTHON_TOOLS` names a virtual environment that has
//! componentize-py, `PROXBOX_NODE_TOOLS` a folder whose `node_modules` has componentize-js.

use crate::{REFERENCE, Reader, entry, text};
use proxbox_tests::transcript::texts;
use serde_json::Value as Json;
use std::ffi::OsString;
use std::fs;

/// The variable that leads to the tools of a language.
fn tools(language: &str) -> (String, OsString) {
    let variable = match language {
        "python" => "PROXBOX_PYTHON_TOOLS",
        "javascript" => "PROXBOX_NODE_TOOLS",
        // One folder for what modules are built of, so that only the first is slow.
        _ => return ("CARGO_TARGET_DIR".to_owned(), concat!(env!("CARGO_TARGET_TMPDIR"), "/guide").into()),
    };
    let folder = std::env::var_os(variable);
    (variable.to_owned(), folder.unwrap_or_else(|| panic!("{variable} is not set; tests/tools prints it")))
}

impl Reader {
    /// In the project that the guide made, which is where its last command was run.
    fn build_what_the_reference_shows(&mut self, language: &str) {
        let project = self.home.path().join("modules/acme-tenants");
        let mappers = texts(&text(REFERENCE), language);
        assert!(!mappers.is_empty(), "the reference shows no mapper in {language}");
        for mapper in mappers {
            let code = mapper.lines().filter(|line| !line.is_empty()).count();
            assert!(code <= 15, "a mapper in {language} takes {code} lines");
            fs::write(project.join(entry(language).unwrap()), mapper).unwrap();
            self.must("proxbox transform build");
        }
    }
}

/// From an empty folder to a tenant in NetBox.
async fn a_language_reaches_netbox(language: &str) {
    let mut reader = Reader::new(vec![tools(language)]).await;
    let before = reader.guest().await;
    assert_eq!(before["tenant"], Json::Null, "before the module runs, nobody says whose guest it is");
    reader.follow(language);
    let after = reader.guest().await;
    assert_eq!((&after["id"], &after["tenant"]["name"]), (&before["id"], &Json::from("Acme")));
    reader.build_what_the_reference_shows(language);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_in_rust_goes_from_an_empty_folder_to_a_tenant_in_netbox() {
    a_language_reaches_netbox("rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_in_python_goes_from_an_empty_folder_to_a_tenant_in_netbox() {
    a_language_reaches_netbox("python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_in_javascript_goes_from_an_empty_folder_to_a_tenant_in_netbox() {
    a_language_reaches_netbox("javascript").await;
}
