//! Golden cases through the real sandbox.

use crate::bench::{self, Workbench};
use crate::case::Case;
use crate::diff::{self, Change};
use crate::error::WorkbenchError;
use proxbox_model::draft::Outcome;
use proxbox_model::report::LogLine;
use proxbox_model::{Diagnostic as _, Problem};
use serde::Serialize;
use std::path::PathBuf;

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// The claim of the case.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// Whether it holds, and if not, why.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What the module logged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogLine>,
}

/// Whether a case holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The outcome is as the case says.
    Holds,
    /// The outcome is another one.
    Differs {
        /// From the outcome in the case to the one that the module gave.
        changes: Vec<Change>,
    },
    /// The case says no outcome.
    Open,
    /// It could not be mapped.
    Failed {
        /// What happened.
        problems: Vec<Problem>,
    },
    /// The outcome in its file is now the one that the module gave.
    Updated,
}

impl Tried {
    /// Whether the case speaks against the module.
    pub fn is_bad(&self) -> bool {
        matches!(self.verdict, Verdict::Differs { .. } | Verdict::Failed { .. } | Verdict::Open)
    }
}

/// Maps every case by itself, with its settings, and compares. With `update`, what differs or is open is written into the
/// files of the cases.
///
/// # Errors
/// When a case is of an interface that the module does not map, or cannot be written.
pub async fn try_all(bench: &Workbench, cases: &[Case], update: bool) -> Result<Vec<Tried>, WorkbenchError> {
    let mut tried = Vec::with_capacity(cases.len());
    for case in cases {
        let mut result = try_one(bench, case).await?;
        if let (true, Some(outcome)) = (update, result.1.take()) {
            Case { outcome: Some(outcome), ..case.clone() }.save()?;
            result.0.verdict = Verdict::Updated;
        }
        tried.push(result.0);
    }
    Ok(tried)
}

/// What became of a case, and the outcome to write when it is another one.
async fn try_one(bench: &Workbench, case: &Case) -> Result<(Tried, Option<Outcome>), WorkbenchError> {
    let interface = case.interface_among(&bench.info().interfaces)?;
    let facts = std::slice::from_ref(&case.fact);
    let done = |verdict, log| Tried { name: case.name.clone(), file: case.path.clone(), verdict, log };
    let mapped = match bench.chain(&case.settings).await {
        Ok(set) => bench::map(&set, &interface, &case.context, facts).await,
        Err(error) => Err(error),
    };
    let mapped = match mapped {
        Ok(mapped) => mapped,
        Err(error @ (WorkbenchError::Refused { .. } | WorkbenchError::Fact(_))) => {
            return Ok((done(Verdict::Failed { problems: vec![told(&error)] }, Vec::new()), None));
        }
        Err(error) => return Err(error),
    };
    if !mapped.problems.is_empty() {
        return Ok((done(Verdict::Failed { problems: mapped.problems }, mapped.log), None));
    }
    let Some(outcome) = bench::outcomes(&mapped).pop() else {
        return Ok((done(Verdict::Failed { problems: Vec::new() }, mapped.log), None));
    };
    let verdict = match &case.outcome {
        None => Verdict::Open,
        Some(expected) => match diff::outcomes(expected, &outcome) {
            changes if changes.is_empty() => return Ok((done(Verdict::Holds, mapped.log), None)),
            changes => Verdict::Differs { changes },
        },
    };
    Ok((done(verdict, mapped.log), Some(outcome)))
}

fn told(error: &WorkbenchError) -> Problem {
    match error {
        WorkbenchError::Refused { problem } => problem.clone(),
        other => Problem { hint: other.hint(), ..Problem::from(other) },
    }
}
