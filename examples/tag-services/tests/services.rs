//! The module, run natively.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_transform_sdk::facts::GuestFacts;
use proxbox_transform_sdk::log::Level;
use proxbox_transform_sdk::{Context, Draft, Outcome, Value, VirtualMachineOverride, guest, testing};
use tag_services::TagServices;

fn usual() -> Draft {
    Draft::new("virtualization.virtualmachine").text("name", "web")
}

fn mapped(cx: &Context, tags: &[&str]) -> Outcome {
    testing::virtual_machine::always(usual());
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    TagServices::map_one(cx, GuestFacts { tags, ..testing::guest(101, "web") })
}

#[test]
fn a_tag_names_a_well_known_service() {
    let drafts = testing::kept(mapped(&testing::context(), &["prod", "svc-https", "svc-dns"]));
    assert_eq!(drafts.len(), 3);
    assert_eq!(drafts[0], usual());
    let https = Draft::new("ipam.service")
        .reference("parent_object_id", guest(101))
        .text("name", "https")
        .text("protocol", "tcp")
        .with("ports", Value::Json("[443]".to_owned()));
    assert_eq!(drafts[1], https);
    assert_eq!(drafts[2].get_text("protocol"), Some("udp"));
}

#[test]
fn settings_name_other_services_and_ports() {
    let cx = testing::with_settings(
        r#"{"prefix": "port-", "services": {"https": {"ports": [443, 8443]}, "sip": {"protocol": "udp", "ports": [5060]}}}"#,
    );
    let drafts = testing::kept(mapped(&cx, &["port-https", "port-sip", "svc-ssh"]));
    assert_eq!(drafts.len(), 3);
    assert_eq!(drafts[1].get("ports"), Some(&Value::Json("[443,8443]".to_owned())));
    assert_eq!(drafts[2].get_text("protocol"), Some("udp"));
}

#[test]
fn an_unknown_service_is_logged_and_nothing_else() {
    assert_eq!(mapped(&testing::context(), &["svc-quux"]), usual().into());
    let log = testing::take_log();
    assert_eq!(log[0], (Level::Warn, "guest 101: nobody says which ports the service `quux` has".to_owned()));
}

#[test]
fn wrong_settings_are_told() {
    let cx = testing::with_settings(r#"{"services": {"https": {"ports": [70000]}}}"#);
    assert!(matches!(mapped(&cx, &["svc-https"]), Outcome::Reject(_)));
}
