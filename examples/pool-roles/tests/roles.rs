//! The module, run natively.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use pool_roles::PoolRoles;
use proxbox_transform_sdk::facts::GuestFacts;
use proxbox_transform_sdk::{Context, Draft, Outcome, VirtualMachineOverride, device_role, testing};

/// Stands for the built-in mapping.
fn usual() -> Draft {
    Draft::new("virtualization.virtualmachine").text("name", "web")
}

fn mapped(cx: &Context, pool: Option<&str>) -> Outcome {
    testing::virtual_machine::always(usual());
    PoolRoles::map_one(cx, GuestFacts { pool: pool.map(str::to_owned), ..testing::guest(101, "web") })
}

#[test]
fn a_guest_has_the_role_of_its_pool() {
    let drafts = testing::kept(mapped(&testing::context(), Some("Data_Bases")));
    assert_eq!(drafts[0], usual().reference("role", device_role("data-bases")));
    assert_eq!(drafts[1].get_text("name"), Some("Data_Bases"));
    assert_eq!(drafts[1].get_text("slug"), Some("data-bases"));
}

#[test]
fn settings_name_the_role() {
    let cx = testing::with_settings(r#"{"roles": {"web": "Web server"}}"#);
    let drafts = testing::kept(mapped(&cx, Some("web")));
    assert_eq!(drafts[0].get("role"), Some(&device_role("web-server").into()));
}

#[test]
fn a_guest_without_a_pool_is_mapped_as_usual() {
    assert_eq!(mapped(&testing::context(), None), usual().into());
}

#[test]
fn wrong_settings_are_told() {
    assert!(matches!(mapped(&testing::with_settings(r#"{"roles": 7}"#), Some("web")), Outcome::Reject(_)));
}
