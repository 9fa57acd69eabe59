//! The cases of the module, run natively.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use pool_roles::PoolRoles;
use proxbox_transform_sdk::facts::{GuestFacts, GuestKind};
use proxbox_transform_sdk::{Context, Draft, Outcome, Value, VirtualMachineOverride, device_role, testing};

fn guest(pool: Option<&str>) -> GuestFacts {
    GuestFacts {
        vmid: 101,
        kind: GuestKind::Qemu,
        name: "web".to_owned(),
        node: "pve1".to_owned(),
        status: "running".to_owned(),
        template: false,
        tags: Vec::new(),
        pool: pool.map(str::to_owned),
        cpus: 1,
        memory: 1 << 30,
        disk: 0,
        os: None,
        start_at_boot: false,
        agent: false,
        unprivileged: false,
        search_domain: None,
        notes: String::new(),
        listing: "{}".to_owned(),
        config: "{}".to_owned(),
    }
}

/// Stands for the built-in mapping.
fn usual() -> Draft {
    Draft::new("virtualization.virtualmachine").text("name", "web")
}

fn mapped(cx: &Context, pool: Option<&str>) -> Outcome {
    testing::virtual_machine::set(|_, guests| guests.iter().map(|_| usual().into()).collect());
    PoolRoles::map_all(cx, vec![guest(pool)]).remove(0)
}

fn drafts(outcome: Outcome) -> Vec<Draft> {
    let Outcome::Keep(drafts) = outcome else { panic!("not kept: {outcome:?}") };
    drafts
}

#[test]
fn a_guest_has_the_role_of_its_pool() {
    let drafts = drafts(mapped(&testing::context(), Some("Data_Bases")));
    assert_eq!(drafts[0], usual().reference("role", device_role("data-bases")));
    assert_eq!(drafts[1].get("name"), Some(&Value::Text("Data_Bases".to_owned())));
    assert_eq!(drafts[1].get("slug"), Some(&Value::Text("data-bases".to_owned())));
}

#[test]
fn settings_name_the_role() {
    let mut cx = testing::context();
    cx.settings = r#"{"roles":{"web":"Web server"}}"#.to_owned();
    assert_eq!(drafts(mapped(&cx, Some("web")))[0].get("role"), Some(&device_role("web-server").into()));
}

#[test]
fn a_guest_without_a_pool_is_mapped_as_usual() {
    assert_eq!(mapped(&testing::context(), None), usual().into());
}

#[test]
fn wrong_settings_are_told() {
    let mut cx = testing::context();
    cx.settings = r#"{"roles":7}"#.to_owned();
    assert!(matches!(mapped(&cx, Some("web")), Outcome::Reject(_)));
}
