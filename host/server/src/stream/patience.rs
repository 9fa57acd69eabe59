//! A client that takes nothing of a stream is let go, so that what the stream holds (the events of a run) is not kept for it.

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a client may take to take a piece of a stream, or a frame of a WebSocket.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Pieces that are made before they are taken.
const AHEAD: usize = 16;

/// The client took nothing for too long. As the end of a body it breaks the connection: an end of the usual kind would look as if
/// all had been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client took nothing for too long")]
pub(crate) struct Stalled;

/// How the making of pieces ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// There are no more, or nobody wants them.
    Told,
    /// The client took nothing for too long.
    Stalled,
}

/// The same pieces, made by a task of their own that ends with the last one, with the client, or with its patience.
pub(super) fn taken(
    pieces: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
    patience: Duration,
) -> impl Stream<Item = Result<Bytes, Stalled>> + Send + 'static {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let making = tokio::spawn(make(pieces, sender, patience));
    futures::stream::unfold((receiver, Some(making)), next)
}

async fn make(
    pieces: impl Stream<Item = Result<Bytes, Infallible>> + Send,
    sender: Sender<Bytes>,
    patience: Duration,
) -> End {
    let mut pieces = std::pin::pin!(pieces);
    loop {
        let piece = tokio::select! {
            biased;
            () = sender.closed() => return End::Told,
            piece = pieces.next() => piece,
        };
        let Some(Ok(piece)) = piece else { return End::Told };
        match timeout(patience, sender.send(piece)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return End::Told,
            Err(_) => {
                tracing::info!("a client that does not read its stream is cut off");
                return End::Stalled;
            }
        }
    }
}

type Taking = (Receiver<Bytes>, Option<JoinHandle<End>>);

/// The next piece; after the last, the error if there is one.
async fn next((mut receiver, making): Taking) -> Option<(Result<Bytes, Stalled>, Taking)> {
    if let Some(piece) = receiver.recv().await {
        return Some((Ok(piece), (receiver, making)));
    }
    match making?.await {
        Ok(End::Told) => None,
        Ok(End::Stalled) | Err(_) => Some((Err(Stalled), (receiver, None))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Pieces without an end that hold something.
    fn endless(held: &Arc<()>) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
        futures::stream::repeat(Arc::clone(held)).map(|_| Ok(Bytes::from_static(b"piece")))
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_for_too_long_is_cut_off_and_holds_nothing() {
        let held = Arc::new(());
        let taken = taken(endless(&held), PATIENCE);
        tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
        assert!(Arc::strong_count(&held) > 1, "it may still come");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(Arc::strong_count(&held), 1);
        let told: Vec<_> = taken.collect().await;
        assert_eq!(told.len(), AHEAD + 1);
        assert_eq!(told.last(), Some(&Err(Stalled)));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_slow_misses_nothing() {
        let pieces = (0..50_u8).map(|number| Ok(Bytes::from(vec![number])));
        let mut taken = Box::pin(taken(futures::stream::iter(pieces), PATIENCE));
        for number in 0..50 {
            tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
            assert_eq!(taken.next().await, Some(Ok(Bytes::from(vec![number]))));
        }
        assert_eq!(taken.next().await, None);
    }

    #[tokio::test]
    async fn who_leaves_holds_nothing() {
        let held = Arc::new(());
        let silent = futures::stream::pending().map({
            let held = Arc::clone(&held);
            move |()| Ok(Bytes::copy_from_slice(format!("{held:?}").as_bytes()))
        });
        let taken = taken(silent, PATIENCE);
        tokio::task::yield_now().await;
        drop(taken);
        while Arc::strong_count(&held) > 1 {
            tokio::task::yield_now().await;
        }
    }
}
