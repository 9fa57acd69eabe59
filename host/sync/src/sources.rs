//! Reading every selected Proxmox endpoint, side by side; one that cannot be read does not fail the others.

use crate::progress::Progress;
use futures::future::join_all;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::event::Event;
use proxbox_model::problem::Problem;
use proxbox_proxmox::{Fleet, Parts, Proxmox, ProxmoxError, ProxmoxSettings, read_fleet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every fleet that could be read, each cluster once, in the order of the endpoints.
pub(crate) async fn read(
    endpoints: &[ProxmoxEndpoint],
    settings: &ProxmoxSettings,
    parts: &Parts,
    now: u64,
    progress: &Progress,
) -> Vec<Fleet> {
    let reads = endpoints.iter().map(|endpoint| async move {
        match read_one(endpoint, settings, parts, now, progress).await {
            Ok(fleet) => Some(fleet),
            Err(error) => {
                progress.degrade(Problem::from(&error));
                None
            }
        }
    });
    let fleets = join_all(reads).await.into_iter().flatten().collect();
    distinct(fleets, progress)
}

async fn read_one(
    endpoint: &ProxmoxEndpoint,
    settings: &ProxmoxSettings,
    parts: &Parts,
    now: u64,
    progress: &Progress,
) -> Result<Fleet, ProxmoxError> {
    let tell = |done, total| {
        progress.emit(Event::Reading { endpoint: endpoint.name.clone(), done, total });
    };
    tell(0, None);
    let client = Arc::new(Proxmox::connect(endpoint, settings.clone()).await?);
    progress.count_requests_of(Arc::clone(&client));
    let fleet = read_fleet(&client, endpoint, now, parts, &tell).await?;
    fleet.problems.iter().for_each(|problem| progress.degrade(problem.clone()));
    fleet.notes.iter().for_each(|note| progress.warn(note.clone()));
    Ok(fleet)
}

/// A cluster that two endpoints lead to is taken once. Two different clusters of one name cannot be told apart in
/// NetBox, so the second is left out and said to be.
fn distinct(fleets: Vec<Fleet>, progress: &Progress) -> Vec<Fleet> {
    let mut taken: BTreeMap<String, Fleet> = BTreeMap::new();
    let mut order = Vec::new();
    for fleet in fleets {
        let name = fleet.source.cluster.clone();
        match taken.get(&name) {
            None => {
                order.push(name.clone());
                taken.insert(name, fleet);
            }
            Some(first) if same_cluster(first, &fleet) => progress.warn(same_cluster_twice(first, &fleet)),
            Some(first) => progress.degrade(name_taken(first, &fleet)),
        }
    }
    order.into_iter().filter_map(|name| taken.remove(&name)).collect()
}

fn same_cluster(one: &Fleet, other: &Fleet) -> bool {
    let nodes = |fleet: &Fleet| -> Vec<_> {
        fleet.nodes.iter().map(|node| (node.name.clone(), node.ip.clone())).collect()
    };
    let guests =
        |fleet: &Fleet| -> Vec<_> { fleet.guests.iter().map(|guest| (guest.vmid, guest.kind)).collect() };
    nodes(one) == nodes(other) && guests(one) == guests(other)
}

fn same_cluster_twice(first: &Fleet, second: &Fleet) -> Problem {
    let (one, two, cluster) = (&first.source.endpoint, &second.source.endpoint, &first.source.cluster);
    Problem::new(
        "sync-same-cluster-twice",
        format!("endpoints {one} and {two} both lead to cluster {cluster}; it was taken once, through {one}"),
    )
    .with_hint("disable one of the two endpoints")
}

fn name_taken(first: &Fleet, second: &Fleet) -> Problem {
    let (one, two, cluster) = (&first.source.endpoint, &second.source.endpoint, &first.source.cluster);
    Problem::new(
        "sync-cluster-name-taken",
        format!("endpoints {one} and {two} lead to different clusters which are both called {cluster}; {two} was left out"),
    )
    .with_hint("cluster names tell sources apart, so every cluster (and node on its own) needs a name of its own")
}
