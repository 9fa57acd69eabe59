//! Progress: a bar for each stage on a terminal, a line for each elsewhere.

use super::{cleared, in_words, say, show_problem};
use futures::{Stream, StreamExt};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use proxbox_model::event::Event;
use proxbox_model::report::RunReport;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

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
            Event::Waiting { .. }
            | Event::RunStarted { .. }
            | Event::RunDone { .. }
            | Event::StageStarted { .. } => {}
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
            Event::StageDone { stage, counts, gone, duration_seconds } => {
                if let Some(bar) = self.stage.take() {
                    bar.finish_with_message(in_words(counts));
                }
                let (came_to, cleared) = (in_words(counts), cleared(gone));
                self.line(&format!("{}: {came_to}{cleared} in {duration_seconds:.1} s", stage.as_str()));
            }
        }
    }
}
