//! From desired and current objects to a plan.

use crate::custom::Definitions;
use crate::desired::label;
use crate::lower::Lowering;
use crate::matching::Seeker;
use crate::order::arrange;
use crate::planner::Planner;
use crate::gone::Gone;
use crate::resolve::{Absence, Resolver};
use crate::stale::stale;
use crate::world::World;
use crate::{Fact, Lowered, State};
use proxbox_model::facts::AddressOwner;
use proxbox_model::kind::{self, Kind};
use proxbox_model::{Identity, Problem, SourceObject};
use proxbox_model::options::Kept;
use proxbox_model::plan::Plan;
use proxbox_model::report::ObjectResult;
use std::collections::{BTreeSet, HashMap};

/// A part of a source that may have been looked at in full.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The storage definitions.
    Storages,
    /// The backups on a storage.
    Backups(String),
    /// The backup jobs.
    BackupRoutines,
    /// The replication jobs.
    Replications,
    /// The interfaces of a node.
    NodeInterfaces(String),
    /// The disks of a guest.
    Disks(u32),
    /// The snapshots of a guest.
    Snapshots(u32),
    /// The interfaces of a guest and their MAC addresses.
    Interfaces(u32),
    /// The addresses of a guest, and what it says of its interfaces itself.
    Addresses(u32),
}

impl Part {
    /// The part that tells of an object.
    pub(crate) fn of(object: &SourceObject) -> Option<Self> {
        match object {
            SourceObject::Storage(_) => Some(Self::Storages),
            SourceObject::Backup(volume) => Some(Self::Backups(volume.split(':').next()?.to_owned())),
            SourceObject::BackupRoutine(_) => Some(Self::BackupRoutines),
            SourceObject::Replication(_) => Some(Self::Replications),
            SourceObject::NodeInterface(node, _) => Some(Self::NodeInterfaces(node.clone())),
            SourceObject::Disk(vmid, _) => Some(Self::Disks(*vmid)),
            SourceObject::Snapshot(vmid, _) => Some(Self::Snapshots(*vmid)),
            SourceObject::Interface(vmid, _) | SourceObject::MacAddress(vmid, _) => {
                Some(Self::Interfaces(*vmid))
            }
            SourceObject::IpAddress(AddressOwner::VmInterface(vmid, _), _)
            | SourceObject::GuestInterface(vmid, _) => Some(Self::Addresses(*vmid)),
            _ => None,
        }
    }

    /// The kinds whose objects the part tells of.
    fn kinds(&self) -> &'static [&'static str] {
        match self {
            Self::Storages => &["netbox_proxbox.proxmoxstorage"],
            Self::Backups(_) => &["netbox_proxbox.vmbackup"],
            Self::BackupRoutines => &["netbox_proxbox.backuproutine"],
            Self::Replications => &["netbox_proxbox.replication"],
            Self::NodeInterfaces(_) => &["dcim.interface"],
            Self::Disks(_) => &["virtualization.virtualdisk"],
            Self::Snapshots(_) => &["netbox_proxbox.vmsnapshot"],
            Self::Interfaces(_) => &["virtualization.vminterface", "dcim.macaddress"],
            Self::Addresses(_) => {
                &["virtualization.vminterface", "ipam.ipaddress", "netbox_proxbox.guestvminterface"]
            }
        }
    }
}

/// What was read, by cluster name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Sources whose nodes and guests were read in full: what they do not name is gone.
    pub complete: BTreeSet<String>,
    /// What else was read in full and mapped in this run.
    pub parts: BTreeSet<(String, Part)>,
    /// Kinds whose objects are removed from NetBox when they are gone; others are marked or only reported.
    pub remove: BTreeSet<&'static str>,
}

impl Sources {
    /// What a snapshot of NetBox must hold beside [`Lowered::kinds`] to know what is gone, also when nothing of it is left.
    pub fn kinds(&self) -> Vec<&'static Kind> {
        let names: BTreeSet<&str> = self.parts.iter().flat_map(|(_, part)| part.kinds()).copied().collect();
        names.into_iter().filter_map(kind::find).collect()
    }
}

/// What becomes of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum FactResult {
    /// Its object, and what is part of it, are at those positions of [`Plan::objects`].
    Planned {
        /// The object.
        own: usize,
        /// Its parts: rows that describe it further, and what is set in a later pass.
        parts: Vec<usize>,
    },
    /// It has no object in the plan.
    Settled(ObjectResult),
}

/// A plan, and for every fact where to look for its result.
#[derive(Clone, Debug)]
pub struct Reconciled {
    /// What to do.
    pub plan: Plan,
    /// The facts given to [`crate::lower`], in that order.
    pub facts: Vec<(Fact, FactResult)>,
    /// What deserves a look.
    pub problems: Vec<Problem>,
}

/// Compares what is desired with what NetBox holds. Pure: the same input gives the same plan.
///
/// `state` must hold the kinds of [`Lowered::kinds`]; objects of a kind that it lacks fail. In the plan, `tags` are lists
/// of slugs, relations are ids, and every position in `needs` is smaller than the position of the object itself.
pub fn reconcile(
    lowered: Lowered,
    state: &State,
    kept: &Kept,
    sources: &Sources,
    world: &World,
) -> Reconciled {
    let Lowered { facts, desired, .. } = lowered;
    let objects = &desired.objects;
    let own: BTreeSet<&Identity> =
        objects.iter().filter(|object| object.own).filter_map(|object| object.identity.as_ref()).collect();
    let mut settled: HashMap<&Identity, Absence> = HashMap::new();
    let mut rivals = Vec::new();
    for (fact, lowering) in &facts {
        if let Lowering::Settled(result) = lowering
            && !own.contains(&fact.identity)
        {
            settled.entry(&fact.identity).or_insert_with(|| because(result));
            rivals.push(Seeker {
                identity: fact.identity.clone(),
                label: label(&fact.identity, &fact.name),
                name: Some(crate::text::trim(&fact.name).to_owned()),
                cluster: None,
                site: None,
            });
        }
    }
    let definitions = Definitions::new(state, objects);
    let resolver = Resolver::new(state, &desired, settled, &world.endpoints);
    let decided = Planner::new(state, objects, &definitions, (kept, &world.kept), resolver, rivals).decide();
    let mut decisions = decided.decisions;
    let extended = objects.iter().filter_map(|object| object.identity.as_ref());
    let mut stale = stale(facts.iter().map(|(fact, _)| &fact.identity), extended, state, sources);
    let gone = Gone::find(state, &decided.resolver, &facts, sources, world);
    decisions.extend(gone.decisions);
    stale.extend(gone.stale);
    let (planned, places) = arrange(decisions);
    let facts = facts.into_iter().map(|(fact, lowering)| {
        let place = |position: usize| places.get(position).copied().unwrap_or(usize::MAX);
        let result = match lowering {
            Lowering::Desired { own, parts } => FactResult::Planned {
                own: place(own),
                parts: parts.into_iter().map(place).collect(),
            },
            Lowering::Settled(result) => FactResult::Settled(result),
        };
        (fact, result)
    });
    Reconciled { facts: facts.collect(), plan: Plan { objects: planned, stale }, problems: gone.problems }
}

fn because(result: &ObjectResult) -> Absence {
    match result {
        ObjectResult::Skipped { reason } => {
            Absence::LeftOut(format!("it was left out ({})", crate::text::shown(reason)))
        }
        ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => {
            Absence::Failed(problem.message.clone())
        }
        ObjectResult::Created | ObjectResult::Updated { .. } | ObjectResult::Unchanged => {
            Absence::Failed("it was not part of this run".to_owned())
        }
    }
}
