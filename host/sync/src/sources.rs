//! Reading every selected Proxmox endpoint, side by side, and telling which source it leads to; one that cannot be read does not
//! fail the others.

use crate::book::{self, HeldCluster, Recognised};
use crate::job::Scope;
use crate::progress::Progress;
use crate::quick::{Finding, Known};
use crate::syncer::Shared;
use futures::future::join_all;
use proxbox_model::SourceObject;
use proxbox_model::endpoint::{KnownSource, ProxmoxEndpoint};
use proxbox_model::event::Event;
use proxbox_model::kind;
use proxbox_model::problem::Problem;
use proxbox_netbox::{Netbox, NetboxError};
use proxbox_proxmox::{Fleet, Look, Parts, ProxmoxError, ProxmoxSettings, read_fleet};
use proxbox_reconcile::identities;
use std::sync::Arc;

/// What a run wants to read.
pub(crate) struct Wanted<'a> {
    pub(crate) endpoints: &'a [ProxmoxEndpoint],
    pub(crate) settings: &'a ProxmoxSettings,
    pub(crate) parts: &'a Parts,
    /// Seconds since the Unix epoch.
    pub(crate) now: u64,
    pub(crate) scope: &'a Scope,
    /// Whether the book learns which source an endpoint leads to.
    pub(crate) learns: bool,
    /// What a quick run knows already.
    pub(crate) quick: Option<&'a Known>,
}

/// Every fleet that could be read and is known for what it is, each source once, in the order of the endpoints.
pub(crate) async fn read(
    (shared, netbox): (&Shared, &Netbox),
    wanted: &Wanted<'_>,
    progress: &Progress,
) -> Result<Vec<Fleet>, Problem> {
    let reads = wanted.endpoints.iter().map(|endpoint| async move {
        read_one((shared, netbox), endpoint, wanted, progress).await.unwrap_or_else(|problem| {
            progress.degrade(problem);
            None
        })
    });
    let fleets = join_all(reads).await.into_iter().zip(wanted.endpoints);
    let fleets = fleets.filter_map(|(fleet, endpoint)| Some((endpoint.id, fleet?))).collect();
    let fleets = recognised((shared, netbox), fleets, wanted.learns, progress).await?;
    Ok(distinct(fleets, progress))
}

/// The fleets under the names by which their sources are known.
async fn recognised(
    (shared, netbox): (&Shared, &Netbox),
    fleets: Vec<(i64, Fleet)>,
    learns: bool,
    progress: &Progress,
) -> Result<Vec<Fleet>, Problem> {
    // Two runs side by side must not give two sources one name.
    let _alone = shared.naming.lock().await;
    let known = shared.book.known().await?;
    let borrowed: Vec<(i64, &Fleet)> = fleets.iter().map(|(endpoint, fleet)| (*endpoint, fleet)).collect();
    let is_new = |endpoint: &i64| !known.of_endpoints.contains_key(endpoint);
    let held = match borrowed.iter().any(|(endpoint, _)| is_new(endpoint)) {
        true => clusters_in(netbox).await.map_err(|error| Problem::from(&error))?,
        false => Vec::new(),
    };
    let verdicts = book::recognise(&borrowed, &known, &held);
    let mut taken = Vec::with_capacity(fleets.len());
    for ((endpoint, mut fleet), verdict) in fleets.into_iter().zip(verdicts) {
        match verdict {
            Recognised::Source { source, shown } => {
                if source.name != fleet.called && !known.of_endpoints.contains_key(&endpoint) {
                    progress.warn(told_apart(&fleet, &source));
                }
                if learns && endpoint > 0 && known.of_endpoints.get(&endpoint) != Some(&source) {
                    shared.book.learned(endpoint, source.clone()).await?;
                }
                fleet.source.cluster = source.name;
                fleet.called = source.cluster;
                fleet.cluster.name = shown;
                (fleet.source.mode, fleet.cluster.mode) = (source.mode, source.mode);
                taken.push(fleet);
            }
            Recognised::Unknown => progress.degrade(unknown(&fleet)),
            Recognised::Changed(before) => progress.degrade(changed(&fleet, &before)),
        }
    }
    Ok(taken)
}

/// The fleet of an endpoint; none when a quick run finds that nothing may have changed.
async fn read_one(
    (shared, netbox): (&Shared, &Netbox),
    endpoint: &ProxmoxEndpoint,
    wanted: &Wanted<'_>,
    progress: &Progress,
) -> Result<Option<Fleet>, Problem> {
    let Wanted { settings, parts, now, scope, quick, learns, .. } = *wanted;
    let failed = |error: ProxmoxError| Problem::from(&error);
    let tell = |done, total| {
        progress.emit(Event::Reading { endpoint: endpoint.name.clone(), done, total });
    };
    tell(0, None);
    let (client, before) = shared.readings.client(scope, endpoint, settings).await.map_err(failed)?;
    progress.count_requests_of(Arc::clone(&client), before);
    let look = match quick {
        None => None,
        Some(known) => match known.look(&client, endpoint).await.map_err(failed)? {
            Finding::Something(look) => Some(look),
            Finding::Nothing(overview) => {
                progress.looked(overview.guests(), 0);
                if learns {
                    known.note_again(shared, netbox.url(), endpoint.id, overview).await?;
                }
                return Ok(None);
            }
            Finding::Everything(why) => {
                progress.warn(why);
                None
            }
        },
    };
    let narrowed = look.as_ref().map(|look| parts.narrowed_to(&look.changes));
    let parts = narrowed.as_ref().unwrap_or(parts);
    let mut fleet = read_fleet(&client, endpoint, now, parts, &tell).await.map_err(failed)?;
    if let Some(Look { overview, changes }) = look {
        (fleet.overview, fleet.narrowed) = (Some(overview), Some(changes));
    }
    fleet.problems.iter().for_each(|problem| progress.degrade(problem.clone()));
    fleet.notes.iter().for_each(|note| progress.warn(note.clone()));
    Ok(Some(fleet))
}

/// The clusters of NetBox that stand for sources.
async fn clusters_in(netbox: &Netbox) -> Result<Vec<HeldCluster>, NetboxError> {
    let Some(clusters) = kind::of(&SourceObject::Cluster) else { return Ok(Vec::new()) };
    let kinds: Vec<_> = std::iter::once(clusters).chain(clusters.sidecar()).collect();
    let state = netbox.snapshot(&kinds).await?;
    let sources = identities(&state, clusters);
    let held = state.objects(clusters).filter_map(|(id, cluster)| {
        let name = cluster.get("name")?.as_str()?.to_owned();
        Some(HeldCluster { name, source: sources.get(&id)?.source.clone() })
    });
    Ok(held.collect())
}

/// A source that two endpoints lead to is taken once.
fn distinct(fleets: Vec<Fleet>, progress: &Progress) -> Vec<Fleet> {
    let mut taken: Vec<Fleet> = Vec::with_capacity(fleets.len());
    for fleet in fleets {
        match taken.iter().find(|first| first.source.cluster == fleet.source.cluster) {
            Some(first) => progress.warn(same_cluster_twice(first, &fleet)),
            None => taken.push(fleet),
        }
    }
    taken
}

fn same_cluster_twice(first: &Fleet, second: &Fleet) -> Problem {
    let (one, two, cluster) = (&first.source.endpoint, &second.source.endpoint, &first.source.cluster);
    Problem::new(
        "sync-same-cluster-twice",
        format!("endpoints {one} and {two} both lead to cluster {cluster}; it was taken once, through {one}"),
    )
    .with_hint("disable one of the two endpoints")
}

fn told_apart(fleet: &Fleet, source: &KnownSource) -> Problem {
    let (endpoint, called, name) = (&fleet.source.endpoint, &fleet.called, &source.name);
    Problem::new(
        "sync-source-told-apart",
        format!("endpoint {endpoint} leads to a {called} of its own, which is not the one that NetBox holds; it is called {name} there"),
    )
    .with_hint("Nothing has to be done. To have another name, rename the endpoint before its first sync.")
}

fn unknown(fleet: &Fleet) -> Problem {
    let endpoint = &fleet.source.endpoint;
    Problem::new(
        "sync-source-unknown",
        format!(
            "nobody can tell which cluster endpoint {endpoint} leads to, so that nothing of it was written"
        ),
    )
    .with_hint("Give both the user and its token the privilege Sys.Audit on path / (role PVEAuditor).")
}

fn changed(fleet: &Fleet, before: &KnownSource) -> Problem {
    let (endpoint, now, before) = (&fleet.source.endpoint, &fleet.called, &before.cluster);
    Problem::new(
        "sync-source-changed",
        format!("endpoint {endpoint} leads to another installation now ({now}) than before ({before}), so that nothing of it was written"),
    )
    .with_hint(format!(
        "If it is another one, run `proxbox endpoint confirm {endpoint}`: what NetBox holds of the former stays as it is. If the former \
         was installed anew, add `--same`: its objects go on."
    ))
}
