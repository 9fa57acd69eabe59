//! One endpoint under reading: its client, and what has shown not to answer.

use crate::breaker::Breaker;
use crate::client::Proxmox;
use crate::error::{Fault, Step, TIMEOUT};
use crate::lenient::Fields;
use crate::part::{Part, Place};
use proxbox_model::Problem;
use serde_json::Value as Json;
use std::time::Duration;
use tokio::sync::Semaphore;

/// So many guests of a node in a row that time out mean that the node hangs.
const HANGING_GUESTS: u32 = 3;
/// So many agents of a node in a row that time out mean that asking the others is not worth the time.
const HANGING_AGENTS: u32 = 10;
/// Longer than Proxmox itself waits for an agent.
const AGENT_LIMIT: Duration = Duration::from_secs(10);

/// Reads of one endpoint during one run.
pub(crate) struct Reader<'a> {
    pub(crate) client: &'a Proxmox,
    /// Name of the endpoint, for messages.
    pub(crate) endpoint: &'a str,
    breaker: Breaker,
    agents: Breaker,
    /// Agents may take half of the requests under way, so that those that hang leave room for the other reads.
    agents_at_once: Semaphore,
}

/// Why nothing is known of the inside of a guest.
pub(crate) struct Refusal {
    pub(crate) problem: Problem,
    /// Whether the guest was asked at all, so that the problem is its own.
    pub(crate) was_asked: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(client: &'a Proxmox, endpoint: &'a str) -> Self {
        Self {
            client,
            endpoint,
            breaker: Breaker::new(HANGING_GUESTS),
            agents: Breaker::new(HANGING_AGENTS),
            agents_at_once: Semaphore::new((client.concurrency() / 2).max(1)),
        }
    }

    /// Reads something of a guest.
    pub(crate) async fn of_guest(&self, node: &str, path: &str) -> Result<Json, Problem> {
        if let Some(problem) = self.breaker.open(node) {
            return Err(problem);
        }
        let answer = self.client.get(path, &[]).await.map_err(|error| self.breaker.failed(node, &error))?;
        self.breaker.answered(node);
        Ok(answer)
    }

    /// Asks something inside a guest: briefly and once.
    pub(crate) async fn inside_guest(&self, node: &str, path: &str) -> Result<Json, Refusal> {
        // The semaphore is never closed.
        let _permit = self.agents_at_once.acquire().await.ok();
        let given_up = self.breaker.open(node).or_else(|| {
            let problem = self.agents.open(node)?;
            Some(if problem.code == TIMEOUT { agents_given_up(self.endpoint, node) } else { problem })
        });
        if let Some(problem) = given_up {
            return Err(Refusal { problem, was_asked: false });
        }
        let answer = self.client.get_once(path, &[], AGENT_LIMIT).await;
        let answer =
            answer.map_err(|error| Refusal { problem: self.agents.failed(node, &error), was_asked: true })?;
        self.agents.answered(node);
        Ok(answer)
    }

    /// Reads something of a node that is no guest; `again` when what may pass is to be tried again.
    pub(crate) async fn of_node(
        &self,
        node: &str,
        path: &str,
        query: &[(&str, &str)],
        again: bool,
    ) -> Result<Json, Problem> {
        if let Some(problem) = self.breaker.open(node) {
            return Err(problem);
        }
        if again {
            return self
                .client
                .get(path, query)
                .await
                .map_err(|error| self.breaker.failed_aside(node, &error));
        }
        self.client.get_once(path, query, Duration::MAX).await.map_err(|error| Problem::from(&error))
    }

    /// Reads a list of the cluster.
    pub(crate) async fn list<T>(
        &self,
        path: &str,
        entry: impl FnMut(Fields<'_>) -> Result<Option<T>, &'static str>,
    ) -> Part<T> {
        let answer = self.client.get(path, &[]).await.map_err(|error| Problem::from(&error));
        self.parsed(answer, path, entry)
    }

    /// Reads the entries of an answer; `path` is where it comes from.
    pub(crate) fn parsed<T>(
        &self,
        answer: Result<Json, Problem>,
        path: &str,
        entry: impl FnMut(Fields<'_>) -> Result<Option<T>, &'static str>,
    ) -> Part<T> {
        let part = answer.and_then(|answer| {
            Part::parse(&answer, &self.place(path), entry).map_err(|fault| self.odd_answer(path, fault))
        });
        part.unwrap_or_else(Part::failed)
    }

    /// Where an answer comes from, for messages.
    pub(crate) fn place<'b>(&'b self, path: &'b str) -> Place<'b> {
        Place { endpoint: self.endpoint, path }
    }

    /// An answer that came but is not what it should be.
    pub(crate) fn odd_answer(&self, path: &str, fault: Fault) -> Problem {
        Problem::from(&self.client.error(Step::Read(path.to_owned()), fault))
    }
}

fn agents_given_up(endpoint: &str, node: &str) -> Problem {
    Problem::new(
        "proxmox-agents-given-up",
        format!("Proxmox endpoint {endpoint}: so many guests on node {node} did not say their addresses in time that the others there were not asked"),
    )
    .with_hint("Look at the agents inside the guests and at the load of the node; until they answer, addresses come from the configurations.")
}
