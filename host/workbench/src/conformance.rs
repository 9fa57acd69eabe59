//! What every module must keep to, whatever it maps. It is tried with the facts of the module's cases and with standard
//! facts of each interface that it maps.

use crate::bench::{self, Settings, Workbench};
use crate::case::{Case, Context};
use crate::diff;
use crate::drafts;
use crate::error::WorkbenchError;
use crate::{identity, standard};
use proxbox_model::draft::Outcome;
use proxbox_model::{Problem, SourceObject};
use proxbox_transform::{Mapped, ModuleSet};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Most faults that are told of one claim.
const TOLD: usize = 5;

/// What a module must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// The host uses it, with the settings of each case.
    Loads,
    /// It fails on nothing.
    NeverFails,
    /// One outcome for each fact.
    CountPreserving,
    /// The same facts give the same bytes.
    Deterministic,
    /// The outcomes are in the order of the facts.
    OrderPreserving,
    /// An outcome does not depend on what is mapped beside its fact, but for its siblings.
    Independent,
    /// Drafts hold kinds, fields and values that NetBox has.
    KnownFields,
    /// Who an object is stays with the host.
    Identity,
    /// Over its own output it changes nothing.
    Idempotent,
}

impl Claim {
    /// Every claim, in the order in which they are told.
    pub const ALL: [Self; 9] = [
        Self::Loads,
        Self::NeverFails,
        Self::CountPreserving,
        Self::Deterministic,
        Self::OrderPreserving,
        Self::Independent,
        Self::KnownFields,
        Self::Identity,
        Self::Idempotent,
    ];

    /// The claim in words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Loads => "the host takes it",
            Self::NeverFails => "it fails on no object",
            Self::CountPreserving => "it gives one outcome for each object",
            Self::Deterministic => "the same objects give the same drafts, byte for byte",
            Self::OrderPreserving => "its outcomes are in the order of the objects",
            Self::Independent => "an outcome does not depend on the objects beside",
            Self::KnownFields => "it drafts only what NetBox has",
            Self::Identity => "it leaves to the host who an object is",
            Self::Idempotent => "over its own output it changes nothing",
        }
    }

    /// What an author does about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Loads => "Run `proxbox transform check` on the file.",
            Self::NeverFails => "Return `skip` or `reject` for what you cannot map.",
            Self::CountPreserving => "Return one outcome for each fact, in order; `skip` leaves one out.",
            Self::Deterministic => "Sort what comes from sets and maps before it goes into a draft.",
            Self::OrderPreserving => "Return the outcomes in the order of the facts.",
            Self::Independent => {
                "Decide for each fact by itself, or among the interfaces or addresses of one guest or node; a batch is cut anywhere else."
            }
            Self::KnownFields => "Use NetBox's REST names; the reference lists kinds and fields.",
            Self::Identity => "Leave the proxmox_* identity fields as the next mapper gave them.",
            Self::Idempotent => "Set values instead of adding to what is there.",
        }
    }
}

/// How a claim came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The claim.
    pub claim: Claim,
    /// Whether it could be tried: of a module that fails on everything, there is little more to say.
    pub tried: bool,
    /// What speaks against it; empty when nothing does.
    pub faults: Vec<String>,
    /// How many more there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: usize,
}

impl Finding {
    /// Whether it was tried and nothing speaks against it.
    pub fn holds(&self) -> bool {
        self.tried && self.faults.is_empty()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How a module came out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Conformance {
    /// One for each claim.
    pub findings: Vec<Finding>,
    /// What deserves a look and is no fault.
    pub notes: Vec<String>,
    /// Facts that it was tried with.
    pub objects: usize,
}

impl Conformance {
    /// Whether nothing speaks against any claim.
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.faults.is_empty())
    }
}

/// Tries a module with the facts and settings of its cases and with standard facts; without cases, with `settings`.
///
/// # Errors
/// When a case is of an interface that the module does not map.
pub async fn conformance(
    bench: &Workbench,
    cases: &[Case],
    settings: &Settings,
) -> Result<Conformance, WorkbenchError> {
    let mut record = Record::default();
    for group in groups(bench, cases, settings)? {
        record.objects += group.facts.len();
        match try_group(bench, &group, &mut record).await {
            Ok(()) => {}
            Err(WorkbenchError::Refused { problem }) => record.fault(Claim::Loads, &sentence(&problem)),
            // What is wrong with a case is told where the cases are.
            Err(WorkbenchError::Fact(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(record.finish())
}

/// Facts that are mapped in one call.
struct Group {
    interface: String,
    settings: Settings,
    context: Context,
    facts: Vec<Json>,
}

impl Group {
    fn source(&self) -> &str {
        &self.context.source.cluster
    }

    fn label(&self, place: usize) -> String {
        self.facts.get(place).map_or_else(String::new, |fact| identity::label(&self.interface, fact))
    }
}

/// The facts by interface, settings and context: those of the cases, then the standard ones with all settings that occur.
fn groups(bench: &Workbench, cases: &[Case], settings: &Settings) -> Result<Vec<Group>, WorkbenchError> {
    let maps = &bench.info().interfaces;
    let mut facts: Vec<(String, &Settings, &Context, &Json)> = Vec::new();
    let mut choices: Vec<&Settings> = Vec::new();
    for case in cases {
        facts.push((case.interface_among(maps)?, &case.settings, &case.context, &case.fact));
        if !choices.contains(&&case.settings) {
            choices.push(&case.settings);
        }
    }
    if choices.is_empty() {
        choices.push(settings);
    }
    let standard: Vec<(&String, Vec<Case>)> =
        maps.iter().map(|interface| (interface, standard::cases(interface))).collect();
    for chosen in choices {
        for (interface, cases) in &standard {
            facts.extend(cases.iter().map(|case| ((*interface).clone(), chosen, &case.context, &case.fact)));
        }
    }
    Ok(grouped(facts))
}

fn grouped(facts: Vec<(String, &Settings, &Context, &Json)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut seen: Vec<BTreeSet<SourceObject>> = Vec::new();
    for (interface, settings, context, fact) in facts {
        let alike = |group: &Group| {
            group.interface == interface && group.settings == *settings && group.context == *context
        };
        let place = groups.iter().position(alike).unwrap_or_else(|| {
            let (settings, context) = (settings.clone(), context.clone());
            groups.push(Group { interface: interface.clone(), settings, context, facts: Vec::new() });
            seen.push(BTreeSet::new());
            groups.len() - 1
        });
        if let (Some(group), Some(seen)) = (groups.get_mut(place), seen.get_mut(place)) {
            group.facts.push(unlike(&interface, fact, seen));
        }
    }
    groups
}

/// The fact, as another object when one like it is there: no source has two of one identity.
fn unlike(interface: &str, fact: &Json, seen: &mut BTreeSet<SourceObject>) -> Json {
    let mut fact = fact.clone();
    for _ in 0..1000 {
        if identity::of(interface, &fact).is_none_or(|object| seen.insert(object)) {
            break;
        }
        identity::vary(interface, &mut fact, 1);
    }
    fact
}

/// What was found so far.
#[derive(Default)]
struct Record {
    tried: BTreeSet<Claim>,
    /// By claim, each fault with the objects that show it, in the order in which they were found.
    faults: BTreeMap<Claim, Vec<(String, Vec<String>)>>,
    notes: BTreeSet<String>,
    objects: usize,
}

impl Record {
    /// A fault of the module as a whole.
    fn fault(&mut self, claim: Claim, fault: &str) {
        self.fault_of(claim, fault, None);
    }

    /// A fault that an object shows.
    fn fault_of(&mut self, claim: Claim, fault: &str, object: Option<String>) {
        self.tried.insert(claim);
        let faults = self.faults.entry(claim).or_default();
        match faults.iter_mut().find(|(known, _)| known == fault) {
            Some((_, objects)) => objects.extend(object),
            None => faults.push((fault.to_owned(), object.into_iter().collect())),
        }
    }

    fn finish(mut self) -> Conformance {
        let finding = |claim| {
            let faults = self.faults.remove(&claim).unwrap_or_default();
            let more = faults.len().saturating_sub(TOLD);
            let faults = faults.iter().take(TOLD).map(|(fault, objects)| told(fault, objects)).collect();
            Finding { claim, tried: self.tried.contains(&claim), faults, more }
        };
        let findings = Claim::ALL.into_iter().map(finding).collect();
        Conformance { findings, notes: self.notes.into_iter().collect(), objects: self.objects }
    }
}

/// `virtual-machine 101 (web) and 4 more: FAULT`.
fn told(fault: &str, objects: &[String]) -> String {
    match objects {
        [] => fault.to_owned(),
        [only] => format!("{only}: {fault}"),
        [first, more @ ..] => format!("{first} and {} more: {fault}", more.len()),
    }
}

async fn try_group(bench: &Workbench, group: &Group, record: &mut Record) -> Result<(), WorkbenchError> {
    let set = bench.chain(&group.settings).await?;
    record.tried.extend([Claim::Loads, Claim::NeverFails, Claim::CountPreserving]);
    let first = map(&set, group, &group.facts).await?;
    note_log(&first, record);
    if !first.problems.is_empty() {
        // With failures in it, what follows would only say the same in other words.
        first.problems.iter().for_each(|problem| failed(problem, record));
        return Ok(());
    }
    let outcomes = bench::outcomes(&first);
    let again = bench::outcomes(&map(&set, group, &group.facts).await?);
    compare_bytes(group, &outcomes, &again, record);
    try_other_batches(&set, group, &outcomes, record).await?;
    let twice = map(&*bench.twice(&group.settings).await?, group, &group.facts).await?;
    twice.problems.iter().for_each(|problem| record.fault(Claim::Idempotent, &sentence(problem)));
    compare(Claim::Idempotent, "a second time", group, &outcomes, &bench::outcomes(&twice), record);
    let usual = map(&bench.usual(), group, &group.facts).await?;
    look_at_drafts(group, &outcomes, &bench::outcomes(&usual), record);
    Ok(())
}

/// The facts backwards, and each by itself; siblings stay together.
async fn try_other_batches(
    set: &ModuleSet,
    group: &Group,
    outcomes: &[Outcome],
    record: &mut Record,
) -> Result<(), WorkbenchError> {
    let siblings = siblings(&group.interface, &group.facts);
    let mut alone = Vec::with_capacity(group.facts.len());
    for facts in &siblings {
        alone.extend(bench::outcomes(&map(set, group, facts).await?));
    }
    compare(Claim::Independent, "by itself", group, outcomes, &alone, record);
    let backwards: Vec<Json> = siblings.iter().rev().flat_map(|facts| facts.iter().cloned()).collect();
    let mut turned = bench::outcomes(&map(set, group, &backwards).await?).into_iter();
    let mut turned: Vec<Vec<Outcome>> =
        siblings.iter().rev().map(|facts| turned.by_ref().take(facts.len()).collect()).collect();
    turned.reverse();
    compare(Claim::OrderPreserving, "in another order", group, outcomes, &turned.concat(), record);
    Ok(())
}

/// Facts that the host keeps in one call, because a mapper may choose among them.
fn siblings<'a>(interface: &str, facts: &'a [Json]) -> Vec<&'a [Json]> {
    let are = |one: &Json, next: &Json| {
        owner(interface, one).is_some_and(|owner_of_one| Some(owner_of_one) == owner(interface, next))
    };
    facts.chunk_by(are).collect()
}

/// The guest or node whose a fact is; none where each fact is mapped by itself.
fn owner<'a>(interface: &str, fact: &'a Json) -> Option<&'a Json> {
    match interface {
        "vm-interface" | "mac-address" | "guest-interface" => fact.get("vmid"),
        "node-interface" => fact.get("node"),
        "ip-address" => fact.get("owner")?.as_object()?.values().next()?.get(0),
        _ => None,
    }
}

async fn map(set: &ModuleSet, group: &Group, facts: &[Json]) -> Result<Mapped, WorkbenchError> {
    bench::map(set, &group.interface, &group.context, facts).await
}

/// The same failure on other objects is told once.
fn failed(problem: &Problem, record: &mut Record) {
    let claim = if problem.code == "module-wrong-count" { Claim::CountPreserving } else { Claim::NeverFails };
    let what = |message: &str| message.split(" on ").next().unwrap_or_default().to_owned();
    let known = record.faults.get(&claim).into_iter().flatten();
    if !known.into_iter().any(|(fault, _)| what(fault) == what(&problem.message)) {
        record.fault(claim, &sentence(problem));
    }
}

/// A problem with the last words of the module.
fn sentence(problem: &Problem) -> String {
    match problem.causes.last() {
        Some(last) => format!("{} It wrote last: {last}", problem.message),
        None => problem.message.clone(),
    }
}

/// What a module tried in vain is no fault, but its author may want to know.
fn note_log(mapped: &Mapped, record: &mut Record) {
    let tried = mapped
        .log
        .iter()
        .map(|line| line.message.as_str())
        .filter(|line| line.ends_with("which modules may not"));
    record.notes.extend(tried.map(|line| format!("it {line}")));
}

fn compare_bytes(group: &Group, one: &[Outcome], other: &[Outcome], record: &mut Record) {
    record.tried.insert(Claim::Deterministic);
    let bytes = |outcome: &Outcome| serde_json::to_string(outcome).unwrap_or_default();
    for (place, (one, other)) in one.iter().zip(other).enumerate() {
        if bytes(one) != bytes(other) {
            let changes = diff::outcomes(one, other);
            let what =
                changes.first().map_or_else(|| "the order of what it holds".to_owned(), ToString::to_string);
            record.fault_of(Claim::Deterministic, &what, Some(group.label(place)));
        }
    }
}

fn compare(claim: Claim, how: &str, group: &Group, one: &[Outcome], other: &[Outcome], record: &mut Record) {
    record.tried.insert(claim);
    for (place, (one, other)) in one.iter().zip(other).enumerate() {
        if let Some(change) = diff::outcomes(one, other).first() {
            record.fault_of(claim, &format!("{how}, {change}"), Some(group.label(place)));
        }
    }
}

fn look_at_drafts(group: &Group, outcomes: &[Outcome], usual: &[Outcome], record: &mut Record) {
    record.tried.extend([Claim::KnownFields, Claim::Identity]);
    let pairs = outcomes.iter().zip(usual).zip(&group.facts).enumerate();
    for (place, ((outcome, usual), fact)) in pairs {
        if let Some(fault) = drafts::refused(&group.interface, group.source(), fact, outcome) {
            record.fault_of(Claim::KnownFields, &fault, Some(group.label(place)));
        }
        if let Some(fault) = drafts::false_identity(&group.interface, group.source(), fact, outcome) {
            record.fault_of(Claim::Identity, &fault, Some(group.label(place)));
        }
        let needed = drafts::needed(outcome, usual);
        record.notes.extend(
            needed
                .into_iter()
                .map(|object| format!("it refers to {object}, which must be in NetBox already")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_one_object_become_facts_of_several() {
        let cases = standard::cases("virtual-machine");
        let (settings, context) = (Settings::new(), Context::default());
        let fact = &cases[0].fact;
        let facts = (0..4).map(|_| ("virtual-machine".to_owned(), &settings, &context, fact)).collect();
        let groups = grouped(facts);
        assert_eq!(groups.len(), 1);
        let objects: BTreeSet<_> =
            groups[0].facts.iter().map(|fact| identity::of("virtual-machine", fact).unwrap()).collect();
        assert_eq!(objects.len(), 4);
        assert_eq!(groups[0].facts[0], *fact);
    }

    #[test]
    fn of_many_faults_some_are_told_and_the_rest_counted() {
        let mut record = Record::default();
        (0..8).for_each(|n| record.fault(Claim::KnownFields, &format!("fault {n}")));
        for object in ["node a", "node b", "node c"] {
            record.fault_of(Claim::KnownFields, "fault 0", Some(object.to_owned()));
        }
        let found = record.finish();
        let finding = found.findings.iter().find(|finding| finding.claim == Claim::KnownFields).unwrap();
        assert_eq!((finding.faults.len(), finding.more), (TOLD, 3));
        assert_eq!(finding.faults[0], "node a and 2 more: fault 0");
        assert!(!found.holds());
        assert_eq!(found.findings.len(), Claim::ALL.len());
    }
}
