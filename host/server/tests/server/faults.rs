//! Runs whose client leaves, whose ends are throttled, down or refuse, and servers that stop in the middle.

use crate::lab::{Lab, answer, quick};
use crate::wire::sse;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{self, FakeNetbox, Fault};
use proxbox_fakes::proxmox::{self, FakeProxmox};
use proxbox_netbox::NetboxSettings;
use proxbox_server::ServerConfig;
use proxbox_store::Cipher;
use proxbox_sync::SyncSettings;
use reqwest::Response;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::runtime::Runtime;

const FULL: &str = "/full-update/stream";
const DEVICES: &str = "/dcim/devices/create/stream";
const MACHINES: &str = "/virtualization/virtual-machines/create/stream?sync_vm_network=false";
const MACHINES_STEP: &str = "virtual-machines";
const GUESTS: usize = 8;

/// What makes an object of a model the only one of its kind.
const UNIQUE: [(&str, &[&str]); 16] = [
    ("dcim.device", &["/name"]),
    ("dcim.devicerole", &["/slug"]),
    ("dcim.devicetype", &["/slug"]),
    ("dcim.interface", &["/device/id", "/name"]),
    ("dcim.macaddress", &["/mac_address"]),
    ("dcim.manufacturer", &["/slug"]),
    ("dcim.site", &["/slug"]),
    ("extras.customfield", &["/name"]),
    ("extras.tag", &["/slug"]),
    ("virtualization.cluster", &["/name"]),
    ("virtualization.virtualmachine", &["/name"]),
    ("virtualization.virtualdisk", &["/virtual_machine/id", "/name"]),
    ("virtualization.vminterface", &["/virtual_machine/id", "/name"]),
    ("netbox_proxbox.vmbackup", &["/storage", "/volume_id"]),
    ("netbox_proxbox.vmsnapshot", &["/vmid", "/name", "/node"]),
    ("netbox_proxbox.vmtaskhistory", &["/upid"]),
];

/// What a server reads and writes; it outlives servers.
struct Ends {
    proxmox: FakeProxmox,
    netbox: FakeNetbox,
}

impl Ends {
    /// Every answer of NetBox takes so long.
    async fn new(latency: Duration) -> Self {
        let fleet = Fleet::generate(&FleetSpec::new("lab", 2, GUESTS, 1));
        let proxmox = FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap();
        let options = netbox::Options { latency, ..netbox::Options::default() };
        let netbox = FakeNetbox::start(options.flavour(netbox::Flavour::CurrentPlugin)).await.unwrap();
        netbox.seed_plugin_endpoint("lab", "127.0.0.1", proxmox.addr().port()).unwrap();
        Self { proxmox, netbox }
    }

    async fn lab(&self) -> Lab {
        self.connected(Lab::new().await).await
    }

    /// A server that tries again, as it does by default, but sooner.
    async fn patient_lab(&self) -> Lab {
        let netbox = NetboxSettings { retry_delay: Duration::from_millis(1), ..NetboxSettings::default() };
        let runs = SyncSettings { netbox, ..quick() };
        let config = ServerConfig { rate_limit: 0, ..ServerConfig::default() };
        self.connected(Lab::syncing(Cipher::from_key(&"lab".into()).unwrap(), config, runs).await).await
    }

    async fn connected(&self, lab: Lab) -> Lab {
        lab.register().await;
        lab.connect(&self.proxmox, &self.netbox).await;
        lab
    }

    fn machines(&self) -> usize {
        self.netbox.objects("virtualization.virtualmachine").len()
    }

    fn assert_nothing_twice(&self) {
        for (model, fields) in UNIQUE {
            let objects = self.netbox.objects(model);
            let keys: BTreeSet<String> = objects
                .iter()
                .map(|object| fields.iter().map(|field| object.pointer(field).unwrap().to_string()).collect())
                .collect();
            assert_eq!(keys.len(), objects.len(), "some of {model} are there twice");
        }
    }

    /// A full update brings everything to where it belongs, and the next one finds nothing to do.
    async fn assert_caught_up(&self, lab: &Lab) {
        let result = went_well(lab.stream(FULL).await, "").await;
        assert_adds_up(&result);
        assert_eq!((&result["status"], self.machines()), (&json!("completed"), GUESTS), "{result}");
        self.assert_nothing_twice();
        self.netbox.clear_requests();
        let again = went_well(lab.stream(FULL).await, "").await;
        assert_eq!((&again["created"], &again["updated"]), (&json!(0), &json!(0)), "{again}");
        assert!(self.netbox.writes().is_empty());
    }
}

/// The result of a stream that has to be as the plugin reads it and to go well. A full update tells about no step.
async fn went_well(response: Response, step: &str) -> Value {
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    let step = if step.is_empty() { MACHINES_STEP } else { step };
    let faults = sse::faults(&text, step);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    sse::parse(&text).last().unwrap().json()["result"].clone()
}

/// The counts of a result are those of all objects, and each has one end.
fn assert_adds_up(result: &Value) {
    let count = |name: &str| result[name].as_u64().unwrap();
    let ends: u64 =
        ["created", "updated", "unchanged", "skipped", "failed", "conflicts"].into_iter().map(count).sum();
    assert_eq!(ends, count("total"), "{result}");
}

/// Waits until no run is at work.
async fn quiet(lab: &Lab) {
    let wait = async {
        while lab.get("/sync/active").await.1["active"] == true {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap();
}

#[tokio::test]
async fn a_stage_goes_on_when_its_client_leaves() {
    let ends = Ends::new(Duration::from_millis(20)).await;
    let lab = ends.lab().await;
    let mut stream = lab.stream(MACHINES).await;
    let first = stream.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"event: step\n"));
    drop(stream);
    assert_eq!(lab.get("/sync/active").await.1["active"], true);
    quiet(&lab).await;
    assert_eq!(ends.machines(), GUESTS);

    ends.netbox.clear_requests();
    let again = went_well(lab.stream(MACHINES).await, MACHINES_STEP).await;
    assert_eq!((&again["created"], &again["updated"]), (&json!(0), &json!(0)), "{again}");
    assert!(ends.netbox.writes().is_empty());
    ends.assert_caught_up(&lab).await;
}

#[tokio::test]
async fn a_client_that_comes_back_at_once_joins_the_run_that_it_left() {
    let ends = Ends::new(Duration::from_millis(20)).await;
    let lab = ends.lab().await;
    let mut stream = lab.stream(MACHINES).await;
    stream.chunk().await.unwrap().unwrap();
    drop(stream);
    let result = went_well(lab.stream(MACHINES).await, MACHINES_STEP).await;
    assert_adds_up(&result);
    assert_eq!(result["count"], GUESTS);
    ends.assert_nothing_twice();
    quiet(&lab).await;
    assert_eq!(lab.store.runs(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_stage_that_is_asked_for_twice_runs_once_and_tells_both() {
    let ends = Ends::new(Duration::from_millis(20)).await;
    let lab = ends.lab().await;
    let one = async { went_well(lab.stream(MACHINES).await, MACHINES_STEP).await };
    let other = async { went_well(lab.stream(MACHINES).await, MACHINES_STEP).await };
    let (one, other) = tokio::join!(one, other);
    assert_eq!(one, other);
    assert!(one["run_id"].is_string());
    assert_eq!(lab.store.runs(10).await.unwrap().len(), 1);
    assert_eq!(ends.machines(), GUESTS);
    ends.assert_nothing_twice();
}

#[tokio::test]
async fn a_netbox_that_is_throttled_and_busy_for_a_while_is_filled_all_the_same() {
    let ends = Ends::new(Duration::ZERO).await;
    let lab = ends.patient_lab().await;
    let busy = || Fault::Status(503, json!({"detail": "Service unavailable."}));
    ends.netbox.fault_times("GET *", Fault::TooMany(1), 1);
    ends.netbox.fault_times("GET *", Fault::Html(503), 3);
    ends.netbox.fault_times("POST *", Fault::TooMany(1), 1);
    ends.netbox.fault_times("POST /api/dcim/*", busy(), 3);
    ends.netbox.fault_times("POST /api/virtualization/virtual-machines/", Fault::Lost, 1);
    ends.netbox.fault_times("POST /api/virtualization/interfaces/", Fault::Html(503), 2);
    ends.netbox.fault_times("PATCH *", Fault::TooMany(1), 1);
    let result = went_well(lab.stream(FULL).await, "").await;
    assert_adds_up(&result);
    assert_eq!(
        (&result["status"], &result["failed"], &result["conflicts"]),
        (&json!("completed"), &json!(0), &json!(0)),
        "{result}"
    );
    ends.assert_nothing_twice();
    ends.netbox.clear_faults();
    ends.assert_caught_up(&lab).await;
}

#[tokio::test]
async fn what_a_busy_netbox_did_not_take_is_told_and_made_up_for_by_the_next_run() {
    let ends = Ends::new(Duration::ZERO).await;
    let lab = ends.lab().await;
    ends.netbox.fault("POST /api/virtualization/virtual-machines/", Fault::Html(503));
    let text = lab.stream(FULL).await.text().await.unwrap();
    let complete = sse::parse(&text).last().unwrap().json();
    let result = &complete["result"];
    assert_eq!((&complete["ok"], &result["status"]), (&json!(true), &json!("partial")), "{complete}");
    assert_adds_up(result);
    assert!(result["failed"].as_u64().unwrap() >= GUESTS as u64, "{result}");
    assert_eq!(ends.machines(), 0);
    ends.netbox.clear_faults();
    ends.assert_caught_up(&lab).await;
}

#[tokio::test]
async fn a_netbox_that_goes_away_while_it_is_written_ends_the_stream_and_is_caught_up_with() {
    let ends = Ends::new(Duration::ZERO).await;
    let lab = ends.lab().await;
    ends.netbox.fault("POST /api/virtualization/*", Fault::Dropped);
    let text = lab.stream(FULL).await.text().await.unwrap();
    let frames = sse::parse(&text);
    assert_eq!(frames.iter().filter(|frame| frame.event == "complete").count(), 1);
    let complete = frames.last().unwrap().json();
    assert_eq!(
        (&complete["ok"], &complete["result"]["status"]),
        (&json!(true), &json!("partial")),
        "{complete}"
    );
    ends.netbox.clear_faults();
    ends.assert_caught_up(&lab).await;
}

/// The plugin asks again after 5xx and gives up at once after 4xx.
async fn assert_refused_before_the_stream(lab: &Lab, path: &str, status: u16) {
    let response = lab.stream(path).await;
    let (code, kind) = (response.status().as_u16(), response.headers()["content-type"].clone());
    let text = response.text().await.unwrap();
    assert_eq!((code, kind.to_str().unwrap()), (status, "application/json"), "{path}: {text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    assert!(body["message"].is_string() && body["detail"].is_string(), "{body}");
}

#[tokio::test]
async fn a_netbox_that_is_down_is_told_before_the_stream() {
    let ends = Ends::new(Duration::ZERO).await;
    let lab = ends.lab().await;
    let Ends { netbox, proxmox: _proxmox } = ends;
    netbox.shutdown().await;
    assert_refused_before_the_stream(&lab, DEVICES, 502).await;
    assert_refused_before_the_stream(&lab, FULL, 502).await;
}

#[tokio::test]
async fn a_proxmox_that_is_down_is_told_before_the_stream() {
    let ends = Ends::new(Duration::ZERO).await;
    let lab = ends.lab().await;
    let Ends { proxmox, netbox } = ends;
    proxmox.shutdown().await;
    assert_refused_before_the_stream(&lab, DEVICES, 502).await;
    assert!(netbox.writes().is_empty());
}

#[tokio::test]
async fn credentials_that_are_refused_are_final_and_told_before_the_stream() {
    let ends = Ends::new(Duration::ZERO).await;
    let lab = ends.lab().await;
    let (_, name, value) = ends.proxmox.token();
    let wrong = json!({"token_name": name, "token_value": "11111111-2222-3333-4444-555555555555"});
    assert_eq!(lab.put("/proxmox/endpoints/1", wrong).await.0, 200);
    assert_refused_before_the_stream(&lab, DEVICES, 400).await;
    let right = json!({"token_name": name, "token_value": value});
    assert_eq!(lab.put("/proxmox/endpoints/1", right).await.0, 200);

    let wrong = json!({"token": "1111111111111111111111111111111111111111"});
    assert_eq!(lab.put("/netbox/endpoint/1", wrong).await.0, 200);
    assert_refused_before_the_stream(&lab, DEVICES, 400).await;
    assert!(ends.netbox.writes().is_empty());
    assert_eq!(lab.put("/netbox/endpoint/1", json!({"token": ends.netbox.token()})).await.0, 200);
    went_well(lab.stream(DEVICES).await, "devices").await;
}

#[tokio::test]
async fn one_endpoint_that_is_down_does_not_keep_the_others_from_being_read() {
    let ends = Ends::new(Duration::ZERO).await;
    let lab = ends.lab().await;
    let down = json!({"name": "down (nb:2)", "ip_address": "127.0.0.1", "port": 1, "username": "root@pam", "password": "x", "verify_ssl": false});
    assert_eq!(lab.post("/proxmox/endpoints", down).await.0, 200);
    let result = went_well(lab.stream(DEVICES).await, "devices").await;
    assert_eq!((&result["status"], &result["count"]), (&json!("partial"), &json!(2)), "{result}");
    let (code, body) =
        answer(lab.request(reqwest::Method::GET, &format!("{DEVICES}?proxmox_endpoint_ids=2"))).await;
    assert_eq!(code, 502, "{body}");
}

#[tokio::test]
async fn a_stream_whose_server_stops_says_so_and_the_next_server_catches_up() {
    let ends = Ends::new(Duration::from_millis(20)).await;
    let mut lab = ends.lab().await;
    let mut stream = lab.stream(MACHINES).await;
    let mut text = Vec::from(stream.chunk().await.unwrap().unwrap());
    lab.tell_to_stop();
    while let Some(piece) = stream.chunk().await.unwrap() {
        text.extend(piece);
    }
    let frames = sse::parse(std::str::from_utf8(&text).unwrap());
    let [.., error, complete] = frames.as_slice() else { panic!("{frames:?}") };
    let said = "Server shutdown or request cancelled.";
    assert_eq!((error.event.as_str(), &error.json()["detail"]), ("error", &json!(said)));
    assert_eq!(complete.event, "complete");
    assert_eq!(complete.json()["ok"], false);
    assert_eq!(complete.json()["errors"], json!([{"detail": said}]));
    lab.stop().await;
    ends.assert_caught_up(&ends.lab().await).await;
}

#[test]
fn a_server_that_is_killed_in_the_middle_is_caught_up_with() {
    const ROWS: &str = "POST /api/plugins/proxbox/sync-state/virtual-machines/";
    let outside = Runtime::new().unwrap();
    let ends = outside.block_on(Ends::new(Duration::ZERO));
    // The machines are made, and what is to follow them never is: one request waits, and no other is under way.
    ends.netbox.fault(ROWS, Fault::Hang);
    let doomed = Runtime::new().unwrap();
    let lab = doomed.block_on(async {
        let lab = ends.lab().await;
        let _stream = lab.stream(FULL).await;
        let held = async {
            while ends.netbox.count(ROWS) == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), held).await.expect("the rows are never written");
        lab
    });
    doomed.shutdown_background();
    ends.netbox.clear_faults();
    outside.block_on(async {
        assert_eq!(ends.machines(), GUESTS);
        for model in ["proxboxvirtualmachinesyncstate", "vmtaskhistory"] {
            assert_eq!(ends.netbox.objects(&format!("netbox_proxbox.{model}")).len(), 0, "{model}");
        }
        ends.assert_caught_up(&ends.lab().await).await;
    });
    drop(lab);
}
