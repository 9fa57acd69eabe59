//! Reports of past runs: what is kept of them, and in how many bytes.
//!
//! A report lists the objects that changed, failed, conflicted or were left out; of unchanged ones it keeps the counts. It is
//! compressed JSON. One that is too large by itself loses objects, those that went well first, and says so.

use crate::database::Store;
use crate::error::StoreError;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use proxbox_model::Problem;
use proxbox_model::report::{Counts, ObjectResult, RunReport, Stage};
use serde::{Deserialize, Serialize};
use sqlx::{Sqlite, Transaction};
use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter};
use std::sync::Arc;

/// What is handed to the compressor at a time.
const PIECE: usize = 64 * 1024;

/// What is kept of the report of a run that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastReport {
    /// The report. Of its objects, those that are unchanged are left out, and so are previews.
    pub report: RunReport,
    /// All objects of the run by stage, unchanged ones included.
    pub stages: BTreeMap<Stage, Counts>,
}

impl From<RunReport> for PastReport {
    fn from(mut report: RunReport) -> Self {
        let mut stages: BTreeMap<Stage, Counts> = BTreeMap::new();
        for object in &report.objects {
            stages.entry(object.stage).or_default().count(&object.result);
        }
        report.objects.retain(|object| object.result != ObjectResult::Unchanged);
        // Objects are shared with whoever else holds the report: only those that change are copied.
        for object in report.objects.iter_mut().filter(|object| object.preview.is_some()) {
            Arc::make_mut(object).preview = None;
        }
        Self { report, stages }
    }
}

impl Store {
    /// What is kept of the report of a run that ended; none when there is no such run, it goes on, or its report had to make
    /// room for later ones.
    ///
    /// # Errors
    /// When the database fails, or the report cannot be read.
    pub async fn run_report(&self, id: &str) -> Result<Option<PastReport>, StoreError> {
        let blob: Option<Vec<u8>> = sqlx::query_scalar("SELECT report FROM proxbox_run_report WHERE run = ?")
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        if let Some(blob) = blob {
            return aside(move || unpack(&blob)).await.map(Some);
        }
        let json: Option<Option<String>> = sqlx::query_scalar("SELECT report FROM proxbox_run WHERE id = ?")
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        let Some(json) = json.flatten() else { return Ok(None) };
        let read =
            move || serde_json::from_str(&json).map(|report: RunReport| report.into()).map_err(damaged);
        aside(read).await.map(Some)
    }
}

/// A report as it is stored, in at most so many bytes; none when not even its counts fit.
pub(crate) async fn packed(report: &Arc<RunReport>, most: u32) -> Result<Option<Vec<u8>>, StoreError> {
    let (report, most) = (Arc::clone(report), usize::try_from(most).unwrap_or(usize::MAX));
    aside(move || pack(RunReport::clone(&report).into(), most)).await
}

/// Keeps a report, and lets the oldest go when all are more than so many bytes.
pub(crate) async fn keep(
    transaction: &mut Transaction<'_, Sqlite>,
    run: &str,
    blob: &[u8],
    most: u32,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT OR REPLACE INTO proxbox_run_report (run, report, size) \
         SELECT id, ?, ? FROM proxbox_run WHERE id = ?",
    )
    .bind(blob)
    .bind(i64::try_from(blob.len()).unwrap_or(i64::MAX))
    .bind(run)
    .execute(&mut **transaction)
    .await?;
    sqlx::query(
        "DELETE FROM proxbox_run_report WHERE run IN (SELECT run FROM \
         (SELECT run, sum(size) OVER (ORDER BY ended DESC, proxbox_run.rowid DESC) AS so_far \
         FROM proxbox_run_report JOIN proxbox_run ON id = run) WHERE so_far > ?)",
    )
    .bind(most)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Does what keeps a processor busy on a thread that answers nobody.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::Damaged { what: "run report", detail: error.to_string() }),
    }
}

fn pack(past: PastReport, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
    let whole = compressed(&past)?;
    if whole.len() <= most {
        return Ok(Some(whole));
    }
    cut(past, whole.len(), most)
}

/// Leaves objects out until the report fits, those that failed last.
fn cut(mut past: PastReport, mut size: usize, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
    let mut objects = std::mem::take(&mut past.report.objects);
    let all = objects.len();
    objects.sort_by_key(|object| rank(&object.result));
    past.report.problems.insert(0, cut_short(all, all));
    let bare = compressed(&past)?;
    if bare.len() > most {
        return without_problems(past, most);
    }
    past.report.objects = objects;
    while !past.report.objects.is_empty() {
        let count = past.report.objects.len();
        let fits = count.saturating_mul(most - bare.len()) / size.saturating_sub(bare.len()).max(1);
        // Objects differ in size: a little room makes the first guess a good one.
        past.report.objects.truncate((fits / 10 * 9).min(count - 1));
        let left_out = all - past.report.objects.len();
        past.report.problems.splice(..1, [cut_short(left_out, all)]);
        let blob = compressed(&past)?;
        if blob.len() <= most {
            return Ok(Some(blob));
        }
        size = blob.len();
    }
    Ok(Some(bare))
}

/// Leaves problems out as well, but for the one that says what is not here.
fn without_problems(mut past: PastReport, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
    while past.report.problems.len() > 1 {
        past.report.problems.truncate(past.report.problems.len().div_ceil(2));
        let blob = compressed(&past)?;
        if blob.len() <= most {
            return Ok(Some(blob));
        }
    }
    Ok(None)
}

/// What is worth keeping comes first.
fn rank(result: &ObjectResult) -> u8 {
    match result {
        ObjectResult::Failed { .. } => 0,
        ObjectResult::Conflict { .. } => 1,
        ObjectResult::Created | ObjectResult::Updated { .. } => 2,
        ObjectResult::Skipped { .. } => 3,
        ObjectResult::Unchanged => 4,
    }
}

fn cut_short(left_out: usize, all: usize) -> Problem {
    Problem::new(
        "run-report-cut",
        format!("{left_out} of the {all} objects that were not simply right are not in the stored report"),
    )
    .with_hint("The counts hold them all; failed objects are the last to be left out.")
}

fn compressed(past: &PastReport) -> Result<Vec<u8>, StoreError> {
    let encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let mut writer = BufWriter::with_capacity(PIECE, encoder);
    serde_json::to_writer(&mut writer, past).map_err(damaged)?;
    let encoder = writer.into_inner().map_err(|error| damaged(error.into_error()))?;
    encoder.finish().map_err(damaged)
}

fn unpack(blob: &[u8]) -> Result<PastReport, StoreError> {
    serde_json::from_reader(BufReader::with_capacity(PIECE, ZlibDecoder::new(blob))).map_err(damaged)
}

fn damaged(error: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged { what: "run report", detail: error.to_string() }
}
