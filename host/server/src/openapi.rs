//! The OpenAPI document: what the routes say about themselves, and a few words around it.

use crate::routes;
use std::sync::LazyLock;
use utoipa::openapi::OpenApi;
use utoipa::openapi::info::{InfoBuilder, License};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};

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
    document.components = Some(components);
    let needed: [&str; 0] = [];
    document.security = Some(vec![SecurityRequirement::new("api_key", needed)]);
    document
});

/// The document that `/openapi.json` answers with.
pub(crate) fn document() -> &'static OpenApi {
    &DOCUMENT
}
