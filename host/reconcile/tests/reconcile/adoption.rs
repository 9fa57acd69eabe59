use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::report::ObjectResult;
use serde_json::json;

fn adopted(result: &ObjectResult) -> bool {
    matches!(result, ObjectResult::Updated { adopted: true, .. })
}

/// A NetBox with our cluster in it, made by hand.
fn with_cluster() -> (Netbox, u64) {
    let mut netbox = Netbox::default();
    let cluster = netbox.put(CLUSTER, json!({ "name": "prod" }));
    (netbox, cluster)
}

fn site(netbox: &mut Netbox, slug: &str) -> u64 {
    netbox.put("dcim.site", json!({ "name": slug, "slug": slug, "status": "active" }))
}

#[test]
fn objects_made_by_hand_are_adopted_when_only_they_can_be_meant() {
    let (mut netbox, cluster) = with_cluster();
    let berlin = site(&mut netbox, "berlin");
    let device = netbox.put(DEVICE, json!({ "name": "pve1", "cluster": cluster, "site": berlin }));
    let vm =
        netbox.put(VM, json!({ "name": "WEB", "cluster": cluster, "comments": "by hand", "tags": ["mine"] }));
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));

    assert!(
        adopted(run.cluster("prod")) && adopted(run.node("prod", "pve1")) && adopted(run.vm("prod", 100))
    );
    assert_eq!(run.id("prod", 100), vm);
    assert_eq!(netbox.row(VM, vm).fields["comments"], json!("by hand"));
    assert!(netbox.row(VM, vm).tags.contains("mine"));
    assert_eq!(netbox.row(DEVICE, device).fields["site"], json!(berlin));
}

#[test]
fn a_vm_of_that_name_in_another_cluster_is_not_adopted() {
    let (mut netbox, _) = with_cluster();
    let lab = netbox.put(CLUSTER, json!({ "name": "lab" }));
    let theirs = netbox.put(VM, json!({ "name": "web", "cluster": lab }));
    let nowhere = netbox.put(VM, json!({ "name": "web" }));
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));

    assert_eq!(*run.vm("prod", 100), ObjectResult::Created);
    assert!(netbox.row(VM, theirs).custom_fields.is_empty());
    assert!(netbox.row(VM, nowhere).custom_fields.is_empty());
}

#[test]
fn two_guests_that_could_be_one_vm_are_both_conflicts() {
    let (mut netbox, cluster) = with_cluster();
    let vm = netbox.put(VM, json!({ "name": "web", "cluster": cluster }));
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web"), guest("prod", 101, "web")]));

    assert_eq!(code(run.vm("prod", 100)), "adoption-ambiguous");
    assert_eq!(code(run.vm("prod", 101)), "adoption-ambiguous");
    assert!(message(run.vm("prod", 100)).contains("prod/vmid 101 (web)"));
    assert!(netbox.row(VM, vm).custom_fields.is_empty());
    assert_eq!(netbox.names(VM).len(), 1);
}

#[test]
fn a_guest_that_could_not_be_read_makes_adoption_of_its_name_ambiguous() {
    let (mut netbox, cluster) = with_cluster();
    netbox.put(VM, json!({ "name": "web", "cluster": cluster }));
    let mut facts = source("prod", [guest("prod", 100, "web")]);
    facts.push(guest("prod", 101, "web").unread());
    let run = sync(&mut netbox, &facts);

    assert_eq!(code(run.vm("prod", 100)), "adoption-ambiguous");
}

#[test]
fn a_guest_that_has_its_object_lays_no_claim_to_another() {
    let (mut netbox, cluster) = with_cluster();
    let identity = json!({ "proxmox_cluster": "prod", "proxmox_vm_id": 100 });
    netbox.put(VM, json!({ "name": "web (2)", "cluster": cluster, "custom_fields": identity }));
    let by_hand = netbox.put(VM, json!({ "name": "web", "cluster": cluster }));
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web"), guest("prod", 101, "web")]));

    assert_eq!(run.id("prod", 101), by_hand);
    assert_eq!(netbox.names(VM), ["web", "web (2)"]);
}

#[test]
fn two_vms_that_could_be_one_guest_are_a_conflict() {
    let (mut netbox, cluster) = with_cluster();
    let tenant = netbox.put("tenancy.tenant", json!({ "name": "acme", "slug": "acme" }));
    netbox.put(VM, json!({ "name": "web", "cluster": cluster }));
    netbox.put(VM, json!({ "name": "web", "cluster": cluster, "tenant": tenant }));
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));

    assert_eq!(code(run.vm("prod", 100)), "adoption-ambiguous");
}

#[test]
fn an_object_of_another_source_is_never_taken() {
    let (mut netbox, cluster) = with_cluster();
    let theirs = json!({ "proxmox_cluster": "other", "proxmox_vm_id": 100 });
    let vm = netbox.put(VM, json!({ "name": "web", "cluster": cluster, "custom_fields": theirs }));
    let half = json!({ "proxmox_cluster": "other" });
    let device = netbox.put(DEVICE, json!({ "name": "pve1", "cluster": cluster, "custom_fields": half }));
    let before = netbox.everything();
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));

    assert_eq!(*run.node("prod", "pve1"), ObjectResult::Created);
    assert_eq!(*run.vm("prod", 100), ObjectResult::Created);
    assert_eq!(netbox.row(VM, run.id("prod", 100)).fields["name"], json!("web (2)"));
    assert_eq!(netbox.everything()[&(VM, vm)], before[&(VM, vm)]);
    assert_eq!(netbox.everything()[&(DEVICE, device)], before[&(DEVICE, device)]);
}

#[test]
fn a_cluster_of_another_source_with_our_name_is_left_alone() {
    let mut netbox = Netbox::default();
    let theirs =
        netbox.put(CLUSTER, json!({ "name": "prod", "custom_fields": { "proxmox_cluster_name": "old" } }));
    let run = sync(&mut netbox, &source("prod", []));

    assert_eq!(*run.cluster("prod"), ObjectResult::Created);
    assert_eq!(netbox.row(CLUSTER, theirs).custom_fields["proxmox_cluster_name"], json!("old"));
}

#[test]
fn two_clusters_of_our_name_are_a_conflict_and_hold_back_what_is_in_them() {
    let mut netbox = Netbox::default();
    netbox.put(CLUSTER, json!({ "name": "prod" }));
    netbox.put(CLUSTER, json!({ "name": "prod" }));
    let before = netbox.everything();
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));

    assert_eq!(code(run.cluster("prod")), "adoption-ambiguous");
    assert_eq!(code(run.node("prod", "pve1")), "dependency-failed");
    assert_eq!(
        message(run.vm("prod", 100)),
        "prod/vmid 100 (web) needs the cluster prod, which cannot be written: \
         NetBox has 2 clusters that could be cluster prod (id 1, id 2)"
    );
    let kept = before.iter().all(|(key, row)| netbox.everything().get(key) == Some(row));
    assert!(kept);
}

#[test]
fn two_sources_that_could_be_one_cluster_are_both_conflicts() {
    let mut netbox = Netbox::default();
    netbox.put(CLUSTER, json!({ "name": "datacentre" }));
    let same = |source: &str| cluster(source).with_text("name", "datacentre").into();
    let run = sync(&mut netbox, &[same("north"), same("south")]);

    assert_eq!(code(run.cluster("north")), "adoption-ambiguous");
    assert_eq!(code(run.cluster("south")), "adoption-ambiguous");
}

#[test]
fn a_device_in_no_cluster_is_adopted_at_our_site() {
    let mut netbox = Netbox::default();
    let ours = site(&mut netbox, "site-prod");
    let other = site(&mut netbox, "elsewhere");
    let device = netbox.put(DEVICE, json!({ "name": "pve1", "site": ours }));
    netbox.put(DEVICE, json!({ "name": "pve1", "site": other }));
    let run = sync(&mut netbox, &source("prod", []));

    assert!(adopted(run.node("prod", "pve1")));
    assert_eq!(netbox.row(DEVICE, device).custom_fields["proxmox_node"], json!("pve1"));
}

#[test]
fn the_only_device_of_a_name_is_adopted_where_it_is() {
    let mut netbox = Netbox::default();
    let berlin = site(&mut netbox, "berlin");
    let device = netbox.put(DEVICE, json!({ "name": "pve1", "site": berlin }));
    let run = sync(&mut netbox, &source("prod", []));

    assert!(adopted(run.node("prod", "pve1")));
    assert_eq!(netbox.row(DEVICE, device).fields["site"], json!(berlin));
}

#[test]
fn devices_of_a_name_at_several_other_sites_are_a_conflict() {
    let mut netbox = Netbox::default();
    for slug in ["berlin", "bonn"] {
        let site = site(&mut netbox, slug);
        netbox.put(DEVICE, json!({ "name": "pve1", "site": site }));
    }
    let run = sync(&mut netbox, &source("prod", []));

    assert_eq!(code(run.node("prod", "pve1")), "adoption-ambiguous");
    assert_eq!(netbox.names(DEVICE).len(), 2);
}

#[test]
fn a_device_of_our_name_in_another_cluster_is_not_in_the_way() {
    let mut netbox = Netbox::default();
    let lab = netbox.put(CLUSTER, json!({ "name": "lab" }));
    let berlin = site(&mut netbox, "berlin");
    netbox.put(DEVICE, json!({ "name": "pve1", "site": berlin, "cluster": lab }));
    let run = sync(&mut netbox, &source("prod", []));

    assert_eq!(*run.node("prod", "pve1"), ObjectResult::Created);
}

#[test]
fn the_node_of_one_source_does_not_take_the_device_that_another_source_could_mean() {
    let mut netbox = Netbox::default();
    let berlin = site(&mut netbox, "berlin");
    let device = netbox.put(DEVICE, json!({ "name": "pve1", "site": berlin }));
    let mut facts = source("north", []);
    facts.extend(source("south", []));
    let run = sync(&mut netbox, &facts);

    assert_eq!(code(run.node("north", "pve1")), "adoption-ambiguous");
    assert_eq!(code(run.node("south", "pve1")), "adoption-ambiguous");
    assert!(netbox.row(DEVICE, device).custom_fields.is_empty());
}

#[test]
fn the_node_at_the_devices_site_takes_it_and_the_other_source_makes_its_own() {
    let mut netbox = Netbox::default();
    let south = site(&mut netbox, "site-south");
    let device = netbox.put(DEVICE, json!({ "name": "pve1", "site": south }));
    let mut facts = source("north", []);
    facts.extend(source("south", []));
    let run = sync(&mut netbox, &facts);

    assert!(adopted(run.node("south", "pve1")));
    assert_eq!(*run.node("north", "pve1"), ObjectResult::Created);
    assert_eq!(netbox.row(DEVICE, device).custom_fields["proxmox_cluster"], json!("south"));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_device_of_another_node_is_no_doubt_about_whose_the_other_one_is() {
    let mut netbox = Netbox::default();
    let berlin = site(&mut netbox, "berlin");
    let bonn = site(&mut netbox, "bonn");
    let theirs = json!({ "proxmox_cluster": "lab", "proxmox_node": "pve2" });
    netbox.put(DEVICE, json!({ "name": "pve1", "site": berlin, "custom_fields": theirs }));
    let device = netbox.put(DEVICE, json!({ "name": "pve1", "site": bonn }));
    let mut facts = source("prod", []);
    facts.extend([cluster("lab").into(), node("lab", "pve2").into()]);
    let run = sync(&mut netbox, &facts);

    assert!(adopted(run.node("prod", "pve1")));
    assert_eq!(netbox.row(DEVICE, device).custom_fields["proxmox_cluster"], json!("prod"));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}
