//! The WebSocket paths. A plain GET of `/` is not among them: that one stays an answer in JSON.

use crate::error::DetailBody;
use crate::state::AppState;
use crate::ws::{self, Channel};
use axum::extract::{Request, State};
use axum::response::Response;

/// Syncs by command (WebSocket)
///
/// The first text frame of the client is `{"api_key": "…"}`, within ten seconds; without a valid key the connection is
/// closed with code 4001 and the reason, and with 1013 when trying again later makes sense. Then `Connected!` and
/// `Connected 2!` come, and commands are taken, one at a time: `Full Update`, `Sync Nodes`, `Sync Virtual Machines`, or
/// `{"command": "Full Update", "run_id": "…"}` with an id of 8 to 64 letters, digits, `-` and `_`, which then stands on
/// every frame. A command ends with an object whose `end` is true. The run goes on when the client leaves.
#[utoipa::path(get, path = "/ws", tag = "sync", security(()), responses(
    (status = 101, description = "The connection becomes a WebSocket."),
    (status = 426, description = "The request is none for a WebSocket.", body = DetailBody),
))]
pub(crate) async fn commands(State(state): State<AppState>, request: Request) -> Response {
    ws::open(state, request, Channel::Commands).await
}

/// One sync of all virtual machines (WebSocket)
///
/// After the key, as on `/ws`, `Connected!` comes, then the frames of the sync, then the end.
#[utoipa::path(get, path = "/ws/virtual-machines", tag = "sync", security(()), responses(
    (status = 101, description = "The connection becomes a WebSocket."),
    (status = 426, description = "The request is none for a WebSocket.", body = DetailBody),
))]
pub(crate) async fn virtual_machines(State(state): State<AppState>, request: Request) -> Response {
    ws::open(state, request, Channel::VirtualMachines).await
}
