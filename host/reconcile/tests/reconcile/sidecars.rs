//! The current plugin: what Proxmox says beyond NetBox's own fields goes into a row beside each object.

use crate::build::*;
use crate::parts::*;
use proxbox_model::Identity;
use proxbox_model::draft::Value;
use proxbox_model::plan::Action;
use proxbox_model::report::ObjectResult;
use proxbox_reconcile::EndpointRow;
use serde_json::{Value as Json, json};

const VM_ROW: &str = "netbox_proxbox.proxboxvirtualmachinesyncstate";
const DEVICE_ROW: &str = "netbox_proxbox.proxboxdevicesyncstate";
const CLUSTER_ROW: &str = "netbox_proxbox.proxboxclustersyncstate";
const DISK_ROW: &str = "netbox_proxbox.proxboxvirtualdisksyncstate";
const INTERFACE_ROW: &str = "netbox_proxbox.proxboxvminterfacesyncstate";

fn web() -> Kept1 {
    guest("prod", 101, "web")
        .custom("proxmox_status", text("running"))
        .custom("proxmox_start_at_boot", Value::Flag(true))
}

fn field(lab: &Lab, kind: &str, name: &str) -> Json {
    lab.netbox.row(kind, lab.only(kind)).fields.get(name).cloned().unwrap_or_default()
}

#[test]
fn custom_fields_of_mappers_go_to_the_row_and_the_identity_stays_on_the_object() {
    let mut lab = Lab::new();
    let run = lab.settle(&source("prod", [web()]));
    let vm = lab.netbox.row(VM, run.id("prod", 101));
    let identity = [("proxmox_cluster".to_owned(), json!("prod")), ("proxmox_vm_id".to_owned(), json!(101))];
    assert_eq!(vm.custom_fields, identity.into());
    for (name, value) in [
        ("virtual_machine", json!(run.id("prod", 101))),
        ("proxmox_status", json!("running")),
        ("proxmox_start_at_boot", json!(true)),
        ("proxmox_vm_id", json!(101)),
        ("proxmox_vm_name", json!("web")),
        ("proxmox_node_name", json!("pve1")),
        ("proxmox_cluster_name", json!("prod")),
        ("proxmox_endpoint_raw_id", json!(7)),
        ("proxmox_last_updated", json!("2026-01-01T00:00:00Z")),
    ] {
        assert_eq!(field(&lab, VM_ROW, name), value, "{name}");
    }
    let names = lab.netbox.names("extras.customfield");
    assert_eq!(names, ["proxmox_cluster", "proxmox_cluster_name", "proxmox_node", "proxmox_vm_id"]);
}

#[test]
fn every_mirrored_object_has_one_row() {
    let mut lab = Lab::new();
    let parts = [disk("prod", 101, "scsi0", 8), interface("prod", 101, "net0")];
    lab.settle(&source("prod", [web()].into_iter().chain(parts)));
    for kind in [CLUSTER_ROW, DEVICE_ROW, VM_ROW, DISK_ROW, INTERFACE_ROW] {
        lab.only(kind);
    }
}

#[test]
fn rows_point_at_the_plugins_endpoint_cluster_and_node() {
    let mut lab = Lab::new();
    lab.settle(&source("prod", [web()]));
    let endpoint = lab.only("netbox_proxbox.proxmoxendpoint");
    assert_eq!(field(&lab, VM_ROW, "endpoint"), json!(endpoint));
    assert_eq!(field(&lab, VM_ROW, "proxmox_cluster"), json!(lab.only("netbox_proxbox.proxmoxcluster")));
    assert_eq!(field(&lab, VM_ROW, "proxmox_node"), json!(lab.only("netbox_proxbox.proxmoxnode")));
    assert_eq!(field(&lab, CLUSTER_ROW, "proxmox_cluster_name"), json!("prod"));
}

#[test]
fn a_change_of_the_row_is_an_update_of_the_object() {
    let mut lab = Lab::new();
    lab.sync(&source("prod", [web()]));
    let stopped = web().custom("proxmox_os", text("l26"));
    let run = lab.settle(&source("prod", [stopped]));
    assert_eq!(updated_fields(run.vm("prod", 101)), ["proxmox_last_updated", "proxmox_os"]);
    assert_eq!(run.counts().updated, 1);
    assert!(matches!(run.planned(VM, "web").action, Action::Unchanged { .. }));
}

#[test]
fn a_row_that_is_missing_beside_an_object_is_made_and_counts_as_an_update() {
    let mut lab = Lab::with(proxbox_reconcile::Records::Identity);
    lab.sync(&source("prod", [guest("prod", 101, "web")]));
    lab.world.records = proxbox_reconcile::Records::Sidecars;
    let run = lab.settle(&source("prod", [web()]));
    assert!(updated_fields(run.vm("prod", 101)).is_empty());
    lab.only(VM_ROW);
}

#[test]
fn the_time_of_the_last_update_only_changes_with_something_else() {
    let mut lab = Lab::new();
    lab.sync(&source("prod", [web()]));
    lab.world.now += 60;
    assert!(lab.sync(&source("prod", [web()])).plan.is_noop());
    lab.sync(&source("prod", [web().custom("proxmox_os", text("l26"))]));
    assert_eq!(field(&lab, VM_ROW, "proxmox_last_updated"), json!("2026-01-01T00:01:00Z"));
    assert_eq!(field(&lab, DEVICE_ROW, "proxmox_last_updated"), json!("2026-01-01T00:00:00Z"));
}

#[test]
fn the_endpoint_number_of_a_device_is_never_changed_once_it_is_set() {
    let mut lab = Lab::new();
    lab.sync(&source("prod", [web()]));
    let id = lab.world.endpoints["prod"].id;
    lab.world.endpoints.insert("prod".to_owned(), EndpointRow { id, stored: 8, cluster: "prod".to_owned() });
    lab.settle(&source("prod", [web()]));
    assert_eq!(field(&lab, DEVICE_ROW, "proxmox_endpoint_raw_id"), json!(7));
    assert_eq!(field(&lab, VM_ROW, "proxmox_endpoint_raw_id"), json!(8));
}

#[test]
fn the_plugins_rows_of_cluster_and_node_are_linked_to_what_they_became() {
    let mut lab = Lab::new();
    let run = lab.settle(&source("prod", []));
    let cluster = run.of(&Identity::cluster("prod")).netbox_id;
    let node = run.of(&Identity::node("prod", "pve1")).netbox_id;
    assert_eq!(field(&lab, "netbox_proxbox.proxmoxcluster", "netbox_cluster"), json!(cluster));
    assert_eq!(field(&lab, "netbox_proxbox.proxmoxnode", "netbox_device"), json!(node));
}

#[test]
fn a_link_that_somebody_broke_is_mended_and_counts_as_an_update() {
    let mut lab = Lab::new();
    lab.sync(&source("prod", []));
    let id = lab.only("netbox_proxbox.proxmoxnode");
    lab.netbox.edit("netbox_proxbox.proxmoxnode", id).fields.remove("netbox_device");
    let run = lab.settle(&source("prod", []));
    assert_eq!(updated_fields(run.node("prod", "pve1")), ["netbox_device"]);
    assert_eq!(run.cluster("prod"), &ObjectResult::Unchanged);
}

#[test]
fn where_the_plugin_has_no_row_yet_the_link_is_quietly_left() {
    let mut lab = Lab::with(proxbox_reconcile::Records::Sidecars);
    let id = lab.netbox.put("netbox_proxbox.proxmoxendpoint", json!({ "name": "prod" }));
    lab.world.endpoints.insert("prod".to_owned(), EndpointRow { id, stored: 7, cluster: "prod".to_owned() });
    let run = lab.settle(&source("prod", [web()]));
    assert_eq!(run.counts().created, 3);
    assert_eq!(field(&lab, VM_ROW, "endpoint"), json!(id));
    assert_eq!(field(&lab, VM_ROW, "proxmox_node"), Json::Null);
}

#[test]
fn where_the_plugin_knows_no_such_rows_at_all_the_link_is_quietly_left() {
    let mut lab = Lab::new();
    lab.netbox.lacks.extend(["netbox_proxbox.proxmoxcluster", "netbox_proxbox.proxmoxnode"]);
    assert_eq!(lab.settle(&source("prod", [web()])).counts().created, 3);
}

#[test]
fn without_an_endpoint_of_the_plugin_rows_are_made_without_links() {
    let mut lab = Lab::with(proxbox_reconcile::Records::Sidecars);
    let run = lab.settle(&source("prod", [web()]));
    assert_eq!(run.counts().created, 3);
    assert_eq!(field(&lab, VM_ROW, "endpoint"), Json::Null);
    assert_eq!(field(&lab, VM_ROW, "proxmox_vm_id"), json!(101));
}

/// A machine and its row, as an installation has them whose plugin never made custom fields.
fn known_by_row_only(lab: &mut Lab, vmid: u32) -> u64 {
    let vm = lab.netbox.put(VM, json!({ "name": "old name", "status": "active" }));
    let row = json!({ "virtual_machine": vm, "proxmox_cluster_name": "prod", "proxmox_vm_id": vmid });
    lab.netbox.put(VM_ROW, row);
    vm
}

#[test]
fn an_identity_in_a_row_is_as_good_as_one_in_custom_fields() {
    let mut lab = Lab::new();
    let vm = known_by_row_only(&mut lab, 101);
    let run = lab.settle(&source("prod", [web()]));
    assert_eq!(run.id("prod", 101), vm);
    assert!(matches!(run.vm("prod", 101), ObjectResult::Updated { adopted: false, .. }));
    assert_eq!(lab.netbox.all(VM).count(), 1);
    assert_eq!(lab.netbox.row(VM, vm).custom_fields["proxmox_vm_id"], json!(101));
    lab.only(VM_ROW);
}

#[test]
fn clusters_and_nodes_are_found_by_their_rows_too() {
    let mut lab = Lab::new();
    let run = lab.sync(&source("prod", []));
    let ids = [Identity::cluster("prod"), Identity::node("prod", "pve1")].map(|who| run.of(&who).netbox_id);
    for (kind, id) in [CLUSTER, DEVICE].into_iter().zip(ids) {
        let row = lab.netbox.edit(kind, id.unwrap());
        row.custom_fields.clear();
        row.fields.insert("name".to_owned(), json!("renamed by hand"));
    }
    let run = lab.settle(&source("prod", []));
    assert_eq!(run.of(&Identity::cluster("prod")).netbox_id, ids[0]);
    assert_eq!(run.of(&Identity::node("prod", "pve1")).netbox_id, ids[1]);
    assert_eq!((lab.netbox.all(CLUSTER).count(), lab.netbox.all(DEVICE).count()), (1, 1));
}

#[test]
fn one_identity_in_the_row_of_one_object_and_on_another_is_a_conflict() {
    let mut lab = Lab::new();
    known_by_row_only(&mut lab, 101);
    lab.netbox.put(
        VM,
        json!({ "name": "other", "custom_fields": { "proxmox_cluster": "prod", "proxmox_vm_id": 101 } }),
    );
    let run = lab.sync(&source("prod", [web()]));
    assert_eq!(code(run.vm("prod", 101)), "identity-duplicate");
}

#[test]
fn the_bridge_and_the_storage_are_links_of_the_rows() {
    let mut lab = Lab::new();
    let bridge = reference(NODE_INTERFACE, &[("proxmox-node", "pve1"), ("proxmox-interface", "vmbr0")]);
    let parts = [
        storage("prod", "local"),
        node_interface("prod", "vmbr0"),
        disk("prod", 101, "scsi0", 8).custom("proxbox_storage_id", the_storage("local")),
        interface("prod", 101, "net0").custom("proxbox_bridge", bridge),
    ];
    lab.settle(&prod(parts));
    assert_eq!(field(&lab, DISK_ROW, "proxbox_storage"), json!(lab.only(STORAGE)));
    assert_eq!(field(&lab, INTERFACE_ROW, "proxbox_bridge"), json!(lab.only(NODE_INTERFACE)));
}

#[test]
fn a_bridge_that_nobody_knows_leaves_the_link_open() {
    let mut lab = Lab::new();
    let bridge = reference(NODE_INTERFACE, &[("proxmox-node", "pve1"), ("proxmox-interface", "vmbr9")]);
    let interface = interface("prod", 101, "net0").custom("proxbox_bridge", bridge);
    let run = lab.settle(&prod([interface.clone()]));
    assert_eq!(run.result(interface.identity()), &ObjectResult::Created);
    assert_eq!(field(&lab, INTERFACE_ROW, "proxbox_bridge"), Json::Null);
}

#[test]
fn a_value_that_a_row_does_not_take_fails_its_object_and_says_which() {
    let mut lab = Lab::new();
    let wrong = guest("prod", 101, "web").custom("proxmox_start_at_boot", text("maybe"));
    let run = lab.sync(&source("prod", [wrong]));
    assert_eq!(code(run.vm("prod", 101)), "draft-wrong-value");
    assert!(message(run.vm("prod", 101)).contains("proxmox_start_at_boot"));
}

#[test]
fn a_custom_field_of_a_site_stays_on_the_object() {
    let mut lab = Lab::new();
    lab.netbox.put(
        "extras.customfield",
        json!({ "name": "owner", "type": "text", "object_types": ["virtualization.virtualmachine"] }),
    );
    let run = lab.settle(&source("prod", [web().custom("owner", text("ops"))]));
    assert_eq!(lab.netbox.row(VM, run.id("prod", 101)).custom_fields["owner"], json!("ops"));
}
