//! What WebSocket clients are told of a run: rows of machines and nodes as objects, problems as details, the rest as text.

use super::frame::{ErrorDetail, Frame, StepRest};
use super::render::{Renderer, Surface};
use super::rows::Row;
use super::words::waiting;
use proxbox_model::event::Event;
use proxbox_model::report::Stage;

/// Objects that have rows for these clients, and an end. The end of any other could be taken for that of the sync.
const OBJECTS: [&str; 2] = ["device", "virtual_machine"];

/// Something to tell.
#[derive(Debug)]
pub(crate) enum Told {
    Text(String),
    Row(Box<Row>),
    Problem(Box<ErrorDetail>),
}

/// Turns the events of a run into what is told.
pub(crate) struct Teller(Renderer);

impl Teller {
    pub(crate) fn new() -> Self {
        // The surface on which nodes and machines have rows.
        Self(Renderer::new(Surface::Stage { stage: Stage::VirtualMachines, network: true, machine: None }))
    }

    /// What there is to tell of one event. Of the end of the run nothing: who asked for the run words it.
    pub(crate) fn told(&mut self, event: &Event) -> Vec<Told> {
        if matches!(event, Event::RunStarted { .. } | Event::StageStarted { .. } | Event::RunDone { .. }) {
            return Vec::new();
        }
        if let Event::Waiting { behind, endpoints, .. } = event {
            return vec![Told::Text(waiting(behind, endpoints))];
        }
        self.0.frames(event).into_iter().filter_map(told).collect()
    }
}

fn told(frame: Frame) -> Option<Told> {
    match frame {
        Frame::Step(step) => match step.rest {
            StepRest::Row { payload, .. } if OBJECTS.contains(&payload.object) => Some(Told::Row(payload)),
            StepRest::Bare {} | StepRest::Row { .. } | StepRest::Result { .. } => None,
        },
        Frame::Substep(substep) => Some(Told::Text(substep.message)),
        Frame::PhaseSummary(summary) => Some(Told::Text(summary.message)),
        Frame::ErrorDetail(problem) => Some(Told::Problem(Box::new(problem))),
        Frame::Discovery(_) | Frame::ItemProgress(_) | Frame::Error(_) | Frame::Complete(_) => None,
    }
}
