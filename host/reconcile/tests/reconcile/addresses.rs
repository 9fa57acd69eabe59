//! IP addresses: each is in NetBox once, moves with its guest, and is left where somebody else has put it.

use crate::build::*;
use crate::parts::*;
use proxbox_model::plan::Action;
use proxbox_model::report::ObjectResult;
use proxbox_reconcile::Writing;
use serde_json::{Value as Json, json};

const RELEASE: &str = "virtualization.virtualmachine#release";
const TEN: &str = "192.0.2.10/24";

fn two_interfaces() -> Vec<Kept1> {
    vec![interface("prod", 101, "net0"), interface("prod", 102, "net0")]
}

fn with(parts: impl IntoIterator<Item = Kept1>) -> Vec<Kept1> {
    two_interfaces().into_iter().chain(parts).collect()
}

fn primary_of(lab: &Lab, run: &Run, vmid: u32) -> Json {
    lab.netbox.row(VM, run.id("prod", vmid)).fields.get("primary_ip4").cloned().unwrap_or_default()
}

/// The machine that the one address is on.
fn owner(lab: &Lab) -> Json {
    let on = lab.netbox.row(IP, lab.only(IP)).fields["assigned_object_id"].as_u64().unwrap();
    lab.netbox.row(INTERFACE, on).fields["virtual_machine"].clone()
}

#[test]
fn an_address_that_moves_to_another_guest_is_moved_and_its_old_machine_lets_go_first() {
    let mut lab = Lab::new();
    let at = |vmid| with([address("prod", vmid, "net0", TEN), primary("prod", vmid, Some("192.0.2.10"))]);
    lab.settle(&prod(at(101)));
    let run = lab.settle(&prod(at(102)));
    let place = |kind: &str| run.plan.objects.iter().position(|object| object.kind.name == kind).unwrap();
    assert!(place(RELEASE) < place(IP));
    assert_eq!(owner(&lab), json!(run.id("prod", 102)));
    assert_eq!(primary_of(&lab, &run, 101), Json::Null);
    assert_eq!(primary_of(&lab, &run, 102), json!(lab.only(IP)));
}

#[test]
fn addresses_that_two_guests_swap_are_swapped_and_are_primary_again() {
    let mut lab = Lab::new();
    let facts = |one: &str, other: &str| {
        prod(addressed("prod", 101, one).into_iter().chain(addressed("prod", 102, other)))
    };
    lab.settle(&facts(TEN, "192.0.2.11/24"));
    let run = lab.settle(&facts("192.0.2.11/24", TEN));
    let held =
        |vmid| lab.netbox.row(IP, primary_of(&lab, &run, vmid).as_u64().unwrap()).fields["address"].clone();
    assert_eq!((held(101), held(102)), (json!("192.0.2.11/24"), json!(TEN)));
    assert_eq!(lab.netbox.all(IP).count(), 2);
}

#[test]
fn an_address_that_moves_to_another_interface_of_its_guest_stays_primary() {
    let mut lab = Lab::new();
    lab.settle(&prod(addressed("prod", 101, TEN)));
    let mut choice = primary("prod", 101, None);
    choice.drafts[0] = draft(VM).with("primary_ip4", the_address(101, "net1", "192.0.2.10"));
    let moved = address("prod", 101, "net1", TEN);
    let parts =
        [interface("prod", 101, "net0"), interface("prod", 101, "net1"), moved.clone(), choice.clone()];
    let run = lab.settle(&prod(parts));
    assert!(matches!(run.result(moved.identity()), ObjectResult::Updated { .. }));
    assert_eq!(run.result(choice.identity()), &ObjectResult::Unchanged);
    assert_eq!(primary_of(&lab, &run, 101), json!(lab.only(IP)));
}

#[test]
fn an_address_that_an_operator_put_elsewhere_is_a_conflict() {
    let mut lab = Lab::new();
    lab.settle(&prod(two_interfaces()));
    let device_interface = 4711;
    let theirs = lab.netbox.put(
        IP,
        json!({ "address": TEN, "assigned_object_type": "dcim.interface", "assigned_object_id": device_interface }),
    );
    let ours = address("prod", 101, "net0", TEN);
    let run = lab.sync(&prod(with([ours.clone(), primary("prod", 101, Some("192.0.2.10"))])));
    assert_eq!(code(run.result(ours.identity())), "address-taken");
    assert!(message(run.result(ours.identity())).contains("dcim.interface 4711"));
    assert_eq!(lab.netbox.row(IP, theirs).fields["assigned_object_id"], json!(device_interface));
    let choice = primary("prod", 101, None);
    assert_eq!(code(run.result(choice.identity())), "dependency-failed");
}

#[test]
fn an_address_that_is_on_nothing_is_adopted_with_what_an_operator_wrote() {
    let mut lab = Lab::new();
    let free = lab.netbox.put(IP, json!({ "address": TEN, "description": "reserved for web" }));
    let run = lab.settle(&prod(addressed("prod", 101, TEN)));
    assert_eq!(owner(&lab), json!(run.id("prod", 101)));
    assert_eq!(lab.netbox.row(IP, free).fields["description"], json!("reserved for web"));
    assert!(lab.netbox.row(IP, free).tags.contains("proxbox"));
}

#[test]
fn an_operators_address_on_the_right_interface_is_ours_to_keep() {
    let mut lab = Lab::new();
    lab.sync(&prod([interface("prod", 101, "net0")]));
    let on = json!({ "address": TEN, "assigned_object_type": INTERFACE, "assigned_object_id": lab.only(INTERFACE) });
    let theirs = lab.netbox.put(IP, on);
    lab.settle(&prod(addressed("prod", 101, TEN)));
    assert_eq!(lab.only(IP), theirs);
}

#[test]
fn the_same_new_address_on_two_guests_is_a_conflict_for_the_second() {
    let mut lab = Lab::new();
    let twice = [address("prod", 101, "net0", TEN), address("prod", 102, "net0", "192.0.2.10/25")];
    let run = lab.sync(&prod(with(twice.clone())));
    assert_eq!(run.result(twice[0].identity()), &ObjectResult::Created);
    assert_eq!(code(run.result(twice[1].identity())), "same-object");
    assert_eq!(owner(&lab), json!(run.id("prod", 101)));
}

#[test]
fn a_second_guest_with_an_address_does_not_take_it_from_the_first() {
    let mut lab = Lab::new();
    lab.sync(&prod(addressed("prod", 102, TEN)));
    let twice = [address("prod", 101, "net0", TEN), address("prod", 102, "net0", TEN)];
    let run = lab.sync(&prod(with(twice.clone())));
    assert_eq!(code(run.result(twice[0].identity())), "same-object");
    assert_eq!(run.result(twice[1].identity()), &ObjectResult::Unchanged);
    assert_eq!(owner(&lab), json!(run.id("prod", 102)));
}

#[test]
fn a_changed_prefix_length_is_an_update() {
    let mut lab = Lab::new();
    lab.sync(&prod(addressed("prod", 101, TEN)));
    let run = lab.settle(&prod(addressed("prod", 101, "192.0.2.10/25")));
    let changed = address("prod", 101, "net0", TEN);
    assert_eq!(updated_fields(run.result(changed.identity())), ["address"]);
    assert_eq!(lab.values(IP, "address"), ["192.0.2.10/25"]);
    assert!(run.plan.objects.iter().all(|object| object.kind.name != RELEASE));
}

#[test]
fn an_address_in_another_spelling_is_the_same() {
    let mut lab = Lab::new();
    let parts = |text: &str| [interface("prod", 101, "net0"), address("prod", 101, "net0", text)];
    lab.sync(&prod(parts("2001:db8::10/64")));
    assert!(lab.sync(&prod(parts("2001:DB8:0:0::10/64"))).plan.is_noop());
}

#[test]
fn an_address_in_a_vrf_is_not_touched() {
    let mut lab = Lab::new();
    let theirs = lab.netbox.put(IP, json!({ "address": TEN, "vrf": 3, "description": "by hand" }));
    let before = lab.netbox.row(IP, theirs).clone();
    lab.settle(&prod(addressed("prod", 101, TEN)));
    assert_eq!(lab.netbox.row(IP, theirs), &before);
    assert_eq!(lab.netbox.all(IP).count(), 2);
}

#[test]
fn an_address_of_ours_that_an_operator_moved_into_a_vrf_stays_there_and_is_not_made_again() {
    let mut lab = Lab::new();
    lab.sync(&prod(addressed("prod", 101, TEN)));
    let id = lab.only(IP);
    lab.netbox.edit(IP, id).fields.insert("vrf".to_owned(), json!(3));
    assert!(lab.sync(&prod(addressed("prod", 101, TEN))).plan.is_noop());
}

#[test]
fn addresses_of_a_later_run_find_interfaces_that_are_there() {
    let mut lab = Lab::new();
    lab.sync(&prod([interface("prod", 101, "net0")]));
    let alone = address("prod", 101, "net0", TEN);
    let run = lab.sync(&[alone.clone().into()]);
    assert_eq!(run.result(alone.identity()), &ObjectResult::Created);
    assert_eq!(lab.values(IP, "assigned_object_id"), [json!(lab.only(INTERFACE))]);
}

#[test]
fn a_machine_that_is_not_part_of_the_run_lets_go_of_an_address_too() {
    let mut lab = Lab::new();
    let run = lab.settle(&prod(with(addressed("prod", 101, TEN).split_off(1))));
    let web = run.id("prod", 101);
    let mut facts = source("prod", [guest("prod", 102, "db")]);
    facts.extend(addressed("prod", 102, TEN).into_iter().map(Into::into));
    let run = lab.settle(&facts);
    let release = run.plan.objects.iter().find(|object| object.kind.name == RELEASE).unwrap();
    assert!(matches!(release.action, Action::Update { id, .. } if id == web));
    assert_eq!(owner(&lab), json!(run.id("prod", 102)));
}

#[test]
fn an_address_whose_interface_failed_is_not_taken_from_where_it_is() {
    let mut lab = Lab::new();
    let free = lab.netbox.put(IP, json!({ "address": TEN }));
    let [broken, ip, choice] = <[Kept1; 3]>::try_from(addressed("prod", 101, TEN)).unwrap();
    let mut facts = prod([ip.clone(), choice.clone()]);
    facts.insert(4, broken.rejected());
    let run = lab.sync(&facts);
    assert_eq!(code(run.result(ip.identity())), "reference-missing");
    assert_eq!(code(run.result(choice.identity())), "dependency-failed");
    assert!(!lab.netbox.row(IP, free).fields.contains_key("assigned_object_id"));
    assert_eq!(primary_of(&lab, &run, 101), Json::Null);
}

#[test]
fn an_address_that_is_only_bootstrapped_is_not_moved() {
    let mut lab = Lab::new();
    lab.settle(&prod(addressed("prod", 101, TEN)));
    let ip = address("prod", 102, "net0", TEN).writing(Writing::Missing);
    let choice = primary("prod", 102, Some("192.0.2.10"));
    let run = lab.settle(&prod(with([ip.clone(), choice.clone()])));
    assert!(reason(run.result(ip.identity())).ends_with("is elsewhere in NetBox and stays there"));
    assert!(matches!(run.result(choice.identity()), ObjectResult::Skipped { .. }));
    assert_eq!(owner(&lab), json!(run.id("prod", 101)));
}

#[test]
fn an_address_that_another_cluster_has_stays_there_whichever_is_synced() {
    let mut lab = Lab::new();
    lab.endpoint("lab");
    let mut other = source("lab", [guest("lab", 101, "web")]);
    let mine = prod(addressed("prod", 101, TEN));
    other.extend(addressed("lab", 101, TEN).into_iter().map(Into::into));
    let run = lab.settle(&mine);
    let theirs = lab.settle(&other);
    let fact = address("lab", 101, "net0", TEN);
    assert_eq!(code(theirs.result(fact.identity())), "address-taken");
    assert_eq!(owner(&lab), json!(run.id("prod", 101)));
    assert!(lab.sync(&mine).plan.is_noop());
}
