use crate::error::SyncError;
use crate::job::{Job, Scope, SyncSettings};
use crate::pipeline;
use crate::run::{EventLog, Run, RunInfo};
use proxbox_model::event::Event;
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, GoneCounts, RunReport, RunStatus};
use proxbox_transform::Transforms;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Starts runs and knows those at work.
#[derive(Clone)]
pub struct Syncer(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) transforms: Arc<Transforms>,
    pub(crate) settings: SyncSettings,
    active: Mutex<Vec<(Scope, Run)>>,
    /// Held from the NetBox snapshot to the last write, so that two runs cannot make the same role twice.
    pub(crate) writing: tokio::sync::Mutex<()>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl Syncer {
    /// A syncer without runs.
    pub fn new(transforms: Arc<Transforms>, settings: SyncSettings) -> Self {
        Self(Arc::new(Shared {
            transforms,
            settings,
            active: Mutex::new(Vec::new()),
            writing: tokio::sync::Mutex::new(()),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }))
    }

    /// Starts a run, or joins the one of the same scope that is at work.
    ///
    /// # Errors
    /// [`SyncError::Busy`] when a run with another scope is at work on some of the same endpoints.
    pub fn start(&self, job: Job) -> Result<Run, SyncError> {
        if job.proxmox.is_empty() {
            return Err(SyncError::NoEndpoints);
        }
        if self.0.closing.is_cancelled() {
            return Err(SyncError::ShuttingDown);
        }
        let scope = job.scope();
        let mut active = self.0.active.lock().unwrap_or_else(PoisonError::into_inner);
        for (other, run) in active.iter() {
            if *other == scope {
                return Ok(Run { joined: true, ..run.clone() });
            }
            let endpoints = other.overlap(&scope);
            if !endpoints.is_empty() {
                return Err(SyncError::Busy { run: run.id().to_owned(), endpoints });
            }
        }
        let run = self.new_run(&scope);
        active.push((scope, run.clone()));
        drop(active);
        self.spawn(job, run.clone());
        Ok(run)
    }

    /// Runs at work, oldest first.
    pub fn active(&self) -> Vec<RunInfo> {
        let active = self.0.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.iter().map(|(_, run)| RunInfo::clone(&run.info)).collect()
    }

    /// Cancels the run of that id; false when none such is at work.
    pub fn cancel(&self, id: &str) -> bool {
        let active = self.0.active.lock().unwrap_or_else(PoisonError::into_inner);
        let found = active.iter().find(|(_, run)| run.id() == id);
        found.inspect(|(_, run)| run.cancel()).is_some()
    }

    /// The mapping modules.
    pub fn transforms(&self) -> &Arc<Transforms> {
        &self.0.transforms
    }

    /// Settings of both clients.
    pub fn settings(&self) -> &SyncSettings {
        &self.0.settings
    }

    /// Takes no more runs, cancels those at work and waits for their ends.
    pub async fn shutdown(&self) {
        self.0.closing.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn new_run(&self, scope: &Scope) -> Run {
        let info = RunInfo {
            id: uuid::Uuid::new_v4().to_string(),
            endpoints: scope.endpoints.iter().cloned().collect(),
            stages: scope.stages.clone(),
            started: u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default(),
        };
        Run {
            info: Arc::new(info),
            log: Arc::new(EventLog::new()),
            cancel: self.0.closing.child_token(),
            joined: false,
        }
    }

    fn spawn(&self, job: Job, run: Run) {
        let shared = Arc::clone(&self.0);
        self.0.tasks.spawn(async move {
            let dry_run = job.options.dry_run;
            let work = tokio::spawn(pipeline::execute(Arc::clone(&shared), job, run.clone()));
            let report = work.await.unwrap_or_else(|error| crashed(&run, dry_run, &error));
            let mut active = shared.active.lock().unwrap_or_else(PoisonError::into_inner);
            active.retain(|(_, other)| other.id() != run.id());
            drop(active);
            run.log.push(Event::RunDone { report: Arc::new(report) });
        });
    }
}

/// The report of a run whose task panicked: a defect of ours, told as such.
fn crashed(run: &Run, dry_run: bool, error: &tokio::task::JoinError) -> RunReport {
    tracing::error!(run = run.id(), %error, "a run crashed");
    let problem = Problem::new("sync-crashed", "the run stopped because of a defect in Proxbox")
        .with_hint("please report it with the log of this time; the next run goes on from here");
    RunReport {
        run: run.id().to_owned(),
        status: RunStatus::Failed,
        dry_run,
        counts: Counts::default(),
        dependencies: Counts::default(),
        gone: GoneCounts::default(),
        duration_seconds: 0.0,
        netbox_requests: 0,
        netbox_writes: 0,
        proxmox_requests: 0,
        objects: Vec::new(),
        problems: vec![problem],
    }
}
