//! Asking the selected Proxmox endpoints side by side, and what is said when they do not answer.

use crate::error::ApiError;
use crate::query::Params;
use crate::routes::selection;
use crate::state::AppState;
use axum::http::StatusCode;
use futures::future::join_all;
use proxbox_model::Diagnostic as _;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::problem::Problem;
use proxbox_proxmox::{Fault, Proxmox, ProxmoxError, Status, read_status};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// Something that is asked for, and how long its clients wait.
#[derive(Clone, Copy)]
pub(super) struct Question {
    what: &'static str,
    budget: Duration,
}

impl Question {
    /// For cards, whose clients wait five seconds.
    pub(super) const fn brief(what: &'static str) -> Self {
        Self { what, budget: Duration::from_millis(4500) }
    }

    /// For pages, whose clients wait eight seconds.
    pub(super) const fn usual(what: &'static str) -> Self {
        Self { what, budget: Duration::from_secs(7) }
    }

    /// For jobs, whose clients wait half a minute.
    pub(super) const fn patient(what: &'static str) -> Self {
        Self { what, budget: Duration::from_secs(25) }
    }
}

/// An endpoint that answers.
#[derive(Clone)]
pub(super) struct Live {
    pub(super) endpoint: Arc<ProxmoxEndpoint>,
    pub(super) client: Arc<Proxmox>,
}

/// Why an endpoint gave no answer.
pub(super) enum Trouble {
    Proxmox(Arc<ProxmoxError>),
    /// The time of the question is over.
    Slow(Duration),
    /// The answer came and is something else.
    Shape(String),
    /// It answers, but has no such thing.
    Absent(String),
}

impl From<ProxmoxError> for Trouble {
    fn from(error: ProxmoxError) -> Self {
        Self::Proxmox(Arc::new(error))
    }
}

/// An endpoint that gave no answer.
pub(super) struct Failure {
    question: Question,
    pub(super) endpoint: Arc<ProxmoxEndpoint>,
    trouble: Trouble,
}

impl Live {
    pub(super) async fn get(&self, path: &str) -> Result<Value, Trouble> {
        Ok(self.client.get(path, &[]).await?)
    }

    /// The objects of a list.
    pub(super) async fn rows(&self, path: &str) -> Result<Vec<Map<String, Value>>, Trouble> {
        self.rows_where(path, &[]).await
    }

    pub(super) async fn rows_where(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<Map<String, Value>>, Trouble> {
        objects(self.client.get(path, query).await?).ok_or_else(|| Trouble::Shape(path.to_owned()))
    }

    /// The same of something that a release may not have or an account may not see; none then.
    pub(super) async fn offered_rows(&self, path: &str) -> Result<Option<Vec<Map<String, Value>>>, Trouble> {
        self.offered(self.rows(path).await)
    }

    /// None for what the release does not have or the account may not see.
    pub(super) fn offered<T>(&self, answer: Result<T, Trouble>) -> Result<Option<T>, Trouble> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(Trouble::Proxmox(error)) if is_not_offered(error.fault()) => {
                let endpoint = &self.endpoint.name;
                if is_usual(error.fault()) {
                    tracing::debug!(endpoint, %error, "left out");
                } else {
                    tracing::warn!(endpoint, %error, "left out");
                }
                Ok(None)
            }
            Err(trouble) => Err(trouble),
        }
    }

    pub(super) async fn status(&self) -> Result<Status, Trouble> {
        Ok(read_status(&self.client).await?)
    }

    /// What the cluster, or the node on its own, is called.
    pub(super) async fn name(&self) -> Result<String, Trouble> {
        Ok(self.status().await?.name)
    }
}

/// The objects of a JSON list; none when it is no list.
pub(super) fn objects(list: Value) -> Option<Vec<Map<String, Value>>> {
    let Value::Array(entries) = list else { return None };
    let object = |entry| if let Value::Object(object) = entry { Some(object) } else { None };
    Some(entries.into_iter().filter_map(object).collect())
}

/// Proxmox answers 501 for what a release does not know, and 500 for most of what it does not want to say.
fn is_not_offered(fault: &Fault) -> bool {
    matches!(fault, Fault::Forbidden { .. } | Fault::Status { .. } | Fault::NodeUnreachable { .. })
}

/// Whether it is how an older release, or one for an account with few permissions, answers every time.
fn is_usual(fault: &Fault) -> bool {
    matches!(fault, Fault::Forbidden { .. } | Fault::Status { status: 400..=404 | 501, .. })
}

/// Asks every selected endpoint; each has its own answer.
pub(super) async fn each<T, F>(
    state: &AppState,
    params: &Params,
    question: Question,
    read: impl Fn(Live) -> F,
) -> Result<Vec<Result<T, Failure>>, ApiError>
where
    F: Future<Output = Result<T, Trouble>>,
{
    let endpoints = selection::endpoints(state, params).await?;
    let settings = state.settings().await.proxmox.clone();
    let asked = endpoints.into_iter().map(|endpoint| {
        let (endpoint, settings, read) = (Arc::new(endpoint), settings.clone(), &read);
        async move {
            let work = async {
                let client = state.proxmox_clients.of(&endpoint, settings).await.map_err(Trouble::Proxmox)?;
                read(Live { endpoint: Arc::clone(&endpoint), client }).await
            };
            let answer = tokio::time::timeout(question.budget, work).await;
            let answer = answer.unwrap_or(Err(Trouble::Slow(question.budget)));
            answer.map_err(|trouble| Failure { question, endpoint, trouble })
        }
    });
    Ok(join_all(asked).await)
}

/// Asks every selected endpoint. Those that do not answer are left out, unless none does.
pub(super) async fn all<T, F>(
    state: &AppState,
    params: &Params,
    question: Question,
    read: impl Fn(Live) -> F,
) -> Result<Vec<T>, ApiError>
where
    F: Future<Output = Result<T, Trouble>>,
{
    answers(each(state, params, question, read).await?)
}

/// Those that there are; the failure that says most when there is none.
pub(super) fn answers<T>(results: Vec<Result<T, Failure>>) -> Result<Vec<T>, ApiError> {
    let mut answers = Vec::new();
    let mut failures = Vec::new();
    for result in results {
        match result {
            Ok(answer) => answers.push(answer),
            Err(failure) => failures.push(failure),
        }
    }
    if answers.is_empty() && !failures.is_empty() {
        let worst = failures.iter().position(|failure| !matches!(failure.trouble, Trouble::Absent(_)));
        return Err(failures.swap_remove(worst.unwrap_or(0)).into());
    }
    for failure in failures.iter().filter(|failure| !matches!(failure.trouble, Trouble::Absent(_))) {
        tracing::warn!(endpoint = failure.endpoint.name, "{}", failure.sentence());
    }
    Ok(answers)
}

impl Failure {
    /// In one line.
    pub(super) fn sentence(&self) -> String {
        match &self.trouble {
            Trouble::Proxmox(error) => error.to_string(),
            Trouble::Slow(budget) => {
                let name = &self.endpoint.name;
                format!("Proxmox endpoint {name}: no answer came within {} seconds", budget.as_secs_f64())
            }
            Trouble::Shape(path) => {
                format!("Proxmox endpoint {}: what came from {path} is no list", self.endpoint.name)
            }
            Trouble::Absent(what) => what.clone(),
        }
    }

    /// What became of the question, in the words that clients know.
    fn outcome(&self) -> String {
        match &self.trouble {
            Trouble::Proxmox(error) => match http_status(error.fault()) {
                Some(status) => format!("Upstream responded with HTTP {status}."),
                None => "No usable answer came.".to_owned(),
            },
            _ => "No usable answer came.".to_owned(),
        }
    }

    fn message(&self) -> String {
        let ProxmoxEndpoint { name, domain, ip_address, port, .. } = &*self.endpoint;
        let host = domain.as_deref().or(ip_address.as_deref()).unwrap_or_default();
        let what = self.question.what;
        format!("Failed to query Proxmox {what} for endpoint '{name}' ({host}:{port}). {}", self.outcome())
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let (hint, chain) = match &failure.trouble {
            Trouble::Absent(what) => return Self::Detail(StatusCode::NOT_FOUND, what.clone()),
            Trouble::Proxmox(error) => (error.hint(), Problem::from(&**error).causes),
            Trouble::Slow(_) | Trouble::Shape(_) => (None, Vec::new()),
        };
        let sentence = failure.sentence();
        let detail = hint.map_or_else(|| sentence.clone(), |hint| format!("{sentence}. {hint}"));
        Self::Fault {
            status: StatusCode::BAD_GATEWAY,
            message: failure.message(),
            detail: Some(detail),
            chain,
        }
    }
}

/// The status that Proxmox answered with, where it did.
pub(in crate::routes) fn http_status(fault: &Fault) -> Option<u16> {
    match fault {
        Fault::Unauthorized { .. } => Some(401),
        Fault::Forbidden { .. } => Some(403),
        Fault::NodeUnreachable { status, .. } | Fault::Status { status, .. } | Fault::Html { status } => {
            Some(*status)
        }
        _ => None,
    }
}
