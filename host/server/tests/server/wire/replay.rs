//! Replays a list of requests, one JSON object to a line:
//!
//! - `{"name": "stage", "query" | "body" | "shape": …}` gives something a name; `$stage` stands for it from then on.
//! - `{"about": …}` says what the plugin was doing.
//! - `{"netbox": "POST", "path": …, "body": …}` is what the plugin or its operator does in NetBox meanwhile.
//! - `{"method", "path", "query", "key", "body", "status", "shape"}` is a request and its answer. The key is the plugin's
//!   own unless it says `none` or `other`. With `stream` instead of `shape` the answer tells about that step. `recorded`
//!   notes a status that the recording shows and that is not ours: the plugin takes both. `remember` says what stands for
//!   the id in the answer. `{vm100}` is the id of the machine of that name in NetBox.
//!
//! Hosts and ports of the recording are replaced by those of the fleet and the NetBox here.

use super::{shape, sse};
use crate::lab::Lab;
use proxbox_fakes::fleet::{Backup, Fleet, FleetSpec, GuestKind, GuestStatus, Task};
use proxbox_fakes::netbox::{self, FakeNetbox, Flavour};
use proxbox_fakes::proxmox::{self, Account, FakeProxmox, Rights};
use proxbox_server::ServerConfig;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const KEY: &str = "made-up-key-of-the-plugin-0000000000000000000000000000000000000";
const OTHER_KEY: &str = "a-key-that-nobody-has-registered-000000000";
const NETBOX_TOKEN: &str = "made-up-token-of-netbox-0000000000000000";
const NETBOX_SECRET: &str = "made-up-secret-of-netbox-000000000000000";
const PROXMOX_TOKEN: &str = "sekret";

pub struct Replay {
    lab: Lab,
    netbox: FakeNetbox,
    /// Answers as long as the replay lives.
    _proxmox: FakeProxmox,
    named: BTreeMap<String, Value>,
    /// Ids of the recording, and ours.
    ids: BTreeMap<String, u64>,
    about: String,
    deviations: Vec<String>,
}

impl Replay {
    pub async fn of(lines: &str, flavour: Flavour) -> Self {
        let reader = Account::new("root@pam", "made-up", "t", PROXMOX_TOKEN, Rights::reader());
        let options = proxmox::Options::default().accounts(vec![reader]);
        let proxmox = FakeProxmox::start(fleet(), options).await.unwrap();
        let options = netbox::Options {
            token: NETBOX_TOKEN.to_owned(),
            token_v2: ("NDt9Nn1HZF2Z".to_owned(), NETBOX_SECRET.to_owned()),
            ..netbox::Options::default()
        };
        let netbox = FakeNetbox::start(options.flavour(flavour)).await.unwrap();
        let (named, ids) = (BTreeMap::new(), BTreeMap::new());
        let lab = Lab::with(ServerConfig::default()).await;
        let here = lines
            .replace("192.0.2.10", "127.0.0.1")
            .replace("netbox.test", "localhost")
            .replace("pve.example.test", "localhost")
            .replace("8006", &proxmox.addr().port().to_string())
            .replace("8000", &netbox.addr().port().to_string());
        let (about, deviations) = (String::new(), Vec::new());
        let mut replay = Self { lab, netbox, _proxmox: proxmox, named, ids, about, deviations };
        for line in here.lines() {
            replay.line(&serde_json::from_str(line).unwrap()).await;
        }
        replay
    }

    pub fn netbox(&self) -> &FakeNetbox {
        &self.netbox
    }

    /// Our id of what had that id in the recording.
    pub fn id_of(&self, recorded: &str) -> Option<u64> {
        self.ids.get(recorded).copied()
    }

    pub fn assert_as_recorded(&self) {
        let list = self.deviations.join("\n");
        assert!(self.deviations.is_empty(), "{} answers are not as recorded:\n{list}", self.deviations.len());
    }

    async fn line(&mut self, line: &Value) {
        let text = |name: &str| line[name].as_str();
        if let Some(name) = text("name") {
            let value = ["query", "body", "shape"].iter().find_map(|kind| line.get(kind)).unwrap();
            self.named.insert(name.to_owned(), value.clone());
        } else if let Some(about) = text("about") {
            about.clone_into(&mut self.about);
        } else if let Some(method) = text("netbox") {
            let path = text("path").unwrap();
            match method {
                "POST" => self.netbox.insert(path, &line["body"]).map(|_| ()).unwrap(),
                _ => self.netbox.delete(path).unwrap(),
            }
        } else if let Err(why) = self.request(line).await {
            let (method, path) = (text("method").unwrap(), text("path").unwrap());
            let query = text("query").unwrap_or_default();
            self.deviations.push(format!("{}: {method} {path} {query}: {why}", self.about));
        }
    }

    async fn request(&mut self, line: &Value) -> Result<(), String> {
        let method = Method::from_bytes(line["method"].as_str().unwrap().as_bytes()).unwrap();
        let mut request = self.lab.open(method, &self.target(line));
        if let Some(key) = match line["key"].as_str() {
            None => Some(KEY),
            Some("none") => None,
            Some(_) => Some(OTHER_KEY),
        } {
            request = request.header("X-Proxbox-API-Key", key);
        }
        if let Some(body) = line.get("body") {
            request = request.json(&self.resolved(body));
        }
        let response = request.header("Accept", "*/*").send().await.map_err(|error| error.to_string())?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.map_err(|error| error.to_string())?;
        for secret in [KEY, NETBOX_TOKEN, NETBOX_SECRET, PROXMOX_TOKEN] {
            if text.contains(secret) {
                return Err(format!("a secret is in the answer: {text}"));
            }
        }
        if line["status"] != json!(status) {
            return Err(format!("status {status} instead of {}: {text}", line["status"]));
        }
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if let Some(step) = line["stream"].as_str() {
            if kind != "text/event-stream; charset=utf-8" {
                return Err(format!("content type {kind}"));
            }
            let mut faults = sse::faults(&text, step);
            let tells = |frame: &sse::Frame| frame.event == "step" && frame.json()["step"] == step;
            if faults.is_empty() && !sse::parse(&text).iter().any(tells) {
                faults.push(format!("nothing tells about {step}"));
            }
            return if faults.is_empty() { Ok(()) } else { Err(faults.join("\n    ")) };
        }
        if !kind.starts_with("application/json") {
            return Err(format!("content type {kind}"));
        }
        let answer: Value = serde_json::from_str(&text).map_err(|error| format!("{error} in {text}"))?;
        if let Some(recorded) = line["remember"].as_str() {
            self.ids.insert(recorded.to_owned(), answer["id"].as_u64().ok_or("the answer has no id")?);
        }
        let wanted = line.get("shape").map_or(json!("any"), |wanted| self.resolved(wanted));
        shape::check(&wanted, &answer).map_err(|why| format!("the answer{why}"))
    }

    /// Path and query, with our ids in place of the recorded ones.
    fn target(&self, line: &Value) -> String {
        let mut target = line["path"].as_str().unwrap().to_owned();
        if let Some(query) = line["query"].as_str() {
            let query = match query.strip_prefix('$').and_then(|query| query.split_once('&')) {
                Some((name, rest)) => format!("{}&{rest}", self.named[name].as_str().unwrap()),
                None => query.to_owned(),
            };
            target = format!("{target}?{query}");
        }
        for (recorded, id) in &self.ids {
            for place in ["/proxmox/endpoints/", "proxmox_endpoint_ids="] {
                target = target.replace(&format!("{place}{recorded}"), &format!("{place}{id}"));
            }
        }
        let machine = self.netbox.find("virtualization.virtualmachine", "name", "vm100");
        machine.map_or(target.clone(), |machine| target.replace("{vm100}", &machine["id"].to_string()))
    }

    /// With what names stand for.
    fn resolved(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(name) => self.resolved(&self.named[name]),
                None => value.clone(),
            },
            Value::Array(list) => list.iter().map(|value| self.resolved(value)).collect(),
            Value::Object(members) => {
                let resolved = members.iter().map(|(name, value)| (name.clone(), self.resolved(value)));
                Value::Object(resolved.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
}

/// A fleet with what the recorded requests name: nodes pve1 and pve2, template 900, machine 100 with an address, a
/// snapshot, a backup and a task.
fn fleet() -> Fleet {
    let mut fleet = Fleet::generate(&FleetSpec::new("lab", 2, 8, 1));
    let template = fleet.add_guest(GuestKind::Qemu, "template");
    let mut template = fleet.remove_guest(template).unwrap();
    (template.vmid, template.template, template.status) = (900, true, GuestStatus::Stopped);
    fleet.guests.insert(900, template);

    fleet.remove_guest(100).unwrap();
    assert_eq!(fleet.add_guest(GuestKind::Qemu, "vm100"), 100);
    fleet.take_snapshot(100, "snap1").unwrap();
    fleet.set_addresses(100, 0, vec![("10.99.0.5".parse().unwrap(), 24)]).unwrap();
    fleet.backups.push(Backup {
        storage: "local".to_owned(),
        node: Some("pve1".to_owned()),
        volid: "local:backup/x.zst".to_owned(),
        vmid: 100,
        kind: GuestKind::Qemu,
        format: "vma.zst".to_owned(),
        size: 1 << 30,
        created: 1_767_200_000,
        notes: String::new(),
        protected: false,
        verification: None,
        encrypted: None,
    });
    fleet.tasks.push(Task {
        node: "pve1".to_owned(),
        kind: "qmstart".to_owned(),
        about: "100".to_owned(),
        user: "root@pam".to_owned(),
        started: 0x5F00_0000,
        ended: Some(0x5F00_0002),
        status: "OK".to_owned(),
        pid: 0x1234,
        pstart: 0x00AB_CDEF,
    });
    fleet
}
