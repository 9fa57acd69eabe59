use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::kind::rank;
use proxbox_model::plan::{Action, Planned};
use proxbox_model::report::ObjectResult;
use proxbox_reconcile::{World, lower};
use serde_json::json;

#[test]
fn what_a_mapper_brings_is_made_before_it_is_used() {
    let mut netbox = Netbox::default();
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web").tag("proxbox")]));

    for (position, object) in run.plan.objects.iter().enumerate() {
        assert!(object.needs.iter().all(|need| *need < position), "{}", object.name);
    }
    assert!(run.plan.objects.is_sorted_by_key(|object| rank(object.kind)));
    let Action::Create(fields) = &run.planned(DEVICE, "pve1").action else { panic!("not made") };
    let Planned::IdOf(device_type) = fields["device_type"] else { panic!("not planned") };
    assert_eq!(run.plan.objects[device_type].name, "Generic");
}

#[test]
fn companions_that_many_facts_bring_are_made_once_and_the_first_wins() {
    let mut netbox = Netbox::default();
    let guests = (100..110).map(|vmid| {
        guest("prod", vmid, &format!("vm{vmid}"))
            .with("role", reference("dcim.devicerole", &[("name", "Virtual")]))
            .bring(role("virtual").with_text("name", "Virtual").with_text("description", &vmid.to_string()))
    });
    let run = sync(&mut netbox, &source("prod", guests));

    assert_eq!(run.counts().failed, 0, "{:?}", run.reports);
    assert_eq!(netbox.named("dcim.devicerole", "Virtual").1.fields["description"], json!("100"));
}

#[test]
fn a_companion_that_exists_under_another_slug_is_found_by_name() {
    let mut netbox = Netbox::default();
    let role =
        netbox.put("dcim.devicerole", json!({ "name": "node", "slug": "hypervisor", "color": "000000" }));
    let facts = source("prod", []);
    sync(&mut netbox, &facts);

    assert_eq!(netbox.named(DEVICE, "pve1").1.fields["role"], json!(role));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn companions_of_one_name_are_one_object_whatever_slug_it_is_referred_to_by() {
    let mut netbox = Netbox::default();
    let with_role = |vmid, slug: &str| {
        guest("prod", vmid, &format!("vm{vmid}"))
            .with("role", reference("dcim.devicerole", &[("slug", slug)]))
            .bring(role(slug).with_text("name", "Virtual"))
    };
    let facts = source("prod", [with_role(100, "vm"), with_role(101, "ct")]);
    let run = sync(&mut netbox, &facts);

    let (role, _) = netbox.named("dcim.devicerole", "Virtual");
    assert_eq!(netbox.row(VM, run.id("prod", 101)).fields["role"], json!(role));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_device_type_is_named_through_its_manufacturer() {
    let mut netbox = Netbox::default();
    let other = netbox.put("dcim.manufacturer", json!({ "name": "Other", "slug": "other" }));
    let wrong = json!({ "manufacturer": other, "model": "Generic", "slug": "generic" });
    let wrong = netbox.put("dcim.devicetype", wrong);
    sync(&mut netbox, &source("prod", []));

    assert_ne!(netbox.named(DEVICE, "pve1").1.fields["device_type"], json!(wrong));
}

#[test]
fn a_reference_finds_what_is_in_netbox_already() {
    let mut netbox = Netbox::default();
    let tenant = netbox.put("tenancy.tenant", json!({ "name": "Acme", "slug": "acme" }));
    let owned = guest("prod", 100, "web").with("tenant", reference("tenancy.tenant", &[("slug", "acme")]));
    let run = sync(&mut netbox, &source("prod", [owned]));

    assert_eq!(netbox.row(VM, run.id("prod", 100)).fields["tenant"], json!(tenant));
}

#[test]
fn a_reference_that_an_object_cannot_do_without_fails_it_alone_and_says_what_to_do() {
    let mut netbox = Netbox::default();
    let lost = guest("prod", 100, "web").with("cluster", reference(CLUSTER, &[("name", "lost")]));
    let run = sync(&mut netbox, &source("prod", [lost, guest("prod", 101, "db")]));

    assert_eq!(
        message(run.vm("prod", 100)),
        "prod/vmid 100 (web) needs the cluster with name lost for its field `cluster`, which is not in NetBox"
    );
    assert_eq!(*run.vm("prod", 101), ObjectResult::Created);
}

#[test]
fn an_ambiguous_reference_costs_only_that_reference() {
    let mut netbox = Netbox::default();
    for name in ["a", "b"] {
        let site = netbox.put("dcim.site", json!({ "name": name, "slug": name }));
        netbox.put(DEVICE, json!({ "name": "pve9", "site": site }));
    }
    let on = guest("prod", 100, "web").with("device", reference(DEVICE, &[("name", "pve9")]));
    let run = sync(&mut netbox, &source("prod", [on]));
    assert_eq!(*run.vm("prod", 100), ObjectResult::Created);
    assert_eq!(lack(&run, "web"), ("device", "reference-ambiguous"));
}

#[test]
fn a_guest_whose_node_could_not_be_mapped_is_written_without_its_device_and_says_why() {
    let mut netbox = Netbox::default();
    let facts = [cluster("prod").into(), node("prod", "pve1").unread(), guest("prod", 100, "web").into()];
    let run = sync(&mut netbox, &facts);

    assert_eq!(*run.vm("prod", 100), ObjectResult::Created);
    assert_eq!(lack(&run, "web"), ("device", "reference-missing"));
    let why = &run.planned(VM, "web").without[0].problem.message;
    assert!(why.contains("Node pve1 does not answer"), "{why}");
}

/// The one attribute that a virtual machine is written without, and the code of the reason.
fn lack<'r>(run: &'r Run, name: &str) -> (&'r str, &'r str) {
    let [lack] = run.planned(VM, name).without.as_slice() else { panic!("{name} lacks nothing, or much") };
    (lack.field.as_str(), lack.problem.code.as_str())
}

#[test]
fn a_guest_whose_node_fails_in_this_run_keeps_the_device_that_is_there() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));
    let facts = [cluster("prod").into(), node("prod", "pve1").unread(), guest("prod", 100, "shop").into()];
    let run = sync(&mut netbox, &facts);

    assert_eq!(updated_fields(run.vm("prod", 100)), ["name"]);
}

#[test]
fn a_guest_waits_for_its_cluster_and_takes_its_device_if_that_is_made() {
    let netbox = Netbox::default();
    let facts = source("prod", [guest("prod", 100, "web")]);
    let reconciled =
        plan_with(&netbox, &facts, &proxbox_model::options::Kept::default(), &read_in_full(&facts));
    let position =
        |name: &str| reconciled.plan.objects.iter().position(|object| object.name == name).unwrap();
    let web = &reconciled.plan.objects[position("web")];

    assert!(web.needs.contains(&position("prod")) && !web.needs.contains(&position("pve1")));
    let Action::Create(fields) = &web.action else { panic!("not made") };
    assert_eq!(fields["device"], Planned::IdIfMade(position("pve1")));
}

#[test]
fn guests_alone_find_their_cluster_and_node_of_an_earlier_run() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", []));
    let run = sync(&mut netbox, &[guest("prod", 100, "web").into()]);

    assert_eq!(*run.vm("prod", 100), ObjectResult::Created);
    assert_eq!(netbox.row(VM, run.id("prod", 100)).fields["device"], json!(netbox.named(DEVICE, "pve1").0));
}

#[test]
fn guests_alone_without_their_cluster_fail() {
    let mut netbox = Netbox::default();
    let run = sync(&mut netbox, &[guest("prod", 100, "web").into()]);
    assert_eq!(code(run.vm("prod", 100)), "reference-missing");
}

#[test]
fn kinds_that_this_netbox_lacks_cost_what_refers_to_them_that_reference() {
    let kind = "virtualization.virtualmachinetype";
    let mut netbox = Netbox::default();
    netbox.lacks.insert(kind);
    let typed = guest("prod", 100, "web")
        .with("virtual_machine_type", reference(kind, &[("slug", "qemu")]))
        .bring(draft(kind).with_text("name", "QEMU").with_text("slug", "qemu"));
    let run = sync(&mut netbox, &source("prod", [typed, guest("prod", 101, "db")]));

    assert_eq!(*run.vm("prod", 100), ObjectResult::Created);
    let why = &run.planned(VM, "web").without[0].problem.message;
    assert!(why.contains("they come with NetBox 4.6"), "{why}");
}

#[test]
fn the_snapshot_covers_what_is_referred_to() {
    let owned = guest("prod", 100, "web").with("tenant", reference("tenancy.tenant", &[("slug", "acme")]));
    let kinds: Vec<&str> =
        lower(vec![owned.into()], &World::default()).kinds().iter().map(|kind| kind.name).collect();
    assert_eq!(kinds, ["extras.tag", "extras.customfield", "tenancy.tenant", CLUSTER, DEVICE, VM]);
    assert!(lower(vec![], &World::default()).kinds().len() >= 2);
}

#[test]
fn a_draft_for_another_proxmox_object_extends_it() {
    let mut netbox = Netbox::default();
    let extended = guest("prod", 100, "web").bring(
        draft(DEVICE).key("proxmox-node", "pve1").with_text("serial", "S1").with_text("status", "offline"),
    );
    let facts = source("prod", [extended]);
    sync(&mut netbox, &facts);

    let (_, device) = netbox.named(DEVICE, "pve1");
    assert_eq!(device.fields["serial"], json!("S1"));
    assert_eq!(device.fields["status"], json!("active"), "the node's own mapper decides");
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_draft_cannot_make_another_proxmox_object() {
    let mut netbox = Netbox::default();
    let extended = guest("prod", 100, "web")
        .bring(draft(DEVICE).key("proxmox-node", "pve7").with_text("name", "pve7").with_text("serial", "S1"));
    let run = sync(&mut netbox, &source("prod", [extended]));

    assert_eq!(*run.vm("prod", 100), ObjectResult::Created);
    assert_eq!(netbox.names(DEVICE), ["pve1"]);
    let Action::Fail(problem) = &run.planned(DEVICE, "pve7").action else { panic!("not refused") };
    assert_eq!(problem.code, "nothing-to-extend");
}
