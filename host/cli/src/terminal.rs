//! What people see: progress and summaries on stderr, data on stdout.

use crate::error::CliError;
use futures::{Stream, StreamExt};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use proxbox_model::event::Event;
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, ObjectReport, ObjectResult, RunReport, RunStatus};
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// Exit code of a run that was done in part.
const PARTIAL: u8 = 3;

/// Most objects of one kind of trouble that a summary names.
const SHOWN: usize = 10;

pub(crate) fn init_logging(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .init();
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

/// Follows a run to its end, drawing bars on a terminal and a line a stage elsewhere.
pub(crate) async fn follow(events: impl Stream<Item = Event>, quiet: bool) -> Option<Arc<RunReport>> {
    let mut view = View::new(quiet);
    let mut events = std::pin::pin!(events);
    let mut report = None;
    while let Some(event) = events.next().await {
        if let Event::RunDone { report: done } = &event {
            report = Some(Arc::clone(done));
        }
        view.show(&event);
    }
    view.bars.clear().ok();
    report
}

struct View {
    bars: MultiProgress,
    reading: HashMap<String, ProgressBar>,
    stage: Option<ProgressBar>,
    lines: bool,
    quiet: bool,
}

impl View {
    fn new(quiet: bool) -> Self {
        let drawn = std::io::stderr().is_terminal() && !quiet;
        let target = if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self {
            bars: MultiProgress::with_draw_target(target),
            reading: HashMap::new(),
            stage: None,
            lines: !drawn && !quiet,
            quiet,
        }
    }

    fn bar(&self, label: String, total: Option<u64>) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::no_length());
        let style = ProgressStyle::with_template("{prefix:28} {bar:32} {pos:>5}/{len:5} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(label);
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    fn line(&self, text: &str) {
        if self.lines {
            say(text);
        }
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::RunStarted { .. } | Event::RunDone { .. } | Event::StageStarted { .. } => {}
            Event::Reading { endpoint, done, total } => {
                if !self.reading.contains_key(endpoint) {
                    self.line(&format!("reading {endpoint} …"));
                    let bar = self.bar(format!("reading {endpoint}"), *total);
                    self.reading.insert(endpoint.clone(), bar);
                }
                if let (Some(bar), Some(total)) = (self.reading.get(endpoint), total) {
                    bar.set_length(*total);
                    bar.set_position(*done);
                }
            }
            Event::Warning { problem } => {
                if !self.quiet {
                    self.bars.suspend(|| show_problem("warning", problem));
                }
            }
            Event::Discovered { stage, items } => {
                self.stage = Some(self.bar(stage.as_str().to_owned(), Some(items.len() as u64)));
            }
            Event::ObjectDone { done, object, .. } => {
                if let Some(bar) = &self.stage {
                    bar.set_position(*done);
                    bar.set_message(object.name.clone());
                }
            }
            Event::StageDone { stage, counts, duration_seconds } => {
                if let Some(bar) = self.stage.take() {
                    bar.finish_with_message(in_words(counts));
                }
                self.line(&format!("{}: {} in {duration_seconds:.1} s", stage.as_str(), in_words(counts)));
            }
        }
    }
}

/// `3 created, 1 failed`; what is zero is left out.
pub(crate) fn in_words(counts: &Counts) -> String {
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

/// The report for a program: everything but the objects that are simply right.
pub(crate) fn report_json(report: &RunReport) -> Result<String, CliError> {
    let mut json = serde_json::to_value(report).map_err(CliError::Json)?;
    if let Some(objects) = json.get_mut("objects").and_then(|objects| objects.as_array_mut()) {
        objects.retain(|object| {
            !matches!(
                object.get("outcome").and_then(|outcome| outcome.as_str()),
                Some("created" | "updated" | "unchanged")
            )
        });
    }
    serde_json::to_string(&json).map_err(CliError::Json)
}

/// The report for a person.
pub(crate) fn show_report(report: &RunReport) {
    let verb = match (report.status, report.dry_run) {
        (RunStatus::Completed, true) => "planned, nothing was written",
        (RunStatus::Completed, false) => "complete",
        (RunStatus::Partial, _) => "done in part",
        (RunStatus::Failed, _) => "failed",
        (RunStatus::Cancelled, _) => "cancelled",
    };
    if report.dry_run {
        show_changes(&report.objects);
    }
    for (heading, wanted) in [("failed", 0), ("in conflict", 1), ("skipped", 2)] {
        show_trouble(heading, wanted, &report.objects);
    }
    if report.counts.total() == 0 && report.status == RunStatus::Failed {
        say(&format!("{verb}: nothing could be synced; see the warnings above"));
    } else {
        say(&format!(
            "{verb}: {} of {} objects; dependencies: {}",
            in_words(&report.counts),
            report.counts.total(),
            in_words(&report.dependencies)
        ));
    }
    say(&format!(
        "{:.1} s, {} NetBox requests ({} of them writes), {} Proxmox requests",
        report.duration_seconds, report.netbox_requests, report.netbox_writes, report.proxmox_requests
    ));
}

fn show_changes(objects: &[ObjectReport]) {
    for object in objects {
        match &object.result {
            ObjectResult::Created => say(&format!("  + {} {}", object.item_type, object.name)),
            ObjectResult::Updated { fields, adopted } => {
                let how = if *adopted { " (taken over)" } else { "" };
                say(&format!("  ~ {} {}{how}: {}", object.item_type, object.name, fields.join(", ")));
            }
            _ => {}
        }
    }
}

fn show_trouble(heading: &str, wanted: usize, objects: &[ObjectReport]) {
    let lines: Vec<String> = objects
        .iter()
        .filter_map(|object| {
            let text = match (&object.result, wanted) {
                (ObjectResult::Failed { problem }, 0) | (ObjectResult::Conflict { problem }, 1) => {
                    match &problem.hint {
                        Some(hint) => format!("{} ({hint})", problem.message),
                        None => problem.message.clone(),
                    }
                }
                (ObjectResult::Skipped { reason }, 2) => reason.clone(),
                _ => return None,
            };
            Some(format!("  {} {} ({}): {text}", object.item_type, object.name, object.identity))
        })
        .collect();
    if lines.is_empty() {
        return;
    }
    say(&format!("{heading}:"));
    for line in lines.iter().take(SHOWN) {
        say(line);
    }
    if lines.len() > SHOWN {
        say(&format!("  … and {} more; --json lists all of them", lines.len() - SHOWN));
    }
}

pub(crate) fn exit_code(report: &RunReport) -> ExitCode {
    match report.status {
        RunStatus::Completed => ExitCode::SUCCESS,
        RunStatus::Partial => ExitCode::from(PARTIAL),
        RunStatus::Failed | RunStatus::Cancelled => ExitCode::FAILURE,
    }
}
