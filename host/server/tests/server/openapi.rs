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
            // 101: a WebSocket.
            let succeeds = responses.keys().any(|status| status.starts_with('2') || status == "101");
            assert!(
                succeeds || responses.values().any(|answer| answer["description"] == "Always"),
                "{name} has a success, or says that it never has"
            );
            let open =
                operation["security"].as_array().is_some_and(|security| security[0] == serde_json::json!({}));
            assert!(open || responses.contains_key("401"), "{name} needs a key and says so");
        }
    }
}

#[test]
fn every_sync_takes_the_same_and_the_document_says_it_once() {
    let document: Value = serde_json::from_str(&Server::openapi().unwrap()).unwrap();
    let shared = document["components"]["parameters"].as_object().unwrap();
    assert!(shared.len() >= 26 + 10 + 15, "{}", shared.len());
    for name in ["sync_mode_mac", "overwrite_ip_address_dns_name", "netbox_vm_ids", "fetch_max_concurrency"] {
        assert_eq!(shared[name]["in"], "query", "{name}");
    }
    for path in
        ["/full-update", "/full-update/stream", "/proxmox/replication/stream", "/dcim/devices/create/stream"]
    {
        let taken = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        assert_eq!(taken.len(), shared.len(), "{path}");
        assert!(taken.iter().all(|parameter| parameter["$ref"].is_string()), "{path}");
    }
}
