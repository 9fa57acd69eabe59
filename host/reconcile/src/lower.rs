//! From outcomes to desired objects.

use crate::check::{self, Checked};
use crate::desired::{Collection, Marks, Origin, label};
use crate::error::{Fault, ReconcileError};
use crate::fact::Writing;
use crate::owners::VM_INTERFACE;
use crate::tags::TagKey;
use crate::text::{shown, trim};
use crate::value::Want;
use crate::world::{Records, World};
use crate::{Fact, FactOutcome, Sources, address, custom, sidecars};
use proxbox_model::draft::{Outcome, Rejection};
use proxbox_model::kind::{self, FieldType, Kind, Ownership, rank};
use proxbox_model::report::ObjectResult;
use proxbox_model::{Identity, Problem, SourceObject};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::take;
use std::sync::Arc;

/// Desired objects, checked against the table of kinds, and the facts that are settled already.
#[derive(Clone, Debug)]
pub struct Lowered {
    pub(crate) facts: Vec<(Fact, Lowering)>,
    pub(crate) desired: Collection,
    sidecars: bool,
}

/// What lowering made of a fact.
#[derive(Clone, Debug)]
pub(crate) enum Lowering {
    /// Its own object and its parts are the desired objects at those positions.
    Desired {
        own: usize,
        parts: Vec<usize>,
    },
    Settled(ObjectResult),
}

impl Lowered {
    /// Objects that no fact stands behind.
    pub(crate) fn of(desired: Collection) -> Self {
        Self { facts: Vec::new(), desired, sidecars: false }
    }

    /// What a snapshot of NetBox must hold for [`crate::reconcile`], in dependency order: the kinds of all objects and
    /// of everything they refer to, tags and custom fields.
    pub fn kinds(&self) -> Vec<&'static Kind> {
        self.kinds_with(&Sources::default())
    }

    /// The same, with the kinds of which something may be gone, though nothing of them is left in Proxmox.
    pub fn kinds_with(&self, sources: &Sources) -> Vec<&'static Kind> {
        let mut kinds: BTreeMap<usize, &'static Kind> = BTreeMap::new();
        let mut add = |kind: &'static Kind| {
            let kind = kind::find(kind.model()).unwrap_or(kind);
            kinds.insert(rank(kind), kind);
            // Sidecars hold identities, too.
            if let Some(sidecar) = kind.sidecar().filter(|_| self.sidecars && kind.identity.is_some()) {
                kinds.insert(rank(sidecar), sidecar);
            }
        };
        for name in ["extras.tag", "extras.customfield"] {
            kind::find(name).map(&mut add);
        }
        for kind in sources.kinds() {
            add(kind);
            // Whose part a row is says the object that it belongs to.
            let owners = kind.fields.iter().filter_map(|field| match field.holds {
                FieldType::Relation(target) => kind::find(target).filter(|target| target.identity.is_some()),
                _ => None,
            });
            owners.for_each(&mut add);
            kind::of(&SourceObject::Cluster).map(&mut add);
        }
        for (fact, _) in &self.facts {
            for object in [&SourceObject::Cluster, &fact.identity.object] {
                kind::of(object).map(&mut add);
            }
        }
        for object in &self.desired.objects {
            add(object.kind);
            for wanted in object.fields.values().chain(object.custom_fields.values()) {
                for to in wanted.want.refs() {
                    to.kinds().into_iter().for_each(&mut add);
                }
            }
            if object.marks.as_ref().is_some_and(|marks| !marks.macs.is_empty()) {
                kind::find(VM_INTERFACE).map(&mut add);
            }
            // Whose a VLAN is that the object is not on any more.
            if object.fields.contains_key("untagged_vlan") {
                kind::find("ipam.vlan").map(&mut add);
            }
        }
        kinds.into_values().collect()
    }
}

/// A draft that is not merged yet. Boxed, as there are many: what is merged makes room for what it is merged into.
struct Pending {
    fact: usize,
    /// Whether it is the fact's own object.
    own: bool,
    /// Whether it is part of the fact's object, so that its fate is the fact's.
    part: bool,
    origin: Box<Origin>,
    module: Arc<str>,
    draft: Box<Checked>,
}

/// Checks every draft against the table of kinds and merges those that mean the same object. A wrong draft settles its
/// own fact as failed and nothing else. Where two drafts disagree on a field, a fact's own draft wins over what others
/// bring along, then the earlier fact wins.
pub fn lower(facts: Vec<(Fact, FactOutcome)>, world: &World) -> Lowered {
    let mut pending: Vec<Pending> = Vec::new();
    let mut seen: BTreeSet<Identity> = BTreeSet::new();
    let mut left_out: HashMap<Identity, String> = HashMap::new();
    let facts = facts.into_iter().enumerate();
    let check = |(position, (mut fact, outcome)): (usize, (Fact, FactOutcome))| {
        fact.identity = canonical(fact.identity);
        fact.parent = fact.parent.map(canonical);
        let without = fact.parent.as_ref().and_then(|parent| left_out.get(parent));
        let settled = match (without, check_fact(&mut fact, outcome, &mut seen, world)) {
            (Some(reason), _) => Some(ObjectResult::Skipped { reason: reason.clone() }),
            (None, Err(result)) => Some(result),
            (None, Ok(drafts)) => {
                pending.extend(drafts.into_iter().map(|draft| Pending { fact: position, ..draft }));
                None
            }
        };
        if let Some(ObjectResult::Skipped { reason }) = &settled {
            let name = label(&fact.identity, &fact.name);
            let reason =
                if without.is_some() { reason.clone() } else { format!("{name} is left out: {reason}") };
            left_out.insert(fact.identity.clone(), reason);
        }
        (fact, settled)
    };
    let checked: Vec<(Fact, Option<ObjectResult>)> = facts.map(check).collect();
    let (desired, owned) = collect(pending, world);
    let lowering = |(position, (fact, settled)): (usize, (Fact, Option<ObjectResult>))| {
        let lowering = match settled {
            Some(result) => Lowering::Settled(result),
            None => {
                let (own, parts) = owned.get(&position)?;
                Lowering::Desired { own: (*own)?, parts: parts.clone() }
            }
        };
        Some((fact, lowering))
    };
    let facts = checked.into_iter().enumerate().filter_map(lowering).collect();
    Lowered { facts, desired, sidecars: world.records == Records::Sidecars }
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

/// Checks what a mapper made of a fact. What the fact says of its object goes along, and is not kept twice.
fn check_fact(
    fact: &mut Fact,
    outcome: FactOutcome,
    seen: &mut BTreeSet<Identity>,
    world: &World,
) -> Result<Vec<Pending>, ObjectResult> {
    let object = label(&fact.identity, &fact.name);
    let failed = |error: ReconcileError| ObjectResult::Failed { problem: Problem::from(&error) };
    let (module, mut drafts) = match outcome {
        FactOutcome::Failed(problem) => return Err(ObjectResult::Failed { problem }),
        FactOutcome::Skipped(reason) | FactOutcome::Mapped { outcome: Outcome::Skip(reason), .. } => {
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
    let wrong = |fault: Fault| {
        failed(ReconcileError::Draft {
            module: shown(&module),
            object: object.clone(),
            fault: Box::new(fault),
        })
    };
    if let Some(own) = drafts.first_mut().filter(|_| world.records != Records::Identity) {
        own.custom_fields.append(&mut fact.host_fields);
    }
    let checked = check::drafts(drafts, &fact.identity).map_err(wrong)?;
    let pending = with_rows(fact, checked, &module.as_str().into(), world).map_err(wrong)?;
    if !seen.insert(fact.identity.clone()) {
        return Err(failed(ReconcileError::SeenTwice { object }));
    }
    Ok(pending)
}

/// The drafts of a fact together with the rows that the host adds.
fn with_rows(
    fact: &mut Fact,
    checked: Vec<Checked>,
    module: &Arc<str>,
    world: &World,
) -> Result<Vec<Pending>, Fault> {
    let host: Arc<str> = "the host".into();
    let mut pending = Vec::new();
    for (position, mut draft) in checked.into_iter().enumerate() {
        let own = position == 0;
        let rows =
            if fact.writing == Writing::Nothing { Vec::new() } else { sidecars::split(&mut draft, world)? };
        let part = draft.kind.ownership == Ownership::Mirrored
            && (draft.identity.is_none() || draft.kind.pass_of.is_some());
        let mut origin = Origin { writing: fact.writing, parent: fact.parent.clone(), ..Origin::default() };
        if own {
            origin.own = true;
            origin.source_tags =
                (fact.identity.object != SourceObject::Cluster).then(|| take(&mut fact.source_tags));
            origin.hint = take(&mut fact.hint);
            origin.evidence = fact.evidence;
            origin.marks = marks(fact);
            origin.candidates = take(&mut fact.candidates);
        } else {
            // A part without an identity of its own is made; another Proxmox object is only extended.
            origin.own = draft.identity.is_none();
        }
        let row_origin = Origin { own: origin.own, writing: fact.writing, ..Origin::default() };
        pending.push(Pending {
            fact: 0,
            own,
            part,
            origin: origin.into(),
            module: Arc::clone(module),
            draft: draft.into(),
        });
        pending.extend(rows.into_iter().map(|draft| Pending {
            fact: 0,
            own: false,
            part: true,
            origin: row_origin.clone().into(),
            module: Arc::clone(&host),
            draft: draft.into(),
        }));
    }
    Ok(pending)
}

/// What a guest is recognised by besides its vmid.
fn marks(fact: &mut Fact) -> Option<Marks> {
    let macs = take(&mut fact.macs);
    let macs = || macs.iter().filter_map(|mac| address::mac(mac)).collect();
    let is_guest = matches!(fact.identity.object, SourceObject::Guest(_));
    is_guest.then(|| Marks { sort: fact.item_type.clone(), macs: macs(), uuid: fact.uuid.clone() })
}

fn rejected(module: &str, object: &str, rejection: Rejection) -> Problem {
    let field = rejection.field.map(|field| format!(" (field `{}`)", shown(&field))).unwrap_or_default();
    let message = format!("{} rejected {object}: {}{field}", shown(module), shown(&rejection.message));
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let usable =
        !rejection.code.is_empty() && rejection.code.len() <= 64 && rejection.code.chars().all(kebab);
    Problem::new(if usable { rejection.code.as_str() } else { "rejected" }, message)
}

/// By fact: the desired object that is its own, and those that are part of it.
type Owned = HashMap<usize, (Option<usize>, Vec<usize>)>;

/// Merges drafts in dependency order, and says which desired objects are each fact's own.
fn collect(mut pending: Vec<Pending>, world: &World) -> (Collection, Owned) {
    let mut collection = Collection::default();
    let tags = collect_tags(&mut pending, &mut collection);
    let host: Arc<str> = "the host".into();
    let writing = pending.iter().filter(|pending| pending.origin.writing != Writing::Nothing);
    for draft in custom::needed(writing.map(|pending| &*pending.draft), world.records) {
        collection.add(draft, BTreeSet::new(), Origin::default(), &host);
    }
    let mut order: Vec<(Pending, BTreeSet<usize>)> = pending.into_iter().zip(tags).collect();
    order.sort_by_key(|(pending, _)| (rank(pending.draft.kind), !pending.own, pending.fact));
    let mut owned = Owned::new();
    for (pending, tags) in order {
        let Pending { fact, own, part, origin, module, draft } = pending;
        // What is only found brings nothing along.
        if origin.writing == Writing::Nothing && !part && !own {
            continue;
        }
        let position = collection.add(*draft, tags, *origin, &module);
        let (of_the_fact, parts) = owned.entry(fact).or_default();
        if own {
            *of_the_fact = Some(position);
        } else if part {
            parts.push(position);
        }
    }
    (collection, owned)
}

/// Collects the tags of every draft; they come before everything else.
fn collect_tags(pending: &mut [Pending], collection: &mut Collection) -> Vec<BTreeSet<usize>> {
    let Some(kind) = kind::find("extras.tag") else {
        return pending.iter().map(|_| BTreeSet::new()).collect();
    };
    let mut known: HashMap<TagKey, usize> = HashMap::new();
    let mut collected = Vec::with_capacity(pending.len());
    for Pending { draft, module, origin, .. } in pending {
        let mut positions = BTreeSet::new();
        if origin.writing == Writing::Nothing {
            draft.tags.clear();
        }
        for fields in std::mem::take(&mut draft.tags) {
            let text = |field: &str| fields.get(field).and_then(Want::text).unwrap_or_default();
            let key = TagKey::of(text("name"), text("slug"));
            let position = *known.entry(key).or_insert_with(|| {
                let draft = Checked { fields, ..Checked::new(kind, None) };
                collection.add_apart(draft, module)
            });
            positions.insert(position);
        }
        collected.push(positions);
    }
    collected
}
