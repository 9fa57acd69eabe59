use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::Identity;
use proxbox_model::options::Kept;
use proxbox_reconcile::Sources;

fn two_guests(netbox: &mut Netbox) {
    sync(netbox, &source("prod", [guest("prod", 100, "web"), guest("prod", 101, "db")]));
}

#[test]
fn what_a_complete_source_no_longer_names_is_stale_and_stays() {
    let mut netbox = Netbox::default();
    two_guests(&mut netbox);
    let before = netbox.everything();
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));

    assert_eq!(run.plan.stale.len(), 1);
    assert_eq!(run.plan.stale[0].identity, Identity::guest("prod", 101));
    assert_eq!(run.plan.stale[0].name, "db");
    assert_eq!(netbox.everything(), before);
}

#[test]
fn an_incomplete_source_makes_nothing_stale() {
    let mut netbox = Netbox::default();
    two_guests(&mut netbox);
    let facts = source("prod", [guest("prod", 100, "web")]);
    let sources = Sources::default();
    assert!(sync_with(&mut netbox, &facts, &Kept::default(), &sources).plan.stale.is_empty());
}

#[test]
fn a_guest_that_failed_or_was_left_out_is_not_stale() {
    let mut netbox = Netbox::default();
    two_guests(&mut netbox);
    let mut facts = source("prod", []);
    facts.push(guest("prod", 100, "web").unread());
    facts.push(guest("prod", 101, "db").skipped());
    assert!(sync(&mut netbox, &facts).plan.stale.is_empty());
}

#[test]
fn a_source_that_named_no_guest_at_all_makes_no_guest_stale() {
    let mut netbox = Netbox::default();
    two_guests(&mut netbox);
    assert!(sync(&mut netbox, &source("prod", [])).plan.stale.is_empty());
}

#[test]
fn sources_that_were_not_read_are_left_alone() {
    let mut netbox = Netbox::default();
    two_guests(&mut netbox);
    let run = sync(&mut netbox, &source("other", [guest("other", 100, "web")]));
    assert!(run.plan.stale.is_empty());
}
