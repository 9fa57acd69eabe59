//! The log as it grows, as Server-Sent Events.

use super::LogBuffer;
use super::query::Filter;
use crate::stream::{KEEPALIVE, KEEPALIVE_COMMENT, event_stream, text_of};
use axum::response::Response;
use bytes::Bytes;
use futures::Stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Entries in one piece of the stream.
const MOST: usize = 256;

/// Tells entries until the client leaves or the server stops: those behind the id that the filter names, or new ones.
pub(crate) fn response(buffer: LogBuffer, filter: Filter, closing: CancellationToken) -> Response {
    event_stream(frames(buffer, filter, closing, KEEPALIVE))
}

struct Following {
    buffer: LogBuffer,
    filter: Filter,
    latest: watch::Receiver<u64>,
    seen: u64,
    closing: CancellationToken,
}

fn frames(
    buffer: LogBuffer,
    filter: Filter,
    closing: CancellationToken,
    keepalive: Duration,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let mut latest = buffer.subscribe();
    let now = *latest.borrow_and_update();
    let seen = filter.newer_than_id.unwrap_or(now);
    let following = Following { buffer, filter, latest, seen, closing };
    futures::stream::unfold(following, move |mut following| async move {
        let text = tokio::time::timeout(keepalive, following.next()).await;
        let piece = text.unwrap_or_else(|_| Some(KEEPALIVE_COMMENT.to_owned()))?;
        Some((Ok(Bytes::from(piece)), following))
    })
}

impl Following {
    /// The next entries; none when the server stops.
    async fn next(&mut self) -> Option<String> {
        loop {
            let (entries, seen) = self.buffer.after(self.seen, &self.filter, MOST);
            self.seen = seen;
            if !entries.is_empty() {
                return Some(entries.iter().map(|entry| text_of("log", entry.as_ref())).collect());
            }
            tokio::select! {
                biased;
                () = self.closing.cancelled() => return None,
                changed = self.latest.changed() => changed.ok()?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    fn log(buffer: &LogBuffer, text: &str) {
        let subscriber = tracing_subscriber::registry().with(buffer.layer());
        tracing::subscriber::with_default(subscriber, || tracing::info!("{text}"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_log_is_kept_alive_and_ends_with_the_server() {
        let (buffer, closing) = (LogBuffer::default(), CancellationToken::new());
        log(&buffer, "before");
        let stream = frames(buffer.clone(), Filter::default(), closing.clone(), KEEPALIVE);
        let mut stream = std::pin::pin!(stream);
        assert_eq!(stream.next().await.unwrap().unwrap(), ": keepalive\n\n");
        log(&buffer, "after");
        let piece = String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
        assert!(piece.starts_with("event: log\ndata: {\"id\": 2, \"timestamp\": \""), "{piece}");
        assert!(piece.ends_with("\"expandable\": {\"traceback\": null}}\n\n"), "{piece}");
        closing.cancel();
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn who_knows_an_id_misses_nothing() {
        let buffer = LogBuffer::default();
        (0..3).for_each(|n| log(&buffer, &n.to_string()));
        let filter = Filter { newer_than_id: Some(1), ..Filter::default() };
        let stream = frames(buffer, filter, CancellationToken::new(), KEEPALIVE);
        let piece = std::pin::pin!(stream).next().await.unwrap().unwrap();
        let ids: Vec<&str> = std::str::from_utf8(&piece).unwrap().matches("event: log\n").collect();
        assert_eq!(ids.len(), 2);
    }
}
