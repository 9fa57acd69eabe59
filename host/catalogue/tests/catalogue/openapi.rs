use crate::{bundled, latest};
use proxbox_catalogue::{exposed_name, openapi_paths};
use serde_json::Value;
use std::collections::BTreeSet;

const RESERVED: [&str; 2] = ["source", "target_name"];

fn operations(paths: &serde_json::Map<String, Value>) -> impl Iterator<Item = (&str, &str, &Value)> {
    paths.iter().flat_map(|(path, methods)| {
        methods
            .as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

#[test]
fn every_operation_is_described_once() {
    for catalogue in bundled() {
        let paths = openapi_paths(&catalogue, "/proxmox/api2", &RESERVED);
        assert_eq!(paths.len(), catalogue.path_count());
        let ids: BTreeSet<_> =
            operations(&paths).map(|(_, _, one)| one["operationId"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), catalogue.operations().len());
    }
}

#[test]
fn every_parameter_of_a_path_is_described_and_no_name_is_twice() {
    for catalogue in bundled() {
        for (path, method, operation) in operations(&openapi_paths(&catalogue, "/p", &RESERVED)) {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let names: BTreeSet<_> =
                parameters.iter().map(|one| (one["in"].to_string(), one["name"].to_string())).collect();
            assert_eq!(names.len(), parameters.len(), "{method} {path}");
            let in_path: Vec<_> =
                path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            let described =
                parameters.iter().filter(|one| one["in"] == "path").map(|one| one["name"].as_str().unwrap());
            assert!(described.eq(in_path), "{method} {path}");
        }
    }
}

#[test]
fn every_schema_is_a_valid_one_and_takes_its_own_default() {
    for catalogue in bundled() {
        for (path, _, operation) in operations(&openapi_paths(&catalogue, "", &RESERVED)) {
            let answer = operation.pointer("/responses/200/content/application~1json/schema");
            let parameters =
                operation["parameters"].as_array().into_iter().flatten().map(|one| &one["schema"]);
            for schema in answer.into_iter().chain(parameters) {
                assert!(jsonschema::draft202012::meta::is_valid(schema), "{path}");
                let validator = jsonschema::draft202012::new(schema).unwrap();
                if let Some(default) = schema.get("default") {
                    assert!(validator.is_valid(default), "{path}: {schema}");
                }
            }
        }
    }
}

#[test]
fn what_writes_is_deprecated_and_refused() {
    let paths = openapi_paths(&latest(), "", &[]);
    for (path, method, operation) in operations(&paths) {
        let answers: Vec<_> =
            operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
        let expected = if method == "get" { "200" } else { "403" };
        assert_eq!(answers, [expected], "{method} {path}");
        assert_eq!(operation.get("deprecated").is_some(), method != "get", "{method} {path}");
    }
}

#[test]
fn names_are_identifiers_and_reserved_ones_are_exposed_otherwise() {
    let paths = openapi_paths(&latest(), "", &RESERVED);
    assert!(paths.contains_key("/nodes/{node}/hardware/pci/{pci_id_or_mapping}"));
    let tasks = &paths["/nodes/{node}/tasks"]["get"];
    let names: Vec<_> =
        tasks["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"op_source") && !names.contains(&"source"));
    assert_eq!(exposed_name("source", &RESERVED), "op_source");
    assert_eq!(tasks["operationId"], "get_nodes_node_tasks");
    assert_eq!(tasks["tags"], serde_json::json!(["nodes"]));
}
