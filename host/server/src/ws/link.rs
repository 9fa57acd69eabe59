//! One connection: frames of text, signs of life, a clean end.

use crate::stream::PATIENCE;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// After so much silence the client is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(20);
/// After so many questions without an answer it is not.
const QUESTIONS: u32 = 2;
/// How long a client may take to answer a close frame.
const GOODBYE: Duration = Duration::from_secs(2);
/// Bytes that a close frame has for its reason.
const MAX_REASON: usize = 123;

/// Normal closure.
pub(super) const DONE: u16 = 1000;
/// The server stops.
pub(super) const GOING_AWAY: u16 = 1001;
/// The client does what it must not.
pub(super) const POLICY: u16 = 1008;
/// The server cannot go on.
pub(super) const TROUBLE: u16 = 1011;
/// Later it may work.
pub(super) const LATER: u16 = 1013;
/// No key, or a wrong one.
pub(super) const REFUSED: u16 = 4001;

/// Why a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client is gone.
    Left,
    /// The server says goodbye: a code and a reason.
    Close(u16, String),
}

impl End {
    pub(super) fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::Close(code, reason.into())
    }
}

/// What a client said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Text(String),
    Bytes,
}

pub(super) struct Link {
    socket: WebSocket,
    /// Questions whether the client is there since it last said something.
    unanswered: u32,
    closing: CancellationToken,
}

impl Link {
    pub(super) fn new(socket: WebSocket, closing: CancellationToken) -> Self {
        Self { socket, unanswered: 0, closing }
    }

    /// Sends a text.
    pub(super) async fn say(&mut self, text: String) -> Result<(), End> {
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Left),
        }
    }

    /// Waits for what the client says next. Nothing is lost when the waiting is given up.
    pub(super) async fn listen(&mut self) -> Result<Heard, End> {
        loop {
            match timeout(SILENCE, self.socket.recv()).await {
                Ok(Some(Ok(message))) => {
                    self.unanswered = 0;
                    match message {
                        Message::Text(text) => return Ok(Heard::Text(text.as_str().to_owned())),
                        Message::Binary(_) => return Ok(Heard::Bytes),
                        Message::Ping(_) | Message::Pong(_) => {}
                        Message::Close(_) => return Err(End::Left),
                    }
                }
                Ok(Some(Err(_)) | None) => return Err(End::Left),
                Err(_) if self.unanswered == QUESTIONS => return Err(End::Left),
                Err(_) => {
                    self.unanswered += 1;
                    self.send(Message::Ping(Vec::new().into())).await?;
                }
            }
        }
    }

    /// The same, and the end when the server stops.
    pub(super) async fn listen_while_open(&mut self) -> Result<Heard, End> {
        let closing = self.closing.clone();
        tokio::select! {
            biased;
            () = closing.cancelled() => Err(End::close(GOING_AWAY, "The server stops.")),
            heard = self.listen() => heard,
        }
    }

    /// Says goodbye and waits a moment for the answer: without it, what was sent last may get lost.
    pub(super) async fn close(mut self, end: End) {
        let End::Close(code, reason) = end else { return };
        let reason = reason.get(..reason.floor_char_boundary(MAX_REASON)).unwrap_or_default().to_owned();
        let frame = CloseFrame { code, reason: reason.into() };
        if self.send(Message::Close(Some(frame))).await.is_ok() {
            let answered = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            let _ = timeout(GOODBYE, answered).await;
        }
    }
}
