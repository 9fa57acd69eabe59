//! What people see: progress and summaries on stderr, data on stdout.

mod account;
mod modules;
mod preview;
mod summary;
mod view;

pub(crate) use account::account_lines;
pub(crate) use summary::{Detail, report_json, show_report};
pub(crate) use view::follow;

use crate::error::CliError;
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, GoneCounts, RunReport, RunStatus};
use proxbox_server::LogBuffer;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// Exit code of a run that was done in part.
const PARTIAL: u8 = 3;

/// Sends the log to stderr and into a buffer that the server shows. What nobody chose is `quiet` on stderr and `info` in
/// the buffer.
pub(crate) fn init_logging(chosen: Option<&str>, quiet: &str) -> LogBuffer {
    let filter = |default: &str| {
        EnvFilter::try_new(chosen.unwrap_or(default)).unwrap_or_else(|_| EnvFilter::new("info"))
    };
    let stderr = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    let logs = LogBuffer::default();
    tracing_subscriber::registry()
        .with(stderr.with_filter(filter(quiet)))
        .with(logs.layer().with_filter(filter("info")))
        .init();
    logs
}

/// Data for the caller.
pub(crate) fn data(text: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout(), "{text}").map_err(CliError::Output)
}

/// Talk for the person at the terminal.
pub(crate) fn say(text: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr(), "{text}");
}

pub(crate) fn fail(error: &CliError) -> ExitCode {
    show_problem("error", &error.problem());
    ExitCode::from(error.exit_code())
}

pub(crate) fn show_problem(severity: &str, problem: &Problem) {
    say(&format!("{severity}[{}]: {}", problem.code, problem.message));
    for cause in &problem.causes {
        say(&format!("  because: {cause}"));
    }
    if let Some(hint) = &problem.hint {
        say(&format!("  hint: {hint}"));
    }
}

/// `3 created, 1 failed`; what is zero is left out.
fn in_words(counts: &Counts) -> String {
    let parts: Vec<String> = [
        (counts.created, "created"),
        (counts.updated, "updated"),
        (counts.unchanged, "unchanged"),
        (counts.skipped, "skipped"),
        (counts.failed, "failed"),
        (counts.conflicts, "in conflict"),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    if parts.is_empty() { "nothing to do".into() } else { parts.join(", ") }
}

/// `, 3 gone ones deleted`; nothing when nothing was gone.
fn cleared(gone: &GoneCounts) -> String {
    let told = [(gone.deleted, "deleted"), (gone.stale, "marked stale")];
    told.iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!(", {count} that are gone {what}"))
        .collect()
}

/// The exit code of what was done in part.
pub(crate) fn in_part() -> ExitCode {
    ExitCode::from(PARTIAL)
}

pub(crate) fn exit_code(report: &RunReport) -> ExitCode {
    match report.status {
        RunStatus::Completed => ExitCode::SUCCESS,
        RunStatus::Partial => in_part(),
        RunStatus::Failed | RunStatus::Cancelled => ExitCode::FAILURE,
    }
}
