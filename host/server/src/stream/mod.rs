//! Server-Sent Events: the progress of a run, as the NetBox plugin reads it.
//!
//! A stream always ends with exactly one `complete`, and then the connection ends. While nothing happens a comment is
//! sent every fifteen seconds. When the client leaves, the run goes on. A client that takes nothing for half a minute is cut off:
//! its connection breaks without a `complete`.

mod build;
mod fit;
mod frame;
mod json;
mod patience;
mod render;
mod result;
mod rows;
mod socket;
mod tally;
mod words;
mod words_table;

#[cfg(test)]
mod tests;

pub(crate) use patience::PATIENCE;
pub(crate) use render::Surface;
pub(crate) use result::{full, is_listed, of_type, plain, trouble};
pub(crate) use rows::escape;
pub(crate) use socket::{Teller, Told};
pub(crate) use words::{operation, sentence};

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use frame::Frame;
use futures::{Stream, StreamExt as _};
use proxbox_model::event::Event;
use proxbox_model::report::Stage;
use render::Renderer;
use serde::Serialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

/// How sentences about a stage's own run begin: `Virtual machines`.
pub(crate) fn name(stage: Stage) -> &'static str {
    words::words(stage).own_label
}

pub(crate) const KEEPALIVE: Duration = Duration::from_secs(15);
pub(crate) const KEEPALIVE_COMMENT: &str = ": keepalive\n\n";

/// The answer that tells a run's events.
pub(crate) fn response(events: impl Stream<Item = Event> + Send + 'static, surface: Surface) -> Response {
    event_stream(frames(events, surface, KEEPALIVE))
}

/// One event of a stream, as it goes over the wire.
pub(crate) fn text_of(name: &str, payload: &impl Serialize) -> String {
    format!("event: {name}\ndata: {}\n\n", frame::line(payload))
}

/// An answer that is a stream of events, for as long as its client takes them.
pub(crate) fn event_stream(
    pieces: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
) -> Response {
    let mut response = Response::new(Body::from_stream(patience::taken(pieces, PATIENCE)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct Telling {
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
    renderer: Renderer,
    done: bool,
}

fn frames(
    events: impl Stream<Item = Event> + Send + 'static,
    surface: Surface,
    keepalive: Duration,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let telling = Telling { events: Box::pin(events), renderer: Renderer::new(surface), done: false };
    futures::stream::unfold(telling, move |mut telling| async move {
        loop {
            if telling.done {
                return None;
            }
            let frames = match tokio::time::timeout(keepalive, telling.events.next()).await {
                Err(_) => return Some((Ok(Bytes::from_static(KEEPALIVE_COMMENT.as_bytes())), telling)),
                Ok(Some(event)) => {
                    telling.done = matches!(event, Event::RunDone { .. });
                    telling.renderer.frames(&event)
                }
                Ok(None) => {
                    telling.done = true;
                    telling.renderer.end()
                }
            };
            if !frames.is_empty() {
                let text: String = frames.iter().map(Frame::text).collect();
                return Some((Ok(text.into()), telling));
            }
        }
    })
}
