//! What mapping modules did and logged in past runs.

use crate::database::Store;
use crate::error::StoreError;
use crate::row::from_row;
use proxbox_model::report::{LogLine, ModuleUsage, RunReport};
use sqlx::{Sqlite, Transaction};
use std::collections::BTreeSet;

/// Runs that are looked at for what a module did last.
const LOOKED_AT: u32 = 50;

/// What a module did for one interface in the latest run in which it was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageRecord {
    /// UUID of the run.
    pub run: String,
    /// When that ended, seconds since the epoch.
    pub ended: f64,
    /// What it did.
    pub usage: ModuleUsage,
}

/// What modules logged in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleLog {
    /// UUID of the run.
    pub run: String,
    /// When it ended, seconds since the epoch.
    pub ended: f64,
    /// The lines, in order.
    pub lines: Vec<LogLine>,
}

struct Row {
    id: String,
    ended: f64,
    json: String,
}

from_row!(Row { id, ended, json });

impl Store {
    /// For each module and interface, what it did in the latest run in which it was asked; the latest run first.
    ///
    /// # Errors
    /// When the database fails, or what it holds cannot be read.
    pub async fn latest_usage(&self) -> Result<Vec<UsageRecord>, StoreError> {
        let select = "SELECT id, ended, module_usage AS json FROM proxbox_run \
                      WHERE ended IS NOT NULL AND module_usage IS NOT NULL ORDER BY started DESC, rowid DESC LIMIT ?";
        let rows: Vec<Row> = sqlx::query_as(select).bind(LOOKED_AT).fetch_all(self.reader()).await?;
        let mut known = BTreeSet::new();
        let mut latest = Vec::new();
        for Row { id, ended, json } in rows {
            let used: Vec<ModuleUsage> = serde_json::from_str(&json).map_err(damaged)?;
            for usage in used {
                if known.insert((usage.module.clone(), usage.interface.clone())) {
                    latest.push(UsageRecord { run: id.clone(), ended, usage });
                }
            }
        }
        Ok(latest)
    }

    /// What modules logged in that run; without one, in the latest in which any module logged. With a name, only that module's
    /// lines count. None when there is no such run.
    ///
    /// # Errors
    /// When the database fails, or what it holds cannot be read.
    pub async fn module_log(
        &self,
        run: Option<&str>,
        module: Option<&str>,
    ) -> Result<Option<ModuleLog>, StoreError> {
        let rows: Vec<Row> = match run {
            Some(run) => {
                let select = "SELECT id, ended, coalesce(module_log, '[]') AS json FROM proxbox_run \
                              WHERE ended IS NOT NULL AND id = ?";
                sqlx::query_as(select).bind(run).fetch_all(self.reader()).await?
            }
            None => {
                let select = "SELECT id, ended, module_log AS json FROM proxbox_run WHERE ended IS NOT NULL \
                              AND module_log IS NOT NULL ORDER BY started DESC, rowid DESC LIMIT ?";
                sqlx::query_as(select).bind(LOOKED_AT).fetch_all(self.reader()).await?
            }
        };
        for Row { id, ended, json } in rows {
            let mut lines: Vec<LogLine> = serde_json::from_str(&json).map_err(damaged)?;
            lines.retain(|line| module.is_none_or(|module| is_of(line, module)));
            if run.is_some() || !lines.is_empty() {
                return Ok(Some(ModuleLog { run: id, ended, lines }));
            }
        }
        Ok(None)
    }
}

/// Lines carry the name and the version of their module.
fn is_of(line: &LogLine, module: &str) -> bool {
    let rest = line.module.strip_prefix(module);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Notes what modules did and logged; nothing where they did nothing.
pub(crate) async fn note(
    transaction: &mut Transaction<'_, Sqlite>,
    report: &RunReport,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE proxbox_run SET module_usage = ?, module_log = ? WHERE id = ?")
        .bind(json(&report.modules)?)
        .bind(json(&report.module_log)?)
        .bind(&report.run)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn json<T: serde::Serialize>(items: &[T]) -> Result<Option<String>, StoreError> {
    if items.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(items).map(Some).map_err(damaged)
}

#[expect(clippy::needless_pass_by_value, reason = "maps errors")]
fn damaged(error: serde_json::Error) -> StoreError {
    StoreError::Damaged { what: "record of modules", detail: error.to_string() }
}
