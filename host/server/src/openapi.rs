//! The OpenAPI document: what the routes say about themselves, and a few words around it.

use crate::routes;
use std::sync::LazyLock;
use utoipa::openapi::info::{InfoBuilder, License};
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};

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

/// What the surroundings of a route add to it: a name that no other has, and the answer of the gates before it.
fn complete(operation: &mut Operation, method: &str, path: &str) {
    let words: Vec<&str> =
        path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    operation.operation_id = Some(format!("{method}_{}", words.join("_")).trim_end_matches('_').to_owned());
    if operation.security.is_none() {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("DetailBody"))).build();
        let response = ResponseBuilder::new()
            .description("Over the rate limit, or locked out after wrong keys; see `Retry-After`")
            .content("application/json", body)
            .build();
        operation.responses.responses.insert("429".to_owned(), response.into());
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

/// The document that `/openapi.json` answers with.
pub(crate) fn document() -> &'static OpenApi {
    &DOCUMENT
}
