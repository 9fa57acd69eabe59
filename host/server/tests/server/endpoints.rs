//! Storing endpoints as the plugin pushes them.

use crate::lab::{Lab, answer};
use proxbox_model::endpoint::ProxmoxAuth;
use proxbox_store::Selection;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

fn netbox() -> Value {
    json!({"name": "self", "ip_address": "127.0.0.1", "domain": "netbox.test", "port": 8000, "verify_ssl": false,
        "token_version": "v1", "token": "s3cret-token"})
}

fn proxmox() -> Value {
    json!({"name": "lab (nb:7)", "node_device_name_template": "", "ip_address": "192.0.2.10", "domain": null,
        "port": 8006, "username": "root@pam", "password": null, "verify_ssl": false, "timeout": 5, "max_retries": 0,
        "retry_backoff": 0.5, "token_name": "t", "token_value": "s3cret-value", "enabled": true,
        "allow_packer_template_builds": false, "access_methods": "api", "site_id": null, "tenant_id": null})
}

#[tokio::test]
async fn the_plugin_pushes_netbox() {
    let lab = Lab::keyed().await;
    assert_eq!(lab.get("/netbox/endpoint").await, (200, json!([])));
    let (code, stored) = lab.post("/netbox/endpoint", netbox()).await;
    assert_eq!(code, 200);
    for (member, value) in [
        ("id", json!(1)),
        ("name", json!("self")),
        ("ip_address", json!("127.0.0.1")),
        ("domain", json!("netbox.test")),
        ("port", json!(8000)),
        ("token_version", json!("v1")),
        ("verify_ssl", json!(false)),
    ] {
        assert_eq!(stored[member], value, "{member}");
    }
    let v2 = json!({"token_version": "v2", "token_key": "NDt9", "token": "s3cret-two"});
    let (code, changed) = lab.put("/netbox/endpoint/1", v2).await;
    assert_eq!(
        (code, &changed["token_version"], &changed["domain"]),
        (200, &json!("v2"), &json!("netbox.test"))
    );
    let (_, list) = lab.get("/netbox/endpoint").await;
    assert!(!list.to_string().contains("s3cret"), "{list}");
    assert_eq!(lab.delete("/netbox/endpoint/1").await, (200, json!({"message": "NetBox Endpoint deleted."})));
}

#[tokio::test]
async fn a_netbox_below_a_path_stays_there_when_the_plugin_pushes_it_again() {
    let lab = Lab::keyed().await;
    assert_eq!(lab.post("/netbox/endpoint", netbox()).await.0, 200);
    let (code, stored) = lab.put("/netbox/endpoint/1", json!({"base_path": "/netbox/"})).await;
    assert_eq!((code, &stored["base_path"]), (200, &json!("/netbox")));
    let (_, pushed) = lab.put("/netbox/endpoint/1", netbox()).await;
    assert_eq!(pushed["url"], "http://netbox.test:8000/netbox");
    let refused = lab.put("/netbox/endpoint/1", json!({"base_path": "no path"})).await;
    let detail = "base_path must be a plain path like /netbox; no path is none";
    assert_eq!(refused, (400, json!({ "detail": detail })));
}

#[tokio::test]
async fn what_netbox_endpoints_cannot_be_is_said_in_known_words() {
    let lab = Lab::keyed().await;
    let with = |member: &str, value: Value| {
        let mut body = netbox();
        body[member] = value;
        body
    };
    let said = |text: &str| (400, json!({ "detail": text }));
    let refused = |body| lab.post("/netbox/endpoint", body);
    assert_eq!(
        refused(with("token_version", json!("v3"))).await,
        said("Invalid token_version. Must be 'v1' or 'v2'.")
    );
    assert_eq!(refused(with("token", json!(""))).await, said("token is required for NetBox API token v1"));
    assert_eq!(
        refused(with("token_version", json!("v2"))).await,
        said("token_key and token (secret) must both be set for NetBox API token v2")
    );
    let (code, body) = refused(with("ip_address", json!("169.254.169.254"))).await;
    assert!(code == 400 && body["detail"].as_str().unwrap().starts_with("Invalid IP address: "), "{body}");
    assert_eq!(refused(with("port", json!(0))).await.0, 422);
    assert_eq!(refused(with("name", json!("n".repeat(256)))).await.0, 422);

    assert_eq!(refused(netbox()).await.0, 200);
    assert_eq!(refused(netbox()).await, said("NetBox endpoint name already exists"));
    assert_eq!(refused(with("name", json!("other"))).await, said("Only one NetBox endpoint is allowed"));
    let missing = |text: &str| (404, json!({ "detail": text }));
    assert_eq!(lab.get("/netbox/endpoint/9").await, missing("Netbox Endpoint not found"));
    assert_eq!(lab.put("/netbox/endpoint/9", json!({})).await, missing("NetBox Endpoint not found"));
}

#[tokio::test]
async fn the_plugin_pushes_proxmox_and_finds_its_row() {
    let lab = Lab::keyed().await;
    let (code, stored) = lab.post("/proxmox/endpoints", proxmox()).await;
    assert_eq!((code, &stored["id"]), (200, &json!(7)), "the plugin's own id, when it is free");
    for (member, value) in [
        ("username", json!("root@pam")),
        ("verify_ssl", json!(false)),
        ("enabled", json!(true)),
        ("allow_packer_template_builds", json!(false)),
        ("access_methods", json!("api")),
        ("timeout", json!(5)),
        ("max_retries", json!(0)),
        ("retry_backoff", json!(0.5)),
        ("domain", Value::Null),
    ] {
        assert_eq!(stored[member], value, "{member}");
    }
    let off = json!({"enabled": false, "allow_packer_template_builds": false});
    let (code, off) = lab.put("/proxmox/endpoints/7", off).await;
    assert_eq!((code, &off["enabled"], &off["port"]), (200, &json!(false), &json!(8006)));
    assert_eq!(lab.get("/proxmox/endpoints/7").await, (200, off));
    let (_, list) = lab.get("/proxmox/endpoints?offset=0&limit=100").await;
    assert!(list.as_array().unwrap().len() == 1 && !list.to_string().contains("s3cret"), "{list}");
    assert_eq!(lab.get("/proxmox/endpoints?limit=101").await.0, 422);
    assert_eq!(
        lab.delete("/proxmox/endpoints/7").await,
        (200, json!({"message": "Proxmox endpoint deleted."}))
    );
    assert_eq!(lab.get("/proxmox/endpoints/7").await, (404, json!({"detail": "Proxmox endpoint not found"})));
}

#[tokio::test]
async fn what_proxmox_endpoints_cannot_be_is_said_in_known_words() {
    let lab = Lab::keyed().await;
    let without = |members: &[&str]| {
        let mut body = proxmox();
        members.iter().for_each(|member| body[*member] = Value::Null);
        body
    };
    let said = |text: &str| (400, json!({ "detail": text }));
    let refused = |body| lab.post("/proxmox/endpoints", body);
    assert_eq!(
        refused(without(&["token_name", "token_value"])).await,
        said("Provide password or both token_name/token_value")
    );
    assert_eq!(
        refused(without(&["token_value"])).await,
        said("token_name and token_value must be provided together")
    );
    assert_eq!(refused(proxmox()).await.0, 200);
    assert_eq!(refused(proxmox()).await, said("Proxmox endpoint name already exists"));
    let (code, body) = refused(json!({"name": "x"})).await;
    assert_eq!((code, &body["detail"][0]["type"]), (422, &json!("missing")));
    let request = lab.request(Method::POST, "/proxmox/endpoints").body("{");
    assert_eq!(answer(request).await.1["detail"][0]["type"], "json_invalid");
}

#[tokio::test]
async fn a_push_that_holds_no_secret_keeps_it_and_one_with_another_way_to_log_in_changes_it() {
    let lab = Lab::keyed().await;
    lab.post("/proxmox/endpoints", proxmox()).await;
    let mut silent = proxmox();
    silent["token_value"] = Value::Null;
    silent["name"] = json!("renamed (nb:7)");
    let (code, stored) = lab.put("/proxmox/endpoints/7", silent).await;
    assert_eq!((code, &stored["id"], &stored["name"]), (200, &json!(7), &json!("renamed (nb:7)")));
    assert_eq!(login(&lab).await, "token t=s3cret-value");

    let mut password = proxmox();
    for (member, value) in
        [("password", json!("hunter2")), ("token_name", json!("")), ("token_value", Value::Null)]
    {
        password[member] = value;
    }
    assert_eq!(lab.put("/proxmox/endpoints/7", password).await.0, 200);
    assert_eq!(login(&lab).await, "password hunter2");
    assert_eq!(lab.put("/proxmox/endpoints/7", proxmox()).await.0, 200);
    assert_eq!(login(&lab).await, "token t=s3cret-value", "the password is gone");
}

async fn login(lab: &Lab) -> String {
    let mut endpoints = lab.store.proxmox_select(&Selection::default()).await.unwrap();
    match endpoints.remove(0).auth {
        ProxmoxAuth::Token { name, value } => format!("token {name}={}", value.expose_secret()),
        ProxmoxAuth::Password(password) => format!("password {}", password.expose_secret()),
    }
}

#[tokio::test]
async fn no_two_rows_stand_for_one_endpoint_of_the_plugin() {
    let lab = Lab::keyed().await;
    lab.post("/proxmox/endpoints", proxmox()).await;
    let mut second = proxmox();
    second["name"] = json!("other (nb:7)");
    let (code, body) = lab.post("/proxmox/endpoints", second).await;
    let said = body["detail"].as_str().unwrap();
    assert!(code == 400 && said.contains("lab (nb:7)"), "{body}");
}

#[tokio::test]
async fn addresses_that_no_endpoint_can_have_are_refused_with_the_setting_that_allows_them() {
    let lab = Lab::keyed().await;
    lab.post("/proxmox/endpoints", proxmox()).await;
    for address in ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0"] {
        let mut body = proxmox();
        body["ip_address"] = json!(address);
        let (code, refused) = lab.put("/proxmox/endpoints/7", body).await;
        let said = refused["detail"].as_str().unwrap();
        assert!(code == 400 && said.starts_with(&format!("Invalid IP address: {address} is ")), "{said}");
        assert!(
            said.contains("Adjust SSRF settings") && said.contains("additional_allowed_ip_ranges"),
            "{said}"
        );
    }
}
