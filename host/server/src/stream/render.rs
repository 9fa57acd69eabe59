//! Turns the events of a run into the frames of a stream.

use super::build::{complete_error, error_detail, item_done, named, processing, started, started_for};
use super::fit;
use super::frame::{
    Complete, Discovery, ErrorDetail, Found, Frame, Named, PhaseSummary, ProgressOf, StageResult, Step,
    StepError, StepRest, Substep,
};
use super::result;
use super::rows::{Row, RowData, anchor};
use super::tally::Tallies;
use super::words::{self, capitalised, category, sentence, words};
use proxbox_model::event::{Event, Item};
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, GoneCounts, ObjectReport, ObjectResult, RunReport, RunStatus, Stage};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Which stream is being served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// `/full-update/stream`.
    Full,
    /// The stream of one stage.
    Stage {
        /// Which.
        stage: Stage,
        /// Whether the client asked for rows of virtual machines as well (`sync_vm_network`).
        network: bool,
        /// The id in NetBox of the virtual machine that it is about; none when it is about all.
        machine: Option<u64>,
    },
}

impl Surface {
    /// The step of the stream's own stage.
    fn step(self) -> &'static str {
        match self {
            Self::Full => "full-update",
            Self::Stage { stage: Stage::VirtualMachines, machine: Some(_), .. } => "virtual-machine",
            Self::Stage { stage, .. } => words(stage).step,
        }
    }

    /// How sentences about the whole run begin.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Full => "Full update",
            Self::Stage { stage: Stage::VirtualMachines, machine: Some(_), .. } => "Virtual machine",
            Self::Stage { stage, .. } => words(stage).own_label,
        }
    }

    fn is_of(self, other: Stage) -> bool {
        matches!(self, Self::Stage { stage, .. } if stage == other)
    }
}

/// Keeps what later frames need to know of earlier events.
pub(super) struct Renderer {
    surface: Surface,
    /// Pages of clusters, by source.
    clusters: BTreeMap<String, String>,
    /// What became of the objects of each stage so far.
    tallies: Tallies,
    /// Tenths of an endpoint's guests that were told to be read.
    read: BTreeMap<String, u64>,
    complete: bool,
}

const CANCELLED: &str = "Server shutdown or request cancelled.";

impl Renderer {
    pub(super) fn new(surface: Surface) -> Self {
        Self {
            surface,
            clusters: BTreeMap::new(),
            tallies: Tallies::default(),
            read: BTreeMap::new(),
            complete: false,
        }
    }

    /// The frames of one event; often one, sometimes none.
    pub(super) fn frames(&mut self, event: &Event) -> Vec<Frame> {
        match event {
            Event::Waiting { behind, endpoints, .. } => vec![self.waiting(behind, endpoints)],
            Event::RunStarted { run, stages } => self.run_started(run, stages),
            Event::Reading { endpoint, done, total } => {
                self.reading(endpoint, *done, *total).into_iter().collect()
            }
            Event::Warning { problem } => vec![self.warning(problem)],
            Event::StageStarted { stage } => self.stage_started(*stage),
            Event::Discovered { stage, items } => vec![self.discovered(*stage, items)],
            Event::ObjectDone { object, done, total } => self.object_done(object, *done, *total),
            Event::StageDone { stage, counts, gone, duration_seconds } => {
                self.stage_done(*stage, *counts, *gone, *duration_seconds)
            }
            Event::RunDone { report } => self.run_done(report),
        }
    }

    /// The end of a stream whose events ended too early: never without a `complete`.
    pub(super) fn end(&mut self) -> Vec<Frame> {
        if self.complete { Vec::new() } else { self.cancelled() }
    }

    fn is_full(&self) -> bool {
        self.surface == Surface::Full
    }

    fn shows_vm_rows(&self) -> bool {
        matches!(self.surface, Surface::Stage { network: true, .. })
    }

    /// The step that errors belong to.
    fn step(&self) -> &'static str {
        self.surface.step()
    }

    /// The step of one of the stages.
    fn step_of(&self, stage: Stage) -> &'static str {
        if self.surface.is_of(stage) { self.step() } else { words(stage).step }
    }

    fn waiting(&self, behind: &str, endpoints: &[String]) -> Frame {
        Frame::Step(Step {
            step: if self.is_full() { "stream" } else { self.step() },
            status: "progress",
            message: words::waiting(behind, endpoints),
            rest: StepRest::Bare {},
        })
    }

    fn run_started(&self, run: &str, stages: &[Stage]) -> Vec<Frame> {
        match self.surface {
            Surface::Stage { stage, machine: Some(id), .. } => {
                return vec![started_for(self.step(), stage, id)];
            }
            Surface::Stage { stage, machine: None, .. } => return vec![started(stage, false)],
            Surface::Full => {}
        }
        let found = |stage: &Stage| Found {
            name: words(*stage).step.to_owned(),
            item_type: None,
            kind: Some("stage"),
        };
        vec![
            Frame::Step(Step {
                step: "stream",
                status: "started",
                message: format!("Full update stream connected (operation_id={run})"),
                rest: StepRest::Bare {},
            }),
            Frame::Discovery(Discovery {
                event: "discovery",
                phase: "full-update",
                status: "discovered",
                message: format!("Discovered {} sync stage(s) for full update", stages.len()),
                count: stages.len(),
                items: stages.iter().map(found).collect(),
                progress: ProgressOf { percent: 0.into(), ..ProgressOf::new(0, stages.len() as u64) },
                metadata: Some(json!({ "operation_id": run })),
            }),
        ]
    }

    /// Reading thousands of guests is told in tenths.
    fn reading(&mut self, endpoint: &str, done: u64, total: Option<u64>) -> Option<Frame> {
        let tenth = total.map_or(0, |total| (done * 10).checked_div(total).unwrap_or(10));
        let last = self.read.insert(endpoint.to_owned(), tenth);
        if last == Some(tenth) {
            return None;
        }
        let message = match total {
            None => format!("Reading Proxmox endpoint '{endpoint}'"),
            Some(total) => format!("Read {done} of {total} guest(s) of Proxmox endpoint '{endpoint}'"),
        };
        Some(Frame::Substep(Substep {
            event: "substep",
            phase: self.step(),
            substep: "read_proxmox",
            status: if tenth >= 10 { "completed" } else { "processing" },
            message,
            item: Named {
                name: endpoint.to_owned(),
                netbox_id: None,
                netbox_url: None,
                item_type: Some("endpoint".to_owned()),
            },
        }))
    }

    fn warning(&self, problem: &Problem) -> Frame {
        error_detail(self.step(), None, problem)
    }

    fn stage_started(&self, stage: Stage) -> Vec<Frame> {
        // A stage's own stream said so when it connected.
        if self.surface.is_of(stage) { Vec::new() } else { vec![started(stage, self.is_full())] }
    }

    fn discovered(&self, stage: Stage, items: &[Item]) -> Frame {
        let names = words(stage);
        let metadata = match stage {
            Stage::Devices => {
                let devices = items.iter().filter(|item| names.counts(&item.item_type)).count();
                Some(json!({ "total_devices": devices }))
            }
            Stage::VirtualMachines => Some(json!({ "sync_vm_network": self.shows_vm_rows() })),
            _ => None,
        };
        let found = |item: &Item| Found {
            name: item.name.clone(),
            item_type: Some(item.item_type.clone()),
            kind: None,
        };
        Frame::Discovery(fit::listed(Discovery {
            event: "discovery",
            phase: names.phase,
            status: "discovered",
            message: words::discovered(stage, items),
            count: items.len(),
            items: items.iter().map(found).collect(),
            progress: ProgressOf::new(0, items.len() as u64),
            metadata,
        }))
    }

    fn object_done(&mut self, object: &ObjectReport, done: u64, total: u64) -> Vec<Frame> {
        let so_far = self.tallies.count(object).counts;
        if object.item_type == "cluster"
            && let Some(url) = &object.netbox_url
        {
            self.clusters.insert(object.identity.source.clone(), url.clone());
        }
        let progress = ProgressOf::new(done, total);
        let mut frames = Vec::new();
        let row = self.row_of(object);
        if let Some(kind) = row {
            frames.push(processing(object, progress.clone(), so_far));
            frames.push(self.row(kind, object, false));
        }
        frames.push(item_done(object, progress, so_far));
        if let Some(kind) = row {
            frames.push(self.row(kind, object, true));
        }
        if let ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } = &object.result {
            frames.push(error_detail(words(object.stage).phase, Some(named(object)), problem));
        }
        frames
    }

    /// The kind of an object's row, if it has one. Where there may be many thousand objects, one frame for each is enough.
    fn row_of(&self, object: &ObjectReport) -> Option<&'static str> {
        let names = words(object.stage);
        let shown = match object.stage {
            Stage::Devices => true,
            Stage::VirtualMachines => self.shows_vm_rows(),
            _ => false,
        };
        names.row.filter(|_| shown && names.counts(&object.item_type))
    }

    /// The row of an object, before and after.
    fn row(&self, kind: &'static str, object: &ObjectReport, done: bool) -> Frame {
        let (mut warning, mut error) = (None, None);
        match &object.result {
            ObjectResult::Skipped { reason } if done => warning = Some(reason.clone()),
            ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } if done => {
                error = Some(sentence(problem));
            }
            _ => {}
        }
        let completed = done && error.is_none();
        let (status, word) = match (done, completed) {
            (true, true) => ("completed", format!("Synced {kind} {}", object.name)),
            (true, false) => ("failed", String::new()),
            _ => ("progress", format!("Processing {kind} {}", object.name)),
        };
        let source = &object.identity.source;
        let data = RowData {
            completed,
            increment_count: completed.then_some("yes"),
            sync_status: match (done, completed) {
                (true, true) => "completed",
                (true, false) => "failed",
                _ => "syncing",
            },
            rowid: object.name.clone(),
            name: if done {
                anchor(&object.name, object.netbox_url.as_deref())
            } else {
                anchor(&object.name, None)
            },
            netbox_id: object.netbox_id.filter(|_| done),
            cluster: done.then(|| anchor(source, self.clusters.get(source).map(String::as_str))),
            warning,
            error,
        };
        Frame::Step(Step {
            step: kind,
            status,
            message: data.warning.clone().or_else(|| data.error.clone()).unwrap_or(word),
            rest: StepRest::Row { rowid: Some(object.name.clone()), payload: Box::new(Row::of(kind, data)) },
        })
    }

    fn stage_done(&self, stage: Stage, counts: Counts, gone: GoneCounts, duration: f64) -> Vec<Frame> {
        let names = words(stage);
        let troubled = counts.failed + counts.conflicts > 0;
        let label = match self.surface {
            Surface::Full => capitalised(names.label),
            surface if surface.is_of(stage) => surface.label().to_owned(),
            Surface::Stage { .. } => names.own_label.to_owned(),
        };
        let mut frames = vec![Frame::PhaseSummary(PhaseSummary {
            event: "phase_summary",
            phase: names.phase,
            status: if troubled { "completed_with_errors" } else { "completed" },
            message: words::summary(stage, counts, stage == Stage::VirtualMachines && self.shows_vm_rows())
                + &words::cleared(gone),
            result: (counts, gone).into(),
        })];
        frames.extend(names.row.map(|kind| {
            Frame::Step(Step {
                step: kind,
                status: "completed",
                message: format!("{kind} stream completed"),
                rest: StepRest::Row { rowid: None, payload: Box::new(Row::end(kind)) },
            })
        }));
        frames.push(Frame::Step(Step {
            step: self.step_of(stage),
            status: "completed",
            message: format!("{label} synchronization finished."),
            rest: StepRest::Result {
                result: StageResult { count: self.tallies.of(stage).in_place, counts, degraded: troubled },
                duration_seconds: self.is_full().then(|| (duration * 1000.0).round() / 1000.0),
            },
        }));
        frames
    }

    fn run_done(&mut self, report: &RunReport) -> Vec<Frame> {
        match report.status {
            RunStatus::Cancelled => self.cancelled(),
            RunStatus::Failed => self.failed(report),
            RunStatus::Completed | RunStatus::Partial => {
                self.complete = true;
                vec![Frame::Complete(Complete {
                    ok: true,
                    message: self.finished(report),
                    result: Some(match self.surface {
                        Surface::Full => Json::Object(result::full(report)),
                        Surface::Stage { stage, .. } => Json::Object(result::of_stage(report, stage)),
                    }),
                    errors: Vec::new(),
                })]
            }
        }
    }

    /// A run that did everything says what it always said; one that did not says how much is missing.
    fn finished(&self, report: &RunReport) -> String {
        let name = self.full_name();
        if result::is_degraded(report) {
            format!("{name} sync partially completed: {}.", result::shortfall(report.counts))
        } else {
            format!("{name} sync completed.")
        }
    }

    fn full_name(&self) -> &'static str {
        self.surface.label()
    }

    fn failed(&mut self, report: &RunReport) -> Vec<Frame> {
        self.complete = true;
        let text = result::trouble(report);
        let mut frames = Vec::new();
        if self.is_full() {
            frames.push(Frame::ErrorDetail(ErrorDetail {
                event: "error_detail",
                phase: "full-update",
                item: None,
                category: report.cause().map_or("internal", category),
                message: "Full update synchronization failed".to_owned(),
                detail: Some(text.clone()),
                suggestion: Some("Review backend logs and retry the full update".to_owned()),
            }));
        }
        let detail = (!self.is_full()).then(|| text.clone());
        frames.push(Frame::Error(StepError {
            step: self.step(),
            status: "failed",
            error: text.clone(),
            detail,
        }));
        let message =
            if self.is_full() { text.clone() } else { format!("{} sync failed.", self.full_name()) };
        frames.push(complete_error(message, text));
        frames
    }

    fn cancelled(&mut self) -> Vec<Frame> {
        self.complete = true;
        let message = format!("{} sync cancelled.", self.full_name());
        vec![
            Frame::Error(StepError {
                step: self.step(),
                status: "failed",
                error: message.clone(),
                detail: Some(CANCELLED.to_owned()),
            }),
            complete_error(message, CANCELLED.to_owned()),
        ]
    }
}
