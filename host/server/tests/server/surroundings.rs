//! What surrounds every route: liveness, headers, cross-origin rules, words for what is not there.

use crate::lab::{Lab, answer};
use proxbox_server::ServerConfig;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn anyone_may_ask_whether_the_service_is_well() {
    let lab = Lab::new().await;
    let get = |path: &str| answer(lab.open(Method::GET, path));
    let (code, root) = get("/").await;
    assert!(code == 200 && root["message"].as_str().unwrap().starts_with("Proxbox Backend"), "{root}");
    let health = json!({"status": "ready", "init_ok": true, "capabilities": {"ws_run_id": 1}});
    assert_eq!(get("/health").await, (200, health));
    assert_eq!((get("/livez").await.0, get("/readyz").await.0), (200, 200));
    assert_eq!(get("/meta").await.0, 200);
    assert_eq!(get("/openapi.json").await.1["info"]["title"], "Proxbox Backend");
}

#[tokio::test]
async fn the_version_needs_a_key_and_is_new_enough_for_the_plugin() {
    let lab = Lab::keyed().await;
    let (code, body) = lab.get("/version").await;
    assert_eq!((code, body["version"].as_str()), (200, Some(env!("CARGO_PKG_VERSION"))));
    let numbers: Vec<u32> = env!("CARGO_PKG_VERSION").split('.').map(|part| part.parse().unwrap()).collect();
    assert!(numbers >= vec![0, 0, 15], "older ones turn the plugin's badge red");
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_are_told_in_json() {
    let lab = Lab::keyed().await;
    assert_eq!(lab.get("/no/such/path").await, (404, json!({"detail": "Not Found"})));
    let response = lab.request(Method::PATCH, "/netbox/endpoint").send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert!(response.headers().contains_key("allow"));
    assert_eq!(response.text().await.unwrap(), r#"{"detail":"Method Not Allowed"}"#);
    assert_eq!(answer(lab.open(Method::GET, "/no/such/path")).await.0, 401);
    assert_eq!(lab.get("/netbox/endpoint/").await.0, 404, "no redirect to another spelling");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_a_request_id() {
    let lab = Lab::keyed().await;
    for request in
        [lab.request(Method::GET, "/version"), lab.open(Method::GET, "/version"), lab.open(Method::GET, "/")]
    {
        let response = request.send().await.unwrap();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-xss-protection", "1; mode=block"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            ("permissions-policy", "geolocation=(), microphone=(), camera=()"),
            ("strict-transport-security", "max-age=31536000; includeSubDomains"),
            ("content-security-policy", "default-src 'self'; frame-ancestors 'none'"),
        ] {
            assert_eq!(response.headers()[name], value, "{name}");
        }
        assert!(response.headers().contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn a_preflight_needs_no_key_and_origins_follow_the_stored_endpoint() {
    let cors_extra_origins = vec!["https://extra.test".to_owned()];
    let lab = Lab::with(ServerConfig { cors_extra_origins, rate_limit: 0, ..ServerConfig::default() }).await;
    lab.register().await;
    let preflight = |origin: &str| {
        lab.open(Method::OPTIONS, "/auth/keys")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "GET")
            .header("Access-Control-Request-Headers", "x-proxbox-api-key")
            .send()
    };
    let allowed =
        |response: reqwest::Response| response.headers().contains_key("access-control-allow-origin");
    let extra = preflight("https://extra.test").await.unwrap();
    assert_eq!(extra.status(), 200);
    assert!(extra.headers()["access-control-allow-headers"].to_str().unwrap().contains("x-proxbox-api-key"));
    assert!(allowed(preflight("http://localhost:3000").await.unwrap()));
    assert!(!allowed(preflight("https://netbox.test").await.unwrap()));
    assert!(!allowed(preflight("https://evil.test").await.unwrap()));

    let endpoint = json!({"name": "self", "ip_address": "127.0.0.1", "domain": "netbox.test", "port": 8443, "token": "t"});
    assert_eq!(lab.post("/netbox/endpoint", endpoint).await.0, 200);
    let entered_by_address = "https://127.0.0.1:8443";
    for origin in
        ["https://netbox.test", "http://netbox.test:8000", "https://netbox.test:8443", entered_by_address]
    {
        assert!(allowed(preflight(origin).await.unwrap()), "{origin}");
    }
    assert!(!allowed(preflight("https://netbox.test.evil.test").await.unwrap()));
    assert!(!allowed(preflight("https://netbox.test:9999").await.unwrap()));
}

#[tokio::test]
async fn the_cache_can_be_looked_at_and_cleared() {
    let lab = Lab::keyed().await;
    let (code, metrics) = lab.get("/cache/metrics").await;
    assert_eq!((code, &metrics["hits"], &metrics["max_entries"]), (200, &json!(0), &json!(4096)));
    let (_, overview) = lab.get("/cache").await;
    assert_eq!(overview["netbox_get_cache_metrics"], metrics);
    let (_, text) = lab.get("/cache/metrics/prometheus").await;
    assert!(text.as_str().unwrap().contains("proxbox_cache_hits 0\n"));
    assert_eq!(lab.get("/clear-cache").await, (200, json!({"message": "All caches cleared"})));
}
