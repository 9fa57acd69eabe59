//! Sites and locations of devices.

use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::draft::{Draft, Value};
use proxbox_model::{Identity, SourceObject};
use proxbox_reconcile::{Fact, FactOutcome};
use serde_json::{Value as Json, json};

fn berlin() -> Draft {
    draft("dcim.site").with_text("name", "Berlin").with_text("slug", "berlin").with_text("status", "active")
}

fn room(slug: &str) -> Draft {
    draft("dcim.location")
        .with_text("name", &slug.to_uppercase())
        .with_text("slug", slug)
        .with("site", reference("dcim.site", &[("slug", "berlin")]))
}

/// A node that a module puts into a location of Berlin, or into none.
fn placed(slug: Option<&str>) -> Vec<(Fact, FactOutcome)> {
    let location = slug
        .map_or(Value::Null, |slug| reference("dcim.location", &[("site.slug", "berlin"), ("slug", slug)]));
    let node = node("prod", "pve1")
        .with("site", reference("dcim.site", &[("slug", "berlin")]))
        .with("location", location)
        .bring(berlin());
    let node = match slug {
        Some(slug) => node.bring(room(slug)),
        None => node,
    };
    vec![cluster("prod").into(), node.into()]
}

fn device(netbox: &Netbox) -> (&Json, &Json) {
    let (_, row) = netbox.named(DEVICE, "pve1");
    (&row.fields["site"], row.fields.get("location").unwrap_or(&Json::Null))
}

#[test]
fn a_location_is_made_at_its_site_and_the_device_put_into_it() {
    let mut netbox = Netbox::default();
    let facts = placed(Some("room-1"));
    sync(&mut netbox, &facts);

    let (site, _) = netbox.named("dcim.site", "Berlin");
    let (location, row) = netbox.named("dcim.location", "ROOM-1");
    assert_eq!(row.fields["site"], json!(site));
    assert_eq!(device(&netbox), (&json!(site), &json!(location)));
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_location_of_another_site_with_the_same_slug_is_another_location() {
    let mut netbox = Netbox::default();
    let bonn = netbox.put("dcim.site", json!({ "name": "Bonn", "slug": "bonn" }));
    let there = netbox.put("dcim.location", json!({ "name": "Room 1", "slug": "room-1", "site": bonn }));
    let run = sync(&mut netbox, &placed(Some("room-1")));

    assert_eq!(*run.node("prod", "pve1"), proxbox_model::report::ObjectResult::Created);
    assert_ne!(device(&netbox).1, &json!(there));
    assert_eq!(netbox.all("dcim.location").count(), 2);
}

#[test]
fn a_location_that_an_operator_made_is_used_and_not_changed() {
    let mut netbox = Netbox::default();
    let berlin = netbox.put("dcim.site", json!({ "name": "Berlin", "slug": "berlin" }));
    let mine = json!({ "name": "Cellar", "slug": "room-1", "site": berlin, "description": "damp" });
    let mine = netbox.put("dcim.location", mine);
    sync(&mut netbox, &placed(Some("room-1")));

    assert_eq!(device(&netbox), (&json!(berlin), &json!(mine)));
    assert_eq!(netbox.row("dcim.location", mine).fields["name"], json!("Cellar"));
    assert_eq!(netbox.all("dcim.location").count(), 1);
}

#[test]
fn a_draft_that_names_a_location_decides_about_the_site_of_a_device_that_is_there() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &source("prod", []));
    let run = sync(&mut netbox, &placed(Some("room-1")));

    assert_eq!(updated_fields(run.node("prod", "pve1")), ["location", "site"]);
    let (site, _) = netbox.named("dcim.site", "Berlin");
    assert_eq!(device(&netbox).0, &json!(site));
    assert!(sync(&mut netbox, &placed(Some("room-1"))).plan.is_noop());
}

#[test]
fn a_draft_that_says_there_is_no_location_decides_about_the_site_too() {
    let mut netbox = Netbox::default();
    sync(&mut netbox, &placed(Some("room-1")));
    let (device_id, _) = netbox.named(DEVICE, "pve1");
    let bonn = netbox.put("dcim.site", json!({ "name": "Bonn", "slug": "bonn" }));
    let row = netbox.edit(DEVICE, device_id);
    row.fields.insert("site".to_owned(), json!(bonn));
    row.fields.insert("location".to_owned(), Json::Null);
    let run = sync(&mut netbox, &placed(None));

    assert_eq!(updated_fields(run.node("prod", "pve1")), ["site"]);
    let (site, _) = netbox.named("dcim.site", "Berlin");
    assert_eq!(device(&netbox), (&json!(site), &Json::Null));
}

#[test]
fn a_new_device_with_a_location_is_not_put_at_the_clusters_site_instead() {
    let mut netbox = Netbox::default();
    let bonn = netbox.put("dcim.site", json!({ "name": "Bonn", "slug": "bonn" }));
    netbox.put(CLUSTER, json!({ "name": "prod", "scope_type": "dcim.site", "scope_id": bonn }));
    sync(&mut netbox, &placed(Some("room-1")));

    let (site, _) = netbox.named("dcim.site", "Berlin");
    assert_eq!(device(&netbox).0, &json!(site));
}

#[test]
fn a_location_without_a_site_is_refused() {
    let node =
        node("prod", "pve1").bring(draft("dcim.location").with_text("name", "R").with_text("slug", "r"));
    let facts = [cluster("prod").into(), node.into()];
    let run = sync(&mut Netbox::default(), &facts);
    let identity = Identity { source: "prod".to_owned(), object: SourceObject::Node("pve1".to_owned()) };

    assert_eq!(code(&run.of(&identity).result), "draft-wrong-key");
    assert!(message(&run.of(&identity).result).contains("site and slug, or site and name"));
}
