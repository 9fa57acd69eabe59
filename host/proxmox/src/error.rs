//! What can go wrong with an endpoint, which step it was, and what to try.

use proxbox_model::Diagnostic;
use proxbox_model::address::Refusal;
use proxbox_tls::{TlsError, TlsFailure};
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Code of a refusal that the server blames on itself; Proxmox's answer to most failures.
pub(crate) const SERVER_ERROR: &str = "proxmox-server-error";
/// Code of an answer that did not come in time.
pub(crate) const TIMEOUT: &str = "proxmox-timeout";

/// A step that failed at an endpoint. Holds no secret.
#[derive(Debug)]
pub struct ProxmoxError {
    endpoint: String,
    step: Step,
    fault: Box<Fault>,
}

/// What was being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Putting the endpoint's settings to work; nothing was sent yet.
    SetUp,
    /// Exchanging the password for a ticket.
    LogIn,
    /// Reading a path below `/api2/json`.
    Read(String),
}

/// Why a host could not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// No address is known for the name.
    UnknownHost,
    /// Nothing listens there.
    Refused,
    /// Nothing answered in time.
    TimedOut,
    /// The network knows no way, or closed the connection at once.
    NoConnection,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The endpoint has neither a host name nor an address.
    #[error("it has neither a host name nor an IP address")]
    NoAddress,
    /// The host name or address cannot be part of a URL.
    #[error("{0} is not a host name or IP address")]
    InvalidAddress(String),
    /// The host is where the service may not connect.
    #[error("{0}")]
    AddressRefused(Refusal),
    /// Credentials would cross the network unencrypted.
    #[error("{0} is plain HTTP, over which no credentials are sent except to this machine itself")]
    PlainHttp(String),
    /// The credentials cannot be sent as they are.
    #[error("its {0} is empty or holds characters that cannot be sent")]
    InvalidCredential(&'static str),
    /// The certificate policy cannot be put to work.
    #[error("{0}")]
    TlsSetup(TlsError),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
    /// The path leaves the API.
    #[error("the path is not one of the API")]
    InvalidPath,
    /// None of its addresses could be reached.
    #[error("{tried} {why}{}", .also.as_ref().map(|also| format!(", and {also}")).unwrap_or_default())]
    Unreachable {
        /// Host and port that was tried first.
        tried: String,
        /// What became of it.
        why: Unreachable,
        /// What became of the other address, when there is one.
        also: Option<String>,
        /// The network's own words.
        source: reqwest::Error,
    },
    /// The TLS connection could not be made.
    #[error("{}{}", .failure.sentence(), .expected.as_ref().map(|expected| format!(" instead of {expected}")).unwrap_or_default())]
    Tls {
        /// Why.
        failure: TlsFailure,
        /// The pinned fingerprint that the server did not show.
        expected: Option<String>,
        /// SHA-256 fingerprint of the certificate that was refused, as `AB:CD:…`.
        presented: Option<String>,
        /// rustls' own words.
        source: reqwest::Error,
    },
    /// The answer did not come in time.
    #[error("no complete answer came within {} seconds", .after.as_secs_f64())]
    TimedOut {
        /// The limit of the request.
        after: Duration,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection broke before the answer was complete")]
    Dropped(#[source] reqwest::Error),
    /// The answer ended in the middle of its JSON.
    #[error("the answer was cut off after {received} bytes")]
    Truncated {
        /// Bytes that came.
        received: usize,
    },
    /// The answer is larger than any answer should be.
    #[error("the answer is larger than {} MiB", .limit / (1024 * 1024))]
    TooLarge {
        /// Largest answer taken, in bytes.
        limit: usize,
    },
    /// The server did not accept the credentials.
    #[error("the login was refused: {reason}")]
    Unauthorized {
        /// In Proxmox's words.
        reason: String,
        /// Whether the credentials are a token, and not a password.
        token: bool,
    },
    /// The user must give a second factor, which a service cannot.
    #[error("the user has a second factor, which only a person can give")]
    SecondFactor,
    /// The account may not do that.
    #[error("the account lacks a permission: {reason}")]
    Forbidden {
        /// In Proxmox's words.
        reason: String,
    },
    /// The server could not pass the request on to the node that should answer it.
    #[error("the node that should answer cannot be reached by the others ({status} {reason})")]
    NodeUnreachable {
        /// 595 to 599.
        status: u16,
        /// In Proxmox's words.
        reason: String,
    },
    /// Any other refusal.
    #[error("the server answered {status} {reason}")]
    Status {
        /// HTTP status.
        status: u16,
        /// In Proxmox's words.
        reason: String,
    },
    /// The server answered with a web page.
    #[error("a web page came instead of an API answer (status {status})")]
    Html {
        /// HTTP status.
        status: u16,
    },
    /// The server answered with something that is not JSON.
    #[error("the answer is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The JSON is not what an API answer looks like.
    #[error("the answer is JSON, but {0}")]
    Shape(&'static str),
}

impl ProxmoxError {
    pub(crate) fn new(endpoint: &str, step: Step, fault: Fault) -> Self {
        Self { endpoint: endpoint.to_owned(), step, fault: Box::new(fault) }
    }

    /// Name of the endpoint.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What was being done.
    pub fn step(&self) -> &Step {
        &self.step
    }

    /// What went wrong.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }
}

impl fmt::Display for ProxmoxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, step, fault } = self;
        match step {
            Step::SetUp => write!(f, "Proxmox endpoint {endpoint} cannot be used: {fault}"),
            Step::LogIn => write!(f, "Proxmox endpoint {endpoint}: logging in failed: {fault}"),
            Step::Read(path) => write!(f, "Proxmox endpoint {endpoint}: reading {path} failed: {fault}"),
        }
    }
}

impl Error for ProxmoxError {
    /// The sentence holds the fault already, so the chain goes on with what is behind it.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &*self.fault {
            Fault::TlsSetup(error) => error.source(),
            fault => fault.source(),
        }
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownHost => "is a host name that has no address",
            Self::Refused => "refused the connection",
            Self::TimedOut => "did not answer in time",
            Self::NoConnection => "could not be reached",
        })
    }
}

impl Fault {
    /// Whether the same request may well succeed a moment later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Dropped(_)
            | Self::Truncated { .. }
            | Self::NodeUnreachable { .. } => true,
            Self::Status { status, .. } => matches!(status, 429 | 502..=504),
            _ => false,
        }
    }
}

impl Diagnostic for ProxmoxError {
    fn code(&self) -> &'static str {
        self.fault.code()
    }

    fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}

impl Fault {
    fn code(&self) -> &'static str {
        match self {
            Self::NoAddress | Self::InvalidAddress(_) => "proxmox-invalid-address",
            Self::AddressRefused(_) => Refusal::CODE,
            Self::PlainHttp(_) => "proxmox-plain-http",
            Self::InvalidCredential(_) => "proxmox-invalid-credential",
            Self::TlsSetup(error) => error.code(),
            Self::Client(_) => "proxmox-client",
            Self::InvalidPath => "proxmox-invalid-path",
            Self::Unreachable { why: Unreachable::UnknownHost, .. } => "proxmox-unknown-host",
            Self::Unreachable { .. } => "proxmox-unreachable",
            Self::Tls { failure: TlsFailure::OtherFingerprint { .. }, .. } => "proxmox-fingerprint-mismatch",
            Self::Tls { failure: TlsFailure::NotTls, .. } => "proxmox-not-tls",
            Self::Tls { .. } => "proxmox-certificate-refused",
            Self::TimedOut { .. } => TIMEOUT,
            Self::Dropped(_) | Self::Truncated { .. } => "proxmox-truncated",
            Self::TooLarge { .. } => "proxmox-too-large",
            Self::Unauthorized { .. } => "proxmox-unauthorized",
            Self::SecondFactor => "proxmox-second-factor",
            Self::Forbidden { .. } => "proxmox-forbidden",
            Self::NodeUnreachable { .. } => "proxmox-node-unreachable",
            Self::Status { status: 500.., .. } => SERVER_ERROR,
            Self::Status { .. } => "proxmox-refused",
            Self::Html { .. } => "proxmox-html",
            Self::NotJson(_) => "proxmox-not-json",
            Self::Shape(_) => "proxmox-unexpected-answer",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoAddress | Self::InvalidAddress(_) => "Give the endpoint a host name or an IP address.",
            Self::AddressRefused(refusal) => refusal.hint(),
            Self::PlainHttp(_) => "Write the host name alone; Proxmox VE is reached over HTTPS.",
            Self::InvalidCredential(_) => {
                "Store it again; a token is its user, its name and its secret, as Proxmox showed them once."
            }
            Self::TlsSetup(error) => return error.hint(),
            Self::Client(_) | Self::InvalidPath => return None,
            Self::Unreachable { why, .. } => why.hint(),
            Self::Tls { failure, presented, .. } => return Some(tls_hint(failure, presented.as_deref())),
            Self::TimedOut { .. } => {
                "Give the endpoint a longer timeout; a node with many guests or slow storage needs more time."
            }
            Self::Dropped(_) | Self::Truncated { .. } => {
                "Look for a proxy between here and Proxmox that ends connections early, and at pveproxy's log on the node."
            }
            Self::TooLarge { .. } => "Check that the endpoint's address is that of Proxmox VE.",
            Self::Unauthorized { token: true, .. } => {
                "Check user, realm, name and secret of the token, and that neither has expired or is disabled (Datacenter, Permissions, API Tokens)."
            }
            Self::Unauthorized { token: false, .. } => {
                "Check user, realm (as in root@pam) and password; an API token is the better choice for a service."
            }
            Self::SecondFactor => "Use an API token instead of the password.",
            Self::Forbidden { .. } => {
                "Give both the user and its token the role PVEAuditor on path / (Datacenter, Permissions)."
            }
            Self::NodeUnreachable { .. } => {
                "Check that the node is up and that the other nodes reach its port 8006."
            }
            Self::Status { status: 429, .. } => {
                "Something before Proxmox limits the rate of requests; lower the concurrency."
            }
            Self::Status { status: 500.., .. } => {
                "Look at the node's system log (journalctl -u pveproxy -u pvedaemon)."
            }
            Self::Status { .. } => "Check that the endpoint's address is that of a supported Proxmox VE.",
            Self::Html { .. } | Self::NotJson(_) | Self::Shape(_) => {
                "Check host and port: what answers does not look like the API of Proxmox VE (usually port 8006)."
            }
        };
        Some(hint.to_owned())
    }
}

impl Unreachable {
    fn hint(self) -> &'static str {
        match self {
            Self::UnknownHost => "Check the spelling of the host name and this machine's DNS settings.",
            Self::Refused => "Check the port (usually 8006) and that pveproxy runs on the node.",
            Self::TimedOut | Self::NoConnection => {
                "Check that the node is up, and the address, routes and firewalls in between."
            }
        }
    }
}

fn tls_hint(failure: &TlsFailure, presented: Option<&str>) -> String {
    match (failure, presented) {
        (TlsFailure::OtherFingerprint { .. }, _) | (_, None) => failure.hint().to_owned(),
        (_, Some(presented)) => format!(
            "{} The server showed a certificate with fingerprint {presented}; compare it with `pvenode cert info` on the node before you pin it.",
            failure.hint()
        ),
    }
}
