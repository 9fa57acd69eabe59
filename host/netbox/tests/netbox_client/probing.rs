//! What the client finds out about a NetBox.

use crate::support::{Lab, endpoint, kind, quick, status};
use proxbox_model::Diagnostic;
use proxbox_model::kind::{KINDS, Provider};
use proxbox_netbox::Netbox;
use serde_json::{Value as Json, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn netbox(version: &str, root: Option<Json>) -> (MockServer, Netbox) {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/status/"))
        .respond_with(ResponseTemplate::new(200).set_body_json(status(version)))
        .mount(&server)
        .await;
    let answer = match root {
        Some(root) => ResponseTemplate::new(200).set_body_json(root),
        None => ResponseTemplate::new(403).set_body_json(json!({"detail": "no"})),
    };
    Mock::given(method("GET")).and(path("/api/virtualization/")).respond_with(answer).mount(&server).await;
    let netbox = Netbox::new(&endpoint(&server.uri()), quick()).unwrap();
    (server, netbox)
}

#[tokio::test]
async fn version_plugins_and_features_are_named() {
    let (_server, netbox) =
        netbox("4.7.3", Some(json!({"virtual-machine-types": "…", "clusters": "…"}))).await;
    let found = netbox.probe().await.unwrap();
    assert_eq!((found.version.as_str(), found.release), ("4.7.3", (4, 7)));
    assert_eq!(found.plugin(), Some("0.0.14"));
    assert_eq!(found.features[..2], ["virtual-machine-types", "identity-custom-fields"]);
    assert!(found.problems.is_empty());
    assert!(found.supports(kind("dcim.device")));
    assert_eq!(netbox.requests(), 3, "the status and the roots of virtualization and of the plugin");
}

/// A NetBox whose plugin names these lists, or says that it is closed.
async fn with_plugin(root: Option<Json>) -> Lab {
    let lab = Lab::start().await;
    let answer = match root {
        Some(root) => ResponseTemplate::new(200).set_body_json(root),
        None => ResponseTemplate::new(403).set_body_json(json!({"detail": "no"})),
    };
    lab.instead("GET", "plugins/proxbox", 9, answer).await;
    lab
}

#[tokio::test]
async fn a_plugin_with_sync_state_keeps_records_there() {
    let root = json!({
        "endpoints": "…", "storage": "…", "backups": "…", "proxmox-nodes": "…",
        "sync-state/virtual-machines": "…", "sync_state": {"devices": "…"},
    });
    let lab = with_plugin(Some(root)).await;
    let found = lab.client().probe().await.unwrap();
    assert_eq!(found.features[1..], ["identity-custom-fields", "proxbox-plugin", "sync-state"]);
    for (name, there) in [
        ("netbox_proxbox.proxmoxstorage", true),
        ("netbox_proxbox.proxmoxendpoint", true),
        ("netbox_proxbox.proxmoxnode", true),
        ("netbox_proxbox.proxboxvirtualmachinesyncstate", true),
        ("netbox_proxbox.proxmoxcluster", false),
        ("netbox_proxbox.vmsnapshot", false),
    ] {
        assert_eq!(found.supports(kind(name)), there, "{name}");
    }
}

#[tokio::test]
async fn a_plugin_without_sync_state_keeps_records_in_custom_fields() {
    let lab = with_plugin(Some(json!({"endpoints": "…", "storage": "…"}))).await;
    let found = lab.client().probe().await.unwrap();
    assert_eq!(found.features[1..], ["identity-custom-fields", "proxbox-plugin", "proxmox-custom-fields"]);
    assert!(!found.supports(kind("netbox_proxbox.proxboxvirtualmachinesyncstate")));
}

#[tokio::test]
async fn a_plugin_that_is_closed_to_us_has_no_kinds_for_us() {
    let lab = with_plugin(None).await;
    let found = lab.client().probe().await.unwrap();
    let ours = KINDS.iter().filter(|kind| kind.provider == Provider::Plugin);
    assert!(ours.clone().count() > 10 && !ours.clone().any(|kind| found.supports(kind)));
}

#[tokio::test]
async fn without_the_plugin_its_kinds_are_not_asked_for() {
    let lab = Lab::start().await;
    let mut bare = status("4.7.3");
    bare["plugins"] = json!({});
    lab.instead("GET", "status", 9, ResponseTemplate::new(200).set_body_json(bare)).await;
    let netbox = lab.client();
    let storage = kind("netbox_proxbox.proxmoxstorage");
    let state = netbox.snapshot(&[storage, kind("dcim.site")]).await.unwrap();
    let found = netbox.probe().await.unwrap();
    assert_eq!(found.features, ["virtual-machine-types", "identity-custom-fields"]);
    assert!(found.plugin().is_none() && !state.holds(storage));
    let requests = lab.server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| !request.url.path().contains("plugins")));
}

#[tokio::test]
async fn what_the_api_names_counts_more_than_the_version() {
    let (_server, netbox) = netbox("4.7.0", Some(json!({"clusters": "…"}))).await;
    let found = netbox.probe().await.unwrap();
    assert!(!found.supports(kind("virtualization.virtualmachinetype")));
    assert!(!found.features.contains(&"virtual-machine-types".to_owned()));
}

#[tokio::test]
async fn the_version_decides_when_the_api_root_is_closed() {
    for (version, has_types) in [("4.5.9", false), ("4.6.0", true), ("v4.6.1-Docker-3.4", true)] {
        let (_server, netbox) = netbox(version, None).await;
        let found = netbox.probe().await.unwrap();
        assert_eq!(found.supports(kind("virtualization.virtualmachinetype")), has_types, "{version}");
    }
}

#[tokio::test]
async fn an_older_netbox_is_refused_and_a_newer_one_is_remarked() {
    for version in ["4.4.10", "3.7.8", "unknown"] {
        let (_server, netbox) = netbox(version, None).await;
        let error = netbox.probe().await.unwrap_err();
        assert_eq!(error.code(), "netbox-too-old");
        assert!(error.to_string().contains(version), "{error}");
    }
    for version in ["4.8.0", "5.0.0-beta1"] {
        let (_server, netbox) = netbox(version, None).await;
        assert_eq!(netbox.probe().await.unwrap().problems[0].code, "netbox-untried-version");
    }
}

#[tokio::test]
async fn kinds_that_a_netbox_lacks_are_not_read() {
    let lab = Lab::start().await;
    lab.instead(
        "GET",
        "virtualization",
        9,
        ResponseTemplate::new(200).set_body_json(json!({"clusters": ""})),
    )
    .await;
    let types = kind("virtualization.virtualmachinetype");
    let state = lab.client().snapshot(&[types, kind("dcim.site")]).await.unwrap();
    assert!(!state.holds(types));
    assert!(state.holds(kind("dcim.site")));
}

#[tokio::test]
async fn what_the_token_may_not_write_is_known_before_writing() {
    let lab = Lab::start().await;
    let open = json!({"name": "Site List", "actions": {"POST": {}, "PUT": {}}});
    lab.instead("OPTIONS", "dcim/sites", 9, ResponseTemplate::new(200).set_body_json(open)).await;
    let closed = ResponseTemplate::new(200).set_body_json(json!({"name": "Device List"}));
    lab.instead("OPTIONS", "dcim/devices", 9, closed).await;
    let netbox = lab.client();
    let problems = netbox.preflight(&[kind("dcim.site"), kind("dcim.device")]).await.unwrap();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code, "netbox-may-not-write");
    assert!(problems[0].message.ends_with("may not make any device"), "{}", problems[0].message);
    assert_eq!(netbox.writes(), 0);
}
