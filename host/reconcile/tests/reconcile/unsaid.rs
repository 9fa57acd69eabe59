//! What Proxmox has no word for is an operator's.

use crate::build::*;
use crate::parts::*;
use proxbox_model::draft::Value;
use serde_json::{Value as Json, json};

fn card(sort: &str) -> Kept1 {
    node_interface("prod", "eno1").with_text("type", sort)
}

fn devices(card: Kept1) -> Vec<(proxbox_reconcile::Fact, proxbox_reconcile::FactOutcome)> {
    let mut facts = source("prod", []);
    facts.push(card.into());
    facts
}

#[test]
fn the_type_that_an_operator_gives_a_card_stays_and_what_proxmox_knows_is_mirrored() {
    let mut lab = Lab::new();
    lab.settle(&devices(card("other")));
    let id = lab.only(NODE_INTERFACE);
    lab.netbox.edit(NODE_INTERFACE, id).fields.insert("type".to_owned(), json!("10gbase-x-sfpp"));
    assert!(lab.sync(&devices(card("other"))).plan.is_noop());
    lab.settle(&devices(card("bridge")));
    assert_eq!(lab.values(NODE_INTERFACE, "type"), [json!("bridge")]);
}

fn plain() -> Kept1 {
    interface("prod", 101, "net0")
        .with("mode", Value::Null)
        .with("untagged_vlan", Value::Null)
        .with("tagged_vlans", Value::References(Vec::new()))
}

fn tagged() -> Kept1 {
    interface("prod", 101, "net0")
        .with_text("mode", "access")
        .with("untagged_vlan", reference(VLAN, &[("vid", "20")]))
        .with("tagged_vlans", Value::References(Vec::new()))
}

#[test]
fn the_vlan_behind_a_bridge_that_an_operator_enters_stays() {
    let mut lab = Lab::new();
    lab.settle(&prod([plain()]));
    let vlan = lab.netbox.put(VLAN, json!({ "vid": 219, "name": "web" }));
    let id = lab.only(INTERFACE);
    let row = lab.netbox.edit(INTERFACE, id);
    row.fields.extend([("mode".to_owned(), json!("access")), ("untagged_vlan".to_owned(), json!(vlan))]);
    assert!(lab.sync(&prod([plain()])).plan.is_noop());
}

#[test]
fn a_vlan_that_a_sync_put_there_goes_with_the_tag_in_proxmox() {
    let mut lab = Lab::new();
    lab.settle(&prod([vlan("prod", 20), tagged()]));
    lab.settle(&prod([plain()]));
    assert_eq!(lab.values(INTERFACE, "untagged_vlan"), [Json::Null]);
    assert_eq!(lab.values(INTERFACE, "mode"), [Json::Null]);
}

#[test]
fn a_tag_in_proxmox_wins_over_the_vlan_that_an_operator_entered() {
    let mut lab = Lab::new();
    lab.settle(&prod([plain()]));
    let theirs = lab.netbox.put(VLAN, json!({ "vid": 219, "name": "web" }));
    let id = lab.only(INTERFACE);
    lab.netbox.edit(INTERFACE, id).fields.insert("untagged_vlan".to_owned(), json!(theirs));
    lab.settle(&prod([vlan("prod", 20), tagged()]));
    assert_ne!(lab.values(INTERFACE, "untagged_vlan"), [json!(theirs)]);
}

fn described(text: &str) -> Vec<(proxbox_reconcile::Fact, proxbox_reconcile::FactOutcome)> {
    source("prod", [guest("prod", 100, "web").with_text("description", text)])
}

#[test]
fn a_description_that_a_person_wrote_stays_and_a_mapped_one_follows() {
    let mut lab = Lab::new();
    let description = |lab: &Lab| lab.netbox.named(VM, "web").1.fields["description"].clone();
    lab.settle(&described("Synced from Proxmox node pve1"));
    lab.settle(&described("Synced from Proxmox node pve2"));
    assert_eq!(description(&lab), json!("Synced from Proxmox node pve2"));
    let id = lab.netbox.named(VM, "web").0;
    lab.netbox.edit(VM, id).fields.insert("description".to_owned(), json!("the web shop"));
    assert!(lab.sync(&described("Synced from Proxmox node pve1")).plan.is_noop());
    lab.settle(&described("a module's own words"));
    assert_eq!(description(&lab), json!("a module's own words"));
}

/// A node whose mapper has nothing to say of its type and role.
fn generic() -> Vec<(proxbox_reconcile::Fact, proxbox_reconcile::FactOutcome)> {
    let key = [("manufacturer.slug", "proxmox"), ("slug", "proxmox-generic-device")];
    let node = node("prod", "pve1")
        .with("device_type", reference("dcim.devicetype", &key))
        .with("role", reference("dcim.devicerole", &[("slug", "proxmox-node")]))
        .bring(role("proxmox-node"))
        .bring(
            draft("dcim.devicetype")
                .with("manufacturer", reference("dcim.manufacturer", &[("slug", "proxmox")]))
                .with_text("model", "Proxmox Generic Device")
                .with_text("slug", "proxmox-generic-device"),
        );
    vec![cluster("prod").into(), node.into()]
}

#[test]
fn the_type_and_the_role_that_an_operator_gives_a_device_stay() {
    let mut lab = Lab::new();
    lab.settle(&generic());
    let maker = lab.netbox.put("dcim.manufacturer", json!({ "name": "Dell", "slug": "dell" }));
    let model =
        lab.netbox.put("dcim.devicetype", json!({ "manufacturer": maker, "model": "R650", "slug": "r650" }));
    let role = lab.netbox.put("dcim.devicerole", json!({ "name": "Hypervisor", "slug": "hypervisor" }));
    let id = lab.only(DEVICE);
    let row = lab.netbox.edit(DEVICE, id);
    row.fields.extend([("device_type".to_owned(), json!(model)), ("role".to_owned(), json!(role))]);
    assert!(lab.sync(&generic()).plan.is_noop());
    lab.settle(&source("prod", []));
    assert_ne!(lab.values(DEVICE, "device_type"), [json!(model)], "a module that names a type decides");
}
