//! Proxmox's own tags, mirrored: they come and go with Proxmox's, and an operator's tags stay.

use crate::build::*;
use crate::parts::*;
use proxbox_model::options::Kept;
use proxbox_reconcile::Records;
use serde_json::json;

fn web(tags: &[&str]) -> Kept1 {
    guest("prod", 101, "web").mirroring(tags).tag("proxbox")
}

fn tags(lab: &Lab) -> Vec<String> {
    lab.netbox.named(VM, "web").1.tags.iter().cloned().collect()
}

fn add_by_hand(lab: &mut Lab, slug: &str) {
    lab.netbox.put("extras.tag", json!({ "name": slug.to_uppercase(), "slug": slug, "color": "000000" }));
    let id = lab.netbox.named(VM, "web").0;
    lab.netbox.edit(VM, id).tags.insert(slug.to_owned());
}

#[test]
fn a_tag_that_is_gone_at_the_source_goes_and_an_operators_stays() {
    for records in [Records::Sidecars, Records::CustomFields] {
        let mut lab = Lab::with(records);
        lab.settle(&source("prod", [web(&["gold", "old"])]));
        add_by_hand(&mut lab, "mine");
        let run = lab.settle(&source("prod", [web(&["gold", "new"])]));
        assert_eq!(tags(&lab), ["gold", "mine", "new", "proxbox"], "{records:?}");
        assert!(updated_fields(run.vm("prod", 101)).contains(&"tags".to_owned()));
    }
}

#[test]
fn the_last_tag_goes_too() {
    let mut lab = Lab::new();
    lab.settle(&source("prod", [web(&["gold"])]));
    lab.settle(&source("prod", [web(&[])]));
    assert_eq!(tags(&lab), ["proxbox"]);
}

#[test]
fn a_tag_that_an_operator_took_away_comes_back_with_proxmoxs() {
    let mut lab = Lab::new();
    lab.settle(&source("prod", [web(&["gold"])]));
    let id = lab.netbox.named(VM, "web").0;
    lab.netbox.edit(VM, id).tags.remove("gold");
    lab.settle(&source("prod", [web(&["gold"])]));
    assert_eq!(tags(&lab), ["gold", "proxbox"]);
}

#[test]
fn a_tag_that_proxmox_never_had_is_never_removed() {
    let mut lab = Lab::new();
    lab.settle(&source("prod", [web(&["gold"])]));
    add_by_hand(&mut lab, "old");
    lab.settle(&source("prod", [web(&[])]));
    assert_eq!(tags(&lab), ["old", "proxbox"]);
}

#[test]
fn a_tag_that_a_mapper_wants_for_another_reason_stays() {
    let mut lab = Lab::new();
    lab.settle(&source("prod", [web(&["gold"])]));
    lab.settle(&source("prod", [web(&[]).tag("gold")]));
    assert_eq!(tags(&lab), ["gold", "proxbox"]);
}

#[test]
fn mirrored_tags_of_an_existing_guest_stay_as_they_are_when_that_is_wanted() {
    let mut lab = Lab::new();
    lab.settle(&source("prod", [web(&["gold", "old"])]));
    lab.kept = Kept::from_flags(&[("overwrite_vm_proxmox_tags".to_owned(), false)].into());
    lab.settle(&source("prod", [web(&["gold", "new"])]));
    assert_eq!(tags(&lab), ["gold", "old", "proxbox"]);
}

#[test]
fn a_new_guest_gets_its_tags_whatever_stays_of_existing_ones() {
    let mut lab = Lab::new();
    lab.kept = Kept::from_flags(&[("overwrite_vm_proxmox_tags".to_owned(), false)].into());
    lab.settle(&source("prod", [web(&["gold"])]));
    assert_eq!(tags(&lab), ["gold", "proxbox"]);
}

#[test]
fn a_tag_in_other_letters_is_the_same() {
    let mut lab = Lab::new();
    lab.settle(&source("prod", [web(&["gold"])]));
    let mut loud = web(&["gold"]);
    loud.fact.source_tags = vec!["GOLD".to_owned()];
    lab.settle(&source("prod", [loud]));
    assert_eq!(tags(&lab), ["gold", "proxbox"]);
}
