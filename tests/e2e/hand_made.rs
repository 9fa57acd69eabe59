//! What people made by hand survives.

use proxbox_fakes::fleet::GuestKind;
use proxbox_model::report::{ObjectResult, RunStatus};
use proxbox_tests::{Lab, Snapshot, changed};
use serde_json::json;
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn manual_tenant_tags_and_custom_fields_survive_full_sync() {
    let lab = Lab::with_cluster(1, 6).await;
    assert_eq!(lab.sync().await.status, RunStatus::Completed);
    let tenant = lab.netbox.create("tenancy/tenants/", json!({"name": "Acme", "slug": "acme"})).await;
    lab.netbox.create("extras/tags/", json!({"name": "Gold", "slug": "gold", "color": "ffd700"})).await;
    let field =
        json!({"name": "cost_centre", "type": "text", "object_types": ["virtualization.virtualmachine"]});
    lab.netbox.create("extras/custom-fields/", field).await;
    let vm = lab.netbox.list("virtualization/virtual-machines/").await.remove(0);
    let id = vm["id"].as_u64().unwrap();
    let mut tags: Vec<_> =
        vm["tags"].as_array().unwrap().iter().map(|tag| json!({ "slug": tag["slug"] })).collect();
    tags.push(json!({ "slug": "gold" }));
    let by_hand = json!({
        "tenant": tenant["id"],
        "comments": "ask Ada before switching off",
        "tags": tags,
        "custom_fields": {"cost_centre": "4711"},
    });
    lab.netbox.change("virtualization/virtual-machines/", id, by_hand).await;
    let before = Snapshot::take(&lab.netbox).await;

    let vmid = u32::try_from(vm["custom_fields"]["proxmox_vm_id"].as_u64().unwrap()).unwrap();
    lab.change(|fleet| fleet.set_memory(vmid, 9_216).unwrap());
    let report = lab.sync().await;
    assert_eq!(report.counts.updated, 1);
    assert_eq!(
        changed(&before, &Snapshot::take(&lab.netbox).await).into_values().collect::<Vec<_>>(),
        [["memory"]]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_proxmox_does_not_say_stays_as_people_entered_it() {
    let lab = Lab::with_cluster(1, 3).await;
    let container = lab.change(|fleet| {
        let vmid = fleet.add_guest(GuestKind::Lxc, "unlimited");
        fleet.guest_mut(vmid).unwrap().cores = 0;
        vmid
    });
    assert_eq!(lab.sync().await.status, RunStatus::Completed);
    let vm = lab.vm("lab", container).await;
    assert_eq!(vm["vcpus"], json!(null), "the processors of the node are not the container's");
    let id = |object: &serde_json::Value| object["id"].as_u64().unwrap();
    lab.netbox.change("virtualization/virtual-machines/", id(&vm), json!({"vcpus": 2.5})).await;
    let net0 = format!("virtualization/interfaces/?virtual_machine_id={}", vm["id"]);
    let net0 = lab.netbox.list(&net0).await.remove(0);
    lab.netbox.change("virtualization/interfaces/", id(&net0), json!({"mtu": 1400})).await;
    let card = lab.netbox.list("dcim/interfaces/?type=other").await.remove(0);
    assert_eq!((&card["mtu"], &card["description"]), (&json!(null), &json!("")));
    let by_hand = json!({"mtu": 9000, "description": "to sw1 port 7"});
    lab.netbox.change("dcim/interfaces/", id(&card), by_hand).await;

    let before = Snapshot::take(&lab.netbox).await;
    let report = lab.sync().await;
    assert_eq!(report.netbox_writes, 0, "{:#?}", report.objects);
    assert!(changed(&before, &Snapshot::take(&lab.netbox).await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_role_and_a_description_that_a_person_wrote_survive() {
    let lab = Lab::with_cluster(1, 3).await;
    assert_eq!(lab.sync().await.status, RunStatus::Completed);
    let role = json!({"name": "Hypervisor", "slug": "hypervisor", "color": "123456"});
    let role = lab.netbox.create("dcim/device-roles/", role).await;
    let device = lab.netbox.list("dcim/devices/").await.remove(0)["id"].as_u64().unwrap();
    let by_hand = json!({"role": role["id"], "description": "in rack 7"});
    lab.netbox.change("dcim/devices/", device, by_hand).await;

    let mut job = lab.job();
    job.options.overwrite = BTreeMap::from([("overwrite_device_role".to_owned(), false)]);
    let report = lab.run(job).await;
    assert_eq!(report.counts.updated, 0);
    let device = lab.netbox.list("dcim/devices/").await.remove(0);
    assert_eq!(device["role"]["slug"], "hypervisor");
    assert_eq!(device["description"], "in rack 7");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vm_that_was_there_before_is_taken_over_once_and_only_when_it_is_unambiguous() {
    let lab = Lab::with_cluster(1, 3).await;
    let name = lab.proxmox[0].fleet().read().unwrap().guests.values().next().unwrap().name.clone();
    let cluster_type = json!({"name": "Cluster", "slug": "cluster"});
    let cluster_type = lab.netbox.create("virtualization/cluster-types/", cluster_type).await;
    let cluster = json!({"name": "lab", "type": cluster_type["id"]});
    let cluster = lab.netbox.create("virtualization/clusters/", cluster).await;
    let vm = json!({"name": name, "cluster": cluster["id"], "comments": "made by hand"});
    let vm = lab.netbox.create("virtualization/virtual-machines/", vm).await;

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    let adopted: Vec<_> = report
        .objects
        .iter()
        .filter(|object| matches!(object.result, ObjectResult::Updated { adopted: true, .. }))
        .map(|object| object.name.clone())
        .collect();
    assert_eq!(adopted, ["lab", &name]);
    let vms = lab.netbox.list("virtualization/virtual-machines/").await;
    assert_eq!(vms.len(), 3);
    let taken = vms.iter().find(|other| other["id"] == vm["id"]).unwrap();
    assert_eq!(taken["comments"], "made by hand");
    assert_eq!(lab.sync().await.netbox_writes, 0);
}
