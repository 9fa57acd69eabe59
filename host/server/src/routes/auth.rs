//! API keys over HTTP.

use crate::body::{Body, Id};
use crate::error::{ApiError, CodedBody, DetailBody, InvalidBody};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use proxbox_store::ApiKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether the first key is still to be registered.
#[derive(Serialize, ToSchema)]
pub(crate) struct BootstrapStatus {
    needs_bootstrap: bool,
    has_db_keys: bool,
}

/// Whether the first key is still to be registered
#[utoipa::path(get, path = "/auth/bootstrap-status", tag = "auth", security(()), responses(
    (status = 200, body = BootstrapStatus, example = json!({"needs_bootstrap": true, "has_db_keys": false})),
))]
pub(crate) async fn bootstrap_status(
    State(state): State<AppState>,
) -> Result<Json<BootstrapStatus>, ApiError> {
    let bootstrap = state.store.bootstrap().await?;
    Ok(Json(BootstrapStatus { needs_bootstrap: bootstrap.needed, has_db_keys: bootstrap.has_keys }))
}

/// The first key.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Registration {
    /// 32 characters at least, 72 bytes at most.
    #[schema(value_type = String, min_length = 32, example = "pQ2Z1mYt0sVx7wKc9aLr4nBe6uDj8gHf")]
    api_key: SecretString,
    /// What it is for.
    #[serde(default)]
    label: String,
}

/// Register the first key
///
/// Works without a key, once: whatever happens to the key later, the way in does not open again.
#[utoipa::path(post, path = "/auth/register-key", tag = "auth", security(()), request_body = Registration, responses(
    (status = 201, body = DetailBody, example = json!({"detail": "API key registered."})),
    (status = 400, body = DetailBody, example = json!({"detail": "API key must be at least 32 characters."})),
    (status = 409, body = DetailBody, example = json!({"detail": "An API key is already configured."})),
    (status = 422, body = InvalidBody),
))]
pub(crate) async fn register(
    State(state): State<AppState>,
    Body(registration): Body<Registration>,
) -> Result<(StatusCode, Json<DetailBody>), ApiError> {
    state.store.register_first_key(&registration.api_key, &registration.label).await?;
    Ok((StatusCode::CREATED, Json(DetailBody { detail: "API key registered.".to_owned() })))
}

/// A key as it is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct Key {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = "netbox-fastapi-1")]
    label: String,
    is_active: bool,
    /// Seconds since the epoch.
    #[schema(example = 1700000000.0)]
    created_at: f64,
}

impl From<ApiKey> for Key {
    fn from(key: ApiKey) -> Self {
        Self { id: key.id, label: key.label, is_active: key.is_active, created_at: key.created_at }
    }
}

/// Every key.
#[derive(Serialize, ToSchema)]
pub(crate) struct Keys {
    keys: Vec<Key>,
}

/// Every key, newest first
#[utoipa::path(get, path = "/auth/keys", tag = "auth", responses(
    (status = 200, body = Keys), (status = 401, body = DetailBody),
))]
pub(crate) async fn list(State(state): State<AppState>) -> Result<Json<Keys>, ApiError> {
    Ok(Json(Keys { keys: state.store.keys().await?.into_iter().map(Key::from).collect() }))
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedKey {
    #[serde(flatten)]
    key: Key,
    /// 64 characters, shown this once.
    raw_key: String,
}

/// Make a key
#[utoipa::path(post, path = "/auth/keys", tag = "auth", responses(
    (status = 201, body = CreatedKey),
    (status = 401, body = DetailBody),
    (status = 409, description = "`active_api_key_limit_reached`", body = CodedBody),
))]
pub(crate) async fn create(
    State(state): State<AppState>,
) -> Result<(StatusCode, Json<CreatedKey>), ApiError> {
    let made = state.store.create_key("").await?;
    let created = CreatedKey { key: made.key.into(), raw_key: made.raw.expose_secret().to_owned() };
    Ok((StatusCode::CREATED, Json(created)))
}

/// Forget a key
#[utoipa::path(delete, path = "/auth/keys/{key_id}", tag = "auth", params(("key_id" = i64, Path)), responses(
    (status = 204),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody, example = json!({"detail": "API key not found."})),
    (status = 409, description = "`last_active_api_key_required`", body = CodedBody),
))]
pub(crate) async fn delete(State(state): State<AppState>, Id(id): Id) -> Result<StatusCode, ApiError> {
    state.store.delete_key(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switch a key on
#[utoipa::path(post, path = "/auth/keys/{key_id}/activate", tag = "auth", params(("key_id" = i64, Path)), responses(
    (status = 200, body = Key),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody),
    (status = 409, description = "`active_api_key_limit_reached`", body = CodedBody),
))]
pub(crate) async fn activate(State(state): State<AppState>, Id(id): Id) -> Result<Json<Key>, ApiError> {
    Ok(Json(state.store.set_key_active(id, true).await?.into()))
}

/// Switch a key off
#[utoipa::path(post, path = "/auth/keys/{key_id}/deactivate", tag = "auth", params(("key_id" = i64, Path)), responses(
    (status = 200, body = Key),
    (status = 401, body = DetailBody),
    (status = 404, body = DetailBody),
    (status = 409, description = "`last_active_api_key_required`", body = CodedBody),
))]
pub(crate) async fn deactivate(State(state): State<AppState>, Id(id): Id) -> Result<Json<Key>, ApiError> {
    Ok(Json(state.store.set_key_active(id, false).await?.into()))
}
