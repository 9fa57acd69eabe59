//! The one path of a run, step by step.

use crate::aside::aside;
use crate::choices::Choices;
use crate::focus::{Aim, Found, narrow};
use crate::job::Job;
use crate::mapping::MappedFacts;
use crate::modules::RunModules;
use crate::opened::Opened;
use crate::outcomes::{Outcomes, foreseen};
use crate::plugin::Plugin;
use crate::progress::{End, Progress};
use crate::quick::{Conditions, Known, ToNote};
use crate::run::{Run, now};
use crate::scope::Coverage;
use crate::settings::SyncSettings;
use crate::sources::Wanted;
use crate::syncer::Shared;
use crate::{lease, mapping, preview, seen, sources};
use proxbox_model::Identity;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::event::Event;
use proxbox_model::facts::Target;
use proxbox_model::options::{Focus, Kept, RunOptions};
use proxbox_model::plan::Plan;
use proxbox_model::problem::Problem;
use proxbox_model::report::RunReport;
use proxbox_netbox::{Capabilities, Netbox, NetboxError};
use proxbox_proxmox::{Fleet, Parts};
use proxbox_reconcile::{
    EndpointRow, Hidden, Lowered, Reaching, Records, Sources, State, World, hidden, lower, reconcile,
};
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
            Err(problem) => {
                progress.fail(problem);
                End::Failed
            }
        },
    };
    progress.finish();
    progress.report(&run.info, job.options.dry_run, end)
}

async fn steps(shared: &Shared, job: &Job, run: &Run, progress: &Progress) -> Result<(), Problem> {
    let opened = Opened::of(shared, (job, &job.scope()), progress).await?;
    sync(shared, &opened, (job, run), progress).await?;
    if progress.plans_again() {
        opened.netbox.forget_lists();
        sync(shared, &opened, (job, run), progress).await?;
    }
    Ok(())
}

/// Reads, maps and writes everything that the run is about.
async fn sync(
    shared: &Shared,
    opened: &Opened,
    (job, run): (&Job, &Run),
    progress: &Progress,
) -> Result<(), Problem> {
    let failed = |error: NetboxError| Problem::from(&error);
    let scope = job.scope();
    let Opened { netbox, capabilities, plugin, settings, .. } = opened;
    let (mut coverage, left_out) = Coverage::new(&job.stages(), capabilities);
    left_out.into_iter().for_each(|problem| progress.warn(problem));
    for problem in coverage.restrict(netbox, &job.options.netbox_vm_ids).await.map_err(failed)? {
        progress.degrade(problem);
    }
    let nothing = Map::new();
    let theirs = plugin.as_ref().map_or(&nothing, |plugin| &plugin.settings);
    let settings = settings.clone().with_request(&job.options, theirs);

    let endpoints = limited(job, &settings, plugin.as_ref());
    let focus = job.options.focus.as_ref();
    let parts = focus.map_or_else(|| coverage.parts(), |focus| narrow(focus, coverage.parts()));
    let parts = Parts { overview: job.is_whole() && !job.options.dry_run, ..parts };
    let modules = RunModules::take(&shared.transforms, job.options.dry_run).await;
    let target =
        Target { netbox_version: capabilities.version.clone(), features: capabilities.features.clone() };
    let conditions =
        Conditions { job, settings: &settings, plugin: plugin.as_ref(), target: &target, modules: &modules };
    let known = match job.is_quick() {
        true => Some(Known::of(shared, netbox.url(), &conditions).await?),
        false => None,
    };
    let now = now();
    let wanted = Wanted {
        endpoints: &endpoints,
        settings: &settings.proxmox,
        parts: &parts,
        now,
        scope: &scope,
        learns: !job.options.dry_run,
        quick: known.as_ref(),
    };
    let mut fleets = sources::read((shared, netbox), &wanted, progress).await?;
    if let Some(focus) = focus {
        fleets = looked_at(focus, fleets, run);
    }
    if fleets.is_empty() {
        return Ok(());
    }
    modules.tell(progress);
    let Prepared { mapped, sources, mut world, to_note } =
        prepare(fleets, &conditions, (capabilities, now), (&mut coverage, &parts), progress).await;
    // Two runs must not make the same role twice, in this process or in another.
    let _alone = shared.writing(netbox.url()).await;
    let _lease = match job.options.dry_run {
        true => None,
        false => Some(lease::wait(&shared.lease, netbox.url(), run.id(), progress).await?),
    };
    if !job.options.dry_run {
        shared.readings.is_written(opened);
    }
    world.uuids = shared.book.uuids().await?;
    let uuids = write(job, netbox, mapped, (sources, world), progress).await?;
    if job.options.dry_run {
        return Ok(());
    }
    if !uuids.is_empty() {
        shared.book.uuids_learned(uuids).await?;
    }
    if let Err(problem) = to_note.note(shared, netbox.url(), &progress.not_right()).await {
        progress.warn(problem);
    }
    Ok(())
}

/// What a run is going to write, before NetBox is asked what it holds.
struct Prepared {
    mapped: MappedFacts,
    sources: Sources,
    world: World,
    to_note: ToNote,
}

/// Maps everything that was read.
async fn prepare(
    fleets: Vec<Fleet>,
    conditions: &Conditions<'_>,
    (capabilities, now): (&Capabilities, u64),
    (coverage, parts): (&mut Coverage, &Parts),
    progress: &Progress,
) -> Prepared {
    let Conditions { job, plugin, target, modules, .. } = *conditions;
    let mut prepared = Prepared {
        mapped: MappedFacts::default(),
        sources: Sources { remove: removable(&job.options), ..Sources::default() },
        world: World { records: records(capabilities), now, ..World::default() },
        to_note: ToNote::default(),
    };
    for mut fleet in fleets {
        if job.is_quick() {
            narrow_to_what_changed(&fleet, coverage, progress);
        }
        prepared.to_note.add(&mut fleet, parts, conditions);
        let row = row_of(job, plugin, &fleet);
        if plugin.is_some() && row.is_none() {
            progress.warn(unknown_to_the_plugin(&fleet));
        }
        let choices = conditions.choices(&fleet.source.endpoint, row);
        let aim = job.options.focus.as_ref().map(|focus| Aim::at(focus, &fleet));
        if aim.is_none() {
            seen::add(&mut prepared.sources, &fleet, coverage, &choices);
        }
        describe(&mut prepared.world, job, &fleet, row, &choices);
        let of_run = mapping::OfRun { coverage, choices: &choices, aim: aim.as_ref() };
        mapping::map(fleet, target, of_run, modules, progress, &mut prepared.mapped).await;
    }
    prepared
}

/// Lets a quick run look only at the guests of a fleet that may have changed.
fn narrow_to_what_changed(fleet: &Fleet, coverage: &mut Coverage, progress: &Progress) {
    let all = fleet.guests.len();
    match &fleet.narrowed {
        None => progress.looked(all, all),
        Some(changes) => {
            let there = fleet.guests.iter().filter(|guest| changes.guests.contains(&guest.vmid));
            progress.looked(all, there.count());
            coverage.narrow(&fleet.source.cluster, changes.guests.clone());
        }
    }
}

/// The fleets that hold anything of what a run is about. What was found is kept for whoever asked.
fn looked_at(focus: &Focus, fleets: Vec<Fleet>, run: &Run) -> Vec<Fleet> {
    let mut found = Found::default();
    let mut holding = Vec::new();
    for fleet in fleets {
        let aim = Aim::at(focus, &fleet);
        found.clusters.push(fleet.called.clone());
        found.objects.extend(aim.objects(&fleet.source.cluster));
        found.unread.extend(aim.unread().cloned());
        if !aim.is_empty() {
            holding.push(fleet);
        }
    }
    // Set once, by the run's own task.
    let _ = run.found.set(found);
    holding
}

/// The endpoints with the limits that hold for each.
fn limited(job: &Job, settings: &SyncSettings, plugin: Option<&Plugin>) -> Vec<ProxmoxEndpoint> {
    let row = |endpoint| plugin.and_then(|plugin| plugin.endpoint(endpoint));
    job.proxmox.iter().map(|endpoint| settings.limit(endpoint, row(endpoint))).collect()
}

pub(crate) fn records(capabilities: &Capabilities) -> Records {
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
        let cluster = fleet.called.clone();
        world.endpoints.insert(source, EndpointRow { id, stored: stored.id, cluster });
    }
}

/// Carries a run out, and returns the SMBIOS UUIDs of guests that are not noted yet.
async fn write(
    job: &Job,
    netbox: &Netbox,
    mapped: MappedFacts,
    (sources, world): (Sources, World),
    progress: &Progress,
) -> Result<HashMap<Identity, String>, Problem> {
    let MappedFacts { facts, compared, .. } = mapped;
    let (lowered, world) = aside(move || (lower(facts, &world), world)).await;
    let state = consistent(netbox, &lowered, &sources).await?;
    let (kept, dry_run) = (Kept::from_flags(&job.options.overwrite), job.options.dry_run);
    let (reconciled, previews, world) = aside(move || {
        let reconciled = reconcile(lowered, &state, &kept, &sources, &world);
        let previews = if dry_run { preview::previews(&reconciled, compared, &state) } else { Vec::new() };
        (reconciled, previews, world)
    })
    .await;
    tell_stale(&reconciled.plan, progress);
    reconciled.problems.iter().for_each(|problem| progress.warn(problem.clone()));

    let mut outcomes = Outcomes::new(&reconciled, previews, job.stages(), netbox.url());
    progress.begin(outcomes.stages());
    if dry_run {
        for (position, applied) in foreseen(&reconciled.plan) {
            outcomes.settle(position, applied, &[], progress);
        }
    } else {
        netbox
            .apply(&reconciled.plan, &mut |position, applied, without| {
                outcomes.settle(position, applied.clone(), without, progress);
            })
            .await;
        outcomes.tell_shortfalls(progress);
        outcomes.tell_what_came(progress);
    }
    Ok(outcomes.uuids(&world.uuids))
}

/// What NetBox holds that the run can touch. A token that hides rows would make a run write them a second time.
async fn consistent(netbox: &Netbox, lowered: &Lowered, sources: &Sources) -> Result<State, Problem> {
    let read = || async {
        let reaching = Reaching::new(lowered, sources);
        netbox.snapshot_in_reach(reaching).await.map_err(|error: NetboxError| Problem::from(&error))
    };
    let state = read().await?;
    if hidden(&state).is_empty() {
        return Ok(state);
    }
    // Somebody may have added or deleted something meanwhile.
    netbox.forget_lists();
    let state = read().await?;
    match hidden(&state).first() {
        None => Ok(state),
        Some(hidden) => Err(hides(hidden)),
    }
}

fn hides(Hidden { referring, missing, rows }: &Hidden) -> Problem {
    let (referring, missing) = (referring.label, missing.label);
    Problem::new(
        "sync-netbox-hides",
        format!("This token may not see every {missing} in NetBox: for {rows} {referring}(s) it is not in the list"),
    )
    .with_hint(format!(
        "Nothing was written, because what is not seen would be made again. Let the token's user view every {missing}, \
         without constraints."
    ))
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
