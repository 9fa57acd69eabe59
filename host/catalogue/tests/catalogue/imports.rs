use crate::bundled;
use proxbox_catalogue::{Catalogue, CatalogueError, Method, import};

const TREE: &str = r#"[{
    "path": "/nodes", "text": "nodes", "leaf": 0,
    "info": {"GET": {
        "method": "GET", "name": "index", "description": " Lists nodes.\n", "allowtoken": 1, "protected": 0,
        "permissions": {"user": "all"},
        "parameters": {"additionalProperties": 0}, "returns": {"type": "array", "items": {"type": "object"}}
    }},
    "children": [{
        "path": "/nodes/{node}", "text": "{node}", "leaf": 1,
        "info": {
            "POST": {"name": "wake", "protected": 1, "parameters": {"properties": {"node": {"type": "string"}}}, "returns": {"type": "null"}},
            "GET": {"name": "look", "parameters": {"properties": {"node": {"type": "string"}}}, "returns": {"type": "null"}}
        }
    }]
}]"#;

#[test]
fn the_tree_of_apidoc_becomes_operations() {
    // `]` and `;` in texts, and code after the list, do no harm.
    let text = format!("// made\nconst apiSchema = {TREE}\n;\nExt.onReady(function() {{ return [1]; }});");
    let catalogue = import(&text, "9.2").unwrap();
    let names: Vec<_> =
        catalogue.operations().map(|one| format!("{} {} {}", one.method, one.path, one.name)).collect();
    assert_eq!(names, ["GET /nodes index", "GET /nodes/{node} look", "POST /nodes/{node} wake"]);
    let index = catalogue.operation(Method::Get, "/nodes").unwrap();
    assert_eq!(index.summary.description.as_deref(), Some("Lists nodes."));
    assert!(index.summary.token && !index.summary.protected);
    assert_eq!(index.permissions, Some(serde_json::json!({"user": "all"})));
}

#[test]
fn the_older_name_of_the_tree_is_known() {
    let old = import(&format!("var pveapi = {TREE};"), "9.1").unwrap();
    let new = import(&format!("const apiSchema = {TREE};"), "9.1").unwrap();
    assert_eq!(old.to_bytes().unwrap(), new.to_bytes().unwrap());
}

#[test]
fn the_same_operations_give_the_same_bytes_and_come_back_whole() {
    for catalogue in bundled() {
        // In another order, from the form of a list.
        let list: Vec<_> = catalogue
            .iter()
            .map(|one| {
                serde_json::json!({
                    "path": one.summary.path, "method": one.summary.method, "name": one.summary.name,
                    "protected": one.summary.protected, "token": one.summary.token,
                    "parameters": one.parameters, "returns": one.returns,
                })
            })
            .rev()
            .collect();
        let again = import(&serde_json::Value::from(list).to_string(), catalogue.version()).unwrap();
        assert_eq!(again.to_bytes().unwrap(), catalogue.to_bytes().unwrap());
        let read = Catalogue::from_bytes(&again.to_bytes().unwrap()).unwrap();
        assert!(read.iter().eq(catalogue.iter()));
    }
}

#[test]
fn what_is_no_schema_is_refused() {
    for text in [
        "",
        "<html>",
        "[]",
        "[{\"path\": \"/a\"}]",
        "const apiSchema = [",
        "[{\"path\":\"a\",\"method\":\"GET\"}]",
    ] {
        assert!(matches!(import(text, "9.2"), Err(CatalogueError::NotApiDoc(_))), "{text:?}");
    }
    for version in ["", "9", "latest", "../9.2", "9.2.1.1", "9.x"] {
        assert!(matches!(import("[]", version), Err(CatalogueError::NotAVersion(_))), "{version:?}");
    }
}

#[test]
fn a_damaged_file_is_refused() {
    let good = bundled()[0].to_bytes().unwrap();
    for bytes in [&[][..], &good[..good.len() / 2], b"{}", &good[1..]] {
        assert!(matches!(Catalogue::from_bytes(bytes), Err(CatalogueError::Damaged(_))));
    }
}
