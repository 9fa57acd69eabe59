//! Lists around the guests in shapes that only a crafted server has.

use crate::common::{answer, data, endpoint, node_with, parts_of};
use proxbox_model::facts::{GuestKind, Selection};
use proxbox_proxmox::{Fleet, Parts};
use serde_json::{Value as Json, json};
use wiremock::MockServer;

const LISTS: [&str; 6] = [
    "/storage",
    "/cluster/backup",
    "/cluster/replication",
    "/nodes/pve1/network",
    "/nodes/pve1/tasks",
    "/nodes/pve1/storage/nas/content",
];

fn pve1() -> Json {
    json!({"type": "node", "id": "node/pve1", "node": "pve1", "status": "online"})
}

fn nas() -> Json {
    json!({"storage": "nas", "type": "nfs", "content": "backup", "shared": "1"})
}

/// A node without guests, an account that may see all, and these lists.
async fn server_of(lists: [Json; 6]) -> MockServer {
    let size = json!({"type": "storage", "id": "storage/pve1/nas", "storage": "nas", "node": "pve1", "maxdisk": "9",
        "disk": 4, "status": "available"});
    let server = node_with(json!([pve1(), size])).await;
    for (path, list) in LISTS.into_iter().zip(lists) {
        answer(&server, path, data(&list)).await;
    }
    server
}

async fn read(server: &MockServer) -> Fleet {
    parts_of(&endpoint(&server.uri()), &Parts::all()).await.unwrap()
}

fn problems_at<'a>(fleet: &'a Fleet, path: &str) -> Vec<&'a str> {
    let here = |message: &&str| message.contains(path);
    fleet.problems.iter().map(|problem| problem.message.as_str()).filter(here).collect()
}

#[tokio::test]
async fn numbers_as_text_and_unknown_keys_spoil_nothing() {
    let server = server_of([
        json!([nas()]),
        json!([{"id": "b", "vmid": "101", "enabled": "0", "next-run": "5", "new": {"x": 1}}]),
        json!([{"id": "101-0", "target": "pve2", "guest": "101", "rate": "2.5"}]),
        json!([{"iface": "vmbr0", "type": "bridge", "active": "1", "cidr": "192.0.2.1/24", "mtu": "1500"}]),
        json!([{"upid": "U", "type": "qmstart", "id": 101, "starttime": "7", "user": "root@pam"}]),
        json!([{"volid": "nas:backup/vzdump-lxc-101-2026_01_01-00_00_00.tar.zst", "size": "3", "ctime": "9"}]),
    ])
    .await;
    let fleet = read(&server).await;
    assert!(LISTS.iter().all(|path| problems_at(&fleet, path).is_empty()), "{:?}", fleet.problems);
    assert_eq!((fleet.storages[0].total, fleet.storages[0].used), (Some(9), Some(4)));
    let routine = &fleet.routines[0];
    assert_eq!(
        (&routine.selection, routine.enabled, routine.next_run),
        (&Selection::Guests(vec![101]), false, Some(5))
    );
    assert_eq!((fleet.replications[0].vmid, fleet.replications[0].rate), (101, Some(2.5)));
    assert_eq!((fleet.node_interfaces[0].active, fleet.node_interfaces[0].mtu), (true, Some(1500)));
    assert_eq!((fleet.tasks[0].vmid, fleet.tasks[0].started, fleet.tasks[0].ended), (101, 7, None));
    let backup = &fleet.backups[0];
    assert_eq!(
        (backup.vmid, backup.guest, backup.format.as_str()),
        (Some(101), Some(GuestKind::Lxc), "tar.zst")
    );
    assert!(fleet.seen.networks.contains("pve1") && fleet.seen.backup_jobs);
}

#[tokio::test]
async fn an_odd_entry_of_a_list_is_told_and_the_others_are_read() {
    let server = server_of([
        json!([{"type": "dir"}, nas()]),
        json!([{"schedule": "x"}, {"id": "b"}]),
        json!([{"id": "x"}, {"id": "101-0", "target": "pve2"}]),
        json!([null, {"iface": "vmbr0"}]),
        json!([{"type": "qmstart"}, {"upid": "U", "type": "qmstart", "id": "101", "starttime": 7}]),
        json!([{"size": 1}, {"volid": "nas:backup/x"}]),
    ])
    .await;
    let fleet = read(&server).await;
    for path in LISTS {
        let told = problems_at(&fleet, &format!("entry 1 of {path} "));
        assert_eq!(told.len(), 1, "{path}: {:?}", fleet.problems);
    }
    assert_eq!((fleet.storages.len(), fleet.routines.len(), fleet.replications.len()), (1, 1, 1));
    assert_eq!((fleet.node_interfaces.len(), fleet.tasks.len(), fleet.backups.len()), (1, 1, 1));
    assert_eq!(fleet.seen, proxbox_proxmox::Seen::default());
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_called_by_its_path() {
    let server =
        server_of([json!([nas()]), json!(7), json!(null), json!("x"), json!({}), json!(false)]).await;
    let fleet = read(&server).await;
    for path in &LISTS[1..] {
        assert_eq!(problems_at(&fleet, &format!("reading {path} failed")).len(), 1, "{path}");
    }
    assert_eq!(fleet.storages.len(), 1);
}

#[tokio::test]
async fn an_account_that_sees_no_storages_sees_none_in_full() {
    let server = server_of([json!([nas()]), json!([]), json!([]), json!([]), json!([]), json!([])]).await;
    let fleet = read(&server).await;
    let hidden: Vec<&str> = problems_at(&fleet, "may not see every");
    assert_eq!(hidden.len(), 2, "storages and tasks: {hidden:?}");
    let notes: Vec<&str> = fleet.notes.iter().map(|note| note.code.as_str()).collect();
    assert_eq!(notes, ["proxmox-backups-hidden"]);
    assert!(!fleet.seen.storages && fleet.seen.backups.is_empty() && !fleet.seen.tasks);
    assert!(fleet.seen.replications && fleet.seen.backup_jobs);
}

#[tokio::test]
async fn without_quorum_no_list_counts_as_read_in_full() {
    let server = MockServer::start().await;
    let rights = json!({"/vms": {"VM.Audit": 1, "VM.Backup": 1}, "/nodes": {"Sys.Audit": 1},
        "/storage": {"Datastore.Audit": 1, "Datastore.AllocateSpace": 1}});
    for quorate in [1, 0] {
        server.reset().await;
        answer(&server, "/version", data(&json!({"version": "9.1.2"}))).await;
        let status = json!([{"type": "cluster", "name": "lab", "quorate": quorate},
            {"type": "node", "name": "pve1", "online": 1}]);
        answer(&server, "/cluster/status", data(&status)).await;
        answer(&server, "/cluster/resources", data(&json!([pve1()]))).await;
        answer(&server, "/access/permissions", data(&rights)).await;
        for path in LISTS {
            let list = if path == "/storage" { json!([nas()]) } else { json!([]) };
            answer(&server, path, data(&list)).await;
        }
        let seen = read(&server).await.seen;
        let expected = quorate == 1;
        assert_eq!(
            (seen.storages, seen.backup_jobs, seen.replications, seen.tasks),
            (expected, expected, expected, expected)
        );
        assert_eq!(seen.backups.contains("nas"), expected);
        assert!(seen.networks.contains("pve1"));
    }
}
