//! One endpoint, read as a whole.

use crate::around::{self, Around, Plan};
use crate::authority;
use crate::base::Base;
use crate::client::Proxmox;
use crate::error::ProxmoxError;
use crate::guest::{GuestRead, read_all};
use crate::networks;
use crate::nodes::NodeNames;
use crate::outcome::Guests;
use crate::overview::{self, Changes, Overview};
use crate::parts::{Parts, Seen};
use crate::permissions::Rights;
use crate::reader::Reader;
use crate::status::Status;
use crate::vlans;
use proxbox_model::Problem;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::facts::{
    BackupFacts, BackupRoutineFacts, ClusterFacts, IpAddressFacts, NodeFacts, NodeInterfaceFacts,
    ReplicationFacts, Source, StorageFacts, TaskFacts, VlanFacts,
};
use std::collections::BTreeSet;

/// Everything that was read of one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Where it comes from.
    pub source: Source,
    /// What Proxmox calls the cluster, or the node on its own. `source.cluster` is how we tell it apart.
    pub called: String,
    /// Id of the certificate authority that was made with the cluster, or with the node on its own; none when it is not known.
    pub authority: Option<String>,
    /// The cluster, or the node on its own.
    pub cluster: ClusterFacts,
    /// By name.
    pub nodes: Vec<NodeFacts>,
    /// By vmid; those that could not be read as well.
    pub guests: Vec<GuestRead>,
    /// By node and name.
    pub node_interfaces: Vec<NodeInterfaceFacts>,
    /// Addresses of the node interfaces, in their order.
    pub node_addresses: Vec<IpAddressFacts>,
    /// By name.
    pub storages: Vec<StorageFacts>,
    /// By storage, node and volume.
    pub backups: Vec<BackupFacts>,
    /// By id.
    pub routines: Vec<BackupRoutineFacts>,
    /// By vmid and number.
    pub replications: Vec<ReplicationFacts>,
    /// Oldest first.
    pub tasks: Vec<TaskFacts>,
    /// By id; trunks included.
    pub vlans_of_guests: Vec<VlanFacts>,
    /// By id.
    pub vlans_of_nodes: Vec<VlanFacts>,
    /// Whether it is certain that nothing was missed: every node online, every guest read, none of them gone
    /// meanwhile, permissions for all of them, and not empty.
    /// Only then does what is missing here count as gone.
    pub complete: bool,
    /// What was read in full beside the list of guests.
    pub seen: Seen,
    /// What tells later which guests have changed; none when it was not wanted or cannot be told.
    pub overview: Option<Overview>,
    /// What the reading was narrowed to, because nothing else has changed; none of a fleet that was read as a whole.
    pub narrowed: Option<Changes>,
    /// What was asked for and could not be read: of the endpoint as a whole, or of entries that are not guests.
    pub problems: Vec<Problem>,
    /// What is good to know and takes nothing from what was asked for. What it leaves unknown is not seen either.
    pub notes: Vec<Problem>,
}

/// Reads an endpoint: status, listing and permissions once, then what `parts` wants.
///
/// `now` is the run's clock in seconds since the Unix epoch. `progress` hears how many guests are done, and how many there are.
///
/// # Errors
/// When status or listing cannot be read. Whatever else fails is in the fleet, beside what did not.
pub async fn read_fleet(
    client: &Proxmox,
    endpoint: &ProxmoxEndpoint,
    now: u64,
    parts: &Parts,
    progress: &(dyn Fn(u64, Option<u64>) + Send + Sync),
) -> Result<Fleet, ProxmoxError> {
    let mut base = Base::read(client, endpoint).await?;
    let reader = Reader::new(client, &endpoint.name);
    // Before any guest is read: what happens from now on is to be seen the next time.
    let overview = if parts.overview { overview::begin(&reader, &base).await.ok() } else { None };
    let listed = std::mem::take(&mut base.resources.guests);
    let total = listed.len() as u64;
    progress(0, Some(total));
    let tell = |done| progress(done, Some(total));
    let nothing = Parts::default();
    let parts = if parts.are_of(&base.status.name) { parts } else { &nothing };
    let plan = Plan {
        parts,
        rights: base.permissions.as_ref().map(Rights::of),
        nodes: NodeNames::of(&base.nodes),
        kinds: listed.iter().map(|(vmid, guest)| (*vmid, guest.kind)).collect(),
    };
    let offline = base.offline();
    let (authority, guests, around) = tokio::join!(
        authority::read(client, &base.nodes),
        read_all(&reader, parts, listed, &offline, &tell),
        around::read(&reader, &plan, &base.resources.storages),
    );
    let complete = base.is_complete()
        && !guests.reads.is_empty()
        && guests.reads.len() as u64 == total
        && !guests.reads.iter().any(|guest| matches!(guest.facts, Some(Err(_))));
    let source = source(client, endpoint, &base.status, now);
    Ok(Fleet { authority, overview, ..fleet(source, base, guests, around, complete) })
}

fn fleet(source: Source, base: Base, guests: Guests, around: Around, complete: bool) -> Fleet {
    let Seen { configs, agents, snapshots, .. } = guests.seen;
    let mut seen = Seen { configs, agents, snapshots, ..around.seen };
    if !base.is_trustworthy() {
        seen.distrust_cluster();
    }
    let problems = [base.problems, guests.problems, around.problems].into_iter().flatten();
    let notes = [base.notes, guests.notes, around.notes].into_iter().flatten();
    Fleet {
        called: source.cluster.clone(),
        source,
        authority: None,
        cluster: cluster(base.status, &base.nodes),
        nodes: base.nodes,
        vlans_of_guests: vlans::of_guests(guests.reads.iter().flat_map(|guest| &guest.interfaces)),
        vlans_of_nodes: vlans::of_nodes(&around.node_interfaces),
        node_addresses: networks::addresses(&around.node_interfaces),
        guests: guests.reads,
        node_interfaces: around.node_interfaces,
        storages: around.storages,
        backups: around.backups,
        routines: around.routines,
        replications: around.replications,
        tasks: around.tasks,
        complete,
        seen,
        overview: None,
        narrowed: None,
        problems: once(problems),
        notes: once(notes),
    }
}

/// What is wrong with a whole node is said once, not by each of its guests and lists.
fn once(problems: impl Iterator<Item = Problem>) -> Vec<Problem> {
    let mut said = BTreeSet::new();
    problems.filter(|problem| said.insert((problem.code.clone(), problem.message.clone()))).collect()
}

fn source(client: &Proxmox, endpoint: &ProxmoxEndpoint, status: &Status, now: u64) -> Source {
    Source {
        endpoint: endpoint.name.clone(),
        url: client.preferred_url().to_owned(),
        cluster: status.name.clone(),
        mode: status.mode,
        pve_version: client.version().to_owned(),
        now,
    }
}

fn cluster(status: Status, nodes: &[NodeFacts]) -> ClusterFacts {
    ClusterFacts {
        name: status.name,
        mode: status.mode,
        version: status.version,
        quorate: status.quorate,
        nodes: nodes.iter().map(|node| node.name.clone()).collect(),
        status: status.json,
    }
}
