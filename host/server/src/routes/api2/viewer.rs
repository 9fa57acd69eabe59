//! What is known of Proxmox VE's API.

use super::PREFIX;
use super::call::no_catalogue;
use super::document;
use crate::error::{ApiError, CodedBody, DetailBody, FaultBody};
use crate::query::Params;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use proxbox_catalogue::{CatalogueError, LATEST};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The operations of the newest Proxmox VE, in OpenAPI
///
/// The same as `/proxmox/api2/openapi.json`.
#[utoipa::path(get, path = "/proxmox/viewer/openapi", tag = "proxmox", responses(
    (status = 200, description = "OpenAPI", body = Value, example = json!({"openapi": "3.1.0"})),
    (status = 401, body = DetailBody),
    (status = 500, description = "The schema is damaged", body = FaultBody),
))]
pub(crate) async fn openapi(State(state): State<AppState>) -> Result<Response, ApiError> {
    let catalogue = state.proxied.shelf.get(LATEST).map_err(|error| no_catalogue(&error))?;
    document::of_version(&state, &catalogue, PREFIX.to_owned()).await
}

/// The operations of one version of Proxmox VE, in OpenAPI
///
/// The same as `/proxmox/api2/{version}/openapi.json`.
#[utoipa::path(get, path = "/proxmox/viewer/openapi/embedded", tag = "proxmox",
    params(("version_tag" = Option<String>, Query, description = "`9.2`, `9.1.11` or `latest`, which it is when not given")), responses(
    (status = 200, description = "OpenAPI", body = Value, example = json!({"openapi": "3.1.0"})),
    (status = 400, description = "There is no such version", body = FaultBody, example = json!({
        "message": "Generated Proxmox OpenAPI schema not found.", "detail": "There are: 9.1, 9.2, latest.", "python_exception": null})),
    (status = 401, body = DetailBody),
    (status = 500, description = "The schema is damaged", body = FaultBody),
))]
pub(crate) async fn embedded(State(state): State<AppState>, params: Params) -> Result<Response, ApiError> {
    let version = params.text("version_tag").unwrap_or(LATEST);
    let catalogue = state.proxied.shelf.get(version).map_err(|error| match &error {
        CatalogueError::UnknownVersion { known, .. } => ApiError::bad_request(
            "Generated Proxmox OpenAPI schema not found.",
            format!("There are: {}, {LATEST}.", known.join(", ")),
        ),
        error => no_catalogue(error),
    })?;
    document::of_version(&state, &catalogue, format!("{PREFIX}/{version}")).await
}

/// What this service builds on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Contracts {
    proxmox_generated_openapi_present: bool,
    /// Paths of the newest version.
    #[schema(example = 444)]
    proxmox_generated_path_count: usize,
    /// Where NetBox's own document comes from.
    #[schema(example = "/netbox/openapi")]
    netbox_schema_source: &'static str,
}

/// What this service builds on
#[utoipa::path(get, path = "/proxmox/viewer/integration/contracts", tag = "proxmox", responses(
    (status = 200, body = Contracts),
    (status = 401, body = DetailBody),
))]
pub(crate) async fn contracts(State(state): State<AppState>) -> Json<Contracts> {
    let latest = state.proxied.shelf.get(LATEST).ok();
    Json(Contracts {
        proxmox_generated_openapi_present: latest.is_some(),
        proxmox_generated_path_count: latest.map_or(0, |catalogue| catalogue.path_count()),
        netbox_schema_source: "/netbox/openapi",
    })
}

/// Which versions of Proxmox VE are known.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SchemaStatus {
    /// All of them.
    All {
        #[schema(example = json!(["9.1", "9.2", "latest"]))]
        available_versions: Vec<String>,
        /// Nothing is generated at run time, so there is never one.
        #[schema(value_type = Object)]
        generation_tasks: Map<String, Value>,
    },
    /// One that was asked for.
    One {
        #[schema(example = "9.2")]
        version_tag: String,
        schema_available: bool,
        /// Always null: nothing is generated at run time.
        #[schema(value_type = Option<Object>)]
        generation: Option<Value>,
    },
}

/// Which versions of Proxmox VE are known
#[utoipa::path(get, path = "/proxmox/viewer/schema-status", tag = "proxmox",
    params(("version_tag" = Option<String>, Query, description = "Only whether this version is")), responses(
    (status = 200, body = SchemaStatus, example = json!({"available_versions": ["9.1", "9.2", "latest"], "generation_tasks": {}})),
    (status = 401, body = DetailBody),
))]
pub(crate) async fn status(State(state): State<AppState>, params: Params) -> Json<SchemaStatus> {
    let shelf = &state.proxied.shelf;
    Json(match params.text("version_tag") {
        Some(version) => SchemaStatus::One {
            version_tag: version.to_owned(),
            schema_available: shelf.get(version).is_ok(),
            generation: None,
        },
        None => SchemaStatus::All {
            available_versions: shelf.tags().into_iter().chain([LATEST.to_owned()]).collect(),
            generation_tasks: Map::new(),
        },
    })
}

/// Models in Python: there are none
///
/// The schemas are data here, and no code is made of them. JSON Schema is in `/proxmox/api2/openapi.json`.
#[utoipa::path(get, path = "/proxmox/viewer/pydantic", tag = "proxmox", responses(
    (status = 401, body = DetailBody),
    (status = 410, description = "Always", body = CodedBody),
))]
pub(crate) async fn pydantic() -> ApiError {
    ApiError::Coded {
        status: StatusCode::GONE,
        code: "no-python-models",
        message: "This service has no models in Python.".to_owned(),
        run: None,
        detail: Some(
            "Make them of /proxmox/api2/openapi.json, which describes every operation in JSON Schema."
                .to_owned(),
        ),
    }
}

/// Generate schemas at run time: not done here
///
/// `proxbox schema import` adds a version.
#[utoipa::path(post, path = "/proxmox/viewer/generate", tag = "proxmox", responses(
    (status = 401, body = DetailBody),
    (status = 403, description = "Always", body = CodedBody),
))]
pub(crate) async fn generate() -> ApiError {
    not_at_run_time()
}

/// Register routes anew at run time: not done here
///
/// `proxbox schema import` adds a version; the service knows it after a restart.
#[utoipa::path(post, path = "/proxmox/viewer/routes/refresh", tag = "proxmox", responses(
    (status = 401, body = DetailBody),
    (status = 403, description = "Always", body = CodedBody),
))]
pub(crate) async fn refresh() -> ApiError {
    not_at_run_time()
}

fn not_at_run_time() -> ApiError {
    ApiError::Coded {
        status: StatusCode::FORBIDDEN,
        code: "runtime-codegen-disabled",
        message: "Schemas are not generated at run time.".to_owned(),
        run: None,
        detail: Some(
            "Add a version with `proxbox schema import apidoc.js --version 9.3`, then restart the service."
                .to_owned(),
        ),
    }
}
