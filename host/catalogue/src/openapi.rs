use crate::catalogue::Catalogue;
use crate::method::Method;
use crate::operation::{Operation, parameter_name};
use crate::schema::Schema;
use crate::standard::{parameter, standard};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The `paths` of an OpenAPI 3.1 document: every operation below the prefix, with its parameters and its answer.
///
/// Parameters of the query whose name is reserved are called `op_NAME` (see [`exposed_name`]). What writes is there too,
/// as deprecated and with the answer 403. The caller adds its own parameters and answers.
#[must_use]
pub fn openapi_paths(catalogue: &Catalogue, prefix: &str, reserved: &[&str]) -> Map<String, Value> {
    let mut paths = Map::new();
    let mut ids = BTreeSet::new();
    for operation in catalogue.iter() {
        let id = unique(operation_id(operation.summary.method, &operation.summary.path), &mut ids);
        let path = format!("{prefix}{}", exposed_path(&operation.summary.path));
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            let method = operation.summary.method.as_str().to_ascii_lowercase();
            methods.insert(method, described(&operation, id, reserved));
        }
    }
    paths
}

/// What a parameter of the query is called to callers, who use the reserved names for something else.
#[must_use]
pub fn exposed_name<'a>(name: &'a str, reserved: &[&str]) -> Cow<'a, str> {
    if reserved.contains(&name) { Cow::Owned(format!("op_{name}")) } else { Cow::Borrowed(name) }
}

fn described(operation: &Operation, id: String, reserved: &[&str]) -> Value {
    let summary = &operation.summary;
    let tag = summary.path.split('/').nth(1).unwrap_or_default();
    let mut parameters: Vec<_> =
        operation.path_parameters().map(|name| path_parameter(operation, name)).collect();
    let mut out = json!({"operationId": id, "tags": [tag]});
    let reads = summary.method == Method::Get;
    if reads {
        let query = operation.query_parameters();
        parameters.extend(query.into_iter().map(|(name, schema)| query_parameter(name, schema, reserved)));
    }
    let answers = if reads {
        json!({"200": {
            "description": "What Proxmox VE answers",
            "content": {"application/json": {"schema": standard(operation.returns())}},
        }})
    } else {
        json!({"403": {"description": "Proxmox VE is read only here"}})
    };
    if let Some(out) = out.as_object_mut() {
        if !summary.name.is_empty() {
            out.insert("summary".into(), json!(summary.name));
        }
        if let Some(description) = &summary.description {
            out.insert("description".into(), json!(description));
        }
        if !reads {
            out.insert("deprecated".into(), json!(true));
        }
        if !parameters.is_empty() {
            out.insert("parameters".into(), Value::Array(parameters));
        }
        out.insert("responses".into(), answers);
        out.insert("x-proxmox".into(), origin(operation));
    }
    out
}

/// What OpenAPI has no word for.
fn origin(operation: &Operation) -> Value {
    let summary = &operation.summary;
    let mut origin = json!({"path": summary.path, "protected": summary.protected, "token": summary.token});
    if let (Some(origin), Some(permissions)) = (origin.as_object_mut(), &operation.permissions) {
        origin.insert("permissions".into(), permissions.clone());
    }
    origin
}

fn path_parameter(operation: &Operation, name: &str) -> Value {
    let schema = operation.parameters().property(name).map_or_else(|| json!({"type": "string"}), parameter);
    json!({"name": identifier(name), "in": "path", "required": true, "schema": schema})
}

fn query_parameter(name: &str, schema: Schema<'_>, reserved: &[&str]) -> Value {
    let mut out = json!({
        "name": exposed_name(name, reserved),
        "in": "query",
        "required": !schema.optional(),
        "schema": parameter(schema),
    });
    if let (Some(out), Some(description)) = (out.as_object_mut(), schema.description()) {
        out.insert("description".into(), json!(description));
    }
    out
}

fn exposed_path(template: &str) -> String {
    let segments = template.split('/').map(|segment| match parameter_name(segment) {
        Some(name) => format!("{{{}}}", identifier(name)),
        None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A name that is an identifier everywhere: `pci-id-or-mapping` becomes `pci_id_or_mapping`.
fn identifier(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The method and the words of the path: `get_nodes_node_qemu`.
fn operation_id(method: Method, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut id = method.as_str().to_ascii_lowercase();
    for word in words {
        id.push('_');
        id.push_str(word);
    }
    id
}

/// Paths that differ only in a hyphen or in braces get a number.
fn unique(id: String, taken: &mut BTreeSet<String>) -> String {
    let free = (1..)
        .map(|number| if number == 1 { id.clone() } else { format!("{id}_{number}") })
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or(id);
    taken.insert(free.clone());
    free
}
