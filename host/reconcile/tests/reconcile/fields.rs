use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::draft::Value;
use proxbox_model::options::Kept;
use proxbox_model::plan::Action;
use proxbox_model::report::ObjectResult;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

fn without_overwriting(flags: &[&str]) -> Kept {
    let every = proxbox_model::options::OVERWRITE_FLAGS.iter().map(|flag| (flag.name.to_owned(), true));
    let mut all: BTreeMap<String, bool> = every.collect();
    all.extend(flags.iter().map(|flag| ((*flag).to_owned(), false)));
    Kept::from_flags(&all)
}

#[test]
fn manual_tenant_survives_full_sync() {
    let mut netbox = Netbox::default();
    let facts = source("prod", [guest("prod", 100, "web")]);
    let id = sync(&mut netbox, &facts).id("prod", 100);
    let tenant = netbox.put("tenancy.tenant", json!({ "name": "acme", "slug": "acme" }));
    let row = netbox.edit(VM, id);
    row.fields.insert("tenant".to_owned(), json!(tenant));
    row.fields.insert("comments".to_owned(), json!("call Ada first"));
    row.custom_fields.insert("owner".to_owned(), json!("Ada"));
    let renamed = source("prod", [guest("prod", 100, "shop")]);

    assert_eq!(updated_fields(sync(&mut netbox, &renamed).vm("prod", 100)), ["name"]);
    let row = netbox.row(VM, id);
    assert_eq!(row.fields["tenant"], json!(tenant));
    assert_eq!(row.fields["comments"], json!("call Ada first"));
    assert_eq!(row.custom_fields["owner"], json!("Ada"));
}

#[test]
fn manual_tags_survive_and_ours_are_added() {
    let mut netbox = Netbox::default();
    let facts = source("prod", [guest("prod", 100, "web").tag("proxbox")]);
    let id = sync(&mut netbox, &facts).id("prod", 100);
    netbox.put("extras.tag", json!({ "name": "Mine", "slug": "mine", "color": "9e9e9e" }));
    netbox.edit(VM, id).tags = ["mine".to_owned()].into();
    let run = sync(&mut netbox, &facts);

    assert_eq!(updated_fields(run.vm("prod", 100)), ["tags"]);
    assert_eq!(netbox.row(VM, id).tags, ["mine".to_owned(), "proxbox".to_owned()].into());
}

#[test]
fn a_tag_that_was_renamed_in_netbox_is_used_as_it_is() {
    let mut netbox = Netbox::default();
    netbox.put("extras.tag", json!({ "name": "PROXBOX", "slug": "px", "color": "000000" }));
    let facts = source("prod", [guest("prod", 100, "web").tag("proxbox")]);
    let run = sync(&mut netbox, &facts);

    assert_eq!(netbox.row(VM, run.id("prod", 100)).tags, ["px".to_owned()].into());
    assert_eq!(netbox.row("extras.tag", 1).fields["color"], json!("000000"));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn shared_objects_keep_what_operators_made_of_them() {
    let mut netbox = Netbox::default();
    let with_role = guest("prod", 100, "web")
        .with("role", reference("dcim.devicerole", &[("slug", "vm")]))
        .bring(role("vm"));
    let facts = source("prod", [with_role]);
    sync(&mut netbox, &facts);
    let (id, _) = netbox.named("dcim.devicerole", "vm");
    let row = netbox.edit("dcim.devicerole", id);
    row.fields.insert("name".to_owned(), json!("Virtual things"));
    row.fields.insert("color".to_owned(), json!("123456"));

    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_value_that_a_mapper_clears_is_cleared() {
    let mut netbox = Netbox::default();
    let described = guest("prod", 100, "web").with_text("description", "old").with_text("serial", "S1");
    let id = sync(&mut netbox, &source("prod", [described])).id("prod", 100);
    let cleared = guest("prod", 100, "web")
        .with("description", Value::Null)
        .with("device", Value::Null)
        .with("memory", Value::Null);
    let facts = source("prod", [cleared]);
    let run = sync(&mut netbox, &facts);

    assert_eq!(updated_fields(run.vm("prod", 100)), ["description", "device", "memory"]);
    let row = netbox.row(VM, id);
    assert_eq!(row.fields["description"], json!(""));
    assert_eq!(row.fields["device"], Json::Null);
    assert_eq!(row.fields["serial"], json!("S1"));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn values_that_mean_the_same_are_not_written() {
    let mut netbox = Netbox::default();
    let facts = |vcpus: &str, description: &str| {
        let guest = guest("prod", 100, "web").with("vcpus", Value::Decimal(vcpus.to_owned()));
        source("prod", [guest.with_text("description", description)])
    };
    sync(&mut netbox, &facts("2.00", "a line"));
    assert!(sync(&mut netbox, &facts("2", "  a line \n")).plan.is_noop());
    assert!(!sync(&mut netbox, &facts("2.5", "a line")).plan.is_noop());
}

#[test]
fn a_change_tells_before_and_after() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));
    let stopped = guest("prod", 100, "web").with_text("status", "offline");
    let run = sync(&mut netbox, &source("prod", [stopped]));
    let Action::Update { changes, .. } = &run.planned(VM, "web").action else { panic!("no update") };

    assert_eq!(changes["status"].before, json!("active"));
    assert_eq!(changes["status"].after, proxbox_model::plan::Planned::Ready(json!("offline")));
}

#[test]
fn a_protected_field_is_filled_once_and_then_kept() {
    let mut netbox = Netbox::default();
    let kept = without_overwriting(&["overwrite_vm_description"]);
    let facts =
        |description: &str| source("prod", [guest("prod", 100, "web").with_text("description", description)]);
    let run = |netbox: &mut Netbox, description: &str| {
        let facts = facts(description);
        let sources = read_in_full(&facts);
        sync_with(netbox, &facts, &kept, &sources)
    };
    let id = run(&mut netbox, "first").id("prod", 100);
    assert!(run(&mut netbox, "second").plan.is_noop());
    netbox.edit(VM, id).fields.insert("description".to_owned(), json!(""));
    run(&mut netbox, "third");
    assert_eq!(netbox.row(VM, id).fields["description"], json!("third"));
}

#[test]
fn protected_tags_and_custom_fields_stay_but_the_identity_is_written() {
    let mut netbox = Netbox::default();
    let cluster = netbox.put(CLUSTER, json!({ "name": "prod" }));
    let there = json!({ "proxmox_vm_id": 100, "proxmox_node": "by hand" });
    let id = netbox
        .put(VM, json!({ "name": "web", "cluster": cluster, "tags": ["mine"], "custom_fields": there }));
    let wants = guest("prod", 100, "web")
        .tag("proxbox")
        .custom("proxmox_node", text("pve1"))
        .custom("proxmox_vm_type", text("qemu"));
    let facts = source("prod", [wants]);
    let kept = without_overwriting(&["overwrite_vm_tags", "overwrite_vm_custom_fields"]);
    sync_with(&mut netbox, &facts, &kept, &read_in_full(&facts));

    let row = netbox.row(VM, id);
    assert_eq!(row.tags, ["mine".to_owned()].into());
    assert_eq!(row.custom_fields["proxmox_node"], json!("by hand"));
    assert_eq!(row.custom_fields["proxmox_vm_type"], json!("qemu"));
    assert_eq!(row.custom_fields["proxmox_cluster"], json!("prod"));
}

#[test]
fn a_protected_relation_need_not_even_exist() {
    let mut netbox = Netbox::default();
    let role = netbox.put("dcim.devicerole", json!({ "name": "Mine", "slug": "mine", "color": "9e9e9e" }));
    let facts = source("prod", [guest("prod", 100, "web")]);
    let id = sync(&mut netbox, &facts).id("prod", 100);
    netbox.edit(VM, id).fields.insert("role".to_owned(), json!(role));
    let unknown = guest("prod", 100, "web").with("role", reference("dcim.devicerole", &[("slug", "gone")]));
    let facts = source("prod", [unknown]);
    let kept = without_overwriting(&["overwrite_vm_role"]);
    let run = sync_with(&mut netbox, &facts, &kept, &read_in_full(&facts));

    assert_eq!(*run.vm("prod", 100), ObjectResult::Unchanged);
}

#[test]
fn a_device_that_an_operator_moved_stays_at_its_site() {
    let mut netbox = Netbox::default();
    let facts = source("prod", []);
    sync(&mut netbox, &facts);
    let (device, _) = netbox.named(DEVICE, "pve1");
    let berlin = netbox.put("dcim.site", json!({ "name": "Berlin", "slug": "berlin" }));
    netbox.edit(DEVICE, device).fields.insert("site".to_owned(), json!(berlin));

    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_new_device_goes_to_the_site_that_an_operator_gave_the_cluster() {
    let mut netbox = Netbox::default();
    let berlin = netbox.put("dcim.site", json!({ "name": "Berlin", "slug": "berlin" }));
    netbox.put(CLUSTER, json!({ "name": "prod", "scope_type": "dcim.site", "scope_id": berlin }));
    let facts = source("prod", []);
    sync(&mut netbox, &facts);

    assert_eq!(netbox.named(DEVICE, "pve1").1.fields["site"], json!(berlin));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn the_disk_size_is_left_to_virtual_disks_when_there_are_some() {
    let mut netbox = Netbox::default();
    let sized = |size| source("prod", [guest("prod", 100, "web").with("disk", Value::Integer(size))]);
    let id = sync(&mut netbox, &sized(100)).id("prod", 100);
    assert_eq!(updated_fields(sync(&mut netbox, &sized(200)).vm("prod", 100)), ["disk"]);
    netbox.edit(VM, id).fields.insert("virtual_disk_count".to_owned(), json!(2));

    assert!(sync(&mut netbox, &sized(300)).plan.is_noop());
}
