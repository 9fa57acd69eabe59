//! From references to ids, or to the objects of the plan that will have one.

use crate::State;
use crate::desired::{Collection, is_mirrored};
use crate::matching::{Match, Seeker, match_all};
use crate::normal;
use crate::owners::Owners;
use crate::placed;
use crate::reference::{self, Part, Ref};
use crate::world::World;
use proxbox_model::kind::{self, FieldSpec, FieldType, IdentityRule, Kind, rank};
use proxbox_model::{Identity, SourceObject};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::HashMap;

/// What became of a desired object so far.
#[derive(Clone, Debug)]
pub(crate) enum Standing {
    /// In NetBox.
    Id(u64),
    /// Will be made.
    New,
    /// Not in NetBox and not made, on purpose, and why.
    LeftOut(String),
    /// Not in NetBox and not made, and why.
    Blocked(String),
}

/// What a reference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An object in NetBox.
    Id(u64),
    /// The desired object at that position.
    New(usize),
}

/// Why a reference leads nowhere.
#[derive(Clone, Debug)]
pub(crate) enum Unresolved {
    /// There is no such object, and why, if that is known.
    Missing(Option<String>),
    /// It was left out on purpose, with the reason.
    LeftOut(String),
    /// There are several.
    Many(usize),
    /// It is wanted but cannot be made.
    Blocked(String),
}

/// Why a Proxmox object of this run has no desired object.
#[derive(Clone, Debug)]
pub(crate) enum Absence {
    LeftOut(String),
    Failed(String),
}

pub(crate) struct Resolver<'a> {
    pub(crate) state: &'a State,
    desired: &'a Collection,
    /// Why Proxmox objects of this run have no desired object.
    settled: HashMap<&'a Identity, Absence>,
    world: &'a World,
    standings: HashMap<usize, Standing>,
    /// Objects in NetBox, by kind, that desired objects stand for.
    spoken_for: HashMap<(usize, u64), usize>,
    owners: HashMap<usize, Owners<'a>>,
    found: RefCell<HashMap<Ref, Vec<usize>>>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(
        state: &'a State,
        desired: &'a Collection,
        settled: HashMap<&'a Identity, Absence>,
        world: &'a World,
    ) -> Self {
        let owners =
            state.kinds().filter_map(|kind| Some((rank(kind), Owners::new(kind, kind.identity?, state))));
        Self {
            state,
            desired,
            settled,
            world,
            standings: HashMap::new(),
            spoken_for: HashMap::new(),
            owners: owners.collect(),
            found: RefCell::default(),
        }
    }

    pub(crate) fn stands(&mut self, position: usize, standing: Standing) {
        if let (Standing::Id(id), Some(object)) = (&standing, self.desired.objects.get(position)) {
            self.spoken_for.insert((rank(object.kind), *id), position);
        }
        self.standings.insert(position, standing);
    }

    pub(crate) fn standing(&self, position: usize) -> Option<&Standing> {
        self.standings.get(&position)
    }

    /// The SMBIOS UUID that a guest had when it was last synced.
    pub(crate) fn uuid_before(&self, identity: &Identity) -> Option<&'a str> {
        self.world.uuids.get(identity).map(String::as_str)
    }

    pub(crate) fn owners(&self, kind: &Kind) -> Option<&Owners<'a>> {
        self.owners.get(&rank(kind))
    }

    /// Follows a reference.
    pub(crate) fn resolve(&self, to: &Ref) -> Result<Target, Unresolved> {
        match self.wanted(to).as_slice() {
            [] => self.elsewhere(to),
            [position] => match self.standing(*position) {
                Some(Standing::Id(id)) => Ok(Target::Id(*id)),
                Some(Standing::New) => Ok(Target::New(*position)),
                Some(Standing::LeftOut(why)) => Err(Unresolved::LeftOut(why.clone())),
                Some(Standing::Blocked(why)) => Err(Unresolved::Blocked(why.clone())),
                None => self.elsewhere(to),
            },
            several => Err(Unresolved::Many(several.len())),
        }
    }

    /// The desired objects that a reference names.
    fn wanted(&self, to: &Ref) -> Vec<usize> {
        if let Some(found) = self.found.borrow().get(to) {
            return found.clone();
        }
        let found = self.desired.find(to);
        self.found.borrow_mut().insert(to.clone(), found.clone());
        found
    }

    /// Follows a reference to an object that no draft of this run describes.
    fn elsewhere(&self, to: &Ref) -> Result<Target, Unresolved> {
        let ids = match to {
            Ref::Identity { kind, identity } => self.holders(kind, identity)?,
            Ref::Natural { kind, parts, .. } => self.with_parts(kind, parts)?,
        };
        match ids.as_slice() {
            [] => Err(match to {
                Ref::Identity { identity, .. } => self.absence(identity),
                Ref::Natural { .. } => Unresolved::Missing(None),
            }),
            [id] => Ok(Target::Id(*id)),
            several => Err(Unresolved::Many(several.len())),
        }
    }

    fn absence(&self, identity: &Identity) -> Unresolved {
        match self.settled.get(identity) {
            None => Unresolved::Missing(None),
            Some(Absence::Failed(why)) => Unresolved::Missing(Some(why.clone())),
            Some(Absence::LeftOut(why)) => Unresolved::LeftOut(why.clone()),
        }
    }

    /// The NetBox objects that may stand for a Proxmox object that this run does not write.
    fn holders(&self, kind: &'static Kind, identity: &Identity) -> Result<Vec<u64>, Unresolved> {
        if identity.object == SourceObject::Endpoint {
            return Ok(self.world.endpoints.get(&identity.source).map(|row| row.id).into_iter().collect());
        }
        if kind.identity.is_some() {
            return Ok(self.holder(kind, identity)?.into_iter().collect());
        }
        match self.natural_key(kind, identity) {
            Some(parts) => match self.with_parts(kind, &parts) {
                // A missing parent says more than a missing child.
                Err(Unresolved::Missing(None)) => Err(self.absence(identity)),
                found => found,
            },
            None => Ok(Vec::new()),
        }
    }

    /// The natural key of the object that stands for a Proxmox object; the plugin calls clusters as Proxmox does.
    fn natural_key(&self, kind: &'static Kind, identity: &Identity) -> Option<Vec<Part>> {
        let mut parts = reference::natural_key(kind, identity)?;
        if kind.name == "netbox_proxbox.proxmoxcluster"
            && let Some(row) = self.world.endpoints.get(&identity.source)
        {
            for part in &mut parts {
                if let Part::Text("name", name) = part {
                    name.clone_from(&row.cluster);
                }
            }
        }
        Some(parts)
    }

    /// The NetBox object of a Proxmox object that this run does not write.
    pub(crate) fn holder(&self, kind: &Kind, identity: &Identity) -> Result<Option<u64>, Unresolved> {
        let Some(owners) = self.owners(kind) else { return Ok(None) };
        let name = match (&identity.object, kind.identity) {
            (SourceObject::Cluster, Some(IdentityRule::Cluster)) => Some(identity.source.clone()),
            (SourceObject::Node(name), Some(IdentityRule::Node)) => Some(name.clone()),
            _ => None,
        };
        let cluster =
            if identity.object == SourceObject::Cluster { None } else { self.cluster_of(&identity.source) };
        let label = String::new();
        let seeker = Seeker {
            identity: identity.clone(),
            label,
            name,
            cluster,
            site: None,
            marks: None,
            uuid_before: None,
        };
        let usable = |id: &u64| {
            let in_place =
                identity.object == SourceObject::Cluster || owners.relation(*id, "cluster") == cluster;
            in_place && !self.spoken_for.contains_key(&(rank(kind), *id))
        };
        match match_all(owners, &[seeker]).pop() {
            Some(Match::Held(id) | Match::Twin { id, .. }) => Ok(Some(id)),
            Some(Match::Adopted(id)) => Ok(Some(id).filter(usable)),
            Some(Match::Conflict(_)) => Err(Unresolved::Many(2)),
            Some(Match::Absent | Match::Replaces(_)) | None => Ok(None),
        }
    }

    /// The NetBox cluster of a source, when it exists.
    pub(crate) fn cluster_of(&self, source: &str) -> Option<u64> {
        let identity = Identity::cluster(source);
        let kind = kind::of(&identity.object)?;
        match self.resolve(&Ref::Identity { kind, identity }) {
            Ok(Target::Id(id)) => Some(id),
            _ => None,
        }
    }

    /// The source of the guest or node that an address is on, as far as the snapshot tells.
    pub(crate) fn source_of_address(&self, address: &crate::Object) -> Option<String> {
        let on = normal::choice(address.get("assigned_object_type")?)?;
        let interface = self.state.get(kind::find(&on)?, address.get("assigned_object_id")?.as_u64()?)?;
        let (owner, field) = match on.as_str() {
            "virtualization.vminterface" => (SourceObject::Guest(0), "virtual_machine"),
            "dcim.interface" => (SourceObject::Node(String::new()), "device"),
            _ => return None,
        };
        let owners = |object: &SourceObject| self.owners(kind::of(object)?);
        let source_of =
            |cluster| Some(owners(&SourceObject::Cluster)?.identity_of(cluster, |_| None)?.source);
        let id = crate::owners::relation(interface, field)?;
        owners(&owner)?.source_of(id, source_of)
    }

    /// The site that an operator gave a NetBox cluster.
    pub(crate) fn site_of(&self, cluster: u64) -> Option<u64> {
        let kind = kind::of(&SourceObject::Cluster)?;
        let cluster = self.state.get(kind, cluster)?;
        (normal::choice(cluster.get("scope_type")?)? == "dcim.site")
            .then(|| cluster.get("scope_id")?.as_u64())?
    }

    fn with_parts(&self, kind: &'static Kind, parts: &[Part]) -> Result<Vec<u64>, Unresolved> {
        let mut wanted: Vec<(&FieldSpec, String)> = Vec::with_capacity(parts.len());
        for part in parts {
            let (Part::Text(field, _) | Part::Related(field, _)) = part;
            let Some(spec) = kind.field(field) else { return Ok(Vec::new()) };
            match part {
                Part::Text(_, text) => wanted.push((spec, text.clone())),
                Part::Related(_, to) => match self.resolve(to)? {
                    Target::Id(id) => {
                        wanted.push((spec, id.to_string()));
                        if let FieldType::Generic { type_field, .. } = spec.holds
                            && let Some(spec) = kind.field(type_field)
                        {
                            wanted.push((spec, to.kind().model().to_owned()));
                        }
                    }
                    Target::New(_) => return Ok(Vec::new()),
                },
            }
        }
        let has_key = |object: &crate::Object| {
            wanted.iter().all(|(spec, value)| {
                object.get(spec.name).and_then(|held| normal::key(spec.holds, held)).as_ref() == Some(value)
            })
        };
        let fits = |object: &crate::Object| {
            let scoped = |field: &&str| {
                object.get(*field).is_none_or(Json::is_null)
                    || wanted.iter().any(|(spec, _)| spec.name == *field)
            };
            kind.unscoped.iter().all(scoped) && has_key(object)
        };
        // What a draft of this run describes is found by what it is going to be, not by what it was.
        let described = |id: u64| {
            let position = self.spoken_for.get(&(rank(kind), id));
            let object = position.and_then(|position| self.desired.objects.get(*position));
            is_mirrored(kind)
                && object.is_some_and(|object| {
                    wanted.iter().all(|(spec, _)| object.fields.contains_key(spec.name))
                })
        };
        let found = self.state.objects(kind).filter(|(id, object)| fits(object) && !described(*id));
        let found: Vec<u64> = found.map(|(id, _)| id).collect();
        Ok(match found.is_empty() {
            true => placed::with_a_place(self.state, kind, has_key).into_iter().collect(),
            false => found,
        })
    }

    /// Whether a desired object stands for that object in NetBox.
    pub(crate) fn speaks_for(&self, kind: &Kind, id: u64) -> bool {
        self.position_of(kind, id).is_some()
    }

    /// The desired object that stands for that object in NetBox.
    pub(crate) fn position_of(&self, kind: &Kind, id: u64) -> Option<usize> {
        self.spoken_for.get(&(rank(kind), id)).copied()
    }
}
