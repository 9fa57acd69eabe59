use crate::error::CliError;
use crate::settings::{StoreArgs, SyncArgs};
use crate::terminal;
use proxbox_model::endpoint::{NetboxEndpoint, ProxmoxEndpoint};
use proxbox_model::kind::{KINDS, Ownership, Provider};
use proxbox_model::problem::{Diagnostic, Problem};
use proxbox_netbox::{Netbox, NetboxError};
use proxbox_proxmox::{Proxmox, ProxmoxError};
use proxbox_store::{AccessSettings, Cipher, NewNetbox, NewProxmox, Selection, Store, StoreSettings};
use secrecy::{ExposeSecret, SecretString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Manage where NetBox and Proxmox VE are.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Add an endpoint
    #[command(subcommand)]
    Add(Add),
    /// List endpoints, without their secrets
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Remove an endpoint
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Accept that a Proxmox endpoint leads to another installation than before
    ///
    /// A sync writes nothing of an endpoint that suddenly answers as another cluster or host. Once that is confirmed, the next
    /// sync takes what it finds there under a name of its own; what NetBox holds of the former one stays as it is.
    Confirm {
        /// Its name
        name: String,
        /// It is the former one, installed anew: go on with its objects
        #[arg(long)]
        same: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Connect to every enabled endpoint and say what answers, what its account may do and see, and when that ends
    Test {
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        sync: SyncArgs,
    },
}

#[derive(clap::Subcommand)]
pub(crate) enum Add {
    /// The NetBox to write to; there is one
    Netbox(AddNetbox),
    /// A Proxmox VE cluster, or a node on its own, to read from
    Proxmox(AddProxmox),
}

/// How the certificate is checked; without any of these, against the system's authorities.
#[derive(clap::Args)]
#[group(multiple = false)]
pub(crate) struct TlsArgs {
    /// Accept certificates of this authority too (PEM)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Accept exactly the certificate with this SHA-256 fingerprint
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<String>,
    /// Accept any certificate
    #[arg(long)]
    insecure: bool,
}

#[derive(clap::Args)]
pub(crate) struct AddNetbox {
    /// Name of your choice
    name: String,
    /// Base URL with the path below which NetBox is, if any, without /api
    #[arg(long, value_name = "URL")]
    url: url::Url,
    /// File with the API token: a v1 token, or `nbt_<key>.<secret>`; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(clap::Args)]
pub(crate) struct AddProxmox {
    /// Name of your choice, unique
    name: String,
    /// Host name or address of any node
    #[arg(long, value_name = "HOST")]
    host: String,
    /// TCP port
    #[arg(long, default_value_t = 8006, value_name = "PORT")]
    port: u16,
    /// User with realm
    #[arg(long, default_value = "root@pam", value_name = "USER@REALM")]
    user: String,
    /// Name of the API token; without it, the secret is the user's password
    #[arg(long, value_name = "NAME")]
    token_name: Option<String>,
    /// File with the token's secret or the password; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// Opens the database that the arguments name.
pub(crate) async fn open_store(args: &StoreArgs) -> Result<Store, CliError> {
    open_store_with(args, AccessSettings::default()).await
}

/// The same with other choices about keys.
pub(crate) async fn open_store_with(args: &StoreArgs, access: AccessSettings) -> Result<Store, CliError> {
    let path = store_path(args).ok_or_else(|| {
        CliError::usage("there is no home folder to keep the database in", "set PROXBOX_DATABASE_PATH")
    })?;
    let cipher = match &args.encryption_key {
        Some(key) => Cipher::from_key(key)?,
        None if args.allow_plaintext_credentials => Cipher::Plaintext,
        None => {
            return Err(CliError::usage(
                "there is no encryption key for the stored credentials",
                "set PROXBOX_ENCRYPTION_KEY to a secret text (and keep it: without it, stored credentials are lost), \
                 or PROXBOX_ALLOW_PLAINTEXT_CREDENTIALS=yes to store them unencrypted",
            ));
        }
    };
    let settings = StoreSettings { access, ..StoreSettings::default() };
    Ok(Store::open(&path, cipher, settings).await?)
}

/// Where the database is, or would be made.
pub(crate) fn store_path(args: &StoreArgs) -> Option<PathBuf> {
    args.database.clone().or_else(|| proxbox_store::default_path(|name| std::env::var_os(name)))
}

/// The one NetBox of the store.
pub(crate) async fn stored_netbox(store: &Store) -> Result<NetboxEndpoint, CliError> {
    store.netbox_endpoint(None).await?.ok_or_else(|| {
        CliError::usage(
            "no NetBox endpoint is stored",
            "add one: proxbox endpoint add netbox NAME --url URL --token-file FILE",
        )
    })
}

/// Every enabled Proxmox endpoint of the store.
pub(crate) async fn stored_proxmox(store: &Store) -> Result<Vec<ProxmoxEndpoint>, CliError> {
    Ok(store.proxmox_select(&Selection::default()).await?)
}

pub(crate) async fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Add(Add::Netbox(args)) => add_netbox(args).await,
        Command::Add(Add::Proxmox(args)) => add_proxmox(args).await,
        Command::List { store } => list(&open_store(&store).await?).await,
        Command::Remove { name, store } => remove(&open_store(&store).await?, &name).await,
        Command::Confirm { name, same, store } => confirm(&open_store(&store).await?, &name, same).await,
        Command::Test { store, sync } => test(&open_store(&store).await?, &sync).await,
    }
}

async fn add_netbox(args: AddNetbox) -> Result<ExitCode, CliError> {
    let https = match args.url.scheme() {
        "https" => true,
        "http" => false,
        _ => {
            return Err(CliError::usage(
                "the URL must begin with https:// or http://",
                "give NetBox's base URL",
            ));
        }
    };
    let (Some(host), Some(port)) = (args.url.host(), args.url.port_or_known_default()) else {
        return Err(CliError::usage(
            "the URL names no host",
            "give NetBox's base URL: https://netbox.example.org",
        ));
    };
    let (domain, ip_address) = match host {
        url::Host::Domain(name) => (name.to_owned(), String::new()),
        url::Host::Ipv4(address) => (String::new(), address.to_string()),
        url::Host::Ipv6(address) => (String::new(), address.to_string()),
    };
    let token = read_secret(&args.token_file)?;
    let (token_version, token_key, token) = split_token(token.expose_secret());
    let new = NewNetbox {
        name: args.name,
        ip_address,
        domain,
        port,
        token_version,
        token_key,
        token,
        verify_ssl: !args.tls.insecure,
        enabled: true,
        ca_pem: args.tls.ca_file.as_deref().map(read_text).transpose()?,
        fingerprint: args.tls.fingerprint,
        use_https: Some(https),
        base_path: args.url.path().to_owned(),
    };
    let record = open_store(&args.store).await?.netbox_create(new).await?;
    terminal::say(&format!("NetBox {} at {}", record.name, record.url));
    Ok(ExitCode::SUCCESS)
}

async fn add_proxmox(args: AddProxmox) -> Result<ExitCode, CliError> {
    let secret = read_secret(&args.secret_file)?;
    let (password, token_value) = match args.token_name {
        Some(_) => (None, Some(secret)),
        None => (Some(secret), None),
    };
    let host = args.host.trim_start_matches('[').trim_end_matches(']');
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let new = NewProxmox {
        name: args.name,
        ip_address: if is_address { host.to_owned() } else { String::new() },
        domain: (!is_address).then(|| host.to_owned()),
        port: args.port,
        username: args.user,
        password,
        token_name: args.token_name,
        token_value,
        verify_ssl: !args.tls.insecure,
        enabled: true,
        ca_pem: args.tls.ca_file.as_deref().map(read_text).transpose()?,
        fingerprint: args.tls.fingerprint,
        timeout: None,
        max_retries: None,
        retry_backoff: None,
        access_methods: None,
        allow_packer_template_builds: None,
    };
    let record = open_store(&args.store).await?.proxmox_create(new).await?;
    terminal::say(&format!("Proxmox endpoint {}; try it: proxbox endpoint test", record.name));
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store) -> Result<ExitCode, CliError> {
    for netbox in store.netbox_list().await? {
        let state = if netbox.enabled { "" } else { "  (disabled)" };
        terminal::data(&format!("netbox   {:24} {}{state}", netbox.name, netbox.url))?;
    }
    for proxmox in store.proxmox_list().await? {
        let host = proxmox.domain.filter(|domain| !domain.is_empty()).unwrap_or(proxmox.ip_address);
        let state = if proxmox.enabled { "" } else { "  (disabled)" };
        let user = proxmox.username;
        terminal::data(&format!("proxmox  {:24} {user} at {host}:{}{state}", proxmox.name, proxmox.port))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn remove(store: &Store, name: &str) -> Result<ExitCode, CliError> {
    let netbox = store.netbox_list().await?.into_iter().find(|netbox| netbox.name == name);
    let proxmox = store.proxmox_list().await?.into_iter().find(|proxmox| proxmox.name == name);
    match (netbox, proxmox) {
        (Some(netbox), None) => store.netbox_delete(netbox.id).await?,
        (None, Some(proxmox)) => store.proxmox_delete(proxmox.id).await?,
        (None, None) => {
            return Err(CliError::usage(
                format!("there is no endpoint called {name}"),
                "proxbox endpoint list shows them",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(CliError::usage(
                format!("a NetBox and a Proxmox endpoint are both called {name}"),
                "remove it over the HTTP API, by id",
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn confirm(store: &Store, name: &str, same: bool) -> Result<ExitCode, CliError> {
    let found = store.proxmox_list().await?.into_iter().find(|proxmox| proxmox.name == name);
    let Some(proxmox) = found else {
        return Err(CliError::usage(
            format!("there is no Proxmox endpoint called {name}"),
            "proxbox endpoint list shows them",
        ));
    };
    if same {
        store.source_renew(proxmox.id).await?;
        terminal::say(&format!("The next sync goes on with the objects of Proxmox endpoint {name}."));
    } else {
        store.source_part(proxmox.id).await?;
        terminal::say(&format!(
            "The next sync takes what Proxmox endpoint {name} leads to for a source of its own."
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn test(store: &Store, sync: &SyncArgs) -> Result<ExitCode, CliError> {
    let settings = sync.settings();
    let mut failed = false;
    let mut tell = |name: &str, result: Result<Answer, Problem>| match result {
        Ok((answer, details)) => {
            terminal::say(&format!("{name}: {answer}"));
            details.iter().for_each(|line| terminal::say(line));
        }
        Err(problem) => {
            failed = true;
            terminal::show_problem(name, &problem);
        }
    };
    match stored_netbox(store).await {
        Ok(endpoint) => {
            let name = endpoint.name.clone();
            let answer = async { answer_of_netbox(&Netbox::new(&endpoint, settings.netbox.clone())?).await };
            tell(&name, answer.await.map_err(|error: NetboxError| Problem::from(&error)));
        }
        Err(error) => tell("netbox", Err(problem_of(&error))),
    }
    for endpoint in stored_proxmox(store).await? {
        let answer = async {
            let client = Proxmox::connect(&settings.ready(&endpoint), settings.proxmox.clone()).await?;
            let account = client.account().await?;
            let details = terminal::account_lines(&account, jiff::Timestamp::now());
            Ok((format!("Proxmox VE {} answers", client.version()), details))
        };
        tell(&endpoint.name, answer.await.map_err(|error: ProxmoxError| Problem::from(&error)));
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What answers, and what there is to know of it.
type Answer = (String, Vec<String>);

async fn answer_of_netbox(netbox: &Netbox) -> Result<Answer, NetboxError> {
    let version = netbox.probe().await?.version;
    let written = KINDS.iter().filter(|kind| {
        kind.pass_of.is_none() && kind.provider == Provider::Core && kind.ownership != Ownership::Foreign
    });
    let refused = netbox.may_not_write(&written.collect::<Vec<_>>()).await?;
    let labels: Vec<&str> = refused.iter().map(|kind| kind.label).collect();
    let may = match labels.is_empty() {
        true => "  the token may write all that a sync writes".to_owned(),
        false => format!(
            "  the token may not write any {}: let its user view, add and change these",
            labels.join(", any ")
        ),
    };
    Ok((format!("NetBox {version} answers"), vec![may]))
}

fn problem_of(error: &CliError) -> Problem {
    Problem { hint: error.hint(), ..error.problem() }
}

/// A v2 token is `nbt_<key>.<secret>`; anything else is a v1 token.
fn split_token(token: &str) -> (String, Option<SecretString>, SecretString) {
    match token.strip_prefix("nbt_").and_then(|rest| rest.split_once('.')) {
        Some((key, secret)) => ("v2".into(), Some(SecretString::from(key)), SecretString::from(secret)),
        None => ("v1".into(), None, SecretString::from(token)),
    }
}

fn read_secret(path: &Path) -> Result<SecretString, CliError> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(CliError::io("read the secret from stdin"))?;
        text
    } else {
        read_text(path)?
    };
    let secret = text.trim();
    if secret.is_empty() {
        return Err(CliError::usage(
            format!("{} holds no secret", path.display()),
            "put the secret on its first line",
        ));
    }
    Ok(SecretString::from(secret))
}

fn read_text(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(CliError::io(format!("read {}", path.display())))
}
