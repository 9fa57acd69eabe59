//! The site of a machine goes along with its device: NetBox fills it in, and later refuses whatever disagrees.

use crate::build::*;
use crate::netbox::Netbox;
use proptest::prelude::*;
use proxbox_model::report::ObjectResult;
use serde_json::{Value as Json, json};

/// An operator moves a device to a site.
fn move_to(netbox: &mut Netbox, device: &str, site: &str) -> u64 {
    let held = netbox.all("dcim.site").find(|(_, row)| row.fields["slug"] == json!(site)).map(|(id, _)| id);
    let site =
        held.unwrap_or_else(|| netbox.put("dcim.site", json!({ "name": site.to_uppercase(), "slug": site })));
    let device = netbox.named(DEVICE, device).0;
    netbox.edit(DEVICE, device).fields.insert("site".to_owned(), json!(site));
    site
}

fn site_of(netbox: &Netbox, name: &str) -> Json {
    netbox.named(VM, name).1.fields["site"].clone()
}

fn on(node: &str) -> Kept1 {
    guest("prod", 100, "web").with("device", reference(DEVICE, &[("proxmox-node", node)]))
}

fn facts(web: Kept1) -> Vec<(proxbox_reconcile::Fact, proxbox_reconcile::FactOutcome)> {
    let mut facts = source("prod", [web]);
    facts.insert(2, node("prod", "pve2").into());
    facts
}

#[test]
fn a_machine_follows_a_device_that_an_operator_moved_to_its_site() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &facts(on("pve1")));
    let berlin = move_to(&mut netbox, "pve1", "berlin");
    let run = sync(&mut netbox, &facts(on("pve1")));
    assert_eq!(updated_fields(run.vm("prod", 100)), ["site"]);
    assert_eq!(site_of(&netbox, "web"), json!(berlin));
    assert!(sync(&mut netbox, &facts(on("pve1"))).plan.is_noop());
}

#[test]
fn a_machine_that_migrates_to_another_site_gets_its_device_and_its_site_together() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &facts(on("pve1")));
    let bonn = move_to(&mut netbox, "pve2", "bonn");
    let run = sync(&mut netbox, &facts(on("pve2")));
    assert_eq!(updated_fields(run.vm("prod", 100)), ["device", "site"]);
    assert_eq!(site_of(&netbox, "web"), json!(bonn));
}

#[test]
fn a_machine_that_migrates_to_a_node_that_is_made_in_the_same_run_goes_to_its_site() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));
    move_to(&mut netbox, "pve1", "berlin");
    sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));
    let run = sync(&mut netbox, &facts(on("pve2")));
    assert!(matches!(run.vm("prod", 100), ObjectResult::Updated { .. }), "{:?}", run.vm("prod", 100));
    assert_eq!(site_of(&netbox, "web"), netbox.named(DEVICE, "pve2").1.fields["site"]);
}

#[test]
fn a_site_that_a_mapper_names_gives_way_to_that_of_the_device() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &facts(on("pve1")));
    let berlin = move_to(&mut netbox, "pve1", "berlin");
    let placed = || facts(on("pve1").with("site", reference("dcim.site", &[("slug", "site-prod")])));
    let run = sync(&mut netbox, &placed());
    assert_eq!(updated_fields(run.vm("prod", 100)), ["site"]);
    assert_eq!(site_of(&netbox, "web"), json!(berlin));
    assert!(sync(&mut netbox, &placed()).plan.is_noop());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever an operator moves and wherever guests migrate, nothing is refused.
    #[test]
    fn no_write_is_refused_whoever_moves_where(
        steps in prop::collection::vec((any::<bool>(), any::<bool>(), 0..3_usize), 1..8)
    ) {
        let mut netbox = Netbox::default();
        sync(&mut netbox, &facts(on("pve1")));
        for (operator, second, site) in steps {
            let node = if second { "pve2" } else { "pve1" };
            if operator {
                move_to(&mut netbox, node, ["berlin", "bonn", "kiel"][site]);
            }
            let run = sync(&mut netbox, &facts(on(node)));
            prop_assert_eq!(run.counts().failed, 0, "{:?}", run.reports);
            let device = netbox.named(DEVICE, node).1.fields["site"].clone();
            prop_assert_eq!(site_of(&netbox, "web"), device);
            prop_assert!(sync(&mut netbox, &facts(on(node))).plan.is_noop());
        }
    }
}
