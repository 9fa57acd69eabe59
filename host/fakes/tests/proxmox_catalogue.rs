//! The server answers every read that a version of Proxmox VE documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stdout)]

#[path = "proxmox/client.rs"]
mod client;

use client::{data, fleet, get, get_as, refusal, request, start, start_with};
use proxbox_catalogue::{Catalogue, Method, Shelf, check_returns};
use proxbox_fakes::fleet::{Fleet, FleetSpec, GuestKind};
use proxbox_fakes::proxmox::{FakeProxmox, Fault, Options, paths};
use serde_json::{Value, json};
use std::sync::Arc;

/// The place where the fleet is not as documented on purpose: one of its jobs has its retention as a text.
const RETENTION_AS_TEXT: &str = "[].prune-backups";

fn catalogue(version: &str) -> Arc<Catalogue> {
    Shelf::bundled().get(version).unwrap()
}

async fn playing(version: &str) -> FakeProxmox {
    start_with(fleet(), Options::http().api(version)).await
}

/// One client for many requests with the first token.
struct Client(reqwest::Client, String, String);

impl Client {
    fn of(fake: &FakeProxmox) -> Self {
        let (user, name, secret) = fake.token();
        let authorization = format!("PVEAPIToken={user}!{name}={secret}");
        Self(reqwest::Client::new(), format!("{}/api2/json", fake.url()), authorization)
    }

    fn ask(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.0.request(method, format!("{}{path}", self.1)).header("authorization", &self.2)
    }
}

#[tokio::test]
async fn every_get_of_each_version_is_answered_and_fits_its_schema() {
    for version in Shelf::bundled().tags() {
        let (fake, catalogue) = (playing(&version).await, catalogue(&version));
        let (client, reads) = (Client::of(&fake), fake.reads());
        let documented = catalogue.operations().filter(|operation| operation.method == Method::Get);
        assert_eq!(reads.len(), documented.count());
        let mut wrong = Vec::new();
        for read in &reads {
            let request = client.ask(reqwest::Method::GET, &read.path).query(&read.query);
            let (status, reason, body) = refusal(request).await;
            let operation = catalogue.operation(Method::Get, &read.template).unwrap();
            let drifts = check_returns(&operation, &body["data"]);
            let drifts = drifts.iter().filter(|drift| drift.path != RETENTION_AS_TEXT);
            let drifts: Vec<_> = drifts.map(ToString::to_string).collect();
            if status != 200 || !drifts.is_empty() {
                wrong.push(format!("{status} {reason} {}: {}", read.path, drifts.join("; ")));
            }
        }
        let own = reads.iter().filter(|read| paths().any(|path| path == read.template)).count();
        println!("Proxmox VE {version}: {} reads, {own} of them from the fleet", reads.len());
        assert!(wrong.is_empty(), "{version}:\n{}", wrong.join("\n"));
        assert!(fake.writes().is_empty());
    }
}

#[tokio::test]
async fn a_server_plays_the_version_of_its_fleet_unless_told_otherwise() {
    let only_newer = "/cluster/sdn/route-maps";
    for (fake, release, known) in [
        (start(fleet()).await, "9.1", 501),
        (playing("9.1").await, "9.1", 501),
        (playing("9.2").await, "9.2", 200),
        (playing("latest").await, "9.2", 200),
    ] {
        let version = data(&fake, "/version").await;
        assert_eq!(version["release"], release);
        assert!(version["version"].as_str().unwrap().starts_with(&format!("{release}.")), "{version}");
        assert_eq!(refusal(get(&fake, only_newer)).await.0, known, "{release}");
    }
    let error = FakeProxmox::start(fleet(), Options::http().api("4.1")).await.unwrap_err();
    assert_eq!(error.to_string(), "nothing is known of Proxmox VE 4.1");
}

#[tokio::test]
async fn a_fleet_of_an_undocumented_version_answers_what_it_has_and_no_more() {
    let spec = FleetSpec { version: "8.4.1".to_owned(), ..FleetSpec::new("lab", 3, 20, 7) };
    let fake = start(Fleet::generate(&spec)).await;
    assert!(fake.reads().is_empty());
    data(&fake, "/nodes").await;
    assert_eq!(refusal(get(&fake, "/nodes/pve1/services")).await.0, 501);
}

#[tokio::test]
async fn every_guest_of_a_fleet_with_odd_names_fits_the_schema() {
    let spec = FleetSpec { odd_names: true, ..FleetSpec::new("lab", 3, 60, 11) };
    let fake = start_with(Fleet::generate(&spec), Options::http().api("9.2")).await;
    let (client, catalogue) = (Client::of(&fake), catalogue("9.2"));
    let guests = fake.change(|fleet| fleet.guests.values().cloned().collect::<Vec<_>>());
    let (mut answered, mut wrong) = (0, Vec::new());
    for guest in &guests {
        let start = format!("/nodes/{{node}}/{}/{{vmid}}", guest.kind.as_str());
        for template in paths().filter(|path| path.starts_with(&start)) {
            let path = template.replace("{node}", &guest.node).replace("{vmid}", &guest.vmid.to_string());
            let (status, _, body) = refusal(client.ask(reqwest::Method::GET, &path)).await;
            // A guest that is off says nothing from inside: an error, or null for a container.
            if status != 200 || body["data"].is_null() {
                assert!(!guest.is_running() || path.contains("/agent/"), "{path}: {status}");
                continue;
            }
            answered += 1;
            let operation = catalogue.operation(Method::Get, template).unwrap();
            wrong.extend(
                check_returns(&operation, &body["data"]).iter().map(|drift| format!("{path}: {drift}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(answered > guests.len() * 6, "{answered}");
}

#[tokio::test]
async fn examples_name_what_the_path_names_and_else_things_of_the_fleet() {
    let spec =
        FleetSpec { node_prefix: "host".to_owned(), first_vmid: 500, ..FleetSpec::new("lab", 2, 10, 7) };
    let fake = start_with(Fleet::generate(&spec), Options::http().api("9.2")).await;
    assert_eq!(data(&fake, "/cluster/config/nodes").await[0]["node"], "host1");
    assert_eq!(data(&fake, "/cluster/backup-info/not-backed-up").await[0]["vmid"], 500);
    assert_eq!(data(&fake, "/cluster/sdn/zones/blue").await["zone"], "blue");
}

#[tokio::test]
async fn an_unknown_path_is_not_implemented() {
    let fake = playing("9.2").await;
    for path in ["/nodes/pve1/nonsense", "/nodes/pve1/services/a%2Fb", "/nodes//services"] {
        let (status, reason, body) = refusal(get(&fake, path)).await;
        assert_eq!((status, reason), (501, format!("Method 'GET {path}' not implemented")));
        assert_eq!(body["data"], Value::Null);
    }
}

#[tokio::test]
async fn nodes_guests_and_storages_must_be_there() {
    let fake = playing("9.2").await;
    fake.change(|fleet| fleet.set_node_online("pve2", false)).unwrap();
    for (path, status, reason) in [
        ("/nodes/nowhere/services", 500, "hostname lookup 'nowhere' failed"),
        ("/nodes/pve2/services", 595, "No route to host"),
        (
            "/nodes/pve1/qemu/999999/pending",
            500,
            "Configuration file 'nodes/pve1/qemu-server/999999.conf' does",
        ),
        ("/nodes/pve1/storage/gone/status", 500, "storage 'gone' does not exist"),
    ] {
        let refused = refusal(get(&fake, path)).await;
        assert_eq!(refused.0, status, "{path}");
        assert!(refused.1.starts_with(reason), "{path}: {}", refused.1);
    }
}

#[tokio::test]
async fn every_wrong_parameter_is_told_in_the_words_of_proxmox() {
    let fake = playing("9.2").await;
    let errors = async |path: &str| {
        let (status, reason, body) = refusal(get(&fake, path)).await;
        assert_eq!((status, reason.as_str()), (400, "Parameter verification failed."), "{path}");
        body["errors"].clone()
    };
    let undefined = "property is not defined in schema and the schema does not allow additional properties";
    assert_eq!(
        errors("/nodes/pve1/rrddata?timeframe=aeon&cf=MEAN&colour=red").await,
        json!({
            "timeframe": "value 'aeon' does not have a value in the enumeration 'hour, day, week, month, year, decade'",
            "cf": "value 'MEAN' does not have a value in the enumeration 'AVERAGE, MAX'",
            "colour": undefined,
        })
    );
    assert_eq!(
        errors("/nodes/pve1/rrddata").await,
        json!({"timeframe": "property is missing and it is not optional"})
    );
    assert_eq!(
        errors("/nodes/pve1/syslog?limit=many&start=-1").await,
        json!({
            "limit": "type check ('integer') failed - got 'many'",
            "start": "invalid format - value '-1' must be 0 or more",
        })
    );
    assert_eq!(errors("/nodes/pve1/qemu/99/pending").await.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_caller_must_log_in_and_see_the_guest() {
    let fake = playing("9.2").await;
    let anonymous = request(&fake, reqwest::Method::GET, "/nodes/pve1/services");
    assert_eq!(refusal(anonymous).await.0, 401);
    let vmid = fake.change(|fleet| fleet.add_guest(GuestKind::Lxc, "box"));
    let path = format!("/nodes/pve1/lxc/{vmid}/pending");
    let separated = get_as(&fake, "separated", "9b8a7c6d-5e4f-4d3c-a2b1-0f9e8d7c6b5a", &path);
    assert_eq!(refusal(separated).await.0, 403);
    data(&fake, &path).await;
}

#[tokio::test]
async fn any_writing_is_refused_and_noticed() {
    let fake = playing("9.2").await;
    let client = Client::of(&fake);
    let mut sent = Vec::new();
    for read in fake.reads() {
        for method in [reqwest::Method::POST, reqwest::Method::PUT, reqwest::Method::DELETE] {
            if (method.as_str(), read.path.as_str()) == ("POST", "/access/ticket") {
                continue;
            }
            let (status, reason, _) = refusal(client.ask(method.clone(), &read.path)).await;
            assert_eq!((status, reason), (501, format!("Method '{method} {}' not implemented", read.path)));
            sent.push((method.to_string(), read.path.clone()));
        }
    }
    let noticed: Vec<_> = fake.writes().into_iter().map(|write| (write.method, write.path)).collect();
    println!("{} writes refused", sent.len());
    assert_eq!(noticed, sent);
    refusal(client.ask(reqwest::Method::POST, "/access/ticket")).await;
    assert_eq!(fake.writes().len(), sent.len(), "a login writes nothing");
}

#[tokio::test]
async fn faults_reach_every_read() {
    let fake = playing("9.2").await;
    let path = "/nodes/pve1/services";
    for (status, reason) in [
        (401, "permission denied"),
        (403, "Permission check failed"),
        (500, "rbd error"),
        (595, "No route to host"),
    ] {
        fake.fault(path, Fault::Status(status, reason.to_owned()));
        let refused = refusal(get(&fake, path)).await;
        assert_eq!((refused.0, refused.1.as_str()), (status, reason));
    }
    fake.fault(path, Fault::Garbage);
    assert!(refusal(get(&fake, path)).await.2.is_string());
    data(&fake, "/nodes/pve1/services/cron/state").await;
}

#[tokio::test]
async fn an_answer_that_drifts_does_not_fit_its_schema() {
    let fake = playing("9.2").await;
    let catalogue = catalogue("9.2");
    fake.fault("*", Fault::Drift);
    for (path, template) in [
        ("/version", "/version"),
        ("/nodes", "/nodes"),
        ("/nodes/pve1/services", "/nodes/{node}/services"),
        ("/nodes/pve1/services/cron/state", "/nodes/{node}/services/{service}/state"),
        ("/cluster/nextid", "/cluster/nextid"),
    ] {
        let operation = catalogue.operation(Method::Get, template).unwrap();
        assert_ne!(check_returns(&operation, &data(&fake, path).await), [], "{path}");
    }
    assert_eq!(refusal(get(&fake, "/nonsense")).await.0, 501, "an error stays as it is");
}
