//! What holds for any NetBox and any facts.

use crate::build::*;
use crate::netbox::{Netbox, Row};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proxbox_model::draft::{Outcome, Value};
use proxbox_model::kind::Ownership;
use proxbox_model::options::{Kept, OVERWRITE_FLAGS};
use proxbox_model::plan::{Action, Applied, PlannedObject};
use proxbox_model::report::ObjectResult;
use proxbox_model::{Identity, SourceObject};
use proxbox_reconcile::{Fact, FactOutcome, FactResult, Sources};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [&str; 2] = ["prod", "lab"];

fn any_name() -> impl Strategy<Value = String> {
    let long = "n".repeat(64);
    let names = [
        "web",
        "WEB",
        "web (2)",
        "web (3)",
        " web\t",
        "web (02)",
        "(2)",
        "db",
        "db (2)",
        "wéb",
        "WÉB",
        "ﬁne",
        "İx",
        "a\nb",
        "<b>&'\";--",
        "web (4294967295)",
        "web (99999999999)",
        "\u{202e}bew",
        "pve1",
        "prod",
    ];
    prop_oneof![9 => select(names.to_vec()).prop_map(str::to_owned), 1 => Just(long)]
}

/// An object that somebody put into NetBox.
#[derive(Clone, Debug)]
struct Present {
    kind: &'static str,
    name: String,
    /// Which of the clusters and sites it belongs to.
    at: (Option<usize>, usize),
    tenant: bool,
    source: Option<&'static str>,
    object: Option<u32>,
    tagged: bool,
    disks: u64,
}

fn any_present() -> impl Strategy<Value = Present> {
    let kind = select(vec![CLUSTER, DEVICE, DEVICE, VM, VM, VM, VM]);
    let source = option::weighted(0.6, select(vec!["prod", "lab", "other", ""]));
    let at = (option::weighted(0.7, 0..4_usize), 0..3_usize);
    (
        kind,
        any_name(),
        at,
        any::<bool>(),
        source,
        option::weighted(0.5, 100..104_u32),
        any::<bool>(),
        0..2_u64,
    )
        .prop_map(|(kind, name, at, tenant, source, object, tagged, disks)| Present {
            kind,
            name,
            at,
            tenant,
            source,
            object,
            tagged,
            disks,
        })
}

fn netbox(present: &[Present]) -> Netbox {
    let mut netbox = Netbox::default();
    let sites = ["site-prod", "site-lab", "berlin"]
        .map(|slug| netbox.put("dcim.site", json!({ "name": slug, "slug": slug, "status": "active" })));
    let tenant = netbox.put("tenancy.tenant", json!({ "name": "acme", "slug": "acme" }));
    let mut clusters = Vec::new();
    let in_order = |kind: &str| present.iter().filter(|one| one.kind == kind).cloned().collect::<Vec<_>>();
    for one in [CLUSTER, DEVICE, VM].into_iter().flat_map(in_order) {
        let cluster = one.at.0.and_then(|at: usize| clusters.get(at).copied());
        let mut fields = json!({ "name": one.name.trim(), "description": "by hand", "custom_fields": {} });
        let custom = |fields: &mut Json, name: &str, value: Json| fields["custom_fields"][name] = value;
        if one.tenant {
            fields["tenant"] = json!(tenant);
        }
        if one.tagged {
            fields["tags"] = json!(["mine"]);
        }
        match one.kind {
            CLUSTER => {
                if let Some(source) = one.source {
                    custom(&mut fields, "proxmox_cluster_name", json!(source));
                }
            }
            kind => {
                fields["cluster"] = json!(cluster);
                if let Some(source) = one.source {
                    custom(&mut fields, "proxmox_cluster", json!(source));
                }
                if kind == DEVICE {
                    fields["site"] = json!(sites[one.at.1]);
                    if let Some(object) = one.object {
                        custom(&mut fields, "proxmox_node", json!(format!("pve{}", object - 99)));
                    }
                } else {
                    fields["virtual_disk_count"] = json!(one.disks);
                    if let Some(object) = one.object {
                        custom(&mut fields, "proxmox_vm_id", json!(object));
                    }
                }
            }
        }
        if let Ok(id) = netbox.try_put(one.kind, fields)
            && one.kind == CLUSTER
        {
            clusters.push(id);
        }
    }
    netbox
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Kept,
    Skipped,
    Rejected,
    Unread,
    Broken,
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Kept),
        1 => Just(Fate::Skipped),
        1 => Just(Fate::Rejected),
        1 => Just(Fate::Unread),
        1 => Just(Fate::Broken),
    ]
}

/// What a mapper adds to a guest beside the usual.
#[derive(Clone, Debug)]
struct Extras {
    description: Option<String>,
    disk: Option<i64>,
    cleared: bool,
    role: Option<(String, String)>,
    tags: BTreeSet<&'static str>,
    custom: Option<&'static str>,
    device_serial: bool,
    forged: bool,
}

fn any_extras() -> impl Strategy<Value = Extras> {
    let role = (select(vec!["vm", "ct", "node"]), select(vec!["Virtual", "Container", "node"]));
    let custom = select(vec!["proxmox_vm_type", "proxmox_node", "unknown"]);
    let text = select(vec!["", " padded ", "two\nlines", "plain"]);
    (
        option::of(text.prop_map(str::to_owned)),
        option::of(0..3_i64),
        any::<bool>(),
        option::of(role.prop_map(|(slug, name)| (slug.to_owned(), name.to_owned()))),
        btree_set(select(vec!["proxbox", "mine", "gold"]), 0..3),
        option::of(custom),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(description, disk, cleared, role, tags, custom, device_serial, forged)| Extras {
            description,
            disk,
            cleared,
            role,
            tags,
            custom,
            device_serial,
            forged,
        })
}

type Guests = BTreeMap<(usize, u32), (String, u32, Fate, Extras)>;

/// The facts of one run.
#[derive(Clone, Debug)]
struct World {
    read: BTreeSet<usize>,
    clusters: Vec<Fate>,
    nodes: BTreeMap<(usize, u32), Fate>,
    guests: Guests,
    repeated: bool,
    complete: BTreeSet<usize>,
    kept: BTreeSet<usize>,
}

fn any_world() -> impl Strategy<Value = World> {
    let guest = (any_name(), 1..4_u32, any_fate(), any_extras());
    (
        btree_set(0..2_usize, 1..3),
        vec(prop_oneof![9 => Just(Fate::Kept), 1 => Just(Fate::Unread)], 2),
        btree_map((0..2_usize, 1..3_u32), any_fate(), 0..4),
        btree_map((0..2_usize, 100..105_u32), guest, 0..8),
        any::<bool>(),
        btree_set(0..2_usize, 0..3),
        btree_set(0..OVERWRITE_FLAGS.len(), 0..6),
    )
        .prop_map(|(read, clusters, nodes, guests, repeated, complete, kept)| World {
            read,
            clusters,
            nodes,
            guests,
            repeated,
            complete,
            kept,
        })
}

fn fated(kept: Kept1, fate: Fate) -> (Fact, FactOutcome) {
    match fate {
        Fate::Kept => kept.into(),
        Fate::Skipped => kept.skipped(),
        Fate::Rejected => kept.rejected(),
        Fate::Unread => kept.unread(),
        Fate::Broken => kept.with_text("no_such_field", "x").into(),
    }
}

fn mapped_guest(source: &str, vmid: u32, name: &str, node: u32, extras: &Extras) -> Kept1 {
    let mut guest = guest(source, vmid, name)
        .with("device", reference(DEVICE, &[("proxmox-node", &format!("pve{node}"))]));
    if let Some(description) = &extras.description {
        guest = guest.with_text("description", description);
    }
    if let Some(disk) = extras.disk {
        guest = guest.with("disk", Value::Integer(disk));
    }
    if extras.cleared {
        guest = guest.with("memory", Value::Null).with("platform", Value::Null);
    }
    if let Some((slug, name)) = &extras.role {
        guest = guest
            .with("role", reference("dcim.devicerole", &[("slug", slug)]))
            .bring(role(slug).with_text("name", name));
    }
    for tag in &extras.tags {
        guest = guest.tag(tag);
    }
    if let Some(name) = extras.custom {
        guest = guest.custom(name, text(name));
    }
    if extras.device_serial {
        let serial = format!("serial of {vmid}");
        guest = guest
            .bring(draft(DEVICE).key("proxmox-node", &format!("pve{node}")).with_text("serial", &serial));
    }
    if extras.forged {
        guest = guest.custom("proxmox_cluster", text("forged")).custom("proxmox_vm_id", Value::Integer(1));
    }
    guest
}

impl World {
    fn facts(&self) -> Vec<(Fact, FactOutcome)> {
        let mut facts = Vec::new();
        for position in &self.read {
            let source = SOURCES[*position];
            facts.push(fated(cluster(source), self.clusters[*position]));
            for ((_, number), fate) in self.nodes.iter().filter(|((at, _), _)| at == position) {
                facts.push(fated(node(source, &format!("pve{number}")), *fate));
            }
            for ((_, vmid), (name, on, fate, extras)) in
                self.guests.iter().filter(|((at, _), _)| at == position)
            {
                facts.push(fated(mapped_guest(source, *vmid, name, *on, extras), *fate));
            }
        }
        if self.repeated {
            facts.extend(facts.first().cloned());
        }
        facts
    }

    fn kept(&self) -> Kept {
        let flags = OVERWRITE_FLAGS.iter().enumerate();
        Kept::from_flags(&flags.map(|(i, flag)| (flag.name.to_owned(), !self.kept.contains(&i))).collect())
    }

    fn sources(&self) -> Sources {
        let names =
            |positions: &BTreeSet<usize>| positions.iter().map(|at| SOURCES[*at].to_owned()).collect();
        Sources { complete: names(&self.complete), ..Sources::default() }
    }
}

/// The fields that drafts of this run give an object, as changes name them.
fn drafted(facts: &[(Fact, FactOutcome)], identity: &Identity) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = match identity.object {
        SourceObject::Cluster => ["custom_fields.proxmox_cluster_name"].map(str::to_owned).into(),
        SourceObject::Node(_) => {
            ["custom_fields.proxmox_cluster", "custom_fields.proxmox_node"].map(str::to_owned).into()
        }
        SourceObject::Guest(_) => {
            // NetBox wants the site along with the device.
            ["custom_fields.proxmox_cluster", "custom_fields.proxmox_vm_id", "site"].map(str::to_owned).into()
        }
        _ => BTreeSet::new(),
    };
    for (fact, outcome) in facts {
        let FactOutcome::Mapped { outcome: Outcome::Keep(drafts), .. } = outcome else { continue };
        for (position, draft) in drafts.iter().enumerate() {
            let own = position == 0 && fact.identity == *identity;
            let other = matches!(&identity.object, SourceObject::Node(node)
                if fact.identity.source == identity.source && draft.key == [("proxmox-node".to_owned(), node.clone())]);
            if own || other {
                names.extend(draft.fields.iter().map(|field| field.name.clone()));
                names.extend(draft.custom_fields.iter().map(|field| format!("custom_fields.{}", field.name)));
                names.extend(draft.tags.iter().map(|_| "tags".to_owned()));
            }
        }
    }
    names
}

/// Whom a row says that it stands for: the source, and the vmid or node.
fn says(kind: &str, row: &Row) -> (Option<String>, Option<String>) {
    let text = |name: &str| match row.custom_fields.get(name) {
        Some(Json::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Some(Json::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    match kind {
        CLUSTER => (text("proxmox_cluster_name"), None),
        DEVICE => (text("proxmox_cluster"), text("proxmox_node")),
        _ => (text("proxmox_cluster"), text("proxmox_vm_id")),
    }
}

fn check_round(netbox: &mut Netbox, world: &World) -> Result<(), TestCaseError> {
    let facts = world.facts();
    let before = netbox.clone();
    let run = sync_with(netbox, &facts, &world.kept(), &world.sources());
    check_results(&facts, &run)?;
    check_writes(&facts, &run, &before, netbox)?;

    let again = sync_with(netbox, &facts, &world.kept(), &world.sources());
    if written(&again).is_empty() {
        return Ok(());
    }
    // What was in the way of an object may be gone with what the run has moved: the next one takes it up, and that is all.
    for object in written(&again) {
        let in_the_way = run.reports.iter().any(|report| {
            matches!(report.result, ObjectResult::Conflict { .. })
                && object.identity.as_ref().is_none_or(|identity| identity.source == report.identity.source)
        });
        prop_assert!(in_the_way, "the second run writes {:#?}", object);
    }
    let third = sync_with(netbox, &facts, &world.kept(), &world.sources());
    prop_assert!(written(&third).is_empty(), "the third run writes {:#?}", written(&third));
    Ok(())
}

fn written(run: &Run) -> Vec<&PlannedObject> {
    let write = |object: &&PlannedObject| matches!(object.action, Action::Create(_) | Action::Update { .. });
    run.plan.objects.iter().filter(write).collect()
}

/// Every fact has one result, of its own object, and nothing that was planned is refused.
fn check_results(facts: &[(Fact, FactOutcome)], run: &Run) -> Result<(), TestCaseError> {
    prop_assert_eq!(run.counts().total(), facts.len() as u64);
    let mut seen = BTreeSet::new();
    for ((fact, _), (result, report)) in facts.iter().zip(run.results.iter().zip(&run.reports)) {
        prop_assert_eq!(&fact.identity, &report.identity);
        if let FactResult::Planned { own: position, .. } = result {
            prop_assert!(seen.insert(*position), "two facts have one object");
            prop_assert_eq!(run.plan.objects[*position].identity.as_ref(), Some(&fact.identity));
        }
    }
    for (position, (object, applied)) in run.plan.objects.iter().zip(&run.applied).enumerate() {
        prop_assert!(
            object.needs.iter().all(|need| *need < position),
            "{} needs something later",
            object.name
        );
        match (&object.action, applied) {
            (Action::Create(_) | Action::Update { .. }, Applied::Failed(problem)) => {
                return Err(TestCaseError::fail(format!(
                    "{}: {} in {:#?}",
                    object.name, problem.message, run.plan
                )));
            }
            (Action::Update { changes, .. }, _) => prop_assert!(!changes.is_empty()),
            _ => {}
        }
    }
    Ok(())
}

/// Only our own objects change, only in what drafts hold, and lists only grow.
fn check_writes(
    facts: &[(Fact, FactOutcome)],
    run: &Run,
    before: &Netbox,
    after: &Netbox,
) -> Result<(), TestCaseError> {
    let after = after.everything();
    let mut touched = BTreeSet::new();
    for object in &run.plan.objects {
        let Action::Update { id, changes, adopted } = &object.action else { continue };
        touched.insert((object.kind.name, *id));
        let (old, new) = (before.row(object.kind.name, *id), &after[&(object.kind.name, *id)]);
        prop_assert!(old.tags.is_subset(&new.tags));
        if object.kind.ownership == Ownership::Shared {
            prop_assert_eq!(object.kind.name, "extras.customfield");
            prop_assert_eq!(changes.keys().collect::<Vec<_>>(), ["object_types"]);
            continue;
        }
        let identity = object.identity.as_ref().unwrap();
        let allowed = drafted(facts, identity);
        prop_assert!(changes.keys().all(|name| allowed.contains(name)), "{changes:?} beyond {allowed:?}");
        let (source, held) = says(object.kind.name, old);
        let own = match &identity.object {
            SourceObject::Cluster => None,
            SourceObject::Node(name) => Some(name.clone()),
            SourceObject::Guest(vmid) => Some(vmid.to_string()),
            other => panic!("{other:?} is not among the facts"),
        };
        prop_assert!(
            source.as_ref().is_none_or(|source| *source == identity.source),
            "stolen from {source:?}"
        );
        prop_assert!(held.is_none() || held == own, "taken from {held:?}");
        let ours = if own.is_some() { held.is_some() } else { source.is_some() };
        prop_assert_eq!(*adopted, !ours);
        let sure = |name: &str| old.custom_fields.get(name).unwrap_or(&Json::Null);
        for (name, value) in &new.custom_fields {
            let changed = changes.contains_key(&format!("custom_fields.{name}"));
            prop_assert!(changed || value == sure(name), "{} changed without a plan", name);
        }
    }
    for (key, row) in before.everything() {
        prop_assert!(touched.contains(&key) || after[&key] == row, "{key:?} changed without a plan");
    }
    for stale in &run.plan.stale {
        prop_assert!(!touched.contains(&(stale.kind.name, stale.id)));
        prop_assert!(facts.iter().all(|(fact, _)| fact.identity != stale.identity));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn runs_converge_and_touch_nothing_but_what_is_theirs(
        present in vec(any_present(), 0..14),
        worlds in vec(any_world(), 1..4),
    ) {
        let mut netbox = netbox(&present);
        for world in &worlds {
            check_round(&mut netbox, world)?;
        }
    }
}
