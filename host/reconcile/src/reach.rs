//! Which rows of NetBox a run can touch, so that a plan comes out as if every row had been read.
//!
//! Reading goes in waves: what belongs to a machine is asked for when the machine is known. Rows count by the rules of the table of
//! kinds ([`Reach`]), and when a row that counts refers to them. More rows than necessary do no harm.

use crate::desired::Collection;
use crate::hidden::{names, targets};
use crate::names::{with_number, without_number};
use crate::owners::{Owners, relation};
use crate::reference::{self, Part, Ref};
use crate::text::{fold, trim};
use crate::value::Want;
use crate::{Lowered, Object, Sources, State, keyed, normal};
use proxbox_model::SourceObject;
use proxbox_model::kind::{self, FieldSpec, FieldType, KINDS, Kind, Reach, rank};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Rows of a kind to ask NetBox for: those that a filter finds for any of these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Kind of the rows.
    pub kind: &'static Kind,
    /// Filter of NetBox's list.
    pub filter: &'static str,
    /// Field that the filter looks at, to check the answer; one of the custom fields when it is none of the kind's.
    pub field: &'static str,
    /// Values, any of which a row may have.
    pub values: BTreeSet<String>,
}

/// What a run can touch, as far as it is known.
pub struct Reaching {
    kinds: Vec<&'static Kind>,
    sources: BTreeSet<String>,
    /// Names of clusters that drafts describe or refer to, folded.
    clusters: BTreeSet<String>,
    /// By kind and field, what drafts and references say, and how many drafts do.
    said: HashMap<(usize, &'static str), BTreeMap<String, u32>>,
    /// The same, folded.
    folded: HashMap<(usize, &'static str), HashSet<String>>,
    /// Objects of each kind that the run describes.
    described: HashMap<usize, usize>,
    /// Kinds that a reference names in a way for which there is no filter.
    whole: BTreeSet<usize>,
    asked: HashMap<(usize, &'static str), HashSet<String>>,
}

/// Ids of rows that count, by rank of the kind.
type Counting = HashMap<usize, BTreeSet<u64>>;

impl Reaching {
    /// Of what is desired, and what may be gone.
    pub fn new(lowered: &Lowered, sources: &Sources) -> Self {
        let mut reaching = Self {
            kinds: lowered.kinds_with(sources),
            sources: lowered.facts.iter().map(|(fact, _)| fact.identity.source.clone()).collect(),
            clusters: BTreeSet::new(),
            said: HashMap::new(),
            folded: HashMap::new(),
            described: HashMap::new(),
            whole: BTreeSet::new(),
            asked: HashMap::new(),
        };
        for (fact, _) in &lowered.facts {
            if let (SourceObject::Node(_), Some(kind)) =
                (&fact.identity.object, kind::of(&fact.identity.object))
            {
                reaching.say(kind, "name", trim(&fact.name).to_owned(), 0);
            }
        }
        reaching.sources.extend(sources.complete.iter().cloned());
        reaching.sources.extend(sources.parts.iter().map(|(source, _)| source.clone()));
        reaching.hear(&lowered.desired);
        reaching
    }

    /// The kinds of the snapshot. Of those with a number, which is that of the objects described, only what counts must be read.
    pub fn kinds(&self) -> impl Iterator<Item = (&'static Kind, Option<usize>)> + '_ {
        self.kinds.iter().map(|kind| {
            let by_reach = !kind.reach.is_empty() && !self.whole.contains(&rank(kind));
            (*kind, by_reach.then(|| self.described.get(&rank(kind)).copied().unwrap_or_default()))
        })
    }

    fn hear(&mut self, desired: &Collection) {
        for object in &desired.objects {
            *self.described.entry(rank(object.kind)).or_default() += 1;
            for (field, wanted) in &object.fields {
                if let Want::Plain(value) = &wanted.want
                    && let Some(spec) = object.kind.field(field)
                    && let Some(text) = normal::key(spec.holds, value)
                {
                    self.say(object.kind, spec.name, text, 1);
                }
            }
            let wants = object.fields.values().chain(object.custom_fields.values());
            wants.flat_map(|wanted| wanted.want.refs()).for_each(|to| self.refer(to));
        }
    }

    fn say(&mut self, kind: &'static Kind, field: &'static str, text: String, drafts: u32) {
        if is_cluster(kind) && field == "name" {
            self.clusters.insert(fold(&text));
        }
        if kind.reach.iter().any(|reach| matches!(reach, Reach::Saying { field: said, .. } if *said == field))
        {
            self.folded.entry((rank(kind), field)).or_default().insert(fold(&text));
            *self.said.entry((rank(kind), field)).or_default().entry(text).or_default() += drafts;
        }
    }

    fn refer(&mut self, to: &Ref) {
        match to {
            Ref::Natural { kind, parts, .. } => self.refer_by(kind, parts),
            Ref::Identity { kind, identity } => {
                self.sources.insert(identity.source.clone());
                if let SourceObject::Node(name) = &identity.object {
                    self.say(kind, "name", name.clone(), 0);
                }
                if kind.identity.is_none() && identity.object != SourceObject::Endpoint {
                    let parts = reference::natural_key(kind, identity).unwrap_or_default();
                    self.refer_by(kind, &parts);
                }
            }
        }
    }

    fn refer_by(&mut self, kind: &'static Kind, parts: &[Part]) {
        let mut found = kind.reach.is_empty();
        for part in parts {
            match part {
                Part::Text(field, text) => {
                    found |= filters_by(kind, field);
                    self.say(kind, field, text.clone(), 0);
                }
                Part::Related(field, to) => {
                    found |= filters_by(kind, field);
                    self.refer(to);
                }
            }
        }
        if !found {
            self.whole.insert(rank(kind));
        }
    }

    /// What to ask for next, after a snapshot of the kinds that are read as a whole and of the answers so far; nothing when the
    /// snapshot is complete.
    pub fn next(&mut self, state: &State) -> Vec<Question> {
        let counting = self.counting(state);
        let read_in_part =
            |kind: &&&'static Kind| !kind.reach.is_empty() && state.holds(kind) && !state.is_whole(kind);
        let kinds: Vec<&'static Kind> = self.kinds.iter().filter(read_in_part).copied().collect();
        let by_rule = kinds.iter().flat_map(|kind| {
            let values = self.values(kind, &counting, state).into_iter();
            values.map(|(filter, field, values)| (*kind, filter, field, values))
        });
        let by_rule: Vec<_> = by_rule.collect();
        let questions = self.unasked(by_rule);
        if !questions.is_empty() {
            return questions;
        }
        // Most of what is referred to was found by the rules.
        let referred_to = kinds.into_iter().map(|kind| {
            let ids = counting.get(&rank(kind)).into_iter().flatten();
            let unread = ids.filter(|id| state.get(kind, **id).is_none());
            (kind, "id", "id", unread.map(u64::to_string).collect())
        });
        self.unasked(referred_to.collect())
    }

    fn unasked(
        &mut self,
        all: Vec<(&'static Kind, &'static str, &'static str, Vec<String>)>,
    ) -> Vec<Question> {
        let mut questions = Vec::new();
        for (kind, filter, field, values) in all {
            let asked = self.asked.entry((rank(kind), filter)).or_default();
            let values: BTreeSet<String> =
                values.into_iter().filter(|value| asked.insert(value.clone())).collect();
            if !values.is_empty() {
                questions.push(Question { kind, filter, field, values });
            }
        }
        questions
    }

    /// Filters of a kind with their fields and all values that are known now.
    fn values(
        &self,
        kind: &'static Kind,
        counting: &Counting,
        state: &State,
    ) -> Vec<(&'static str, &'static str, Vec<String>)> {
        let ids = |kind: &Kind| counting.get(&rank(kind)).into_iter().flatten().copied();
        let mut all = Vec::new();
        for reach in kind.reach {
            match *reach {
                Reach::Of { field, filters } => {
                    for (owner, filter) in filters {
                        let owners = kind::find(owner).into_iter().flat_map(ids);
                        all.push((*filter, field, owners.map(|id| id.to_string()).collect()));
                    }
                }
                Reach::Saying { field, filter } => {
                    all.push((filter, field, self.wanted(kind, field, state)));
                }
                Reach::OfSource { field, filter } => {
                    if has_custom_field(state, kind, field) {
                        all.push((filter, field, self.sources.iter().cloned().collect()));
                    }
                }
            }
        }
        all
    }

    /// What is said of a field; where names must be unique also the names with a number that may be taken.
    fn wanted(&self, kind: &'static Kind, field: &'static str, state: &State) -> Vec<String> {
        let said = self.said.get(&(rank(kind), field));
        let Some(unique) = kind.unique_name.filter(|unique| unique.field == field) else {
            return said.into_iter().flatten().map(|(text, _)| text.clone()).collect();
        };
        let Some(FieldType::Text(longest)) = kind.field(unique.field).map(|spec| spec.holds) else {
            return Vec::new();
        };
        let held: HashSet<String> =
            state.objects(kind).filter_map(|(_, row)| Some(fold(row.get(field)?.as_str()?))).collect();
        let mut all = Vec::new();
        for (name, bids) in said.into_iter().flatten() {
            all.push(name.clone());
            let numbered = (2..).map(|number| with_number(name, number, longest));
            let mut free = 0;
            all.extend(numbered.take_while(|name| {
                let goes_on = free <= *bids;
                free += u32::from(!held.contains(&fold(name)));
                goes_on
            }));
        }
        all
    }

    /// The rows that count, of what the snapshot holds, and those that it does not hold and that they refer to.
    fn counting(&self, state: &State) -> Counting {
        let mut counting = Counting::new();
        let claims = Claims::new(self, state);
        for kind in self.kinds.iter().filter(|kind| is_cluster(kind)) {
            counting.insert(rank(kind), claims.clusters(self));
        }
        for (kind, id) in claims.beside.iter() {
            counting.entry(rank(kind)).or_default().insert(*id);
        }
        loop {
            let before: usize = counting.values().map(BTreeSet::len).sum();
            for kind in self.kinds.iter().filter(|kind| !kind.reach.is_empty()) {
                let more: Vec<u64> = state
                    .objects(kind)
                    .filter(|(id, row)| claims.has(kind, *id) || self.counts(kind, row, &counting))
                    .map(|(id, _)| id)
                    .collect();
                counting.entry(rank(kind)).or_default().extend(more);
                self.follow(kind, state, &claims, &mut counting);
            }
            if counting.values().map(BTreeSet::len).sum::<usize>() == before {
                return counting;
            }
        }
    }

    /// Whether a row counts by the rules of its kind.
    fn counts(&self, kind: &'static Kind, row: &Object, counting: &Counting) -> bool {
        kind.reach.iter().any(|reach| match *reach {
            Reach::Of { field, filters } => kind.field(field).is_some_and(|spec| {
                let owners = filters.iter().filter_map(|(owner, _)| kind::find(owner));
                let counts =
                    |owner: &Kind, id: u64| counting.get(&rank(owner)).is_some_and(|ids| ids.contains(&id));
                owners.into_iter().any(|owner| names(spec, row, owner).is_some_and(|id| counts(owner, id)))
            }),
            Reach::Saying { field, .. } => keyed::held(kind, row, field).is_some_and(|held| {
                let says = |text: &str| {
                    self.folded.get(&(rank(kind), field)).is_some_and(|said| said.contains(&fold(text)))
                };
                says(&held) || (kind.unique_name.is_some() && says(without_number(&held)))
            }),
            // Claims tell whose it is.
            Reach::OfSource { .. } => false,
        })
    }

    /// What rows that count refer to counts, too, and the cluster of what is a source's.
    fn follow(&self, kind: &'static Kind, state: &State, claims: &Claims<'_>, counting: &mut Counting) {
        let mut more: Vec<(usize, u64)> = Vec::new();
        for id in counting.get(&rank(kind)).into_iter().flatten() {
            let Some(row) = state.get(kind, *id) else { continue };
            for spec in fields(kind) {
                for target in targets(spec).into_iter().filter(|target| !target.reach.is_empty()) {
                    more.extend(names(spec, row, target).map(|id| (rank(target), id)));
                }
                if let FieldType::Relations(target) = spec.holds
                    && let Some(target) = kind::find(target).filter(|target| !target.reach.is_empty())
                {
                    let ids = row.get(spec.name).and_then(|list| list.as_array()).into_iter().flatten();
                    more.extend(ids.filter_map(normal::id).map(|id| (rank(target), id)));
                }
            }
            if claims.has(kind, *id)
                && let (Some(cluster), Some(clusters)) =
                    (relation(row, "cluster"), kind::of(&SourceObject::Cluster))
            {
                more.push((rank(clusters), cluster));
            }
        }
        for (kind, id) in more {
            counting.entry(kind).or_default().insert(id);
        }
    }
}

/// Fields of a kind and of its later passes.
fn fields(kind: &'static Kind) -> impl Iterator<Item = &'static FieldSpec> {
    let passes = KINDS.iter().filter(move |pass| pass.pass_of == Some(kind.name));
    std::iter::once(kind).chain(passes).flat_map(|kind| kind.fields)
}

fn is_cluster(kind: &Kind) -> bool {
    kind::of(&SourceObject::Cluster) == Some(kind)
}

fn filters_by(kind: &Kind, name: &str) -> bool {
    kind.reach.iter().any(|reach| match reach {
        Reach::Of { field, .. } | Reach::Saying { field, .. } => *field == name,
        Reach::OfSource { .. } => false,
    })
}

/// NetBox ignores a filter by a custom field that it does not have.
fn has_custom_field(state: &State, kind: &Kind, name: &str) -> bool {
    let Some(definitions) = kind::find("extras.customfield") else { return false };
    state.objects(definitions).any(|(_, row)| {
        let types = row.get("object_types").map(normal::texts).unwrap_or_default();
        row.get("name").and_then(|held| held.as_str()) == Some(name)
            && types.iter().any(|held| held == kind.name)
    })
}

/// Whose the rows of the snapshot are, as they say themselves and as the rows beside them say.
struct Claims<'a> {
    state: &'a State,
    owners: HashMap<usize, (&'static Kind, Owners<'a>)>,
    sources: &'a BTreeSet<String>,
    /// Objects of the run's sources of which only the row beside them is known.
    beside: Vec<(&'static Kind, u64)>,
}

impl<'a> Claims<'a> {
    fn new(reaching: &'a Reaching, state: &'a State) -> Self {
        let of = |kind: &'static Kind| Some((rank(kind), (kind, Owners::new(kind, kind.identity?, state))));
        let owners = reaching.kinds.iter().filter_map(|kind| of(kind)).collect();
        let mut beside = Vec::new();
        for kind in reaching.kinds.iter().copied().filter(|kind| kind.identity.is_some()) {
            let Some(sidecar) = kind.sidecar() else { continue };
            let Some([parent]) = sidecar.keys.first().copied() else { continue };
            for (_, row) in state.objects(sidecar) {
                let source = row.get("proxmox_cluster_name").and_then(normal::choice);
                if source.is_some_and(|source| reaching.sources.contains(trim(&source))) {
                    beside.extend(relation(row, parent).map(|id| (kind, id)));
                }
            }
        }
        Self { state, owners, sources: &reaching.sources, beside }
    }

    /// Whether an object says that it is of one of the run's sources, or is in the cluster of one.
    fn has(&self, kind: &Kind, id: u64) -> bool {
        let Some((_, owners)) = self.owners.get(&rank(kind)) else { return false };
        owners
            .source_of(id, |cluster| self.source_of(cluster))
            .is_some_and(|source| self.sources.contains(&source))
    }

    fn source_of(&self, cluster: u64) -> Option<String> {
        let kind = kind::of(&SourceObject::Cluster)?;
        let (_, owners) = self.owners.get(&rank(kind))?;
        Some(owners.identity_of(cluster, |_| None)?.source)
    }

    /// The clusters of the run's sources, and those that drafts name.
    fn clusters(&self, reaching: &Reaching) -> BTreeSet<u64> {
        let Some(kind) = kind::of(&SourceObject::Cluster) else { return BTreeSet::new() };
        let named = |name: &str| {
            let name = fold(trim(name));
            reaching.clusters.contains(&name) || self.sources.iter().any(|source| fold(source) == name)
        };
        let counts = |(id, row): &(u64, &Object)| {
            self.source_of(*id).is_some_and(|source| self.sources.contains(&source))
                || row.get("name").and_then(|name| name.as_str()).is_some_and(named)
        };
        self.state.objects(kind).filter(counts).map(|(id, _)| id).collect()
    }
}
