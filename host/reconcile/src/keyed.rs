//! Finding the NetBox objects of kinds that do not carry their Proxmox identity: by natural key within what they are part of.

use crate::desired::Desired;
use crate::error::ReconcileError;
use crate::planner::Verdict;
use crate::prepare::called;
use crate::resolve::{Resolver, Target};
use crate::twins::{self, Twins};
use crate::value::Want;
use crate::{Object, State, addresses, normal, owners};
use proxbox_model::kind::Kind;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What became of the search for one desired object.
pub(crate) enum Found {
    One(u64),
    /// An address that is on something else, or on nothing, and may be moved.
    Elsewhere(u64),
    None,
    Unclear(Verdict),
}

/// Searches for all desired objects of one kind, so that one object in NetBox stands for one of them only.
pub(crate) fn find(
    kind: &'static Kind,
    positions: &[usize],
    desired: &[Desired],
    state: &State,
    resolver: &Resolver<'_>,
    twins: &Twins,
) -> Vec<Found> {
    let objects: Vec<&Desired> = positions.iter().filter_map(|position| desired.get(*position)).collect();
    let lost = if addresses::are(kind) { lost(kind, &objects, state, resolver) } else { HashMap::new() };
    let given_up = lost.values().filter_map(|lost| lost.held).collect();
    let mut search =
        Search { kind, state, resolver, twins, given_up, taken: HashMap::new(), named: HashMap::new() };
    // The first of a name has it, in every run.
    let first = |(place, object): (usize, &&Desired)| match lost.get(&place) {
        Some(lost) => Some(Found::Unclear(Verdict::Conflict(ReconcileError::AddressShared {
            object: called(object),
            other: lost.to.clone(),
        }))),
        None if addresses::are(kind) => None,
        None => search.name(object),
    };
    let mut found: Vec<Option<Found>> = objects.iter().enumerate().map(first).collect();
    for (place, key) in kind.keys.iter().enumerate() {
        let index = Index::new(kind, key, state);
        for (object, found) in objects.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            *found = search.by_key(object, key, &index, place == 0);
        }
    }
    for (object, found) in objects.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
        *found = search.by_hint(object);
    }
    let rest = |(object, found): (&&Desired, Option<Found>)| found.unwrap_or_else(|| search.none(object));
    objects.iter().zip(found).map(rest).collect()
}

/// A claim to an address that another claim outweighs.
struct Lost {
    /// How messages call the object that gets the address.
    to: String,
    /// The address in NetBox, if it is on the interface of the one that loses it.
    held: Option<u64>,
}

/// Place, object, and the address in NetBox if it is on the object's interface.
type Claim<'d> = (usize, &'d Desired, Option<u64>);

/// The claims to addresses that lose, by place. NetBox holds an address once: the best evidence gets it, then whoever has it
/// already, then the first.
fn lost(
    kind: &'static Kind,
    objects: &[&Desired],
    state: &State,
    resolver: &Resolver<'_>,
) -> HashMap<usize, Lost> {
    let Some(on_interface) = kind.keys.first() else { return HashMap::new() };
    let index = Index::new(kind, on_interface, state);
    let holds = |object: &Desired| {
        let values = values(object, on_interface, resolver)?;
        index.with(&values).first().copied()
    };
    let mut claims: BTreeMap<String, Vec<Claim<'_>>> = BTreeMap::new();
    for (place, object) in objects.iter().enumerate() {
        if let Some([host]) = values(object, &["address"], resolver).as_deref() {
            claims.entry(host.clone()).or_default().push((place, object, holds(object)));
        }
    }
    let mut lost = HashMap::new();
    for claims in claims.values_mut().filter(|claims| claims.len() > 1) {
        claims.sort_by_key(|(place, object, held)| (object.evidence, held.is_none(), *place));
        let mut claims = claims.iter();
        let Some((_, winner, _)) = claims.next() else { continue };
        lost.extend(claims.map(|(place, _, held)| (*place, Lost { to: called(winner), held: *held })));
    }
    lost
}

struct Search<'a> {
    kind: &'static Kind,
    state: &'a State,
    resolver: &'a Resolver<'a>,
    twins: &'a Twins,
    /// Addresses in NetBox whose holder has lost them in this run.
    given_up: HashSet<u64>,
    /// Objects in NetBox that stand for a desired one, and how messages call that.
    taken: HashMap<u64, String>,
    /// Natural keys that objects are going to have, and how messages call those.
    named: HashMap<Vec<String>, String>,
}

impl Search<'_> {
    fn by_key(
        &mut self,
        object: &Desired,
        key: &'static [&'static str],
        index: &Index,
        telling: bool,
    ) -> Option<Found> {
        let wanted = values(object, key, self.resolver)?;
        let mut ids: Vec<u64> = index.with(&wanted).to_vec();
        ids.retain(|id| self.state.get(self.kind, *id).is_some_and(|held| in_scope(self.kind, object, held)));
        if addresses::are(self.kind) {
            return self.address(object, ids, telling);
        }
        match ids.as_slice() {
            [] => None,
            [id] => Some(self.take(object, *id)),
            several if let Some(id) = twins::oldest_of_ours(self.state, self.kind, several) => {
                self.twins.tell(self.kind, &called(object), id, several);
                Some(self.take(object, id))
            }
            _ => Some(Found::Unclear(Verdict::Conflict(ReconcileError::ManyCandidates {
                object: called(object),
                kind: self.kind,
                ids,
            }))),
        }
    }

    /// An address is unique in NetBox, and may be on an interface that is not ours.
    fn address(&mut self, object: &Desired, ids: Vec<u64>, telling: bool) -> Option<Found> {
        if telling {
            let id = *ids.first()?;
            return Some(self.take(object, id));
        }
        let held: Vec<u64> = ids
            .into_iter()
            .filter(|id| self.state.get(self.kind, *id).is_some_and(addresses::is_global))
            .collect();
        // What another cluster's guest has stays there, whichever of the two is synced.
        let source = object.identity.as_ref().map(|identity| &identity.source);
        let free = |id: &&u64| {
            self.state.get(self.kind, **id).is_some_and(|address| {
                let of_the_source = || self.resolver.source_of_address(address).as_ref() == source;
                !addresses::is_assigned(address)
                    || self.given_up.contains(id)
                    || (owners::is_ours(address) && of_the_source())
            })
        };
        match held.iter().find(|id| self.taken.contains_key(*id)).or_else(|| held.iter().find(free)) {
            Some(id) => Some(match self.take(object, *id) {
                Found::One(id) => Found::Elsewhere(id),
                other => other,
            }),
            None => held.first().map(|id| {
                let owner = self.state.get(self.kind, *id).map(addresses::place).unwrap_or_default();
                let object = called(object);
                Found::Unclear(Verdict::Conflict(ReconcileError::AddressTaken { object, id: *id, owner }))
            }),
        }
    }

    fn take(&mut self, object: &Desired, id: u64) -> Found {
        match self.taken.get(&id) {
            Some(other) => {
                let (object, other) = (called(object), other.clone());
                Found::Unclear(Verdict::Conflict(ReconcileError::ManyClaims {
                    object,
                    kind: self.kind,
                    id,
                    other,
                }))
            }
            None => {
                self.taken.insert(id, called(object));
                Found::One(id)
            }
        }
    }

    /// An object of the same parent that nobody else is, by a value that NetBox only shows.
    fn by_hint(&mut self, object: &Desired) -> Option<Found> {
        let (field, value) = object.hint.as_ref()?;
        let [parent, ..] = self.kind.keys.first()? else { return None };
        let within = values(object, &[parent], self.resolver)?;
        let mut fits = self.state.objects(self.kind).filter(|(id, held)| {
            !self.taken.contains_key(id)
                && within.first() == self::held(self.kind, held, parent).as_ref()
                && held
                    .get(*field)
                    .and_then(normal::choice)
                    .is_some_and(|held| held.eq_ignore_ascii_case(value))
        });
        match (fits.next(), fits.next()) {
            (Some((id, _)), None) => Some(self.take(object, id)),
            _ => None,
        }
    }

    /// Nothing was found; two new addresses would get in each other's way, and a row of somebody else's may.
    fn none(&mut self, object: &Desired) -> Found {
        let taken = if addresses::are(self.kind) { self.name(object) } else { None };
        taken.or_else(|| self.in_the_way(object)).unwrap_or(Found::None)
    }

    /// NetBox refuses what is not unique beyond the natural key, however often it is asked.
    fn in_the_way(&mut self, object: &Desired) -> Option<Found> {
        for key in self.kind.also_unique {
            let Some(mut wanted) = values(object, key, self.resolver) else { continue };
            let fits = |held: &Object| {
                key.iter()
                    .zip(&wanted)
                    .all(|(field, value)| self::held(self.kind, held, field).as_ref() == Some(value))
            };
            let row = self.state.objects(self.kind).find(|(_, held)| fits(held));
            let row = row.map(|(id, _)| format!("{} {id} in NetBox", self.kind.label));
            wanted.push(key.join(" and "));
            if let Some(other) = row.or_else(|| self.named.get(&wanted).cloned()) {
                let same = ReconcileError::SameKey { object: called(object), kind: self.kind, other };
                return Some(Found::Unclear(Verdict::Conflict(same)));
            }
            self.named.insert(wanted, called(object));
        }
        None
    }

    /// Says what an object is going to be called, unless another is called so.
    fn name(&mut self, object: &Desired) -> Option<Found> {
        let key = self.kind.keys.last().and_then(|key| new_key(object, key, self.resolver))?;
        match self.named.get(&key) {
            Some(other) => {
                let (object, other) = (called(object), other.clone());
                let same = ReconcileError::SameKey { object, kind: self.kind, other };
                Some(Found::Unclear(Verdict::Conflict(same)))
            }
            None => {
                self.named.insert(key, called(object));
                None
            }
        }
    }
}

/// The objects of a kind by the values of one natural key.
struct Index(HashMap<Vec<String>, Vec<u64>>);

impl Index {
    fn new(kind: &'static Kind, key: &[&str], state: &State) -> Self {
        let mut index: HashMap<Vec<String>, Vec<u64>> = HashMap::new();
        for (id, object) in state.objects(kind) {
            if let Some(values) = key.iter().map(|field| held(kind, object, field)).collect() {
                index.entry(values).or_default().push(id);
            }
        }
        Self(index)
    }

    fn with(&self, values: &[String]) -> &[u64] {
        self.0.get(values).map_or(&[], Vec::as_slice)
    }
}

/// The value of a field of a key in NetBox.
pub(crate) fn held(kind: &Kind, object: &Object, field: &str) -> Option<String> {
    normal::key(kind.field(field)?.holds, object.get(field).unwrap_or(&Json::Null))
}

/// The values of a key of a desired object; none when one is missing or belongs to an object that is not in NetBox.
pub(crate) fn values(object: &Desired, key: &[&str], resolver: &Resolver<'_>) -> Option<Vec<String>> {
    let value = |field: &&str| match &object.fields.get(field)?.want {
        Want::Plain(value) => normal::key(object.kind.field(field)?.holds, value),
        Want::One(to) | Want::Perhaps(to) => match resolver.resolve(to) {
            Ok(Target::Id(id)) => Some(id.to_string()),
            _ => None,
        },
        Want::Many(_) => None,
    };
    key.iter().map(value).collect()
}

/// The same, with objects that will be made.
fn new_key(object: &Desired, key: &[&str], resolver: &Resolver<'_>) -> Option<Vec<String>> {
    let value = |field: &&str| match &object.fields.get(field)?.want {
        Want::Plain(value) => normal::key(object.kind.field(field)?.holds, value),
        Want::One(to) | Want::Perhaps(to) => match resolver.resolve(to) {
            Ok(Target::Id(id)) => Some(id.to_string()),
            Ok(Target::New(position)) => Some(format!("new {position}")),
            Err(_) => None,
        },
        Want::Many(_) => None,
    };
    key.iter().map(value).collect()
}

/// Whether an object in NetBox is where a natural key counts.
pub(crate) fn in_scope(kind: &Kind, object: &Desired, held: &Object) -> bool {
    let said: HashSet<&str> = object.fields.keys().copied().collect();
    kind.unscoped.iter().all(|field| said.contains(field) || held.get(*field).is_none_or(Json::is_null))
}
