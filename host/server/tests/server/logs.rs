//! The log over HTTP.

use crate::lab::{KEY, Lab, answer, frames};
use futures::StreamExt as _;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{self, FakeNetbox};
use proxbox_fakes::proxmox::{self, FakeProxmox};
use proxbox_server::{LogBuffer, ServerConfig};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

/// While only one subscriber lives, `tracing` asks the thread that passes an event first whether anyone wants it; that
/// thread may be one of another test, and have none.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));

/// A server with the layer installed for this thread, on which everything of a test happens.
async fn logging(level: LevelFilter) -> (Lab, tracing::subscriber::DefaultGuard) {
    LazyLock::force(&ANOTHER);
    let logs = LogBuffer::default();
    let layer = tracing_subscriber::registry().with(logs.layer().with_filter(level));
    let guard = tracing::subscriber::set_default(layer);
    let lab = Lab::with(ServerConfig { rate_limit: 0, logs, ..ServerConfig::default() }).await;
    lab.register().await;
    (lab, guard)
}

async fn world(lab: &Lab, guests: usize) -> (FakeProxmox, FakeNetbox) {
    let fleet = Fleet::generate(&FleetSpec::new("lab", 1, guests, 1));
    let proxmox = FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap();
    let netbox = FakeNetbox::start(netbox::Options::default()).await.unwrap();
    lab.connect(&proxmox, &netbox).await;
    (proxmox, netbox)
}

fn list(body: &Value) -> Vec<Value> {
    body["logs"].as_array().unwrap().clone()
}

/// The entries of a run up to its end, which is written beside its answer.
async fn ended(lab: &Lab, run: &str) -> Vec<Value> {
    // A minute, which only a service that never writes it takes.
    for _ in 0..3000 {
        let (code, body) = lab.get(&format!("/admin/logs?operation_id={run}")).await;
        assert_eq!(code, 200);
        let entries = list(&body);
        let ended =
            |entry: &Value| entry["message"].as_str().is_some_and(|text| text.contains("run completed"));
        if entries.first().is_some_and(ended) {
            return entries;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the end of run {run} is not in the log");
}

#[tokio::test]
async fn a_run_can_be_followed_by_its_id() {
    let (lab, _guard) = logging(LevelFilter::INFO).await;
    let (_proxmox, _netbox) = world(&lab, 2).await;
    assert_eq!(lab.get("/full-update").await.0, 200);
    let run = lab.ended_run().await.id;
    let entries = ended(&lab, &run).await;
    assert!(entries.iter().all(|entry| entry["operation_id"] == run.as_str()), "{entries:?}");
    assert!(entries.iter().all(|entry| entry["operation"] == "full-update"), "{entries:?}");
    let text = |entry: &Value| entry["message"].as_str().unwrap().to_owned();
    assert!(text(entries.last().unwrap()).starts_with("run started"), "{entries:?}");
    assert!(text(&entries[0]).starts_with("run completed: "), "{entries:?}");
    let devices = entries.iter().find(|entry| entry["phase"] == "devices").unwrap();
    assert!(text(devices).starts_with("devices: 2 created"), "{devices}");
    assert_eq!(list(&lab.get("/admin/logs?operation_id=another").await.1), Vec::<Value>::new());
}

#[tokio::test]
async fn what_failed_is_told_with_its_type_and_name() {
    let (lab, _guard) = logging(LevelFilter::INFO).await;
    let (_proxmox, netbox) = world(&lab, 1).await;
    let refusal = netbox::Fault::Status(400, json!([{"name": ["No such name."]}]));
    netbox.fault("POST /api/virtualization/virtual-machines/", refusal);
    lab.get("/full-update").await;
    let entries = list(&lab.get("/admin/logs?level=WARNING").await.1);
    let failed = entries.iter().find(|entry| entry["phase"] == "virtual-machines").unwrap();
    assert_eq!(failed["level"], "WARNING");
    assert!(matches!(failed["resource_type"].as_str(), Some("qemu" | "lxc")), "{failed}");
    assert!(failed["resource_id"].is_string() && failed["operation_id"].is_string(), "{failed}");
    assert!(failed["expandable"].as_object().unwrap().contains_key("traceback"));
}

#[tokio::test]
async fn a_run_in_which_everything_fails_does_not_flood_the_log() {
    let (lab, _guard) = logging(LevelFilter::INFO).await;
    let (_proxmox, netbox) = world(&lab, 60).await;
    netbox.fault(
        "POST /api/virtualization/virtual-machines/",
        netbox::Fault::Status(403, json!({"detail": "no"})),
    );
    lab.get("/full-update").await;
    let entries = list(&lab.get("/admin/logs?limit=5000").await.1);
    let failed = entries.iter().filter(|entry| entry["resource_id"].is_string()).count();
    assert_eq!(failed, 50);
    let more = |entry: &&Value| entry["message"].as_str().unwrap().starts_with("more objects failed");
    assert_eq!(entries.iter().filter(more).count(), 1);
}

#[tokio::test]
async fn no_stored_secret_gets_in() {
    let (lab, _guard) = logging(LevelFilter::TRACE).await;
    let (proxmox, netbox) = world(&lab, 1).await;
    lab.get("/full-update").await;
    answer(lab.open(Method::GET, "/version").header("X-Proxbox-API-Key", "wrong-key-0123456789")).await;
    let (_, body) = lab.get("/admin/logs?limit=5000").await;
    assert!(list(&body).len() > 20, "everything is logged");
    let text = body.to_string();
    for secret in [KEY, netbox.token(), &proxmox.token().2, "wrong-key-0123456789"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn pages_and_filters_are_as_asked() {
    let (lab, _guard) = logging(LevelFilter::INFO).await;
    (0..5).for_each(|n| tracing::info!("number {n}"));
    tracing::error!("broken");
    let (_, body) = lab.get("/admin/logs?limit=2&offset=1").await;
    let messages: Vec<&str> =
        body["logs"].as_array().unwrap().iter().map(|e| e["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["number 4", "number 3"], "newest first");
    assert_eq!((&body["has_more"], body["total"].as_u64().unwrap() >= 6), (&json!(true), true));
    let newest = list(&lab.get("/admin/logs?limit=1").await.1)[0].clone();
    let (_, errors) = lab.get("/admin/logs?errors_only=true&level=info").await;
    assert_eq!(
        (&errors["total"], &errors["has_more"], &errors["logs"][0]),
        (&json!(1), &json!(false), &newest)
    );
    assert_eq!(
        errors["active_filters"],
        json!({"level": "INFO", "errors_only": true, "newer_than_id": null, "older_than_id": null, "since": null,
               "operation_id": null})
    );
    for (key, kind) in [("id", newest["id"].is_u64()), ("timestamp", newest["timestamp"].is_string())] {
        assert!(kind, "{key}: {newest}");
    }
    let time = newest["timestamp"].as_str().unwrap();
    assert_eq!(list(&lab.get(&format!("/admin/logs?since={time}")).await.1), [newest]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_nobody_looks_without_a_key() {
    let lab = Lab::keyed().await;
    for query in ["level=LOUD", "limit=0", "limit=5001", "offset=-1", "since=yesterday", "newer_than_id=x"] {
        assert_eq!(lab.get(&format!("/admin/logs?{query}")).await.0, 422, "{query}");
    }
    assert_eq!(lab.get("/admin/logs/stream?level=LOUD").await.0, 422);
    for path in ["/admin/logs", "/admin/logs/stream"] {
        assert_eq!(answer(lab.open(Method::GET, path)).await.0, 401);
    }
}

#[tokio::test]
async fn the_log_can_be_followed_until_the_server_stops() {
    let (mut lab, _guard) = logging(LevelFilter::INFO).await;
    tracing::info!("before");
    let response = lab.stream("/admin/logs/stream?level=INFO").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    let mut stream = response.bytes_stream();
    tracing::info!("after");
    let piece = tokio::time::timeout(Duration::from_secs(10), stream.next()).await.unwrap().unwrap().unwrap();
    let told = frames(std::str::from_utf8(&piece).unwrap());
    assert_eq!((told[0].0.as_str(), &told[0].1["message"]), ("log", &json!("after")));
    let id = told[0].1["id"].as_u64().unwrap();
    let behind = lab.stream(&format!("/admin/logs/stream?newer_than_id={}", id - 1)).await;
    lab.tell_to_stop();
    let told = frames(&behind.text().await.unwrap());
    assert_eq!(told[0].1["id"], id);
    while stream.next().await.is_some_and(|piece| piece.is_ok()) {}
    lab.stop().await;
}
