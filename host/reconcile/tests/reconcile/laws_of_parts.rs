//! What holds for any parts of guests, whatever operators have put into NetBox beside them.

use crate::build::*;
use crate::netbox::Row;
use crate::parts::*;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proxbox_model::plan::{Action, Applied};
use proxbox_reconcile::{Fact, FactOutcome, Part, Records, Writing};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

const GUESTS: std::ops::Range<u32> = 101..104;

fn any_address() -> impl Strategy<Value = &'static str> {
    select(vec!["192.0.2.10/24", "192.0.2.10/25", "192.0.2.11/24", "192.0.2.12/24"])
}

/// Something that an operator has put into NetBox.
#[derive(Clone, Debug)]
enum ByHand {
    Free(&'static str),
    OnADevice(&'static str),
    InAVrf(&'static str),
    Disk(usize, &'static str),
    Interface(usize, &'static str),
    HandsOff(usize),
    GroupedVlan,
}

fn any_by_hand() -> impl Strategy<Value = ByHand> {
    let disk = (0..3_usize, select(vec!["scsi0", "mine"]));
    let interface = (0..3_usize, select(vec!["net0", "eth0", "mine"]));
    prop_oneof![
        any_address().prop_map(ByHand::Free),
        any_address().prop_map(ByHand::OnADevice),
        any_address().prop_map(ByHand::InAVrf),
        disk.prop_map(|(guest, name)| ByHand::Disk(guest, name)),
        interface.prop_map(|(guest, name)| ByHand::Interface(guest, name)),
        (0..3_usize).prop_map(ByHand::HandsOff),
        Just(ByHand::GroupedVlan),
    ]
}

impl ByHand {
    fn put(&self, lab: &mut Lab, machines: &[u64]) {
        let machine = |guest: usize| machines.get(guest).copied();
        let ip = |more: Json, address: &str| {
            let mut fields = json!({ "address": address });
            fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            (IP, fields)
        };
        let (kind, fields) = match self {
            Self::Free(address) => ip(json!({}), address),
            Self::OnADevice(address) => {
                ip(json!({ "assigned_object_type": "dcim.interface", "assigned_object_id": 4711 }), address)
            }
            Self::InAVrf(address) => ip(json!({ "vrf": 3 }), address),
            Self::Disk(guest, name) => {
                (DISK, json!({ "virtual_machine": machine(*guest), "name": name, "size": 1 }))
            }
            Self::Interface(guest, name) => {
                (INTERFACE, json!({ "virtual_machine": machine(*guest), "name": name }))
            }
            Self::GroupedVlan => (VLAN, json!({ "vid": 20, "name": "grouped", "group": 5 })),
            Self::HandsOff(guest) => {
                let tag = json!({ "name": "bootstrap-only", "slug": "bootstrap-only", "color": "000000" });
                lab.netbox.try_put("extras.tag", tag).ok();
                let row = machine(*guest).map(|id| lab.netbox.edit(VM, id));
                row.map(|row| row.tags.insert("bootstrap-only".to_owned()));
                return;
            }
        };
        lab.netbox.try_put(kind, fields).ok();
    }
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Kept,
    Skipped,
    Rejected,
    Broken,
    Found,
    Bootstrapped,
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Kept),
        1 => Just(Fate::Skipped),
        1 => Just(Fate::Rejected),
        1 => Just(Fate::Broken),
        1 => Just(Fate::Found),
        1 => Just(Fate::Bootstrapped),
    ]
}

fn fated(kept: Kept1, fate: Fate) -> (Fact, FactOutcome) {
    match fate {
        Fate::Kept => kept.into(),
        Fate::Skipped => kept.skipped(),
        Fate::Rejected => kept.rejected(),
        Fate::Broken => kept.with_text("no_such_field", "x").into(),
        Fate::Found => kept.writing(Writing::Nothing).into(),
        Fate::Bootstrapped => kept.writing(Writing::Missing).into(),
    }
}

#[derive(Clone, Debug)]
struct Net {
    fate: Fate,
    name: Option<&'static str>,
    mac: u8,
    vlan: bool,
    address: Option<(&'static str, Fate)>,
}

#[derive(Clone, Debug)]
struct Guest {
    fate: Fate,
    disks: BTreeMap<u8, (i64, Fate)>,
    snapshots: BTreeMap<u8, Fate>,
    backups: BTreeMap<u8, Fate>,
    nets: BTreeMap<u8, Net>,
    primary: bool,
    tags: Vec<&'static str>,
}

fn any_net() -> impl Strategy<Value = Net> {
    let name = option::of(select(vec!["eth0", "eth1"]));
    (any_fate(), name, 0..4_u8, any::<bool>(), option::of((any_address(), any_fate())))
        .prop_map(|(fate, name, mac, vlan, address)| Net { fate, name, mac, vlan, address })
}

fn any_guest() -> impl Strategy<Value = Guest> {
    (
        any_fate(),
        btree_map(0..2_u8, (1..3_i64, any_fate()), 0..3),
        btree_map(0..3_u8, any_fate(), 0..3),
        btree_map(0..2_u8, any_fate(), 0..3),
        btree_map(0..2_u8, any_net(), 0..3),
        any::<bool>(),
        vec(select(vec!["gold", "old"]), 0..3),
    )
        .prop_map(|(fate, disks, snapshots, backups, nets, primary, tags)| Guest {
            fate,
            disks,
            snapshots,
            backups,
            nets,
            primary,
            tags,
        })
}

type Guests = BTreeMap<u32, Guest>;

fn facts((storage_fate, guests): &(Fate, Guests)) -> Vec<(Fact, FactOutcome)> {
    let mut facts = source("prod", []);
    facts.push(vlan("prod", 20).into());
    facts.push(fated(storage("prod", "local"), *storage_fate));
    for (vmid, one) in guests {
        let names: BTreeSet<&str> = one.tags.iter().copied().collect();
        let own = guest("prod", *vmid, "web").mirroring(&Vec::from_iter(names));
        facts.push(fated(own, one.fate));
    }
    for (vmid, one) in guests {
        let disk = |n: &u8, size: i64| {
            disk("prod", *vmid, &format!("scsi{n}"), size).custom("proxbox_storage_id", the_storage("local"))
        };
        let backup = |n: &u8| backup("prod", *vmid, &format!("{vmid}-{n}.vma"));
        let snapshot = |n: &u8| snapshot("prod", *vmid, &format!("s{n}"));
        facts.extend(one.disks.iter().map(|(n, (size, fate))| fated(disk(n, *size), *fate)));
        facts.extend(one.snapshots.iter().map(|(n, fate)| fated(snapshot(n), *fate)));
        facts.extend(one.backups.iter().map(|(n, fate)| fated(backup(n), *fate)));
        one.nets.iter().for_each(|(n, net)| facts.extend(facts_of_net(*vmid, &format!("net{n}"), net)));
        let first = one.nets.get(&0).and_then(|net| net.address);
        if one.primary {
            let ip = first.and_then(|(address, _)| address.split('/').next());
            facts.push(primary("prod", *vmid, ip).into());
        }
    }
    facts
}

fn facts_of_net(vmid: u32, key: &str, net: &Net) -> Vec<(Fact, FactOutcome)> {
    let hardware = format!("bc:24:11:00:00:0{}", net.mac);
    let mut own = interface("prod", vmid, key).hint(&hardware).with_text("name", net.name.unwrap_or(key));
    if net.vlan {
        own = own.with("untagged_vlan", reference(VLAN, &[("vid", "20")]));
    }
    let mut facts = vec![fated(own, net.fate), mac("prod", vmid, key, &hardware).into()];
    facts.extend(net.address.map(|(text, fate)| fated(address("prod", vmid, key, text), fate)));
    facts
}

/// Rows that are nobody's but an operator's.
fn untouchable(kind: &str, row: &Row) -> bool {
    let field = |name: &str| row.fields.get(name).is_some_and(|value| !value.is_null());
    let on_a_device = row.fields.get("assigned_object_type") == Some(&json!("dcim.interface"));
    match kind {
        IP => field("vrf") || on_a_device,
        VLAN => field("group"),
        DISK | INTERFACE => row.fields.get("name") == Some(&json!("mine")),
        VM => row.tags.contains("bootstrap-only"),
        _ => false,
    }
}

fn round(lab: &mut Lab, facts: &[(Fact, FactOutcome)]) -> Result<(), TestCaseError> {
    let before = lab.netbox.everything();
    let run = lab.sync(facts);
    prop_assert_eq!(run.counts().total(), facts.len() as u64);
    for (object, applied) in run.plan.objects.iter().zip(&run.applied) {
        if let (true, Applied::Failed(problem)) = (object.action.writes(), applied) {
            let why = format!("{} {}: {}", object.kind.name, object.name, problem.message);
            return Err(TestCaseError::fail(format!("{why} in {:#?}", run.plan)));
        }
    }
    let after = lab.netbox.everything();
    for ((kind, id), row) in &before {
        let same = after.get(&(*kind, *id)) == Some(row);
        let let_go = run.plan.objects.iter().any(|object| {
            object.kind.model() == *kind
                && matches!(object.action, Action::Update { id: own, .. } | Action::Delete { id: own } if own == *id)
        });
        prop_assert!(same || let_go, "{kind} {id} changed without a plan");
        let removed = !after.contains_key(&(*kind, *id));
        prop_assert!(!removed || lab.sources.remove.contains(kind), "{kind} {id} was removed");
        let released = *kind == VM && row.fields.contains_key("primary_ip4");
        prop_assert!(same || released || !untouchable(kind, row), "{kind} {id} is not ours");
    }
    lab.world.now += 60;
    let again = lab.sync(facts);
    let writes: Vec<_> = again.plan.objects.iter().filter(|object| object.action.writes()).collect();
    prop_assert!(writes.is_empty(), "the second run writes {:#?}", writes);
    Ok(())
}

fn lab(records: Records, by_hand: &[ByHand], remove: bool) -> Lab {
    let mut lab = Lab::with(records);
    lab.endpoint("prod");
    let guests = GUESTS.map(|vmid| guest("prod", vmid, &format!("web{vmid}")));
    let run = lab.sync(&source("prod", guests));
    let machines: Vec<u64> = GUESTS.map(|vmid| run.id("prod", vmid)).collect();
    by_hand.iter().for_each(|one| one.put(&mut lab, &machines));
    let parts =
        |vmid| [Part::Disks, Part::Snapshots, Part::Interfaces, Part::Addresses].map(|part| part(vmid));
    let lab = lab.read(GUESTS.flat_map(parts)).read([Part::Storages, Part::Backups("local".to_owned())]);
    if remove { lab.removing(SNAPSHOT).removing(BACKUP) } else { lab }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_converge_and_touch_nothing_of_an_operators(
        records in select(vec![Records::Identity, Records::CustomFields, Records::Sidecars]),
        by_hand in vec(any_by_hand(), 0..5),
        remove in any::<bool>(),
        worlds in vec((any_fate(), btree_map(GUESTS, any_guest(), 0..4)), 1..4),
    ) {
        let mut lab = lab(records, &by_hand, remove);
        for world in &worlds {
            round(&mut lab, &facts(world))?;
        }
    }
}
