//! Snapshots and interfaces of guests in shapes and failures that only a crafted server has.

use crate::common::{answer, answer_first, data, endpoint, node_with, parts_of, requests};
use proxbox_model::facts::AddressOrigin;
use proxbox_proxmox::{Fleet, GuestRead, Parts};
use serde_json::{Value as Json, json};
use wiremock::{MockServer, ResponseTemplate};

fn vm(vmid: u32) -> Json {
    json!({"type": "qemu", "id": format!("qemu/{vmid}"), "vmid": vmid, "name": format!("vm{vmid}"), "node": "pve1",
        "status": "running"})
}

fn pve1() -> Json {
    json!({"type": "node", "id": "node/pve1", "node": "pve1", "status": "online"})
}

fn wanted() -> Parts {
    Parts { configs: true, agents: true, snapshots: true, ..Parts::default() }
}

/// A machine with an agent and one card.
async fn machine(server: &MockServer, node: &str, vmid: u32) {
    let mac = format!("BC:24:11:00:00:{:02X}", vmid % 256);
    let config = json!({"agent": "1", "net5": format!("virtio={mac},bridge=vmbr0,tag=40"),
        "ipconfig5": "ip=192.0.2.9/24", "scsi0": "ceph:vm-1-disk-0,size=8G"});
    answer(server, &format!("/nodes/{node}/qemu/{vmid}/config"), data(&config)).await;
}

async fn below(server: &MockServer, vmid: u32, what: &str, response: ResponseTemplate) {
    answer(server, &format!("/nodes/pve1/qemu/{vmid}/{what}"), response).await;
}

async fn snapshots(server: &MockServer, vmid: u32, list: Json) {
    below(server, vmid, "snapshot", data(&list)).await;
}

async fn inside(server: &MockServer, vmid: u32, response: ResponseTemplate) {
    below(server, vmid, "agent/network-get-interfaces", response).await;
}

async fn read(server: &MockServer) -> Fleet {
    parts_of(&endpoint(&server.uri()), &wanted()).await.unwrap()
}

fn guest(fleet: &Fleet, vmid: u32) -> &GuestRead {
    fleet.guests.iter().find(|guest| guest.vmid == vmid).unwrap()
}

fn codes(fleet: &Fleet) -> Vec<&str> {
    fleet.problems.iter().map(|problem| problem.code.as_str()).collect()
}

fn refused(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"data": null, "message": format!("{message}\n")}))
}

#[tokio::test]
async fn what_the_agent_says_is_merged_with_the_configuration() {
    let server = node_with(json!([pve1(), vm(101)])).await;
    machine(&server, "pve1", 101).await;
    snapshots(&server, 101, json!([{"name": "a", "snaptime": 5}, {"name": "current", "parent": "a"}])).await;
    let list = json!({"result": [
        {"name": "lo", "ip-addresses": [{"ip-address": "::1", "prefix": 128}]},
        {"name": "ens18", "hardware-address": "bc:24:11:00:00:65", "ip-addresses": [
            {"ip-address": "fe80::1", "prefix": 64}, {"ip-address": "192.0.2.10", "prefix": 24}]}]});
    inside(&server, 101, data(&list)).await;
    let fleet = read(&server).await;
    assert!(fleet.complete && fleet.problems.is_empty(), "{:?}", fleet.problems);
    let read = guest(&fleet, 101);
    assert_eq!(
        (read.interfaces[0].key.as_str(), read.interfaces[0].guest_name.as_deref()),
        ("net5", Some("ens18"))
    );
    assert_eq!(read.guest_interfaces[0].net.as_deref(), Some("net5"));
    let addresses: Vec<_> =
        read.addresses.iter().map(|fact| (fact.address.ip.as_str(), fact.link_local)).collect();
    assert_eq!(addresses, [("fe80::1", true), ("192.0.2.10", false)]);
    assert_eq!(read.primary.as_ref().unwrap().candidates.len(), 1);
    assert_eq!((read.snapshots.len(), read.snapshots[0].storage.as_deref()), (1, Some("ceph")));
    assert_eq!(
        (fleet.vlans_of_guests[0].id, fleet.vlans_of_guests[0].bridges.clone()),
        (40, vec!["vmbr0".to_owned()])
    );
}

#[tokio::test]
async fn guests_that_cannot_have_snapshots_have_none() {
    let server = node_with(json!([pve1(), vm(101), vm(102), vm(103)])).await;
    for (vmid, response) in [
        (101, refused(501, "Method 'GET snapshot' not implemented")),
        (102, refused(500, "snapshot feature is not supported")),
        (103, refused(500, "unable to open file")),
    ] {
        machine(&server, "pve1", vmid).await;
        below(&server, vmid, "snapshot", response).await;
        inside(&server, vmid, data(&json!({"result": []}))).await;
    }
    let fleet = read(&server).await;
    assert_eq!(fleet.seen.snapshots.iter().copied().collect::<Vec<_>>(), [101, 102]);
    assert_eq!(codes(&fleet), ["proxmox-server-error"]);
    assert!(fleet.problems[0].message.contains("/103/snapshot"));
    assert!(fleet.complete && guest(&fleet, 103).facts.as_ref().unwrap().is_ok());
}

#[tokio::test]
async fn an_odd_entry_leaves_the_others_but_not_the_whole_seen() {
    let server = node_with(json!([pve1(), vm(101)])).await;
    machine(&server, "pve1", 101).await;
    snapshots(&server, 101, json!([{"snaptime": 1}, {"name": "b", "snaptime": "7"}, "x"])).await;
    let mac = "bc:24:11:00:00:65";
    let list = json!({"result": [7, {"name": "ens18", "hardware-address": mac, "ip-addresses": "odd", "inet": "192.0.2.7/24"}]});
    inside(&server, 101, data(&list)).await;
    let fleet = read(&server).await;
    assert_eq!(codes(&fleet), ["proxmox-odd-entry", "proxmox-odd-entry"]);
    assert_eq!(guest(&fleet, 101).snapshots[0].taken, Some(7));
    assert_eq!(guest(&fleet, 101).addresses[0].address.ip, "192.0.2.7");
    assert!(fleet.seen.snapshots.is_empty() && fleet.seen.agents.is_empty());
    assert!(fleet.seen.configs.contains(&101));
}

#[tokio::test]
async fn a_guest_whose_configuration_cannot_be_read_is_not_asked_further() {
    let server = node_with(json!([pve1(), vm(101)])).await;
    below(&server, 101, "config", refused(500, "unable to parse")).await;
    let fleet = read(&server).await;
    assert_eq!(requests(&server, "/nodes/pve1/qemu/101/snapshot").await, 0);
    assert!(fleet.problems.is_empty() && matches!(guest(&fleet, 101).facts, Some(Err(_))));
    assert_eq!(fleet.seen, proxbox_proxmox::Seen::default());
}

#[tokio::test]
async fn agents_are_asked_only_where_something_can_answer() {
    let mut stopped = vm(102);
    stopped["status"] = json!("stopped");
    let server = node_with(json!([pve1(), vm(101), stopped])).await;
    below(&server, 101, "config", data(&json!({"agent": "0"}))).await;
    machine(&server, "pve1", 102).await;
    for vmid in [101, 102] {
        snapshots(&server, vmid, json!([])).await;
    }
    let fleet = read(&server).await;
    for vmid in [101, 102] {
        assert_eq!(
            requests(&server, &format!("/nodes/pve1/qemu/{vmid}/agent/network-get-interfaces")).await,
            0
        );
    }
    assert!(fleet.problems.is_empty());
    assert_eq!(fleet.seen.agents.iter().copied().collect::<Vec<_>>(), [101], "who is stopped may have more");
    assert_eq!(guest(&fleet, 102).addresses[0].origin, AddressOrigin::Config);
}

#[tokio::test]
async fn proxmoxs_own_time_out_of_an_agent_names_the_guest() {
    let server = node_with(json!([pve1(), vm(101)])).await;
    machine(&server, "pve1", 101).await;
    snapshots(&server, 101, json!([])).await;
    inside(
        &server,
        101,
        refused(500, "VM 101 qga command 'guest-network-get-interfaces' failed - got timeout"),
    )
    .await;
    let fleet = read(&server).await;
    let [note] = &fleet.notes[..] else { panic!("{:?}", fleet.notes) };
    assert_eq!(note.code, "proxmox-agent-timeout");
    assert!(note.message.contains("VM 101 (vm101)"), "{}", note.message);
    assert!(fleet.problems.is_empty() && fleet.seen.agents.is_empty(), "{:?}", fleet.problems);
    assert_eq!(guest(&fleet, 101).addresses[0].address.ip, "192.0.2.9");
}

#[tokio::test]
async fn a_guest_that_moves_between_two_questions_is_followed() {
    let moved = json!({"type": "qemu", "vmid": 101, "node": "pve2", "name": "vm101", "status": "running"});
    let server = node_with(json!([pve1(), moved])).await;
    answer_first(&server, "/cluster/resources", data(&json!([pve1(), vm(101)])), 1).await;
    for node in ["pve1", "pve2"] {
        machine(&server, node, 101).await;
    }
    let gone = refused(500, "Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist");
    below(&server, 101, "snapshot", gone.clone()).await;
    inside(&server, 101, gone).await;
    answer(&server, "/nodes/pve2/qemu/101/snapshot", data(&json!([{"name": "a"}]))).await;
    answer(&server, "/nodes/pve2/qemu/101/agent/network-get-interfaces", data(&json!({"result": []}))).await;
    let fleet = read(&server).await;
    assert!(fleet.problems.is_empty(), "{:?}", fleet.problems);
    let read = guest(&fleet, 101);
    assert_eq!((read.node.as_str(), read.snapshots[0].node.as_str()), ("pve2", "pve2"));
    assert!(fleet.seen.agents.contains(&101) && fleet.seen.snapshots.contains(&101));
}

#[tokio::test]
async fn a_node_that_dies_during_the_read_is_one_problem_for_all_its_guests() {
    let listing: Vec<Json> = (101..=120).map(vm).chain([pve1()]).collect();
    let server = node_with(listing.into()).await;
    for vmid in 101..=120 {
        machine(&server, "pve1", vmid).await;
        below(&server, vmid, "snapshot", ResponseTemplate::new(595)).await;
        inside(&server, vmid, ResponseTemplate::new(595)).await;
    }
    let fleet = read(&server).await;
    assert!(fleet.problems.len() <= 2, "one of its agents may be asked before: {:?}", fleet.problems);
    assert!(codes(&fleet).iter().all(|code| *code == "proxmox-node-unreachable"));
    assert!(fleet.seen.snapshots.is_empty() && fleet.seen.agents.is_empty());
}
