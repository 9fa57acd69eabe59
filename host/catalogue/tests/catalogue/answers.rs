use crate::{bundled, latest, path_values};
use proxbox_catalogue::{Drift, DriftKind, Method, check_returns, example, standard};
use serde_json::json;

#[test]
fn every_read_has_an_example_that_fits_its_own_schema() {
    let mut count = 0;
    for catalogue in bundled() {
        for operation in catalogue.iter().filter(|operation| operation.summary.method == Method::Get) {
            let what = format!("{} {}", catalogue.version(), operation.summary.path);
            let answer = example(&operation, &path_values(&operation));
            assert_eq!(check_returns(&operation, &answer), [], "{what}: {answer}");
            let validator = jsonschema::draft202012::new(&standard(operation.returns())).unwrap();
            let errors: Vec<_> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{what}: {errors:#?} in {answer:#}");
            count += 1;
        }
    }
    assert_eq!(count, 327 + 340);
}

#[test]
fn an_example_repeats_the_values_of_the_path() {
    let operation = latest().operation(Method::Get, "/nodes/{node}/qemu/{vmid}/status/current").unwrap();
    let answer = example(&operation, &[("node".into(), "pve7".into()), ("vmid".into(), "207".into())]);
    assert_eq!(answer["vmid"], 207);
    assert_eq!(answer, example(&operation, &[("node".into(), "pve7".into()), ("vmid".into(), "207".into())]));
}

#[test]
fn a_schema_becomes_standard_json_schema() {
    let schema = json!({
        "type": "object", "additionalProperties": 0, "description": "A thing.",
        "properties": {
            "active": {"type": "boolean", "optional": 1, "default": 1},
            "id": {"type": "string", "pattern": "(?^:[a-z]+)", "maxLength": 8},
            "size": {"type": "integer", "minimum": "0", "optional": 1, "default": "as the parent"},
            "vmid": {"type": "string", "format": "pve-vmid", "optional": 1},
            "tag": {"type": "string", "pattern": "(?^i:[a-z]+)", "optional": 1},
        },
    });
    let expected = json!({
        "type": "object", "additionalProperties": false, "description": "A thing.", "required": ["id"],
        "properties": {
            "active": {"enum": [false, true, 0, 1], "default": true},
            "id": {"type": "string", "pattern": "^(?:(?:[a-z]+))$", "maxLength": 8},
            "size": {"type": "integer", "minimum": 0},
            "vmid": {
                "type": "string", "pattern": "^(?:[1-9][0-9]{2,8})$",
                "description": "Format pve-vmid: a guest's number, from 100 to 999999999.",
            },
            "tag": {"type": "string", "description": "Matches the Perl expression `(?^i:[a-z]+)`."},
        },
    });
    assert_eq!(standard(proxbox_catalogue::Schema::new(&schema)), expected);
}

#[test]
fn what_drifts_is_noted_by_place_and_once() {
    let mut operation = latest().operation(Method::Get, "/version").unwrap();
    operation.returns = json!({"type": "array", "items": {"type": "object", "properties": {
        "id": {"type": "string"},
        "size": {"type": "integer"},
        "state": {"type": "string", "enum": ["up", "down"], "optional": 1},
        "on": {"type": "boolean", "optional": 1},
    }}});
    let answer = json!([
        {"id": "a", "size": "12", "on": "1", "new": 1},
        {"id": 7, "size": 1.5, "state": "sideways", "on": []},
        {"size": {}, "state": null},
    ]);
    let drift = |path: &str, kind| Drift { path: path.to_owned(), kind };
    let mut drifts = check_returns(&operation, &answer);
    drifts.sort_by(|one, other| one.path.cmp(&other.path));
    let expected = [
        drift("[].id", DriftKind::Missing),
        drift("[].on", DriftKind::Type { expected: "boolean", found: "array" }),
        drift("[].size", DriftKind::Type { expected: "integer", found: "number" }),
        drift("[].state", DriftKind::Value { found: "sideways".into() }),
    ];
    assert_eq!(drifts, expected);
    assert_eq!(check_returns(&operation, &json!("x"))[0].to_string(), "the answer is string, not array");
}

#[test]
fn what_comes_in_numbers_is_known_by_every_number() {
    let mut operation = latest().operation(Method::Get, "/nodes/{node}/qemu/{vmid}/config").unwrap();
    let answer = example(&operation, &[]);
    assert!(answer.get("net0").is_some() && answer.get("net[n]").is_none());
    operation.returns = json!({"type": "object", "properties": {"net[n]": {"type": "string"}}});
    assert_eq!(check_returns(&operation, &json!({})), []);
    let drifts = check_returns(&operation, &json!({"net0": "a", "net31": [], "netx": []}));
    assert_eq!(drifts[0].path, "net[n]");
    assert_eq!(drifts.len(), 1);
    let expected = json!({"type": "object", "patternProperties": {"^net[0-9]+$": {"type": "string"}}});
    assert_eq!(standard(operation.returns()), expected);
}

#[test]
fn only_so_many_drifts_are_noted() {
    let mut operation = latest().operation(Method::Get, "/version").unwrap();
    let properties: serde_json::Map<_, _> =
        (0..100).map(|n| (format!("p{n}"), json!({"type": "string"}))).collect();
    operation.returns = json!({"type": "object", "properties": properties});
    assert_eq!(check_returns(&operation, &json!({})).len(), 20);
}
