//! The OpenAPI document. A change of the API shows here.

use proxbox_server::Server;
use serde_json::Value;

#[test]
fn the_document_is_as_it_was() {
    let mut document: Value = serde_json::from_str(&Server::openapi().unwrap()).unwrap();
    document["info"]["version"] = "[version]".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
}

#[test]
fn every_operation_says_what_it_takes_and_answers() {
    let document: Value = serde_json::from_str(&Server::openapi().unwrap()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{name} has a summary");
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{name} has a name of its own");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name} has a success");
            let open =
                operation["security"].as_array().is_some_and(|security| security[0] == serde_json::json!({}));
            assert!(open || responses.contains_key("401"), "{name} needs a key and says so");
        }
    }
}
