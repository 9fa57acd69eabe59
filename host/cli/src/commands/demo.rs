use crate::commands::endpoint::{stored_netbox, stored_proxmox};
use crate::commands::serve;
use crate::commands::sync::drive;
use crate::error::CliError;
use crate::settings::{SyncArgs, syncer};
use crate::terminal;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{FakeNetbox, Flavour, Options as NetboxOptions};
use proxbox_fakes::proxmox::{FakeProxmox, Options as ProxmoxOptions};
use proxbox_model::options::RunOptions;
use proxbox_server::LogBuffer;
use proxbox_store::{Cipher, NewNetbox, NewProxmox, Store, StoreSettings};
use proxbox_sync::Job;
use secrecy::SecretString;
use std::path::Path;
use std::process::ExitCode;

/// Watch a generated Proxmox fleet become a NetBox inventory, with nothing to set up.
///
/// A fake Proxmox VE (over HTTPS, with its own certificate authority) and an in-memory NetBox with the netbox-proxbox
/// plugin run inside this process, on loopback and free ports. A full update goes through the real clients, the real sandbox and the real reconciler. Then
/// the demo keeps serving until Ctrl-C, so that you can look at what came of it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Proxmox nodes to generate
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    nodes: u16,

    /// Virtual machines and containers to generate
    #[arg(long, default_value_t = 50, value_name = "M", value_parser = clap::value_parser!(u32).range(0..=20_000))]
    guests: u32,

    /// Another seed is another fleet; the same seed is the same fleet
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,

    /// End after the full update instead of serving on
    #[arg(long)]
    once: bool,

    /// Print one JSON object with the result on stdout
    #[arg(long)]
    json: bool,

    /// Port of the HTTP API while the demo serves on; 0 takes a free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    port: u16,

    #[command(flatten)]
    sync: SyncArgs,
}

pub(crate) async fn run(args: Args, logs: LogBuffer) -> Result<ExitCode, CliError> {
    let spec = FleetSpec::new("demo", usize::from(args.nodes), args.guests as usize, args.seed);
    let proxmox = FakeProxmox::start(Fleet::generate(&spec), ProxmoxOptions::default())
        .await
        .map_err(CliError::io("start the fake Proxmox VE"))?;
    let netbox = FakeNetbox::start(NetboxOptions::default().flavour(Flavour::CurrentPlugin))
        .await
        .map_err(CliError::io("start the in-memory NetBox"))?;
    introduce(&proxmox, &netbox);
    if !args.json {
        terminal::say(&format!(
            "A Proxmox cluster of {} nodes and {} guests at {}, an empty NetBox with the plugin at {}.",
            args.nodes,
            args.guests,
            proxmox.url(),
            netbox.url()
        ));
    }
    let dir = tempfile::tempdir().map_err(CliError::io("make a temporary folder"))?;
    let store = store(dir.path(), &proxmox, &netbox).await?;
    let syncer = syncer(args.sync.modules.clone().named(), args.sync.settings(), &store).await?;
    let job = Job {
        proxmox: stored_proxmox(&store).await?,
        netbox: stored_netbox(&store).await?,
        options: RunOptions::default(),
    };
    let code = drive(&syncer, job, args.json).await?;
    if !args.once {
        serve::demo(&syncer, &store, &netbox.url(), args.port, logs).await?;
    }
    syncer.shutdown().await;
    store.close().await;
    proxmox.shutdown().await;
    netbox.shutdown().await;
    Ok(code)
}

/// Enters the Proxmox endpoint into the plugin, as an operator would.
fn introduce(proxmox: &FakeProxmox, netbox: &FakeNetbox) {
    let address = proxmox.addr();
    if let Err(answer) = netbox.seed_plugin_endpoint("demo", &address.ip().to_string(), address.port()) {
        tracing::warn!(%answer, "the in-memory NetBox refuses the Proxmox endpoint");
    }
}

/// A database with both endpoints, so that the service goes on from where the first run was.
async fn store(dir: &Path, proxmox: &FakeProxmox, netbox: &FakeNetbox) -> Result<Store, CliError> {
    let cipher = Cipher::from_key(&SecretString::from(uuid::Uuid::new_v4().to_string()))?;
    let store = Store::open(&dir.join("demo.db"), cipher, StoreSettings::default()).await?;
    store.netbox_create(netbox_endpoint(netbox)).await?;
    store.proxmox_create(proxmox_endpoint(proxmox)).await?;
    Ok(store)
}

fn netbox_endpoint(fake: &FakeNetbox) -> NewNetbox {
    NewNetbox {
        name: "demo".into(),
        ip_address: fake.addr().ip().to_string(),
        domain: String::new(),
        port: fake.addr().port(),
        token_version: "v1".into(),
        token_key: None,
        token: SecretString::from(fake.token().to_owned()),
        verify_ssl: true,
        enabled: true,
        ca_pem: None,
        fingerprint: None,
        use_https: Some(false),
        base_path: String::new(),
    }
}

fn proxmox_endpoint(fake: &FakeProxmox) -> NewProxmox {
    let (username, name, value) = fake.token();
    NewProxmox {
        name: "demo".into(),
        ip_address: fake.addr().ip().to_string(),
        domain: None,
        port: fake.addr().port(),
        username,
        password: None,
        token_name: Some(name),
        token_value: Some(SecretString::from(value)),
        verify_ssl: true,
        enabled: true,
        ca_pem: Some(fake.ca_pem().to_owned()),
        fingerprint: None,
        timeout: None,
        max_retries: None,
        retry_backoff: None,
        access_methods: None,
        allow_packer_template_builds: None,
    }
}
