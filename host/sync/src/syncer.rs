use crate::book::{self, SourceBook};
use crate::error::SyncError;
use crate::installed::{self, Installed};
use crate::job::{Job, Scope};
use crate::journal::{self, Journal};
use crate::lease::WriterLease;
use crate::queue::{Ahead, Queue};
use crate::quick::SyncedBook;
use crate::readings::{NEXT_STAGE, Readings};
use crate::run::{EventLog, Run, RunInfo, now};
use crate::settings::SyncSettings;
use crate::usage::Usage;
use crate::{pipeline, plugin, scope};
use proxbox_model::event::Event;
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, GoneCounts, ModuleUsage, RunReport, RunStatus};
use proxbox_model::{Identity, SourceObject};
use proxbox_netbox::{Netbox, NetboxError};
use proxbox_transform::Transforms;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Starts runs and knows those at work and waiting.
#[derive(Clone)]
pub struct Syncer(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) transforms: Arc<Transforms>,
    /// What holds before the plugin is asked.
    pub(crate) settings: SyncSettings,
    /// Which source each endpoint leads to.
    pub(crate) book: Arc<dyn SourceBook>,
    /// Who of several processes writes.
    pub(crate) lease: Arc<dyn WriterLease>,
    /// What was synced of each source.
    pub(crate) synced: Arc<dyn SyncedBook>,
    /// Held while sources get their names.
    pub(crate) naming: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
    queue: Queue,
    /// What modules did in all runs that ended.
    used: Mutex<Usage>,
    writers: Writers,
    pub(crate) readings: Readings,
    tasks: TaskTracker,
    closing: CancellationToken,
}

/// By the URL of a NetBox, what is held from its snapshot to the last write, so that two runs cannot make the same role twice.
type Writers = Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>;

/// What held when the plugin was last asked, and when somebody last tried to.
#[derive(Default)]
struct Known {
    settings: Option<Arc<SyncSettings>>,
    asked: Option<Instant>,
}

/// The plugin's settings are not asked for again within this time, except by runs.
const LATELY: Duration = Duration::from_secs(60);

impl Syncer {
    /// A syncer without runs that forgets with the process which source each endpoint leads to.
    pub fn new(transforms: Arc<Transforms>, settings: SyncSettings) -> Self {
        Self::with_book(transforms, settings, Arc::new(book::InMemory::default()))
    }

    /// A syncer without runs that keeps in a book which source each endpoint leads to and what was synced of it, and shares the right
    /// to write with every process that has the same book.
    pub fn with_book<B: SourceBook + SyncedBook + WriterLease + 'static>(
        transforms: Arc<Transforms>,
        settings: SyncSettings,
        book: Arc<B>,
    ) -> Self {
        Self(Arc::new(Shared {
            transforms,
            lease: Arc::clone(&book) as Arc<dyn WriterLease>,
            synced: Arc::clone(&book) as Arc<dyn SyncedBook>,
            book,
            naming: tokio::sync::Mutex::new(()),
            known: Mutex::default(),
            settings,
            queue: Queue::new(),
            used: Mutex::default(),
            writers: Writers::default(),
            readings: Readings::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }))
    }

    /// Starts a run, or joins the one of the same scope. While an earlier one is about some of the same endpoints, it waits.
    ///
    /// # Errors
    /// [`SyncError::Busy`] when as many runs as may wait are waiting.
    pub fn start(&self, job: Job) -> Result<Run, SyncError> {
        if job.proxmox.is_empty() {
            return Err(SyncError::NoEndpoints);
        }
        if self.0.closing.is_cancelled() {
            return Err(SyncError::ShuttingDown);
        }
        let run = self.0.queue.enter(job.scope(), |scope| self.new_run(scope))?;
        if !run.joined() {
            self.spawn(job, run.clone());
        }
        Ok(run)
    }

    /// Runs at work and waiting, in the order in which they came.
    pub fn active(&self) -> Vec<RunInfo> {
        self.0.queue.all()
    }

    /// Cancels the run of that id; false when none such is at work or waits.
    pub fn cancel(&self, id: &str) -> bool {
        self.0.queue.find(id).inspect(Run::cancel).is_some()
    }

    /// The mapping modules.
    pub fn transforms(&self) -> &Arc<Transforms> {
        &self.0.transforms
    }

    /// The site's modules, those that are not in use included. As for a run, the folder of modules is looked at first.
    pub async fn installed(&self) -> Installed {
        installed::installed(&self.0.transforms).await
    }

    /// What each module did in all runs that ended so far, those that only planned included.
    pub fn module_usage(&self) -> Vec<ModuleUsage> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner).all()
    }

    /// The settings that hold, as far as the plugin was asked by now. Every run asks.
    pub fn settings(&self) -> Arc<SyncSettings> {
        let known = self.0.known().settings.clone();
        known.unwrap_or_else(|| Arc::new(self.0.settings.clone()))
    }

    /// Whether [`Self::learn`] should be called before [`Self::settings`]: nobody asked the plugin of late.
    pub fn should_learn(&self) -> bool {
        self.0.known().asked.is_none_or(|asked| asked.elapsed() > LATELY)
    }

    /// Asks the plugin for its settings, which [`Self::settings`] gives from then on.
    ///
    /// # Errors
    /// When NetBox cannot be reached.
    pub async fn learn(&self, netbox: &Netbox) -> Result<(), NetboxError> {
        self.0.known().asked = Some(Instant::now());
        let theirs = plugin::settings_if_open(netbox).await?.unwrap_or_default();
        self.0.learned(self.0.settings.with_plugin(&theirs, &mut Vec::new()));
        Ok(())
    }

    /// The guest that a virtual machine in NetBox stands for; none when there is no such machine, or it stands for none.
    ///
    /// # Errors
    /// When NetBox cannot be read.
    pub async fn guest_of(&self, netbox: &Netbox, machine: u64) -> Result<Option<Identity>, NetboxError> {
        let guests = scope::guests_in(netbox).await?;
        Ok(guests.get(&machine).filter(|held| matches!(held.object, SourceObject::Guest(_))).cloned())
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
            started: now(),
            waits_for: None,
        };
        Run {
            info: Arc::new(info),
            log: Arc::new(EventLog::new()),
            found: Arc::default(),
            cancel: self.0.closing.child_token(),
            joined: false,
        }
    }

    fn spawn(&self, job: Job, run: Run) {
        let shared = Arc::clone(&self.0);
        // Of the highest level, so that every filter keeps it: what is told in a run names the run.
        let span =
            tracing::error_span!("run", run = run.id(), operation = journal::operation(&run.info.stages));
        let task = async move {
            let dry_run = job.options.dry_run;
            let scope = job.scope();
            let report = if shared.queue.turn(&run, |ahead| wait(&run, ahead)).await {
                Journal::begin(&run.info, dry_run);
                let work = pipeline::execute(Arc::clone(&shared), job, run.clone()).in_current_span();
                tokio::spawn(work).await.unwrap_or_else(|error| crashed(&run, dry_run, &error))
            } else {
                empty(&run, dry_run, RunStatus::Cancelled)
            };
            shared.count(&report.modules);
            let well = matches!(report.status, RunStatus::Completed | RunStatus::Partial);
            if shared.readings.leave(&scope, well) {
                shared.clear_readings_later();
            }
            shared.queue.leave(run.id());
            run.log.push(Event::RunDone { report: Arc::new(report) });
        };
        self.0.tasks.spawn(task.instrument(span));
    }
}

/// Tells what a run waits for.
fn wait(run: &Run, ahead: Ahead) {
    tracing::info!(behind = ahead.run, "run waits for another one");
    run.log.push(Event::Waiting { run: run.id().to_owned(), behind: ahead.run, endpoints: ahead.endpoints });
}

impl Shared {
    /// Lets go of what a job has read, once it does not go on.
    fn clear_readings_later(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::select! {
                () = shared.closing.cancelled() => {}
                () = tokio::time::sleep(NEXT_STAGE) => shared.readings.clear(),
            }
        });
    }

    /// Waits until no other run of this process writes into that NetBox.
    pub(crate) async fn writing(&self, netbox: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let writer = {
            let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(writers.entry(netbox.to_owned()).or_default())
        };
        writer.lock_owned().await
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, used: &[ModuleUsage]) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).add(used);
    }

    pub(crate) fn learned(&self, settings: SyncSettings) {
        *self.known() = Known { settings: Some(Arc::new(settings)), asked: Some(Instant::now()) };
    }
}

/// The report of a run whose task panicked: a defect of ours, told as such.
fn crashed(run: &Run, dry_run: bool, error: &tokio::task::JoinError) -> RunReport {
    tracing::error!(run = run.id(), %error, "a run crashed");
    let problem = Problem::new("sync-crashed", "the run stopped because of a defect in Proxbox")
        .with_hint("please report it with the log of this time; the next run goes on from here");
    RunReport {
        failure: Some(problem.clone()),
        problems: vec![problem],
        ..empty(run, dry_run, RunStatus::Failed)
    }
}

/// The report of a run that did nothing.
fn empty(run: &Run, dry_run: bool, status: RunStatus) -> RunReport {
    RunReport {
        run: run.id().to_owned(),
        status,
        dry_run,
        counts: Counts::default(),
        dependencies: Counts::default(),
        gone: GoneCounts::default(),
        duration_seconds: 0.0,
        netbox_requests: 0,
        netbox_writes: 0,
        proxmox_requests: 0,
        quick: None,
        objects: Vec::new(),
        problems: Vec::new(),
        failure: None,
        modules: Vec::new(),
        module_log: Vec::new(),
        staged: Vec::new(),
    }
}
