use crate::bundled;
use proxbox_catalogue::{diff, import};
use serde_json::json;

#[test]
fn the_bundled_versions_differ_as_told() {
    let versions = bundled();
    insta::assert_snapshot!(diff(&versions[0], &versions[1]).to_string());
}

#[test]
fn a_version_does_not_differ_from_itself() {
    for catalogue in bundled() {
        assert!(diff(&catalogue, &catalogue).is_empty());
    }
}

#[test]
fn parameters_and_answers_are_compared_part_by_part_and_words_do_not_count() {
    let version = |operations: serde_json::Value, version| import(&operations.to_string(), version).unwrap();
    let old = version(
        json!([
            {"path": "/gone", "method": "GET"},
            {"path": "/same", "method": "GET", "parameters": {"properties": {"a": {"type": "string", "description": "one"}}}},
            {"path": "/thing", "method": "GET",
             "parameters": {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
             "returns": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "integer"}}}}},
        ]),
        "9.1",
    );
    let new = version(
        json!([
            {"path": "/new", "method": "POST"},
            {"path": "/same", "method": "GET", "parameters": {"properties": {"a": {"type": "string", "description": "two"}}}},
            {"path": "/thing", "method": "GET",
             "parameters": {"properties": {"a": {"type": "string", "optional": 1}, "c": {"type": "string"}}},
             "returns": {"type": "array", "items": {"type": "object", "properties": {"y": {"type": "integer"}}}}},
        ]),
        "9.2",
    );
    let found = serde_json::to_value(diff(&old, &new)).unwrap();
    let expected = json!({
        "from": "9.1", "to": "9.2",
        "added": [{"path": "/new", "method": "POST"}],
        "removed": [{"path": "/gone", "method": "GET"}],
        "changed": [{
            "path": "/thing", "method": "GET",
            "parameters": {"added": ["c"], "removed": ["b"], "changed": ["a"]},
            "returns": {"added": ["[].y"], "removed": ["[].x"], "changed": []},
        }],
    });
    assert_eq!(found, expected);
}
