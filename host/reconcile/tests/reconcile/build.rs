//! Facts, drafts and runs, with defaults for whatever a test does not care about.

use crate::netbox::Netbox;
use proxbox_model::draft::{Draft, Field, Outcome, Reference, Rejection, Tag, Value};
use proxbox_model::options::Kept;
use proxbox_model::plan::{Applied, Plan, PlannedObject};
use proxbox_model::report::{Counts, ObjectReport, ObjectResult, Stage};
use proxbox_model::{Identity, Problem, SourceObject};
use proxbox_reconcile::{
    Fact, FactOutcome, FactResult, Lowered, Reaching, Sources, State, World, lower, reconcile, report,
};

pub(crate) const VM: &str = "virtualization.virtualmachine";
pub(crate) const DEVICE: &str = "dcim.device";
pub(crate) const CLUSTER: &str = "virtualization.cluster";

pub(crate) fn draft(kind: &str) -> Draft {
    Draft { kind: kind.to_owned(), key: vec![], fields: vec![], custom_fields: vec![], tags: vec![] }
}

pub(crate) fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

pub(crate) fn reference(kind: &str, key: &[(&str, &str)]) -> Value {
    let key = key.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Value::Reference(Reference { kind: kind.to_owned(), key })
}

/// Chained setters of drafts.
pub(crate) trait With: Sized {
    fn draft(&mut self) -> &mut Draft;

    /// Sets a field, whatever it was.
    fn with(mut self, name: &str, value: Value) -> Self {
        let fields = &mut self.draft().fields;
        fields.retain(|field| field.name != name);
        fields.push(Field { name: name.to_owned(), value });
        self
    }

    fn with_text(self, name: &str, value: &str) -> Self {
        self.with(name, text(value))
    }

    fn without(mut self, name: &str) -> Self {
        self.draft().fields.retain(|field| field.name != name);
        self
    }

    fn custom(mut self, name: &str, value: Value) -> Self {
        self.draft().custom_fields.push(Field { name: name.to_owned(), value });
        self
    }

    fn tag(mut self, slug: &str) -> Self {
        let tag = Tag { name: slug.to_uppercase(), slug: slug.to_owned(), color: "ff5722".to_owned() };
        self.draft().tags.push(tag);
        self
    }

    fn key(mut self, name: &str, value: &str) -> Self {
        self.draft().key.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl With for Draft {
    fn draft(&mut self) -> &mut Draft {
        self
    }
}

/// A fact that its mapper keeps.
#[derive(Clone, Debug)]
pub(crate) struct Kept1 {
    pub(crate) fact: Fact,
    pub(crate) drafts: Vec<Draft>,
}

impl With for Kept1 {
    fn draft(&mut self) -> &mut Draft {
        &mut self.drafts[0]
    }
}

impl Kept1 {
    /// Lets the mapper bring another draft.
    pub(crate) fn bring(mut self, draft: Draft) -> Self {
        self.drafts.push(draft);
        self
    }

    pub(crate) fn skipped(self) -> (Fact, FactOutcome) {
        (self.fact, mapped(Outcome::Skip("not wanted".to_owned())))
    }

    pub(crate) fn rejected(self) -> (Fact, FactOutcome) {
        let rejection = Rejection { code: "odd".to_owned(), message: "it is odd".to_owned(), field: None };
        (self.fact, mapped(Outcome::Reject(rejection)))
    }

    pub(crate) fn unread(self) -> (Fact, FactOutcome) {
        (self.fact, FactOutcome::Failed(Problem::new("proxmox-unreachable", "Node pve1 does not answer")))
    }
}

impl From<Kept1> for (Fact, FactOutcome) {
    fn from(kept: Kept1) -> Self {
        (kept.fact, mapped(Outcome::Keep(kept.drafts)))
    }
}

fn mapped(outcome: Outcome) -> FactOutcome {
    FactOutcome::Mapped { module: "test 1.0.0".to_owned(), outcome }
}

fn kept(identity: Identity, name: &str, draft: Draft) -> Kept1 {
    let (stage, item_type) = match identity.object {
        SourceObject::Cluster => (Stage::Devices, "cluster"),
        SourceObject::Node(_) => (Stage::Devices, "node"),
        _ => (Stage::VirtualMachines, "qemu"),
    };
    let fact = Fact::new(stage, identity, name, item_type);
    Kept1 { fact, drafts: vec![draft] }
}

/// A cluster with its type.
pub(crate) fn cluster(source: &str) -> Kept1 {
    let own = draft(CLUSTER)
        .with_text("name", source)
        .with("type", reference("virtualization.clustertype", &[("slug", "cluster")]));
    kept(Identity::cluster(source), source, own)
        .bring(draft("virtualization.clustertype").with_text("name", "Cluster").with_text("slug", "cluster"))
}

/// A node with all that a device needs.
pub(crate) fn node(source: &str, name: &str) -> Kept1 {
    let site = format!("site-{source}");
    let own = draft(DEVICE)
        .with_text("name", name)
        .with_text("status", "active")
        .with("cluster", reference(CLUSTER, &[("proxmox-cluster", "")]))
        .with("site", reference("dcim.site", &[("slug", &site)]))
        .with("role", reference("dcim.devicerole", &[("slug", "node")]))
        .with(
            "device_type",
            reference("dcim.devicetype", &[("manufacturer.slug", "proxmox"), ("slug", "generic")]),
        );
    kept(Identity::node(source, name), name, own)
        .bring(draft("dcim.manufacturer").with_text("name", "Proxmox").with_text("slug", "proxmox"))
        .bring(
            draft("dcim.devicetype")
                .with("manufacturer", reference("dcim.manufacturer", &[("slug", "proxmox")]))
                .with_text("model", "Generic")
                .with_text("slug", "generic"),
        )
        .bring(role("node"))
        .bring(
            draft("dcim.site")
                .with_text("name", &site)
                .with_text("slug", &site)
                .with_text("status", "active"),
        )
}

/// A guest on node `pve1`.
pub(crate) fn guest(source: &str, vmid: u32, name: &str) -> Kept1 {
    let own = draft(VM)
        .with_text("name", name)
        .with_text("status", "active")
        .with("cluster", reference(CLUSTER, &[("proxmox-cluster", "")]))
        .with("device", reference(DEVICE, &[("proxmox-node", "pve1")]))
        .with("vcpus", Value::Decimal("2.0".to_owned()))
        .with("memory", Value::Integer(2048));
    kept(Identity::guest(source, vmid), name, own)
}

pub(crate) fn role(slug: &str) -> Draft {
    draft("dcim.devicerole").with_text("name", slug).with_text("slug", slug).with_text("color", "00bcd4")
}

/// A source with its cluster, node `pve1` and these guests.
pub(crate) fn source(name: &str, guests: impl IntoIterator<Item = Kept1>) -> Vec<(Fact, FactOutcome)> {
    let mut facts: Vec<(Fact, FactOutcome)> = vec![cluster(name).into(), node(name, "pve1").into()];
    facts.extend(guests.into_iter().map(Into::into));
    facts
}

/// A plan and what came of it.
pub(crate) struct Run {
    pub(crate) plan: Plan,
    pub(crate) applied: Vec<Applied>,
    pub(crate) reports: Vec<ObjectReport>,
    pub(crate) results: Vec<FactResult>,
}

impl Run {
    /// The report of one Proxmox object.
    pub(crate) fn of(&self, identity: &Identity) -> &ObjectReport {
        self.reports.iter().find(|report| report.identity == *identity).unwrap()
    }

    pub(crate) fn vm(&self, source: &str, vmid: u32) -> &ObjectResult {
        &self.of(&Identity::guest(source, vmid)).result
    }

    pub(crate) fn node(&self, source: &str, name: &str) -> &ObjectResult {
        &self.of(&Identity::node(source, name)).result
    }

    pub(crate) fn cluster(&self, source: &str) -> &ObjectResult {
        &self.of(&Identity::cluster(source)).result
    }

    /// NetBox id of a guest.
    pub(crate) fn id(&self, source: &str, vmid: u32) -> u64 {
        self.of(&Identity::guest(source, vmid)).netbox_id.unwrap()
    }

    pub(crate) fn planned(&self, kind: &str, name: &str) -> &PlannedObject {
        self.plan.objects.iter().find(|object| object.kind.name == kind && object.name == name).unwrap()
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.reports.iter().for_each(|report| counts.count(&report.result));
        counts
    }
}

/// Plans without applying.
pub(crate) fn plan_with(
    netbox: &Netbox,
    facts: &[(Fact, FactOutcome)],
    kept: &Kept,
    sources: &Sources,
) -> proxbox_reconcile::Reconciled {
    plan_in(netbox, facts, kept, sources, &World::default())
}

/// Plans without applying, for a certain NetBox.
pub(crate) fn plan_in(
    netbox: &Netbox,
    facts: &[(Fact, FactOutcome)],
    kept: &Kept,
    sources: &Sources,
    world: &World,
) -> proxbox_reconcile::Reconciled {
    let lowered = lower(facts.to_vec(), world);
    let state = netbox.state(&lowered.kinds_with(sources));
    let reached = reached(netbox, &lowered, sources);
    let by_reach = reconcile(lowered.clone(), &reached, kept, sources, world);
    let reconciled = reconcile(lowered, &state, kept, sources, world);
    assert_eq!(by_reach.plan, reconciled.plan, "what was not read makes a difference");
    assert_eq!(by_reach.facts, reconciled.facts);
    assert_eq!(by_reach.problems, reconciled.problems);
    reconciled
}

/// A snapshot of what a run can touch, as if every list were long.
pub(crate) fn reached(netbox: &Netbox, lowered: &Lowered, sources: &Sources) -> State {
    let mut reaching = Reaching::new(lowered, sources);
    let (by_reach, whole): (Vec<_>, Vec<_>) =
        reaching.kinds().partition(|(_, described)| described.is_some());
    let mut state = netbox.state(&whole.iter().map(|(kind, _)| *kind).collect::<Vec<_>>());
    for (kind, _) in by_reach.into_iter().filter(|(kind, _)| !netbox.lacks.contains(kind.name)) {
        state.add(kind, Vec::new(), []);
    }
    loop {
        let questions = reaching.next(&state);
        if questions.is_empty() {
            return state;
        }
        for question in questions {
            let ids = question.values.iter().filter(|_| question.filter == "id");
            let ids: Vec<u64> = ids.map(|id| id.parse().unwrap()).collect();
            state.add(question.kind, netbox.answer(&question), ids);
        }
    }
}

/// A whole run.
pub(crate) fn sync_with(
    netbox: &mut Netbox,
    facts: &[(Fact, FactOutcome)],
    kept: &Kept,
    sources: &Sources,
) -> Run {
    sync_in(netbox, facts, kept, sources, &World::default())
}

/// A whole run, for a certain NetBox.
pub(crate) fn sync_in(
    netbox: &mut Netbox,
    facts: &[(Fact, FactOutcome)],
    kept: &Kept,
    sources: &Sources,
    world: &World,
) -> Run {
    let reconciled = plan_in(netbox, facts, kept, sources, world);
    let applied = netbox.apply(&reconciled.plan);
    let reports = reconciled
        .facts
        .iter()
        .map(|fact| report(fact, &reconciled.plan, &applied, "https://netbox.example.org/"))
        .collect();
    let results = reconciled.facts.into_iter().map(|(_, result)| result).collect();
    Run { plan: reconciled.plan, applied, reports, results }
}

/// A whole run without overwrite flags, of sources that were read in full.
pub(crate) fn sync(netbox: &mut Netbox, facts: &[(Fact, FactOutcome)]) -> Run {
    sync_with(netbox, facts, &Kept::default(), &read_in_full(facts))
}

pub(crate) fn read_in_full(facts: &[(Fact, FactOutcome)]) -> Sources {
    let names: std::collections::BTreeSet<String> =
        facts.iter().map(|(fact, _)| fact.identity.source.clone()).collect();
    Sources { complete: names, ..Sources::default() }
}

/// The code of a failure or conflict.
pub(crate) fn code(result: &ObjectResult) -> &str {
    match result {
        ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => &problem.code,
        other => panic!("{other:?} is no problem"),
    }
}

/// The message of a failure or conflict.
pub(crate) fn message(result: &ObjectResult) -> &str {
    match result {
        ObjectResult::Failed { problem } | ObjectResult::Conflict { problem } => &problem.message,
        other => panic!("{other:?} is no problem"),
    }
}

pub(crate) fn updated_fields(result: &ObjectResult) -> &[String] {
    match result {
        ObjectResult::Updated { fields, .. } => fields,
        other => panic!("{other:?} is no update"),
    }
}
