//! What goes wrong between here and NetBox, and what to try.

use proxbox_model::Diagnostic;
use proxbox_model::address::Refusal;
use proxbox_tls::{TlsError, TlsFailure};
use serde_json::Value as Json;
use std::time::Duration;

/// A request to NetBox that did not succeed. Requests are named as `GET https://netbox.example.org/api/status/`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetboxError {
    /// The endpoint's URL cannot be used.
    #[error("the NetBox URL cannot be used: {reason}")]
    InvalidUrl {
        /// Why.
        reason: &'static str,
    },
    /// The token holds characters that no header may hold.
    #[error("the token of NetBox at {url} holds characters that no HTTP header may hold")]
    InvalidToken {
        /// Base URL.
        url: String,
    },
    /// A path that does not lie below `/api/`.
    #[error("\"{path}\" is not a path below NetBox's /api/")]
    InvalidPath {
        /// The path.
        path: String,
    },
    /// The certificate policy of the endpoint cannot be put to work.
    #[error("the certificate settings of NetBox at {url} cannot be used")]
    TlsSetup {
        /// Base URL.
        url: String,
        /// What is wrong with them.
        #[source]
        source: TlsError,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client for NetBox at {url} cannot be set up")]
    Setup {
        /// Base URL.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// No connection; nothing was sent.
    #[error("NetBox at {url} cannot be reached: {why}")]
    Unreachable {
        /// Base URL.
        url: String,
        /// Why, as far as it is known.
        why: &'static str,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// NetBox is where the service may not connect; nothing was sent.
    #[error("NetBox at {url} is out of bounds: {refusal}")]
    AddressRefused {
        /// Base URL.
        url: String,
        /// Which address, and why.
        refusal: Refusal,
    },
    /// No TLS connection; nothing was sent.
    #[error("no secure connection to NetBox at {url}: {}", failure.sentence())]
    Tls {
        /// Base URL.
        url: String,
        /// Why.
        failure: TlsFailure,
        /// SHA-256 of the certificate that was refused, as `AB:CD:…`.
        presented: Option<String>,
    },
    /// No complete answer in time.
    #[error("{request} was not answered within {} seconds", after.as_secs_f64())]
    TimedOut {
        /// The request.
        request: String,
        /// The limit.
        after: Duration,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection broke during {request}")]
    Dropped {
        /// The request.
        request: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The answer ends in the middle.
    #[error("the answer to {request} is cut off after {bytes} bytes")]
    CutOff {
        /// The request.
        request: String,
        /// How much of it came.
        bytes: usize,
    },
    /// NetBox does not accept the token.
    #[error("NetBox at {url} does not accept the token: {detail}")]
    Unauthorized {
        /// Base URL.
        url: String,
        /// NetBox's words.
        detail: String,
    },
    /// The token may not do this.
    #[error("NetBox does not allow {request}: {detail}")]
    Forbidden {
        /// The request.
        request: String,
        /// NetBox's words.
        detail: String,
    },
    /// There is nothing at that URL.
    #[error("there is nothing at the URL of {request}")]
    NotFound {
        /// The request.
        request: String,
    },
    /// The server sends us elsewhere; the token is not carried there.
    #[error("{request} is redirected to {to}")]
    Redirected {
        /// The request.
        request: String,
        /// Where to, without a query.
        to: String,
    },
    /// A web page came where JSON was expected.
    #[error("{request} was answered with a web page (status {status}, \"{title}\") instead of JSON")]
    Html {
        /// The request.
        request: String,
        /// HTTP status.
        status: u16,
        /// Title of the page.
        title: String,
    },
    /// NetBox, or what stands before it, is overloaded or being restarted.
    #[error("NetBox is unavailable: {request} was answered with status {status}: {detail}")]
    Unavailable {
        /// The request.
        request: String,
        /// HTTP status.
        status: u16,
        /// The server's words.
        detail: String,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
    },
    /// NetBox failed.
    #[error("NetBox failed at {request} with status {status}: {detail}")]
    ServerError {
        /// The request.
        request: String,
        /// HTTP status.
        status: u16,
        /// NetBox's words.
        detail: String,
    },
    /// NetBox understood the request and refused it.
    #[error("NetBox refused {request} with status {status}: {detail}")]
    Rejected {
        /// The request.
        request: String,
        /// HTTP status.
        status: u16,
        /// NetBox's words.
        detail: String,
        /// The whole answer.
        body: Json,
    },
    /// The request is larger than the server accepts.
    #[error("the server finds {request} too large")]
    TooLarge {
        /// The request.
        request: String,
    },
    /// JSON of an unexpected shape.
    #[error("the answer to {request} is not what NetBox would say: {what}")]
    Malformed {
        /// The request.
        request: String,
        /// What is wrong with it.
        what: String,
    },
    /// The pages of a list do not fit together.
    #[error("the pages of {request} do not fit together: {what}")]
    Pagination {
        /// The request.
        request: String,
        /// What does not fit.
        what: String,
    },
    /// A NetBox that is older than what we support.
    #[error("NetBox at {url} is version {version}; 4.5 or newer is needed")]
    TooOld {
        /// Base URL.
        url: String,
        /// Its version.
        version: String,
    },
}

/// What is known about the work of a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Nothing was done.
    NotDone,
    /// It may have been done in full.
    MayBeDone,
}

impl NetboxError {
    /// Whether the same request may succeed a little later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Dropped { .. }
                | Self::CutOff { .. }
                | Self::Unavailable { .. }
        )
    }

    /// Whether the work was too much for one request, as far as can be told from outside.
    pub(crate) fn took_too_long(&self) -> bool {
        matches!(self, Self::TimedOut { .. } | Self::Unavailable { status: 504, .. })
    }

    /// What is known about the work of a writing request.
    pub(crate) fn doubt(&self) -> Doubt {
        match self {
            Self::TimedOut { .. } | Self::Dropped { .. } | Self::CutOff { .. } => Doubt::MayBeDone,
            // NetBox may fail after it has committed: when it queues webhooks, for one.
            Self::ServerError { .. } | Self::Malformed { .. } => Doubt::MayBeDone,
            Self::Unavailable { status, .. } if !matches!(status, 429 | 503) => Doubt::MayBeDone,
            _ => Doubt::NotDone,
        }
    }

    /// How long the server asks us to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether no other request would fare better.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::AddressRefused { .. }
                | Self::Tls { .. }
                | Self::Unauthorized { .. }
                | Self::Redirected { .. }
                | Self::Html { .. }
                | Self::Unavailable { .. }
        )
    }
}

impl Diagnostic for NetboxError {
    fn code(&self) -> &'static str {
        match self {
            Self::InvalidUrl { .. } => "netbox-invalid-url",
            Self::InvalidToken { .. } => "netbox-invalid-token",
            Self::InvalidPath { .. } => "netbox-invalid-path",
            Self::TlsSetup { .. } => "netbox-tls-setup",
            Self::Setup { .. } => "netbox-client-setup",
            Self::Unreachable { .. } => "netbox-unreachable",
            Self::AddressRefused { .. } => Refusal::CODE,
            Self::Tls { .. } => "netbox-tls",
            Self::TimedOut { .. } => "netbox-timeout",
            Self::Dropped { .. } => "netbox-connection-lost",
            Self::CutOff { .. } => "netbox-answer-cut-off",
            Self::Unauthorized { .. } => "netbox-unauthorized",
            Self::Forbidden { .. } => "netbox-forbidden",
            Self::NotFound { .. } => "netbox-not-found",
            Self::Redirected { .. } => "netbox-redirected",
            Self::Html { .. } => "netbox-web-page",
            Self::Unavailable { .. } => "netbox-unavailable",
            Self::ServerError { .. } => "netbox-server-error",
            Self::Rejected { .. } => "netbox-rejected",
            Self::TooLarge { .. } => "netbox-request-too-large",
            Self::Malformed { .. } => "netbox-malformed-answer",
            Self::Pagination { .. } => "netbox-pagination",
            Self::TooOld { .. } => "netbox-too-old",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::InvalidUrl { .. } => {
                "Give the base URL without /api, like https://netbox.example.org, and no user name or password in it."
            }
            Self::InvalidToken { .. } => "Copy the token again, without spaces or line breaks.",
            Self::InvalidPath { .. } => "Give a path like dcim/devices.",
            Self::TlsSetup { source, .. } => return source.hint(),
            Self::Setup { .. } => return None,
            Self::Unreachable { .. } => {
                "Check the host name and the port, and whether a firewall lets this machine through."
            }
            Self::AddressRefused { refusal, .. } => refusal.hint(),
            Self::Tls { failure, presented: Some(presented), .. } => {
                return Some(format!(
                    "{} The certificate that it presents has the SHA-256 fingerprint {presented}.",
                    failure.hint()
                ));
            }
            Self::Tls { failure, .. } => failure.hint(),
            Self::TimedOut { .. } => {
                "Raise PROXBOX_NETBOX_TIMEOUT, lower PROXBOX_BULK_BATCH_SIZE, or look at the load of NetBox and its database."
            }
            Self::Dropped { .. } | Self::CutOff { .. } => {
                "Look at the logs of NetBox and of the proxy before it; a worker may have been killed or a limit reached."
            }
            Self::Unauthorized { .. } => {
                "Check that the token is right, enabled, not expired, allowed for this machine's address, and stored as the right version (v1 or v2)."
            }
            Self::Forbidden { .. } => {
                "Give the token's user permission for these objects, and enable writing for the token itself."
            }
            Self::NotFound { .. } => {
                "Check the NetBox URL: it must be the base URL without /api, including a sub-path if NetBox has one."
            }
            Self::Redirected { .. } => "Store the URL that it redirects to.",
            Self::Html { .. } => {
                "A login page or a proxy seems to answer in NetBox's place: let /api/ through to NetBox without another login."
            }
            Self::Unavailable { .. } => {
                "NetBox is overloaded or being restarted: wait, lower PROXBOX_NETBOX_MAX_CONCURRENT, or give it more workers."
            }
            Self::ServerError { .. } => "Look at NetBox's own log for the traceback.",
            Self::Rejected { .. } => {
                "Correct the value in Proxmox, in a transform module or in NetBox, and run again."
            }
            Self::TooLarge { .. } => {
                "Raise the request size limit of the proxy before NetBox, or lower PROXBOX_BULK_BATCH_SIZE."
            }
            Self::Malformed { .. } => "Check that the URL is NetBox's and that no proxy changes its answers.",
            Self::Pagination { .. } => {
                "Check that no proxy drops the query of a request or keeps answers; lists are read by ascending id."
            }
            Self::TooOld { .. } => "Upgrade NetBox.",
        };
        Some(hint.to_owned())
    }
}
