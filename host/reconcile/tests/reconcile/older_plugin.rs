//! The older plugin: everything that Proxmox says is in custom fields, all of which are made at once.

use crate::build::*;
use crate::parts::*;
use proxbox_model::draft::Value;
use proxbox_model::kind::CUSTOM_FIELDS;
use proxbox_reconcile::Records;
use serde_json::json;

fn older() -> Lab {
    let mut lab = Lab::with(Records::CustomFields);
    lab.endpoint("prod");
    lab
}

#[test]
fn all_custom_fields_are_made_in_the_first_run() {
    let mut lab = older();
    lab.settle(&source("prod", [guest("prod", 101, "web")]));
    let mut names: Vec<_> = CUSTOM_FIELDS.iter().map(|field| field.name).collect();
    names.sort_unstable();
    assert_eq!(lab.netbox.names("extras.customfield"), names);
    for field in CUSTOM_FIELDS {
        let (_, made) = lab.netbox.named("extras.customfield", field.name);
        let mut kinds = field.kinds.to_vec();
        kinds.sort_unstable();
        assert_eq!(made.fields["object_types"], json!(kinds), "{}", field.name);
    }
}

#[test]
fn custom_fields_that_hold_objects_say_of_which_kind() {
    let mut lab = older();
    lab.settle(&source("prod", []));
    let related =
        |name: &str| lab.netbox.named("extras.customfield", name).1.fields["related_object_type"].clone();
    assert_eq!(related("proxbox_storage_id"), json!(STORAGE));
    assert_eq!(related("proxbox_bridge"), json!(NODE_INTERFACE));
    let (_, plain) = lab.netbox.named("extras.customfield", "proxmox_os");
    assert!(!plain.fields.contains_key("related_object_type"));
}

#[test]
fn what_mappers_say_is_on_the_objects_and_there_are_no_rows_beside_them() {
    let mut lab = older();
    let web = guest("prod", 101, "web")
        .custom("proxmox_os", text("l26"))
        .custom("proxmox_uptime", Value::Integer(9));
    let disk = disk("prod", 101, "scsi0", 8).custom("proxbox_storage_id", the_storage("local"));
    let mut facts = source("prod", [web]);
    facts.extend([storage("prod", "local"), disk].map(Into::into));
    let run = lab.settle(&facts);
    let held = &lab.netbox.row(VM, run.id("prod", 101)).custom_fields;
    assert_eq!((&held["proxmox_os"], &held["proxmox_uptime"]), (&json!("l26"), &json!(9)));
    let disk = lab.netbox.row(DISK, lab.only(DISK));
    assert_eq!(disk.custom_fields["proxbox_storage_id"], json!(lab.only(STORAGE)));
    assert_eq!(lab.netbox.all("netbox_proxbox.proxboxvirtualmachinesyncstate").count(), 0);
}

#[test]
fn the_time_of_the_last_update_follows_other_changes_and_causes_none() {
    let mut lab = older();
    lab.settle(&source("prod", [guest("prod", 101, "web")]));
    let run = lab.settle(&source("prod", [guest("prod", 101, "renamed")]));
    assert_eq!(updated_fields(run.vm("prod", 101)), ["custom_fields.proxmox_last_updated", "name"]);
    let held = &lab.netbox.row(VM, run.id("prod", 101)).custom_fields;
    assert_eq!(held["proxmox_last_updated"], json!("2026-01-01T01:00:00Z"));
}

#[test]
fn without_the_plugin_only_what_is_used_is_made() {
    let mut lab = Lab::with(Records::Identity);
    lab.settle(&source("prod", [guest("prod", 101, "web")]));
    assert_eq!(
        lab.netbox.names("extras.customfield"),
        ["proxmox_cluster", "proxmox_cluster_name", "proxmox_node", "proxmox_vm_id"]
    );
}

#[test]
fn the_time_of_the_last_update_is_there_from_the_first_run_on() {
    let mut lab = older();
    let run = lab.settle(&source("prod", [guest("prod", 101, "web")]));
    let held = &lab.netbox.row(VM, run.id("prod", 101)).custom_fields;
    assert_eq!(held["proxmox_last_updated"], json!("2026-01-01T00:00:00Z"));
}
