use crate::{bundled, latest, path_values};
use proxbox_catalogue::{FindError, Method};

#[test]
fn every_operation_is_found_by_a_concrete_path() {
    for catalogue in bundled() {
        for operation in catalogue.iter() {
            let values = path_values(&operation);
            // A slash in a value has no way in; every other character has.
            let values: Vec<_> =
                values.into_iter().map(|(name, value)| (name, value.replace('/', ":"))).collect();
            let path = operation.summary.path.split('/').map(|segment| {
                let Some(name) = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
                    return segment;
                };
                values.iter().find(|(known, _)| known == name).unwrap().1.as_str()
            });
            let path = path.collect::<Vec<_>>().join("/").replace('%', "%25").replace(' ', "%20");
            let found = catalogue.find(operation.summary.method, &path).unwrap();
            assert_eq!(found.operation, operation, "{path}");
            assert_eq!(found.arguments, values, "{path}");
        }
    }
}

#[test]
fn the_bundled_versions_are_whole() {
    let counts: Vec<_> = bundled()
        .iter()
        .map(|catalogue| {
            (catalogue.version().to_owned(), catalogue.path_count(), catalogue.operations().len())
        })
        .collect();
    assert_eq!(counts, [("9.1.11".to_owned(), 431, 649), ("9.2".to_owned(), 444, 675)]);
}

#[test]
fn a_literal_segment_goes_before_a_parameter() {
    let found = latest().find(Method::Get, "/cluster/sdn/fabrics/all").unwrap();
    assert_eq!(found.operation.summary.path, "/cluster/sdn/fabrics/all");
    let found = latest().find(Method::Get, "nodes/pve1/qemu/100/").unwrap();
    assert_eq!(found.operation.summary.path, "/nodes/{node}/qemu/{vmid}");
}

#[test]
fn a_value_is_decoded_once() {
    let found = latest().find(Method::Get, "/access/users/root%40pam").unwrap();
    assert_eq!(found.arguments[0].1, "root@pam");
    let found = latest().find(Method::Get, "/access/users/root%2540pam").unwrap();
    assert_eq!(found.arguments[0].1, "root%40pam");
}

#[test]
fn a_path_that_leads_elsewhere_is_refused() {
    let unsafe_paths = [
        "/nodes/../access",
        "/nodes/%2e%2e/status",
        "/nodes/./status",
        "/nodes/a..b/status",
        "/nodes//status",
        "/nodes/a%2Fb/status",
        "/nodes/a%5cb/status",
        "/nodes/a%00/status",
        "/nodes/a%0d%0ab/status",
        "/nodes/%ff/status",
        "//nodes/pve1/status",
        "/nodes/pve1//",
    ];
    for path in unsafe_paths {
        let refused = latest().find(Method::Get, path).unwrap_err();
        assert!(matches!(refused, FindError::UnsafePath { .. }), "{path}: {refused:?}");
    }
}

#[test]
fn an_unknown_path_names_the_nearest_one() {
    let error = latest().find(Method::Get, "/cluster/resource").unwrap_err();
    let FindError::NoSuchPath { nearest, .. } = error else { panic!("{error:?}") };
    assert_eq!(nearest.as_deref(), Some("/cluster/resources"));
}

#[test]
fn a_method_that_a_path_does_not_take_names_those_that_it_takes() {
    let error = latest().find(Method::Delete, "/nodes/pve1/status").unwrap_err();
    let expected = FindError::NoSuchMethod {
        path: "/nodes/{node}/status".into(),
        method: Method::Delete,
        allowed: vec![Method::Get, Method::Post],
    };
    assert_eq!(error, expected);
    assert_eq!(latest().methods("/nodes/pve1/status").unwrap(), [Method::Get, Method::Post]);
}
