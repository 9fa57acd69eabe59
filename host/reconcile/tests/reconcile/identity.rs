use crate::build::*;
use crate::netbox::Netbox;
use crate::parts::{INTERFACE, disk, interface};
use proxbox_model::Identity;
use proxbox_model::options::Kept;
use proxbox_model::report::ObjectResult;
use proxbox_reconcile::{Fact, FactOutcome};
use serde_json::json;

#[test]
fn a_first_run_makes_everything_and_a_second_writes_nothing() {
    let mut netbox = Netbox::default();
    let facts = source("prod", [guest("prod", 100, "web"), guest("prod", 101, "db")]);
    let first = sync(&mut netbox, &facts);
    assert_eq!(first.counts().created, 4, "{:?}", first.reports);

    let second = sync(&mut netbox, &facts);
    assert!(second.plan.is_noop(), "{:?}", second.plan);
    assert_eq!(second.counts().unchanged, 4);
}

#[test]
fn two_clusters_with_the_same_vmids_stay_apart() {
    let mut netbox = Netbox::default();
    let mut facts = source("north", [guest("north", 100, "web")]);
    facts.extend(source("south", [guest("south", 100, "web")]));
    let run = sync(&mut netbox, &facts);

    assert_ne!(run.id("north", 100), run.id("south", 100));
    let north = netbox.row(VM, run.id("north", 100));
    let south = netbox.row(VM, run.id("south", 100));
    assert_eq!(north.fields["cluster"], json!(netbox.named(CLUSTER, "north").0));
    assert_eq!(south.fields["cluster"], json!(netbox.named(CLUSTER, "south").0));
    assert_eq!(netbox.names(VM), ["web", "web"]);
    assert_eq!(netbox.names(DEVICE), ["pve1", "pve1"]);
}

#[test]
fn the_identity_is_written_whatever_a_mapper_says() {
    let mut netbox = Netbox::default();
    let forger = guest("prod", 100, "web")
        .custom("proxmox_cluster", text("elsewhere"))
        .custom("proxmox_vm_id", proxbox_model::draft::Value::Integer(999));
    let run = sync(&mut netbox, &source("prod", [forger]));

    let row = netbox.row(VM, run.id("prod", 100));
    assert_eq!(row.custom_fields["proxmox_cluster"], json!("prod"));
    assert_eq!(row.custom_fields["proxmox_vm_id"], json!(100));
    let (_, device) = netbox.named(DEVICE, "pve1");
    assert_eq!(device.custom_fields["proxmox_node"], json!("pve1"));
    assert_eq!(netbox.named(CLUSTER, "prod").1.custom_fields["proxmox_cluster_name"], json!("prod"));
}

#[test]
fn a_rename_in_proxmox_updates_the_same_object() {
    let mut netbox = Netbox::default();
    let before = sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));
    let after = sync(&mut netbox, &source("prod", [guest("prod", 100, "shop")]));

    assert_eq!(before.id("prod", 100), after.id("prod", 100));
    assert_eq!(updated_fields(after.vm("prod", 100)), ["name"]);
    assert_eq!(netbox.names(VM), ["shop"]);
}

#[test]
fn a_move_to_another_node_updates_the_device() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));
    let moved = guest("prod", 100, "web").with("device", reference(DEVICE, &[("proxmox-node", "pve2")]));
    let mut facts = source("prod", [moved]);
    facts.push(node("prod", "pve2").into());
    let run = sync(&mut netbox, &facts);

    assert_eq!(updated_fields(run.vm("prod", 100)), ["device"]);
    assert_eq!(netbox.row(VM, run.id("prod", 100)).fields["device"], json!(netbox.named(DEVICE, "pve2").0));
}

#[test]
fn a_rename_in_netbox_is_undone_because_the_name_is_mapped() {
    let mut netbox = Netbox::default();
    let facts = source("prod", [guest("prod", 100, "web")]);
    let id = sync(&mut netbox, &facts).id("prod", 100);
    netbox.edit(VM, id).fields.insert("name".to_owned(), json!("operators-own"));

    assert_eq!(sync(&mut netbox, &facts).id("prod", 100), id);
    assert_eq!(netbox.names(VM), ["web"]);
}

#[test]
fn two_objects_with_one_identity_are_a_conflict_and_stay_as_they_are() {
    let mut netbox = Netbox::default();
    let facts = source("prod", [guest("prod", 100, "web")]);
    sync(&mut netbox, &facts);
    let twin =
        json!({ "name": "copy", "custom_fields": { "proxmox_cluster": "prod", "proxmox_vm_id": 100 } });
    netbox.put(VM, twin);
    let before = netbox.everything();
    let run = sync(&mut netbox, &facts);

    assert_eq!(code(run.vm("prod", 100)), "identity-duplicate");
    assert!(matches!(run.vm("prod", 100), ObjectResult::Conflict { .. }));
    assert_eq!(netbox.everything(), before);
}

#[test]
fn a_vm_with_a_vmid_in_our_cluster_is_ours_without_naming_a_source() {
    let mut netbox = Netbox::default();
    let cluster = netbox.put(CLUSTER, json!({ "name": "prod" }));
    let old = netbox.put(
        VM,
        json!({ "name": "as-it-was", "cluster": cluster, "custom_fields": { "proxmox_vm_id": 100 } }),
    );
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));

    assert_eq!(run.id("prod", 100), old);
    assert!(matches!(run.vm("prod", 100), ObjectResult::Updated { adopted: false, .. }));
    assert_eq!(netbox.row(VM, old).custom_fields["proxmox_cluster"], json!("prod"));
}

#[test]
fn a_vmid_in_another_cluster_is_not_ours() {
    let mut netbox = Netbox::default();
    let elsewhere = netbox.put(CLUSTER, json!({ "name": "elsewhere" }));
    netbox.put(VM, json!({ "name": "web", "cluster": elsewhere, "custom_fields": { "proxmox_vm_id": 100 } }));
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));

    assert_eq!(*run.vm("prod", 100), ObjectResult::Created);
}

#[test]
fn an_identity_kept_as_text_is_understood() {
    let mut netbox = Netbox::default();
    netbox
        .put("extras.customfield", json!({ "name": "proxmox_vm_id", "type": "text", "object_types": [VM] }));
    let facts = source("prod", [guest("prod", 100, "web")]);
    let first = sync(&mut netbox, &facts);
    assert_eq!(*first.vm("prod", 100), ObjectResult::Created);
    assert_eq!(netbox.row(VM, first.id("prod", 100)).custom_fields["proxmox_vm_id"], json!("100"));

    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn one_cluster_behind_two_endpoints_is_written_once() {
    let mut netbox = Netbox::default();
    let mut facts = source("prod", [guest("prod", 100, "web")]);
    facts.push(guest("prod", 100, "impostor").into());
    let run = sync(&mut netbox, &facts);

    assert_eq!(netbox.names(VM), ["web"]);
    assert_eq!(run.reports.len(), facts.len());
    assert_eq!(code(&run.reports[3].result), "source-object-seen-twice");
}

#[test]
fn a_source_without_a_name_is_refused() {
    let mut netbox = Netbox::default();
    let run = sync(&mut netbox, &[guest("", 100, "web").into()]);
    assert_eq!(code(run.vm("", 100)), "source-object-nameless");
    assert!(run.plan.is_noop());
}

#[test]
fn every_fact_is_reported_once_with_its_place_in_netbox() {
    let mut netbox = Netbox::default();
    let mut facts = source("prod", [guest("prod", 100, "web")]);
    facts.push(guest("prod", 101, "off").skipped());
    facts.push(guest("prod", 102, "odd").rejected());
    facts.push(guest("prod", 103, "dark").unread());
    let run = sync(&mut netbox, &facts);

    assert_eq!(run.counts().total(), facts.len() as u64);
    assert_eq!((run.counts().skipped, run.counts().failed), (1, 2));
    let web = run.of(&Identity::guest("prod", 100));
    let page = format!("https://netbox.example.org/virtualization/virtual-machines/{}/", run.id("prod", 100));
    assert_eq!(web.netbox_url.as_deref(), Some(page.as_str()));
    assert!(message(run.vm("prod", 102)).contains("test 1.0.0 rejected prod/vmid 102 (odd): it is odd"));
    assert_eq!(code(run.vm("prod", 102)), "odd");
}

/// The same objects once more, as a second process makes them that did not see the first.
fn again(netbox: &mut Netbox, kind: &str, name: &str) -> u64 {
    let (_, held) = netbox.named(kind, name);
    let copy = held.clone();
    let id = netbox.put(kind, json!({ "name": "copy" }));
    let row = netbox.edit(kind, id);
    *row = copy;
    id
}

fn twins(netbox: &Netbox, facts: &[(Fact, FactOutcome)]) -> Vec<String> {
    let planned = plan_with(netbox, facts, &Kept::default(), &read_in_full(facts));
    let twins = planned.problems.iter().filter(|problem| problem.code == "identity-twins");
    twins.map(|problem| problem.message.clone()).collect()
}

#[test]
fn of_two_clusters_of_one_identity_the_one_that_has_something_is_used_and_the_other_told() {
    let facts = source("prod", [guest("prod", 100, "web")]);
    let mut netbox = Netbox::default();
    sync(&mut netbox, &facts);
    let used = netbox.named(CLUSTER, "prod").0;
    let other = again(&mut netbox, CLUSTER, "prod");
    assert_eq!(
        twins(&netbox, &facts),
        [format!("NetBox has another cluster for cluster prod (id {other}); the one with id {used} is used")]
    );
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

/// A guest with a card and a disk.
fn equipped() -> Vec<(Fact, FactOutcome)> {
    let mut facts = source("prod", [guest("prod", 100, "web")]);
    facts.extend([interface("prod", 100, "net0"), disk("prod", 100, "scsi0", 8)].map(Into::into));
    facts
}

#[test]
fn of_two_machines_of_one_identity_the_one_that_has_something_is_used() {
    let mut netbox = Netbox::default();
    let used = sync(&mut netbox, &equipped()).id("prod", 100);
    again(&mut netbox, VM, "web");
    assert_eq!(twins(&netbox, &equipped()).len(), 1);
    let run = sync(&mut netbox, &equipped());
    assert_eq!(run.id("prod", 100), used);
    assert!(run.plan.is_noop());
}

#[test]
fn two_machines_of_one_identity_that_both_have_something_are_a_conflict() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &equipped());
    let younger = again(&mut netbox, VM, "web");
    netbox.put(INTERFACE, json!({ "virtual_machine": younger, "name": "net0" }));
    assert_eq!(code(sync(&mut netbox, &equipped()).vm("prod", 100)), "identity-duplicate");
}

#[test]
fn twins_that_both_had_something_are_settled_when_a_run_has_moved_it_away() {
    let mut netbox = Netbox::default();
    let twin = |name: &str| json!({"name": name, "custom_fields": {"proxmox_cluster_name": "prod"}});
    let (one, other) = (netbox.put(CLUSTER, twin("prod")), netbox.put(CLUSTER, twin("prod (old)")));
    netbox.put(VM, json!({"name": "theirs", "cluster": one}));
    let of_lab = json!({"proxmox_cluster": "lab", "proxmox_vm_id": 100});
    netbox.put(VM, json!({"name": "web", "cluster": other, "custom_fields": of_lab}));
    let mut facts = source("lab", [guest("lab", 100, "web")]);
    facts.push(cluster("prod").into());
    assert_eq!(code(sync(&mut netbox, &facts).cluster("prod")), "identity-duplicate");
    let healed = sync(&mut netbox, &facts);
    assert_eq!(healed.of(&Identity::cluster("prod")).netbox_id, Some(one));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}
