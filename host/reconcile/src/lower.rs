//! From outcomes to desired objects.

use crate::check::{self, Checked, mirrored_kind};
use crate::desired::{Collection, label};
use crate::error::ReconcileError;
use crate::text::{shown, trim};
use crate::value::Want;
use crate::{Fact, FactOutcome, custom};
use proxbox_model::draft::{Outcome, Rejection};
use proxbox_model::kind::{self, Kind, rank};
use proxbox_model::report::ObjectResult;
use proxbox_model::{Identity, Problem, SourceObject};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Desired objects, checked against the table of kinds, and the facts that are settled already.
#[derive(Clone, Debug)]
pub struct Lowered {
    pub(crate) facts: Vec<(Fact, Lowering)>,
    pub(crate) desired: Collection,
}

/// What lowering made of a fact.
#[derive(Clone, Debug)]
pub(crate) enum Lowering {
    /// Its own object is the desired object at that position.
    Desired(usize),
    Settled(ObjectResult),
}

impl Lowered {
    /// What a snapshot of NetBox must hold for [`crate::reconcile`], in dependency order: the kinds of all objects and
    /// of everything they refer to, tags and custom fields.
    pub fn kinds(&self) -> Vec<&'static Kind> {
        let mut kinds: BTreeMap<usize, &'static Kind> = BTreeMap::new();
        let mut add = |kind: &'static Kind| kinds.insert(rank(kind), kind);
        for name in ["extras.tag", "extras.customfield"] {
            kind::find(name).map(&mut add);
        }
        for (fact, _) in &self.facts {
            for object in [&SourceObject::Cluster, &fact.identity.object] {
                mirrored_kind(object).map(&mut add);
            }
        }
        for object in &self.desired.objects {
            add(object.kind);
            for wanted in object.fields.values().chain(object.custom_fields.values()) {
                wanted.want.refs().iter().flat_map(crate::reference::Ref::kinds).for_each(|kind| {
                    add(kind);
                });
            }
        }
        kinds.into_values().collect()
    }
}

struct Pending {
    fact: usize,
    own: bool,
    module: Arc<str>,
    draft: Checked,
}

/// Checks every draft against the table of kinds and merges those that mean the same object. A wrong draft settles its
/// own fact as failed and nothing else. Where two drafts disagree on a field, a fact's own draft wins over what others
/// bring along, then the earlier fact wins.
pub fn lower(facts: Vec<(Fact, FactOutcome)>) -> Lowered {
    let mut pending: Vec<Pending> = Vec::new();
    let mut seen: BTreeSet<Identity> = BTreeSet::new();
    let mut checked: Vec<(Fact, Option<ObjectResult>)> = Vec::with_capacity(facts.len());
    for (position, (mut fact, outcome)) in facts.into_iter().enumerate() {
        fact.identity = canonical(fact.identity);
        let settled = match check_fact(&fact, outcome, &mut seen) {
            Ok((module, drafts)) => {
                pending.extend(drafts.into_iter().enumerate().map(|(i, draft)| Pending {
                    fact: position,
                    own: i == 0,
                    module: Arc::clone(&module),
                    draft,
                }));
                None
            }
            Err(result) => Some(result),
        };
        checked.push((fact, settled));
    }
    let (desired, owned) = collect(pending);
    let lowering = |(position, (fact, settled)): (usize, (Fact, Option<ObjectResult>))| {
        let lowering = match settled {
            Some(result) => Lowering::Settled(result),
            None => Lowering::Desired(*owned.get(&position)?),
        };
        Some((fact, lowering))
    };
    Lowered { facts: checked.into_iter().enumerate().filter_map(lowering).collect(), desired }
}

/// Identities are compared without the white space that NetBox might strip.
fn canonical(identity: Identity) -> Identity {
    Identity {
        source: trim(&identity.source).to_owned(),
        object: match identity.object {
            SourceObject::Node(name) => SourceObject::Node(trim(&name).to_owned()),
            other => other,
        },
    }
}

fn check_fact(
    fact: &Fact,
    outcome: FactOutcome,
    seen: &mut BTreeSet<Identity>,
) -> Result<(Arc<str>, Vec<Checked>), ObjectResult> {
    let object = label(&fact.identity, &fact.name);
    let failed = |error: ReconcileError| ObjectResult::Failed { problem: Problem::from(&error) };
    let (module, drafts) = match outcome {
        FactOutcome::Failed(problem) => return Err(ObjectResult::Failed { problem }),
        FactOutcome::Mapped { outcome: Outcome::Skip(reason), .. } => {
            return Err(ObjectResult::Skipped { reason });
        }
        FactOutcome::Mapped { module, outcome: Outcome::Reject(rejection) } => {
            return Err(ObjectResult::Failed { problem: rejected(&module, &object, rejection) });
        }
        FactOutcome::Mapped { module, outcome: Outcome::Keep(drafts) } => (module, drafts),
    };
    if fact.identity.source.is_empty() || fact.identity.object == SourceObject::Node(String::new()) {
        return Err(failed(ReconcileError::Nameless { object }));
    }
    let drafts = check::drafts(drafts, &fact.identity).map_err(|fault| {
        failed(ReconcileError::Draft {
            module: shown(&module),
            object: object.clone(),
            fault: Box::new(fault),
        })
    })?;
    if !seen.insert(fact.identity.clone()) {
        return Err(failed(ReconcileError::SeenTwice { object }));
    }
    Ok((module.into(), drafts))
}

fn rejected(module: &str, object: &str, rejection: Rejection) -> Problem {
    let field = rejection.field.map(|field| format!(" (field `{}`)", shown(&field))).unwrap_or_default();
    let message = format!("{} rejected {object}: {}{field}", shown(module), shown(&rejection.message));
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let usable =
        !rejection.code.is_empty() && rejection.code.len() <= 64 && rejection.code.chars().all(kebab);
    Problem::new(if usable { rejection.code.as_str() } else { "rejected" }, message)
}

/// Merges drafts in dependency order, and says which desired object is each fact's own.
fn collect(mut pending: Vec<Pending>) -> (Collection, HashMap<usize, usize>) {
    let mut collection = Collection::default();
    let tags = collect_tags(&mut pending, &mut collection);
    let host: Arc<str> = "the host".into();
    for draft in custom::needed(pending.iter().map(|pending| &pending.draft)) {
        collection.add(draft, BTreeSet::new(), false, &host);
    }
    let mut order: Vec<(Pending, BTreeSet<usize>)> = pending.into_iter().zip(tags).collect();
    order.sort_by_key(|(pending, _)| (rank(pending.draft.kind), !pending.own, pending.fact));
    let mut owned = HashMap::new();
    for (pending, tags) in order {
        let position = collection.add(pending.draft, tags, pending.own, &pending.module);
        if pending.own {
            owned.insert(pending.fact, position);
        }
    }
    (collection, owned)
}

/// Collects the tags of every draft; they come before everything else.
fn collect_tags(pending: &mut [Pending], collection: &mut Collection) -> Vec<BTreeSet<usize>> {
    let Some(kind) = kind::find("extras.tag") else {
        return pending.iter().map(|_| BTreeSet::new()).collect();
    };
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut collected = Vec::with_capacity(pending.len());
    for Pending { draft, module, .. } in pending {
        let mut positions = BTreeSet::new();
        for fields in std::mem::take(&mut draft.tags) {
            let slug = fields.get("slug").and_then(Want::text).unwrap_or_default().to_owned();
            let position = *known.entry(slug).or_insert_with(|| {
                let draft = Checked {
                    kind,
                    identity: None,
                    fields,
                    custom_fields: BTreeMap::new(),
                    tags: Vec::new(),
                };
                collection.add(draft, BTreeSet::new(), false, module)
            });
            positions.insert(position);
        }
        collected.push(positions);
    }
    collected
}
