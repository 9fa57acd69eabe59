use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::report::ObjectResult;
use serde_json::json;

fn name(netbox: &Netbox, run: &Run, vmid: u32) -> String {
    netbox.row(VM, run.id("prod", vmid)).fields["name"].as_str().unwrap().to_owned()
}

#[test]
fn namesakes_get_numbers_in_the_order_of_their_vmids() {
    let mut netbox = Netbox::default();
    let facts =
        source("prod", [guest("prod", 300, "web"), guest("prod", 100, "Web"), guest("prod", 200, "web")]);
    let run = sync(&mut netbox, &facts);

    assert_eq!([100, 200, 300].map(|vmid| name(&netbox, &run, vmid)), ["Web", "web (2)", "web (3)"]);
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_new_namesake_with_a_lower_vmid_does_not_take_the_name() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 200, "web")]));
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web"), guest("prod", 200, "web")]));

    assert_eq!(*run.vm("prod", 200), ObjectResult::Unchanged);
    assert_eq!(name(&netbox, &run, 100), "web (2)");
}

#[test]
fn the_name_of_a_vm_that_is_not_ours_is_taken() {
    let mut netbox = Netbox::default();
    let cluster = netbox.put(CLUSTER, json!({ "name": "prod" }));
    let theirs = json!({ "proxmox_cluster": "other", "proxmox_vm_id": 5 });
    netbox.put(VM, json!({ "name": "WEB", "cluster": cluster, "custom_fields": theirs }));
    let facts = source("prod", [guest("prod", 100, "web")]);
    let run = sync(&mut netbox, &facts);

    assert_eq!(name(&netbox, &run, 100), "web (2)");
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn the_name_that_a_rename_frees_is_taken_in_the_same_run() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));
    let facts = source("prod", [guest("prod", 100, "web-old"), guest("prod", 200, "web")]);
    let run = sync(&mut netbox, &facts);

    assert_eq!([100, 200].map(|vmid| name(&netbox, &run, vmid)), ["web-old", "web"]);
    let renamed = run.plan.objects.iter().position(|object| object.name == "web-old").unwrap();
    assert_eq!(run.planned(VM, "web").needs.iter().filter(|need| **need == renamed).count(), 1);
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_chain_of_renames_is_written_from_its_end() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 1, "a"), guest("prod", 2, "b"), guest("prod", 3, "c")]));
    let facts = source("prod", [guest("prod", 1, "b"), guest("prod", 2, "c"), guest("prod", 3, "d")]);
    let run = sync(&mut netbox, &facts);

    assert_eq!(run.counts().updated, 3, "{:?}", run.reports);
    assert_eq!([1, 2, 3].map(|vmid| name(&netbox, &run, vmid)), ["b", "c", "d"]);
}

#[test]
fn guests_that_swap_their_names_end_with_a_number_on_the_later_one() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 1, "a"), guest("prod", 2, "b")]));
    let facts = source("prod", [guest("prod", 1, "b"), guest("prod", 2, "a")]);
    let run = sync(&mut netbox, &facts);

    assert_eq!([1, 2].map(|vmid| name(&netbox, &run, vmid)), ["b", "a (2)"]);
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_number_fits_behind_the_longest_name() {
    let mut netbox = Netbox::default();
    let long = "ü".repeat(64);
    let facts = source("prod", [guest("prod", 1, &long), guest("prod", 2, &long)]);
    let run = sync(&mut netbox, &facts);

    assert_eq!(name(&netbox, &run, 2), format!("{} (2)", "ü".repeat(60)));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_guest_that_cannot_be_written_keeps_its_name_from_others() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 1, "web")]));
    let mut facts = source("prod", [guest("prod", 2, "web")]);
    facts.push(guest("prod", 1, "renamed").unread());
    let run = sync(&mut netbox, &facts);

    assert_eq!(name(&netbox, &run, 2), "web (2)");
}

#[test]
fn nodes_of_one_name_at_one_site_get_numbers() {
    let mut netbox = Netbox::default();
    let at_site = |source: &str| {
        node(source, "pve1")
            .with("site", reference("dcim.site", &[("slug", "berlin")]))
            .bring(draft("dcim.site").with_text("name", "Berlin").with_text("slug", "berlin"))
    };
    let facts =
        [cluster("north").into(), cluster("south").into(), at_site("north").into(), at_site("south").into()];
    let run = sync(&mut netbox, &facts);

    assert_eq!(run.counts().created, 4, "{:?}", run.reports);
    assert_eq!(netbox.names(DEVICE), ["pve1", "pve1 (2)"]);
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_name_without_letters_of_its_own_is_refused() {
    let mut netbox = Netbox::default();
    let run = sync(&mut netbox, &source("prod", [guest("prod", 1, " \t")]));
    assert_eq!(code(run.vm("prod", 1)), "draft-wrong-value");
}
