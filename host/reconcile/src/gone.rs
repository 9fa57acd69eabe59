//! Rows of kinds without an identity of their own whose Proxmox object is gone: marked where NetBox has a mark for it, removed
//! where the operator wants that, and reported in any case.

use crate::lower::Lowering;
use crate::owners::{is_ours, relation};
use crate::planner::Decision;
use crate::resolve::Resolver;
use crate::sources::{Part, Sources};
use crate::unwritten::Unwritten;
use crate::world::World;
use crate::{Fact, Object, State, address, normal};
use proxbox_model::facts::AddressOwner;
use proxbox_model::kind::{self, Kind, Ownership, Provider, rank};
use proxbox_model::plan::{Action, Change, Planned, Stale};
use proxbox_model::{Identity, Problem, SourceObject};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Up to so many rows of a kind are removed in one run whatever their share; beyond, at most half of them.
const FEW: usize = 10;

/// What is gone.
#[derive(Default)]
pub(crate) struct Gone {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) stale: Vec<Stale>,
    pub(crate) problems: Vec<Problem>,
}

impl Gone {
    /// Finds rows that nobody speaks for, in parts of sources that were read in full.
    pub(crate) fn find(
        state: &State,
        resolver: &Resolver<'_>,
        facts: &[(Fact, Lowering)],
        sources: &Sources,
        world: &World,
    ) -> Self {
        let finder = Finder { state, resolver, world };
        let unwritten = Unwritten::new(facts, resolver);
        let mut gone = Self::default();
        for kind in state.kinds().filter(|kind| is_row_of_ours(kind)) {
            let mut ours = 0;
            let mut rows = Vec::new();
            for (id, row) in state.objects(kind).filter(|(_, row)| carries_our_mark(kind, row)) {
                ours += 1;
                if resolver.speaks_for(kind, id) {
                    continue;
                }
                if let Some((holder, object)) = finder.read(kind, row)
                    && let Some(part) = Part::of(&object).map(|part| (holder.source.clone(), part))
                    && sources.parts.contains(&part)
                    && !unwritten.may_be(&holder.beside(object), &part)
                {
                    rows.push((id, row, holder));
                }
            }
            gone.settle(kind, &rows, ours, sources.remove.contains(kind.name));
        }
        gone
    }

    fn settle(&mut self, kind: &'static Kind, rows: &[(u64, &Object, Identity)], ours: usize, remove: bool) {
        let many = rows.len() > FEW && rows.len() * 2 > ours;
        if remove && many {
            self.problems.push(too_many(kind, rows.len(), ours));
        }
        let removes = remove && !many;
        for (id, row, identity) in rows {
            let name = display(row);
            let action = if removes { Some(Action::Delete { id: *id }) } else { mark(kind, *id, row) };
            self.decisions.extend(action.map(|action| Decision {
                kind,
                identity: None,
                name: name.clone(),
                action,
                needs: BTreeSet::new(),
                without: Vec::new(),
            }));
            let marked = row.get("status").and_then(normal::choice).is_some_and(|status| status == "stale");
            if !removes && !marked {
                self.stale.push(Stale { kind, id: *id, name, identity: identity.clone() });
            }
        }
        self.stale.sort_by_key(|stale| (rank(stale.kind), stale.id));
    }
}

fn is_row_of_ours(kind: &Kind) -> bool {
    kind.ownership == Ownership::Mirrored && kind.identity.is_none() && kind.sidecar_of.is_none()
}

/// Rows of the plugin are a sync's; what NetBox's own models hold may be an operator's.
fn carries_our_mark(kind: &Kind, row: &Object) -> bool {
    kind.provider == Provider::Plugin || is_ours(row)
}

fn mark(kind: &Kind, id: u64, row: &Object) -> Option<Action> {
    const MARKED: [&str; 3] =
        ["netbox_proxbox.vmsnapshot", "netbox_proxbox.backuproutine", "netbox_proxbox.replication"];
    let before = row.get("status").and_then(normal::choice)?;
    if !MARKED.contains(&kind.name) || before == "stale" {
        return None;
    }
    let change = Change { before: json!(before), after: Planned::Ready(json!("stale")) };
    Some(Action::Update { id, changes: BTreeMap::from([("status".to_owned(), change)]), adopted: false })
}

fn display(row: &Object) -> String {
    let name = ["name", "volume_id", "job_id", "replication_id", "address", "mac_address", "display"]
        .iter()
        .find_map(|field| row.get(*field)?.as_str());
    name.unwrap_or_default().to_owned()
}

fn too_many(kind: &Kind, gone: usize, ours: usize) -> Problem {
    let message = format!(
        "{gone} of {ours} {}s in NetBox are gone from Proxmox, too many to remove without being asked",
        kind.label
    );
    Problem::new("too-many-gone", message).with_hint(
        "If that is right, delete them in NetBox; if not, look at what the account may see in Proxmox.",
    )
}

struct Finder<'a> {
    state: &'a State,
    resolver: &'a Resolver<'a>,
    world: &'a World,
}

impl Finder<'_> {
    /// Whom a row belongs to, and which object of that source it stands for, going by its name.
    fn read(&self, kind: &Kind, row: &Object) -> Option<(Identity, SourceObject)> {
        let text = |field: &str| Some(row.get(field)?.as_str()?.to_owned());
        match kind.name {
            "netbox_proxbox.proxmoxstorage" => {
                Some((self.cluster(relation(row, "cluster")?)?, SourceObject::Storage(text("name")?)))
            }
            "netbox_proxbox.backuproutine" => Some((
                self.endpoint(relation(row, "endpoint")?)?,
                SourceObject::BackupRoutine(text("job_id")?),
            )),
            "netbox_proxbox.replication" => {
                let job = SourceObject::Replication(text("replication_id")?);
                Some((self.endpoint(relation(row, "endpoint")?)?, job))
            }
            "netbox_proxbox.vmbackup" => {
                let (guest, _) = self.guest(relation(row, "virtual_machine")?)?;
                Some((guest, SourceObject::Backup(text("volume_id")?)))
            }
            "netbox_proxbox.vmsnapshot" => self.of_guest(row, SourceObject::Snapshot),
            "virtualization.virtualdisk" => self.of_guest(row, SourceObject::Disk),
            "virtualization.vminterface" => self.of_guest(row, SourceObject::Interface),
            "netbox_proxbox.guestvminterface" => self.of_guest(row, SourceObject::GuestInterface),
            "dcim.macaddress" => self.on_interface(row, SourceObject::MacAddress),
            "ipam.ipaddress" => {
                let ip = address::host(&text("address")?);
                let on = |vmid, net| SourceObject::IpAddress(AddressOwner::VmInterface(vmid, net), ip);
                self.on_interface(row, on)
            }
            "dcim.interface" => {
                let identity = self.holder(&SourceObject::Node(String::new()), relation(row, "device")?)?;
                let SourceObject::Node(node) = &identity.object else { return None };
                let interface = SourceObject::NodeInterface(node.clone(), text("name")?);
                Some((identity, interface))
            }
            _ => None,
        }
    }

    fn of_guest(
        &self,
        row: &Object,
        object: impl FnOnce(u32, String) -> SourceObject,
    ) -> Option<(Identity, SourceObject)> {
        let (identity, vmid) = self.guest(relation(row, "virtual_machine")?)?;
        Some((identity, object(vmid, row.get("name")?.as_str()?.to_owned())))
    }

    fn on_interface(
        &self,
        row: &Object,
        object: impl FnOnce(u32, String) -> SourceObject,
    ) -> Option<(Identity, SourceObject)> {
        const INTERFACE: &str = "virtualization.vminterface";
        let on = normal::choice(row.get("assigned_object_type")?)?;
        let id = row.get("assigned_object_id").and_then(Json::as_u64).filter(|_| on == INTERFACE)?;
        self.of_guest(self.state.get(kind::find(INTERFACE)?, id)?, object)
    }

    fn guest(&self, id: u64) -> Option<(Identity, u32)> {
        let identity = self.holder(&SourceObject::Guest(0), id)?;
        match identity.object {
            SourceObject::Guest(vmid) => Some((identity, vmid)),
            _ => None,
        }
    }

    fn cluster(&self, id: u64) -> Option<Identity> {
        self.holder(&SourceObject::Cluster, id)
    }

    /// Whom an object that carries its identity stands for.
    fn holder(&self, sort: &SourceObject, id: u64) -> Option<Identity> {
        let source_of = |cluster| Some(self.cluster(cluster)?.source);
        self.resolver.owners(kind::of(sort)?)?.identity_of(id, source_of)
    }

    fn endpoint(&self, id: u64) -> Option<Identity> {
        let source = self.world.endpoints.iter().find(|(_, row)| row.id == id)?.0;
        Some(Identity { source: source.clone(), object: SourceObject::Endpoint })
    }
}
