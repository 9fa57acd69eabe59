//! How far objects are written: kept in step, only made, only found, or left to the operator.

use crate::build::*;
use crate::parts::*;
use proxbox_model::Identity;
use proxbox_model::options::Kept;
use proxbox_model::report::ObjectResult;
use proxbox_reconcile::{Records, Writing};
use serde_json::json;

fn flag_off(name: &str) -> Kept {
    Kept::from_flags(&[(name.to_owned(), false)].into())
}

fn hands_off(lab: &mut Lab, kind: &str, id: u64) {
    lab.netbox
        .put("extras.tag", json!({ "name": "bootstrap-only", "slug": "bootstrap-only", "color": "000000" }));
    lab.netbox.edit(kind, id).tags.insert("bootstrap-only".to_owned());
}

#[test]
fn what_is_only_bootstrapped_is_made_and_then_left_alone() {
    let mut lab = Lab::new();
    let disk = |size| disk("prod", 101, "scsi0", size).writing(Writing::Missing);
    let web = |name| guest("prod", 101, name).writing(Writing::Missing);
    let facts = |name, size| source("prod", [web(name), disk(size)]);
    let run = lab.settle(&facts("web", 8));
    assert_eq!(run.vm("prod", 101), &ObjectResult::Created);
    let run = lab.settle(&facts("renamed", 16));
    assert_eq!(run.vm("prod", 101), &ObjectResult::Unchanged);
    assert_eq!(run.result(disk(16).identity()), &ObjectResult::Unchanged);
    assert_eq!((lab.netbox.names(VM), lab.values(DISK, "size")), (vec!["web".to_owned()], vec![json!(8)]));
}

#[test]
fn what_is_only_found_is_found_and_never_made() {
    let mut lab = Lab::new();
    let found = interface("prod", 101, "net0").writing(Writing::Nothing);
    let run = lab.settle(&prod([found.clone()]));
    assert!(reason(run.result(found.identity())).ends_with("is not in NetBox"));
    lab.sync(&prod([interface("prod", 101, "net0")]));
    let changed = found.with_text("description", "new");
    let ip = address("prod", 101, "net0", "192.0.2.10/24");
    let run = lab.settle(&prod([changed.clone(), ip.clone()]));
    assert_eq!(run.result(changed.identity()), &ObjectResult::Unchanged);
    assert_eq!(run.result(ip.identity()), &ObjectResult::Created);
}

#[test]
fn what_is_on_an_interface_that_is_only_looked_for_and_not_there_is_left_out() {
    let mut lab = Lab::new();
    let parts = [
        interface("prod", 101, "net0").writing(Writing::Nothing),
        address("prod", 101, "net0", "192.0.2.10/24"),
        primary("prod", 101, Some("192.0.2.10")),
    ];
    let run = lab.settle(&prod(parts.clone()));
    for part in parts {
        assert!(reason(run.result(part.identity())).ends_with("is not in NetBox"), "{}", part.identity());
    }
}

#[test]
fn what_is_only_found_needs_nothing_of_what_its_draft_refers_to() {
    for records in [Records::Sidecars, Records::CustomFields, Records::Identity] {
        let mut lab = Lab::with(records);
        lab.endpoint("prod");
        lab.sync(&prod([]));
        let vm = lab.netbox.named(VM, "web").0;
        let there = lab.netbox.put(INTERFACE, json!({ "virtual_machine": vm, "name": "net0" }));
        let bridge = reference(NODE_INTERFACE, &[("proxmox-node", "pve1"), ("proxmox-interface", "vmbr0")]);
        let found = interface("prod", 101, "net0")
            .with("untagged_vlan", reference(VLAN, &[("vid", "99")]))
            .custom("proxbox_bridge", bridge)
            .tag("gold")
            .bring(role("unneeded"))
            .writing(Writing::Nothing);
        let run = lab.settle(&prod([found.clone()]));
        assert_eq!(run.result(found.identity()), &ObjectResult::Unchanged, "{records:?}");
        assert_eq!(run.of(found.identity()).netbox_id, Some(there));
        assert!(!lab.netbox.names("dcim.devicerole").contains(&"unneeded".to_owned()));
        assert_eq!(lab.netbox.all("extras.tag").filter(|(_, tag)| tag.fields["slug"] == "gold").count(), 0);
        assert_eq!(lab.netbox.all("netbox_proxbox.proxboxvminterfacesyncstate").count(), 0);
    }
}

#[test]
fn the_tag_bootstrap_only_keeps_hands_off_an_object() {
    let mut lab = Lab::new();
    let facts = |name, size| source("prod", [guest("prod", 101, name), disk("prod", 101, "scsi0", size)]);
    let run = lab.settle(&facts("web", 8));
    hands_off(&mut lab, VM, run.id("prod", 101));
    let run = lab.settle(&facts("renamed", 16));
    assert_eq!(lab.netbox.names(VM), ["web"]);
    assert_eq!(lab.values(DISK, "size"), [16], "its parts have tags of their own");
    let disk_row = lab.only(DISK);
    lab.netbox.edit(DISK, disk_row).tags.insert("bootstrap-only".to_owned());
    lab.settle(&facts("renamed", 32));
    assert_eq!(lab.values(DISK, "size"), [16]);
    assert!(run.of(&Identity::guest("prod", 101)).netbox_id.is_some());
}

#[test]
fn a_name_that_nobody_may_change_is_taken_for_the_others() {
    let mut lab = Lab::new();
    let run = lab.sync(&source("prod", [guest("prod", 101, "web")]));
    hands_off(&mut lab, VM, run.id("prod", 101));
    let facts = source("prod", [guest("prod", 101, "db"), guest("prod", 102, "web")]);
    let run = lab.settle(&facts);
    assert_eq!(run.vm("prod", 102), &ObjectResult::Created);
    assert_eq!(lab.netbox.names(VM), ["web", "web (2)"]);
}

#[test]
fn what_is_left_alone_needs_nothing_of_what_its_draft_refers_to() {
    let mut lab = Lab::new();
    let run = lab.sync(&source("prod", [guest("prod", 101, "web")]));
    hands_off(&mut lab, VM, run.id("prod", 101));
    let moved = guest("prod", 101, "web").with("device", reference(DEVICE, &[("proxmox-node", "pve9")]));
    let run = lab.settle(&source("prod", [moved, disk("prod", 101, "scsi0", 8)]));
    assert_eq!(run.result(disk("prod", 101, "scsi0", 8).identity()), &ObjectResult::Created);
}

#[test]
fn cloud_init_rows_that_are_there_stay_when_they_are_not_to_be_overwritten() {
    let mut lab = Lab::new();
    lab.kept = flag_off("overwrite_vm_cloudinit");
    lab.settle(&prod([cloud_init("prod", 101)]));
    let changed = cloud_init("prod", 101).with_text("ciuser", "root");
    let run = lab.settle(&prod([changed.clone()]));
    assert_eq!(run.result(changed.identity()), &ObjectResult::Unchanged);
    assert_eq!(lab.values(CLOUD_INIT, "ciuser"), ["admin"]);
    lab.kept = Kept::default();
    lab.settle(&prod([changed]));
    assert_eq!(lab.values(CLOUD_INIT, "ciuser"), ["root"]);
}

#[test]
fn each_source_has_its_own_choice_of_what_stays() {
    let mut lab = Lab::new();
    lab.endpoint("lab");
    let facts = |user: &str| {
        let mut facts = prod([cloud_init("prod", 101).with_text("ciuser", user)]);
        facts.extend(source("lab", [guest("lab", 101, "web")]));
        facts.push(cloud_init("lab", 101).with_text("ciuser", user).into());
        facts
    };
    lab.sync(&facts("admin"));
    lab.world.kept.insert("lab".to_owned(), flag_off("overwrite_vm_cloudinit"));
    lab.settle(&facts("root"));
    assert_eq!(lab.values(CLOUD_INIT, "ciuser"), ["root", "admin"]);
}
