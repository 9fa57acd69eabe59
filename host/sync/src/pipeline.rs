//! The one path of a run, step by step.

use crate::choices::Choices;
use crate::job::Job;
use crate::outcomes::{Outcomes, foreseen};
use crate::plugin::{self, Plugin};
use crate::progress::{End, Progress};
use crate::run::Run;
use crate::scope::Coverage;
use crate::syncer::Shared;
use crate::{mapping, seen, sources};
use proxbox_model::event::Event;
use proxbox_model::facts::Target;
use proxbox_model::options::{Kept, RunOptions};
use proxbox_model::plan::Plan;
use proxbox_model::problem::Problem;
use proxbox_model::report::RunReport;
use proxbox_netbox::{Capabilities, Netbox, NetboxError};
use proxbox_proxmox::Fleet;
use proxbox_reconcile::{EndpointRow, Fact, FactOutcome, Records, Sources, World, lower, reconcile};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
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
    let (mut coverage, left_out) = Coverage::new(&job.stages(), &capabilities);
    left_out.into_iter().for_each(|problem| progress.warn(problem));
    for problem in coverage.restrict(&netbox, &job.options.netbox_vm_ids).await? {
        progress.degrade(problem);
    }
    let plugin = read_plugin(&netbox, &capabilities, progress).await?;

    let settings = sources::settings(&shared.settings.proxmox, &job.options);
    let fleets = sources::read(&job.proxmox, &settings, &coverage.parts(), run.info.started, progress).await;
    if fleets.is_empty() {
        return Ok(());
    }
    let modules = shared.transforms.modules();
    for problem in modules.problems() {
        progress.degrade(problem.clone());
    }
    let target =
        Target { netbox_version: capabilities.version.clone(), features: capabilities.features.clone() };
    let mut world = World { records: records(&capabilities), now: run.info.started, ..World::default() };
    let mut sources = Sources { remove: removable(&job.options), ..Sources::default() };
    let mut facts = Vec::new();
    for fleet in fleets {
        let row = row_of(job, plugin.as_ref(), &fleet);
        if plugin.is_some() && row.is_none() {
            progress.warn(unknown_to_the_plugin(&fleet));
        }
        let choices = Choices::new(&job.options, plugin.as_ref(), row);
        seen::add(&mut sources, &fleet, &coverage, &choices);
        describe(&mut world, job, &fleet, row, &choices);
        facts.extend(mapping::map(fleet, &target, &coverage, &choices, &modules, progress).await);
    }
    write(shared, job, &netbox, facts, &sources, &world, progress).await
}

async fn read_plugin(
    netbox: &Netbox,
    capabilities: &Capabilities,
    progress: &Progress,
) -> Result<Option<Plugin>, NetboxError> {
    if !plugin::is_installed(capabilities) {
        return Ok(None);
    }
    let mut problems = Vec::new();
    let plugin = Plugin::read(netbox, &mut problems).await?;
    problems.into_iter().for_each(|problem| progress.warn(problem));
    Ok(Some(plugin))
}

fn records(capabilities: &Capabilities) -> Records {
    let has = |feature: &str| capabilities.features.iter().any(|known| known == feature);
    match (has("sync-state"), has("proxmox-custom-fields")) {
        (true, _) => Records::Sidecars,
        (false, true) => Records::CustomFields,
        (false, false) => Records::Identity,
    }
}

fn removable(options: &RunOptions) -> std::collections::BTreeSet<&'static str> {
    let kinds = [
        (options.delete_nonexistent_backup, "netbox_proxbox.vmbackup"),
        (options.delete_nonexistent_snapshot, "netbox_proxbox.vmsnapshot"),
    ];
    kinds.into_iter().filter(|(wanted, _)| *wanted).map(|(_, kind)| kind).collect()
}

/// The plugin's row of the endpoint that a fleet was read from.
fn row_of<'a>(job: &Job, plugin: Option<&'a Plugin>, fleet: &Fleet) -> Option<&'a Map<String, Json>> {
    let endpoint = job.proxmox.iter().find(|endpoint| endpoint.name == fleet.source.endpoint)?;
    plugin?.endpoint(endpoint)
}

fn unknown_to_the_plugin(fleet: &Fleet) -> Problem {
    let endpoint = &fleet.source.endpoint;
    Problem::new(
        "sync-endpoint-not-in-plugin",
        format!("The netbox-proxbox plugin has no Proxmox endpoint that is clearly {endpoint}, so that its jobs have no place"),
    )
    .with_hint("Add it in NetBox with the same host name or address, port and name; everything else is synced.")
}

/// Tells the world of a source.
fn describe(world: &mut World, job: &Job, fleet: &Fleet, row: Option<&Map<String, Json>>, choices: &Choices) {
    let source = fleet.source.cluster.clone();
    world.kept.insert(source.clone(), choices.kept.clone());
    let stored = job.proxmox.iter().find(|endpoint| endpoint.name == fleet.source.endpoint);
    if let (Some(id), Some(stored)) = (row.and_then(|row| row.get("id")?.as_u64()), stored) {
        world.endpoints.insert(source, EndpointRow { id, stored: stored.id });
    }
}

async fn write(
    shared: &Shared,
    job: &Job,
    netbox: &Netbox,
    facts: Vec<(Fact, FactOutcome)>,
    sources: &Sources,
    world: &World,
    progress: &Progress,
) -> Result<(), NetboxError> {
    let _alone = shared.writing.lock().await;
    let lowered = lower(facts, world);
    let state = netbox.snapshot(&lowered.kinds_with(sources)).await?;
    let kept = Kept::from_flags(&job.options.overwrite);
    let reconciled = reconcile(lowered, &state, &kept, sources, world);
    drop(state);
    tell_stale(&reconciled.plan, progress);
    reconciled.problems.iter().for_each(|problem| progress.warn(problem.clone()));

    let mut outcomes = Outcomes::new(&reconciled, job.stages(), netbox.url());
    progress.begin(outcomes.stages());
    if job.options.dry_run {
        for (position, applied) in foreseen(&reconciled.plan) {
            outcomes.settle(position, applied, progress);
        }
    } else {
        netbox
            .apply(&reconciled.plan, &mut |position, applied| {
                outcomes.settle(position, applied.clone(), progress);
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
