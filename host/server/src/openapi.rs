//! The OpenAPI document: what the routes say about themselves, and a few words around it.

use crate::routes;
use std::sync::LazyLock;
use utoipa::openapi::info::{InfoBuilder, License};
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| {
    let mut document = routes::all().into_openapi();
    document.info = InfoBuilder::new()
        .title("Proxbox Backend")
        .description(Some(
            "Reads Proxmox VE, maps it to NetBox and writes NetBox; serves the netbox-proxbox plugin.",
        ))
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(License::new("Apache-2.0")))
        .build();
    let header = ApiKey::Header(ApiKeyValue::new("X-Proxbox-API-Key"));
    let mut components = document.components.take().unwrap_or_default();
    components.add_security_scheme("api_key", SecurityScheme::ApiKey(header));
    let shared = routes::shared_parameters();
    components.parameters =
        shared.iter().map(|parameter| (parameter.name.clone(), RefOr::T(parameter.clone()))).collect();
    document.components = Some(components);
    let needed: [&str; 0] = [];
    document.security = Some(vec![SecurityRequirement::new("api_key", needed)]);
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in
            operations.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
        {
            complete(operation, method, path);
            refer(operation, &shared);
        }
    }
    document
});

/// An answer with a body of this schema.
fn answer(schema: &str) -> RefOr<Response> {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    ResponseBuilder::new().content("application/json", body).build().into()
}

/// What an answer means whose route says no more.
fn usual_description(status: &str) -> &'static str {
    match status {
        "101" => "A WebSocket",
        "200" => "Done",
        "201" => "Made",
        "400" => "It cannot be done as asked for",
        "401" => "No API key, or a wrong one",
        "403" => "Not allowed",
        "404" => "There is no such thing",
        "409" => "Something is in the way",
        "422" => "A part of the request cannot be used",
        "429" => "Over the rate limit, or locked out after wrong keys; see `Retry-After`",
        "502" => "Proxmox VE or NetBox refuses or does not answer",
        "503" => "Not now; see `Retry-After`",
        _ => "It failed",
    }
}

/// What the surroundings of a route add to it: a name that no other has, and the answer of the gates before it.
fn complete(operation: &mut Operation, method: &str, path: &str) {
    let words: Vec<&str> =
        path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    operation.operation_id = Some(format!("{method}_{}", words.join("_")).trim_end_matches('_').to_owned());
    if operation.security.is_none() {
        let responses = &mut operation.responses.responses;
        responses.insert("429".to_owned(), answer("DetailBody"));
        // Whatever takes parameters may be given some that make no sense.
        if operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
            responses.entry("422".to_owned()).or_insert_with(|| answer("InvalidBody"));
        }
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            usual_description(status).clone_into(&mut response.description);
        }
    }
}

/// Parameters that many operations take are described once.
fn refer(operation: &mut Operation, shared: &[Parameter]) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(own) = parameter
            && shared.contains(own)
        {
            *parameter = RefOr::Ref(Ref::new(format!("#/components/parameters/{}", own.name)));
        }
    }
}

/// The document of the service's own routes.
pub(crate) fn document() -> &'static OpenApi {
    &DOCUMENT
}
