//! Which rows of NetBox a run can touch, so that a plan comes out as if every row had been read.
//!
//! Reading goes in waves: what belongs to a machine is asked for when the machine is known. Rows count by the rules of the table of
//! kinds ([`Reach`]), and when a row that counts refers to them. More rows than necessary do no harm.

use crate::desired::Collection;
use crate::hidden::names;
use crate::names::{with_number, without_number};
use crate::owners::{Owners, relation};
use crate::reference::{self, Part, Ref};
use crate::text::{fold, trim};
use crate::value::Want;
use crate::{Lowered, Object, Sources, State, keyed, normal};
use proxbox_model::SourceObject;
use proxbox_model::kind::{self, FieldSpec, FieldType, KINDS, Kind, Reach, rank};
use serde_json::Value as Json;
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

impl Question {
    /// Whether a row can be among those that were asked for: NetBox ignores a filter that it does not know. Filters of texts find more
    /// than what is the same.
    pub fn is_answered_by(&self, row: &Object) -> bool {
        let spec = self.kind.field(self.field);
        let held = match spec {
            _ if self.filter == "id" => row.get("id").and_then(normal::choice),
            Some(spec) => row.get(self.field).and_then(|held| normal::key(spec.holds, held)),
            None => row.get("custom_fields").and_then(|fields| normal::choice(fields.get(self.field)?)),
        };
        let Some(held) = held else { return false };
        match spec.map(|spec| spec.holds) {
            Some(FieldType::Text(_)) | None => {
                let held = fold(&held);
                self.values.iter().any(|value| held.contains(&fold(value)))
            }
            _ => self.values.contains(&held),
        }
    }
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
        let read_in_part =
            |kind: &&&'static Kind| !kind.reach.is_empty() && state.holds(kind) && !state.is_whole(kind);
        let kinds: Vec<&'static Kind> = self.kinds.iter().filter(read_in_part).copied().collect();
        if kinds.is_empty() {
            return Vec::new();
        }
        let counting = self.counting(state);
        let by_rule = kinds.iter().flat_map(|kind| self.by_rules(kind, &counting, state)).collect();
        let questions = self.unasked(by_rule);
        if !questions.is_empty() {
            return questions;
        }
        // Most of what is referred to was found by the rules.
        let referred_to = kinds.into_iter().map(|kind| {
            let ids = counting.get(&rank(kind)).into_iter().flatten();
            let unread = ids.filter(|id| state.get(kind, **id).is_none()).map(u64::to_string);
            Question { kind, filter: "id", field: "id", values: unread.collect() }
        });
        self.unasked(referred_to.collect())
    }

    /// The questions with the values that were not asked for yet.
    fn unasked(&mut self, mut questions: Vec<Question>) -> Vec<Question> {
        for Question { kind, filter, values, .. } in &mut questions {
            let asked = self.asked.entry((rank(kind), filter)).or_default();
            values.retain(|value| asked.insert(value.clone()));
        }
        questions.retain(|question| !question.values.is_empty());
        questions
    }

    /// The rules of a kind as questions, with all values that are known now.
    fn by_rules(&self, kind: &'static Kind, counting: &Counting, state: &State) -> Vec<Question> {
        let ids = |kind: &Kind| counting.get(&rank(kind)).into_iter().flatten();
        let mut all = Vec::new();
        for reach in kind.reach {
            match *reach {
                Reach::Of { field, filters } => {
                    for (owner, filter) in filters {
                        let owners = kind::find(owner).into_iter().flat_map(ids);
                        let values = owners.map(u64::to_string).collect();
                        all.push(Question { kind, filter, field, values });
                    }
                }
                Reach::Saying { field, filter } => {
                    let values = self.wanted(kind, field, state).into_iter().collect();
                    all.push(Question { kind, filter, field, values });
                }
                Reach::OfSource { field, filter } if has_custom_field(state, kind, field) => {
                    all.push(Question { kind, filter, field, values: self.sources.clone() });
                }
                // NetBox ignores a filter by a custom field that it does not have.
                Reach::OfSource { .. } => {}
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
        let ours = self.ours(state);
        let mut counting = ours.clone();
        if let Some(kind) = kind::of(&SourceObject::Cluster) {
            let named = state.objects(kind).filter(|(_, row)| self.names_cluster(row)).map(|(id, _)| id);
            counting.entry(rank(kind)).or_default().extend(named);
        }
        loop {
            let before: usize = counting.values().map(BTreeSet::len).sum();
            for kind in self.kinds.iter().filter(|kind| !kind.reach.is_empty()) {
                let counts = self.rule(kind, &counting);
                let more: Vec<u64> =
                    state.objects(kind).filter(|(_, row)| counts(row)).map(|(id, _)| id).collect();
                drop(counts);
                counting.entry(rank(kind)).or_default().extend(more);
                follow(kind, state, &ours, &mut counting);
            }
            if counting.values().map(BTreeSet::len).sum::<usize>() == before {
                return counting;
            }
        }
    }

    /// Whether rows of a kind count by its rules.
    fn rule<'a>(&'a self, kind: &'static Kind, counting: &'a Counting) -> impl Fn(&Object) -> bool + 'a {
        let owned: Vec<_> = kind
            .reach
            .iter()
            .filter_map(|reach| match reach {
                Reach::Of { field, filters } => Some((kind.field(field)?, *filters)),
                _ => None,
            })
            .flat_map(|(spec, filters)| filters.iter().map(move |(owner, _)| (spec, kind::find(owner))))
            .filter_map(|(spec, owner)| Some((spec, owner?, counting.get(&rank(owner?))?)))
            .collect();
        let said: Vec<_> = kind
            .reach
            .iter()
            .filter_map(|reach| match reach {
                Reach::Saying { field, .. } => Some((*field, self.folded.get(&(rank(kind), *field))?)),
                _ => None,
            })
            .collect();
        move |row| {
            let of = |(spec, owner, ids): &(&FieldSpec, &Kind, &BTreeSet<u64>)| {
                names(spec, row, owner).is_some_and(|id| ids.contains(&id))
            };
            let says = |(field, said): &(&str, &HashSet<String>)| {
                keyed::held(kind, row, field).is_some_and(|held| {
                    let numbered = kind.unique_name.is_some() && said.contains(&fold(without_number(&held)));
                    numbered || said.contains(&fold(&held))
                })
            };
            owned.iter().any(of) || said.iter().any(says)
        }
    }

    /// Whether a cluster has the name of a source, or one that drafts describe or refer to.
    fn names_cluster(&self, row: &Object) -> bool {
        row.get("name").and_then(|name| name.as_str()).is_some_and(|name| {
            let name = fold(trim(name));
            self.clusters.contains(&name) || self.sources.iter().any(|source| fold(source) == name)
        })
    }

    /// The rows that are of the run's sources, as they say themselves, as the rows beside them say, or by their cluster.
    fn ours(&self, state: &State) -> Counting {
        let owners = |kind: &'static Kind| Some(Owners::new(kind, kind.identity?, state));
        let clusters = kind::of(&SourceObject::Cluster).and_then(owners);
        let source_of = |cluster: u64| Some(clusters.as_ref()?.identity_of(cluster, |_| None)?.source);
        let mut ours = Counting::new();
        for (kind, owners) in self.kinds.iter().filter_map(|kind| Some((*kind, owners(kind)?))) {
            let is_ours = |id: &u64| {
                owners.source_of(*id, source_of).is_some_and(|source| self.sources.contains(&source))
            };
            let told = state.objects(kind).map(|(id, _)| id).filter(is_ours);
            ours.insert(rank(kind), told.chain(self.beside(kind, state)).collect());
        }
        ours
    }

    /// The objects of a kind that the rows beside them give to a source of the run, whether they were read or not.
    fn beside(&self, kind: &'static Kind, state: &State) -> Vec<u64> {
        let Some((sidecar, [parent])) = kind.sidecar().and_then(|row| Some((row, *row.keys.first()?))) else {
            return Vec::new();
        };
        let is_ours = |row: &Object| {
            let source = row.get("proxmox_cluster_name").and_then(normal::choice);
            source.is_some_and(|source| self.sources.contains(trim(&source)))
        };
        let rows = state.objects(sidecar).filter(|(_, row)| is_ours(row));
        rows.filter_map(|(_, row)| relation(row, parent)).collect()
    }
}

/// What rows that count refer to counts, too, and the cluster of what is a source's.
fn follow(kind: &'static Kind, state: &State, ours: &Counting, counting: &mut Counting) {
    let targets =
        |spec: &'static FieldSpec| spec.holds.targets().iter().map(move |name| (spec, kind::find(name)));
    let links: Vec<(&FieldSpec, &Kind, usize)> = fields(kind)
        .flat_map(targets)
        .filter_map(|(spec, target)| Some((spec, target.filter(|target| !target.reach.is_empty())?)))
        .map(|(spec, target)| (spec, target, rank(target)))
        .collect();
    let of_a_source = ours.get(&rank(kind));
    let mut more = Counting::new();
    for id in counting.get(&rank(kind)).into_iter().flatten() {
        let Some(row) = state.get(kind, *id) else { continue };
        for (spec, target, rank) in &links {
            let ids = more.entry(*rank).or_default();
            match row.get(spec.name) {
                Some(Json::Array(list)) => ids.extend(list.iter().filter_map(normal::id)),
                _ => ids.extend(names(spec, row, target)),
            }
        }
        if of_a_source.is_some_and(|ours| ours.contains(id))
            && let (Some(cluster), Some(clusters)) =
                (relation(row, "cluster"), kind::of(&SourceObject::Cluster))
        {
            more.entry(rank(clusters)).or_default().insert(cluster);
        }
    }
    for (kind, ids) in more {
        counting.entry(kind).or_default().extend(ids);
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

fn has_custom_field(state: &State, kind: &Kind, name: &str) -> bool {
    let Some(definitions) = kind::find("extras.customfield") else { return false };
    state.objects(definitions).any(|(_, row)| {
        let types = row.get("object_types").map(normal::texts).unwrap_or_default();
        row.get("name").and_then(|held| held.as_str()) == Some(name)
            && types.iter().any(|held| held == kind.name)
    })
}
