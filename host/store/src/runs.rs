//! Past runs: what was asked and how it ended.

use crate::database::{Store, now};
use crate::error::StoreError;
use crate::row::from_row;
use crate::{run_modules, run_reports};
use proxbox_model::report::{RunReport, RunStatus};
use std::sync::Arc;

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It goes on.
    Running,
    /// It ended.
    Ended(RunStatus),
    /// The process ended before the run did.
    Interrupted,
}

/// A run of the past, or one that goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// UUID.
    pub id: String,
    /// What it covered, for people.
    pub scope: String,
    /// Where it is.
    pub state: RunState,
    /// Seconds since the epoch.
    pub started: f64,
    /// Seconds since the epoch.
    pub ended: Option<f64>,
}

struct Row {
    id: String,
    scope: String,
    status: String,
    started: f64,
    ended: Option<f64>,
}

from_row!(Row { id, scope, status, started, ended });

const RUNNING: &str = "running";
const INTERRUPTED: &str = "interrupted";

impl Store {
    /// Notes that a run began.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_started(&self, id: &str, scope: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO proxbox_run (id, scope, status, started) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING")
            .bind(id)
            .bind(scope)
            .bind(RUNNING)
            .bind(now())
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// Notes that runs which a former process left open did not end well. For whoever is going to start runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_interrupted_runs(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE proxbox_run SET status = ?, ended = ? WHERE status = ?")
            .bind(INTERRUPTED)
            .bind(now())
            .bind(RUNNING)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// Notes how a run ended, and forgets the oldest beyond the number that is kept. What is kept of the report is a
    /// [`PastReport`](crate::PastReport), as long as there is room for it.
    ///
    /// # Errors
    /// When the database fails, or the report cannot be written as JSON.
    pub async fn run_ended(&self, report: &Arc<RunReport>) -> Result<(), StoreError> {
        let settings = self.settings();
        let blob = run_reports::packed(report, settings.report_bytes).await?;
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE proxbox_run SET status = ?, ended = ? WHERE id = ?")
            .bind(name(report.status))
            .bind(now())
            .bind(&report.run)
            .execute(&mut *transaction)
            .await?;
        if let Some(blob) = blob {
            run_reports::keep(&mut transaction, &report.run, &blob, settings.all_report_bytes).await?;
        }
        run_modules::note(&mut transaction, report).await?;
        sqlx::query(
            "DELETE FROM proxbox_run WHERE status <> 'running' AND id NOT IN \
             (SELECT id FROM proxbox_run ORDER BY started DESC, rowid DESC LIMIT ?)",
        )
        .bind(settings.kept_runs)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The latest runs, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError> {
        let select = "SELECT id, scope, status, started, ended FROM proxbox_run ORDER BY started DESC, rowid DESC LIMIT ?";
        let rows: Vec<Row> = sqlx::query_as(select).bind(limit).fetch_all(self.reader()).await?;
        Ok(rows.into_iter().map(Row::record).collect())
    }
}

impl Row {
    fn record(self) -> RunRecord {
        let state = match self.status.as_str() {
            RUNNING => RunState::Running,
            "completed" => RunState::Ended(RunStatus::Completed),
            "partial" => RunState::Ended(RunStatus::Partial),
            "failed" => RunState::Ended(RunStatus::Failed),
            "cancelled" => RunState::Ended(RunStatus::Cancelled),
            _ => RunState::Interrupted,
        };
        RunRecord { id: self.id, scope: self.scope, state, started: self.started, ended: self.ended }
    }
}

fn name(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Completed => "completed",
        RunStatus::Partial => "partial",
        RunStatus::Failed => "failed",
        RunStatus::Cancelled => "cancelled",
    }
}
