//! What a run needs in NetBox, looked at and made without one.

use crate::lab::Lab;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{self, FakeNetbox, Flavour};
use proxbox_fakes::proxmox::{self, FakeProxmox};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const STATUS: &str = "/extras/bootstrap-status";
const RECONCILE: &str = "/extras/custom-fields/reconcile";
const CREATE: &str = "/extras/extras/custom-fields/create";

async fn start(flavour: Flavour) -> FakeNetbox {
    FakeNetbox::start(netbox::Options::default().flavour(flavour)).await.unwrap()
}

async fn stored(netbox: &FakeNetbox, token: &str) -> Lab {
    let lab = Lab::keyed().await;
    let endpoint = json!({"name": "self", "ip_address": "127.0.0.1", "domain": "", "port": netbox.addr().port(),
        "verify_ssl": false, "token_version": "v1", "token": token});
    assert_eq!(lab.post("/netbox/endpoint", endpoint).await.0, 200);
    lab
}

/// The tag and every custom field, by name, with the kinds that it is on.
fn ground(netbox: &FakeNetbox) -> BTreeMap<String, Vec<String>> {
    let name = |object: &Value| object["name"].as_str().unwrap().to_owned();
    let kinds = |field: &Value| {
        let mut kinds: Vec<String> = field["object_types"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kind| kind.as_str().unwrap().to_owned())
            .collect();
        kinds.sort_unstable();
        kinds
    };
    let tags = netbox.objects("extras.tag").into_iter().filter(|tag| tag["slug"] == "proxbox");
    let tags: Vec<(String, Vec<String>)> =
        tags.map(|tag| (name(&tag), vec![tag["slug"].as_str().unwrap().to_owned()])).collect();
    let fields = netbox.objects("extras.customfield");
    tags.into_iter().chain(fields.iter().map(|field| (name(field), kinds(field)))).collect()
}

async fn reason(lab: &Lab) -> (bool, Option<String>) {
    let (code, status) = lab.get(STATUS).await;
    assert!(code == 200 && status["detail"].is_string(), "{code} {status}");
    (status["ok"].as_bool().unwrap(), status["reason"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn the_repair_makes_what_a_run_makes_and_only_once() {
    for flavour in [Flavour::Bare, Flavour::OlderPlugin, Flavour::CurrentPlugin] {
        let (repaired, synced) = (start(flavour).await, start(flavour).await);
        let lab = stored(&repaired, repaired.token()).await;
        assert_eq!(reason(&lab).await, (false, Some("custom_fields_missing".to_owned())), "{flavour:?}");
        assert!(repaired.writes().is_empty(), "looking writes nothing");

        let (code, made) = lab.post(RECONCILE, json!({})).await;
        assert_eq!((code, &made["ok"]), (200, &json!(true)), "{made}");
        assert!(made["created"].as_array().unwrap().contains(&json!("tag:Proxbox")), "{made}");
        assert_eq!(reason(&lab).await, (true, None), "{flavour:?}");

        let fleet = Fleet::generate(&FleetSpec::new("lab", 2, 12, 1));
        let proxmox = FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap();
        let other = Lab::keyed().await;
        other.connect(&proxmox, &synced).await;
        assert_eq!(other.get("/full-update").await.0, 200);
        assert_eq!(ground(&repaired), ground(&synced), "{flavour:?}");

        repaired.clear_requests();
        let (_, again) = lab.post(RECONCILE, json!({})).await;
        assert_eq!((&again["created"], &again["patched"]), (&json!([]), &json!([])));
        assert!(repaired.writes().is_empty(), "{flavour:?}");
    }
}

#[tokio::test]
async fn a_custom_field_that_lacks_a_kind_is_completed() {
    let netbox = start(Flavour::Bare).await;
    let lab = stored(&netbox, netbox.token()).await;
    let field = json!({"name": "proxmox_node", "type": "text", "object_types": ["dcim.site"]});
    netbox.insert("extras/custom-fields", &field).unwrap();
    let (_, made) = lab.post(RECONCILE, json!({})).await;
    assert_eq!(made["patched"], json!(["custom_field:proxmox_node"]), "{made}");
    assert!(ground(&netbox)["proxmox_node"].contains(&"dcim.site".to_owned()), "what was there stays");
    assert!(ground(&netbox)["proxmox_node"].contains(&"dcim.device".to_owned()));
}

#[tokio::test]
async fn the_older_way_makes_the_same_and_lists_it() {
    let netbox = start(Flavour::OlderPlugin).await;
    let lab = stored(&netbox, netbox.token()).await;
    let foreign = json!({"name": "cost_centre", "type": "text", "object_types": ["dcim.device"]});
    netbox.insert("extras/custom-fields", &foreign).unwrap();
    let (code, fields) = lab.get(CREATE).await;
    assert_eq!((code, fields.as_array().unwrap().len()), (200, 35), "{fields}");
    assert!(
        fields.as_array().unwrap().iter().all(|field| field["id"].is_u64() && field["name"] != "cost_centre")
    );
}

#[tokio::test]
async fn every_obstacle_has_a_reason() {
    let lab = Lab::keyed().await;
    assert_eq!(reason(&lab).await, (false, Some("no_netbox_session".to_owned())));
    assert_eq!(lab.post(RECONCILE, json!({})).await.0, 400);
    assert_eq!(lab.get("/extras/bootstrap-status?netbox_id=x").await.0, 422);

    let netbox = start(Flavour::CurrentPlugin).await;
    let lab = stored(&netbox, netbox.read_only_token()).await;
    assert_eq!(reason(&lab).await, (false, Some("token_may_not_write".to_owned())));
    let (code, made) = lab.post(RECONCILE, json!({})).await;
    assert_eq!((code, &made["ok"]), (200, &json!(false)), "{made}");
    assert!(!made["warnings"].as_array().unwrap().is_empty(), "{made}");
    assert_eq!(lab.get(CREATE).await.0, 502);

    let lab = stored(&netbox, "0000000000000000000000000000000000000000").await;
    let (ok, code) = reason(&lab).await;
    assert!(!ok && code.is_some_and(|code| code.starts_with("netbox-")));

    let lab = stored(&netbox, netbox.token()).await;
    netbox.fault("*", netbox::Fault::Hang);
    assert_eq!(reason(&lab).await, (false, Some("netbox_timeout".to_owned())));
}
