//! Every way to say no, in the bodies that clients parse.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use proxbox_model::Diagnostic;
use proxbox_model::problem::Problem;
use proxbox_netbox::NetboxError;
use proxbox_store::{Rejected, StoreError};
use proxbox_sync::SyncError;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;
use utoipa::ToSchema;

/// `{"detail": …}`: the caller asked for something that cannot be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DetailBody {
    /// What is wrong, as clients show it.
    #[schema(example = "Proxmox endpoint not found")]
    pub(crate) detail: String,
}

/// An error of the work itself: NetBox, Proxmox, the database, the run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultBody {
    /// What failed.
    #[schema(example = "NetBox cannot be reached")]
    message: String,
    /// What to try, or what exactly happened.
    detail: Option<String>,
    /// The chain of causes; only when the server was told to show it.
    python_exception: Option<String>,
}

/// A refusal with a code that programs can tell apart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodedBody {
    /// Stable code.
    #[schema(example = "sync-busy")]
    code: &'static str,
    /// For people.
    message: String,
    /// The run that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    /// What to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Proxmox VE gave no answer that can be passed on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpstreamBody {
    /// Stable code of what failed.
    #[schema(example = "proxmox-forbidden")]
    code: &'static str,
    /// What failed, with Proxmox's own words.
    message: String,
    /// What to try.
    detail: Option<String>,
    /// The status that Proxmox VE answered with, where it answered.
    #[schema(example = 403)]
    upstream_status: Option<u16>,
    /// The chain of causes; only when the server was told to show it.
    python_exception: Option<String>,
}

/// The parts of a request that cannot be used. Values are never repeated: they may be secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvalidBody {
    detail: Vec<InvalidPart>,
}

/// One part of a request that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct InvalidPart {
    /// Kind of mistake.
    #[serde(rename = "type")]
    #[schema(example = "missing")]
    pub(crate) kind: &'static str,
    /// Where: `body`, `query` or `path`, then the name.
    #[schema(example = json!(["body", "name"]))]
    pub(crate) loc: Vec<String>,
    /// For people.
    #[schema(example = "Field required")]
    pub(crate) msg: String,
    /// What is allowed, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) ctx: Option<Value>,
}

impl InvalidPart {
    pub(crate) fn new(kind: &'static str, place: &str, name: &str, msg: impl Into<String>) -> Self {
        let loc = [place, name].into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { kind, loc, msg: msg.into(), ctx: None }
    }

    /// The same with what is allowed.
    pub(crate) fn allowing(mut self, allowed: Value) -> Self {
        self.ctx = Some(allowed);
        self
    }
}

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) enum ApiError {
    /// `{"detail": …}` with a status.
    Detail(StatusCode, String),
    /// Locked out or over the limit.
    TooMany { detail: &'static str, retry_after: Duration },
    /// No more keys can be verified right now.
    Exhausted,
    /// A fault of the work, with its chain of causes.
    Fault { status: StatusCode, message: String, detail: Option<String>, chain: Vec<String> },
    /// A refusal with a code.
    Coded {
        status: StatusCode,
        code: &'static str,
        message: String,
        run: Option<String>,
        detail: Option<String>,
    },
    /// Proxmox VE gave no answer that can be passed on.
    Upstream {
        code: &'static str,
        upstream_status: Option<u16>,
        message: String,
        detail: Option<String>,
        chain: Vec<String>,
    },
    /// Parts of the request cannot be used.
    Invalid(Vec<InvalidPart>),
}

impl ApiError {
    pub(crate) fn fault(status: StatusCode, error: &impl Diagnostic) -> Self {
        let problem = Problem::from(error);
        Self::Fault { status, message: problem.message, detail: problem.hint, chain: problem.causes }
    }

    pub(crate) fn bad_request(message: &str, detail: impl Into<String>) -> Self {
        Self::Fault {
            status: StatusCode::BAD_REQUEST,
            message: message.to_owned(),
            detail: Some(detail.into()),
            chain: Vec::new(),
        }
    }

    /// In one line, for those who are not told in an answer.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Detail(_, text) => text.clone(),
            Self::TooMany { detail, .. } => (*detail).to_owned(),
            Self::Exhausted => EXHAUSTED.to_owned(),
            Self::Fault { message, detail, .. }
            | Self::Coded { message, detail, .. }
            | Self::Upstream { message, detail, .. } => {
                detail.as_ref().map_or_else(|| message.clone(), |detail| format!("{message}: {detail}"))
            }
            Self::Invalid(parts) => {
                let parts: Vec<String> =
                    parts.iter().map(|part| format!("{}: {}", part.loc.join("."), part.msg)).collect();
                parts.join("; ")
            }
        }
    }

    /// As an answer; the chain of causes only when `expose`.
    pub(crate) fn into_response_exposing(self, expose: bool) -> Response {
        match self {
            Self::Detail(status, detail) => (status, Json(DetailBody { detail })).into_response(),
            Self::TooMany { detail, retry_after } => {
                retry_later(StatusCode::TOO_MANY_REQUESTS, detail, whole_seconds(retry_after))
            }
            Self::Exhausted => retry_later(StatusCode::SERVICE_UNAVAILABLE, EXHAUSTED, 1),
            Self::Fault { status, message, detail, chain } => {
                tracing::warn!(%status, causes = %chain.join(": "), "{message}");
                let python_exception = (expose && !chain.is_empty()).then(|| chain.join(": "));
                (status, Json(FaultBody { message, detail, python_exception })).into_response()
            }
            Self::Upstream { code, upstream_status, message, detail, chain } => {
                tracing::warn!(code, upstream_status, causes = %chain.join(": "), "{message}");
                let python_exception = (expose && !chain.is_empty()).then(|| chain.join(": "));
                let body = UpstreamBody { code, message, detail, upstream_status, python_exception };
                (StatusCode::BAD_GATEWAY, Json(body)).into_response()
            }
            Self::Coded { status, code, message, run: run_id, detail } => {
                let mut response =
                    (status, Json(CodedBody { code, message, run_id, detail })).into_response();
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(BUSY_FOR));
                }
                response
            }
            Self::Invalid(detail) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Json(InvalidBody { detail })).into_response()
            }
        }
    }
}

const EXHAUSTED: &str = "Authentication verification capacity is temporarily exhausted.";

/// Seconds after which it is worth to ask again for a run that found no place.
const BUSY_FOR: u64 = 15;

/// Never too early.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

fn retry_later(status: StatusCode, detail: &str, seconds: u64) -> Response {
    let body = Json(DetailBody { detail: detail.to_owned() });
    (status, [(header::RETRY_AFTER, HeaderValue::from(seconds))], body).into_response()
}

impl IntoResponse for ApiError {
    /// The middleware makes the body, because it knows what may be shown.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Renders the error that a handler left in a response.
pub(crate) fn render(mut response: Response, expose: bool) -> Response {
    let error = response.extensions_mut().remove::<ApiError>();
    error.map_or(response, |error| error.into_response_exposing(expose))
}

/// The answer to a defect of ours.
pub(crate) fn internal() -> serde_json::Value {
    json!({
        "message": "Internal server error",
        "detail": "An unexpected error occurred.",
        "python_exception": null,
    })
}

impl From<Rejected> for ApiError {
    fn from(rejected: Rejected) -> Self {
        let text = rejected.to_string();
        let coded = |code| Self::Coded {
            status: StatusCode::CONFLICT,
            code,
            message: text.clone(),
            run: None,
            detail: None,
        };
        match rejected {
            Rejected::LastActiveKey => coded("last_active_api_key_required"),
            Rejected::TooManyActiveKeys { .. } => coded("active_api_key_limit_reached"),
            Rejected::AlreadyClaimed => Self::Detail(StatusCode::CONFLICT, text),
            Rejected::NetboxNotFound | Rejected::ProxmoxNotFound | Rejected::KeyNotFound => {
                Self::Detail(StatusCode::NOT_FOUND, text)
            }
            Rejected::NetboxExists
            | Rejected::NetboxNameTaken
            | Rejected::TokenVersion
            | Rejected::TokenMissing
            | Rejected::TokenHalfMissing
            | Rejected::ProxmoxNameTaken
            | Rejected::CredentialsMissing
            | Rejected::TokenPairSplit
            | Rejected::Host { .. }
            | Rejected::BasePath { .. }
            | Rejected::Address(_)
            | Rejected::ProxmoxNumberTaken { .. }
            | Rejected::Fingerprint
            | Rejected::Certificate
            | Rejected::KeyTooShort
            | Rejected::KeyTooLong => Self::Detail(StatusCode::BAD_REQUEST, text),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Rejected(rejected) => rejected.into(),
            StoreError::Cipher(_) => Self::fault(StatusCode::BAD_REQUEST, &error),
            _ => Self::fault(StatusCode::INTERNAL_SERVER_ERROR, &error),
        }
    }
}

impl From<NetboxError> for ApiError {
    fn from(error: NetboxError) -> Self {
        Self::fault(StatusCode::BAD_GATEWAY, &error)
    }
}

impl From<SyncError> for ApiError {
    fn from(error: SyncError) -> Self {
        let status = match error {
            SyncError::Busy { .. } | SyncError::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
            SyncError::NoEndpoints => StatusCode::BAD_REQUEST,
        };
        let (code, message, detail) = (error.code(), error.to_string(), error.hint());
        let run = if let SyncError::Busy { run, .. } = error { Some(run) } else { None };
        Self::Coded { status, code, message, run, detail }
    }
}
