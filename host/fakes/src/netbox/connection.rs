//! What the listener speaks to: one service for each connection, which can break it.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{Request as HttpRequest, Response};
use tower::Service;

use super::server::Server;

/// The connection breaks without an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection is broken on purpose")
    }
}

impl std::error::Error for Dropped {}

/// Makes the service of each connection.
pub(crate) fn service(server: Arc<Server>) -> Connections {
    Connections(server)
}

/// The service behind the listener.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Server>);

impl Service<SocketAddr> for Connections {
    type Response = Connection;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Connection, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: SocketAddr) -> Self::Future {
        std::future::ready(Ok(Connection(Arc::clone(&self.0))))
    }
}

/// The service of one connection; its error closes the connection.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Server>);

impl<B> Service<HttpRequest<B>> for Connection
where
    B: axum::body::HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        let server = Arc::clone(&self.0);
        Box::pin(async move { server.answer(request).await.map_err(Into::into) })
    }
}
