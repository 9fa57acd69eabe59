use crate::{bundled, latest, pairs, path_values};
use proxbox_catalogue::{Arguments, InvalidParameters, Method, Operation, Place, import};
use serde_json::{Value, json};

/// An operation with one parameter in its query.
fn with_parameter(schema: Value) -> Operation {
    let operations = json!([{
        "path": "/things/{node}", "method": "GET", "name": "things", "returns": {},
        "parameters": {"additionalProperties": 0, "properties": {
            "node": {"type": "string", "format": "pve-node"}, "thing": schema,
        }},
    }]);
    import(&operations.to_string(), "9.2").unwrap().operation(Method::Get, "/things/{node}").unwrap()
}

fn call(operation: &Operation, query: &[(&str, &str)]) -> Result<Arguments, InvalidParameters> {
    operation.check_parameters(&pairs(&[("node", "pve1")]), &pairs(query))
}

#[track_caller]
fn takes(schema: &Value, values: &[&str]) {
    for value in values {
        call(&with_parameter(schema.clone()), &[("thing", value)]).unwrap();
    }
}

#[track_caller]
fn refuses(schema: &Value, value: &str, problem: &str) {
    let errors = call(&with_parameter(schema.clone()), &[("thing", value)]).unwrap_err().0;
    assert_eq!(errors.len(), 1);
    let error = &errors[0];
    assert_eq!((error.place, error.parameter.as_str()), (Place::Query, "thing"));
    assert_eq!(error.problem, problem);
    assert_eq!(error.value.as_deref(), Some(value));
}

#[test]
fn whole_numbers_have_a_range() {
    let schema = json!({"type": "integer", "minimum": "1", "maximum": 10});
    takes(&schema, &["1", "+5", "10"]);
    refuses(&schema, "0", "must be 1 or more");
    refuses(&schema, "11", "must be 10 or less");
    refuses(&schema, "1.5", "must be a whole number");
    refuses(&schema, "", "must be a whole number");
}

#[test]
fn numbers_have_a_range() {
    let schema = json!({"type": "number", "minimum": 0.5});
    takes(&schema, &["0.5", "1e3", "7"]);
    refuses(&schema, "0.25", "must be 0.5 or more");
    refuses(&schema, "inf", "must be a number");
    refuses(&schema, "1e999", "must be a number");
}

#[test]
fn booleans_are_words_and_go_to_proxmox_as_digits() {
    let operation = with_parameter(json!({"type": "boolean"}));
    for (word, digit) in [
        ("1", "1"),
        ("yes", "1"),
        ("True", "1"),
        ("on", "1"),
        ("0", "0"),
        ("no", "0"),
        ("off", "0"),
        ("FALSE", "0"),
    ] {
        let arguments = call(&operation, &[("thing", word)]).unwrap();
        assert_eq!(arguments.query, pairs(&[("thing", digit)]));
    }
    refuses(&json!({"type": "boolean"}), "maybe", "must be 1 or 0 (or yes, no, true, false, on, off)");
}

#[test]
fn values_are_those_listed() {
    let schema = json!({"type": "string", "enum": ["day", "week"]});
    takes(&schema, &["day", "week"]);
    refuses(&schema, "year", "must be one of: day, week");
    takes(&json!({"type": "integer", "enum": ["1", "2"]}), &["2"]);
    refuses(&json!({"type": "integer", "enum": ["1", "2"]}), "3", "must be one of: 1, 2");
}

#[test]
fn texts_have_a_length() {
    let schema = json!({"type": "string", "minLength": 2, "maxLength": "4"});
    takes(&schema, &["ab", "äöüß"]);
    refuses(&schema, "a", "must have 2 characters or more");
    refuses(&schema, "abcde", "must have 4 characters or less");
}

#[test]
fn texts_match_their_pattern_as_a_whole() {
    let schema = json!({"type": "string", "pattern": "(?^:[a-z]\\d+)"});
    takes(&schema, &["a1"]);
    refuses(&schema, "a1 b", "must match the pattern (?^:[a-z]\\d+)");
}

#[test]
fn a_pattern_that_cannot_be_read_refuses_nothing() {
    takes(&json!({"type": "string", "pattern": "(?<!x)y"}), &["anything"]);
}

#[test]
fn formats_are_checked_and_unknown_ones_pass() {
    let schema = json!({"type": "integer", "format": "pve-vmid"});
    takes(&schema, &["100"]);
    refuses(&schema, "99", "must be a guest's number, from 100 to 999999999");
    refuses(
        &json!({"type": "string", "format": "ip-list"}),
        "192.0.2.1,x",
        "must be a list, each an IP address",
    );
    takes(&json!({"type": "string", "format": "pve-new-idea"}), &["anything"]);
}

#[test]
fn one_of_the_alternatives_is_enough() {
    let schema = json!({"oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "enum": ["auto"]}]});
    takes(&schema, &["3", "auto"]);
    refuses(&schema, "0", "must be one of: auto");
}

#[test]
fn a_parameter_that_is_needed_is_missed() {
    let errors = call(&with_parameter(json!({"type": "string", "enum": ["a"]})), &[]).unwrap_err().0;
    assert_eq!(errors[0].to_string(), "thing is missing");
    assert_eq!(errors[0].allowed, json!({"type": "string", "enum": ["a"]}));
    call(&with_parameter(json!({"type": "string", "optional": "1"})), &[]).unwrap();
}

#[test]
fn an_unknown_parameter_is_refused_with_the_nearest_one() {
    let operation = with_parameter(json!({"type": "string", "optional": 1}));
    let errors = call(&operation, &[("thin", "x")]).unwrap_err().0;
    assert_eq!(errors[0].to_string(), "thin is not known here; did you mean thing?");
    assert_eq!(errors[0].allowed, json!({"nearest": "thing"}));
    // A parameter of the path cannot be given in the query.
    assert!(call(&operation, &[("node", "other")]).is_err());
}

#[test]
fn a_scalar_is_given_once_and_a_list_as_often_as_needed() {
    let scalar = with_parameter(json!({"type": "string"}));
    let errors = call(&scalar, &[("thing", "a"), ("thing", "b")]).unwrap_err().0;
    assert_eq!(errors[0].problem, "is given more than once");
    let list = with_parameter(json!({"type": "array", "items": {"type": "integer"}}));
    call(&list, &[("thing", "1"), ("thing", "2")]).unwrap();
    assert!(call(&list, &[("thing", "1"), ("thing", "x")]).is_err());
}

#[test]
fn a_parameter_that_comes_in_numbers_is_known_by_each() {
    let operations = json!([{"path": "/a", "method": "GET", "parameters": {
        "additionalProperties": 0, "properties": {"link[n]": {"type": "integer", "optional": 1}},
    }}]);
    let operation = import(&operations.to_string(), "9.2").unwrap().operation(Method::Get, "/a").unwrap();
    operation.check_parameters(&[], &pairs(&[("link0", "1"), ("link7", "2")])).unwrap();
    assert!(operation.check_parameters(&[], &pairs(&[("link0", "x")])).is_err());
    assert!(operation.check_parameters(&[], &pairs(&[("link", "1")])).is_err());
}

#[test]
fn every_error_is_told_at_once() {
    let operation = with_parameter(json!({"type": "integer"}));
    let error = operation
        .check_parameters(&pairs(&[("node", "-")]), &pairs(&[("thing", "x"), ("y", "")]))
        .unwrap_err();
    let told: Vec<_> = error.0.iter().map(|error| (error.place, error.parameter.as_str())).collect();
    assert_eq!(told, [(Place::Path, "node"), (Place::Query, "thing"), (Place::Query, "y")]);
}

#[test]
fn a_value_in_the_path_is_encoded_again_and_cannot_lead_elsewhere() {
    let found = latest().find(Method::Get, "/access/users/a%20b%3F@pam").unwrap();
    // A blank is nothing that a user's name holds.
    assert!(found.operation.check_parameters(&found.arguments, &[]).is_err());
    let operation = latest().operation(Method::Get, "/access/users/{userid}").unwrap();
    let call = operation.check_parameters(&pairs(&[("userid", "a?b#c@pam")]), &[]).unwrap();
    assert_eq!(call.path, "/access/users/a%3Fb%23c@pam");
    for harm in ["..", "a/b", "", "a\nb"] {
        assert!(operation.check_parameters(&pairs(&[("userid", harm)]), &[]).is_err(), "{harm:?}");
    }
}

#[test]
fn every_read_takes_the_values_that_its_own_schema_suggests() {
    for catalogue in bundled() {
        for operation in catalogue.iter().filter(|operation| operation.summary.method == Method::Get) {
            let path: Vec<_> = path_values(&operation)
                .into_iter()
                .map(|(name, value)| (name, value.replace('/', ":")))
                .collect();
            let mut probe = operation.clone();
            let query: Vec<_> = operation
                .query_parameters()
                .iter()
                .map(|(name, _)| {
                    probe.returns = operation.parameters["properties"][*name].clone();
                    let value = proxbox_catalogue::example(&probe, &[]);
                    ((*name).to_owned(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                })
                .collect();
            // What holds a slash is a network in a path, which no path can hold.
            let path = path
                .into_iter()
                .map(|(name, value)| (name, value.replace("192.0.2.0:24", "192.0.2.1")))
                .collect::<Vec<_>>();
            if let Err(error) = operation.check_parameters(&path, &query) {
                panic!("{} {}: {error}", catalogue.version(), operation.summary.path);
            }
        }
    }
}

#[test]
fn every_pattern_of_the_bundled_versions_is_checked_but_one() {
    let mut all: Vec<_> = bundled().iter().flat_map(|catalogue| catalogue.patterns()).collect();
    all.sort();
    all.dedup();
    let skipped: Vec<_> =
        all.iter().filter(|pattern| !proxbox_catalogue::pattern_supported(pattern)).collect();
    eprintln!("{} patterns, not checked: {skipped:?}", all.len());
    // Compiled with all of Unicode's letters, it would weigh more than a pattern may.
    assert_eq!(skipped, [r"(?^i:[\(\)-_.\w\d\s]{0,256})"]);
}
