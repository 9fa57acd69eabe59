//! Evidence decides, not order: who has an address, which of several is primary, and whether a guest is still the same.

use crate::build::*;
use crate::parts::*;
use proptest::prelude::*;
use proxbox_model::Identity;
use proxbox_model::report::ObjectResult;
use proxbox_reconcile::{Evidence, Fact, FactOutcome, Records};
use serde_json::{Value as Json, json};

const TEN: &str = "192.0.2.10/24";

fn claims(vmid: u32, evidence: Evidence) -> Kept1 {
    let mut address = address("prod", vmid, "net0", TEN);
    address.fact.evidence = evidence;
    address
}

/// The vmid of the machine that the one address is on.
fn holder(lab: &Lab, run: &Run) -> u32 {
    let on = lab.netbox.row(IP, lab.only(IP)).fields["assigned_object_id"].as_u64().unwrap();
    let machine = lab.netbox.row(INTERFACE, on).fields["virtual_machine"].clone();
    [101, 102].into_iter().find(|vmid| json!(run.id("prod", *vmid)) == machine).unwrap()
}

fn two(claims: impl IntoIterator<Item = Kept1>) -> Vec<(Fact, FactOutcome)> {
    let interfaces = vec![interface("prod", 101, "net0"), interface("prod", 102, "net0")];
    prod(interfaces.into_iter().chain(claims))
}

#[test]
fn what_a_running_guest_reports_beats_the_configuration_of_its_stopped_copy() {
    for weaker in [Evidence::Configured, Evidence::Stopped, Evidence::Template] {
        let mut lab = Lab::new();
        let run = lab.settle(&two([claims(101, weaker), claims(102, Evidence::Seen)]));
        assert_eq!(holder(&lab, &run), 102, "{weaker:?}");
        assert_eq!(code(run.result(claims(101, weaker).identity())), "same-object");
    }
}

#[test]
fn an_address_goes_over_to_the_guest_that_is_seen_with_it() {
    let mut lab = Lab::new();
    lab.settle(&two([claims(101, Evidence::Stopped)]));
    let run = lab.settle(&two([claims(101, Evidence::Stopped), claims(102, Evidence::Seen)]));
    assert_eq!(holder(&lab, &run), 102);
}

#[test]
fn of_two_equal_claims_the_one_that_netbox_knows_stays_in_the_same_words() {
    let mut lab = Lab::new();
    lab.settle(&two([claims(102, Evidence::Seen)]));
    let both = || two([claims(101, Evidence::Seen), claims(102, Evidence::Seen)]);
    let run = lab.settle(&both());
    assert_eq!(holder(&lab, &run), 102);
    let loser = claims(101, Evidence::Seen);
    let first = message(run.result(loser.identity())).to_owned();
    assert_eq!(first, message(lab.settle(&both()).result(loser.identity())));
    assert!(!first.contains("rename"), "{first}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Who has an address does not depend on the order of the claims, nor on the one who had it before with less.
    #[test]
    fn the_best_claim_has_the_address_in_any_order(weights in prop::collection::vec(0..4_usize, 2), first in any::<bool>()) {
        let of = |vmid: u32, place: usize| {
            claims(vmid, [Evidence::Seen, Evidence::Configured, Evidence::Stopped, Evidence::Template][place])
        };
        let mut claims = vec![of(101, weights[0]), of(102, weights[1])];
        let mut lab = Lab::new();
        lab.settle(&two([claims[usize::from(first)].clone()]));
        let before = if first { 102 } else { 101 };
        let best = match weights[0].cmp(&weights[1]) {
            std::cmp::Ordering::Less => 101,
            std::cmp::Ordering::Greater => 102,
            std::cmp::Ordering::Equal => before,
        };
        let run = lab.settle(&two(claims.clone()));
        prop_assert_eq!(holder(&lab, &run), best);
        claims.reverse();
        let again = lab.sync(&two(claims));
        prop_assert!(again.plan.is_noop());
    }
}

/// The built-in choice of a primary address among candidates.
fn chosen(ip: &str, candidates: &[&str], module: &str) -> (Fact, FactOutcome) {
    let mut kept = primary("prod", 101, Some(ip));
    kept.fact.candidates = candidates.iter().map(|ip| (*ip).to_owned()).collect();
    let (fact, outcome) = kept.into();
    match outcome {
        FactOutcome::Mapped { outcome, .. } => {
            (fact, FactOutcome::Mapped { module: module.to_owned(), outcome })
        }
        other => (fact, other),
    }
}

fn two_addresses(choice: (Fact, FactOutcome)) -> Vec<(Fact, FactOutcome)> {
    let mut facts = prod([
        interface("prod", 101, "net0"),
        address("prod", 101, "net0", "192.0.2.5/24"),
        address("prod", 101, "net0", "192.0.2.100/24"),
    ]);
    facts.push(choice);
    facts
}

fn primary_address(lab: &Lab) -> Json {
    let primary = lab.netbox.named(VM, "web").1.fields["primary_ip4"].as_u64().unwrap();
    lab.netbox.row(IP, primary).fields["address"].clone()
}

const BUILT_IN: &str = "proxbox-primary-ip 0.1.0";
const BOTH: [&str; 2] = ["192.0.2.5", "192.0.2.100"];

#[test]
fn the_primary_address_stays_while_it_is_one_of_the_candidates() {
    let mut lab = Lab::new();
    lab.settle(&two_addresses(chosen("192.0.2.5", &BOTH, BUILT_IN)));
    assert!(lab.sync(&two_addresses(chosen("192.0.2.100", &BOTH, BUILT_IN))).plan.is_noop());
    lab.settle(&two_addresses(chosen("192.0.2.100", &BOTH[1..], BUILT_IN)));
    assert_eq!(primary_address(&lab), json!("192.0.2.100/24"));
}

#[test]
fn a_site_module_that_chooses_another_primary_address_is_obeyed() {
    let mut lab = Lab::new();
    lab.settle(&two_addresses(chosen("192.0.2.5", &BOTH, BUILT_IN)));
    lab.settle(&two_addresses(chosen("192.0.2.100", &BOTH, "acme 1.0.0")));
    assert_eq!(primary_address(&lab), json!("192.0.2.100/24"));
}

/// A guest with a card, whose MAC address NetBox shows.
fn machine(name: &str, sort: &str, mac: &str) -> Vec<(Fact, FactOutcome)> {
    let mut own = guest("prod", 101, name).custom("proxmox_vm_type", text(sort));
    own.fact.item_type = sort.to_owned();
    own.fact.macs = vec![mac.to_owned()];
    let mut facts = source("prod", [own]);
    facts.push(interface("prod", 101, "net0").into());
    facts
}

/// A NetBox after a sync of `old`, whose card shows its MAC address, with what an operator entered.
fn after(old: &[(Fact, FactOutcome)], mac: &str) -> Lab {
    let mut lab = Lab::with(Records::Sidecars);
    lab.settle(old);
    let card = lab.only(INTERFACE);
    lab.netbox.edit(INTERFACE, card).fields.insert("mac_address".to_owned(), json!(mac));
    let machine = lab.only(VM);
    lab.netbox.edit(VM, machine).fields.insert("comments".to_owned(), json!("ask Ada"));
    lab
}

const OLD_MAC: &str = "BC:24:11:00:00:64";
const NEW_MAC: &str = "BC:24:11:FF:FF:01";

#[test]
fn a_container_that_gets_the_vmid_of_a_destroyed_machine_starts_clean() {
    for records in [Records::Sidecars, Records::Identity] {
        let mut lab = after(&machine("web", "qemu", OLD_MAC), OLD_MAC);
        lab.world.records = records;
        let old = lab.only(VM);
        let run = lab.sync(&machine("dns", "lxc", NEW_MAC));
        assert_eq!(run.vm("prod", 101), &ObjectResult::Created, "{records:?}");
        let new = run.id("prod", 101);
        assert_eq!(lab.netbox.row(VM, new).fields.get("comments"), None);
        let kept = lab.netbox.row(VM, old);
        assert_eq!(kept.fields["comments"], json!("ask Ada"));
        assert_eq!(kept.custom_fields["proxmox_vm_id"], Json::Null);
        assert!(lab.sync(&machine("dns", "lxc", NEW_MAC)).plan.is_noop(), "{records:?}");
    }
}

#[test]
fn a_container_of_the_same_name_is_another_guest_all_the_same() {
    let mut lab = after(&machine("web", "qemu", OLD_MAC), OLD_MAC);
    let run = lab.sync(&machine("web", "lxc", NEW_MAC));
    assert_eq!(run.vm("prod", 101), &ObjectResult::Created);
    assert_eq!(lab.netbox.row(VM, run.id("prod", 101)).fields["name"], json!("web (2)"));
    assert!(lab.sync(&machine("web", "lxc", NEW_MAC)).plan.is_noop());
}

#[test]
fn a_guest_that_is_renamed_or_gets_another_card_is_still_the_same() {
    for (name, mac) in [("shop", OLD_MAC), ("web", NEW_MAC)] {
        let mut lab = after(&machine("web", "qemu", OLD_MAC), OLD_MAC);
        let old = lab.only(VM);
        let run = lab.sync(&machine(name, "qemu", mac));
        assert_eq!(run.id("prod", 101), old, "{name} {mac}");
    }
}

#[test]
fn a_guest_of_which_no_card_is_known_is_taken_for_the_same() {
    let mut lab = Lab::new();
    lab.sync(&source("prod", [guest("prod", 101, "web")]));
    let mut other = guest("prod", 101, "shop");
    other.fact.macs = vec![NEW_MAC.to_owned()];
    let run = lab.sync(&source("prod", [other]));
    assert_eq!(run.of(&Identity::guest("prod", 101)).netbox_id, Some(lab.only(VM)));
}

/// A guest of a source with a card of that MAC address.
fn guest_of(at: &str, vmid: u32, name: &str, mac: &str) -> Kept1 {
    let mut guest = guest(at, vmid, name).custom("proxmox_vm_type", text("qemu"));
    guest.fact.macs = vec![mac.to_owned()];
    guest
}

/// Two sources that were read in full, each with a guest that stays, and the wanderer in one of them.
fn two_sources(wanderer: Option<(&str, u32)>) -> Vec<(Fact, FactOutcome)> {
    let at = |name: &str| {
        let here = wanderer.filter(|(at, _)| *at == name);
        let mut facts = source(name, [guest_of(name, 200, "stays", "BC:24:11:00:AA:01")]);
        if let Some((at, vmid)) = here {
            facts.push(guest_of(at, vmid, "web", OLD_MAC).into());
            facts.push(interface(at, vmid, "net0").into());
        }
        facts
    };
    at("north").into_iter().chain(at("south")).collect()
}

fn sync_both(lab: &mut Lab, facts: &[(Fact, FactOutcome)]) -> Run {
    lab.sources = read_in_full(facts);
    lab.sync(facts)
}

#[test]
fn a_guest_that_left_one_source_for_another_is_the_same_machine() {
    let mut lab = Lab::with(Records::Sidecars);
    let before = sync_both(&mut lab, &two_sources(Some(("north", 101)))).id("north", 101);
    let card = lab.only(INTERFACE);
    lab.netbox.edit(INTERFACE, card).fields.insert("mac_address".to_owned(), json!(OLD_MAC));
    let run = sync_both(&mut lab, &two_sources(Some(("south", 301))));
    assert_eq!(run.id("south", 301), before);
    assert_eq!(lab.netbox.row(VM, before).custom_fields["proxmox_vm_id"], json!(301));
    assert!(run.plan.stale.is_empty(), "{:?}", run.plan.stale);
    assert_eq!(lab.only(INTERFACE), card);
    assert!(sync_both(&mut lab, &two_sources(Some(("south", 301)))).plan.is_noop());
}

#[test]
fn a_copy_in_another_source_is_another_machine_while_the_first_is_there() {
    let mut lab = Lab::with(Records::Sidecars);
    let facts = two_sources(Some(("north", 101)));
    let before = sync_both(&mut lab, &facts).id("north", 101);
    let card = lab.only(INTERFACE);
    lab.netbox.edit(INTERFACE, card).fields.insert("mac_address".to_owned(), json!(OLD_MAC));
    let mut facts = facts;
    facts.push(guest_of("south", 301, "web", OLD_MAC).into());
    let run = sync_both(&mut lab, &facts);
    assert_eq!(run.id("north", 101), before);
    assert_ne!(run.id("south", 301), before);
}

const OLD_UUID: &str = "11111111-0000-4000-8000-000000000101";
const NEW_UUID: &str = "22222222-0000-4000-8000-000000000101";

/// A machine as before, of that UUID.
fn of_uuid(uuid: &str, mut facts: Vec<(Fact, FactOutcome)>) -> Vec<(Fact, FactOutcome)> {
    let guests = facts.iter_mut().filter(|(fact, _)| fact.item_type == "qemu");
    guests.for_each(|(fact, _)| fact.uuid = Some(uuid.to_owned()));
    facts
}

fn knows(lab: &mut Lab, source: &str, uuid: &str) {
    lab.world.uuids.insert(Identity::guest(source, 101), uuid.to_owned());
}

#[test]
fn a_machine_made_anew_under_the_vmid_and_name_of_a_destroyed_one_starts_clean() {
    let mut lab = after(&machine("web", "qemu", OLD_MAC), OLD_MAC);
    knows(&mut lab, "prod", OLD_UUID);
    let old = lab.only(VM);
    let run = lab.sync(&of_uuid(NEW_UUID, machine("web", "qemu", NEW_MAC)));
    assert_eq!(run.vm("prod", 101), &ObjectResult::Created);
    assert_eq!(lab.netbox.row(VM, old).fields["comments"], json!("ask Ada"));
    assert_eq!(lab.netbox.row(VM, run.id("prod", 101)).fields.get("comments"), None);
}

#[test]
fn a_container_without_a_card_that_gets_the_vmid_of_a_destroyed_machine_starts_clean() {
    let mut lab = after(&machine("web", "qemu", OLD_MAC), OLD_MAC);
    let mut facts = machine("web", "lxc", NEW_MAC);
    facts.iter_mut().for_each(|(fact, _)| fact.macs.clear());
    assert_eq!(lab.sync(&facts).vm("prod", 101), &ObjectResult::Created);
}

#[test]
fn a_machine_of_the_same_uuid_that_left_for_another_source_is_the_same_whatever_it_is_called_there() {
    let mut lab = Lab::with(Records::Sidecars);
    let before = sync_both(&mut lab, &two_sources(Some(("north", 101)))).id("north", 101);
    knows(&mut lab, "north", OLD_UUID);
    let mut facts = two_sources(Some(("south", 301)));
    for (fact, _) in facts.iter_mut().filter(|(fact, _)| fact.identity == Identity::guest("south", 301)) {
        fact.uuid = Some(OLD_UUID.to_owned());
        fact.macs = vec![NEW_MAC.to_owned()];
    }
    let run = sync_both(&mut lab, &facts);
    assert_eq!(run.id("south", 301), before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// A MAC address or a UUID that stays makes it the same guest; where all of it is other, or the sort is, it is another one.
    #[test]
    fn a_guest_is_another_only_where_nothing_says_that_it_is_the_same(
        (same_name, same_mac, same_sort) in any::<(bool, bool, bool)>(),
        uuid in prop::sample::select(vec![None, Some(true), Some(false)]),
    ) {
        let mut lab = after(&machine("web", "qemu", OLD_MAC), OLD_MAC);
        let old = lab.only(VM);
        let (name, mac) = (if same_name { "web" } else { "shop" }, if same_mac { OLD_MAC } else { NEW_MAC });
        let mut facts = machine(name, if same_sort { "qemu" } else { "lxc" }, mac);
        if let Some(same) = uuid {
            knows(&mut lab, "prod", OLD_UUID);
            facts.iter_mut().for_each(|(fact, _)| {
                fact.uuid = (!fact.macs.is_empty()).then(|| if same { OLD_UUID } else { NEW_UUID }.to_owned());
            });
        }
        let run = lab.sync(&facts);
        let says_same = same_mac || uuid == Some(true);
        let says_other = !same_sort || uuid == Some(false) || !same_name;
        prop_assert_eq!(run.id("prod", 101) != old, !says_same && says_other);
    }
}
