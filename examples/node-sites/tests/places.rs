//! The module, run natively.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use node_sites::NodeSites;
use proxbox_transform_sdk::{
    Context, Draft, NodeOverride, Outcome, Value, VirtualMachineOverride, location, site, testing,
};

fn settings() -> Context {
    testing::with_settings(
        r#"{"nodes": {"pve1": {"site": "Berlin", "location": "Room 1"}, "pve2": {"site": "Bonn"}}}"#,
    )
}

/// Stands for the built-in mapping, which brings a site of its own.
fn usual() -> Outcome {
    Outcome::object(Draft::new("dcim.device").text("name", "pve").reference("site", site("default")))
        .bring(Draft::named("dcim.devicerole", "Node"))
        .bring(Draft::named("dcim.site", "Default"))
}

fn node(cx: &Context, name: &str) -> Vec<Draft> {
    testing::node::always(usual());
    testing::kept(<NodeSites as NodeOverride>::map_one(cx, testing::node(name)))
}

fn guest(cx: &Context) -> Outcome {
    testing::virtual_machine::always(Draft::new("virtualization.virtualmachine").text("name", "web"));
    <NodeSites as VirtualMachineOverride>::map_one(cx, testing::guest(101, "web"))
}

fn kinds(drafts: &[Draft]) -> Vec<&str> {
    drafts.iter().map(|draft| draft.kind.as_str()).collect()
}

#[test]
fn a_node_is_at_its_site_and_in_its_location() {
    let drafts = node(&settings(), "pve1");
    assert_eq!(drafts[0].get("site"), Some(&site("berlin").into()));
    assert_eq!(drafts[0].get("location"), Some(&location("berlin", "room-1").into()));
    assert_eq!(kinds(&drafts), ["dcim.device", "dcim.devicerole", "dcim.site", "dcim.location"]);
    assert_eq!(drafts[2].get_text("name"), Some("Berlin"));
    assert_eq!(drafts[3].get("site"), Some(&site("berlin").into()));
}

#[test]
fn a_node_without_a_location_is_in_none() {
    let drafts = node(&settings(), "pve2");
    assert_eq!(drafts[0].get("site"), Some(&site("bonn").into()));
    assert_eq!(drafts[0].get("location"), Some(&Value::Null));
    assert_eq!(kinds(&drafts), ["dcim.device", "dcim.devicerole", "dcim.site"]);
}

#[test]
fn a_node_that_is_not_listed_is_mapped_as_usual_or_goes_to_the_default_place() {
    assert_eq!(node(&settings(), "pve9"), testing::kept(usual()));
    let elsewhere = testing::with_settings(r#"{"default": {"site": "Cologne"}}"#);
    assert_eq!(node(&elsewhere, "pve9")[0].get("site"), Some(&site("cologne").into()));
}

#[test]
fn a_guest_is_at_the_site_of_its_node() {
    let drafts = testing::kept(guest(&settings()));
    assert_eq!(drafts[0].get("site"), Some(&site("berlin").into()));
    assert_eq!(drafts[0].get("location"), None);
    assert_eq!(kinds(&drafts), ["virtualization.virtualmachine", "dcim.site"]);
}

#[test]
fn wrong_settings_are_told() {
    assert!(matches!(guest(&testing::with_settings(r#"{"nodes": {"pve1": "Berlin"}}"#)), Outcome::Reject(_)));
}
