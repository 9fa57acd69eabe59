//! Syncs over WebSockets, as the plugin and older pages ask for them.

use crate::lab::{KEY, Lab, answer};
use futures::{SinkExt as _, StreamExt as _};
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{self, FakeNetbox};
use proxbox_fakes::proxmox::{self, FakeProxmox};
use proxbox_model::report::RunStatus;
use proxbox_store::RunState;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connected, and nothing said.
    async fn new(lab: &Lab, path: &str) -> Self {
        Self(connect_async(format!("ws://{}{path}", lab.addr)).await.unwrap().0)
    }

    /// Connected, with the key shown.
    async fn open(lab: &Lab, path: &str) -> Self {
        let mut socket = Self::new(lab, path).await;
        socket.say(&json!({ "api_key": KEY }).to_string()).await;
        socket
    }

    /// Ready for commands.
    async fn ready(lab: &Lab) -> Self {
        let mut socket = Self::open(lab, "/ws").await;
        assert_eq!((socket.text().await, socket.text().await), ("Connected!".into(), "Connected 2!".into()));
        socket
    }

    async fn say(&mut self, text: &str) {
        self.0.send(Message::Text(text.into())).await.unwrap();
    }

    async fn next(&mut self) -> Message {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(60), self.0.next()).await;
            match next.expect("something within a minute").expect("no end yet").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    async fn text(&mut self) -> String {
        match self.next().await {
            Message::Text(text) => text.to_string(),
            other => panic!("{other:?} instead of a text"),
        }
    }

    async fn closed(&mut self) -> (u16, String) {
        match self.next().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("{other:?} instead of the end"),
        }
    }

    /// Everything up to the end of that object.
    async fn until_the_end_of(&mut self, object: &str) -> Vec<String> {
        let mut frames = Vec::new();
        loop {
            let text = self.text().await;
            frames.push(text.clone());
            let frame: Value = serde_json::from_str(&text).unwrap_or_default();
            if frame["object"] == object && frame["end"] == true {
                return frames;
            }
        }
    }
}

/// What is JSON among the frames.
fn objects(frames: &[String]) -> Vec<Value> {
    frames.iter().filter_map(|frame| serde_json::from_str(frame).ok()).collect()
}

struct World {
    lab: Lab,
    netbox: FakeNetbox,
    _proxmox: FakeProxmox,
}

async fn world(nodes: usize, guests: usize) -> World {
    let fleet = Fleet::generate(&FleetSpec::new("lab", nodes, guests, 1));
    let proxmox = FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap();
    let options = netbox::Options::default().flavour(netbox::Flavour::CurrentPlugin);
    let netbox = FakeNetbox::start(options).await.unwrap();
    netbox.seed_plugin_endpoint("lab", "127.0.0.1", proxmox.addr().port()).unwrap();
    let lab = Lab::keyed().await;
    lab.connect(&proxmox, &netbox).await;
    World { lab, netbox, _proxmox: proxmox }
}

#[tokio::test]
async fn without_a_right_key_the_connection_ends_with_the_reason() {
    let lab = Lab::keyed().await;
    for path in ["/", "/ws", "/ws/virtual-machines"] {
        let mut socket = Socket::new(&lab, path).await;
        socket.say("Full Update").await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4001);
        assert!(reason.starts_with("API key required."), "{reason}");
    }
    let mut reasons = Vec::new();
    for _ in 0..6 {
        let mut socket = Socket::new(&lab, "/ws").await;
        socket.say(r#"{"api_key": "a-wrong-key-0123456789abcdef0123456789"}"#).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4001);
        reasons.push(reason);
    }
    assert_eq!(reasons[0], "Invalid API key. 4 attempts remaining.");
    assert_eq!(reasons[4], "Invalid API key.");
    assert_eq!(reasons[5], "Too many failed authentication attempts. Please try again later.");
    Socket::ready(&lab).await;
}

#[tokio::test]
async fn a_client_that_says_nothing_is_not_waited_for() {
    let lab = Lab::keyed().await;
    let mut socket = Socket::new(&lab, "/ws").await;
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    assert_eq!(socket.closed().await, (4001, "API key required within 10 seconds.".to_owned()));
    let waited = started.elapsed();
    tokio::time::resume();
    assert!((Duration::from_secs(9)..Duration::from_secs(11)).contains(&waited), "{waited:?}");
}

#[tokio::test]
async fn a_ping_is_answered_and_a_flood_ends_the_connection() {
    let lab = Lab::keyed().await;
    let mut socket = Socket::ready(&lab).await;
    socket.0.send(Message::Ping(b"there?".to_vec().into())).await.unwrap();
    assert_eq!(socket.0.next().await.unwrap().unwrap(), Message::Pong(b"there?".to_vec().into()));
    // The connection may break while the rest is still being sent.
    let _ = socket.0.send(Message::Text("x".repeat(1_000_000).into())).await;
    let end = tokio::time::timeout(Duration::from_secs(10), socket.0.next()).await.unwrap();
    assert!(!matches!(end, Some(Ok(Message::Text(_)))), "{end:?}");
}

#[tokio::test]
async fn the_root_is_json_for_some_and_counts_for_others() {
    let lab = Lab::keyed().await;
    let (code, root) = answer(lab.open(Method::GET, "/")).await;
    assert_eq!((code, &root["capabilities"]), (200, &json!({"ws_run_id": 1})));
    let mut socket = Socket::open(&lab, "/").await;
    assert_eq!((socket.text().await, socket.text().await), ("Message: 1".into(), "Message: 2".into()));
}

#[tokio::test]
async fn a_request_that_is_none_for_a_websocket_is_told_so() {
    let lab = Lab::keyed().await;
    for path in ["/ws", "/ws/virtual-machines"] {
        assert_eq!(answer(lab.open(Method::GET, path)).await.0, 426);
    }
}

#[tokio::test]
async fn what_is_no_command_is_answered_and_changes_nothing() {
    let lab = Lab::keyed().await;
    let mut socket = Socket::ready(&lab).await;
    socket.say("Reboot").await;
    assert_eq!(socket.text().await, "Invalid command: Reboot");
    assert_eq!(
        socket.text().await,
        "Valid commands: 'Sync Nodes', 'Sync Virtual Machines', 'Full Update Sync'"
    );
    let long = format!(r#"{{"command": "Full Update", "run_id": "abcdefgh"}}{}"#, " ".repeat(5000));
    for text in [r#"{"command": "Full Update"}"#, "{", &"x".repeat(5000), &long.replace('}', ",}")] {
        socket.say(text).await;
        assert_eq!(socket.text().await, "Invalid sync command");
    }
    socket.0.send(Message::Binary(vec![1, 2, 3].into())).await.unwrap();
    assert_eq!(socket.text().await, "Invalid sync command");
    assert!(lab.store.runs(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn nodes_are_told_one_by_one() {
    let world = world(2, 0).await;
    let mut socket = Socket::ready(&world.lab).await;
    socket.say("Sync Nodes").await;
    assert_eq!(socket.text().await, "Sync Nodes");
    let frames = objects(&socket.until_the_end_of("device").await);
    let rows: Vec<&Value> = frames.iter().filter(|frame| frame["type"] == "create").collect();
    assert_eq!(rows.len(), 4, "{frames:?}");
    let before = json!({"object": "device", "type": "create", "data": {"completed": false, "sync_status": "syncing",
        "rowid": "pve1", "name": "pve1", "netbox_id": null}});
    assert_eq!(rows[0], &before);
    let (after, data) = (rows[1], &rows[1]["data"]);
    assert_eq!((&after["object"], &data["completed"]), (&json!("device"), &json!(true)));
    assert_eq!((&data["sync_status"], &data["increment_count"]), (&json!("completed"), &json!("yes")));
    let link = format!("<a href='{}/dcim/devices/{}/'>pve1</a>", world.netbox.url(), data["netbox_id"]);
    assert_eq!(data["name"], link);
    let end = frames.last().unwrap();
    assert_eq!((&end["status"], &end["stages"]["devices"]["created"]), (&json!("completed"), &json!(3)));
    assert_eq!(frames.iter().filter(|frame| frame["end"] == true).count(), 1);
    assert_eq!(world.netbox.objects("dcim.device").len(), 2);
}

#[tokio::test]
async fn every_frame_of_a_json_command_carries_its_id() {
    let world = world(1, 3).await;
    let mut socket = Socket::ready(&world.lab).await;
    socket.say(r#"{"command": "Full Update", "run_id": "plugin-run_42"}"#).await;
    let frames = socket.until_the_end_of("full-update").await;
    let told = objects(&frames);
    assert_eq!(told.len(), frames.len(), "everything is JSON");
    assert!(told.iter().all(|frame| frame["run_id"] == "plugin-run_42"), "{told:?}");
    let ends: Vec<&Value> = told.iter().filter(|frame| frame["end"] == true).collect();
    let ended: Vec<&str> = ends.iter().map(|end| end["object"].as_str().unwrap()).collect();
    assert_eq!(ended, ["device", "virtual_machine", "full-update"]);
    let last = ends[2];
    assert_eq!((&last["status"], last["stages"].as_object().unwrap().len()), (&json!("completed"), 12));
    assert_eq!(last["stages"]["virtual-machines"]["created"], 3);
    assert!(told.iter().any(|frame| frame["message"].is_string()), "texts are told, too");
    assert_eq!(world.netbox.objects("virtualization.virtualmachine").len(), 3);
}

#[tokio::test]
async fn commands_are_carried_out_one_after_the_other() {
    let world = world(1, 1).await;
    let mut socket = Socket::ready(&world.lab).await;
    socket.say(r#"{"command": "Sync Nodes", "run_id": "first-run"}"#).await;
    socket.say(r#"{"command": "Sync Virtual Machines", "run_id": "second-run"}"#).await;
    let first = objects(&socket.until_the_end_of("device").await);
    assert!(first.iter().all(|frame| frame["run_id"] == "first-run"), "{first:?}");
    assert_eq!(first[0]["message"], "Sync Nodes");
    let second = objects(&socket.until_the_end_of("virtual_machine").await);
    assert!(second.iter().all(|frame| frame["run_id"] == "second-run"), "{second:?}");
    assert_eq!(second.last().unwrap()["status"], "completed");
}

#[tokio::test]
async fn a_sync_that_cannot_begin_ends_with_the_reason() {
    let lab = Lab::keyed().await;
    let mut socket = Socket::ready(&lab).await;
    socket.say(r#"{"command": "Full Update", "run_id": "abcdefgh"}"#).await;
    let frames = objects(&socket.until_the_end_of("full-update").await);
    let failure = json!({"event": "error_detail", "phase": "full-update", "category": "internal", "run_id": "abcdefgh",
        "message": "No NetBox endpoint found: Store one with POST /netbox/endpoint, or enable the one that is stored."});
    assert_eq!((&frames[0], &frames[1]["status"]), (&failure, &json!("failed")));
    socket.say("Sync Virtual Machines").await;
    assert!(socket.text().await.starts_with("Error: No NetBox endpoint found"));

    let mut socket = Socket::open(&lab, "/ws/virtual-machines").await;
    assert_eq!(socket.text().await, "Connected!");
    assert!(socket.text().await.starts_with("Error: No NetBox endpoint found"));
    assert_eq!(socket.closed().await.0, 1011);
}

#[tokio::test]
async fn a_sync_that_comes_to_nothing_says_failed() {
    let world = world(1, 1).await;
    world.netbox.fault("*", netbox::Fault::Status(500, json!({})));
    let mut socket = Socket::ready(&world.lab).await;
    socket.say(r#"{"command": "Full Update", "run_id": "abcdefgh"}"#).await;
    let frames = objects(&socket.until_the_end_of("full-update").await);
    assert_eq!(frames.last().unwrap()["status"], "failed");
    assert!(frames.iter().any(|frame| frame["event"] == "error_detail"), "{frames:?}");
}

#[tokio::test]
async fn the_channel_of_machines_syncs_them_and_ends() {
    let world = world(1, 2).await;
    let mut socket = Socket::open(&world.lab, "/ws/virtual-machines").await;
    assert_eq!(socket.text().await, "Connected!");
    let frames = objects(&socket.until_the_end_of("virtual_machine").await);
    assert_eq!(frames.iter().filter(|frame| frame["data"]["completed"] == true).count(), 2);
    assert_eq!(socket.closed().await.0, 1000);
    assert_eq!(world.netbox.objects("virtualization.virtualmachine").len(), 2);
}

#[tokio::test]
async fn a_run_goes_on_when_its_client_leaves() {
    let world = world(1, 4).await;
    let mut socket = Socket::ready(&world.lab).await;
    socket.say("Full Update Sync").await;
    socket.text().await;
    drop(socket);
    assert_eq!(world.lab.ended_run().await.state, RunState::Ended(RunStatus::Completed));
    assert_eq!(world.netbox.objects("virtualization.virtualmachine").len(), 4);
}

#[tokio::test]
async fn a_server_that_stops_says_goodbye() {
    let mut world = world(1, 1).await;
    let mut idle = Socket::ready(&world.lab).await;
    let mut busy = Socket::ready(&world.lab).await;
    world.netbox.fault("*", netbox::Fault::Hang);
    busy.say(r#"{"command": "Full Update", "run_id": "abcdefgh"}"#).await;
    let active = async {
        while world.lab.get("/sync/active").await.1["active"] == false {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), active).await.unwrap();
    world.lab.tell_to_stop();
    let going = (1001, "The server stops.".to_owned());
    assert_eq!(idle.closed().await, going);
    let frames = objects(&busy.until_the_end_of("full-update").await);
    assert_eq!(frames.last().unwrap()["status"], "failed");
    assert_eq!(busy.closed().await, going);
    world.lab.stop().await;
}
