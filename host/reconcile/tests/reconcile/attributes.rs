//! A reference that only describes an object costs that reference, and not the object or what is below it.

use crate::build::*;
use crate::parts::*;
use proxbox_model::draft::Value;
use proxbox_model::report::ObjectResult;
use proxbox_model::{Identity, SourceObject};
use proxbox_reconcile::FactResult;
use serde_json::{Value as Json, json};

/// What an object is written without: fields and the codes of the reasons.
fn without<'r>(run: &'r Run, identity: &Identity) -> Vec<(&'r str, &'r str)> {
    let place = run.reports.iter().position(|report| report.identity == *identity).unwrap();
    let FactResult::Planned { own, .. } = &run.results[place] else { panic!("{identity} is not planned") };
    let shortfalls = run.plan.objects[*own].without.iter();
    shortfalls.map(|lack| (lack.field.as_str(), lack.problem.code.as_str())).collect()
}

fn on_vlan(vmid: u32, id: u16) -> Kept1 {
    let vlan = reference(VLAN, &[("vid", &id.to_string())]);
    interface("prod", vmid, "net0").with_text("mode", "access").with("untagged_vlan", vlan)
}

#[test]
fn a_vlan_that_netbox_holds_twice_costs_the_card_its_vlan_and_nothing_below_it() {
    let mut lab = Lab::new();
    for name in ["a", "b"] {
        lab.netbox.put(VLAN, json!({ "vid": 20, "name": name }));
    }
    let card = on_vlan(101, 20);
    let ip = address("prod", 101, "net0", "192.0.2.10/24");
    let run = lab.settle(&prod([vlan("prod", 20), card.clone(), ip.clone()]));
    assert_eq!(run.result(card.identity()), &ObjectResult::Created);
    assert_eq!(run.result(ip.identity()), &ObjectResult::Created);
    assert_eq!(without(&run, card.identity()), [("untagged_vlan", "dependency-failed")]);
}

#[test]
fn the_reason_has_the_same_words_for_everything_that_it_concerns() {
    let mut lab = Lab::new();
    let cards = [on_vlan(101, 99), on_vlan(102, 99)];
    let run = lab.settle(&prod(cards.clone()));
    let lacks = run.plan.objects.iter().flat_map(|object| &object.without);
    let words: Vec<&str> = lacks.map(|lack| lack.problem.message.as_str()).collect();
    assert_eq!(words, ["the VLAN with vid 99 is not in NetBox"; 2]);
}

#[test]
fn a_vlan_that_is_unclear_is_left_as_it_is_on_a_card_that_has_one() {
    let mut lab = Lab::new();
    lab.settle(&prod([vlan("prod", 20), on_vlan(101, 20)]));
    let before = lab.values(INTERFACE, "untagged_vlan");
    for name in ["a", "b"] {
        lab.netbox.put(VLAN, json!({ "vid": 30, "name": name }));
    }
    lab.settle(&prod([vlan("prod", 30), on_vlan(101, 30)]));
    assert_eq!(lab.values(INTERFACE, "untagged_vlan"), before);
}

#[test]
fn a_list_of_which_one_is_missing_is_written_without_it_and_an_existing_one_stays() {
    let mut lab = Lab::new();
    let trunk = |ids: &[u16]| {
        let one = |id: &u16| match reference(VLAN, &[("vid", &id.to_string())]) {
            Value::Reference(to) => to,
            _ => unreachable!(),
        };
        interface("prod", 101, "net0").with("tagged_vlans", Value::References(ids.iter().map(one).collect()))
    };
    lab.settle(&prod([vlan("prod", 20), trunk(&[20, 99])]));
    let held = [json!([lab.only(VLAN)])];
    assert_eq!(lab.values(INTERFACE, "tagged_vlans"), held);
    let run = lab.settle(&prod([vlan("prod", 30), trunk(&[30, 99])]));
    assert_eq!(lab.values(INTERFACE, "tagged_vlans"), held);
    assert_eq!(without(&run, trunk(&[]).identity()), [("tagged_vlans", "reference-missing")]);
}

#[test]
fn a_card_whose_new_vlan_is_refused_is_made_without_it() {
    let mut lab = Lab::new();
    lab.netbox.refuses.insert("VLAN 20".to_owned());
    let card = on_vlan(101, 20);
    let run = lab.sync(&prod([vlan("prod", 20), card.clone()]));
    assert_eq!(code(run.result(vlan("prod", 20).identity())), "refused");
    assert_eq!(run.result(card.identity()), &ObjectResult::Created);
    assert_eq!(lab.values(INTERFACE, "untagged_vlan"), [Json::Null]);
}

#[test]
fn a_tag_that_an_operator_keeps_for_devices_is_left_off_guests() {
    let mut lab = Lab::new();
    let tag = lab.netbox.put("extras.tag", json!({ "name": "GOLD", "slug": "gold", "color": "000000" }));
    lab.netbox.edit("extras.tag", tag).fields.insert("object_types".to_owned(), json!(["dcim.device"]));
    let web = guest("prod", 100, "web").tag("gold").tag("proxbox");
    let run = lab.settle(&source("prod", [web]));
    assert_eq!(run.vm("prod", 100), &ObjectResult::Created);
    assert_eq!(lab.netbox.named(VM, "web").1.tags, ["proxbox".to_owned()].into());
    assert_eq!(without(&run, &Identity::guest("prod", 100)), [("tags", "tag-not-for-kind")]);
}

#[test]
fn a_tag_that_cannot_be_made_is_left_off() {
    let mut lab = Lab::new();
    lab.netbox.lacks.insert("extras.tag");
    let run = lab.sync(&source("prod", [guest("prod", 100, "web").tag("gold")]));
    assert_eq!(run.vm("prod", 100), &ObjectResult::Created);
}

#[test]
fn what_a_device_cannot_do_without_it_waits_for() {
    let mut lab = Lab::new();
    lab.netbox.refuses.insert("Proxmox".to_owned());
    let run = lab.sync(&source("prod", []));
    assert!(matches!(run.node("prod", "pve1"), ObjectResult::Failed { .. }));
}

#[test]
fn what_a_module_leaves_out_on_purpose_is_not_told() {
    let mut lab = Lab::new();
    let mut facts = prod([on_vlan(101, 20)]);
    facts.push(vlan("prod", 20).skipped());
    let run = lab.sync(&facts);
    let card =
        Identity { source: "prod".to_owned(), object: SourceObject::Interface(101, "net0".to_owned()) };
    assert_eq!(run.result(&card), &ObjectResult::Created);
}
