//! Reading the guests of a source: configuration, snapshots and the guest's own view, each once.

use crate::error::{Fault, SERVER_ERROR};
use crate::guest_config::{GuestConfig, first_storage, whole_cpus};
use crate::inside;
use crate::outcome::{Guests, Outcome, gather};
use crate::part::Part;
use crate::parts::Parts;
use crate::reader::{Reader, Refusal};
use crate::resources::{ListedGuest, RESOURCES, Resources};
use crate::snapshots;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use proxbox_model::Problem;
use proxbox_model::facts::{
    CloudInitFacts, GuestFacts, GuestInterfaceFacts, GuestKind, IpAddressFacts, MacAddressFacts,
    PrimaryIpFacts, SnapshotFacts, VirtualDiskFacts, VmInterfaceFacts,
};
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
    /// As Proxmox says: `running`, `stopped` …
    pub status: String,
    /// Its facts, or why they could not be read; none when its configuration was not asked for. What follows is empty without them.
    pub facts: Option<Result<GuestFacts, Problem>>,
    /// SMBIOS UUID of a virtual machine, in lower case.
    pub uuid: Option<String>,
    /// Disk lines by key: `scsi2` before `scsi10`.
    pub disks: Vec<VirtualDiskFacts>,
    /// Network lines by number, also after a gap.
    pub interfaces: Vec<VmInterfaceFacts>,
    /// One for each interface that has a MAC address.
    pub macs: Vec<MacAddressFacts>,
    /// In the order of the interfaces; what the guest itself says goes before its configuration.
    pub addresses: Vec<IpAddressFacts>,
    /// None when there is no candidate.
    pub primary: Option<PrimaryIpFacts>,
    /// What the guest says of its interfaces, by name; empty when it was not asked or did not answer.
    pub guest_interfaces: Vec<GuestInterfaceFacts>,
    /// None when the configuration has no cloud-init lines.
    pub cloud_init: Option<CloudInitFacts>,
    /// Oldest first.
    pub snapshots: Vec<SnapshotFacts>,
}

/// Reads what is wanted of every guest that is on a node that is up, in the order of the vmid.
///
/// A guest that was moved since the listing is looked for again; one that was removed since then is not there.
pub(crate) async fn read_all(
    reader: &Reader<'_>,
    parts: &Parts,
    guests: BTreeMap<u32, ListedGuest>,
    offline: &BTreeSet<String>,
    done: &(dyn Fn(u64) + Send + Sync),
) -> Guests {
    let reads = guests.into_values().map(|guest| async move { read(reader, parts, guest, offline).await });
    let mut reads = futures::stream::iter(reads).buffer_unordered(reader.client.guest_concurrency());
    // Whoever waits for an agent does not hold up the next guest.
    let mut asked = FuturesUnordered::new();
    let mut outcomes = BTreeMap::new();
    loop {
        tokio::select! {
            Some(outcome) = reads.next() => {
                if outcome.asks_inside {
                    asked.push(ask_inside(reader, outcome));
                    continue;
                }
                outcomes.insert(outcome.read.vmid, outcome);
            }
            Some(outcome) = asked.next() => {
                outcomes.insert(outcome.read.vmid, outcome);
            }
            else => break,
        }
        done(outcomes.len() as u64);
    }
    follow(reader, parts, &mut outcomes, offline).await;
    gather(reader.endpoint, outcomes)
}

/// Looks once more for guests that were not where the listing said.
async fn follow(
    reader: &Reader<'_>,
    parts: &Parts,
    outcomes: &mut BTreeMap<u32, Outcome>,
    offline: &BTreeSet<String>,
) {
    let missing: Vec<u32> =
        outcomes.iter().filter(|(_, outcome)| outcome.is_missing).map(|(vmid, _)| *vmid).collect();
    if missing.is_empty() {
        return;
    }
    let Ok(listing) = reader.client.get_anew(RESOURCES).await else { return };
    let Ok(mut now) = Resources::parse(listing, "") else { return };
    for vmid in missing {
        match now.guests.remove(&vmid) {
            Some(guest) => {
                let mut outcome = read(reader, parts, guest, offline).await;
                if outcome.asks_inside {
                    outcome = ask_inside(reader, outcome).await;
                }
                outcomes.insert(vmid, outcome);
            }
            None if now.guests_left_out => {}
            None => {
                outcomes.remove(&vmid);
            }
        }
    }
}

/// Proxmox answers so when a guest is not, or no longer, on the node that is asked.
fn is_missing(problem: &Problem) -> bool {
    problem.code == SERVER_ERROR
        && problem.message.contains("Configuration file")
        && problem.message.contains("does not exist")
}

/// Reads all of a guest but what it says itself.
async fn read(reader: &Reader<'_>, parts: &Parts, guest: ListedGuest, offline: &BTreeSet<String>) -> Outcome {
    if !parts.config_of(guest.vmid, &guest.node) {
        return outcome(guest, None);
    }
    let config = if offline.contains(&guest.node) {
        Err(on_offline_node(&guest))
    } else {
        config(reader, &guest).await
    };
    let is_missing = config.as_ref().is_err_and(is_missing);
    let config = config.map(|config| GuestConfig::parse(guest.vmid, guest.kind, &config));
    let mut outcome = outcome(guest, Some(config));
    outcome.is_missing = is_missing;
    if matches!(outcome.read.facts, Some(Ok(_))) {
        if parts.snapshots {
            read_snapshots(reader, &mut outcome).await;
        }
        if parts.agents {
            plan_inside(&mut outcome);
        }
    }
    outcome
}

async fn config(reader: &Reader<'_>, guest: &ListedGuest) -> Result<Map<String, Json>, Problem> {
    let path = guest.path("config");
    match reader.of_guest(&guest.node, &path).await? {
        Json::Object(config) => Ok(config),
        _ => Err(reader.odd_answer(&path, Fault::Shape("it is not an object"))),
    }
}

async fn read_snapshots(reader: &Reader<'_>, outcome: &mut Outcome) {
    let guest = &outcome.guest;
    let path = guest.path("snapshot");
    let storage = first_storage(&outcome.read.disks);
    let part = match reader.of_guest(&guest.node, &path).await {
        Err(problem) if snapshots::is_unsupported(&problem) => Part::full(Vec::new()),
        Err(problem) if is_missing(&problem) => {
            outcome.is_missing = true;
            Part::failed(problem)
        }
        answer => reader.parsed(answer, &path, |entry| snapshots::snapshot(guest, storage.as_ref(), entry)),
    };
    outcome.snapshots_seen = part.full;
    outcome.problems.extend(part.problems);
    outcome.read.snapshots = part.items;
    snapshots::sort(&mut outcome.read.snapshots);
}

/// Whether the guest is to be asked: an agent only where one is enabled, and nobody where nothing runs.
fn plan_inside(outcome: &mut Outcome) {
    let Some(Ok(facts)) = &outcome.read.facts else { return };
    let can_answer = !facts.template && (facts.agent || facts.kind == GuestKind::Lxc);
    outcome.inside_seen = !can_answer;
    outcome.asks_inside = can_answer && facts.status == "running";
}

/// Asks a guest for its interfaces. Its configuration stays what is known when it does not answer.
async fn ask_inside(reader: &Reader<'_>, mut outcome: Outcome) -> Outcome {
    let guest = &outcome.guest;
    let path = inside::path(guest);
    let problem = match reader.inside_guest(&guest.node, &path).await {
        Ok(answer) => match inside::interfaces(guest, &answer, &reader.place(&path)) {
            Ok(Some(part)) => {
                outcome.hear(part);
                return outcome;
            }
            Ok(None) => return outcome,
            Err(fault) => reader.odd_answer(&path, fault),
        },
        Err(Refusal { problem, was_asked: false }) => problem,
        Err(Refusal { problem, .. }) if inside::is_silent(&problem) => return outcome,
        Err(Refusal { problem, .. }) if inside::is_late(&problem) => {
            outcome.notes.push(inside::late(reader.endpoint, guest, &outcome.read.name));
            return outcome;
        }
        Err(Refusal { problem, .. }) if inside::is_forbidden(&problem) => {
            outcome.inside_forbidden = true;
            return outcome;
        }
        Err(Refusal { problem, .. }) => {
            outcome.is_missing = is_missing(&problem);
            problem
        }
    };
    outcome.problems.push(problem);
    outcome
}

fn on_offline_node(guest: &ListedGuest) -> Problem {
    let (node, name) = (&guest.node, guest.fallback_name());
    Problem::new(
        "proxmox-node-offline",
        format!("node {node} is offline, so the configuration of {name} cannot be read"),
    )
    .with_hint("Bring the node back; until then the guest stays in NetBox as it is.")
}

/// What the listing and the configuration say of a guest; the latter is none when it is not wanted.
fn outcome(guest: ListedGuest, config: Option<Result<GuestConfig, Problem>>) -> Outcome {
    let own_name = config.as_ref().and_then(|config| config.as_ref().ok()?.name.clone());
    let mut read = GuestRead {
        vmid: guest.vmid,
        kind: guest.kind,
        name: guest.listed_name().or(own_name).unwrap_or_else(|| guest.fallback_name()),
        node: guest.node.clone(),
        status: guest.status(),
        facts: None,
        uuid: None,
        disks: Vec::new(),
        interfaces: Vec::new(),
        macs: Vec::new(),
        addresses: Vec::new(),
        primary: None,
        guest_interfaces: Vec::new(),
        cloud_init: None,
        snapshots: Vec::new(),
    };
    let mut configured = Vec::new();
    read.facts = config.map(|config| {
        config.map(|mut config| {
            read.uuid = config.uuid.take();
            read.disks = std::mem::take(&mut config.disks);
            read.interfaces = std::mem::take(&mut config.interfaces);
            read.cloud_init = config.cloud_init.take();
            configured = std::mem::take(&mut config.addresses);
            facts(&guest, read.name.clone(), config)
        })
    });
    Outcome::new(guest, read, configured)
}

/// The listing knows what runs now; the configuration fills in what the listing leaves out. Of a container without a limit the listing
/// says how many processors the node has, which says nothing of the container.
fn facts(guest: &ListedGuest, name: String, config: GuestConfig) -> GuestFacts {
    let listed = guest.fields();
    let unlimited = guest.kind == GuestKind::Lxc && config.cpus == 0;
    let cpus = listed.number("maxcpu").map(whole_cpus).filter(|cpus| *cpus > 0 && !unlimited);
    let memory = listed.unsigned("maxmem").filter(|bytes| *bytes > 0);
    let template = listed.flag("template").or(config.template).unwrap_or(false);
    GuestFacts {
        vmid: guest.vmid,
        kind: guest.kind,
        name,
        node: guest.node.clone(),
        status: guest.status(),
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
        listing: listed.to_json(),
        config: config.json,
    }
}
