//! Reading the guests of a source: one configuration each.

use crate::breaker::Breaker;
use crate::client::Proxmox;
use crate::error::{Fault, SERVER_ERROR, Step};
use crate::guest_config::{GuestConfig, whole_cpus};
use crate::resources::{ListedGuest, RESOURCES, Resources};
use futures::StreamExt;
use proxbox_model::Problem;
use proxbox_model::facts::{GuestFacts, GuestKind};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// A guest of the listing, and what could be read of it.
#[derive(Clone, Debug, PartialEq)]
pub struct GuestRead {
    /// Unique within the cluster.
    pub vmid: u32,
    /// Virtual machine or container.
    pub kind: GuestKind,
    /// Never empty: a guest without a name is called `VM 101` or `CT 101`.
    pub name: String,
    /// Node it is on.
    pub node: String,
    /// Its facts, or why they could not be read.
    pub facts: Result<GuestFacts, Problem>,
}

/// Reads the configuration of every guest that is on a node that is up, in the order of the vmid.
///
/// A guest that was moved since the listing is looked for again; one that was removed since then is not there.
pub(crate) async fn read_all(
    client: &Proxmox,
    guests: BTreeMap<u32, ListedGuest>,
    offline: &BTreeSet<String>,
    done: &(dyn Fn(u64) + Send + Sync),
) -> Vec<GuestRead> {
    let breaker = &Breaker::default();
    let reads = guests.into_values().map(|guest| async move { read(client, guest, offline, breaker).await });
    let mut answered = futures::stream::iter(reads).buffer_unordered(client.concurrency());
    let mut read = BTreeMap::new();
    while let Some(guest) = answered.next().await {
        read.insert(guest.vmid, guest);
        done(read.len() as u64);
    }
    follow(client, &mut read, offline, breaker).await;
    read.into_values().collect()
}

/// Looks once more for guests that were not where the listing said.
async fn follow(
    client: &Proxmox,
    guests: &mut BTreeMap<u32, GuestRead>,
    offline: &BTreeSet<String>,
    breaker: &Breaker,
) {
    let missing: Vec<u32> =
        guests.values().filter(|guest| is_missing(guest)).map(|guest| guest.vmid).collect();
    if missing.is_empty() {
        return;
    }
    let Ok(listing) = client.get(RESOURCES, &[]).await else { return };
    let Ok(mut now) = Resources::parse(listing, "") else { return };
    for vmid in missing {
        match now.guests.remove(&vmid) {
            Some(guest) => {
                guests.insert(vmid, read(client, guest, offline, breaker).await);
            }
            None if now.guests_left_out => {}
            None => {
                guests.remove(&vmid);
            }
        }
    }
}

/// Proxmox answers so when a guest is not, or no longer, on the node that is asked.
fn is_missing(guest: &GuestRead) -> bool {
    guest.facts.as_ref().is_err_and(|problem| {
        problem.code == SERVER_ERROR
            && problem.message.contains("Configuration file")
            && problem.message.contains("does not exist")
    })
}

async fn read(
    client: &Proxmox,
    guest: ListedGuest,
    offline: &BTreeSet<String>,
    breaker: &Breaker,
) -> GuestRead {
    let config = if offline.contains(&guest.node) {
        Err(on_offline_node(&guest))
    } else if let Some(problem) = breaker.open(&guest.node) {
        Err(problem)
    } else {
        config(client, &guest, breaker).await
    };
    let config = config.map(|config| GuestConfig::parse(guest.kind, &config));
    let own_name = config.as_ref().ok().and_then(|config| config.name.clone());
    let name = guest.listed_name().or(own_name).unwrap_or_else(|| guest.fallback_name());
    GuestRead {
        vmid: guest.vmid,
        kind: guest.kind,
        node: guest.node.clone(),
        facts: config.map(|config| facts(guest, name.clone(), config)),
        name,
    }
}

async fn config(
    client: &Proxmox,
    guest: &ListedGuest,
    breaker: &Breaker,
) -> Result<Map<String, Json>, Problem> {
    let path = format!("/nodes/{}/{}/{}/config", guest.node, guest.kind.as_str(), guest.vmid);
    match client.get(&path, &[]).await {
        Ok(Json::Object(config)) => {
            breaker.answered(&guest.node);
            Ok(config)
        }
        Ok(_) => {
            let error = client.error(Step::Read(path), Fault::Shape("it is not an object"));
            Err(Problem::from(&error))
        }
        Err(error) => {
            breaker.failed(&guest.node, &error);
            Err(Problem::from(&error))
        }
    }
}

fn on_offline_node(guest: &ListedGuest) -> Problem {
    let (node, name) = (&guest.node, guest.fallback_name());
    Problem::new(
        "proxmox-node-offline",
        format!("node {node} is offline, so the configuration of {name} cannot be read"),
    )
    .with_hint("Bring the node back; until then the guest stays in NetBox as it is.")
}

/// The listing knows what runs now; the configuration fills in what the listing leaves out.
fn facts(guest: ListedGuest, name: String, config: GuestConfig) -> GuestFacts {
    let listed = guest.fields();
    let cpus = listed.number("maxcpu").map(whole_cpus).filter(|cpus| *cpus > 0);
    let memory = listed.unsigned("maxmem").filter(|bytes| *bytes > 0);
    let template = listed.flag("template").or(config.template).unwrap_or(false);
    GuestFacts {
        vmid: guest.vmid,
        kind: guest.kind,
        name,
        node: guest.node.clone(),
        status: listed.text("status").unwrap_or_else(|| "unknown".to_owned()),
        template,
        tags: config.tags,
        pool: listed.text("pool"),
        cpus: cpus.unwrap_or(config.cpus),
        memory: memory.unwrap_or(config.memory),
        disk: config.disk,
        os: config.os,
        start_at_boot: config.start_at_boot,
        agent: config.agent,
        unprivileged: config.unprivileged,
        search_domain: config.search_domain,
        notes: config.notes,
        listing: Json::Object(guest.entry).to_string(),
        config: config.json,
    }
}
