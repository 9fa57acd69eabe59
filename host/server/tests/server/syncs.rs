//! Syncs over HTTP, from a fleet to a NetBox that are made up.

use crate::lab::{KEY, Lab, frames};
use crate::world::{slow_world, world};
use proxbox_fakes::{netbox, proxmox};
use proxbox_store::RunState;
use serde_json::{Value, json};
use std::time::Duration;

const FULL: &str = "/full-update/stream";
const DEVICES: &str = "/dcim/devices/create/stream";
const MACHINES: &str = "/virtualization/virtual-machines/create/stream";

/// The stages as the plugin asks for them, in its order, with the step that each tells about.
const STAGES: [(&str, &str); 12] = [
    (DEVICES, "devices"),
    ("/virtualization/virtual-machines/storage/create/stream", "storage"),
    (MACHINES, "virtual-machines"),
    ("/virtualization/virtual-machines/task-history/create/stream", "task-history"),
    ("/virtualization/virtual-machines/virtual-disks/create/stream", "virtual-disks"),
    ("/virtualization/virtual-machines/backups/all/create/stream", "backups"),
    ("/virtualization/virtual-machines/snapshots/all/create/stream", "snapshots"),
    ("/dcim/devices/interfaces/create/stream", "node-interfaces"),
    ("/virtualization/virtual-machines/interfaces/create/stream", "vm-interfaces"),
    ("/virtualization/virtual-machines/interfaces/ip-address/create/stream", "vm-ip-addresses"),
    ("/proxmox/replication/stream", "replications"),
    ("/proxmox/cluster/backup/stream", "backup-routines"),
];

/// What the plugin says with every stage.
const COMMON: &str = "use_guest_agent_interface_name=true&vm_interface_sync_strategy=guest_os_model\
    &fetch_max_concurrency=8&ignore_ipv6_link_local_addresses=true&primary_ip_preference=ipv4\
    &parse_description_metadata=false&proxmox_endpoint_ids=1&overwrite_vm_role=True&overwrite_ip_status=true\
    &sync_mode_vm=always&sync_mode_sdn=disabled&netbox_endpoint_ids=1&unknown=x";

#[tokio::test]
async fn a_full_update_fills_netbox_and_a_second_one_writes_nothing() {
    let world = world(2, 8).await;
    let frames = world.told(FULL).await;
    assert_eq!(
        frames[0].1["message"].as_str().unwrap().split('(').next(),
        Some("Full update stream connected ")
    );
    let items = frames[1].1["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]), (12, &json!({"name": "devices", "type": "stage"})));
    for (_, step) in STAGES {
        assert!(items.contains(&json!({"name": step, "type": "stage"})), "{step}");
    }
    let complete = &frames.last().unwrap().1;
    assert_eq!(
        (&complete["ok"], &complete["message"]),
        (&json!(true), &json!("Full update sync completed.")),
        "{complete}"
    );
    let result = &complete["result"];
    assert_eq!((&result["devices_count"], &result["virtual_machines_count"]), (&json!(2), &json!(8)));
    assert_eq!((&result["status"], left(result)), (&json!("completed"), 0), "{result}");
    let stages = result["stages"].as_object().unwrap();
    let total: u64 = stages.values().map(|counts| counts["total"].as_u64().unwrap()).sum();
    assert_eq!((stages.len(), json!(total)), (12, result["total"].clone()));
    for (_, step) in STAGES {
        let key = step.replace('-', "_");
        assert!(result[format!("{key}_count")].as_u64().unwrap() > 0, "{step}");
        assert!(result[&key].is_array() || result[&key].is_object(), "{step}");
    }
    assert_eq!(world.netbox.objects("virtualization.virtualmachine").len(), 8);

    world.netbox.clear_requests();
    let again = world.last(FULL).await;
    let result = &again["result"];
    assert_eq!((&result["created"], &result["updated"], left(result)), (&json!(0), &json!(0), 0), "{again}");
    assert!(world.netbox.writes().is_empty());
}

/// Objects that a run did not bring to where they belong.
fn left(result: &Value) -> u64 {
    ["failed", "conflicts"].iter().map(|count| result[*count].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn the_stages_that_the_plugin_asks_for_work_on_their_own() {
    let world = world(1, 4).await;
    for (path, step) in STAGES {
        let own =
            if path == MACHINES { "run_id=x&sync_task_history=false&sync_vm_network=False" } else { "" };
        let frames = world.told(&format!("{path}?{COMMON}&{own}")).await;
        let (name, first) = &frames[0];
        assert_eq!(
            (name.as_str(), &first["step"], &first["status"]),
            ("step", &json!(step), &json!("started"))
        );
        let ends: Vec<&Value> =
            frames.iter().filter(|(name, _)| name == "complete").map(|(_, complete)| complete).collect();
        assert_eq!((ends.len(), frames.last().unwrap().0.as_str()), (1, "complete"), "{step}");
        assert_eq!(ends[0]["ok"], true, "{step}: {}", ends[0]);
        assert!(ends[0]["message"].as_str().unwrap().ends_with(" sync completed."), "{step}: {}", ends[0]);
        assert!(ends[0]["result"]["count"].is_u64(), "{step}: {}", ends[0]);
    }
}

#[tokio::test]
async fn the_counts_of_a_stage_are_those_of_its_main_objects() {
    let world = world(1, 4).await;
    let devices = world.last(&format!("{DEVICES}?{COMMON}")).await;
    assert_eq!(
        (&devices["message"], &devices["result"]["count"]),
        (&json!("devices sync completed."), &json!(1))
    );
    let machines = world.last(&format!("{MACHINES}?{COMMON}&sync_vm_network=false")).await;
    assert_eq!(
        (&machines["message"], &machines["result"]["count"]),
        (&json!("Virtual machines sync completed."), &json!(4))
    );
}

#[tokio::test]
async fn machines_bring_their_disks_and_interfaces_unless_told_otherwise() {
    let world = world(1, 4).await;
    world.last(DEVICES).await;
    let frames = world.told(&format!("{MACHINES}?{COMMON}")).await;
    let started: Vec<&Value> = frames
        .iter()
        .filter(|(_, step)| step["status"] == "started")
        .map(|(_, step)| &step["step"])
        .collect();
    assert_eq!(started, ["virtual-machines", "virtual-disks", "vm-interfaces", "vm-ip-addresses"]);
    let alone = world.told(&format!("{MACHINES}?sync_vm_network=false&sync_task_history=true")).await;
    let started: Vec<&Value> =
        alone.iter().filter(|(_, step)| step["status"] == "started").map(|(_, step)| &step["step"]).collect();
    assert_eq!(started, ["virtual-machines", "task-history"]);
}

#[tokio::test]
async fn what_the_query_says_reaches_the_run() {
    let world = world(1, 4).await;
    let storage = STAGES[1].0;
    world.last(DEVICES).await;
    let left_out = world.last(&format!("{storage}?sync_mode_storage=disabled")).await;
    assert_eq!((&left_out["ok"], &left_out["result"]["count"]), (&json!(true), &json!(0)), "{left_out}");
    assert!(world.netbox.objects("netbox_proxbox.proxmoxstorage").is_empty());
    let synced = world.last(storage).await;
    assert!(synced["result"]["count"].as_u64().unwrap() > 0, "{synced}");

    world.last(FULL).await;
    let machine = &world.netbox.objects("virtualization.virtualmachine")[0];
    let (id, name) = (&machine["id"], &machine["name"]);
    let types = world.netbox.objects("virtualization.virtualmachinetype");
    let own = &machine["virtual_machine_type"];
    let own = own.get("id").unwrap_or(own);
    let another = types.iter().find(|other| other["id"] != *own).unwrap();
    let by_hand = json!({"virtual_machine_type": another["id"]});
    world.netbox.change(&format!("virtualization/virtual-machines/{id}"), &by_hand).unwrap();
    let alone = format!("{MACHINES}?sync_vm_network=false&netbox_vm_ids={id}");
    let kept = world.last(&format!("{alone}&overwrite_vm_type=False")).await;
    assert_eq!(
        (&kept["result"]["count"], &kept["result"]["updated"]),
        (&json!(1), &json!(0)),
        "{name}: {kept}"
    );
    let overwritten = world.last(&format!("{alone}&overwrite_vm_type=True")).await;
    assert_eq!(overwritten["result"]["updated"], 1, "{name}: {overwritten}");
}

#[tokio::test]
async fn stages_answer_without_a_stream_as_well() {
    let world = world(1, 2).await;
    world.last(FULL).await;
    for (path, list) in [
        ("/virtualization/virtual-machines/storage/create", true),
        ("/virtualization/virtual-machines/virtual-disks/create", false),
        ("/virtualization/virtual-machines/backups/all/create", true),
        ("/virtualization/virtual-machines/snapshots/all/create", false),
        ("/dcim/devices/interfaces/create", true),
        ("/virtualization/virtual-machines/interfaces/create", true),
        ("/virtualization/virtual-machines/interfaces/ip-address/create", true),
    ] {
        let (code, body) = world.lab.get(path).await;
        assert_eq!((code, body.is_array(), body["count"].is_u64()), (200, list, !list), "{path}: {body}");
    }
}

#[tokio::test]
async fn networks_of_software_are_refused_honestly() {
    let (code, body) = Lab::keyed().await.get("/proxmox/sdn/create/stream").await;
    assert_eq!(code, 400);
    assert!(body["detail"].as_str().unwrap().contains("sync_mode_sdn"), "{body}");
}

#[tokio::test]
async fn a_word_that_means_nothing_is_refused_before_any_stream() {
    let lab = Lab::keyed().await;
    for (name, value, told) in [
        ("sync_mode_mac", "sometimes", "always, bootstrap_only, disabled"),
        ("sync_mode_sdn_bgp", "on", "always, bootstrap_only, disabled"),
        ("vm_interface_sync_strategy", "none", "guest_os_model, legacy_rename"),
        ("primary_ip_preference", "ipv5", "ipv4, ipv6"),
        ("fetch_max_concurrency", "0", "between 1"),
        ("netbox_vm_ids", "1,x", "positive integers"),
        ("delete_nonexistent_backup", "perhaps", "boolean"),
        ("overwrite_ip_address_dns_name", "perhaps", "boolean"),
    ] {
        for (path, _) in STAGES {
            let (code, body) = lab.get(&format!("{path}?{name}={value}")).await;
            assert_eq!((code, &body["detail"][0]["loc"]), (422, &json!(["query", name])), "{path} {body}");
            assert!(body["detail"][0]["msg"].as_str().unwrap().contains(told), "{body}");
        }
    }
}

#[tokio::test]
async fn the_plain_full_update_answers_with_its_result() {
    let world = world(1, 3).await;
    let (code, body) = world.lab.get("/full-update").await;
    assert_eq!(
        (code, &body["status"], &body["virtual_machines_count"]),
        (200, &json!("completed"), &json!(3)),
        "{body}"
    );
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let world = world(1, 3).await;
    let complete = world.last(&format!("{FULL}?dry_run=true")).await;
    assert_eq!((&complete["ok"], &complete["result"]["dry_run"]), (&json!(true), &json!(true)), "{complete}");
    assert!(world.netbox.writes().is_empty());
}

#[tokio::test]
async fn a_quick_run_says_how_much_it_looked_at() {
    let world = world(1, 3).await;
    world.last(FULL).await;
    let before = world.netbox.writes().len();
    let complete = world.last(&format!("{FULL}?quick=true")).await;
    let result = &complete["result"];
    assert_eq!(
        (&complete["ok"], &result["status"], &result["quick"]),
        (&json!(true), &json!("completed"), &json!({"guests": 3, "looked_at": 0})),
        "{complete}"
    );
    assert_eq!(world.netbox.writes().len(), before);
    let (_, body) = world.lab.get("/full-update?quick=true").await;
    assert_eq!(body["quick"], json!({"guests": 3, "looked_at": 0}), "{body}");
}

#[tokio::test]
async fn a_quick_run_of_a_stage_or_of_named_machines_is_refused() {
    let lab = Lab::keyed().await;
    for path in [format!("{DEVICES}?quick=true"), format!("{FULL}?quick=true&netbox_vm_ids=7")] {
        let (code, body) = lab.get(&path).await;
        assert_eq!(code, 400, "{path}: {body}");
        assert!(body["detail"].as_str().unwrap().contains("/full-update"), "{body}");
    }
}

#[tokio::test]
async fn a_run_with_failures_is_partial_and_says_which() {
    let world = world(1, 3).await;
    world.last(DEVICES).await;
    let refusal = json!([{"name": ["No."]}, {"name": ["No."]}, {"name": ["No."]}]);
    world.netbox.fault("POST /api/virtualization/virtual-machines/", netbox::Fault::Status(400, refusal));
    let complete = world.last(&format!("{MACHINES}?sync_vm_network=false")).await;
    let result = &complete["result"];
    assert_eq!(
        (&complete["ok"], &result["degraded"], &result["status"]),
        (&json!(true), &json!(true), &json!("partial")),
        "{complete}"
    );
    let failed = result["failed"].as_u64().unwrap();
    assert!(failed >= 3 && result["warnings"].as_array().unwrap().len() as u64 == failed, "{complete}");
}

#[tokio::test]
async fn a_netbox_that_cannot_be_read_ends_the_stream_with_not_ok() {
    let world = world(1, 1).await;
    world.netbox.fault("GET /api/dcim/devices/", netbox::Fault::Html(503));
    let text = world.lab.stream(DEVICES).await.text().await.unwrap();
    let frames = frames(&text);
    let complete = &frames.last().unwrap().1;
    assert_eq!(
        (&complete["ok"], &complete["message"]),
        (&json!(false), &json!("devices sync failed.")),
        "{complete}"
    );
    assert!(complete["errors"][0]["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    let (code, body) = world.lab.get("/full-update").await;
    assert_eq!(
        (code, &body["message"], &body["python_exception"]),
        (502, &json!("Full update sync failed."), &Value::Null)
    );
}

#[tokio::test]
async fn requests_that_lead_nowhere_fail_before_any_stream() {
    let lab = Lab::keyed().await;
    let (code, body) = lab.get(FULL).await;
    assert_eq!((code, &body["message"]), (400, &json!("No NetBox endpoint found")));
    let world = world(1, 1).await;
    for (query, field) in [
        ("?proxmox_endpoint_ids=99", "proxmox_endpoint_ids"),
        ("?endpoint_ids=99", "endpoint_ids"),
        ("?name=x", "name"),
        ("?domain=x", "domain"),
    ] {
        let (code, body) = world.lab.get(&format!("{DEVICES}{query}")).await;
        let text = format!("No result found for Proxmox Sessions based on the provided {field}");
        assert_eq!((code, &body["detail"]), (400, &json!(text)));
    }
    for query in [
        "?proxmox_endpoint_ids=abc",
        "?proxmox_endpoint_ids=1,-2",
        "?proxmox_endpoint_ids=,",
        "?source=netbox",
        "?netbox_branch_schema_id=abcd1234",
    ] {
        assert_eq!(world.lab.get(&format!("{DEVICES}{query}")).await.0, 400, "{query}");
    }
    let long = vec!["1"; 128].join(",");
    assert_eq!(world.lab.get(&format!("{DEVICES}?proxmox_endpoint_ids={long}")).await.0, 400);
    let (code, body) = world.lab.get(&format!("{DEVICES}?overwrite_device_role=perhaps")).await;
    assert_eq!((code, &body["detail"][0]["loc"]), (422, &json!(["query", "overwrite_device_role"])));
}

#[tokio::test]
async fn ids_of_the_plugin_and_of_this_service_mean_the_same_endpoint() {
    let world = world(1, 1).await;
    let off = json!({"name": "b (nb:5)", "ip_address": "192.0.2.1", "port": 1, "username": "x@pam", "password": "x", "enabled": false});
    assert_eq!(world.lab.post("/proxmox/endpoints", off).await.1["id"], 5);
    assert_eq!(world.last(&format!("{DEVICES}?proxmox_endpoint_ids=1,5")).await["ok"], true);
    assert_eq!(world.lab.get(&format!("{DEVICES}?proxmox_endpoint_ids=5")).await.0, 400, "it is disabled");
}

#[tokio::test]
async fn a_run_goes_on_without_its_client_and_can_be_joined() {
    let world = slow_world(1, 6, Duration::from_millis(200)).await;
    let first = world.lab.stream(FULL).await;
    let (_, active) = world.lab.get("/sync/active").await;
    assert_eq!((&active["active"], &active["runs"][0]["endpoints"]), (&json!(true), &json!(["lab (nb:1)"])));
    drop(first);

    let frames = world.told(FULL).await;
    assert!(frames[0].1["message"].as_str().unwrap().contains(active["runs"][0]["run_id"].as_str().unwrap()));
    assert_eq!(frames.last().unwrap().1["ok"], true);
    assert_eq!(world.netbox.objects("virtualization.virtualmachine").len(), 6);

    let store = world.lab.stop().await;
    let runs = store.runs(10).await.unwrap();
    assert_eq!(runs.len(), 1);
    assert!(matches!(runs[0].state, RunState::Ended(_)));
    assert_eq!(runs[0].scope, "full update of lab (nb:1)");
}

#[tokio::test]
async fn secrets_are_in_no_answer() {
    let world = world(1, 2).await;
    let (_, _, token) = world.proxmox.token();
    let mut text = String::new();
    for path in
        ["/netbox/endpoint", "/proxmox/endpoints", "/auth/keys", "/netbox/status", "/sync/active", FULL]
    {
        let answer = world.lab.stream(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        text.push_str(&answer.text().await.unwrap());
    }
    world.proxmox.fault("/version", proxmox::Fault::Status(401, format!("no value {token}!")));
    for path in ["/full-update", FULL] {
        let answer = world.lab.stream(path).await;
        assert_eq!(answer.status(), 400, "{path}");
        text.push_str(&answer.text().await.unwrap());
    }
    for secret in [token.as_str(), world.netbox.token(), KEY] {
        assert!(!text.contains(secret));
    }
}

#[tokio::test]
async fn netbox_can_be_asked_how_it_is() {
    let world = world(1, 1).await;
    let (code, status) = world.lab.get("/netbox/status").await;
    assert_eq!((code, &status["netbox-version"]), (200, &json!("4.7.3")), "{status}");
    world.netbox.fault("GET /api/status/", netbox::Fault::Html(503));
    assert_eq!(world.lab.get("/clear-cache").await.0, 200);
    let (code, body) = world.lab.get("/netbox/status").await;
    assert_eq!(code, 502);
    assert!(body["message"].is_string() && body["python_exception"].is_null(), "{body}");
}
