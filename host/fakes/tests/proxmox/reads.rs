use crate::client::{data, fleet, get, refusal, start};
use proxbox_fakes::fleet::{Agent, Fleet, FleetSpec, Guest, GuestKind};
use serde_json::{Value, json};

fn find<'a>(list: &'a Value, key: &str, value: &Value) -> &'a Value {
    list.as_array()
        .unwrap()
        .iter()
        .find(|entry| entry[key] == *value)
        .unwrap_or_else(|| panic!("no {key} {value}"))
}

fn pick(fleet: &Fleet, what: impl Fn(&Guest) -> bool) -> Guest {
    fleet.guests.values().find(|guest| what(guest)).unwrap().clone()
}

#[tokio::test]
async fn a_cluster_has_an_entry_of_its_own_and_a_standalone_node_has_not() {
    let fake = start(fleet()).await;
    let status = data(&fake, "/cluster/status").await;
    assert_eq!(
        status[0],
        json!({"type": "cluster", "id": "cluster", "name": "lab", "nodes": 3, "quorate": 1, "version": 3})
    );
    assert_eq!(status.as_array().unwrap().len(), 4);
    let join = data(&fake, "/cluster/config/join").await;
    assert_eq!(join["nodelist"].as_array().unwrap().len(), 3);

    let alone = start(Fleet::generate(&FleetSpec::standalone("edge", 5, 1))).await;
    let status = data(&alone, "/cluster/status").await;
    assert_eq!(status.as_array().unwrap().len(), 1);
    assert_eq!(
        (&status[0]["type"], &status[0]["name"], &status[0]["nodeid"]),
        (&json!("node"), &json!("edge"), &json!(0))
    );
    let (status, reason, _) = refusal(get(&alone, "/cluster/config/join")).await;
    assert_eq!((status, reason.as_str()), (500, "node is not in a cluster, no join info available!"));
}

#[tokio::test]
async fn an_offline_node_leaves_its_guests_without_a_name_and_its_paths_unreachable() {
    let fake = start(fleet()).await;
    let guest = pick(&fleet(), |guest| guest.node == "pve2");
    fake.change(|fleet| fleet.set_node_online("pve2", false)).unwrap();
    let resources = data(&fake, "/cluster/resources?type=vm").await;
    assert_eq!(resources.as_array().unwrap().len(), 60);
    let entry = find(&resources, "vmid", &json!(guest.vmid));
    assert_eq!(
        (&entry["status"], &entry["name"], &entry["maxmem"]),
        (&json!("unknown"), &Value::Null, &Value::Null)
    );
    let nodes = data(&fake, "/nodes").await;
    assert_eq!(find(&nodes, "node", &json!("pve2"))["status"], "offline");
    let path = format!("/nodes/pve2/{}/config", guest.id());
    let (status, reason, body) = refusal(get(&fake, &path)).await;
    assert_eq!((status, reason.as_str(), body), (595, "No route to host", json!("")));
}

#[tokio::test]
async fn a_configuration_shows_disks_and_networks_as_lines() {
    let fake = start(fleet()).await;
    let vmid = fake.change(|fleet| fleet.add_guest(GuestKind::Qemu, "plain"));
    let config = data(&fake, &format!("/nodes/pve1/qemu/{vmid}/config")).await;
    assert_eq!(config["scsi0"], json!(format!("local-lvm:vm-{vmid}-disk-0,size=32G")));
    assert_eq!(
        (&config["name"], &config["memory"], &config["cores"]),
        (&json!("plain"), &json!("2048"), &json!(2))
    );
    assert_eq!(config["digest"].as_str().unwrap().len(), 40);
    fake.change(|fleet| fleet.resize_disk(vmid, "scsi0", "64G")).unwrap();
    let after = data(&fake, &format!("/nodes/pve1/qemu/{vmid}/config")).await;
    assert_ne!(config["digest"], after["digest"]);
    assert_eq!(after["scsi0"], json!(format!("local-lvm:vm-{vmid}-disk-0,size=64G")));

    let vmid = fake.change(|fleet| fleet.add_guest(GuestKind::Lxc, "box"));
    let config = data(&fake, &format!("/nodes/pve1/lxc/{vmid}/config")).await;
    assert_eq!((&config["hostname"], &config["memory"]), (&json!("box"), &json!(2048)));
    assert!(config["net0"].as_str().unwrap().starts_with("name=eth0,bridge=vmbr0,hwaddr=BC:24:11:"));
}

#[tokio::test]
async fn a_guest_that_is_not_there_is_a_missing_configuration_file() {
    let fake = start(fleet()).await;
    let guest = pick(&fleet(), |guest| guest.node == "pve1");
    for (path, file) in [
        ("/nodes/pve1/qemu/999999/config".to_owned(), "qemu-server/999999".to_owned()),
        (format!("/nodes/pve2/{}/config", guest.id()), guest.id().replace("qemu/", "qemu-server/")),
    ] {
        let node = &path[7..11];
        let (status, reason, body) = refusal(get(&fake, &path)).await;
        assert_eq!(
            (status, reason),
            (500, format!("Configuration file 'nodes/{node}/{file}.conf' does not exist"))
        );
        assert_eq!(body["data"], Value::Null);
    }
    let (status, reason, body) = refusal(get(&fake, "/nodes/pve1/qemu/abc/config")).await;
    assert_eq!((status, reason.as_str()), (400, "Parameter verification failed."));
    assert_eq!(body["errors"]["vmid"], "type check ('integer') failed - got 'abc'");
    let (status, reason, _) = refusal(get(&fake, "/nodes/nowhere/status")).await;
    assert_eq!(status, 500);
    assert!(reason.starts_with("hostname lookup 'nowhere' failed"), "{reason}");
}

#[tokio::test]
async fn an_agent_answers_only_when_it_can() {
    let fake = start(fleet()).await;
    let vmid = fake.change(|fleet| {
        let vmid = fleet.add_guest(GuestKind::Qemu, "talks");
        fleet.set_addresses(vmid, 0, vec![("192.0.2.7".parse().unwrap(), 24)]).unwrap();
        vmid
    });
    let path = format!("/nodes/pve1/qemu/{vmid}/agent/network-get-interfaces");
    let answer = data(&fake, &path).await;
    let expected = json!([{"ip-address": "192.0.2.7", "ip-address-type": "ipv4", "prefix": 24}]);
    assert_eq!(answer["result"][0]["ip-addresses"], expected);
    let name = data(&fake, &format!("/nodes/pve1/qemu/{vmid}/agent/get-host-name")).await;
    assert_eq!(name, json!({"result": {"host-name": "talks"}}));

    let mut reasons = Vec::new();
    fake.change(|fleet| fleet.change(vmid).unwrap().agent = Agent::Silent);
    reasons.push(refusal(get(&fake, &path)).await.1);
    fake.change(|fleet| fleet.stop(vmid)).unwrap();
    reasons.push(refusal(get(&fake, &path)).await.1);
    fake.change(|fleet| fleet.change(vmid).unwrap().agent = Agent::Absent);
    reasons.push(refusal(get(&fake, &path)).await.1);
    let stopped = format!("VM {vmid} is not running");
    assert_eq!(reasons, ["QEMU guest agent is not running", &stopped, "No QEMU guest agent configured"]);
}

#[tokio::test]
async fn a_stopped_container_has_null_for_interfaces() {
    let fake = start(fleet()).await;
    let vmid = fake.change(|fleet| fleet.add_guest(GuestKind::Lxc, "box"));
    let path = format!("/nodes/pve1/lxc/{vmid}/interfaces");
    assert_eq!(data(&fake, &path).await[0]["name"], "eth0");
    fake.change(|fleet| fleet.stop(vmid)).unwrap();
    assert_eq!(data(&fake, &path).await, Value::Null);
}

#[tokio::test]
async fn snapshots_end_with_the_state_of_now() {
    let fake = start(fleet()).await;
    let vmid = fake.change(|fleet| {
        let vmid = fleet.add_guest(GuestKind::Qemu, "snapped");
        fleet.take_snapshot(vmid, "one").unwrap();
        fleet.take_snapshot(vmid, "two").unwrap();
        vmid
    });
    let list = data(&fake, &format!("/nodes/pve1/qemu/{vmid}/snapshot")).await;
    let chain: Vec<(&str, &Value)> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["name"].as_str().unwrap(), &entry["parent"]))
        .collect();
    assert_eq!(chain, [("one", &Value::Null), ("two", &json!("one")), ("current", &json!("two"))]);
}

#[tokio::test]
async fn a_shared_storage_shows_the_same_backups_on_every_node_and_a_local_one_its_own() {
    let fake = start(fleet()).await;
    let content = async |node: &str, storage: &str| {
        data(&fake, &format!("/nodes/{node}/storage/{storage}/content?content=backup")).await
    };
    assert_eq!(content("pve1", "pbs-main").await, content("pve2", "pbs-main").await);
    assert_ne!(content("pve1", "local").await, content("pve2", "local").await);
    let backups = content("pve1", "pbs-main").await;
    let vmid = &backups[0]["vmid"];
    let only = data(&fake, &format!("/nodes/pve1/storage/pbs-main/content?content=backup&vmid={vmid}")).await;
    assert!(only.as_array().unwrap().iter().all(|backup| backup["vmid"] == *vmid));
    for (path, reason) in [
        ("/nodes/pve3/storage/tank/content", "storage 'tank' is not available on node 'pve3'"),
        ("/nodes/pve1/storage/gone/content", "storage 'gone' does not exist"),
        ("/nodes/pve1/storage/usb-archive/content", "storage 'usb-archive' is disabled"),
    ] {
        assert_eq!(refusal(get(&fake, path)).await.1, reason);
    }
}

#[tokio::test]
async fn tasks_come_newest_first_and_fifty_at_a_time() {
    let fake = start(Fleet::generate(&FleetSpec::new("lab", 1, 100, 7))).await;
    let all = data(&fake, "/nodes/pve1/tasks?limit=100000").await;
    let all = all.as_array().unwrap();
    assert_eq!(data(&fake, "/nodes/pve1/tasks").await, json!(all[..50]));
    assert_eq!(data(&fake, "/nodes/pve1/tasks?start=50").await, json!(all[50..100]));
    assert!(all.is_sorted_by_key(|task| std::cmp::Reverse(task["starttime"].as_u64())));
    let upid = all[0]["upid"].as_str().unwrap();
    let status = data(&fake, &format!("/nodes/pve1/tasks/{}/status", upid.replace(':', "%3A"))).await;
    assert_eq!((&status["status"], &status["exitstatus"]), (&json!("stopped"), &all[0]["status"]));
    let since = all[10]["starttime"].as_u64().unwrap();
    let newer = data(&fake, &format!("/nodes/pve1/tasks?limit=1000&since={since}")).await;
    assert!(newer.as_array().unwrap().iter().all(|task| task["starttime"].as_u64().unwrap() >= since));
    let dumps = data(&fake, "/nodes/pve1/tasks?typefilter=vzdump").await;
    assert!(dumps.as_array().unwrap().iter().all(|task| task["type"] == "vzdump"));
}

#[tokio::test]
async fn resources_are_filtered_by_type_and_change_from_one_read_to_the_next() {
    let fake = start(fleet()).await;
    let all = data(&fake, "/cluster/resources").await;
    let mut counted = 3;
    for kind in ["vm", "node", "storage", "sdn"] {
        counted += data(&fake, &format!("/cluster/resources?type={kind}")).await.as_array().unwrap().len();
    }
    assert_eq!(counted, all.as_array().unwrap().len(), "the rest are the three pools");
    assert_ne!(all, data(&fake, "/cluster/resources").await, "loads and uptimes move");
    let (status, _, body) = refusal(get(&fake, "/cluster/resources?type=pod")).await;
    assert_eq!((status, body["errors"]["type"].is_string()), (400, true));
}

#[tokio::test]
async fn an_unknown_path_and_any_writing_are_not_implemented() {
    let fake = start(fleet()).await;
    let (status, reason, _) = refusal(get(&fake, "/nodes/pve1/nonsense")).await;
    assert_eq!((status, reason.as_str()), (501, "Method 'GET /nodes/pve1/nonsense' not implemented"));
    let (user, name, secret) = fake.token();
    let token = format!("PVEAPIToken={user}!{name}={secret}");
    let write = crate::client::request(&fake, reqwest::Method::POST, "/nodes/pve1/qemu")
        .header("authorization", token);
    assert_eq!(refusal(write).await.0, 501);
    assert_eq!(fake.requests().last().unwrap().method, "POST");
}

#[tokio::test]
async fn a_running_task_is_active_and_has_no_end() {
    let mut fleet = fleet();
    let mut task = fleet.tasks.last().unwrap().clone();
    task.node = "pve1".to_owned();
    (task.ended, task.status, task.pid) = (None, String::new(), 7);
    fleet.tasks.push(task.clone());
    let fake = start(fleet).await;
    let archived = data(&fake, "/nodes/pve1/tasks?limit=1000").await;
    assert!(archived.as_array().unwrap().iter().all(|entry| entry["upid"] != task.upid()));
    let active = data(&fake, "/nodes/pve1/tasks?source=active").await;
    let entry = find(&active, "upid", &json!(task.upid()));
    assert_eq!((&entry["status"], &entry["endtime"]), (&json!("RUNNING"), &Value::Null));
    let status = data(&fake, &format!("/nodes/pve1/tasks/{}/status", task.upid())).await;
    assert_eq!((&status["status"], &status["exitstatus"]), (&json!("running"), &Value::Null));
}
