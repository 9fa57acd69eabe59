//! What a fleet says of shapes and failures that only a crafted server has.

use crate::common::{
    NOW, answer, answer_first, configs, connect, data, endpoint, fleet_of, node_with, quick, requests, server,
};
use proxbox_model::facts::{ClusterMode, GuestKind};
use proxbox_model::{Diagnostic, Problem};
use proxbox_proxmox::{Fleet, GuestRead, Proxmox, ProxmoxSettings, read_fleet};
use serde_json::{Value as Json, json};
use std::sync::Mutex;
use wiremock::{MockServer, ResponseTemplate};

fn vm(vmid: u32) -> Json {
    json!({"type": "qemu", "id": format!("qemu/{vmid}"), "vmid": vmid, "name": format!("vm{vmid}"), "node": "pve1",
        "status": "running", "maxcpu": 4, "maxmem": 4u64 << 30, "maxdisk": 1, "template": 0})
}

fn pve1() -> Json {
    json!({"type": "node", "id": "node/pve1", "node": "pve1", "status": "online", "maxcpu": 16,
        "maxmem": 64u64 << 30, "maxdisk": 100u64 << 30, "level": ""})
}

async fn config(server: &MockServer, kind: &str, vmid: u32, config: Json) {
    answer(server, &format!("/nodes/pve1/{kind}/{vmid}/config"), data(&config)).await;
}

async fn read(server: &MockServer) -> Fleet {
    fleet_of(&endpoint(&server.uri())).await.unwrap()
}

fn guest(fleet: &Fleet, vmid: u32) -> &GuestRead {
    fleet.guests.iter().find(|guest| guest.vmid == vmid).unwrap()
}

fn problem(fleet: &Fleet, vmid: u32) -> &Problem {
    guest(fleet, vmid).facts.as_ref().unwrap().as_ref().unwrap_err()
}

fn codes(fleet: &Fleet) -> Vec<&str> {
    fleet.problems.iter().map(|problem| problem.code.as_str()).collect()
}

#[tokio::test]
async fn a_node_on_its_own_is_read_in_full() {
    let server = node_with(json!([pve1(), vm(101)])).await;
    config(&server, "qemu", 101, json!({"name": "vm101", "scsi0": "local:1,size=8G", "cipassword": "x"}))
        .await;
    let fleet = read(&server).await;
    assert!(fleet.complete, "{:?}", fleet.problems);
    assert_eq!(fleet.source.mode, ClusterMode::Standalone);
    assert_eq!((fleet.source.cluster.as_str(), fleet.source.url.clone()), ("pve1", server.uri()));
    assert_eq!((fleet.source.pve_version.as_str(), fleet.source.now), ("9.1.2", NOW));
    assert_eq!((fleet.cluster.quorate, fleet.cluster.nodes.clone()), (true, vec!["pve1".to_owned()]));
    let node = &fleet.nodes[0];
    assert_eq!((node.online, node.cpus, node.memory), (true, Some(16), Some(64 << 30)));
    assert_eq!(node.ip.as_deref(), Some("192.0.2.1"));
    let facts = guest(&fleet, 101).facts.as_ref().unwrap().as_ref().unwrap();
    assert_eq!((facts.cpus, facts.memory, facts.disk), (4, 4 << 30, 8 << 30));
    assert!(!facts.config.contains("cipassword"));
    assert_eq!(serde_json::from_str::<Json>(&facts.listing).unwrap(), vm(101));
}

#[tokio::test]
async fn each_thing_is_read_once() {
    let server = node_with(json!([pve1(), vm(101), vm(102), vm(103)])).await;
    for vmid in [101, 102, 103] {
        config(&server, "qemu", vmid, json!({})).await;
    }
    let endpoint = endpoint(&server.uri());
    let client = connect(&endpoint).await.unwrap();
    let seen = Mutex::new(Vec::new());
    let progress = |done, total| seen.lock().unwrap().push((done, total));
    read_fleet(&client, &endpoint, NOW, &configs(), &progress).await.unwrap();
    assert_eq!(client.requests(), 5 + 3);
    assert_eq!(server.received_requests().await.unwrap().len(), 5 + 3);
    assert_eq!(*seen.lock().unwrap(), [(0, Some(3)), (1, Some(3)), (2, Some(3)), (3, Some(3))]);
}

#[tokio::test]
async fn a_guest_that_cannot_be_read_fails_alone() {
    let server = node_with(json!([pve1(), vm(101), vm(102), vm(103), vm(104), vm(105)])).await;
    let at = |vmid| format!("/nodes/pve1/qemu/{vmid}/config");
    answer(&server, &at(101), ResponseTemplate::new(500)).await;
    answer(&server, &at(102), ResponseTemplate::new(403)).await;
    answer(&server, &at(103), data(&json!("what?"))).await;
    answer(&server, &at(104), ResponseTemplate::new(200).set_body_string("{\"data\":{\"na")).await;
    config(&server, "qemu", 105, json!({})).await;
    let fleet = read(&server).await;
    assert_eq!(problem(&fleet, 101).code, "proxmox-server-error");
    assert_eq!(problem(&fleet, 102).code, "proxmox-forbidden");
    assert_eq!(problem(&fleet, 103).code, "proxmox-unexpected-answer");
    assert_eq!(problem(&fleet, 104).code, "proxmox-truncated");
    assert!(matches!(guest(&fleet, 105).facts, Some(Ok(_))));
    assert_eq!(guest(&fleet, 101).name, "vm101");
    assert!(!fleet.complete);
}

#[tokio::test]
async fn numbers_as_text_and_missing_members_spoil_nothing() {
    let odd = json!({"type": "lxc", "vmid": "201", "node": "pve1", "maxcpu": "2", "maxmem": "1073741824",
        "template": "1", "tags": null, "status": "stopped", "pool": "prod"});
    let bare = json!({"type": "qemu", "vmid": 202.0, "node": "pve1"});
    let server = node_with(json!([odd, bare])).await;
    config(
        &server,
        "lxc",
        201,
        json!({"hostname": "dns", "memory": "2048", "cores": "4", "onboot": true, "unprivileged": "1"}),
    )
    .await;
    config(&server, "qemu", 202, json!({"memory": "2048", "sockets": "2", "cores": "3"})).await;
    let fleet = read(&server).await;
    let facts = guest(&fleet, 201).facts.as_ref().unwrap().as_ref().unwrap();
    assert_eq!(
        (facts.name.as_str(), facts.kind, facts.cpus, facts.memory),
        ("dns", GuestKind::Lxc, 2, 1 << 30)
    );
    assert!(facts.template && facts.start_at_boot && facts.unprivileged);
    assert_eq!(facts.pool.as_deref(), Some("prod"));
    let facts = guest(&fleet, 202).facts.as_ref().unwrap().as_ref().unwrap();
    assert_eq!((facts.name.as_str(), facts.cpus, facts.memory), ("VM 202", 6, 2 << 30));
    assert_eq!(facts.status, "unknown");
    assert!(fleet.nodes[0].online);
}

#[tokio::test]
async fn the_processors_of_a_node_are_not_those_of_a_container_without_a_limit() {
    let container =
        |vmid: u32| json!({"type": "lxc", "vmid": vmid, "node": "pve1", "maxcpu": 32, "status": "running"});
    let server = node_with(json!([container(201), container(202), container(203)])).await;
    config(&server, "lxc", 201, json!({})).await;
    config(&server, "lxc", 202, json!({"cpulimit": "0"})).await;
    config(&server, "lxc", 203, json!({"cores": 32})).await;
    let fleet = read(&server).await;
    let cpus = |vmid| guest(&fleet, vmid).facts.as_ref().unwrap().as_ref().unwrap().cpus;
    assert_eq!([201, 202, 203].map(cpus), [0, 0, 32]);
}

#[tokio::test]
async fn statistics_that_hang_leave_what_the_configuration_says() {
    let unknown = json!({"type": "qemu", "vmid": 101, "node": "pve1", "status": "unknown", "maxcpu": 0, "maxmem": 0,
        "maxdisk": 0, "uptime": 0});
    let server = node_with(json!([unknown])).await;
    let said =
        json!({"name": "web", "cores": 4, "memory": "2048", "scsi0": "local-lvm:vm-101-disk-0,size=8G"});
    config(&server, "qemu", 101, said).await;
    let fleet = read(&server).await;
    let facts = guest(&fleet, 101).facts.as_ref().unwrap().as_ref().unwrap();
    assert_eq!((facts.name.as_str(), facts.status.as_str()), ("web", "unknown"));
    assert_eq!((facts.cpus, facts.memory, facts.disk), (4, 2 << 30, 8 << 30));
}

#[tokio::test]
async fn an_entry_without_a_vmid_is_told_and_the_others_are_read() {
    let server = node_with(json!([{"type": "qemu", "id": "qemu/9", "node": "pve1"}, vm(101)])).await;
    config(&server, "qemu", 101, json!({})).await;
    let fleet = read(&server).await;
    assert_eq!(codes(&fleet), ["proxmox-odd-entry"]);
    assert_eq!(fleet.guests.len(), 1);
    assert!(!fleet.complete);
}

#[tokio::test]
async fn a_node_that_cannot_be_reached_is_not_asked_for_each_of_its_guests() {
    let listing: Vec<Json> = (101..=140).map(vm).chain([pve1()]).collect();
    let server = node_with(listing.into()).await;
    for vmid in 101..=140 {
        let at = format!("/nodes/pve1/qemu/{vmid}/config");
        answer(&server, &at, ResponseTemplate::new(595)).await;
    }
    let endpoint = endpoint(&server.uri());
    let settings = ProxmoxSettings { concurrency: 1, max_retries: 1, ..quick() };
    let client = Proxmox::connect(&endpoint, settings).await.unwrap();
    let fleet = read_fleet(&client, &endpoint, NOW, &configs(), &|_, _| {}).await.unwrap();
    assert_eq!(fleet.guests.len(), 40);
    assert!((101..=140).all(|vmid| problem(&fleet, vmid).code == "proxmox-node-unreachable"));
    assert_eq!(client.requests(), 5 + 2);
    assert!(!fleet.complete);
}

#[tokio::test]
async fn a_node_that_hangs_is_given_up_after_a_few_guests() {
    let listing: Vec<Json> = (101..=120).map(vm).chain([pve1()]).collect();
    let server = node_with(listing.into()).await;
    for vmid in 101..=120 {
        let late = data(&json!({})).set_delay(std::time::Duration::from_secs(600));
        answer(&server, &format!("/nodes/pve1/qemu/{vmid}/config"), late).await;
    }
    let endpoint = endpoint(&server.uri());
    let settings = ProxmoxSettings {
        concurrency: 1,
        max_retries: 0,
        timeout: std::time::Duration::from_millis(150),
        ..quick()
    };
    let client = Proxmox::connect(&endpoint, settings).await.unwrap();
    let fleet = read_fleet(&client, &endpoint, NOW, &configs(), &|_, _| {}).await.unwrap();
    assert!((101..=120).all(|vmid| problem(&fleet, vmid).code == "proxmox-timeout"));
    assert_eq!(client.requests(), 5 + 3);
}

#[tokio::test]
async fn a_guest_that_moves_or_goes_during_the_read_is_followed() {
    let moved = json!({"type": "qemu", "vmid": 101, "node": "pve2", "name": "vm101"});
    let server = node_with(json!([pve1(), moved, vm(103)])).await;
    let before = json!([pve1(), vm(101), vm(102), vm(103)]);
    answer_first(&server, "/cluster/resources", data(&before), 1).await;
    let gone = ResponseTemplate::new(500).set_body_json(json!({"data": null,
        "message": "Configuration file 'nodes/pve1/qemu-server/x.conf' does not exist\n"}));
    for vmid in [101, 102, 103] {
        answer(&server, &format!("/nodes/pve1/qemu/{vmid}/config"), gone.clone()).await;
    }
    answer(&server, "/nodes/pve2/qemu/101/config", data(&json!({"cores": 3}))).await;
    let fleet = read(&server).await;
    assert_eq!(fleet.guests.iter().map(|guest| guest.vmid).collect::<Vec<_>>(), [101, 103]);
    assert_eq!(guest(&fleet, 101).facts.as_ref().unwrap().as_ref().unwrap().node, "pve2");
    assert_eq!(problem(&fleet, 103).code, "proxmox-server-error");
    assert_eq!(requests(&server, "/cluster/resources").await, 2);
}

#[tokio::test]
async fn a_guest_that_goes_during_the_read_does_not_count_as_gone_yet() {
    let server = node_with(json!([pve1(), vm(101)])).await;
    answer_first(&server, "/cluster/resources", data(&json!([pve1(), vm(101), vm(102)])), 1).await;
    config(&server, "qemu", 101, json!({})).await;
    let message = "Configuration file 'nodes/pve1/qemu-server/102.conf' does not exist\n";
    let gone = ResponseTemplate::new(500).set_body_json(json!({"data": null, "message": message}));
    answer(&server, "/nodes/pve1/qemu/102/config", gone).await;
    let fleet = read(&server).await;
    assert_eq!(fleet.guests.len(), 1);
    assert!(fleet.problems.is_empty() && !fleet.complete);
}

#[tokio::test]
async fn credentials_that_are_refused_during_the_read_are_not_tried_for_every_guest() {
    let listing: Vec<Json> = (101..=120).map(vm).chain([pve1()]).collect();
    let server = node_with(listing.into()).await;
    for vmid in 101..=120 {
        answer(&server, &format!("/nodes/pve1/qemu/{vmid}/config"), ResponseTemplate::new(401)).await;
    }
    let endpoint = endpoint(&server.uri());
    let client = Proxmox::connect(&endpoint, ProxmoxSettings { concurrency: 1, ..quick() }).await.unwrap();
    let fleet = read_fleet(&client, &endpoint, NOW, &configs(), &|_, _| {}).await.unwrap();
    assert!((101..=120).all(|vmid| problem(&fleet, vmid).code == "proxmox-unauthorized"));
    assert_eq!(client.requests(), 5 + 1);
}

#[tokio::test]
async fn a_failure_that_passes_is_not_seen() {
    let server = node_with(json!([pve1(), vm(101)])).await;
    config(&server, "qemu", 101, json!({})).await;
    answer_first(&server, "/nodes/pve1/qemu/101/config", ResponseTemplate::new(503), 1).await;
    answer_first(&server, "/cluster/resources", ResponseTemplate::new(502), 1).await;
    let fleet = read(&server).await;
    assert!(fleet.complete);
    assert_eq!(requests(&server, "/nodes/pve1/qemu/101/config").await, 2);
}

#[tokio::test]
async fn permissions_that_cannot_be_checked_leave_the_read_incomplete() {
    let server = server().await;
    let status = json!([{"type": "node", "name": "pve1", "online": 1}]);
    answer(&server, "/cluster/status", data(&status)).await;
    answer(&server, "/cluster/resources", data(&json!([vm(101)]))).await;
    config(&server, "qemu", 101, json!({})).await;
    answer(&server, "/access/permissions", ResponseTemplate::new(500)).await;
    let fleet = read(&server).await;
    assert!(matches!(guest(&fleet, 101).facts, Some(Ok(_))));
    assert_eq!(codes(&fleet), ["proxmox-server-error"]);
    assert!(!fleet.complete);
}

#[tokio::test]
async fn a_cluster_without_quorum_is_read_but_not_complete() {
    let server = server().await;
    let status = json!([
        {"type": "cluster", "name": "lab", "quorate": 0, "version": 4},
        {"type": "node", "name": "pve1", "online": 1},
    ]);
    answer(&server, "/cluster/status", data(&status)).await;
    answer(&server, "/cluster/resources", data(&json!([vm(101)]))).await;
    config(&server, "qemu", 101, json!({})).await;
    answer(&server, "/access/permissions", data(&json!({"/vms": {"VM.Audit": 1}}))).await;
    let fleet = read(&server).await;
    assert_eq!(codes(&fleet), ["proxmox-no-quorum"]);
    assert!(matches!(guest(&fleet, 101).facts, Some(Ok(_))) && !fleet.complete);
}

#[tokio::test]
async fn a_source_whose_status_makes_no_sense_is_an_error_that_names_the_step() {
    let server = node_with(json!([])).await;
    answer_first(&server, "/cluster/status", data(&json!({"odd": 1})), 9).await;
    let error = fleet_of(&endpoint(&server.uri())).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-unexpected-answer");
    assert!(error.to_string().contains("/cluster/status"), "{error}");
}

#[tokio::test]
async fn links_keep_to_the_first_address_whichever_answers() {
    let server = node_with(json!([pve1(), vm(101)])).await;
    config(&server, "qemu", 101, json!({})).await;
    let mut endpoint = endpoint(&crate::common::nothing_there());
    endpoint.ip_address = Some(server.uri());
    let fleet = fleet_of(&endpoint).await.unwrap();
    assert_eq!(Some(&fleet.source.url), endpoint.domain.as_ref());
}

#[test]
fn a_read_can_be_moved_between_threads() {
    fn movable<T: Send>(_: &T) {}
    let endpoint = endpoint("pve");
    let read = async move {
        let client = connect(&endpoint).await?;
        read_fleet(&client, &endpoint, NOW, &configs(), &|_, _| {}).await
    };
    movable(&read);
}
