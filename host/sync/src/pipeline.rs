//! The one path of a run, step by step.

use crate::job::Job;
use crate::mapping;
use crate::progress::{End, Progress, StageProgress};
use crate::run::Run;
use crate::sources;
use crate::syncer::Shared;
use proxbox_model::event::{Event, Item};
use proxbox_model::facts::Target;
use proxbox_model::options::Kept;
use proxbox_model::plan::{Action, Applied, Plan};
use proxbox_model::problem::Problem;
use proxbox_model::report::{ObjectReport, ObjectResult, RunReport, Stage};
use proxbox_netbox::{Netbox, NetboxError};
use proxbox_reconcile::{Fact, FactOutcome, FactResult, Reconciled, Sources, lower, reconcile, report};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub(crate) async fn execute(shared: Arc<Shared>, job: Job, run: Run) -> RunReport {
    let progress = Progress::new(Arc::clone(&run.log));
    progress.emit(Event::RunStarted { run: run.id().to_owned(), stages: job.stages() });
    let end = tokio::select! {
        biased;
        () = run.cancel.cancelled() => End::Cancelled,
        result = steps(&shared, &job, &run, &progress) => match result {
            Ok(()) => End::Through,
            Err(error) => {
                progress.degrade(Problem::from(&error));
                End::Failed
            }
        },
    };
    progress.finish();
    progress.report(&run.info, job.options.dry_run, end)
}

async fn steps(shared: &Shared, job: &Job, run: &Run, progress: &Progress) -> Result<(), NetboxError> {
    let netbox = Arc::new(Netbox::new(&job.netbox, shared.settings.netbox.clone())?);
    progress.use_netbox(Arc::clone(&netbox));
    let capabilities = netbox.probe().await?;
    let target =
        Target { netbox_version: capabilities.version.clone(), features: capabilities.features.clone() };

    let fleets = sources::read(&job.proxmox, &shared.settings.proxmox, run.info.started, progress).await;
    if fleets.is_empty() {
        return Ok(());
    }
    let sources =
        Sources { complete: names(fleets.iter().filter(|fleet| fleet.complete)), read: names(fleets.iter()) };
    let modules = shared.transforms.modules();
    for problem in modules.problems() {
        progress.degrade(problem.clone());
    }
    let mut facts = Vec::new();
    for fleet in fleets {
        facts.extend(mapping::map(fleet, &target, &job.stages(), &modules, progress).await);
    }
    write(shared, job, &netbox, facts, &sources, progress).await
}

fn names<'a>(fleets: impl Iterator<Item = &'a proxbox_proxmox::Fleet>) -> BTreeSet<String> {
    fleets.map(|fleet| fleet.source.cluster.clone()).collect()
}

async fn write(
    shared: &Shared,
    job: &Job,
    netbox: &Netbox,
    facts: Vec<(Fact, FactOutcome)>,
    sources: &Sources,
    progress: &Progress,
) -> Result<(), NetboxError> {
    let _alone = shared.writing.lock().await;
    let lowered = lower(facts);
    let state = netbox.snapshot(&lowered.kinds()).await?;
    let kept = Kept::from_flags(&job.options.overwrite);
    let reconciled = reconcile(lowered, &state, &kept, sources);
    drop(state);
    tell_stale(&reconciled.plan, progress);

    let mut outcome = Outcomes::new(&reconciled, job.stages(), netbox.url());
    progress.begin(outcome.stages());
    if job.options.dry_run {
        for (position, applied) in foreseen(&reconciled.plan) {
            outcome.settle(position, applied, progress);
        }
    } else {
        netbox
            .apply(&reconciled.plan, &mut |position, applied| {
                outcome.settle(position, applied.clone(), progress);
            })
            .await;
    }
    Ok(())
}

fn tell_stale(plan: &Plan, progress: &Progress) {
    let mut stale: HashMap<&str, Vec<&str>> = HashMap::new();
    for object in &plan.stale {
        stale.entry(object.kind.label).or_default().push(&object.name);
    }
    for (label, names) in stale {
        let shown = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        let more = if names.len() > 5 { " …" } else { "" };
        progress.warn(
            Problem::new(
                "sync-stale",
                format!("{} {label}(s) in NetBox are gone from Proxmox: {shown}{more}", names.len()),
            )
            .with_hint("nothing was removed; delete them in NetBox when they are not needed"),
        );
    }
}

/// What applying would come to when NetBox refuses nothing; ids of objects that are not there yet are 0.
fn foreseen(plan: &Plan) -> impl Iterator<Item = (usize, Applied)> + '_ {
    plan.objects.iter().enumerate().map(|(position, object)| {
        let applied = match &object.action {
            Action::Create(_) => Applied::Created(0),
            Action::Update { id, .. } => Applied::Updated(*id),
            Action::Unchanged { id } => Applied::Unchanged(*id),
            Action::Conflict(problem) => Applied::Conflict(problem.clone()),
            Action::Fail(problem) => Applied::Failed(problem.clone()),
        };
        (position, applied)
    })
}

/// Turns what became of planned objects into reports of the facts behind them.
struct Outcomes<'a> {
    plan: &'a Plan,
    facts: &'a [(Fact, FactResult)],
    /// Facts by position of their object in the plan.
    by_position: HashMap<usize, Vec<usize>>,
    applied: Vec<Applied>,
    stages: Vec<Stage>,
    netbox_url: &'a str,
}

impl<'a> Outcomes<'a> {
    fn new(reconciled: &'a Reconciled, stages: Vec<Stage>, netbox_url: &'a str) -> Self {
        let mut by_position: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, (_, result)) in reconciled.facts.iter().enumerate() {
            if let FactResult::Planned(position) = result {
                by_position.entry(*position).or_default().push(index);
            }
        }
        let pending = Problem::new("sync-not-reached", "the run ended before this object's turn");
        let applied = vec![Applied::Failed(pending); reconciled.plan.objects.len()];
        Self { plan: &reconciled.plan, facts: &reconciled.facts, by_position, applied, stages, netbox_url }
    }

    /// Every stage of the run with its items and what is settled before anything is written.
    fn stages(&self) -> Vec<StageProgress> {
        self.stages
            .iter()
            .map(|stage| {
                let mut progress = StageProgress::new(*stage);
                for fact in self.facts.iter().filter(|(fact, _)| fact.stage == *stage) {
                    progress
                        .items
                        .push(Item { name: fact.0.name.clone(), item_type: fact.0.item_type.clone() });
                    if let (_, FactResult::Settled(_)) = fact {
                        progress.settled.push(self.report(fact));
                    }
                }
                progress
            })
            .collect()
    }

    fn report(&self, fact: &(Fact, FactResult)) -> ObjectReport {
        let mut object = report(fact, self.plan, &self.applied, self.netbox_url);
        if object.netbox_id == Some(0) {
            object.netbox_id = None;
            object.netbox_url = None;
        }
        object
    }

    fn settle(&mut self, position: usize, applied: Applied, progress: &Progress) {
        let result = dependency_result(&applied);
        if let Some(slot) = self.applied.get_mut(position) {
            *slot = applied;
        }
        let mut reported = false;
        for index in self.by_position.get(&position).into_iter().flatten() {
            if let Some(fact) = self.facts.get(*index).filter(|(fact, _)| self.stages.contains(&fact.stage)) {
                progress.done(self.report(fact));
                reported = true;
            }
        }
        if !reported {
            progress.count_dependency(&result);
        }
    }
}

fn dependency_result(applied: &Applied) -> ObjectResult {
    match applied {
        Applied::Created(_) => ObjectResult::Created,
        Applied::Updated(_) => ObjectResult::Updated { fields: Vec::new(), adopted: false },
        Applied::Unchanged(_) => ObjectResult::Unchanged,
        Applied::Conflict(problem) => ObjectResult::Conflict { problem: problem.clone() },
        Applied::Failed(problem) => ObjectResult::Failed { problem: problem.clone() },
    }
}
