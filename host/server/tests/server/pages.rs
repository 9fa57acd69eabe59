//! Pages for people, and what operators ask for.

use crate::lab::{KEY, Lab, answer};
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{self, FakeNetbox};
use proxbox_fakes::proxmox::{self, FakeProxmox};
use proxbox_server::ServerConfig;
use proxbox_store::Cipher;
use reqwest::Method;
use serde_json::json;

async fn page(request: reqwest::RequestBuilder) -> (u16, String, String) {
    let response = request.send().await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    (response.status().as_u16(), kind, response.text().await.unwrap())
}

#[tokio::test]
async fn the_description_of_the_api_is_readable_without_a_key_and_from_here_alone() {
    let lab = Lab::keyed().await;
    for path in ["/docs", "/redoc"] {
        let (code, kind, html) = page(lab.open(Method::GET, path)).await;
        assert_eq!((code, kind.as_str()), (200, "text/html; charset=utf-8"));
        let names: Vec<_> =
            html.split("/static/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(names.iter().any(|name| name.ends_with(".js")), "{path} has its script from here: {names:?}");
        for name in names {
            let (code, kind, text) = page(lab.open(Method::GET, &format!("/static/{name}"))).await;
            assert!(code == 200 && !text.is_empty(), "{name}");
            let wanted = match name.rsplit('.').next() {
                Some("css") => "text/css; charset=utf-8",
                Some("js") => "text/javascript; charset=utf-8",
                _ => "image/svg+xml",
            };
            assert_eq!(kind, wanted, "{name}");
        }
    }
    let (code, body) = answer(lab.open(Method::GET, "/static/nothing.js")).await;
    assert_eq!((code, body), (404, json!({"detail": "Not Found"})));
    assert_eq!(answer(lab.open(Method::GET, "/static/..%2fCargo.toml")).await.0, 404);
}

#[tokio::test]
async fn meta_says_where_to_look() {
    let lab = Lab::keyed().await;
    let (code, meta) = answer(lab.open(Method::GET, "/meta")).await;
    assert_eq!((code, &meta["version"]), (200, &json!(env!("CARGO_PKG_VERSION"))));
    assert_eq!(meta["capabilities"], json!({"ws_run_id": 1}));
    assert_eq!(lab.get("/version").await.1["capabilities"], json!({"ws_run_id": 1}));
    assert_eq!(lab.get("/health").await.1["capabilities"], json!({"ws_run_id": 1}));
}

#[tokio::test]
async fn the_page_for_operators_asks_browsers_for_the_key() {
    let lab = Lab::keyed().await;
    let browser = || lab.open(Method::GET, "/admin/").header("Accept", "text/html,*/*;q=0.8");
    let (code, kind, html) = page(browser()).await;
    assert_eq!((code, kind.as_str()), (401, "text/html; charset=utf-8"));
    assert!(html.contains("<form id=\"login\">"), "{html}");
    assert_eq!(answer(lab.open(Method::GET, "/admin/")).await.0, 401);
    let (code, body) = answer(browser().header("X-Proxbox-API-Key", "wrong")).await;
    assert_eq!((code, &body["detail"]), (401, &json!("Invalid API key. 4 attempts remaining.")));
    assert_eq!(page(browser().header("X-Proxbox-API-Key", KEY)).await.0, 200);
}

#[tokio::test]
async fn the_page_for_operators_shows_endpoints_and_runs_without_secrets() {
    let fleet = Fleet::generate(&FleetSpec::new("lab", 1, 1, 1));
    let proxmox = FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap();
    let netbox = FakeNetbox::start(netbox::Options::default()).await.unwrap();
    let lab = Lab::keyed().await;
    let (_, _, html) = page(lab.request(Method::GET, "/admin/")).await;
    for none in ["No run is at work.", "There was no run yet.", "No NetBox is stored."] {
        assert!(html.contains(none), "{html}");
    }
    lab.connect(&proxmox, &netbox).await;
    lab.put("/proxmox/endpoints/1", json!({"name": "<script>alert(1)</script> (nb:1)"})).await;
    assert_eq!(lab.get("/full-update").await.0, 200);
    lab.ended_run().await;
    let (_, _, html) = page(lab.request(Method::GET, "/admin/")).await;
    assert!(html.contains(&netbox.url()) && html.contains("full update of"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script>alert"), "{html}");
    for secret in [KEY, netbox.token(), &proxmox.token().2] {
        assert!(!html.contains(secret), "{secret}");
    }
    let (_, _, html) = page(lab.request(Method::GET, "/admin/?offset=1")).await;
    assert!(html.contains("There was no run yet."), "{html}");
    assert_eq!(lab.get("/admin/?limit=101").await.0, 422);
}

#[tokio::test]
async fn encryption_is_attested_by_opening_every_credential() {
    let lab = Lab::keyed().await;
    let endpoint =
        json!({"name": "self", "ip_address": "127.0.0.1", "domain": "", "port": 8000, "token": "t0k3n"});
    assert_eq!(lab.post("/netbox/endpoint", endpoint.clone()).await.0, 200);
    let status = json!({"attestation_version": 1, "active_key_source": "env", "encrypted_credentials_verified": true,
        "opened": 1, "unreadable": 0, "unencrypted": 0});
    assert_eq!(lab.get("/admin/encryption/status").await, (200, status));

    let lab =
        Lab::storing(Cipher::Plaintext, ServerConfig { rate_limit: 0, ..ServerConfig::default() }).await;
    lab.register().await;
    lab.post("/netbox/endpoint", endpoint).await;
    let (_, status) = lab.get("/admin/encryption/status").await;
    assert_eq!(status["encrypted_credentials_verified"], false);
    assert_eq!((&status["active_key_source"], &status["unencrypted"]), (&json!(null), &json!(1)));
}

#[tokio::test]
async fn a_monitoring_system_learns_of_runs_and_of_the_cache() {
    let fleet = Fleet::generate(&FleetSpec::new("lab", 1, 0, 1));
    let proxmox = FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap();
    let netbox = FakeNetbox::start(netbox::Options::default()).await.unwrap();
    let lab = Lab::keyed().await;
    assert_eq!(answer(lab.open(Method::GET, "/metrics")).await.0, 401);
    let (_, _, text) = page(lab.request(Method::GET, "/metrics")).await;
    assert!(text.contains("proxbox_runs_active 0\n") && !text.contains("last_run"), "{text}");
    lab.connect(&proxmox, &netbox).await;
    lab.get("/full-update").await;
    lab.ended_run().await;
    lab.get("/netbox/status").await;
    let (_, _, text) = page(lab.request(Method::GET, "/metrics")).await;
    assert!(text.contains("proxbox_last_run_success 1\n"), "{text}");
    assert!(text.contains("# TYPE proxbox_cache_hits counter\nproxbox_cache_hits "), "{text}");
}

#[tokio::test]
async fn the_cache_names_what_it_holds() {
    let netbox = FakeNetbox::start(netbox::Options::default()).await.unwrap();
    let lab = Lab::keyed().await;
    let endpoint = json!({"name": "self", "ip_address": "127.0.0.1", "domain": "", "port": netbox.addr().port(),
        "verify_ssl": false, "token": netbox.token()});
    lab.post("/netbox/endpoint", endpoint).await;
    assert_eq!(lab.get("/netbox/status").await.0, 200);
    let (_, overview) = lab.get("/cache").await;
    let metrics = &overview["netbox_get_cache_metrics"];
    let held = metrics["current_entries"].as_u64().unwrap() as usize;
    let sample = overview["netbox_get_cache_sample"].as_array().unwrap();
    assert!(held > 0, "{overview}");
    assert_eq!(sample.len(), held, "{overview}");
    assert!(metrics["oldest_entry_age_seconds"].is_number(), "{overview}");
    assert!(sample.iter().all(|question| question["api_id"] == netbox.url() && question["path"].is_string()));
}
