//! The module, run natively.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_transform_sdk::facts::GuestFacts;
use proxbox_transform_sdk::{Context, Draft, Outcome, VirtualMachineOverride, testing};
use skip_labs::SkipLabs;

fn usual() -> Outcome {
    Draft::new("virtualization.virtualmachine").text("name", "web").into()
}

fn mapped(cx: &Context, guest: GuestFacts) -> Outcome {
    testing::virtual_machine::always(usual());
    SkipLabs::map_one(cx, guest)
}

fn web() -> GuestFacts {
    testing::guest(101, "web")
}

#[test]
fn templates_and_guests_with_the_tag_lab_are_left_out() {
    let cx = testing::context();
    let template = GuestFacts { template: true, ..web() };
    assert_eq!(testing::left_out(mapped(&cx, template)), "it is a template");
    let lab = GuestFacts { tags: vec!["LAB".to_owned()], ..web() };
    assert_eq!(testing::left_out(mapped(&cx, lab)), "it has the tag `lab`");
}

#[test]
fn other_guests_are_mapped_as_usual() {
    let other = GuestFacts { tags: vec!["labels".to_owned()], pool: Some("lab".to_owned()), ..web() };
    assert_eq!(mapped(&testing::context(), other), usual());
}

#[test]
fn pools_and_names_are_settings() {
    let cx = testing::with_settings(r#"{"pools": ["sandbox"], "names": ["tmp-*"]}"#);
    let sandbox = GuestFacts { pool: Some("sandbox".to_owned()), ..web() };
    assert_eq!(testing::left_out(mapped(&cx, sandbox)), "it is in the pool `sandbox`");
    assert_eq!(testing::left_out(mapped(&cx, testing::guest(102, "tmp-7"))), "its name is one of `tmp-*`");
    assert_eq!(mapped(&cx, web()), usual());
}

#[test]
fn templates_can_be_kept() {
    let template = GuestFacts { template: true, ..web() };
    assert_eq!(mapped(&testing::with_settings(r#"{"templates": false}"#), template), usual());
}

#[test]
fn wrong_settings_are_told() {
    assert!(matches!(mapped(&testing::with_settings(r#"{"tags": "lab"}"#), web()), Outcome::Reject(_)));
}
