//! WebSockets: a sync that is asked for by a text frame, told frame by frame.
//!
//! The first frame of a client is its key. Nothing is done before it was looked at, through the same gate as the key of
//! an HTTP request. A run goes on when its client leaves.

mod command;
mod greeting;
mod link;
mod progress;
mod session;

use crate::auth;
use crate::error::ApiError;
use crate::state::AppState;
use axum::extract::{FromRequestParts as _, Request, WebSocketUpgrade};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use link::Link;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// What a client may say at once. Commands are shorter still.
const MAX_MESSAGE: usize = 64 * 1024;
/// Connections that have not shown a key yet.
const MAX_WAITING: usize = 256;
/// How long a server that stops waits for its clients to read their ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// What a client connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// `/`: counts, to show that the connection is alive.
    Counter,
    /// `/ws`: takes commands.
    Commands,
    /// `/ws/virtual-machines`: one sync of all machines.
    VirtualMachines,
}

/// The connections of a server.
pub(crate) struct Sockets {
    sessions: TaskTracker,
    waiting: Semaphore,
}

impl Sockets {
    pub(crate) fn new() -> Self {
        Self { sessions: TaskTracker::new(), waiting: Semaphore::new(MAX_WAITING) }
    }

    /// Waits until every client was told that the server stops, as long as they take no longer than they should.
    pub(crate) async fn wait(&self) {
        self.sessions.close();
        if tokio::time::timeout(FAREWELL, self.sessions.wait()).await.is_err() {
            tracing::warn!("some WebSocket clients did not read the end of their connection in time");
        }
    }
}

/// Whether a request wants to become a WebSocket.
pub(crate) fn is_wanted(request: &Request) -> bool {
    let upgrade = request.headers().get(header::UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Makes a WebSocket of a request, and serves it until one side leaves.
pub(crate) async fn open(state: AppState, request: Request, channel: Channel) -> Response {
    let client = auth::client(&state, &request);
    let (mut parts, _) = request.into_parts();
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &state).await else {
        let detail = "This path is for WebSocket clients.".to_owned();
        return ApiError::Detail(StatusCode::UPGRADE_REQUIRED, detail).into_response();
    };
    upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).on_upgrade(move |socket| {
        let sessions = state.sockets.sessions.clone();
        sessions.track_future(async move {
            let mut link = Link::new(socket, state.closing.clone());
            let end = match greeting::admitted(&state, client, &mut link).await {
                Ok(()) => session::serve(&state, &mut link, channel).await,
                Err(end) => end,
            };
            link.close(end).await;
        })
    })
}
