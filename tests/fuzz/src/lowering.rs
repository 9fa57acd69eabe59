//! What the host does with outcomes: checked against the table of kinds, compared with an empty NetBox.

use proxbox_model::facts::AddressOwner;
use proxbox_model::options::Kept;
use proxbox_model::report::{ObjectResult, Stage};
use proxbox_model::{Identity, Problem, SourceObject};
use proxbox_reconcile::{
    Fact, FactOutcome, FactResult, Reconciled, Records, Sources, State, World, lower, reconcile,
};
use proxbox_transform::{MapContext, MappedFact};
use serde_json::Value as Json;

/// A fact as the sync names it.
pub(crate) fn fact_of(interface: &str, fact: &Json) -> Fact {
    let object = object(interface, fact);
    let identity = Identity { source: "lab".to_owned(), object };
    Fact::new(Stage::VirtualMachines, identity, text(fact, "name"), interface)
}

fn text(fact: &Json, name: &str) -> String {
    fact[name].as_str().unwrap_or("x").to_owned()
}

fn object(interface: &str, fact: &Json) -> SourceObject {
    let vmid = fact["vmid"].as_u64().and_then(|vmid| u32::try_from(vmid).ok()).unwrap_or(1);
    let text = |name| text(fact, name);
    match interface {
        "cluster" => SourceObject::Cluster,
        "node" => SourceObject::Node(text("name")),
        "node-interface" => SourceObject::NodeInterface(text("node"), text("name")),
        "storage" => SourceObject::Storage(text("name")),
        "virtual-disk" => SourceObject::Disk(vmid, text("key")),
        "vm-interface" => SourceObject::Interface(vmid, text("key")),
        "mac-address" => SourceObject::MacAddress(vmid, text("net")),
        "vlan" => SourceObject::Vlan(fact["id"].as_u64().and_then(|id| u16::try_from(id).ok()).unwrap_or(1)),
        "ip-address" => {
            SourceObject::IpAddress(owner(fact), fact["address"]["ip"].as_str().unwrap_or("x").to_owned())
        }
        "primary-ip" => SourceObject::PrimaryIp(vmid),
        "snapshot" => SourceObject::Snapshot(vmid, text("name")),
        "backup" => SourceObject::Backup(text("volume_id")),
        "backup-routine" => SourceObject::BackupRoutine(text("id")),
        "replication" => SourceObject::Replication(text("id")),
        "task" => SourceObject::Task(text("upid")),
        "cloud-init" => SourceObject::CloudInit(vmid),
        "guest-interface" => SourceObject::GuestInterface(vmid, text("name")),
        _ => SourceObject::Guest(vmid),
    }
}

fn owner(fact: &Json) -> AddressOwner {
    serde_json::from_value(fact["owner"].clone())
        .unwrap_or_else(|_| AddressOwner::VmInterface(1, "net0".to_owned()))
}

/// Lowers and reconciles, and gives what settled facts failed with. Every fact has one result, and the plan is in an
/// order in which it can be applied.
pub(crate) fn lower_all(facts: Vec<(Fact, MappedFact)>, context: &MapContext) -> Vec<Problem> {
    let count = facts.len();
    let mapped = |(fact, MappedFact { outcome, module })| (fact, FactOutcome::Mapped { module, outcome });
    let world = World { records: records(context), now: context.source.now, ..World::default() };
    let lowered = lower(facts.into_iter().map(mapped).collect(), &world);
    let mut state = State::new();
    for kind in lowered.kinds() {
        state.insert(kind, Vec::new());
    }
    let reconciled = reconcile(lowered, &state, &Kept::default(), &Sources::default(), &world);
    assert_eq!(reconciled.facts.len(), count, "one result for each fact");
    in_order(&reconciled);
    reconciled.facts.into_iter().filter_map(|(_, result)| failure(result)).collect()
}

fn in_order(reconciled: &Reconciled) {
    for (position, object) in reconciled.plan.objects.iter().enumerate() {
        assert!(object.needs.iter().all(|needed| *needed < position), "{position} needs {:?}", object.needs);
    }
}

fn failure(result: FactResult) -> Option<Problem> {
    match result {
        FactResult::Settled(ObjectResult::Failed { problem }) => Some(problem),
        _ => None,
    }
}

/// Where a NetBox of those features keeps records.
fn records(context: &MapContext) -> Records {
    let has = |feature: &str| context.target.features.iter().any(|known| known == feature);
    if has("sync-state") {
        Records::Sidecars
    } else if has("proxmox-custom-fields") {
        Records::CustomFields
    } else {
        Records::Identity
    }
}
