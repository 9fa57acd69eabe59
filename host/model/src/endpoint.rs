//! Both ends of a sync: where they are and how to authenticate.

use crate::facts::ClusterMode;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// How the certificate of an endpoint is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TlsPolicy {
    /// Against the system's certificate authorities.
    #[default]
    Verify,
    /// Against these authorities (PEM) as well as the system's.
    Ca(String),
    /// The server's certificate must have this SHA-256 fingerprint; names and chains do not matter.
    Fingerprint([u8; 32]),
    /// Not at all.
    Insecure,
}

/// How to log in to Proxmox VE.
#[derive(Clone, Debug)]
pub enum ProxmoxAuth {
    /// An API token: its name (without user and `!`) and its secret.
    Token {
        /// Token name.
        name: String,
        /// Token secret.
        value: SecretString,
    },
    /// A password, exchanged for a ticket.
    Password(SecretString),
}

/// A Proxmox VE endpoint.
#[derive(Clone, Debug)]
pub struct ProxmoxEndpoint {
    /// Row in the store; 0 when it is not stored.
    pub id: i64,
    /// Unique name.
    pub name: String,
    /// Host name, tried first.
    pub domain: Option<String>,
    /// Address, tried when there is no host name or it cannot be reached.
    pub ip_address: Option<String>,
    /// TCP port, usually 8006.
    pub port: u16,
    /// User with realm: `root@pam`.
    pub username: String,
    /// How to log in.
    pub auth: ProxmoxAuth,
    /// Certificate check.
    pub tls: TlsPolicy,
    /// Limit for one request; the client's default when none.
    pub timeout: Option<Duration>,
    /// Retries of one request; the client's default when none.
    pub max_retries: Option<u32>,
    /// Base delay between retries; the client's default when none.
    pub retry_backoff: Option<Duration>,
}

/// What is known of the source that an endpoint leads to. It stays what it is when a cluster is renamed, or a node on its own
/// founds one, or the account may not read any more what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSource {
    /// Name of the source in identities; no other source has it.
    pub name: String,
    /// Whether that is a name of its own because another source has Proxmox's.
    pub is_apart: bool,
    /// What Proxmox calls the cluster, or the node on its own.
    pub cluster: String,
    /// What sort of source it is.
    pub mode: ClusterMode,
    /// Id of its certificate authority; none when that is not known.
    pub authority: Option<String>,
    /// Names of its nodes, sorted.
    pub nodes: Vec<String>,
}

/// What is known of all sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownSources {
    /// By the id of the endpoint that leads there; two endpoints may lead to one source.
    pub of_endpoints: BTreeMap<i64, KnownSource>,
    /// Sources that no endpoint leads to any more; what NetBox holds of them is still theirs.
    pub former: Vec<KnownSource>,
}

/// A NetBox API token.
#[derive(Clone, Debug)]
pub enum NetboxToken {
    /// `Authorization: Token …`
    V1(SecretString),
    /// `Authorization: Bearer nbt_<key>.<secret>`
    V2 {
        /// Public part, with or without the `nbt_` prefix.
        key: String,
        /// Secret part.
        secret: SecretString,
    },
}

/// The NetBox endpoint.
#[derive(Clone, Debug)]
pub struct NetboxEndpoint {
    /// Row in the store; 0 when it is not stored.
    pub id: i64,
    /// Unique name.
    pub name: String,
    /// Base URL without a trailing slash and without `/api`: `https://netbox.example.org:443`.
    pub url: String,
    /// Where to connect when the host name of the URL is unknown here or leads nowhere; the URL stays what it is.
    pub spare_address: Option<IpAddr>,
    /// API token.
    pub token: NetboxToken,
    /// Certificate check.
    pub tls: TlsPolicy,
}
