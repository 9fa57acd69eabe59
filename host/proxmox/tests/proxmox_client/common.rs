//! Endpoints for tests, and servers that answer as Proxmox does.

use proxbox_model::endpoint::{ProxmoxAuth, ProxmoxEndpoint, TlsPolicy};
use proxbox_proxmox::{Fleet, Parts, Proxmox, ProxmoxError, ProxmoxSettings, read_fleet};
use serde_json::{Value as Json, json};
use std::time::Duration;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const SECRET: &str = "5ec2e7-0a1b";
pub(crate) const NOW: u64 = 1_767_225_600;

/// An endpoint with a token at a plain HTTP address of this machine.
pub(crate) fn endpoint(url: &str) -> ProxmoxEndpoint {
    ProxmoxEndpoint {
        id: 1,
        name: "lab".to_owned(),
        domain: Some(url.to_owned()),
        ip_address: None,
        port: 8006,
        username: "sync@pve".to_owned(),
        auth: ProxmoxAuth::Token { name: "netbox".to_owned(), value: SECRET.into() },
        tls: TlsPolicy::Verify,
        timeout: None,
        max_retries: None,
        retry_backoff: None,
    }
}

pub(crate) fn with_password(url: &str) -> ProxmoxEndpoint {
    ProxmoxEndpoint { auth: ProxmoxAuth::Password(SECRET.into()), ..endpoint(url) }
}

/// The defaults, without pauses.
pub(crate) fn quick() -> ProxmoxSettings {
    ProxmoxSettings { retry_backoff: Duration::ZERO, ..ProxmoxSettings::default() }
}

pub(crate) async fn connect(endpoint: &ProxmoxEndpoint) -> Result<Proxmox, ProxmoxError> {
    Proxmox::connect(endpoint, quick()).await
}

/// Configurations and nothing else.
pub(crate) fn configs() -> Parts {
    Parts { configs: true, ..Parts::default() }
}

pub(crate) async fn fleet_of(endpoint: &ProxmoxEndpoint) -> Result<Fleet, ProxmoxError> {
    parts_of(endpoint, &configs()).await
}

pub(crate) async fn parts_of(endpoint: &ProxmoxEndpoint, parts: &Parts) -> Result<Fleet, ProxmoxError> {
    let client = connect(endpoint).await?;
    read_fleet(&client, endpoint, NOW, parts, &|_, _| {}).await
}

pub(crate) fn data(value: &Json) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "data": value }))
}

pub(crate) async fn answer(server: &MockServer, at: &str, response: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(format!("/api2/json{at}")))
        .respond_with(response)
        .mount(server)
        .await;
}

/// The same, but only the first so many times.
pub(crate) async fn answer_first(server: &MockServer, at: &str, response: ResponseTemplate, times: u64) {
    Mock::given(method("GET"))
        .and(path(format!("/api2/json{at}")))
        .respond_with(response)
        .up_to_n_times(times)
        .with_priority(1)
        .mount(server)
        .await;
}

/// A server that knows its version.
pub(crate) async fn server() -> MockServer {
    let server = MockServer::start().await;
    answer(&server, "/version", data(&json!({"version": "9.1.2", "release": "9.1"}))).await;
    server
}

/// A server of one node, with this listing and permission to see all of it.
pub(crate) async fn node_with(listing: Json) -> MockServer {
    let server = server().await;
    let node = json!({"type": "node", "name": "pve1", "id": "node/pve1", "online": 1, "ip": "192.0.2.1", "level": ""});
    answer(&server, "/cluster/status", data(&json!([node]))).await;
    answer(&server, "/cluster/resources", data(&listing)).await;
    answer(&server, "/access/permissions", data(&json!({"/": {"VM.Audit": 1}, "/vms": {"VM.Audit": 1}})))
        .await;
    server
}

/// How many requests the server got for a path.
pub(crate) async fn requests(server: &MockServer, at: &str) -> usize {
    let at = format!("/api2/json{at}");
    let received = server.received_requests().await.unwrap_or_default();
    received.iter().filter(|request| request.url.path() == at).count()
}

/// Address of a port on which nothing listens.
pub(crate) fn nothing_there() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("its address");
    format!("http://{addr}")
}
