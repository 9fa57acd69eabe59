//! The operations of Proxmox VE in OpenAPI: those of the newest version in the document of the service, those of each version
//! in one of its own. A document is made when it is asked for.

use super::answers::loosen;
use super::read::{DRIFT, ReadOnlyBody};
use super::{CONTROLS, PREFIX};
use crate::error::{ApiError, UpstreamBody};
use crate::openapi;
use crate::state::AppState;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use proxbox_catalogue::{Catalogue, LATEST, openapi_paths};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{PartialSchema, ToSchema};

/// What the document of a version is called, below its prefix.
pub(super) const FILE: &str = "/openapi.json";

/// Where a document says what its operations were made of.
const ORIGIN: &str = "x-proxmox-generated-openapi";

/// Answers besides the first one: status, name of the component, what it says, schema of the body.
const ANSWERS: [(&str, &str, &str, &str); 6] = [
    (
        "400",
        "ProxmoxTarget",
        "No endpoint or several could be meant, or a path segment is refused",
        "FaultBody",
    ),
    ("401", "KeyMissing", "No API key, or a wrong one", "DetailBody"),
    ("404", "ProxmoxPath", "This version has no such path", "FaultBody"),
    (
        "422",
        "ProxmoxParameters",
        "A parameter does not fit; `msg` and `ctx` say what is allowed",
        "InvalidBody",
    ),
    (
        "429",
        "TooMany",
        "Over the rate limit, or locked out after wrong keys; see `Retry-After`",
        "DetailBody",
    ),
    (
        "502",
        "ProxmoxRefusal",
        "Proxmox VE refused or did not answer; `code` and `upstream_status` say how",
        "UpstreamBody",
    ),
];

/// The answer to everything that is not GET.
const READ_ONLY: (&str, &str, &str) = ("ProxmoxReadOnly", "Always", "ReadOnlyBody");

/// Schemas of the service that those answers need.
const SHARED_SCHEMAS: [&str; 4] = ["DetailBody", "FaultBody", "InvalidBody", "InvalidPart"];

/// The document of the whole service: its own routes, and the operations of the newest version.
pub(crate) async fn served(state: &AppState) -> Result<Response, ApiError> {
    let catalogue = match state.proxied.shelf.get(LATEST) {
        Ok(catalogue) => catalogue,
        Err(error) => {
            tracing::error!(%error, "the operations of Proxmox VE are missing in the document");
            return Ok(json_response(written(openapi::document())?));
        }
    };
    kept(state, FILE.to_owned(), move || whole(&catalogue)).await
}

/// The document of one version, whose operations are below a prefix.
pub(super) async fn of_version(
    state: &AppState,
    catalogue: &Arc<Catalogue>,
    prefix: String,
) -> Result<Response, ApiError> {
    let catalogue = Arc::clone(catalogue);
    kept(state, format!("{prefix}{FILE}"), move || alone(&catalogue, &prefix)).await
}

/// The document that is known under a name, or a new one.
async fn kept(
    state: &AppState,
    name: String,
    make: impl FnOnce() -> Result<Value, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let made = async move {
        let made = tokio::task::spawn_blocking(move || make().and_then(|document| written(&document))).await;
        made.unwrap_or_else(|error| Err(defect(&error)))
    };
    let document = state.proxied.documents.try_get_with(name, made).await;
    document.map(json_response).map_err(|error| ApiError::clone(&error))
}

fn whole(catalogue: &Catalogue) -> Result<Value, ApiError> {
    let mut document = own()?;
    extend(&mut document, "/info", [(ORIGIN.to_owned(), origin(catalogue, LATEST))]);
    extend(&mut document, "/paths", operations(catalogue, PREFIX));
    for (kind, members) in components() {
        let together = merged(own_components(&document, kind), members);
        extend(&mut document, "/components", [(kind.to_owned(), together)]);
    }
    Ok(document)
}

fn alone(catalogue: &Catalogue, prefix: &str) -> Result<Value, ApiError> {
    let own = own()?;
    let part = |pointer: &str| own.pointer(pointer).cloned().unwrap_or_default();
    let mut components = components();
    let needed = SHARED_SCHEMAS.map(|name| (name.to_owned(), part(&format!("/components/schemas/{name}"))));
    components.entry("schemas").or_default().extend(needed);
    components.insert("securitySchemes", own_components(&own, "securitySchemes"));
    let tag = prefix.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('/')).unwrap_or(LATEST);
    let mut document = json!({
        "openapi": part("/openapi"),
        "info": {
            "title": format!("Proxmox VE {}", catalogue.version()),
            "description": "What can be read of Proxmox VE through the service.",
            "version": part("/info/version"),
            "license": part("/info/license"),
            ORIGIN: origin(catalogue, tag),
        },
        "components": components,
        "security": part("/security"),
    });
    extend(&mut document, "", [("paths".to_owned(), Value::Object(operations(catalogue, prefix)))]);
    Ok(document)
}

/// The document of the service's own routes.
fn own() -> Result<Value, ApiError> {
    serde_json::to_value(openapi::document()).map_err(|error| defect(&error))
}

fn own_components(document: &Value, kind: &str) -> Map<String, Value> {
    let members = document.pointer(&format!("/components/{kind}"));
    members.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Both together; the service's own go before others of the same name.
fn merged(own: Map<String, Value>, mut members: Map<String, Value>) -> Value {
    members.extend(own);
    members.into()
}

/// Adds members to the object at a pointer.
fn extend(document: &mut Value, pointer: &str, members: impl IntoIterator<Item = (String, Value)>) {
    if let Some(object) = document.pointer_mut(pointer).and_then(Value::as_object_mut) {
        object.extend(members);
    }
}

/// Where the operations come from.
fn origin(catalogue: &Catalogue, tag: &str) -> Value {
    json!({
        "source": "apidoc.js",
        "endpoint_count": catalogue.path_count(),
        "version": catalogue.version(),
        "version_tag": tag,
    })
}

/// Every operation, with what the service adds to it.
fn operations(catalogue: &Catalogue, prefix: &str) -> Map<String, Value> {
    let mut paths = openapi_paths(catalogue, prefix, &CONTROLS);
    for item in paths.values_mut().filter_map(Value::as_object_mut) {
        for (method, operation) in item {
            if let Some(operation) = operation.as_object_mut() {
                complete(operation, method == "get");
            }
        }
    }
    paths
}

/// A name that no route of the service has, a group, and the parameters and answers of the service.
fn complete(operation: &mut Map<String, Value>, reads: bool) {
    if let Some(Value::String(id)) = operation.get_mut("operationId") {
        id.insert_str(0, "proxmox_");
    }
    for tag in operation.get_mut("tags").and_then(Value::as_array_mut).into_iter().flatten() {
        *tag = json!(format!("proxmox ve: {}", tag.as_str().unwrap_or_default()));
    }
    if reads {
        let controls =
            CONTROLS.map(|name| json!({"$ref": format!("#/components/parameters/{}", component(name))}));
        if let Some(parameters) = operation.entry("parameters").or_insert_with(|| json!([])).as_array_mut() {
            parameters.extend(controls);
        }
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    let answers = ANSWERS.iter().filter(|(status, ..)| reads || matches!(*status, "401" | "429"));
    responses.extend(answers.map(|(status, name, ..)| ((*status).to_owned(), response_reference(name))));
    if reads {
        if let Some(answer) = responses.get_mut("200") {
            answer.pointer_mut("/content/application~1json/schema").into_iter().for_each(loosen);
            let headers = json!({DRIFT.as_str(): {"$ref": "#/components/headers/SchemaDrift"}});
            extend(answer, "", [("headers".to_owned(), headers)]);
        }
    } else {
        responses.insert("403".to_owned(), response_reference(READ_ONLY.0));
    }
}

fn response_reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/responses/{name}")})
}

/// What a parameter is called among the components, where the service has others of the same name.
fn component(name: &str) -> String {
    format!("api2.{name}")
}

/// What the operations refer to, by kind.
fn components() -> BTreeMap<&'static str, Map<String, Value>> {
    let entry = |(name, description, schema): (&str, &str, &str)| {
        let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
        let response =
            json!({"description": description, "content": {"application/json": {"schema": schema}}});
        (name.to_owned(), response)
    };
    let answers = ANSWERS.iter().map(|(_, name, description, schema)| (*name, *description, *schema));
    let controls = CONTROLS.iter().map(|name| (component(name), control(name)));
    let drift = json!({
        "description": "How many places of the answer are not as its schema says",
        "schema": {"type": "integer", "minimum": 0},
    });
    [
        ("responses", answers.chain([READ_ONLY]).map(entry).collect()),
        ("parameters", controls.collect()),
        ("headers", Map::from_iter([("SchemaDrift".to_owned(), drift)])),
        ("schemas", [schema::<UpstreamBody>(), schema::<ReadOnlyBody>()].into_iter().collect()),
    ]
    .into()
}

fn control(name: &str) -> Value {
    let (description, schema) = match name {
        "source" => (
            "Whose endpoints are meant; the credentials are in the database alone",
            json!({"type": "string", "enum": ["database"], "default": "database"}),
        ),
        "target_name" => ("The endpoint of exactly this name", json!({"type": "string"})),
        "target_domain" => ("The endpoint with exactly this host name", json!({"type": "string"})),
        "target_ip_address" => ("The endpoint with exactly this address", json!({"type": "string"})),
        _ => (
            "Ids of endpoints, separated by commas; one endpoint only can be meant here",
            json!({"type": "string", "maxLength": 255, "pattern": "^[1-9][0-9]{0,17}(,[1-9][0-9]{0,17})*$"}),
        ),
    };
    json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema})
}

fn schema<T: ToSchema>() -> (String, Value) {
    (T::name().into_owned(), json!(<T as PartialSchema>::schema()))
}

fn written(document: &impl serde::Serialize) -> Result<Bytes, ApiError> {
    serde_json::to_vec(document).map(Bytes::from).map_err(|error| defect(&error))
}

fn json_response(document: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document).into_response()
}

fn defect(error: &dyn std::error::Error) -> ApiError {
    ApiError::Fault {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        message: "The document cannot be made".to_owned(),
        detail: None,
        chain: vec![error.to_string()],
    }
}
