//! What becomes of a node in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_node::Node;
use proxbox_transform_sdk::facts::NodeFacts;
use proxbox_transform_sdk::{
    Context, Draft, NodeMapper, Value, device_role, device_type, manufacturer, proxbox_tag, site, testing,
    this_cluster,
};

fn facts(name: &str) -> NodeFacts {
    NodeFacts {
        name: name.to_owned(),
        online: true,
        ip: Some("192.0.2.1".to_owned()),
        level: String::new(),
        cpus: Some(8),
        memory: Some(64 << 30),
        disk: Some(100 << 30),
        status: "{}".to_owned(),
        listing: "{}".to_owned(),
    }
}

fn mapped(cx: &Context, fact: &NodeFacts) -> Vec<Draft> {
    kinds::drafts(Node::map(cx, fact))
}

fn text(draft: &Draft, name: &str) -> String {
    match draft.get(name) {
        Some(Value::Text(text)) => text.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

fn name_by(template: &str, node: &str) -> String {
    let mut cx = testing::context();
    cx.options = format!("{{\"dry-run\":true,\"device-name-template\":\"{template}\"}}");
    text(&mapped(&cx, &facts(node))[0], "name")
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::NodeFacts>(env!("CARGO_MANIFEST_DIR"), Node::map_all);
}

#[test]
fn a_node_becomes_a_device_of_its_cluster() {
    let cx = testing::context();
    let device = &mapped(&cx, &facts("pve1"))[0];
    assert_eq!(device.kind, "dcim.device");
    assert_eq!(text(device, "name"), "pve1");
    assert_eq!(text(device, "status"), "active");
    assert_eq!(text(device, "description"), "Proxmox Node pve1");
    assert_eq!(device.get("cluster"), Some(&this_cluster(&cx).into()));
    assert_eq!(device.get("device_type"), Some(&device_type("proxmox", "proxmox-generic-device").into()));
    assert_eq!(device.get("role"), Some(&device_role("proxmox-node").into()));
    assert_eq!(device.get("site"), Some(&site("proxmox-default-site-lab").into()));
    assert_eq!(device.tags, [proxbox_tag()]);
}

#[test]
fn an_offline_node_is_an_offline_device() {
    let fact = NodeFacts { online: false, cpus: None, memory: None, disk: None, ..facts("pve1") };
    assert_eq!(text(&mapped(&testing::context(), &fact)[0], "status"), "offline");
}

#[test]
fn a_device_brings_all_that_it_needs() {
    let drafts = mapped(&testing::context(), &facts("pve1"));
    let find = |kind: &str| drafts.iter().find(|draft| draft.kind == kind).unwrap();
    let maker = find("dcim.manufacturer");
    assert_eq!((text(maker, "name"), text(maker, "slug")), ("Proxmox".to_owned(), "proxmox".to_owned()));
    let model = find("dcim.devicetype");
    assert_eq!(text(model, "model"), "Proxmox Generic Device");
    assert_eq!(text(model, "slug"), "proxmox-generic-device");
    assert_eq!(model.get("manufacturer"), Some(&manufacturer("proxmox").into()));
    let role = find("dcim.devicerole");
    assert_eq!((text(role, "name"), text(role, "color")), ("Proxmox Node".to_owned(), "00bcd4".to_owned()));
    let site = find("dcim.site");
    assert_eq!(text(site, "name"), "Proxmox Default Site - lab");
    assert_eq!(text(site, "slug"), "proxmox-default-site-lab");
    assert_eq!(text(site, "status"), "active");
    assert!(drafts.iter().all(|draft| draft.tags == [proxbox_tag()]));
}

#[test]
fn the_operator_names_devices() {
    let table = [
        ("{node}", "pve1"),
        ("{cluster}-{node}", "lab-pve1"),
        ("{node}.example.org", "pve1.example.org"),
        ("{rack}/{node}", "{rack}/pve1"),
        ("", "pve1"),
        ("  ", "pve1"),
    ];
    for (template, name) in table {
        assert_eq!(name_by(template, "pve1"), name, "{template}");
    }
}

#[test]
fn wrong_options_leave_the_default_name() {
    for options in ["", "{}", "[]", "{\"device-name-template\":7}", "{\"device-name-template\":"] {
        let mut cx = testing::context();
        cx.options = options.to_owned();
        assert_eq!(text(&mapped(&cx, &facts("pve1"))[0], "name"), "pve1", "{options}");
    }
}

#[test]
fn names_too_long_for_netbox_stay_apart() {
    let template = format!("{}-{{node}}", "rack".repeat(20));
    let (one, two) = (name_by(&template, "pve1"), name_by(&template, "pve2"));
    assert_eq!(one.chars().count(), 64);
    assert_ne!(one, two);
    assert_eq!(one, name_by(&template, "pve1"));
}

#[test]
fn identity_is_in_custom_fields() {
    let device = &mapped(&testing::context(), &facts("pve1"))[0];
    assert_eq!(device.get_custom("proxmox_cluster"), Some(&"lab".into()));
    assert_eq!(device.get_custom("proxmox_node"), Some(&"pve1".into()));
    assert_eq!(device.custom_fields.len(), 2);
}

#[test]
fn either_plugin_is_told_the_page_of_a_node() {
    for feature in ["sync-state", "proxmox-custom-fields"] {
        let mut cx = testing::context();
        cx.target.features = vec![feature.to_owned()];
        let link = "https://pve.example.org:8006/#v1:0:=node/pve1".into();
        assert_eq!(mapped(&cx, &facts("pve1"))[0].get_custom("proxmox_link"), Some(&link), "{feature}");
    }
}

#[test]
fn a_chosen_site_takes_the_place_of_the_default_one() {
    let mut cx = testing::context();
    cx.options = "{\"site\":\"berlin\"}".to_owned();
    let drafts = mapped(&cx, &facts("pve1"));
    assert_eq!(drafts[0].get("site"), Some(&site("berlin").into()));
    assert!(drafts.iter().all(|draft| draft.kind != "dcim.site"), "an operator's site is there");
}

#[test]
fn a_cluster_name_without_letters_still_has_a_default_site() {
    for cluster in ["集群", "", &"c".repeat(200)] {
        let mut cx = testing::context();
        cx.source.cluster = cluster.to_owned();
        mapped(&cx, &facts("pve1"));
    }
}
