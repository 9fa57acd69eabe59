use crate::error::CliError;
use crate::terminal;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{FakeNetbox, Options as NetboxOptions};
use proxbox_fakes::proxmox::{FakeProxmox, Options as ProxmoxOptions};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Serve a fake Proxmox VE or a fake NetBox, for trying things out.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// A generated Proxmox VE cluster
    Proxmox(ProxmoxArgs),
    /// An in-memory NetBox; what it holds is gone when it stops
    Netbox(NetboxArgs),
}

#[derive(clap::Args)]
pub(crate) struct ProxmoxArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8006", value_name = "ADDR")]
    listen: SocketAddr,
    /// Cluster name
    #[arg(long, default_value = "demo", value_name = "NAME")]
    cluster: String,
    /// Nodes to generate
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    nodes: u16,
    /// Virtual machines and containers to generate
    #[arg(long, default_value_t = 50, value_name = "M", value_parser = clap::value_parser!(u32).range(0..=20_000))]
    guests: u32,
    /// Another seed is another fleet
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Version of Proxmox VE to play: 9.2, 9.1, or `latest`
    #[arg(long, value_name = "VERSION")]
    api: Option<String>,
    /// Serve plain HTTP instead of HTTPS
    #[arg(long)]
    plain: bool,
    /// Write the certificate authority of the server's certificate to this file (PEM)
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct NetboxArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8001", value_name = "ADDR")]
    listen: SocketAddr,
    /// NetBox version to behave like
    #[arg(long, default_value = "4.7.3", value_name = "VERSION")]
    netbox_version: String,
}

pub(crate) async fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Proxmox(args) => proxmox(args).await,
        Command::Netbox(args) => netbox(args).await,
    }
}

async fn proxmox(args: ProxmoxArgs) -> Result<ExitCode, CliError> {
    let spec = FleetSpec::new(args.cluster, usize::from(args.nodes), args.guests as usize, args.seed);
    let options =
        ProxmoxOptions { listen: args.listen, tls: !args.plain, api: args.api, ..ProxmoxOptions::default() };
    let fake = FakeProxmox::start(Fleet::generate(&spec), options)
        .await
        .map_err(CliError::io(format!("listen on {}", args.listen)))?;
    if let Some(path) = &args.ca_out {
        std::fs::write(path, fake.ca_pem()).map_err(CliError::io(format!("write {}", path.display())))?;
    }
    let (user, name, value) = fake.token();
    terminal::data(&format!("url: {}\nuser: {user}\ntoken name: {name}\ntoken value: {value}", fake.url()))?;
    until_interrupted().await;
    fake.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

async fn netbox(args: NetboxArgs) -> Result<ExitCode, CliError> {
    let options =
        NetboxOptions { listen: args.listen, version: args.netbox_version, ..NetboxOptions::default() };
    let fake =
        FakeNetbox::start(options).await.map_err(CliError::io(format!("listen on {}", args.listen)))?;
    terminal::data(&format!("url: {}\ntoken: {}", fake.url(), fake.token()))?;
    until_interrupted().await;
    fake.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

async fn until_interrupted() {
    terminal::say("serving until Ctrl-C");
    // Without a signal handler there is nothing to wait for: stop at once.
    let _ = tokio::signal::ctrl_c().await;
}
