//! Relations between rows of the plugin: a backup is worth having without its storage's row.

use crate::build::*;
use crate::parts::*;
use proxbox_model::plan::{Action, Planned};
use proxbox_model::report::ObjectResult;
use serde_json::{Value as Json, json};

fn storage_of(lab: &Lab) -> Json {
    lab.netbox.row(BACKUP, lab.only(BACKUP)).fields.get("proxmox_storage").cloned().unwrap_or_default()
}

#[test]
fn a_backup_whose_storage_has_no_row_is_written_without_it() {
    let mut lab = Lab::new();
    let backup = backup("prod", 101, "a.vma");
    let run = lab.settle(&prod([backup.clone()]));
    assert_eq!(run.result(backup.identity()), &ObjectResult::Created);
    assert_eq!(storage_of(&lab), Json::Null);
}

#[test]
fn a_backup_gets_its_storage_once_that_has_a_row() {
    let mut lab = Lab::new();
    let backup = backup("prod", 101, "a.vma");
    lab.sync(&prod([backup.clone()]));
    let run = lab.settle(&prod([backup.clone(), storage("prod", "local")]));
    assert_eq!(updated_fields(run.result(backup.identity())), ["proxmox_storage"]);
    assert_eq!(storage_of(&lab), json!(lab.only(STORAGE)));
}

#[test]
fn a_backup_keeps_its_storage_when_that_is_not_part_of_the_run() {
    let mut lab = Lab::new();
    lab.sync(&prod([backup("prod", 101, "a.vma"), storage("prod", "local")]));
    assert!(lab.sync(&prod([backup("prod", 101, "a.vma")])).plan.is_noop());
}

#[test]
fn a_backup_does_not_wait_for_a_new_storage_to_succeed() {
    let mut lab = Lab::new();
    lab.netbox.refuses.insert("local".to_owned());
    let (backup, storage) = (backup("prod", 101, "a.vma"), storage("prod", "local"));
    let run = lab.sync(&prod([storage.clone(), backup.clone()]));
    let place = run.plan.objects.iter().position(|object| object.kind.name == STORAGE).unwrap();
    let planned = run.planned(BACKUP, "local:backup/a.vma");
    let Action::Create(fields) = &planned.action else { panic!("{planned:?}") };
    assert_eq!(fields["proxmox_storage"], Planned::IdIfMade(place));
    assert!(!planned.needs.contains(&place));
    assert_eq!(code(run.result(storage.identity())), "refused");
    assert_eq!(run.result(backup.identity()), &ObjectResult::Created);
    assert_eq!(storage_of(&lab), Json::Null);
}

#[test]
fn a_backup_is_written_without_a_storage_that_is_left_out_or_failed() {
    for settled in [Kept1::skipped, Kept1::rejected] {
        let mut lab = Lab::new();
        let mut facts = prod([backup("prod", 101, "a.vma")]);
        facts.push(settled(storage("prod", "local")));
        lab.settle(&facts);
        assert_eq!(storage_of(&lab), Json::Null);
    }
}

#[test]
fn a_routine_names_its_node_where_the_plugin_has_a_row_for_it() {
    let mut lab = Lab::new();
    lab.endpoint("lab");
    let (here, there) = (routine("prod", "a"), routine("lab", "a"));
    let elsewhere = routine("prod", "b")
        .with("node", reference("netbox_proxbox.proxmoxnode", &[("proxmox-node", "pve9")]));
    lab.settle(&prod([here, there, elsewhere]));
    let nodes: Vec<u64> = lab.netbox.all("netbox_proxbox.proxmoxnode").map(|(id, _)| id).collect();
    assert_eq!(lab.values(ROUTINE, "node"), [json!(nodes[0]), json!(nodes[1]), Json::Null]);
}

#[test]
fn a_routine_of_a_source_that_the_plugin_has_no_endpoint_for_is_left_out() {
    let mut lab = Lab::with(proxbox_reconcile::Records::Sidecars);
    let routine = routine("prod", "a");
    let run = lab.settle(&prod([routine.clone()]));
    assert!(reason(run.result(routine.identity())).contains("no Proxmox endpoint"));
}

#[test]
fn a_guest_interface_whose_card_is_not_in_netbox_is_written_without_it() {
    let mut lab = Lab::new();
    let lost = guest_interface("prod", 101, "eth0");
    let run = lab.sync(&prod([lost.clone()]));
    assert_eq!(run.result(lost.identity()), &ObjectResult::Created);
}
