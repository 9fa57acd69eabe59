//! What the plugin's pages and jobs ask Proxmox and NetBox through the service.

use crate::lab::Lab;
use proxbox_fakes::fleet::{Fleet, FleetSpec, GuestKind};
use proxbox_fakes::netbox::{self, FakeNetbox};
use proxbox_fakes::proxmox::{self, FakeProxmox, Fault};
use serde_json::{Value, json};
use std::time::Duration;

const SCOPE: &str = "source=database&proxmox_endpoint_ids=1";
/// Names and secrets of the tokens of the fake: one that sees all, and one that sees nothing.
const READER: (&str, &str) = ("sync", "0f5c1d8e-6a7b-4c39-9d21-3e8a7b5c4d10");
const BLIND: (&str, &str) = ("separated", "9b8a7c6d-5e4f-4d3c-a2b1-0f9e8d7c6b5a");

fn cluster(name: &str, version: &str) -> Fleet {
    Fleet::generate(&FleetSpec { version: version.to_owned(), ..FleetSpec::new(name, 2, 12, 1) })
}

async fn serve(fleet: Fleet) -> FakeProxmox {
    FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap()
}

/// Stores an endpoint as the plugin does, under this key of the plugin.
async fn store(lab: &Lab, key: u32, proxmox: &FakeProxmox, (token, secret): (&str, &str)) {
    let fingerprint: String = proxmox.fingerprint().iter().map(|byte| format!("{byte:02x}")).collect();
    let endpoint = json!({
        "name": format!("e{key} (nb:{key})"), "ip_address": "127.0.0.1", "domain": null, "port": proxmox.addr().port(),
        "username": "proxbox@pve", "password": null, "verify_ssl": false, "token_name": token, "token_value": secret,
        "fingerprint": fingerprint, "timeout": 5, "max_retries": 0,
    });
    let (code, stored) = lab.post("/proxmox/endpoints", endpoint).await;
    assert_eq!((code, &stored["id"]), (200, &json!(key)));
}

/// One cluster that is stored as endpoint 1.
async fn one(fleet: Fleet) -> (Lab, FakeProxmox) {
    let (lab, proxmox) = (Lab::keyed().await, serve(fleet).await);
    store(&lab, 1, &proxmox, READER).await;
    (lab, proxmox)
}

async fn got(lab: &Lab, path: &str) -> Value {
    let with = if path.contains('?') { '&' } else { '?' };
    let (code, body) = lab.get(&format!("{path}{with}{SCOPE}")).await;
    assert_eq!(code, 200, "{path}: {body}");
    body
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

#[tokio::test]
async fn the_card_and_the_badge_get_version_and_session() {
    let (lab, proxmox) = one(cluster("lab", "9.2.1")).await;
    let version = got(&lab, "/proxmox/version").await;
    assert_eq!((list(&version).len(), &version[0]["lab"]["version"]), (1, &json!("9.2.1")), "{version}");
    let sessions = got(&lab, "/proxmox/sessions").await;
    let session = json!([{"ip_address": "127.0.0.1", "domain": null, "http_port": proxmox.addr().port(),
        "user": "proxbox@pve", "name": "lab", "mode": "cluster", "proxmox_version": "9.2.1",
        "schema_release": "9.2", "schema_status": "available"}]);
    assert_eq!(sessions, session);
    for selection in ["ip_address=127.0.0.1", "name=e1", "target_name=e1%20(nb:1)", "endpoint_ids=1", ""] {
        assert_eq!(
            lab.get(&format!("/proxmox/version?{selection}")).await,
            (200, version.clone()),
            "{selection}"
        );
    }
}

#[tokio::test]
async fn the_cluster_and_its_nodes_have_the_shape_that_the_job_stores() {
    let (lab, _proxmox) = one(cluster("lab", "9.2.1")).await;
    let status = lab.get("/proxmox/cluster/status?proxmox_endpoint_ids=1").await.1;
    let record = &status[0];
    let head = ["type", "name", "id", "nodes", "quorate", "mode"].map(|member| record[member].clone());
    assert_eq!(
        head,
        [json!("cluster"), json!("lab"), json!("cluster"), json!(2), json!(true), json!("cluster")]
    );
    assert!(list(&status).len() == 1 && record["version"].is_u64(), "{status}");
    assert_eq!(list(&record["node_list"]).len(), 2, "{record}");
    for node in list(&record["node_list"]) {
        assert_eq!((&node["type"], &node["online"]), (&json!("node"), &json!(true)), "{node}");
        assert!(node["id"].is_string() && node["nodeid"].is_u64() && node["local"].is_boolean(), "{node}");
        assert!(node["ip"].as_str().unwrap().parse::<std::net::IpAddr>().is_ok(), "{node}");
    }
    let nodes = lab.get("/proxmox/nodes/?proxmox_endpoint_ids=1").await.1;
    let names: Vec<_> = list(&nodes).iter().map(|node| node["node"].as_str().unwrap()).collect();
    assert_eq!(names, ["pve1", "pve2"]);
    for member in ["cpu", "maxcpu", "mem", "maxmem", "disk", "maxdisk", "uptime"] {
        assert!(nodes[0][member].is_number(), "{member}: {nodes}");
    }
    assert!(nodes[0]["ssl_fingerprint"].is_string() && nodes[0]["level"].is_string(), "{nodes}");
}

#[tokio::test]
async fn a_node_on_its_own_is_a_record_of_its_own() {
    let (lab, proxmox) = one(Fleet::generate(&FleetSpec::standalone("solo", 3, 1))).await;
    let own = proxmox.change(|fleet| fleet.nodes[0].ip.to_string());
    let status = got(&lab, "/proxmox/cluster/status").await;
    assert_eq!((&status[0]["mode"], &status[0]["name"]), (&json!("standalone"), &json!("solo")), "{status}");
    assert_eq!(status[0]["node_list"][0]["ip"], json!(own), "{status}");
    assert_eq!(got(&lab, "/proxmox/sessions").await[0]["mode"], "standalone");
    let silent =
        json!([{"type": "node", "name": "solo", "id": "node/solo", "online": 1, "local": 1, "nodeid": 0}]);
    proxmox.fault("/cluster/status", Fault::Data(silent));
    let status = got(&lab, "/proxmox/cluster/status").await;
    assert_eq!(status[0]["node_list"][0]["ip"], "127.0.0.1", "the address that it is read at: {status}");
}

#[tokio::test]
async fn a_member_without_an_address_takes_the_one_that_it_joined_with_or_is_left_out() {
    let (lab, proxmox) = one(cluster("lab", "9.2.1")).await;
    let joined = proxmox.change(|fleet| fleet.nodes[1].ip.to_string());
    let silent = json!([{"type": "cluster", "name": "lab", "id": "cluster", "nodes": 2, "quorate": 1, "version": 2},
        {"type": "node", "name": "pve1", "id": "node/pve1", "ip": "192.0.2.1", "online": 1, "local": 1, "nodeid": 1},
        {"type": "node", "name": "pve2", "id": "node/pve2", "online": 0, "local": 0, "nodeid": 2}]);
    proxmox.fault("/cluster/status", Fault::Data(silent));
    let nodes = got(&lab, "/proxmox/cluster/status").await[0]["node_list"].clone();
    assert_eq!((&nodes[0]["ip"], &nodes[1]["ip"]), (&json!("192.0.2.1"), &json!(joined)));
    proxmox.fault("/cluster/config/join", Fault::Status(403, "Permission check failed".to_owned()));
    let nodes = got(&lab, "/proxmox/cluster/status").await[0]["node_list"].clone();
    assert_eq!((list(&nodes).len(), &nodes[0]["name"]), (1, &json!("pve1")), "no address is made up");
}

#[tokio::test]
async fn resources_and_storages_stand_under_the_name_of_their_cluster() {
    let (lab, _proxmox) = one(cluster("lab", "9.2.1")).await;
    let guests = got(&lab, "/proxmox/cluster/resources?type=vm").await;
    let guests = list(&guests[0]["lab"]);
    assert_eq!(guests.len(), 12);
    assert!(guests.iter().all(|guest| ["qemu", "lxc"].contains(&guest["type"].as_str().unwrap())));
    assert!(list(&got(&lab, "/proxmox/cluster/resources").await[0]["lab"]).len() > 12);
    assert_eq!(lab.get("/proxmox/cluster/resources?type=pool").await.0, 422);

    let storages = got(&lab, "/proxmox/storage").await;
    let storages = list(&storages[0]["lab"]);
    let local = storages.iter().find(|storage| storage["storage"] == "local").unwrap();
    let bytes = ["total", "used", "avail"].map(|member| local[member].as_u64().unwrap());
    assert!(bytes[0] > 0 && bytes[1] + bytes[2] == bytes[0], "{local}");
    let is_flat =
        |row: &Value| row.as_object().unwrap().values().all(|value| !value.is_object() && !value.is_array());
    assert!(storages.iter().all(is_flat), "clients take nested objects for entries: {storages:?}");

    let backups = "/proxmox/nodes/pve1/storage/pbs-main/content?content=backup";
    let content = got(&lab, backups).await;
    let content = list(&content);
    assert!(
        !content.is_empty() && content.iter().all(|row| is_flat(row) && row["volid"].is_string()),
        "{content:?}"
    );
    assert!(content.iter().any(|row| row["verification_state"].is_string()), "{content:?}");
}

#[tokio::test]
async fn lists_of_a_node_and_of_a_cluster_come_as_they_are() {
    let (lab, proxmox) = one(cluster("lab", "9.2.1")).await;
    let bridges = got(&lab, "/proxmox/nodes/pve1/network?type=bridge").await;
    assert!(
        !list(&bridges).is_empty() && list(&bridges).iter().all(|interface| interface["type"] == "bridge")
    );
    let machines = proxmox.change(|fleet| {
        fleet.guests.values().filter(|guest| guest.kind == GuestKind::Qemu && guest.node == "pve1").count()
    });
    assert_eq!(list(&got(&lab, "/proxmox/nodes/pve1/qemu").await).len(), machines);
    assert_eq!(list(&got(&lab, "/proxmox/nodes/pve1/qemu?cluster_name=lab").await).len(), machines);
    let missing = |node: &str| (404, json!({"detail": format!("Node {node} not found")}));
    assert_eq!(lab.get("/proxmox/nodes/pve1/qemu?cluster_name=other").await, missing("pve1"));
    assert_eq!(lab.get("/proxmox/nodes/pve9/network").await, missing("pve9"));
    for path in ["/proxmox/cluster/backup", "/proxmox/replication"] {
        let jobs = got(&lab, path).await;
        assert!(
            !list(&jobs).is_empty() && list(&jobs).iter().all(|job| job["cluster_name"] == "lab"),
            "{jobs}"
        );
    }
    let overview = got(&lab, "/proxmox/").await;
    assert_eq!(
        (&overview["message"], &overview["clusters"][0]["lab"]["nodes"]),
        (&json!("Proxmox API"), &json!(["pve1", "pve2"]))
    );
    assert!(got(&lab, "/proxmox/access").await[0]["lab"][0]["subdir"].is_string());
    assert_eq!(list(&got(&lab, "/proxmox/nodes").await[0]["lab"]).len(), 2);
    assert_eq!(lab.get("/proxmox/pools").await.0, 422);
    assert_eq!(
        lab.get("/proxmox/endpoints").await.1[0]["id"],
        1,
        "the stored endpoints are no top level of Proxmox"
    );
    let time = got(&lab, "/proxmox/api2/nodes/pve1/time?target_name=e1%20(nb:1)").await;
    assert_eq!(time["timezone"], "Europe/Berlin");
}

#[tokio::test]
async fn a_configuration_comes_whole_with_its_disks_and_networks_taken_apart() {
    let (lab, proxmox) = one(cluster("lab", "9.2.1")).await;
    let guests = proxmox.change(|fleet| {
        fleet.guest_mut(100).unwrap().options.insert("cipassword".to_owned(), json!("hunter2"));
        fleet
            .guests
            .values()
            .map(|guest| (guest.vmid, guest.kind, guest.node.clone(), guest.config()))
            .collect::<Vec<_>>()
    });
    for (vmid, kind, node, config) in guests {
        let path = format!("/proxmox/{node}/{}/{vmid}/config", kind.as_str());
        let answer = got(&lab, &path).await;
        for (key, value) in config.iter().filter(|(key, _)| *key != "cipassword") {
            assert_eq!(&answer[key], value, "{path} {key}");
        }
        let lines = |stem: &str| {
            config
                .keys()
                .filter(|key| key.strip_prefix(stem).is_some_and(|n| n.parse::<u8>().is_ok()))
                .count()
        };
        assert_eq!(list(&answer["networks"]).len(), lines("net"), "{path}");
        for disk in list(&answer["disks"]) {
            assert!(config.contains_key(disk["key"].as_str().unwrap()), "{disk}");
        }
        assert!(!list(&answer["disks"]).is_empty() && !answer.to_string().contains("hunter2"), "{answer}");
    }
    assert_eq!(
        lab.get("/proxmox/pve1/qemu/9999/config").await,
        (404, json!({"detail": "Guest 9999 not found on node pve1"}))
    );
    assert_eq!(lab.get("/proxmox/pve1/openvz/100/config").await.0, 422);
}

#[tokio::test]
async fn the_firewall_and_what_else_the_job_stores_is_complete() {
    let (lab, proxmox) = one(cluster("lab", "9.2.1")).await;
    let summary = got(&lab, "/proxmox/firewall/summary").await;
    let of = &summary[0];
    assert_eq!(
        (list(&summary).len(), &of["cluster_name"], &of["options"]["policy_in"]),
        (1, &json!("lab"), &json!("DROP"))
    );
    assert_eq!(
        (&of["security_groups"][0]["name"], &of["security_groups"][0]["rules"][1]["icmp_type"]),
        (&json!("web"), &json!("echo-request"))
    );
    assert_eq!((list(&of["rules"]).len(), &of["aliases"][0]["name"]), (2, &json!("monitoring")));
    assert_eq!((&of["ip_sets"][0]["name"], list(&of["ip_sets"][0]["entries"]).len()), (&json!("trusted"), 4));
    assert_eq!(got(&lab, "/proxmox/firewall/nodes/pve2/rules").await[0]["dport"], "8006");
    let guarded = proxmox.change(|fleet| {
        let guests = fleet.guests.values().filter(|guest| guest.kind == GuestKind::Qemu);
        guests
            .filter(|guest| guest.nics.values().any(|nic| nic.firewall))
            .map(|guest| (guest.vmid, guest.node.clone()))
            .next()
            .unwrap()
    });
    let rules = got(&lab, &format!("/proxmox/firewall/vms/{}/rules?vm_type=qemu", guarded.0)).await;
    assert_eq!(rules[1]["macro"], "SSH");
    assert_eq!(lab.get(&format!("/proxmox/firewall/vms/{}/rules?vm_type=lxc", guarded.0)).await.0, 404);
    let parts = got(&lab, &format!("/proxmox/nodes/{}/qemu/{}/firewall", guarded.1, guarded.0)).await;
    assert!(list(&parts).contains(&json!({"name": "rules"})), "{parts}");

    let options = got(&lab, &format!("/proxmox/firewall/vms/{}/options", guarded.0)).await;
    assert_eq!((&options["enable"], &options["policy_in"]), (&json!(1), &json!("DROP")));
    assert_eq!(got(&lab, "/proxmox/firewall/nodes/pve1/options").await["log_level_in"], "nolog");
    for (part, count) in [("rules", 2), ("groups", 2), ("ipset", 1), ("aliases", 1), ("options", 1)] {
        let rows = got(&lab, &format!("/proxmox/firewall/datacenter/{part}")).await;
        assert!(list(&rows).len() == count && rows[0]["cluster_name"] == "lab", "{part}: {rows}");
    }
    assert_eq!(lab.get("/proxmox/firewall/datacenter/macros").await.0, 422);

    let datacenter = got(&lab, "/proxmox/datacenter/options").await;
    let next = proxmox.change(|fleet| fleet.next_vmid());
    assert_eq!(
        (&datacenter[0]["cluster_name"], &datacenter[0]["next_id"]["vmid"]),
        (&json!("lab"), &json!(next))
    );
    let models = got(&lab, "/proxmox/datacenter/cpu-models").await;
    let names = |model: &Value| {
        ["cputype", "base_cputype", "vendor_id", "flags", "cluster_name"].map(|name| model[name].clone())
    };
    assert_eq!(names(&models[0]), ["web", "EPYC-Rome", "proxmox", "+aes;-pcid", "lab"].map(Value::from));
    assert_eq!(names(&models[1]), ["plain", "", "", "", "lab"].map(Value::from), "texts are never null");
}

#[tokio::test]
async fn high_availability_is_told_with_what_the_manager_knows() {
    let (lab, _proxmox) = one(cluster("lab", "9.2.1")).await;
    let summary = got(&lab, "/proxmox/cluster/ha/summary").await;
    assert_eq!((&summary["status"][0]["quorate"], &summary["groups"]), (&json!(true), &json!([])));
    assert_eq!(
        (&summary["rules"][0]["type"], &summary["rules"][0]["cluster_name"]),
        (&json!("node-affinity"), &json!("lab"))
    );
    let resource = &summary["resources"][0];
    assert_eq!((&resource["crm_state"], &resource["failback"]), (&json!("started"), &json!(true)));
    assert!(resource["node"].is_string(), "{resource}");
    let (_, vmid) = resource["sid"].as_str().unwrap().split_once(':').unwrap();
    assert_eq!(&got(&lab, &format!("/proxmox/cluster/ha/resources/by-vm/{vmid}")).await, resource);
    assert_eq!(got(&lab, "/proxmox/cluster/ha/resources/by-vm/999999").await, Value::Null);
}

#[tokio::test]
async fn what_an_older_release_does_not_have_is_empty() {
    let (lab, _proxmox) = one(cluster("lab", "8.4.1")).await;
    assert_eq!(got(&lab, "/proxmox/datacenter/cpu-models").await, json!([]));
    let summary = got(&lab, "/proxmox/cluster/ha/summary").await;
    assert_eq!((&summary["rules"], &summary["groups"][0]["restricted"]), (&json!([]), &json!(false)));
}

#[tokio::test]
async fn an_account_that_may_see_nothing_fails_no_summary() {
    let (lab, proxmox) = (Lab::keyed().await, serve(cluster("lab", "9.2.1")).await);
    store(&lab, 1, &proxmox, BLIND).await;
    for path in
        ["/proxmox/firewall/summary", "/proxmox/firewall/nodes/pve1/rules", "/proxmox/datacenter/cpu-models"]
    {
        assert_eq!(got(&lab, path).await, json!([]), "{path}");
    }
    let nothing = json!({"status": [], "groups": [], "resources": [], "rules": []});
    assert_eq!(got(&lab, "/proxmox/cluster/ha/summary").await, nothing);
    assert_eq!(got(&lab, "/proxmox/cluster/status").await[0]["mode"], "restricted");
    assert_eq!(list(&got(&lab, "/proxmox/nodes/").await).len(), 2);
    let (code, refused) = lab.get("/proxmox/cluster/backup").await;
    assert!(
        code == 502 && refused["message"].as_str().unwrap().ends_with("Upstream responded with HTTP 403."),
        "{refused}"
    );
}

#[tokio::test]
async fn a_dead_endpoint_and_a_refused_token_are_told_apart() {
    let (lab, proxmox) = (Lab::keyed().await, serve(cluster("lab", "9.2.1")).await);
    store(&lab, 1, &proxmox, (READER.0, "not-the-s3cret")).await;
    let (code, refused) = lab.get("/proxmox/version").await;
    let port = proxmox.addr().port();
    let failed = format!("Failed to query Proxmox version for endpoint 'e1 (nb:1)' (127.0.0.1:{port}). ");
    assert_eq!(
        (code, &refused["message"]),
        (502, &json!(format!("{failed}Upstream responded with HTTP 401.")))
    );
    assert!(refused["detail"].as_str().unwrap().contains("the login was refused"), "{refused}");
    assert!(!refused.to_string().contains("s3cret"), "{refused}");
    proxmox.shutdown().await;
    let (code, dead) = lab.get("/proxmox/version").await;
    assert_eq!((code, &dead["message"]), (502, &json!(format!("{failed}No usable answer came."))));
    assert!(dead["detail"].as_str().unwrap().contains("refused the connection"), "{dead}");
}

#[tokio::test]
async fn of_two_endpoints_the_dead_one_does_not_silence_the_other() {
    let (lab, first) = one(cluster("lab", "9.2.1")).await;
    let second = serve(cluster("other", "9.2.1")).await;
    store(&lab, 2, &second, READER).await;
    assert_eq!(list(&lab.get("/proxmox/version").await.1).len(), 2);
    assert_eq!(list(&lab.get("/proxmox/nodes/").await.1).len(), 4);
    assert_eq!(
        list(&lab.get("/proxmox/nodes/pve1/network?cluster_name=other").await.1),
        list(&lab.get("/proxmox/nodes/pve1/network?name=e2").await.1)
    );
    let guests = lab.get("/proxmox/cluster/resources?type=vm").await.1;
    assert_eq!(
        (list(&guests[0]["lab"]).len(), list(&guests[1]["other"]).len()),
        (12, 12),
        "equal ids of two clusters"
    );

    second.shutdown().await;
    let (code, version) = lab.get("/proxmox/version").await;
    assert_eq!((code, list(&version).len()), (200, 1), "{version}");
    let jobs = lab.get("/proxmox/cluster/backup").await.1;
    assert!(
        list(&jobs).iter().any(|job| job["cluster_name"] == "e2 (nb:2)" && job["error"].is_string()),
        "{jobs}"
    );
    assert_eq!(lab.get("/proxmox/version?proxmox_endpoint_ids=2").await.0, 502);
    first.shutdown().await;
    assert_eq!(lab.get("/proxmox/cluster/backup").await.0, 502);
}

#[tokio::test]
async fn nobody_to_ask_is_said_in_known_words() {
    let lab = Lab::keyed().await;
    let text = "No Proxmox active connections found, not able to retrieve version information";
    assert_eq!(lab.get("/proxmox/version").await, (404, json!({ "detail": text })));
    let (code, body) = lab.get("/proxmox/sessions?name=nowhere").await;
    let text = "No result found for Proxmox Sessions based on the provided name";
    assert_eq!((code, &body["detail"]), (400, &json!(text)));
    assert_eq!(lab.get("/proxmox/sessions?source=netbox").await.0, 400);
}

#[tokio::test]
async fn no_part_of_a_path_leads_elsewhere() {
    let (lab, proxmox) = one(cluster("lab", "9.2.1")).await;
    for path in [
        "/proxmox/nodes/..%2Faccess/network",
        "/proxmox/nodes/%2e%2e/qemu",
        "/proxmox/nodes/pve1/storage/..%2f..%2fqemu/content",
        "/proxmox/nodes/pve1/qemu/100%2F..%2F101/firewall",
        "/proxmox/pve1%3Fx/qemu/100/config",
        "/proxmox/firewall/nodes/a%2Fb/rules",
        "/proxmox/cluster/ha/resources/by-vm/vm:100",
        "/proxmox/..%2Faccess",
    ] {
        let (code, body) = lab.get(path).await;
        assert_eq!((code, &body["detail"][0]["loc"][0]), (422, &json!("path")), "{path}: {body}");
    }
    assert_eq!(proxmox.requests(), []);
}

#[tokio::test]
async fn pages_that_ask_again_log_in_once_until_the_endpoint_changes() {
    let (lab, proxmox) = one(cluster("lab", "9.2.1")).await;
    proxmox.fault_times("/version", Fault::Status(503, "starting".to_owned()), 1);
    assert_eq!(lab.get("/proxmox/nodes/").await.0, 502);
    let (a, b, c) =
        tokio::join!(lab.get("/proxmox/nodes/"), lab.get("/proxmox/nodes/"), lab.get("/proxmox/nodes/"));
    assert_eq!((a.0, b.0, c.0), (200, 200, 200), "a login that failed is not remembered");
    assert_eq!(proxmox.count("/version"), 2, "those who ask at once share a login");
    let blind = json!({"token_name": BLIND.0, "token_value": BLIND.1});
    assert_eq!(lab.put("/proxmox/endpoints/1", blind).await.0, 200);
    assert_eq!(got(&lab, "/proxmox/firewall/summary").await, json!([]), "the new credentials hold at once");
    assert_eq!(proxmox.count("/version"), 3);
}

#[tokio::test]
async fn a_cluster_that_hangs_is_given_up_before_the_plugin_gives_up() {
    let (lab, proxmox) = one(cluster("lab", "9.2.1")).await;
    proxmox.fault("/cluster/status", Fault::Hang);
    let asked = async {
        let asked = async {
            while proxmox.count("/cluster/status") == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), asked).await.expect("it is never asked");
        // From here on nothing but time-outs is left to wait for, and they come at once.
        tokio::time::pause();
        tokio::time::Instant::now()
    };
    let answered = async { (lab.get("/proxmox/version").await, tokio::time::Instant::now()) };
    let (asked, ((code, body), answered)) = tokio::join!(asked, answered);
    tokio::time::resume();
    assert_eq!(code, 502, "{body}");
    let waited = answered - asked;
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert!(body["detail"].as_str().unwrap().contains("no answer came within 4.5 seconds"), "{body}");
}

#[tokio::test]
async fn no_answer_holds_a_secret() {
    let (lab, proxmox) = one(cluster("lab", "9.2.1")).await;
    let netbox = FakeNetbox::start(netbox::Options::default()).await.unwrap();
    let endpoint = json!({"name": "self", "ip_address": "127.0.0.1", "port": netbox.addr().port(), "verify_ssl": false,
        "token": netbox.token()});
    assert_eq!(lab.post("/netbox/endpoint", endpoint).await.0, 200);
    let (node, vmid) = proxmox.change(|fleet| {
        let guest = fleet.guests.values().find(|guest| guest.kind == GuestKind::Qemu).unwrap();
        (guest.node.clone(), guest.vmid)
    });
    for path in [
        "/proxmox/".to_owned(),
        "/proxmox/sessions".to_owned(),
        "/proxmox/access".to_owned(),
        "/proxmox/storage".to_owned(),
        format!("/proxmox/{node}/qemu/{vmid}/config"),
        "/netbox/endpoint/1/probe".to_owned(),
        "/netbox/status".to_owned(),
    ] {
        let (code, body) = lab.get(&path).await;
        let text = body.to_string();
        assert_eq!(code, 200, "{path}: {text}");
        assert!(!text.contains(READER.1) && !text.contains(netbox.token()), "{path}: {text}");
    }
}

#[tokio::test]
async fn netbox_is_read_through_the_service() {
    let netbox = FakeNetbox::start(netbox::Options::default()).await.unwrap();
    let (lab, proxmox) = (Lab::keyed().await, serve(cluster("lab", "9.2.1")).await);
    lab.connect(&proxmox, &netbox).await;
    assert_eq!(lab.get("/dcim/devices").await, (200, json!([])), "nothing was synced yet");
    assert_eq!(lab.get("/full-update").await.0, 200);

    let devices = lab.get("/dcim/devices").await.1;
    let names: Vec<_> = list(&devices).iter().map(|device| device["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["pve1", "pve2"]);
    let machines = lab.get("/virtualization/virtual-machines/").await.1;
    assert_eq!(list(&machines).len(), 12);
    let id = machines[0]["id"].as_u64().unwrap();
    let machine = lab.get(&format!("/virtualization/virtual-machines/{id}")).await;
    assert_eq!((machine.0, &machine.1["name"]), (200, &machines[0]["name"]));
    let absent = (404, json!({"detail": "Virtual machine not found"}));
    assert_eq!(lab.get("/virtualization/virtual-machines/9999").await, absent);
    assert_eq!(lab.get("/virtualization/virtual-machines/9999/summary").await, absent);
    assert_eq!(lab.get("/virtualization/virtual-machines/first").await.0, 422);

    let summary = lab.get(&format!("/virtualization/virtual-machines/{id}/summary")).await.1;
    assert_eq!(summary["virtual_machine"], machine.1);
    for member in ["disks", "interfaces"] {
        let parts = list(&summary[member]);
        assert!(
            !parts.is_empty() && parts.iter().all(|part| part["virtual_machine"]["id"] == id),
            "{member}: {parts:?}"
        );
    }
    let example = lab.get("/virtualization/virtual-machines/summary/example").await.1;
    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&example), members(&summary));
}

#[tokio::test]
async fn netbox_says_what_it_is_and_whether_it_answers() {
    let netbox = FakeNetbox::start(netbox::Options::default()).await.unwrap();
    let (lab, proxmox) = (Lab::keyed().await, serve(cluster("lab", "9.2.1")).await);
    assert_eq!(lab.get("/netbox/openapi").await.0, 400);
    lab.connect(&proxmox, &netbox).await;
    netbox.fault("/api/schema/", netbox::Fault::Status(200, json!({"openapi": "3.0.3"})));
    assert_eq!(lab.get("/netbox/openapi").await, (200, json!({"openapi": "3.0.3"})));
    let version = lab.get("/netbox/status").await.1["netbox-version"].clone();
    let (code, probe) = lab.get("/netbox/endpoint/1/probe").await;
    assert_eq!(code, 200);
    let well = json!({"reachable": true, "status": "ok", "api_version": version, "error_type": null, "error": null, "timeout_seconds": 5});
    assert_eq!(probe, well);
    assert_eq!(lab.get("/netbox/endpoint/9/probe").await.0, 404);
    netbox.shutdown().await;
    let (code, probe) = lab.get("/netbox/endpoint/1/probe").await;
    assert_eq!(
        (code, &probe["reachable"], &probe["error_type"]),
        (200, &json!(false), &json!("netbox-unreachable")),
        "{probe}"
    );
}
