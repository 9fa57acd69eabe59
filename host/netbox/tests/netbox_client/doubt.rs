//! Writing requests of which nobody knows whether they did their work.

use crate::support::{Lab, apply, create, created, endpoint, kind, plan, problem, quick, sites, update};
use proxbox_model::plan::{Applied, Planned};
use proxbox_netbox::{Netbox, NetboxSettings};
use serde_json::json;
use std::time::Duration;
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, ResponseTemplate};

fn names(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|n| format!("site {n}"))
}

#[tokio::test]
async fn work_done_before_the_connection_broke_is_not_done_twice() {
    let lab = Lab::start().await;
    lab.drop_after_work("POST", "dcim/sites", 1).await;
    let netbox = lab.client();
    let applied = apply(&netbox, &sites(names(30))).await;
    assert_eq!(created(&applied), 30);
    assert_eq!(lab.names("dcim/sites"), names(30).collect::<Vec<_>>());
    assert_eq!(netbox.writes(), 1);
}

#[tokio::test]
async fn work_not_done_before_the_connection_broke_is_done_afterwards() {
    let lab = Lab::start().await;
    lab.drop_before_work("POST", "dcim/sites", 1).await;
    let applied = apply(&lab.client(), &sites(names(30))).await;
    assert_eq!(created(&applied), 30);
    assert_eq!(lab.names("dcim/sites"), names(30).collect::<Vec<_>>());
    assert_eq!(lab.write_sizes().await, [30, 30]);
}

#[tokio::test]
async fn a_bad_gateway_is_looked_into_before_writing_again() {
    for status in [502, 504] {
        let lab = Lab::start().await;
        let page = "<html><title>Bad Gateway</title></html>";
        let answer = ResponseTemplate::new(status).set_body_string(page);
        lab.answer_after_work("POST", "dcim/sites", answer).await;
        let applied = apply(&lab.client(), &sites(names(5))).await;
        assert_eq!(created(&applied), 5);
        assert_eq!(lab.names("dcim/sites").len(), 5);
        assert_eq!(lab.write_sizes().await, [5], "status {status}: what is there is not sent again");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_looked_into() {
    let lab = Lab::start().await;
    let cut = ResponseTemplate::new(201).set_body_string("[{\"id\": 1, \"na");
    lab.answer_after_work("POST", "dcim/sites", cut).await;
    let applied = apply(&lab.client(), &sites(names(5))).await;
    assert_eq!(applied, (1..=5).map(Applied::Created).collect::<Vec<_>>());
    assert_eq!(lab.names("dcim/sites").len(), 5);
    assert_eq!(lab.write_sizes().await, [5]);
}

#[tokio::test]
async fn a_timeout_is_looked_into_and_the_rest_sent_in_smaller_requests() {
    let lab = Lab::start().await;
    let late = ResponseTemplate::new(201).set_delay(Duration::from_secs(30));
    lab.instead("POST", "dcim/sites", 1, late).await;
    let settings = NetboxSettings { timeout: Duration::from_millis(300), ..quick() };
    let netbox = Netbox::new(&endpoint(&lab.server.uri()), settings).unwrap();
    let applied = apply(&netbox, &sites(names(40))).await;
    assert_eq!(created(&applied), 40);
    assert_eq!(lab.write_sizes().await, [40, 20, 20]);
}

#[tokio::test]
async fn updates_that_time_out_are_sent_in_smaller_requests() {
    let lab = Lab::start().await;
    let ids: Vec<u64> =
        names(8).map(|name| lab.store.lock().unwrap().add("dcim/sites", json!({"name": name}))).collect();
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    lab.instead("PATCH", "dcim/sites", 1, late).await;
    let settings = NetboxSettings { timeout: Duration::from_millis(300), ..quick() };
    let netbox = Netbox::new(&endpoint(&lab.server.uri()), settings).unwrap();
    let objects = ids.iter().map(|id| update("dcim.site", *id, &[("description", json!("x"))])).collect();
    let applied = apply(&netbox, &plan(objects)).await;
    assert_eq!(applied, ids.iter().map(|id| Applied::Updated(*id)).collect::<Vec<_>>());
    assert_eq!(lab.write_sizes().await, [8, 4, 4]);
}

#[tokio::test]
async fn a_gateway_that_does_not_wait_long_enough_gets_smaller_requests() {
    let lab = Lab::start().await;
    let ids: Vec<u64> =
        names(8).map(|name| lab.store.lock().unwrap().add("dcim/sites", json!({"name": name}))).collect();
    lab.instead("PATCH", "dcim/sites", 2, ResponseTemplate::new(504)).await;
    lab.instead("POST", "dcim/sites", 1, ResponseTemplate::new(504)).await;
    let netbox = lab.client();
    let mut objects: Vec<_> =
        ids.iter().map(|id| update("dcim.site", *id, &[("description", json!("x"))])).collect();
    objects.extend(["a", "b", "c", "d"].map(|name| create("dcim.site", name, &[])));
    let applied = apply(&netbox, &plan(objects)).await;
    assert_eq!(applied[..8], ids.iter().map(|id| Applied::Updated(*id)).collect::<Vec<_>>());
    assert_eq!(created(&applied), 4);
    assert_eq!(lab.write_sizes().await, [8, 4, 2, 2, 2, 2, 2, 1, 1, 1, 1]);
}

#[tokio::test]
async fn a_single_object_that_took_too_long_gets_a_second_try() {
    let lab = Lab::start().await;
    lab.instead("POST", "dcim/sites", 1, ResponseTemplate::new(504)).await;
    let applied = apply(&lab.client(), &sites(names(1))).await;
    assert_eq!(applied, [Applied::Created(1)]);
    assert_eq!(lab.write_sizes().await, [1, 1]);
}

#[tokio::test]
async fn objects_that_are_never_answered_end_the_writing_after_a_few() {
    let lab = Lab::start().await;
    lab.drop_before_work("POST", "dcim/sites", 999).await;
    let settings = NetboxSettings { bulk_batch_size: 1, ..quick() };
    let netbox = Netbox::new(&endpoint(&lab.server.uri()), settings).unwrap();
    let applied = apply(&netbox, &sites(names(30))).await;
    assert!(applied.iter().all(|applied| problem(applied).0 == "netbox-connection-lost"), "{applied:?}");
    assert_eq!(netbox.writes(), 6, "three objects, each twice");
}

#[tokio::test]
async fn an_update_whose_connection_broke_is_sent_again() {
    let lab = Lab::start().await;
    let id = lab.store.lock().unwrap().add("dcim/sites", json!({"name": "a"}));
    lab.drop_after_work("PATCH", "dcim/sites", 2).await;
    let applied = apply(&lab.client(), &plan(vec![update("dcim.site", id, &[("name", json!("b"))])])).await;
    assert_eq!(applied, [Applied::Updated(id)]);
    assert_eq!(lab.names("dcim/sites"), ["b"]);
    assert_eq!(lab.write_sizes().await, [1, 1, 1], "twice without an answer, then with one");
}

#[tokio::test]
async fn an_object_at_which_netbox_crashes_fails_alone() {
    let lab = Lab::start().await;
    let boom = json!({"error": "boom", "exception": "ValueError"});
    Mock::given(method("POST"))
        .and(path("/api/dcim/sites/"))
        .and(body_string_contains("site 5"))
        .respond_with(ResponseTemplate::new(500).set_body_json(boom))
        .with_priority(1)
        .mount(&lab.server)
        .await;
    let applied = apply(&lab.client(), &sites(names(8))).await;
    assert_eq!(created(&applied), 7);
    let (code, message) = problem(&applied[5]);
    assert_eq!(code, "netbox-server-error");
    assert!(message.ends_with("with status 500: boom"), "{message}");
    assert_eq!(lab.names("dcim/sites").len(), 7);
}

#[tokio::test]
async fn work_that_netbox_finishes_after_we_looked_is_recognised_by_its_identity() {
    let lab = Lab::start().await;
    let list = "virtualization/virtual-machines";
    let vm = |name: &str, vmid: u64| json!({"name": name, "custom_fields": {"proxmox_cluster": "lab", "proxmox_vm_id": vmid}});
    // The first request is answered with an error at once; its work shows up only after the list was read for the last time.
    lab.instead("POST", list, 1, ResponseTemplate::new(502)).await;
    lab.shows_up_after(3, list, vm("web", 100)).await;
    let fields = |vmid: u64| {
        let fields = json!({"proxmox_cluster": "lab", "proxmox_vm_id": vmid});
        [("custom_fields", Planned::Ready(fields))]
    };
    let objects = vec![
        create("virtualization.virtualmachine", "web", &fields(100)),
        create("virtualization.virtualmachine", "db", &fields(101)),
    ];
    let applied = apply(&lab.client(), &plan(objects)).await;
    // Id 2 went to the database in a request that was rolled back because of the web server.
    assert_eq!(applied, [Applied::Created(1), Applied::Created(3)]);
    assert_eq!(lab.names(list), ["web", "db"]);
}

#[tokio::test]
async fn work_that_netbox_finishes_late_is_waited_for_and_not_sent_again() {
    for (status, looks) in [(504, 4), (502, 2)] {
        let lab = Lab::start().await;
        lab.instead("POST", "ipam/vlans", 1, ResponseTemplate::new(status)).await;
        // NetBox is asked once before the request, too.
        lab.shows_up_after(looks, "ipam/vlans", json!({"vid": 10, "name": "office"})).await;
        let netbox = lab.client();
        let office = create("ipam.vlan", "office", &[("vid", Planned::Ready(json!(10)))]);
        let applied = apply(&netbox, &plan(vec![office])).await;
        assert_eq!(applied, [Applied::Created(1)]);
        assert_eq!(netbox.writes(), 1, "status {status}");
    }
}

#[tokio::test]
async fn what_somebody_else_makes_while_a_run_writes_is_used_and_not_made_twice() {
    let lab = Lab::start().await;
    let netbox = lab.client();
    netbox.snapshot(&[kind("ipam.vlan")]).await.unwrap();
    let office = lab.store.lock().unwrap().add("ipam/vlans", json!({"vid": 10, "name": "office"}));
    let vlan = |name: &str, vid: u64| create("ipam.vlan", name, &[("vid", Planned::Ready(json!(vid)))]);
    let applied = apply(&netbox, &plan(vec![vlan("VLAN 10", 10), vlan("VLAN 20", 20)])).await;
    assert_eq!(applied, [Applied::Unchanged(office), Applied::Created(office + 1)]);
    assert_eq!(lab.names("ipam/vlans"), ["office", "VLAN 20"]);
}

#[tokio::test]
async fn a_namesake_in_another_place_that_comes_meanwhile_is_not_taken_for_the_one_to_make() {
    let lab = Lab::start().await;
    let netbox = lab.client();
    netbox.snapshot(&[kind("ipam.vlan")]).await.unwrap();
    let site = |id: u64| ("site", Planned::Ready(json!(id)));
    lab.store.lock().unwrap().add("ipam/vlans", json!({"vid": 10, "name": "office", "site": {"id": 1}}));
    let vlan = create("ipam.vlan", "VLAN 10", &[("vid", Planned::Ready(json!(10))), site(2)]);
    assert_eq!(apply(&netbox, &plan(vec![vlan])).await, [Applied::Created(2)]);
}

#[tokio::test]
async fn another_guest_of_the_same_name_is_not_taken_for_the_one_that_was_sent() {
    let lab = Lab::start().await;
    let list = "virtualization/virtual-machines";
    let other = json!({"name": "web", "custom_fields": {"proxmox_cluster": "other", "proxmox_vm_id": 100}});
    lab.store.lock().unwrap().add(list, other);
    lab.drop_before_work("POST", list, 1).await;
    let fields = Planned::Ready(json!({"proxmox_cluster": "lab", "proxmox_vm_id": 100}));
    let vm = create("virtualization.virtualmachine", "web", &[("custom_fields", fields)]);
    let applied = apply(&lab.client(), &plan(vec![vm])).await;
    assert_eq!(problem(&applied[0]).0, "netbox-name-taken");
    assert_eq!(lab.names(list), ["web"]);
}

#[tokio::test]
async fn when_looking_fails_too_nothing_more_is_sent() {
    let lab = Lab::start().await;
    lab.drop_after_work("POST", "dcim/sites", 1).await;
    lab.instead("GET", "dcim/sites", 99, ResponseTemplate::new(503)).await;
    let netbox = Netbox::new(
        &endpoint(&lab.server.uri()),
        NetboxSettings { max_retries: 1, bulk_batch_size: 10, ..quick() },
    )
    .unwrap();
    let applied = apply(&netbox, &sites(names(30))).await;
    assert!(applied.iter().all(|applied| problem(applied).0 == "netbox-unavailable"), "{applied:?}");
    assert_eq!(netbox.writes(), 1);
}

#[tokio::test]
async fn an_answer_in_another_order_does_not_mix_up_ids() {
    let lab = Lab::start().await;
    let reversed =
        json!([{"id": 3, "name": "site 2"}, {"id": 2, "name": "site 1"}, {"id": 1, "name": "site 0"}]);
    let answer = ResponseTemplate::new(201).set_body_json(reversed);
    lab.answer_after_work("POST", "dcim/sites", answer).await;
    let netbox = lab.client();
    let applied = apply(&netbox, &sites(names(3))).await;
    assert_eq!(applied, (1..=3).map(Applied::Created).collect::<Vec<_>>());
    assert_eq!(netbox.writes(), 1);
}
