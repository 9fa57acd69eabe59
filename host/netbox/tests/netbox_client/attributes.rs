//! What is no more than an attribute costs only itself when it is not there or NetBox refuses it.

use crate::support::{Lab, apply_and_hear, create, endpoint, kind, object, plan, problem, quick, update};
use proxbox_fakes::netbox::{FakeNetbox, Options};
use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken};
use proxbox_model::plan::{Action, Applied, Change, Planned, PlannedObject, Shortfall};
use proxbox_netbox::Netbox;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use wiremock::ResponseTemplate;

const VM: &str = "virtualization.virtualmachine";
const VMS: &str = "virtualization/virtual-machines";
const CARD: &str = "virtualization.vminterface";
const VLAN: &str = "ipam.vlan";

fn ready(value: Json) -> Planned {
    Planned::Ready(value)
}

fn change(kind: &str, id: u64, changes: &[(&str, Json, Planned)]) -> PlannedObject {
    let changes = changes.iter().map(|(name, before, after)| {
        ((*name).to_owned(), Change { before: before.clone(), after: after.clone() })
    });
    object(kind, &format!("object {id}"), Action::Update { id, changes: changes.collect(), adopted: false })
}

fn fields(without: &[Shortfall]) -> Vec<&str> {
    without.iter().map(|without| without.field.as_str()).collect()
}

fn denied() -> ResponseTemplate {
    ResponseTemplate::new(403).set_body_json(json!({"detail": "Keine Berechtigung."}))
}

async fn fake(version: &str) -> FakeNetbox {
    FakeNetbox::start(Options::default().version(version)).await.unwrap()
}

fn client(fake: &FakeNetbox) -> Netbox {
    let token = NetboxToken::V1(fake.token().into());
    Netbox::new(&NetboxEndpoint { token, ..endpoint(&fake.url()) }, quick()).unwrap()
}

#[tokio::test]
async fn cards_are_made_without_the_vlans_that_may_not_be_made_and_say_why() {
    let lab = Lab::start().await;
    lab.instead("POST", "ipam/vlans", 9, denied()).await;
    let objects = vec![
        create(VLAN, "VLAN 20", &[]),
        create(VLAN, "VLAN 21", &[]),
        create(CARD, "net0", &[("untagged_vlan", Planned::IdIfMade(0)), ("mtu", ready(json!(1500)))]),
        create(
            CARD,
            "net1",
            &[(
                "tagged_vlans",
                Planned::List(vec![Planned::IdIfMade(1), ready(json!(7)), Planned::IdIfMade(0)]),
            )],
        ),
    ];
    let (applied, without) = apply_and_hear(&lab.client(), &plan(objects)).await;
    assert_eq!(problem(&applied[0]).0, "netbox-forbidden");
    assert_eq!(applied[2..], [Applied::Created(1), Applied::Created(2)]);
    let sent = json!([{"name": "net0", "mtu": 1500}, {"name": "net1", "tagged_vlans": [7]}]);
    assert_eq!(lab.bodies("POST").await.last(), Some(&sent));
    assert_eq!([fields(&without[2]), fields(&without[3])], [["untagged_vlan"], ["tagged_vlans"]]);
    assert_eq!(without[2][0].problem, without[3][0].problem, "one reason in the same words");
    assert_eq!(without[2][0].problem.code, "netbox-forbidden");
}

#[tokio::test]
async fn a_change_to_what_was_not_made_is_left_out_and_the_others_are_written() {
    let lab = Lab::start().await;
    lab.instead("POST", "ipam/vlans", 9, denied()).await;
    let ids: Vec<u64> = ["a", "b", "c"]
        .map(|name| lab.store.lock().unwrap().add("virtualization/interfaces", json!({"name": name})))
        .into();
    let vlan = || ("untagged_vlan", json!(3), Planned::IdIfMade(0));
    let trunk = Planned::List(vec![ready(json!(8)), Planned::IdIfMade(0), ready(json!(7))]);
    let objects = vec![
        create(VLAN, "VLAN 20", &[]),
        change(CARD, ids[0], &[vlan(), ("mtu", Json::Null, ready(json!(1500)))]),
        change(CARD, ids[1], &[vlan()]),
        change(CARD, ids[2], &[("tagged_vlans", json!([7, 8]), trunk)]),
    ];
    let (applied, without) = apply_and_hear(&lab.client(), &plan(objects)).await;
    let [mtu, nothing, list] = ids[..] else { panic!() };
    assert_eq!(applied[1..], [Applied::Updated(mtu), Applied::Unchanged(nothing), Applied::Unchanged(list)]);
    assert_eq!(lab.bodies("PATCH").await, [json!([{"id": mtu, "mtu": 1500}])]);
    assert!(without[1..].iter().all(|without| without.len() == 1));
}

#[tokio::test]
async fn an_attribute_of_the_same_kind_is_waited_for() {
    let lab = Lab::start().await;
    let objects = vec![
        create(CARD, "net0.5", &[("parent", Planned::IdIfMade(1))]),
        create(CARD, "net0", &[]),
        // Each waits for the other.
        create(CARD, "one", &[("bridge", Planned::IdIfMade(3))]),
        create(CARD, "other", &[("bridge", Planned::IdIfMade(2))]),
    ];
    let (applied, without) = apply_and_hear(&lab.client(), &plan(objects)).await;
    assert!(applied.iter().all(|applied| matches!(applied, Applied::Created(_))), "{applied:?}");
    let Applied::Created(parent) = applied[1] else { panic!() };
    let store = lab.store.lock().unwrap();
    let child = store.lists["virtualization/interfaces"].iter().find(|card| card["name"] == "net0.5");
    assert_eq!(child.unwrap()["parent"], parent);
    assert!(without[0].is_empty());
    assert_eq!(without[2][0].problem.code, "netbox-plan-order");
}

#[tokio::test]
async fn what_names_the_kind_of_a_missing_object_goes_with_it() {
    let lab = Lab::start().await;
    lab.instead("POST", "dcim/sites", 9, denied()).await;
    let scope = [
        ("scope_id", Planned::IdIfMade(0)),
        ("scope_type", ready(json!("dcim.site"))),
        (
            "custom_fields",
            Planned::Map(BTreeMap::from([
                ("place".to_owned(), Planned::IdIfMade(0)),
                ("owner".to_owned(), ready(json!("x"))),
            ])),
        ),
    ];
    let objects = vec![create("dcim.site", "s", &[]), create("virtualization.cluster", "c", &scope)];
    let (applied, without) = apply_and_hear(&lab.client(), &plan(objects)).await;
    assert_eq!(applied[1], Applied::Created(1));
    assert_eq!(lab.bodies("POST").await[1], json!([{"name": "c", "custom_fields": {"owner": "x"}}]));
    assert_eq!(fields(&without[1]), ["custom_fields.place", "scope_id"]);
}

#[tokio::test]
async fn an_attribute_that_netbox_refuses_is_left_out_in_every_release() {
    for version in ["4.5.9", "4.6.2", "4.7.3"] {
        let fake = fake(version).await;
        let site = fake.insert("dcim/sites", &json!({"name": "s", "slug": "s"})).unwrap()["id"].clone();
        let site = || ("site", ready(site.clone()));
        let objects = vec![
            create(VM, "a", &[site()]),
            create(VM, "b", &[site(), ("platform", ready(json!(999))), ("role", ready(json!(998)))]),
            create(VM, "c", &[site(), ("status", ready(json!("no such status")))]),
        ];
        let netbox = client(&fake);
        let (applied, without) = apply_and_hear(&netbox, &plan(objects)).await;
        let Applied::Created(b) = applied[1] else { panic!("NetBox {version}: {applied:?}") };
        assert_eq!(fields(&without[1]), ["platform", "role"], "NetBox {version}");
        assert!(without[1][0].problem.message.contains("999"), "NetBox's words: {:?}", without[1]);
        assert_eq!(problem(&applied[2]).0, "netbox-rejected", "a value of its own is no attribute");

        let again = [("platform", Json::Null, ready(json!(999)))];
        let (applied, without) = apply_and_hear(&netbox, &plan(vec![change(VM, b, &again)])).await;
        assert_eq!(applied, [Applied::Unchanged(b)], "NetBox {version}: nothing is left to change");
        assert_eq!(fields(&without[0]), ["platform"]);
    }
}

#[tokio::test]
async fn what_an_object_cannot_be_without_fails_with_the_first_reason() {
    let fake = fake("4.7.3").await;
    let cluster = [("type", ready(json!(999)))];
    let (applied, without) =
        apply_and_hear(&client(&fake), &plan(vec![create("virtualization.cluster", "c", &cluster)])).await;
    let (code, message) = problem(&applied[0]);
    assert_eq!(code, "netbox-rejected");
    assert!(message.contains("type: ") && message.contains("999"), "{message}");
    assert!(without[0].is_empty());
}

fn tags(slugs: &[&str]) -> Planned {
    ready(json!(slugs))
}

fn held_tags(fake: &FakeNetbox, name: &str) -> Vec<String> {
    let vm = fake.find(VM, "name", name).unwrap();
    vm["tags"].as_array().unwrap().iter().map(|tag| tag["slug"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_tag_that_is_limited_to_other_kinds_or_missing_costs_only_the_tag_in_every_release() {
    for version in ["4.5.9", "4.6.2", "4.7.3"] {
        let fake = fake(version).await;
        for (slug, types) in [("proxbox", json!([])), ("test", json!([])), ("prod", json!(["dcim.device"]))] {
            let body = json!({"name": slug, "slug": slug, "color": "ff0000", "object_types": types});
            fake.insert("extras/tags", &body).unwrap();
        }
        let site = fake.insert("dcim/sites", &json!({"name": "s", "slug": "s"})).unwrap()["id"].clone();
        let vm = |n: usize, slugs: &[&str]| {
            create(VM, &format!("vm{n}"), &[("site", ready(site.clone())), ("tags", tags(slugs))])
        };
        let objects = vec![
            vm(0, &["proxbox", "test"]),
            vm(1, &["prod", "proxbox", "test"]),
            vm(2, &["gone", "proxbox"]),
        ];
        let netbox = client(&fake);
        let (applied, without) = apply_and_hear(&netbox, &plan(objects)).await;
        assert!(
            applied.iter().all(|applied| matches!(applied, Applied::Created(_))),
            "{version}: {applied:?}"
        );
        assert_eq!(held_tags(&fake, "vm1"), ["proxbox", "test"], "NetBox {version}");
        assert_eq!(held_tags(&fake, "vm2"), ["proxbox"], "NetBox {version}");
        assert!(without[0].is_empty());
        for (index, slug) in [(1, "prod"), (2, "gone")] {
            assert_eq!(fields(&without[index]), ["tags"]);
            assert!(without[index][0].problem.message.contains(slug), "{:?}", without[index]);
        }
        assert_eq!(fake.count("GET /api/extras/tags/"), 1, "NetBox {version}: looked at once");

        let Applied::Created(id) = applied[1] else { panic!() };
        let again = [("tags", json!(["proxbox", "test"]), tags(&["prod", "proxbox", "test"]))];
        let (applied, _) = apply_and_hear(&netbox, &plan(vec![change(VM, id, &again)])).await;
        assert_eq!(applied, [Applied::Unchanged(id)], "NetBox {version}");
    }
}

#[tokio::test]
async fn when_it_cannot_be_told_which_tag_is_refused_only_our_own_stays() {
    let lab = Lab::start().await;
    for slug in ["proxbox", "a", "b"] {
        lab.store.lock().unwrap().add("extras/tags", json!({"slug": slug, "object_types": []}));
    }
    let refused = json!({"detail": "x", "errors": [{"index": 0, "errors": {"tags": ["Non."]}}]});
    lab.instead("POST", VMS, 1, ResponseTemplate::new(400).set_body_json(refused)).await;
    let vm = create(VM, "vm", &[("tags", tags(&["a", "b", "proxbox"]))]);
    let (applied, without) = apply_and_hear(&lab.client(), &plan(vec![vm])).await;
    assert!(matches!(applied[0], Applied::Created(_)));
    assert_eq!(lab.bodies("POST").await[1], json!([{"name": "vm", "tags": [{"slug": "proxbox"}]}]));
    assert_eq!(without[0][0].problem.message, "Non.");
}

#[tokio::test]
async fn a_primary_address_that_netbox_refuses_leaves_the_machine_as_it_is() {
    let lab = Lab::start().await;
    let id = lab.store.lock().unwrap().add(VMS, json!({"name": "vm"}));
    let refused =
        json!({"detail": "x", "errors": [{"id": id, "errors": {"primary_ip4": ["Nicht zugewiesen."]}}]});
    lab.instead("PATCH", VMS, 9, ResponseTemplate::new(400).set_body_json(refused)).await;
    let pass = kind("virtualization.virtualmachine#primary-ip");
    let change = PlannedObject { kind: pass, ..update(VM, id, &[("primary_ip4", json!(5))]) };
    let (applied, without) = apply_and_hear(&lab.client(), &plan(vec![change])).await;
    assert_eq!(applied, [Applied::Unchanged(id)]);
    assert_eq!(without[0][0].problem.message, "Nicht zugewiesen.");
}
