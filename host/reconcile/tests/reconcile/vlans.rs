//! VLANs: one row for an id outside of groups and sites, shared by all sources and an operator's to name.

use crate::build::*;
use crate::parts::*;
use proxbox_model::draft::Value;
use proxbox_model::report::ObjectResult;
use serde_json::json;

fn the_vlan(id: u16) -> Value {
    reference(VLAN, &[("vid", &id.to_string())])
}

fn tagged(source: &str, vmid: u32, id: u16) -> Kept1 {
    interface(source, vmid, "net0").with_text("mode", "access").with("untagged_vlan", the_vlan(id))
}

#[test]
fn two_sources_share_the_row_of_a_vlan() {
    let mut lab = Lab::new();
    lab.endpoint("lab");
    let mut facts = prod([vlan("prod", 20), tagged("prod", 101, 20)]);
    facts.extend(source("lab", [guest("lab", 101, "web")]));
    facts.extend([vlan("lab", 20), tagged("lab", 101, 20)].map(Into::into));
    let run = lab.settle(&facts);
    let id = lab.only(VLAN);
    assert_eq!(lab.values(INTERFACE, "untagged_vlan"), [json!(id), json!(id)]);
    for vlan in [vlan("prod", 20), vlan("lab", 20)] {
        assert_eq!(run.of(vlan.identity()).netbox_id, Some(id));
    }
}

#[test]
fn a_vlan_in_a_group_or_at_a_site_is_left_alone() {
    let mut lab = Lab::new();
    let site = lab.netbox.put("dcim.site", json!({ "name": "berlin", "slug": "berlin" }));
    let grouped = lab.netbox.put(VLAN, json!({ "vid": 20, "name": "grouped", "group": 5 }));
    let local = lab.netbox.put(VLAN, json!({ "vid": 20, "name": "local", "site": site }));
    lab.settle(&prod([vlan("prod", 20), tagged("prod", 101, 20)]));
    assert_eq!(lab.netbox.names(VLAN), ["VLAN 20", "grouped", "local"]);
    let used = lab.values(INTERFACE, "untagged_vlan");
    assert!(used != [json!(grouped)] && used != [json!(local)]);
}

#[test]
fn an_operator_may_rename_a_vlan() {
    let mut lab = Lab::new();
    lab.sync(&prod([vlan("prod", 20), tagged("prod", 101, 20)]));
    let id = lab.only(VLAN);
    let row = lab.netbox.edit(VLAN, id);
    row.fields.insert("name".to_owned(), json!("storage"));
    row.fields.insert("status".to_owned(), json!("reserved"));
    assert!(lab.sync(&prod([vlan("prod", 20), tagged("prod", 101, 20)])).plan.is_noop());
}

#[test]
fn an_operators_vlan_is_used_and_not_changed() {
    let mut lab = Lab::new();
    let theirs = lab.netbox.put(VLAN, json!({ "vid": 20, "name": "storage", "status": "reserved" }));
    let run = lab.settle(&prod([vlan("prod", 20), tagged("prod", 101, 20)]));
    assert_eq!(run.result(vlan("prod", 20).identity()), &ObjectResult::Unchanged);
    assert_eq!(lab.values(INTERFACE, "untagged_vlan"), [json!(theirs)]);
    assert!(lab.netbox.row(VLAN, theirs).tags.is_empty());
}

#[test]
fn two_global_vlans_of_one_id_are_a_conflict_that_says_which() {
    let mut lab = Lab::new();
    let ids = ["a", "b"].map(|name| lab.netbox.put(VLAN, json!({ "vid": 20, "name": name })));
    let (vlan, interface) = (vlan("prod", 20), tagged("prod", 101, 20));
    let run = lab.sync(&prod([vlan.clone(), interface.clone()]));
    assert_eq!(code(run.result(vlan.identity())), "name-ambiguous");
    assert!(ids.iter().all(|id| message(run.result(vlan.identity())).contains(&format!("id {id}"))));
    assert_eq!(run.result(interface.identity()), &ObjectResult::Created);
}

#[test]
fn tagged_vlans_are_a_set() {
    let mut lab = Lab::new();
    let trunk = |ids: &[u16]| {
        let vlans = ids.iter().map(|id| match the_vlan(*id) {
            Value::Reference(to) => to,
            _ => unreachable!(),
        });
        interface("prod", 101, "net0").with("tagged_vlans", Value::References(vlans.collect()))
    };
    let facts = |ids: &[u16]| prod([vlan("prod", 20), vlan("prod", 30), trunk(ids)]);
    lab.settle(&facts(&[20, 30]));
    assert!(lab.sync(&facts(&[30, 20])).plan.is_noop());
    let run = lab.settle(&facts(&[30]));
    assert_eq!(updated_fields(run.result(trunk(&[]).identity())), ["tagged_vlans"]);
    lab.settle(&facts(&[]));
    assert_eq!(lab.values(INTERFACE, "tagged_vlans"), [json!([])]);
}

#[test]
fn an_interface_on_a_vlan_that_nobody_brings_is_written_without_it() {
    let mut lab = Lab::new();
    let lost = tagged("prod", 101, 99);
    let run = lab.sync(&prod([lost.clone()]));
    assert_eq!(run.result(lost.identity()), &ObjectResult::Created);
    assert_eq!(lab.values(INTERFACE, "untagged_vlan"), [serde_json::Value::Null]);
}

#[test]
fn of_two_vlans_that_syncs_have_made_the_older_is_used() {
    let mut lab = Lab::new();
    lab.settle(&prod([vlan("prod", 20), tagged("prod", 101, 20)]));
    let older = lab.only(VLAN);
    lab.netbox.put(VLAN, json!({ "vid": 20, "name": "VLAN 20", "tags": ["proxbox"] }));
    let run = lab.sync(&prod([vlan("prod", 20), tagged("prod", 101, 20)]));
    assert_eq!(run.of(vlan("prod", 20).identity()).netbox_id, Some(older));
    assert!(run.plan.is_noop());
}

#[test]
fn a_vlan_of_ours_that_an_operator_gave_a_place_is_still_that_vlan() {
    for place in ["site", "group"] {
        let mut lab = Lab::new();
        let facts = prod([vlan("prod", 20), tagged("prod", 101, 20)]);
        lab.settle(&facts);
        let (id, site) = (lab.only(VLAN), lab.netbox.all("dcim.site").next().unwrap().0);
        lab.netbox.edit(VLAN, id).fields.insert(place.to_owned(), json!(site));
        assert!(lab.sync(&facts).plan.is_noop(), "{place}");
        // Also for a run that brings interfaces only, and for a card that is new.
        lab.settle(&prod([tagged("prod", 101, 20)]));
        lab.settle(&prod([vlan("prod", 20), tagged("prod", 102, 20)]));
        assert_eq!(lab.values(INTERFACE, "untagged_vlan"), [json!(id), json!(id)], "{place}");
    }
}

#[test]
fn where_syncs_made_a_vlan_for_each_site_new_cards_get_one_without_and_the_others_stay() {
    let mut lab = Lab::new();
    let facts = prod([vlan("prod", 20), tagged("prod", 101, 20)]);
    lab.settle(&facts);
    let first = lab.only(VLAN);
    let site = lab.netbox.all("dcim.site").next().unwrap().0;
    lab.netbox.edit(VLAN, first).fields.insert("site".to_owned(), json!(site));
    let other = lab.netbox.put("dcim.site", json!({ "name": "berlin", "slug": "berlin" }));
    lab.netbox.put(VLAN, json!({ "vid": 20, "name": "VLAN 20", "site": other, "tags": ["proxbox"] }));
    lab.settle(&prod([vlan("prod", 20), tagged("prod", 101, 20), tagged("prod", 102, 20)]));
    let used = lab.values(INTERFACE, "untagged_vlan");
    assert_eq!(used[0], json!(first));
    assert_eq!(lab.netbox.row(VLAN, used[1].as_u64().unwrap()).fields.get("site"), None);
}

#[test]
fn the_vlan_of_that_id_that_an_operator_put_a_card_on_stays() {
    let mut lab = Lab::new();
    let trunk = || {
        let vlans = [20, 30].map(|id| match the_vlan(id) {
            Value::Reference(to) => to,
            _ => unreachable!(),
        });
        interface("prod", 102, "net0").with("tagged_vlans", Value::References(vlans.to_vec()))
    };
    let facts = || prod([vlan("prod", 20), vlan("prod", 30), tagged("prod", 101, 20), trunk()]);
    lab.settle(&facts());
    let site = lab.netbox.all("dcim.site").next().unwrap().0;
    let theirs = lab.netbox.put(VLAN, json!({ "vid": 20, "name": "office", "site": site }));
    let thirty = lab.netbox.named(VLAN, "VLAN 30").0;
    for (card, _) in lab.netbox.clone().all(INTERFACE) {
        let fields = &mut lab.netbox.edit(INTERFACE, card).fields;
        if fields.contains_key("tagged_vlans") {
            fields.insert("tagged_vlans".to_owned(), json!([theirs, thirty]));
        } else {
            fields.insert("untagged_vlan".to_owned(), json!(theirs));
        }
    }
    assert!(lab.sync(&facts()).plan.is_noop());
}
