use crate::commands::endpoint::open_store_with;
use crate::error::CliError;
use crate::settings::{AccessArgs, StoreArgs, SyncArgs, yes_or_no};
use crate::terminal;
use proxbox_server::{LogBuffer, Server, ServerConfig, TrustedProxies};
use proxbox_store::Store;
use proxbox_sync::settings::{EXPOSE_INTERNAL_ERRORS, Value};
use proxbox_sync::{SyncSettings, Syncer};
use secrecy::ExposeSecret;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use tokio::net::TcpListener;

/// Serve the HTTP API that the netbox-proxbox plugin calls.
///
/// Stops on SIGINT or SIGTERM: no new runs are taken, those at work end between two requests, and streams say so. What
/// is written stays; the next run goes on from there.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, env = "PROXBOX_BIND_HOST", default_value = "0.0.0.0", value_name = "ADDR")]
    host: IpAddr,

    /// Port to listen on; 0 takes a free one and says which
    #[arg(long, env = "PORT", default_value_t = 8800, value_name = "PORT")]
    port: u16,

    /// Requests without a known key that one client may send in a minute; 0 means any number
    #[arg(long, env = "PROXBOX_RATE_LIMIT", default_value_t = 300, value_name = "N")]
    rate_limit: u32,

    /// Requests with a valid key that one client may send in a minute; 0 means any number
    #[arg(
        long,
        env = "PROXBOX_KEY_RATE_LIMIT",
        default_value_t = 0,
        value_name = "N",
        hide_short_help = true
    )]
    key_rate_limit: u32,

    /// Proxies whose X-Forwarded-For is believed: addresses and networks, separated by commas
    #[arg(
        long,
        env = "PROXBOX_TRUSTED_PROXIES",
        default_value = "",
        value_name = "LIST",
        hide_default_value = true
    )]
    trusted_proxies: TrustedProxies,

    /// Browser origins to allow besides NetBox's, separated by commas
    #[arg(
        long,
        env = "PROXBOX_CORS_EXTRA_ORIGINS",
        value_delimiter = ',',
        value_name = "LIST",
        hide_short_help = true
    )]
    cors_extra_origins: Vec<String>,

    /// Send chains of causes to clients [default: no]
    #[arg(long, env = EXPOSE_INTERNAL_ERRORS.variable, value_name = "YES", num_args = 0..=1,
          default_missing_value = "yes", value_parser = yes_or_no, hide_short_help = true)]
    expose_internal_errors: Option<bool>,

    #[command(flatten)]
    access: AccessArgs,

    #[command(flatten)]
    pub(super) store: StoreArgs,

    #[command(flatten)]
    sync: SyncArgs,
}

impl Args {
    /// What holds before the plugin is asked.
    pub(super) fn settings(&self) -> SyncSettings {
        let expose =
            self.expose_internal_errors.map(|expose| (EXPOSE_INTERNAL_ERRORS, Value::Switch(expose)));
        self.sync.settings_and(expose)
    }
}

pub(crate) async fn run(args: Args, logs: LogBuffer) -> Result<ExitCode, CliError> {
    let store = open_store_with(&args.store, args.access.settings()).await?;
    if store.is_plaintext() {
        tracing::warn!("credentials are stored unencrypted, because that was allowed");
    }
    let syncer = args.sync.syncer(args.settings(), &store).await?;
    for problem in syncer.transforms().modules().problems() {
        tracing::error!(code = problem.code, hint = problem.hint, "{}", problem.message);
    }
    let config = ServerConfig {
        rate_limit: args.rate_limit,
        key_rate_limit: args.key_rate_limit,
        trusted_proxies: args.trusted_proxies.clone(),
        cors_extra_origins: args.cors_extra_origins.clone(),
        logs,
        schemas: proxbox_catalogue::default_folder(|name| std::env::var_os(name)),
    };
    let address = SocketAddr::from((args.host, args.port));
    let listener = listen(address).await?;
    let bound = listener.local_addr().map_err(CliError::io("learn the own address"))?;
    tracing::info!(address = %bound, version = env!("CARGO_PKG_VERSION"), "ready");
    if store.bootstrap().await?.needed {
        tracing::info!("no API key yet: `proxbox key create` makes one, or the plugin registers the first");
    }
    let server = Server::new(store.clone(), syncer, config);
    server.serve(listener, stop_signal()).await.map_err(CliError::io("serve"))?;
    store.close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(CliError::io(format!("listen on {address}")))
}

/// Serves the demo's syncer until interrupted, and says what to open.
pub(crate) async fn demo(
    syncer: &Syncer,
    store: &Store,
    netbox: &str,
    port: u16,
    logs: LogBuffer,
) -> Result<(), CliError> {
    let key = store.create_key("demo").await?;
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    let api = listener.local_addr().map_err(CliError::io("learn the own address"))?;
    terminal::say(&format!(
        "\nServing on until Ctrl-C:\n  \
         the NetBox inventory   {netbox}/\n  \
         the service            http://{api}/admin/ (asks for the key below)\n  \
         the HTTP API           http://{api}/docs\n  \
         a full update, live    curl -N -H 'X-Proxbox-API-Key: {key}' http://{api}/full-update/stream",
        key = key.raw.expose_secret(),
    ));
    let server = Server::new(store.clone(), syncer.clone(), ServerConfig { logs, ..ServerConfig::default() });
    server.serve(listener, stop_signal()).await.map_err(CliError::io("serve"))
}

/// Ctrl-C, or the signal that service managers send.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "cannot listen for SIGTERM");
                std::future::pending().await
            }
        }
    };
    // Without a signal handler there is nothing to wait for: stop at once.
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}
