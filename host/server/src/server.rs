use crate::config::ServerConfig;
use crate::state::{self, AppState};
use crate::{auth, layers, routes};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use proxbox_store::Store;
use proxbox_sync::Syncer;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

/// How long clients may take to read the ends of their streams when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// The HTTP side of the service.
#[derive(Clone)]
pub struct Server {
    state: AppState,
}

impl Server {
    /// A server over a store and a syncer. It owns neither: the caller closes them.
    pub fn new(store: Store, syncer: Syncer, config: ServerConfig) -> Self {
        Self { state: AppState::new(store, syncer, config) }
    }

    /// Every route with everything around it, for whoever brings a listener of another kind. Serve it with
    /// `into_make_service_with_connect_info::<SocketAddr>()`: the client's address is needed. Call [`Self::stop`] when
    /// the listener is told to stop.
    pub fn router(&self) -> Router {
        let (router, _) = routes::all().split_for_parts();
        router
            .fallback(|| async { state::not_found() })
            .layer(from_fn_with_state(self.state.clone(), auth::gate))
            .layer(from_fn_with_state(self.state.clone(), layers::errors))
            .layer(CatchPanicLayer::custom(layers::panicked))
            .layer(layers::cors(self.state.clone()))
            .layer(from_fn(layers::security_headers))
            .layer(from_fn(layers::log))
            .layer(PropagateRequestIdLayer::x_request_id())
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
            .with_state(self.state.clone())
    }

    /// Serves until `shutdown`; then takes no new runs, ends those at work, and lets every stream say so.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        if let Err(error) = self.state.store.close_interrupted_runs().await {
            tracing::warn!(%error, "runs of the former process cannot be closed");
        }
        let service = self.router().into_make_service_with_connect_info::<SocketAddr>();
        let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = self.clone();
        let graceful = async move {
            shutdown.await;
            server.stop().await;
            let _ = stopping.send(());
        };
        let serving = axum::serve(listener, service).with_graceful_shutdown(graceful).into_future();
        tokio::select! {
            result = serving => result,
            () = async {
                // Without a sender the server ended by itself, and the other branch says how.
                if stopped.await.is_err() { std::future::pending::<()>().await }
                tokio::time::sleep(DRAIN).await;
            } => {
                tracing::warn!("some clients did not read the end of their streams in time");
                Ok(())
            }
        }
    }

    /// Ends the runs at work and waits until their ends are written down and told.
    pub async fn stop(&self) {
        self.state.closing.cancel();
        self.state.syncer.shutdown().await;
        self.state.records.close();
        self.state.records.wait().await;
        self.state.sockets.wait().await;
    }

    /// The OpenAPI document of the service's own routes as JSON, without the operations of Proxmox VE.
    ///
    /// # Errors
    /// When it cannot be written, which would be a defect.
    pub fn openapi() -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(crate::openapi::document())
    }
}
