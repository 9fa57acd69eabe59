//! The frames of a stream and their payloads, members in the order clients have always seen them.

use super::rows::Row;
use super::{fit, json};
use proxbox_model::report::{Counts, GoneCounts};
use serde::Serialize;
use serde_json::Value as Json;

/// One frame, not yet text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Frame {
    Step(Step),
    Discovery(Discovery),
    Substep(Substep),
    ItemProgress(ItemProgress),
    PhaseSummary(PhaseSummary),
    ErrorDetail(ErrorDetail),
    Error(StepError),
    Complete(Complete),
}

impl Frame {
    fn name(&self) -> &'static str {
        match self {
            Self::Step(_) => "step",
            Self::Discovery(_) => "discovery",
            Self::Substep(_) => "substep",
            Self::ItemProgress(_) => "item_progress",
            Self::PhaseSummary(_) => "phase_summary",
            Self::ErrorDetail(_) => "error_detail",
            Self::Error(_) => "error",
            Self::Complete(_) => "complete",
        }
    }

    /// As it goes over the wire.
    pub(super) fn text(&self) -> String {
        let mut data = line(self);
        if let Self::ItemProgress(item) = self
            && data.len() >= fit::LIMIT
        {
            data = line(&fit::shortened(item));
        }
        format!("event: {}\ndata: {data}\n\n", self.name())
    }
}

/// These types hold nothing that JSON cannot say.
pub(super) fn line(payload: &impl Serialize) -> String {
    json::line(payload).unwrap_or_else(|error| {
        tracing::error!(%error, "a frame cannot be written");
        "{}".to_owned()
    })
}

/// `step`: keeps its null members, but leaves out those that its kind does not have.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) step: &'static str,
    pub(super) status: &'static str,
    pub(super) message: String,
    #[serde(flatten)]
    pub(super) rest: StepRest,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum StepRest {
    Bare {},
    Row {
        rowid: Option<String>,
        payload: Box<Row>,
    },
    Result {
        result: StageResult,
        #[serde(skip_serializing_if = "Option::is_none")]
        duration_seconds: Option<f64>,
    },
}

/// What a stage came to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StageResult {
    pub(super) count: u64,
    #[serde(flatten)]
    pub(super) counts: Counts,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) degraded: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Discovery {
    pub(super) event: &'static str,
    pub(super) phase: &'static str,
    pub(super) status: &'static str,
    pub(super) message: String,
    pub(super) count: usize,
    pub(super) items: Vec<Found>,
    pub(super) progress: ProgressOf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metadata: Option<Json>,
}

/// An item of a discovery; stages say `item_type`, the full update says `type`.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item_type: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct ProgressOf {
    pub(super) current: u64,
    pub(super) total: u64,
    pub(super) percent: Json,
}

impl ProgressOf {
    pub(super) fn new(current: u64, total: u64) -> Self {
        let percent =
            if total == 0 { 0.0 } else { (current as f64 * 10_000.0 / total as f64).round() / 100.0 };
        Self { current, total, percent: percent.into() }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Substep {
    pub(super) event: &'static str,
    pub(super) phase: &'static str,
    pub(super) substep: &'static str,
    pub(super) status: &'static str,
    pub(super) message: String,
    pub(super) item: Named,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Named {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) netbox_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) netbox_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item_type: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct ItemProgress {
    pub(super) event: &'static str,
    pub(super) phase: &'static str,
    pub(super) status: &'static str,
    pub(super) message: String,
    pub(super) item: Named,
    pub(super) operation: &'static str,
    pub(super) progress: ProgressOf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) counts: Option<SoFar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warning: Option<String>,
}

/// What the stage came to so far; what is zero is left out.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct SoFar {
    #[serde(skip_serializing_if = "is_zero")]
    created: u64,
    #[serde(skip_serializing_if = "is_zero")]
    updated: u64,
    #[serde(skip_serializing_if = "is_zero")]
    unchanged: u64,
    #[serde(skip_serializing_if = "is_zero")]
    skipped: u64,
    #[serde(skip_serializing_if = "is_zero")]
    failed: u64,
    #[serde(skip_serializing_if = "is_zero")]
    conflicts: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl From<Counts> for SoFar {
    fn from(counts: Counts) -> Self {
        let Counts { created, updated, unchanged, skipped, failed, conflicts } = counts;
        Self { created, updated, unchanged, skipped, failed, conflicts }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct PhaseSummary {
    pub(super) event: &'static str,
    pub(super) phase: &'static str,
    pub(super) status: &'static str,
    pub(super) message: String,
    pub(super) result: SummaryCounts,
}

/// The six counts of a summary, and two more that older clients do not know.
#[derive(Debug, Serialize)]
pub(super) struct SummaryCounts {
    created: u64,
    updated: u64,
    deleted: u64,
    failed: u64,
    skipped: u64,
    total: u64,
    unchanged: u64,
    conflicts: u64,
}

impl From<(Counts, GoneCounts)> for SummaryCounts {
    fn from((counts, gone): (Counts, GoneCounts)) -> Self {
        Self {
            created: counts.created,
            updated: counts.updated,
            deleted: gone.deleted,
            failed: counts.failed,
            skipped: counts.skipped,
            total: counts.total(),
            unchanged: counts.unchanged,
            conflicts: counts.conflicts,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorDetail {
    pub(super) event: &'static str,
    pub(super) phase: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item: Option<Named>,
    pub(super) category: &'static str,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suggestion: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct StepError {
    pub(super) step: &'static str,
    pub(super) status: &'static str,
    pub(super) error: String,
    pub(super) detail: Option<String>,
}

/// The last frame of every stream.
#[derive(Debug, Serialize)]
pub(super) struct Complete {
    pub(super) ok: bool,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<Detail>,
}

#[derive(Debug, Serialize)]
pub(super) struct Detail {
    pub(super) detail: String,
}
