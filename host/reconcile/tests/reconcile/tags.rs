//! Proxmox's own tags, mirrored: they come and go with Proxmox's, and an operator's tags stay.

use crate::build::*;
use crate::parts::*;
use proxbox_model::draft::Tag;
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

/// A guest with a tag of that name, whose slug a mapper made of it.
fn called(vmid: u32, tag: &str) -> Kept1 {
    let slug: String = tag
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect::<String>()
        .trim_matches('-')
        .to_owned();
    let mut guest = guest("prod", vmid, &format!("vm{vmid}"));
    guest.drafts[0].tags.push(Tag { name: tag.to_owned(), slug, color: "9e9e9e".to_owned() });
    guest
}

/// The names of the tags of a guest.
fn names_of(lab: &Lab, run: &Run, vmid: u32) -> Vec<String> {
    let name = |slug: &String| {
        let tag = lab.netbox.all("extras.tag").find(|(_, tag)| tag.fields["slug"] == json!(slug)).unwrap();
        tag.1.fields["name"].as_str().unwrap().to_owned()
    };
    lab.netbox.row(VM, run.id("prod", vmid)).tags.iter().map(name).collect()
}

#[test]
fn names_that_share_a_slug_stay_tags_of_their_own_in_every_run() {
    let names = ["c++", "c", "C#", "app.v1", "app-v1", "app_v1", "Debian", "DEBIAN"];
    let guests = || names.iter().zip(100..).map(|(name, vmid)| called(vmid, name));
    let mut lab = Lab::new();
    let run = lab.settle(&source("prod", guests()));
    for (name, vmid) in names.iter().zip(100..) {
        assert_eq!(names_of(&lab, &run, vmid), [*name]);
    }
    let reversed = guests().collect::<Vec<_>>().into_iter().rev();
    assert!(lab.sync(&source("prod", reversed)).plan.is_noop());
}

#[test]
fn an_operators_tag_of_the_same_slug_and_another_name_is_not_taken() {
    let mut lab = Lab::new();
    lab.netbox.put("extras.tag", json!({ "name": "c", "slug": "c", "color": "000000" }));
    let run = lab.settle(&source("prod", [called(100, "c++")]));
    assert_eq!(names_of(&lab, &run, 100), ["c++"]);
}

#[test]
fn an_operator_may_rename_a_tag_and_write_it_in_capitals() {
    for renamed in ["Production", "Prod"] {
        let mut lab = Lab::new();
        let run = lab.settle(&source("prod", [called(100, "prod")]));
        let id = lab.netbox.named("extras.tag", "prod").0;
        lab.netbox.edit("extras.tag", id).fields.insert("name".to_owned(), json!(renamed));
        assert!(lab.sync(&source("prod", [called(100, "prod")])).plan.is_noop());
        assert_eq!(names_of(&lab, &run, 100), [renamed]);
    }
}
