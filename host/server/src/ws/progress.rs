//! The frames of a sync.

use super::command::Command;
use crate::stream::{self, Teller, Told};
use proxbox_model::event::Event;
use proxbox_model::report::{Counts, RunReport, RunStatus, Stage};
use serde::Serialize;
use std::collections::BTreeMap;

/// Puts the id of a client's command on everything that is said of it.
#[derive(Clone, Debug)]
pub(super) struct Voice(Option<String>);

#[derive(Serialize)]
struct Said<'a, T> {
    #[serde(flatten)]
    frame: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Text<'a> {
    message: &'a str,
}

/// What went wrong with the whole sync.
#[derive(Serialize)]
struct Failure<'a> {
    event: &'static str,
    phase: &'static str,
    category: &'static str,
    message: &'a str,
}

/// The end of a sync.
#[derive(Serialize)]
struct EndFrame<'a> {
    object: &'static str,
    end: bool,
    status: &'static str,
    stages: &'a BTreeMap<&'static str, StageEnd>,
}

/// What a stage came to.
#[derive(Clone, Copy, Debug, Serialize)]
struct StageEnd {
    status: &'static str,
    #[serde(flatten)]
    counts: Counts,
}

impl Voice {
    pub(super) fn new(run_id: Option<String>) -> Self {
        Self(run_id)
    }

    pub(super) fn text(&self, text: &str) -> String {
        if self.0.is_some() { self.json(&Text { message: text }) } else { text.to_owned() }
    }

    fn json(&self, frame: &impl Serialize) -> String {
        // These frames hold nothing that JSON cannot say.
        serde_json::to_string(&Said { frame, run_id: self.0.as_deref() }).unwrap_or_default()
    }
}

/// Words the events of one sync.
pub(super) struct Progress {
    command: Command,
    voice: Voice,
    teller: Teller,
    stages: BTreeMap<&'static str, StageEnd>,
}

impl Progress {
    pub(super) fn new(command: Command, voice: Voice) -> Self {
        Self { command, voice, teller: Teller::new(), stages: BTreeMap::new() }
    }

    /// The frames of one event.
    pub(super) fn frames(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::StageDone { stage, counts, .. } => self.stage_done(*stage, *counts),
            Event::RunDone { report } => return self.end(report),
            _ => {}
        }
        self.teller.told(event).iter().filter_map(|told| self.word(told)).collect()
    }

    fn word(&self, told: &Told) -> Option<String> {
        match told {
            Told::Text(text) => Some(self.voice.text(text)),
            // The end of the command's own object is the end of the command, and comes last.
            Told::Row(row) if row.ended() == Some(self.command.object()) => None,
            Told::Row(row) => Some(self.voice.json(row)),
            Told::Problem(problem) => Some(self.voice.json(problem)),
        }
    }

    fn stage_done(&mut self, stage: Stage, counts: Counts) {
        let troubled = counts.failed + counts.conflicts > 0;
        let status = if troubled { "completed_with_errors" } else { "completed" };
        self.stages.insert(stage.as_str(), StageEnd { status, counts });
    }

    fn end(&self, report: &RunReport) -> Vec<String> {
        match report.status {
            RunStatus::Completed | RunStatus::Partial => vec![self.last("completed")],
            RunStatus::Failed => self.failed(&stream::trouble(report)),
            RunStatus::Cancelled => self.failed("Server shutdown or request cancelled."),
        }
    }

    /// The end of a sync that came to nothing.
    pub(super) fn failed(&self, message: &str) -> Vec<String> {
        let failure = if self.voice.0.is_some() {
            let phase = self.command.phase();
            self.voice.json(&Failure { event: "error_detail", phase, category: "internal", message })
        } else {
            format!("Error: {message}")
        };
        vec![failure, self.last("failed")]
    }

    fn last(&self, status: &'static str) -> String {
        self.voice.json(&EndFrame { object: self.command.object(), end: true, status, stages: &self.stages })
    }
}
