//! A server over plain HTTP, and a client that speaks to it.

use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::proxmox::{FakeProxmox, Options};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

pub(crate) fn fleet() -> Fleet {
    Fleet::generate(&FleetSpec::new("lab", 3, 60, 7))
}

pub(crate) async fn start(fleet: Fleet) -> FakeProxmox {
    start_with(fleet, Options::http()).await
}

pub(crate) async fn start_with(fleet: Fleet, options: Options) -> FakeProxmox {
    // The client of this crate's tests comes without a TLS provider of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    FakeProxmox::start(fleet, options).await.unwrap()
}

pub(crate) fn request(fake: &FakeProxmox, method: Method, path: &str) -> RequestBuilder {
    reqwest::Client::new().request(method, format!("{}/api2/json{path}", fake.url()))
}

/// A GET with a token of the first account.
pub(crate) fn get_as(fake: &FakeProxmox, token: &str, secret: &str, path: &str) -> RequestBuilder {
    let (user, ..) = fake.token();
    request(fake, Method::GET, path).header("authorization", format!("PVEAPIToken={user}!{token}={secret}"))
}

pub(crate) fn get(fake: &FakeProxmox, path: &str) -> RequestBuilder {
    let (_, name, secret) = fake.token();
    get_as(fake, &name, &secret, path)
}

/// What a good answer has inside `data`.
pub(crate) async fn data(fake: &FakeProxmox, path: &str) -> Value {
    let response = get(fake, path).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.json::<Value>().await.unwrap()["data"].take()
}

/// Status line and body of an answer.
pub(crate) async fn refusal(request: RequestBuilder) -> (u16, String, Value) {
    let response = request.send().await.unwrap();
    let reason = response.extensions().get::<hyper::ext::ReasonPhrase>();
    let reason = reason.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
    let status = response.status();
    let reason = reason.or_else(|| status.canonical_reason().map(str::to_owned)).unwrap_or_default();
    let body = response.text().await.unwrap();
    (status.as_u16(), reason, serde_json::from_str(&body).unwrap_or(json!(body)))
}
