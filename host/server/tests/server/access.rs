//! Keys over HTTP: the handshake of the plugin, and every way to be turned away.

use crate::lab::{KEY, Lab, answer};
use proxbox_server::ServerConfig;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn the_handshake_of_the_plugin_works() {
    let lab = Lab::new().await;
    let status = || lab.open(Method::GET, "/auth/bootstrap-status");
    assert_eq!(answer(status()).await, (200, json!({"needs_bootstrap": true, "has_db_keys": false})));

    let register = |body| answer(lab.open(Method::POST, "/auth/register-key").json(&body));
    let said = |text: &str| json!({ "detail": text });
    assert_eq!(
        register(json!({"api_key": "short"})).await,
        (400, said("API key must be at least 32 characters."))
    );
    assert_eq!(register(json!({"api_key": "x".repeat(73)})).await.0, 400);
    let body = json!({"api_key": KEY, "label": "netbox-fastapi-1"});
    assert_eq!(register(body.clone()).await, (201, said("API key registered.")));
    assert_eq!(register(body).await, (409, said("An API key is already configured.")));

    assert_eq!(answer(status()).await, (200, json!({"needs_bootstrap": false, "has_db_keys": true})));
    let (code, keys) = lab.get("/auth/keys").await;
    assert_eq!(code, 200);
    let key = &keys["keys"][0];
    assert_eq!(
        (&key["id"], &key["label"], &key["is_active"]),
        (&json!(1), &json!("netbox-fastapi-1"), &json!(true))
    );
    assert!(key["created_at"].is_f64());
}

#[tokio::test]
async fn a_registration_that_is_wrong_is_not_repeated_in_the_answer() {
    let lab = Lab::new().await;
    let request = lab.open(Method::POST, "/auth/register-key").json(&json!({"api_key": ["s3cret"]}));
    let (code, body) = answer(request).await;
    assert_eq!(code, 422);
    assert_eq!(body["detail"][0]["loc"][0], "body");
    assert!(!body.to_string().contains("s3cret"));
    let (code, body) = answer(lab.open(Method::POST, "/auth/register-key").json(&json!({}))).await;
    let missing =
        json!({"detail": [{"type": "missing", "loc": ["body", "api_key"], "msg": "Field required"}]});
    assert_eq!((code, body), (422, missing));
}

#[tokio::test]
async fn without_any_key_the_answer_says_how_to_begin() {
    let lab = Lab::new().await;
    let text = "No API key configured. Register a key via POST /auth/register-key or use an existing key.";
    assert_eq!(lab.get("/version").await, (401, json!({ "detail": text })));
}

#[tokio::test]
async fn wrong_keys_count_down_to_a_lock_that_leaves_the_right_key_alone() {
    let lab = Lab::keyed().await;
    let knock = || lab.open(Method::GET, "/version").header("X-Proxbox-API-Key", "wrong");
    for text in [
        "Invalid API key. 4 attempts remaining.",
        "Invalid API key. 3 attempts remaining.",
        "Invalid API key. 2 attempts remaining.",
        "Invalid API key. 1 attempts remaining.",
        "Invalid API key.",
    ] {
        assert_eq!(answer(knock()).await, (401, json!({ "detail": text })));
    }
    let locked = knock().send().await.unwrap();
    assert_eq!(locked.status(), 429);
    assert_eq!(locked.headers()["retry-after"], "300");
    let body: serde_json::Value = locked.json().await.unwrap();
    assert_eq!(body["detail"], "Too many failed authentication attempts. Please try again later.");
    assert_eq!(lab.get("/version").await.0, 200);
}

#[tokio::test]
async fn a_missing_key_is_asked_for_and_never_counted() {
    let lab = Lab::keyed().await;
    for _ in 0..60 {
        let asked = answer(lab.open(Method::GET, "/auth/keys")).await;
        assert_eq!(asked, (401, json!({"detail": "API key required."})));
    }
    assert_eq!(lab.get("/auth/keys").await.0, 200);
}

#[tokio::test]
async fn keys_are_made_switched_and_forgotten() {
    let lab = Lab::keyed().await;
    let (code, made) = answer(lab.request(Method::POST, "/auth/keys")).await;
    assert_eq!((code, made["label"].as_str(), made["raw_key"].as_str().unwrap().len()), (201, Some(""), 64));
    let raw = made["raw_key"].as_str().unwrap().to_owned();
    let with_raw = || answer(lab.open(Method::GET, "/version").header("X-Proxbox-API-Key", &raw));
    assert_eq!(with_raw().await.0, 200);

    let (code, off) = lab.post("/auth/keys/2/deactivate", json!(null)).await;
    assert_eq!((code, &off["is_active"], off.get("raw_key")), (200, &json!(false), None));
    assert_eq!(with_raw().await.0, 401);
    let (code, last) = lab.delete("/auth/keys/1").await;
    assert_eq!((code, &last["code"]), (409, &json!("last_active_api_key_required")));
    assert_eq!(lab.delete("/auth/keys/2").await, (204, json!(null)));
    assert_eq!(lab.delete("/auth/keys/2").await, (404, json!({"detail": "API key not found."})));
    assert_eq!(lab.delete("/auth/keys/x").await.0, 422);
}

#[tokio::test]
async fn strangers_over_the_limit_are_turned_away_but_neither_open_paths_nor_known_keys_are() {
    let lab = Lab::with(ServerConfig { rate_limit: 3, ..ServerConfig::default() }).await;
    lab.register().await;
    assert_eq!(lab.get("/version").await.0, 200);
    for _ in 0..2 {
        assert_eq!(answer(lab.open(Method::GET, "/version")).await.0, 401);
    }
    let over = lab.open(Method::GET, "/version").header("Origin", "http://localhost:3000");
    let over = over.send().await.unwrap();
    assert_eq!(over.status(), 429);
    let seconds: u64 = over.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(over.headers()["access-control-allow-origin"], "http://localhost:3000");
    assert_eq!(over.headers()["x-content-type-options"], "nosniff");
    let body: serde_json::Value = over.json().await.unwrap();
    assert_eq!(body, json!({"detail": "Rate limit exceeded. Please try again later."}));
    assert_eq!(answer(lab.open(Method::GET, "/health")).await.0, 200);
    for _ in 0..400 {
        assert_eq!(lab.get("/version").await.0, 200);
    }
}

#[tokio::test]
async fn known_keys_have_a_limit_of_their_own_where_one_is_set() {
    let config = ServerConfig { rate_limit: 300, key_rate_limit: 2, ..ServerConfig::default() };
    let lab = Lab::with(config).await;
    lab.register().await;
    for expected in [200, 200, 200, 429] {
        assert_eq!(lab.get("/version").await.0, expected, "the first one makes the key known");
    }
}

#[tokio::test]
async fn a_preflight_needs_no_key() {
    let lab = Lab::keyed().await;
    let preflight = lab
        .open(Method::OPTIONS, "/admin/logs")
        .header("Origin", "http://localhost:3000")
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "x-proxbox-api-key");
    let answer = preflight.send().await.unwrap();
    assert!(answer.status().is_success());
    assert_eq!(answer.headers()["access-control-allow-origin"], "http://localhost:3000");
    assert!(lab.store.failed_sources().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_client_behind_a_trusted_proxy_is_the_one_that_counts() {
    let trusted_proxies = "127.0.0.0/8".parse().unwrap();
    let lab = Lab::with(ServerConfig { rate_limit: 1, trusted_proxies, ..ServerConfig::default() }).await;
    lab.register().await;
    let from = |address: &str| answer(lab.open(Method::GET, "/version").header("X-Forwarded-For", address));
    assert_eq!(from("198.51.100.1").await.0, 401);
    assert_eq!(from("198.51.100.2").await.0, 401);
    assert_eq!(from("203.0.113.1, 198.51.100.1").await.0, 429);
    assert_eq!(from("2001:db8::1").await.0, 401);
    assert_eq!(from("2001:db8::2").await.0, 429, "a network of IPv6 is one client");
}
