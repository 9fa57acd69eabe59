//! What happens when two runs meet.

use crate::lab::frames;
use crate::world::{World, slow_world, world};
use proxbox_fakes::proxmox::Fault;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const FULL: &str = "/full-update/stream";
const DEVICES: &str = "/dcim/devices/create/stream";
const STORAGE: &str = "/virtualization/virtual-machines/storage/create/stream";

/// A world in which the first run takes its time.
async fn slow() -> World {
    let world = world(1, 4).await;
    world.proxmox.fault_times("*", Fault::Slow(Duration::from_secs(4)), 1);
    world
}

impl World {
    /// Runs at work and waiting.
    async fn runs(&self) -> Vec<Value> {
        self.lab.get("/sync/active").await.1["runs"].as_array().unwrap().clone()
    }

    /// Waits until so many runs are there.
    async fn until(&self, count: usize) -> Vec<Value> {
        for _ in 0..1000 {
            let runs = self.runs().await;
            if runs.len() == count {
                return runs;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("there are never {count} runs");
    }
}

#[tokio::test]
async fn a_run_on_the_same_endpoint_waits_says_so_at_once_and_then_works() {
    let world = slow().await;
    let full = world.lab.stream(FULL).await;
    let first = world.until(1).await[0]["run_id"].clone();
    let mut devices = world.lab.stream(DEVICES).await;
    assert_eq!(devices.status(), 200);
    let text = String::from_utf8(devices.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let (name, step) = &frames(&text)[0];
    assert_eq!(
        (name.as_str(), &step["step"], &step["status"]),
        ("step", &json!("devices"), &json!("progress"))
    );
    let message = step["message"].as_str().unwrap();
    assert!(message.contains(first.as_str().unwrap()) && message.contains("lab (nb:1)"), "{message}");

    let runs = world.until(2).await;
    assert_eq!((&runs[0]["state"], &runs[0]["waits_for"]), (&json!("running"), &Value::Null));
    assert_eq!((&runs[1]["state"], &runs[1]["waits_for"]), (&json!("waiting"), &first));

    let (full, devices) = tokio::join!(full.text(), devices.text());
    assert_eq!(frames(&full.unwrap()).last().unwrap().1["ok"], true);
    let told = frames(&devices.unwrap());
    assert_eq!(told[0].1["message"], "Starting devices synchronization.");
    let complete = &told.last().unwrap().1;
    assert_eq!((&complete["ok"], &complete["result"]["created"]), (&json!(true), &json!(0)), "{complete}");
}

#[tokio::test]
async fn plain_routes_wait_as_well() {
    let world = slow().await;
    let full = world.lab.stream(FULL).await;
    world.until(1).await;
    let (code, listed) = world.lab.get("/virtualization/virtual-machines/storage/create").await;
    assert_eq!(code, 200, "{listed}");
    let listed = listed.as_array().unwrap();
    assert!(!listed.is_empty() && listed.iter().all(|one| one["operation"] == "unchanged"), "{listed:?}");
    assert_eq!(frames(&full.text().await.unwrap()).last().unwrap().1["ok"], true);
}

#[tokio::test]
async fn the_same_stage_asked_for_twice_at_once_is_one_run_at_work_or_waiting() {
    let world = slow().await;
    let full = world.lab.stream(FULL).await;
    world.until(1).await;
    let first = world.lab.stream(&format!("{STORAGE}?run_id=a")).await;
    world.until(2).await;
    let again = world.lab.stream(&format!("{STORAGE}?run_id=b")).await;
    let third = world.lab.stream(DEVICES).await;
    assert_eq!(world.until(3).await.len(), 3);
    // The client of the first one leaves; the run stays, and whoever asked again hears its end.
    drop(first);
    let told = frames(&again.text().await.unwrap());
    assert_eq!(told.last().unwrap().1["ok"], true);
    full.text().await.unwrap();
    third.text().await.unwrap();
    let store = world.lab.stop().await;
    assert_eq!(store.runs(10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_waiting_run_can_be_cancelled_and_whoever_listens_is_told() {
    let world = slow().await;
    let full = world.lab.stream(FULL).await;
    world.until(1).await;
    let waiting = world.lab.stream(DEVICES).await;
    let id = world.until(2).await[1]["run_id"].as_str().unwrap().to_owned();
    let path = format!("/sync/{id}/cancel");
    let (code, body) = world.lab.post(&path, json!({})).await;
    assert_eq!((code, &body["run_id"]), (202, &json!(id)));
    let told = frames(&waiting.text().await.unwrap());
    let complete = &told.last().unwrap().1;
    assert_eq!((&complete["ok"], &complete["message"]), (&json!(false), &json!("devices sync cancelled.")));
    assert_eq!(world.runs().await.len(), 1);
    assert_eq!(world.lab.post(&path, json!({})).await.0, 404);
    assert_eq!(frames(&full.text().await.unwrap()).last().unwrap().1["ok"], true);
}

#[tokio::test]
async fn a_run_at_work_can_be_cancelled() {
    let world = slow().await;
    let full = world.lab.stream(FULL).await;
    let id = world.until(1).await[0]["run_id"].as_str().unwrap().to_owned();
    assert_eq!(world.lab.post(&format!("/sync/{id}/cancel"), json!({})).await.0, 202);
    let complete = frames(&full.text().await.unwrap()).last().unwrap().1.clone();
    assert_eq!(
        (&complete["ok"], &complete["message"]),
        (&json!(false), &json!("Full update sync cancelled."))
    );
}

#[tokio::test]
async fn waiting_runs_are_told_when_the_server_stops() {
    let mut world = slow().await;
    let full = world.lab.stream(FULL).await;
    world.until(1).await;
    let waiting = world.lab.stream(DEVICES).await;
    world.until(2).await;
    world.lab.tell_to_stop();
    let (full, waiting) = tokio::join!(full.text(), waiting.text());
    for text in [full, waiting] {
        let complete = frames(&text.unwrap()).last().unwrap().1.clone();
        assert_eq!(complete["errors"], json!([{"detail": "Server shutdown or request cancelled."}]));
    }
    world.lab.stop().await;
}

#[tokio::test]
async fn only_so_many_wait_and_one_more_is_told_when_to_come_back() {
    let world = slow_world(1, 1, Duration::from_secs(2)).await;
    let full = world.lab.stream(FULL).await;
    let first = world.until(1).await[0]["run_id"].clone();
    for id in 1..=64 {
        let waiting = world.lab.stream(&format!("{DEVICES}?netbox_vm_ids={id}")).await;
        assert_eq!(waiting.status(), 200);
    }
    let refused =
        world.lab.request(Method::GET, &format!("{DEVICES}?netbox_vm_ids=65")).send().await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let body: Value = refused.json().await.unwrap();
    assert_eq!((&body["code"], &body["run_id"]), (&json!("sync-busy"), &first));
    drop(full);
    world.lab.stop().await;
}
