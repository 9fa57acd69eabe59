//! The one stream of progress events of a run; every surface (SSE, WebSocket, terminal, log) renders it.

use crate::Problem;
use crate::report::{Counts, GoneCounts, ObjectReport, RunReport, Stage};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An object that a stage is about to handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Name in Proxmox.
    pub name: String,
    /// `cluster`, `node`, `qemu` or `lxc`.
    pub item_type: String,
}

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run waits until another one has ended that is about some of the same endpoints.
    Waiting {
        /// UUID of the run.
        run: String,
        /// UUID of the one that it waits for.
        behind: String,
        /// Names of the endpoints that both are about.
        endpoints: Vec<String>,
    },
    /// The run began.
    RunStarted {
        /// UUID of the run.
        run: String,
        /// What it will do, in order.
        stages: Vec<Stage>,
    },
    /// A Proxmox endpoint is being read; `total` is none until it is known.
    Reading {
        /// Endpoint name.
        endpoint: String,
        /// Guests read so far.
        done: u64,
        /// Guests to read.
        total: Option<u64>,
    },
    /// Something to know that ends nothing.
    Warning {
        /// What.
        problem: Problem,
    },
    /// A stage began.
    StageStarted {
        /// Which.
        stage: Stage,
    },
    /// A stage knows what it will handle.
    Discovered {
        /// Which.
        stage: Stage,
        /// The objects, in the order of their reports.
        items: Vec<Item>,
    },
    /// One object is done.
    ObjectDone {
        /// The object, shared with the report of the run.
        object: Arc<ObjectReport>,
        /// How many of the stage are done, this one included.
        done: u64,
        /// How many the stage has.
        total: u64,
    },
    /// A stage ended.
    StageDone {
        /// Which.
        stage: Stage,
        /// Its objects.
        counts: Counts,
        /// What was removed or marked because it is gone.
        gone: GoneCounts,
        /// Wall-clock seconds.
        duration_seconds: f64,
    },
    /// The run ended. The last event of every run.
    RunDone {
        /// Everything.
        report: Arc<RunReport>,
    },
}
