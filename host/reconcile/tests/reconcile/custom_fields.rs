use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::draft::{Field, Value};
use proxbox_model::report::ObjectResult;
use serde_json::json;

const FIELD: &str = "extras.customfield";

#[test]
fn the_fields_that_are_used_are_made_as_existing_installations_know_them() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 100, "web").custom("proxmox_vm_type", text("qemu"))]));

    assert_eq!(
        netbox.names(FIELD),
        ["proxmox_cluster", "proxmox_cluster_name", "proxmox_node", "proxmox_vm_id", "proxmox_vm_type"]
    );
    let (_, field) = netbox.named(FIELD, "proxmox_vm_id");
    let expected = json!({
        "name": "proxmox_vm_id", "type": "integer", "label": "VM ID",
        "description": "Proxmox Virtual Machine or Container ID", "ui_visible": "always", "ui_editable": "hidden",
        "weight": 100, "filter_logic": "loose", "search_weight": 1000, "group_name": "Proxmox",
        "object_types": ["virtualization.virtualmachine"],
    });
    assert_eq!(json!(field.fields), expected);
    assert_eq!(netbox.named(FIELD, "proxmox_node").1.fields["object_types"], json!([DEVICE, VM]));
}

#[test]
fn a_field_that_lacks_a_kind_gets_it_and_keeps_everything_else() {
    let mut netbox = Netbox::default();
    let there = json!({
        "name": "proxmox_cluster", "type": "text", "label": "Mine", "object_types": ["ipam.vlan", VM],
    });
    let id = netbox.put(FIELD, there);
    let facts = source("prod", []);
    sync(&mut netbox, &facts);

    assert_eq!(netbox.row(FIELD, id).fields["object_types"], json!([DEVICE, "ipam.vlan", VM]));
    assert_eq!(netbox.row(FIELD, id).fields["label"], json!("Mine"));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_field_that_nobody_knows_fails_the_object_by_name() {
    let mut netbox = Netbox::default();
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web").custom("owner", text("Ada"))]));

    assert_eq!(
        message(run.vm("prod", 100)),
        "NetBox has no custom field `owner` for a virtual machine, which test 1.0.0 sets"
    );
    assert_eq!(netbox.names(VM), Vec::<String>::new());
}

#[test]
fn a_field_that_netbox_has_may_be_used() {
    let mut netbox = Netbox::default();
    netbox.put(FIELD, json!({ "name": "owner", "type": "text", "object_types": [VM] }));
    let facts = source("prod", [guest("prod", 100, "web").custom("owner", text("Ada"))]);
    let run = sync(&mut netbox, &facts);

    assert_eq!(netbox.row(VM, run.id("prod", 100)).custom_fields["owner"], json!("Ada"));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_field_that_a_mapper_brings_may_be_used() {
    let mut netbox = Netbox::default();
    let mut field = draft(FIELD).with_text("name", "pool").with_text("type", "text");
    field.fields.push(Field { name: "object_types".to_owned(), value: Value::Texts(vec![VM.to_owned()]) });
    let facts = source("prod", [guest("prod", 100, "web").custom("pool", text("gold")).bring(field)]);
    let run = sync(&mut netbox, &facts);

    assert_eq!(netbox.row(VM, run.id("prod", 100)).custom_fields["pool"], json!("gold"));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_value_takes_the_form_of_the_field_or_fails_the_object() {
    let mut netbox = Netbox::default();
    for (name, holds) in [("size", "decimal"), ("count", "integer"), ("note", "text"), ("active", "boolean")]
    {
        netbox.put(FIELD, json!({ "name": name, "type": holds, "object_types": [VM] }));
    }
    let fits = guest("prod", 100, "web")
        .custom("size", Value::Decimal("2.50".to_owned()))
        .custom("count", text("7"))
        .custom("note", Value::Integer(8))
        .custom("active", Value::Flag(false));
    let facts = source("prod", [fits, guest("prod", 101, "db").custom("active", text("yes"))]);
    let run = sync(&mut netbox, &facts);

    let row = netbox.row(VM, run.id("prod", 100));
    assert_eq!(row.custom_fields["size"], json!(2.5));
    assert_eq!(row.custom_fields["count"], json!(7));
    assert_eq!(row.custom_fields["note"], json!("8"));
    assert_eq!(code(run.vm("prod", 101)), "custom-field-type");
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_field_that_holds_objects_takes_only_its_kind() {
    let mut netbox = Netbox::default();
    let tenant = netbox.put("tenancy.tenant", json!({ "name": "Acme", "slug": "acme" }));
    netbox.put(
        FIELD,
        json!({ "name": "payer", "type": "object", "related_object_type": "tenancy.tenant", "object_types": [VM] }),
    );
    let payer = |kind: &str| reference(kind, &[("slug", "acme")]);
    let facts = source(
        "prod",
        [
            guest("prod", 100, "web").custom("payer", payer("tenancy.tenant")),
            guest("prod", 101, "db").custom("payer", payer("dcim.site")),
        ],
    );
    let run = sync(&mut netbox, &facts);

    assert_eq!(netbox.row(VM, run.id("prod", 100)).custom_fields["payer"], json!(tenant));
    assert_eq!(code(run.vm("prod", 101)), "custom-field-type");
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn an_emptied_field_is_cleared_once() {
    let mut netbox = Netbox::default();
    let facts = |value: &str| source("prod", [guest("prod", 100, "web").custom("proxmox_node", text(value))]);
    let id = sync(&mut netbox, &facts("pve1")).id("prod", 100);
    let run = sync(&mut netbox, &facts(""));

    assert_eq!(updated_fields(run.vm("prod", 100)), ["custom_fields.proxmox_node"]);
    assert!(netbox.row(VM, id).custom_fields["proxmox_node"].is_null());
    assert!(sync(&mut netbox, &facts("")).plan.is_noop());
}

#[test]
fn an_identity_field_of_the_wrong_type_fails_objects_instead_of_doubling_them() {
    let mut netbox = Netbox::default();
    netbox.put(FIELD, json!({ "name": "proxmox_vm_id", "type": "boolean", "object_types": [VM] }));
    let facts = source("prod", [guest("prod", 100, "web")]);
    let run = sync(&mut netbox, &facts);

    assert_eq!(code(run.vm("prod", 100)), "custom-field-type");
    assert_eq!(*run.node("prod", "pve1"), ObjectResult::Created);
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}
