//! What relates to kinds that come later is written in a later pass.

use crate::build::*;
use crate::parts::*;
use proxbox_model::draft::Value;
use proxbox_model::plan::{Action, Planned};
use proxbox_model::report::ObjectResult;
use proxbox_model::{Identity, SourceObject};
use serde_json::{Value as Json, json};

const PRIMARY_MAC: &str = "virtualization.vminterface#primary-mac";
const PRIMARY_IP: &str = "virtualization.virtualmachine#primary-ip";

fn with_mac(address: &str) -> [Kept1; 2] {
    [interface("prod", 101, "net0"), mac("prod", 101, "net0", address)]
}

/// The actions of one pass.
fn actions<'a>(run: &'a Run, pass: &str) -> Vec<&'a Action> {
    run.plan.objects.iter().filter(|object| object.kind.name == pass).map(|object| &object.action).collect()
}

fn primary_ip4(lab: &Lab, run: &Run) -> Json {
    lab.netbox.row(VM, run.id("prod", 101)).fields.get("primary_ip4").cloned().unwrap_or_default()
}

#[test]
fn a_new_interface_gets_its_new_mac_address_in_the_same_run() {
    let mut lab = Lab::new();
    let run = lab.settle(&prod(with_mac("bc:24:11:00:00:01")));
    let made = run.plan.objects.iter().position(|object| object.kind.name == INTERFACE).unwrap();
    let [Action::Complete { object, fields }] = actions(&run, PRIMARY_MAC)[..] else { panic!() };
    assert_eq!(*object, made);
    assert!(matches!(fields["primary_mac_address"], Planned::IdIfMade(_)));
    assert_eq!(lab.values(INTERFACE, "primary_mac_address"), [json!(lab.only(MAC))]);
    assert_eq!(lab.values(MAC, "mac_address"), ["BC:24:11:00:00:01"]);
}

#[test]
fn an_interface_that_is_there_is_updated_with_its_new_mac_address() {
    let mut lab = Lab::new();
    lab.sync(&prod(with_mac("bc:24:11:00:00:01")));
    let run = lab.settle(&prod(with_mac("bc:24:11:00:00:02")));
    assert!(matches!(actions(&run, PRIMARY_MAC)[..], [Action::Update { .. }]));
    let (new, _) = lab.netbox.all(MAC).last().unwrap();
    assert_eq!(lab.values(INTERFACE, "primary_mac_address"), [json!(new)]);
}

#[test]
fn a_mac_address_in_other_letters_is_the_same() {
    let mut lab = Lab::new();
    lab.sync(&prod(with_mac("bc:24:11:aa:bb:cc")));
    assert!(lab.sync(&prod(with_mac("BC-24-11-AA-BB-CC"))).plan.is_noop());
}

#[test]
fn a_new_guest_gets_its_new_primary_address_in_the_same_run() {
    let mut lab = Lab::new();
    let run = lab.settle(&prod(addressed("prod", 101, "192.0.2.10/24")));
    let [Action::Complete { fields, .. }] = actions(&run, PRIMARY_IP)[..] else { panic!() };
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["primary_ip4"], "what is empty needs no writing");
    assert_eq!(primary_ip4(&lab, &run), json!(lab.only(IP)));
    let chosen = run.of(&Identity::guest("prod", 101).beside(SourceObject::PrimaryIp(101)));
    assert_eq!(updated_fields(&chosen.result), ["primary_ip4"]);
    assert_eq!(chosen.netbox_id, Some(run.id("prod", 101)));
}

#[test]
fn a_guest_that_is_there_is_updated_with_its_primary_address() {
    let mut lab = Lab::new();
    lab.sync(&prod([interface("prod", 101, "net0")]));
    let run = lab.settle(&prod(addressed("prod", 101, "192.0.2.10/24")));
    assert!(matches!(actions(&run, PRIMARY_IP)[..], [Action::Update { .. }]));
    assert_eq!(primary_ip4(&lab, &run), json!(lab.only(IP)));
}

#[test]
fn a_primary_address_that_is_none_any_more_is_cleared() {
    let mut lab = Lab::new();
    lab.sync(&prod(addressed("prod", 101, "192.0.2.10/24")));
    let run = lab.settle(&prod([interface("prod", 101, "net0"), primary("prod", 101, None)]));
    assert_eq!(primary_ip4(&lab, &run), Json::Null);
}

#[test]
fn a_guest_without_addresses_costs_no_write() {
    let mut lab = Lab::new();
    let none = primary("prod", 101, None);
    let run = lab.settle(&prod([none.clone()]));
    assert_eq!(run.result(none.identity()), &ObjectResult::Unchanged);
}

#[test]
fn a_primary_address_that_an_operator_chose_stays_when_nobody_says_otherwise() {
    let mut lab = Lab::new();
    let run = lab.sync(&prod(addressed("prod", 101, "192.0.2.10/24")));
    lab.settle(&prod([interface("prod", 101, "net0"), address("prod", 101, "net0", "192.0.2.10/24")]));
    assert_eq!(primary_ip4(&lab, &run), json!(lab.only(IP)));
}

#[test]
fn a_primary_address_that_is_not_in_netbox_fails_the_choice_alone() {
    let mut lab = Lab::new();
    let choice = primary("prod", 101, Some("192.0.2.99"));
    let run = lab.sync(&prod([interface("prod", 101, "net0"), choice.clone()]));
    assert_eq!(code(run.result(choice.identity())), "reference-missing");
    assert_eq!(run.vm("prod", 101), &ObjectResult::Created);
}

#[test]
fn a_guest_that_keeps_hands_off_keeps_its_primary_address() {
    let mut lab = Lab::new();
    let run = lab.sync(&prod([]));
    lab.netbox
        .put("extras.tag", json!({ "name": "bootstrap-only", "slug": "bootstrap-only", "color": "000000" }));
    lab.netbox.edit(VM, run.id("prod", 101)).tags.insert("bootstrap-only".to_owned());
    let run = lab.settle(&prod(addressed("prod", 101, "192.0.2.10/24")));
    assert_eq!(primary_ip4(&lab, &run), Json::Null);
}

#[test]
fn interfaces_of_a_node_are_stacked_once_all_of_them_are_there() {
    let mut lab = Lab::new();
    let bond = reference(NODE_INTERFACE, &[("proxmox-node", "pve1"), ("proxmox-interface", "bond0")]);
    let member = |name: &str| {
        draft(NODE_INTERFACE)
            .key("proxmox-node", "pve1")
            .key("proxmox-interface", name)
            .with("lag", bond.clone())
    };
    let stack = node_interface("prod", "bond0").bring(member("eno1")).bring(member("eno2"));
    let run = lab.settle(&prod([stack.clone(), node_interface("prod", "eno1")]));
    assert_eq!(run.result(stack.identity()), &ObjectResult::Created, "eno2 is not Proxmox's");
    let (bond, _) = lab.netbox.named(NODE_INTERFACE, "bond0");
    assert_eq!(lab.netbox.named(NODE_INTERFACE, "eno1").1.fields["lag"], json!(bond));
}

#[test]
fn a_first_draft_may_hold_fields_of_both_passes() {
    let mut lab = Lab::new();
    let parts = [interface("prod", 101, "net0"), address("prod", 101, "net0", "192.0.2.10/24")];
    let web = guest("prod", 101, "web").with("primary_ip4", the_address(101, "net0", "192.0.2.10"));
    let run = lab.settle(&source("prod", [web].into_iter().chain(parts)));
    assert_eq!(primary_ip4(&lab, &run), json!(lab.only(IP)));
    let cleared = guest("prod", 101, "web").with("primary_ip4", Value::Null);
    let run = lab.settle(&source("prod", [cleared]));
    assert_eq!(updated_fields(run.vm("prod", 101)), ["primary_ip4"]);
}
