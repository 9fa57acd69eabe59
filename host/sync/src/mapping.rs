//! Facts through the modules: each source's clusters, nodes and guests become outcomes.

use crate::progress::Progress;
use proxbox_model::facts::Target;
use proxbox_model::report::Stage;
use proxbox_model::{Identity, Problem};
use proxbox_proxmox::{Fleet, GuestRead};
use proxbox_reconcile::{Fact, FactOutcome};
use proxbox_transform::{MapContext, Mapped, MappedFact, ModuleSet};

/// Every fact of a fleet with its outcome, in the order cluster, nodes, guests.
pub(crate) async fn map(
    fleet: Fleet,
    target: &Target,
    stages: &[Stage],
    modules: &ModuleSet,
    progress: &Progress,
) -> Vec<(Fact, FactOutcome)> {
    let cx = MapContext {
        source: fleet.source.clone(),
        target: target.clone(),
        options: serde_json::Value::Object(serde_json::Map::new()),
    };
    let mut outcomes = Vec::new();
    let clusters = modules.clusters(&cx, std::slice::from_ref(&fleet.cluster)).await;
    outcomes.push((cluster_fact(&fleet), first(take(clusters, progress))));
    let nodes = take(modules.nodes(&cx, &fleet.nodes).await, progress);
    outcomes.extend(fleet.nodes.iter().map(|node| node_fact(&fleet, &node.name)).zip(nodes));
    if stages.contains(&Stage::VirtualMachines) {
        outcomes.extend(map_guests(&cx, fleet, modules, progress).await);
    }
    outcomes
}

async fn map_guests(
    cx: &MapContext,
    fleet: Fleet,
    modules: &ModuleSet,
    progress: &Progress,
) -> Vec<(Fact, FactOutcome)> {
    let cluster = fleet.source.cluster;
    let mut readable = Vec::new();
    let mut rows = Vec::new();
    for guest in fleet.guests {
        let fact = guest_fact(&cluster, &guest);
        match guest.facts {
            Ok(facts) => {
                readable.push(facts);
                rows.push((fact, None));
            }
            Err(problem) => rows.push((fact, Some(problem))),
        }
    }
    let mut mapped = take(modules.guests(cx, &readable).await, progress).into_iter();
    rows.into_iter()
        .map(|(fact, problem)| match problem {
            Some(problem) => (fact, FactOutcome::Failed(problem)),
            None => (fact, mapped.next().unwrap_or_else(missing)),
        })
        .collect()
}

fn take(mapped: Mapped, progress: &Progress) -> Vec<FactOutcome> {
    for problem in mapped.problems {
        progress.degrade(problem);
    }
    mapped
        .outcomes
        .into_iter()
        .map(|MappedFact { outcome, module }| FactOutcome::Mapped { module, outcome })
        .collect()
}

fn first(outcomes: Vec<FactOutcome>) -> FactOutcome {
    outcomes.into_iter().next().unwrap_or_else(missing)
}

/// The sandbox answers every fact; this is what it would look like if it did not.
fn missing() -> FactOutcome {
    FactOutcome::Failed(Problem::new("sync-no-outcome", "the mapping gave no outcome for this object"))
}

fn cluster_fact(fleet: &Fleet) -> Fact {
    Fact {
        stage: Stage::Devices,
        identity: Identity::cluster(&fleet.source.cluster),
        name: fleet.cluster.name.clone(),
        item_type: "cluster".into(),
    }
}

fn node_fact(fleet: &Fleet, name: &str) -> Fact {
    Fact {
        stage: Stage::Devices,
        identity: Identity::node(&fleet.source.cluster, name),
        name: name.to_owned(),
        item_type: "node".into(),
    }
}

fn guest_fact(cluster: &str, guest: &GuestRead) -> Fact {
    Fact {
        stage: Stage::VirtualMachines,
        identity: Identity::guest(cluster, guest.vmid),
        name: guest.name.clone(),
        item_type: guest.kind.as_str().into(),
    }
}
