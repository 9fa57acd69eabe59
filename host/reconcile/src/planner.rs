//! Goes through the kinds in dependency order and decides what to do with every desired object.

use crate::custom::{Definitions, kinds_when_made};
use crate::desired::{Desired, is_mirrored};
use crate::error::ReconcileError;
use crate::fact::Writing;
use crate::keyed::{self, Found};
use crate::matching::{Match, Seeker, match_all};
use crate::moves::Moves;
use crate::names::{Bid, award};
use crate::prepare::{Prepared, Preparer, Refusal, called};
use crate::reference::Ref;
use crate::resolve::{Resolver, Standing, Target, Unresolved};
use crate::text::fold;
use crate::twins::{self, Twins};
use crate::value::Want;
use crate::{Object, State, derived, diff, normal, placed, relocated, replaced};
use proxbox_model::kind::{self, FieldType, Kind, Ownership, UniqueName, rank};
use proxbox_model::options::{Kept, Part};
use proxbox_model::plan::{Action, Planned, Shortfall, Stale};
use proxbox_model::{Identity, Problem};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

const PRIMARY_IP: &str = "virtualization.virtualmachine#primary-ip";

/// What is to be done with a desired object. Positions in it are those of the desired objects.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) kind: &'static Kind,
    pub(crate) identity: Option<Identity>,
    pub(crate) name: String,
    pub(crate) action: Action,
    pub(crate) needs: BTreeSet<usize>,
    pub(crate) without: Vec<Shortfall>,
}

/// An object on its way to a decision.
struct Candidate {
    position: usize,
    id: Option<u64>,
    adopted: bool,
    prepared: Prepared,
    after: Option<usize>,
}

pub(crate) struct Planner<'a> {
    state: &'a State,
    desired: &'a [Desired],
    preparer: Preparer<'a>,
    pub(crate) resolver: Resolver<'a>,
    /// Objects that might be meant by a name although no draft describes them.
    rivals: Vec<Seeker>,
    /// Objects whose Proxmox object is gone from its source.
    gone: &'a [Stale],
    /// By position of the desired object.
    decisions: Vec<Option<Decision>>,
    moves: Moves,
    /// Guests that have the vmid of another that is gone, with the object that stands for that one.
    replaced: Vec<(usize, u64)>,
    twins: Twins,
}

/// What was decided, and who knows which objects in NetBox are spoken for.
pub(crate) struct Decided<'a> {
    /// One for each desired object, in their order, then those that make way for others.
    pub(crate) decisions: Vec<Decision>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) resolver: Resolver<'a>,
}

impl<'a> Planner<'a> {
    pub(crate) fn new(
        state: &'a State,
        desired: &'a [Desired],
        definitions: &'a Definitions<'a>,
        kept: (&'a Kept, &'a BTreeMap<String, Kept>),
        resolver: Resolver<'a>,
        (rivals, gone): (Vec<Seeker>, &'a [Stale]),
    ) -> Self {
        let preparer = Preparer { desired, definitions, kept: kept.0, kept_of: kept.1 };
        let moves = Moves::default();
        let (decisions, replaced) = (desired.iter().map(|_| None).collect(), Vec::new());
        let twins = Twins::default();
        Self { state, desired, preparer, resolver, rivals, gone, decisions, moves, replaced, twins }
    }

    /// Decides about every desired object.
    pub(crate) fn decide(mut self) -> Decided<'a> {
        let mut by_kind: BTreeMap<usize, (&'static Kind, Vec<usize>)> = BTreeMap::new();
        for (position, object) in self.desired.iter().enumerate() {
            by_kind.entry(rank(object.kind)).or_insert((object.kind, Vec::new())).1.push(position);
        }
        for (kind, positions) in by_kind.into_values() {
            if !self.state.holds(kind) {
                positions.into_iter().for_each(|position| self.refuse(position, None, no_such(kind)));
                continue;
            }
            match kind.ownership {
                Ownership::Shared => positions.into_iter().for_each(|position| self.shared(position)),
                Ownership::Foreign => positions.into_iter().for_each(|position| self.foreign(position)),
                Ownership::Mirrored if kind.pass_of.is_some() => {
                    positions.into_iter().for_each(|position| self.later(position));
                }
                Ownership::Mirrored if kind.identity.is_some() => self.mirrored(kind, &positions),
                Ownership::Mirrored => self.keyed(kind, &positions),
            }
        }
        let mut decided = Vec::with_capacity(self.decisions.len());
        decided.extend(self.decisions.into_iter().flatten());
        decided.extend(self.moves.decisions());
        let replaced = replaced::all(&self.replaced, self.desired, self.state);
        decided.extend(replaced.decisions);
        let problems = self.twins.into_problems().chain(replaced.problems).collect();
        Decided { decisions: decided, problems, resolver: self.resolver }
    }

    fn shared(&mut self, position: usize) {
        let Some(object) = self.desired.get(position) else { return };
        let id = match self.find_shared(object) {
            Ok(id) => id,
            Err(error) => return self.refuse(position, None, Verdict::Conflict(error)),
        };
        let current = id.and_then(|id| self.state.get(object.kind, id));
        let action = match (id, current) {
            (Some(id), Some(current)) => match object_types(object, current) {
                Some(change) => {
                    let changes = BTreeMap::from([("object_types".to_owned(), change)]);
                    Action::Update { id, changes, adopted: false }
                }
                None => Action::Unchanged { id },
            },
            _ => match self.preparer.prepare(object, None, &self.resolver) {
                Ok(mut prepared) => {
                    widen(object, &mut prepared);
                    let candidate = Candidate { position, id: None, adopted: false, prepared, after: None };
                    return self.settle(candidate);
                }
                Err(refusal) => return self.refuse(position, None, refusal.into()),
            },
        };
        self.resolver.stands(position, id.map_or(Standing::New, Standing::Id));
        self.record(position, object.name(), (action, BTreeSet::new()), Vec::new());
    }

    fn record(
        &mut self,
        position: usize,
        name: String,
        (action, needs): (Action, BTreeSet<usize>),
        without: Vec<Shortfall>,
    ) {
        let Some(object) = self.desired.get(position) else { return };
        let identity = object.identity.clone();
        let decision = Decision { kind: object.kind, identity, name, action, needs, without };
        if let Some(slot) = self.decisions.get_mut(position) {
            *slot = Some(decision);
        }
    }

    /// A row of somebody else's: only what it links to is written.
    fn foreign(&mut self, position: usize) {
        let Some(object) = self.desired.get(position) else { return };
        let found = self.find_shared(object).ok().flatten();
        let Some((id, current)) = found.and_then(|id| Some((id, self.state.get(object.kind, id)?))) else {
            return self.refuse(position, None, no_row(object.kind));
        };
        match self.preparer.prepare(object, Some(current), &self.resolver) {
            Ok(prepared) => {
                self.settle(Candidate { position, id: Some(id), adopted: false, prepared, after: None });
            }
            Err(refusal) => self.refuse(position, Some(id), refusal.into()),
        }
    }

    /// Fields of an object that an earlier pass has found or makes.
    fn later(&mut self, position: usize) {
        let Some(object) = self.desired.get(position) else { return };
        let (Some(kind), Some(identity)) = (kind::find(object.kind.model()), object.identity.clone()) else {
            return;
        };
        match self.resolver.resolve(&Ref::Identity { kind, identity }) {
            Ok(Target::Id(id)) => {
                let Some(current) = self.state.get(kind, id) else { return };
                let current = self.moves.after(id, object.kind, current);
                match self.choice(object, Some(&current)) {
                    Ok(prepared) => self.settle_as(position, id, &current, prepared),
                    Err(refusal) => self.refuse(position, Some(id), refusal.into()),
                }
            }
            Ok(Target::New(made)) => match self.choice(object, None) {
                Ok(mut prepared) => {
                    let without = std::mem::take(&mut prepared.without);
                    let done = crate::action::complete(made, prepared);
                    self.resolver.stands(position, Standing::New);
                    let name = self.desired.get(made).map(Desired::name).unwrap_or_default();
                    self.record(position, name, done, without);
                }
                Err(refusal) => self.refuse(position, None, refusal.into()),
            },
            Err(Unresolved::LeftOut(why)) => self.refuse(position, None, Verdict::Skip(why)),
            Err(Unresolved::Missing(None)) => {
                let missing = format!("the {} is not in NetBox", kind.label);
                self.refuse(position, None, Verdict::Skip(missing));
            }
            Err(Unresolved::Missing(Some(because)) | Unresolved::Blocked(because)) => {
                let target = format!("the {}", kind.label);
                let blocked = ReconcileError::Blocked { object: called(object), target, because };
                self.refuse(position, None, Verdict::Fail(blocked));
            }
            Err(Unresolved::Many(count)) => {
                let (object, field) = (called(object), "id".to_owned());
                let many = ReconcileError::Ambiguous { object, field, target: kind.label.to_owned(), count };
                self.refuse(position, None, Verdict::Fail(many));
            }
        }
    }

    /// What a later pass sets. A choice of primary addresses none of which is there comes to nothing.
    fn choice(&self, object: &Desired, current: Option<&Object>) -> Result<Prepared, Refusal> {
        let mut prepared = self.preparer.prepare(object, current, &self.resolver)?;
        match prepared.came_to_nothing().filter(|_| object.kind.name == PRIMARY_IP) {
            Some(refusal) => Err(refusal),
            None => Ok(prepared),
        }
    }

    fn settle_as(&mut self, position: usize, id: u64, current: &Object, mut prepared: Prepared) {
        let Some(object) = self.desired.get(position) else { return };
        let without = std::mem::take(&mut prepared.without);
        let done = match self.left_alone(object, current) {
            true => (Action::Unchanged { id }, BTreeSet::new()),
            false => crate::action::change(object.kind, id, false, current, prepared),
        };
        let name = diff::name(object.kind, current).unwrap_or_else(|| object.name());
        self.resolver.stands(position, Standing::Id(id));
        self.record(position, name, done, without);
    }

    /// Objects that are found by natural key.
    fn keyed(&mut self, kind: &'static Kind, positions: &[usize]) {
        let found = keyed::find(kind, positions, self.desired, self.state, &self.resolver, &self.twins);
        for (position, found) in positions.iter().copied().zip(found) {
            let Some(object) = self.desired.get(position) else { continue };
            let (id, in_place) = match found {
                Found::One(id) => (Some(id), true),
                Found::Elsewhere(id) => (Some(id), false),
                Found::None => (None, true),
                Found::Unclear(verdict) => {
                    self.refuse(position, None, verdict);
                    continue;
                }
            };
            let current = id.and_then(|id| self.state.get(kind, id));
            if !in_place && current.is_some_and(|current| self.left_alone(object, current)) {
                let stays = format!("{} is elsewhere in NetBox and stays there", called(object));
                self.refuse(position, None, Verdict::Skip(stays));
                continue;
            }
            match self.ready(object, current) {
                Ok(prepared) => {
                    self.settle(Candidate { position, id, adopted: false, prepared, after: None });
                }
                Err(refusal) => self.refuse(position, id.filter(|_| in_place), refusal.into()),
            }
        }
    }

    /// Whether an object that is there is not to be changed.
    fn left_alone(&self, object: &Desired, current: &Object) -> bool {
        const HANDS_OFF: &str = "bootstrap-only";
        object.writing < Writing::All
            || self.preparer.kept(object).keeps(object.kind.name, Part::Everything)
            || (is_mirrored(object.kind)
                && normal::tag_slugs(current.get("tags")).iter().any(|slug| slug == HANDS_OFF))
    }

    /// The object in NetBox with the most telling natural key that leads to one.
    fn find_shared(&self, object: &Desired) -> Result<Option<u64>, ReconcileError> {
        for key in object.kind.keys {
            let Some(wanted) = keyed::values(object, key, &self.resolver) else { continue };
            let has_key = |current: &Object| {
                key.iter()
                    .zip(&wanted)
                    .all(|(field, value)| keyed::held(object.kind, current, field).as_ref() == Some(value))
            };
            let fits = |current: &Object| keyed::in_scope(object.kind, object, current) && has_key(current);
            let ids: Vec<u64> = self
                .state
                .objects(object.kind)
                .filter(|(_, current)| fits(current))
                .map(|(id, _)| id)
                .collect();
            match ids.as_slice() {
                [] => {
                    if let Some(id) = placed::with_a_place(self.state, object.kind, has_key) {
                        return Ok(Some(id));
                    }
                }
                [id] => return Ok(Some(*id)),
                several => {
                    if let Some(id) = twins::oldest_of_ours(self.state, object.kind, several) {
                        self.twins.tell(object.kind, &called(object), id, several);
                        return Ok(Some(id));
                    }
                    let name = crate::text::shown(&object.name());
                    return Err(ReconcileError::ManyShared { kind: object.kind, name, ids });
                }
            }
        }
        Ok(None)
    }

    fn mirrored(&mut self, kind: &'static Kind, positions: &[usize]) {
        let mut candidates = Vec::new();
        for (position, found) in positions.iter().copied().zip(self.matches(kind, positions)) {
            let Some(object) = self.desired.get(position) else { continue };
            let (id, adopted) = match found {
                Match::Held(id) => (Some(id), false),
                Match::Adopted(id) => (Some(id), true),
                Match::Twin { id, ids } => {
                    self.twins.tell(kind, &called(object), id, &ids);
                    (Some(id), false)
                }
                Match::Replaces(id) => {
                    self.replaced.push((position, id));
                    (None, false)
                }
                Match::Absent => (None, false),
                Match::Conflict(error) => {
                    self.refuse(position, None, Verdict::Conflict(error));
                    continue;
                }
            };
            let current = id.and_then(|id| self.state.get(kind, id));
            match self.ready(object, current) {
                Ok(prepared) => candidates.push(Candidate { position, id, adopted, prepared, after: None }),
                Err(refusal) => self.refuse(position, id.filter(|_| !adopted), refusal.into()),
            }
        }
        if let Some(unique) = kind.unique_name {
            self.name_all(kind, unique, &mut candidates);
        }
        for candidate in candidates {
            self.settle(candidate);
        }
    }

    fn ready(&self, object: &Desired, current: Option<&Object>) -> Result<Prepared, Refusal> {
        if current.is_none() && !object.own {
            return Err(ReconcileError::NothingToExtend { object: called(object) }.into());
        }
        if current.is_none() && object.writing == Writing::Nothing {
            return Err(Refusal::Skip(format!("{} is not in NetBox", called(object))));
        }
        // What nobody will write may refer to what it likes, and keeps its name.
        if current.is_some_and(|current| self.left_alone(object, current)) {
            return Ok(Prepared::default());
        }
        let named = object.fields.get("name").is_some_and(|wanted| wanted.want.text().is_some());
        if current.is_none() && !named && object.kind.identity.is_some() {
            return Err(ReconcileError::NoName { object: called(object) }.into());
        }
        self.preparer.prepare(object, current, &self.resolver)
    }

    fn matches(&self, kind: &'static Kind, positions: &[usize]) -> Vec<Match> {
        let Some(owners) = self.resolver.owners(kind) else { return Vec::new() };
        let objects = positions.iter().filter_map(|position| self.desired.get(*position));
        let mut seekers: Vec<Seeker> = objects.filter_map(|object| self.seeker(object)).collect();
        let rule = kind.identity;
        let rivals = self
            .rivals
            .iter()
            .filter(|rival| kind::of(&rival.identity.object).is_some_and(|kind| kind.identity == rule));
        seekers.extend(rivals.map(|rival| Seeker {
            cluster: self.resolver.cluster_of(&rival.identity.source),
            ..rival.clone()
        }));
        let mut matches = match_all(owners, &seekers);
        relocated::settle(owners, &seekers, &mut matches, self.gone, &self.resolver);
        matches
    }

    fn seeker(&self, object: &Desired) -> Option<Seeker> {
        let identity = object.identity.clone()?;
        let target = |field: &str| match &object.fields.get(field)?.want {
            Want::One(to) => match self.resolver.resolve(to) {
                Ok(Target::Id(id)) => Some(id),
                _ => None,
            },
            _ => None,
        };
        let named = object.own.then(|| object.fields.get("name")).flatten();
        let cluster = match object.fields.get("cluster").map(|wanted| &wanted.want) {
            Some(Want::One(_)) => target("cluster"),
            _ => self.resolver.cluster_of(&identity.source),
        };
        Some(Seeker {
            label: called(object),
            name: named.and_then(|wanted| wanted.want.text()).map(str::to_owned),
            cluster,
            site: cluster.and_then(|cluster| self.resolver.site_of(cluster)).or_else(|| target("site")),
            marks: object.marks.clone(),
            uuid_before: self.resolver.uuid_before(&identity).map(str::to_owned),
            identity,
        })
    }

    /// Gives every candidate whose name is wanted one that is unique where it goes.
    fn name_all(&self, kind: &'static Kind, unique: UniqueName, candidates: &mut [Candidate]) {
        let Some(FieldType::Text(longest)) = kind.field(unique.field).map(|spec| spec.holds) else { return };
        let mut scopes: BTreeMap<Scope, Vec<usize>> = BTreeMap::new();
        for (i, candidate) in candidates.iter().enumerate() {
            let current = candidate.id.and_then(|id| self.state.get(kind, id));
            let scope = scope(candidate.prepared.fields.get(unique.within), current, unique.within);
            if let (Some(scope), Some(_)) = (scope, wanted_name(candidate, unique)) {
                scopes.entry(scope).or_default().push(i);
            }
        }
        let mut present: HashMap<u64, Vec<(u64, String)>> = HashMap::new();
        for (id, object) in self.state.objects(kind) {
            if let (Some(scope), Some(name)) =
                (diff::relation(object, unique.within), diff::name(kind, object))
            {
                present.entry(scope).or_default().push((id, name));
            }
        }
        for (scope, mut members) in scopes {
            members
                .sort_by_key(|i| candidates.get(*i).and_then(|candidate| self.identity(candidate.position)));
            let present = match scope {
                Scope::Id(id) => present.get(&id).map_or(&[] as &[_], Vec::as_slice),
                Scope::New(_) => &[],
            };
            for (i, award) in self.award(&members, present, candidates, unique, longest) {
                let after = award.after.and_then(|after| members.get(after)).and_then(|i| candidates.get(*i));
                let after = after.map(|candidate| candidate.position);
                if let Some(candidate) = candidates.get_mut(i) {
                    candidate.after = after;
                    candidate.prepared.fields.insert(unique.field, Planned::Ready(award.name.into()));
                }
            }
        }
    }

    fn award(
        &self,
        members: &[usize],
        present: &[(u64, String)],
        candidates: &[Candidate],
        unique: UniqueName,
        longest: usize,
    ) -> Vec<(usize, crate::names::Award)> {
        let held: HashMap<u64, &str> = present.iter().map(|(id, name)| (*id, name.as_str())).collect();
        let member = |i: &usize| candidates.get(*i);
        let ours: HashSet<u64> = members.iter().filter_map(|i| member(i)?.id).collect();
        let others = present.iter().filter(|(id, _)| !ours.contains(id));
        let taken: HashSet<String> = others.map(|(_, name)| fold(name)).collect();
        let bids: Vec<Bid<'_>> = members
            .iter()
            .filter_map(|i| {
                let candidate = member(i)?;
                let current = candidate.id.and_then(|id| held.get(&id).copied());
                Some(Bid { current, wants: wanted_name(candidate, unique)? })
            })
            .collect();
        members.iter().copied().zip(award(&bids, &taken, longest)).collect()
    }

    fn identity(&self, position: usize) -> Option<&Identity> {
        self.desired.get(position)?.identity.as_ref()
    }

    fn settle(&mut self, candidate: Candidate) {
        let Candidate { position, id, adopted, mut prepared, after } = candidate;
        let without = std::mem::take(&mut prepared.without);
        let Some(object) = self.desired.get(position) else { return };
        let current = id.and_then(|id| Some((id, self.state.get(object.kind, id)?)));
        let site = derived::site_of_machine(
            object,
            current.map(|(_, current)| current),
            &prepared.fields,
            &self.decisions,
            &self.resolver,
        );
        prepared.fields.extend(site.map(|site| ("site", site)));
        let wanted = prepared.fields.get("name").and_then(|name| match name {
            Planned::Ready(Json::String(name)) => Some(name.clone()),
            _ => None,
        });
        let held = current.and_then(|(_, current)| diff::name(object.kind, current));
        let name = wanted.or(held).unwrap_or_else(|| object.name());
        let (action, mut needs) = match current {
            Some((id, current)) if self.left_alone(object, current) => {
                (Action::Unchanged { id }, BTreeSet::new())
            }
            Some((id, current)) => crate::action::change(object.kind, id, adopted, current, prepared),
            None => crate::action::create(prepared),
        };
        needs.extend(after.filter(|_| !matches!(action, Action::Unchanged { .. })));
        if let Action::Update { id, changes, .. } = &action {
            self.moves.hear(object, *id, changes, self.state, &self.resolver);
        }
        self.resolver.stands(position, id.map_or(Standing::New, Standing::Id));
        self.record(position, name, (action, needs), without);
    }

    /// Decides against an object.
    fn refuse(&mut self, position: usize, id: Option<u64>, verdict: Verdict) {
        let Some(object) = self.desired.get(position) else { return };
        let (action, standing) = match verdict {
            Verdict::Skip(why) => (Action::Skip(why.clone()), Standing::LeftOut(why)),
            Verdict::Conflict(error) => {
                (Action::Conflict(Problem::from(&error)), Standing::Blocked(error.to_string()))
            }
            Verdict::Fail(error) => {
                (Action::Fail(Problem::from(&error)), Standing::Blocked(error.to_string()))
            }
        };
        self.resolver.stands(position, id.map_or(standing, Standing::Id));
        self.record(position, object.name(), (action, BTreeSet::new()), Vec::new());
    }
}

/// What becomes of objects of a kind that this NetBox lacks: a missing link is nobody's fault.
fn no_such(kind: &'static Kind) -> Verdict {
    match kind.ownership {
        Ownership::Foreign => no_row(kind),
        Ownership::Shared | Ownership::Mirrored => Verdict::Fail(ReconcileError::NoSuchKind { kind }),
    }
}

fn no_row(kind: &Kind) -> Verdict {
    Verdict::Skip(format!("the plugin has no {} of that name yet", kind.label))
}

/// Why nothing is written for an object.
#[derive(Debug)]
pub(crate) enum Verdict {
    Skip(String),
    Conflict(ReconcileError),
    Fail(ReconcileError),
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Skip(why) => Self::Skip(why),
            Refusal::Fail(error) => Self::Fail(error),
        }
    }
}

/// Where a name must be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Id(u64),
    New(usize),
}

fn scope(goal: Option<&Planned>, current: Option<&Object>, within: &str) -> Option<Scope> {
    match goal {
        Some(Planned::Ready(id)) => normal::id(id).map(Scope::Id),
        Some(Planned::IdOf(position)) => Some(Scope::New(*position)),
        Some(_) => None,
        None => diff::relation(current?, within).map(Scope::Id),
    }
}

fn wanted_name(candidate: &Candidate, unique: UniqueName) -> Option<&str> {
    match candidate.prepared.fields.get(unique.field)? {
        Planned::Ready(Json::String(name)) => Some(name),
        _ => None,
    }
}

/// A custom field that is made is put on every kind that carries it by the table.
fn widen(object: &Desired, prepared: &mut Prepared) {
    let name = object.fields.get("name").and_then(|wanted| wanted.want.text());
    if let (Some(name), Some(Planned::Ready(types))) = (name, prepared.fields.get_mut("object_types")) {
        *types = kinds_when_made(name, types);
    }
}

/// What a custom field lacks of the kinds that it must be on; no other shared object is ever changed.
fn object_types(object: &Desired, current: &Object) -> Option<proxbox_model::plan::Change> {
    match &object.fields.get("object_types")?.want {
        Want::Plain(types) => {
            let held = current.get("object_types").map(normal::texts).unwrap_or_default();
            diff::extended(held, &normal::texts(types))
        }
        _ => None,
    }
}
