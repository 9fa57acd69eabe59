//! The client alone: logging in, retrying, failing over, and saying what went wrong.

use crate::common::{
    SECRET, answer, answer_first, connect, data, endpoint, nothing_there, quick, requests, server,
    with_password,
};
use proxbox_model::Diagnostic;
use proxbox_model::address::AddressPolicy;
use proxbox_model::endpoint::{ProxmoxAuth, ProxmoxEndpoint, TlsPolicy};
use proxbox_proxmox::{Fault, Proxmox, ProxmoxSettings, Step, fingerprint};
use serde_json::json;
use std::time::Duration;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Answers `/version` to this header only.
async fn server_for(name: &'static str, value: &str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api2/json/version"))
        .and(header(name, value))
        .respond_with(data(&json!({"version": "9.1.2"})))
        .mount(&server)
        .await;
    server
}

/// Gives tickets `T1` without limit.
async fn with_login(server: &MockServer, ticket: serde_json::Value) {
    Mock::given(method("POST"))
        .and(path("/api2/json/access/ticket"))
        .and(body_string_contains("username=sync%40pve"))
        .and(body_string_contains(format!("password={SECRET}")))
        .respond_with(data(&ticket))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_token_is_sent_as_proxmox_wants_it() {
    let server = server_for("authorization", &format!("PVEAPIToken=sync@pve!netbox={SECRET}")).await;
    let client = connect(&endpoint(&server.uri())).await.unwrap();
    assert_eq!(client.version(), "9.1.2");
    assert_eq!(client.base_url(), server.uri());
    assert_eq!(client.requests(), 1);
}

#[tokio::test]
async fn a_pasted_token_string_is_understood() {
    let server = server_for("authorization", &format!("PVEAPIToken=sync@pve!netbox={SECRET}")).await;
    let value = format!("PVEAPIToken=sync@pve!netbox={SECRET}").into();
    let auth = ProxmoxAuth::Token { name: String::new(), value };
    assert!(connect(&ProxmoxEndpoint { auth, ..endpoint(&server.uri()) }).await.is_ok());
}

#[tokio::test]
async fn a_password_is_exchanged_for_a_ticket_once() {
    let server = server_for("cookie", "PVEAuthCookie=T1").await;
    with_login(&server, json!({"ticket": "T1", "CSRFPreventionToken": "x"})).await;
    let client = connect(&with_password(&server.uri())).await.unwrap();
    client.get("version", &[]).await.unwrap();
    assert_eq!(requests(&server, "/access/ticket").await, 1);
    assert_eq!(client.requests(), 3);
}

#[tokio::test]
async fn a_ticket_that_has_expired_is_renewed() {
    let server = server_for("cookie", "PVEAuthCookie=T1").await;
    with_login(&server, json!({"ticket": "T1"})).await;
    let client = connect(&with_password(&server.uri())).await.unwrap();
    answer_first(&server, "/version", ResponseTemplate::new(401), 1).await;
    client.get("/version", &[]).await.unwrap();
    assert_eq!(requests(&server, "/access/ticket").await, 2);
}

#[tokio::test]
async fn a_new_ticket_that_is_refused_is_not_renewed_again() {
    let server = MockServer::start().await;
    answer(&server, "/version", ResponseTemplate::new(401)).await;
    with_login(&server, json!({"ticket": "T1"})).await;
    let error = connect(&with_password(&server.uri())).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-unauthorized");
    assert_eq!(requests(&server, "/version").await, 2);
}

#[tokio::test]
async fn a_wrong_password_fails_at_the_login() {
    let server = server().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let error = connect(&with_password(&server.uri())).await.unwrap_err();
    assert_eq!(error.step(), &Step::LogIn);
    assert!(matches!(error.fault(), Fault::Unauthorized { token: false, .. }));
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_second_factor_is_called_by_its_name() {
    let server = server().await;
    with_login(&server, json!({"ticket": "PVE:!tfa!xyz", "NeedTFA": 1})).await;
    let error = connect(&with_password(&server.uri())).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-second-factor");
    assert!(error.hint().unwrap().contains("API token"));
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for status in [429, 502, 503, 504, 595, 596] {
        let server = server().await;
        answer_first(&server, "/version", ResponseTemplate::new(status), 2).await;
        let client = connect(&endpoint(&server.uri())).await.unwrap();
        assert_eq!(client.requests(), 3, "{status}");
    }
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    for status in [400, 401, 403, 404, 500, 501] {
        let server = server().await;
        answer_first(&server, "/version", ResponseTemplate::new(status), 1).await;
        assert!(connect(&endpoint(&server.uri())).await.is_err(), "{status}");
        assert_eq!(requests(&server, "/version").await, 1, "{status}");
    }
}

#[tokio::test]
async fn the_endpoints_own_number_of_retries_counts() {
    let server = MockServer::start().await;
    answer(&server, "/version", ResponseTemplate::new(503)).await;
    let patient = ProxmoxEndpoint { max_retries: Some(4), ..endpoint(&server.uri()) };
    assert!(connect(&patient).await.is_err());
    assert_eq!(requests(&server, "/version").await, 5);
    server.reset().await;
    answer(&server, "/version", ResponseTemplate::new(503)).await;
    assert!(connect(&ProxmoxEndpoint { max_retries: Some(0), ..patient }).await.is_err());
    assert_eq!(requests(&server, "/version").await, 1);
}

#[tokio::test]
async fn proxmoxs_own_words_reach_the_operator() {
    let server = server().await;
    let body = json!({"data": null, "message": "Permission check failed (/, Sys.Audit)\n"});
    answer(&server, "/forbidden", ResponseTemplate::new(403).set_body_json(body)).await;
    let body = json!({"data": null, "errors": {"type": "value does not have a value in the enumeration"}});
    answer(&server, "/invalid", ResponseTemplate::new(400).set_body_json(body)).await;
    let client = connect(&endpoint(&server.uri())).await.unwrap();

    let error = client.get("/forbidden", &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Proxmox endpoint lab: reading /forbidden failed: the account lacks a permission: Permission check failed (/, Sys.Audit)"
    );
    assert!(error.hint().unwrap().contains("PVEAuditor"));
    let error = client.get("/invalid", &[]).await.unwrap_err();
    assert!(error.to_string().contains("type: value does not have"), "{error}");
}

#[tokio::test]
async fn a_web_page_is_called_by_its_name() {
    for status in [200, 404, 302] {
        let server = MockServer::start().await;
        let page = ResponseTemplate::new(status).set_body_raw("<html></html>", "text/html");
        answer(&server, "/version", page).await;
        let error = connect(&endpoint(&server.uri())).await.unwrap_err();
        assert_eq!(error.code(), "proxmox-html", "{status}");
        assert!(error.hint().unwrap().contains("8006"));
    }
}

#[tokio::test]
async fn a_redirect_does_not_carry_credentials_away() {
    let elsewhere = server().await;
    let server = MockServer::start().await;
    let to = format!("{}/api2/json/version", elsewhere.uri());
    answer(&server, "/version", ResponseTemplate::new(301).insert_header("location", to)).await;
    assert_eq!(connect(&endpoint(&server.uri())).await.unwrap_err().code(), "proxmox-refused");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn queries_are_encoded_and_paths_stay_in_the_api() {
    let server = server().await;
    answer(&server, "/cluster/resources", data(&json!([]))).await;
    let client = connect(&endpoint(&server.uri())).await.unwrap();
    client.get("/cluster/resources", &[("type", "a b&c")]).await.unwrap();
    let received = server.received_requests().await.unwrap();
    assert_eq!(received[1].url.query(), Some("type=a+b%26c"));
    assert!(received.iter().all(|request| request.method.as_str() == "GET"));

    let error = client.get("/../../etc/passwd", &[]).await.unwrap_err();
    assert!(matches!(error.fault(), Fault::InvalidPath));
    assert_eq!(client.requests(), 2);
}

#[tokio::test]
async fn a_server_that_does_not_answer_costs_one_timeout_for_each_attempt() {
    let server = MockServer::start().await;
    answer(&server, "/version", data(&json!({})).set_delay(Duration::from_secs(600))).await;
    let hasty = ProxmoxEndpoint {
        timeout: Some(Duration::from_millis(200)),
        max_retries: Some(1),
        ..endpoint(&server.uri())
    };
    let error = connect(&hasty).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-timeout");
    assert!(error.to_string().contains("0.2 seconds"), "{error}");
    assert_eq!(requests(&server, "/version").await, 2);
}

#[tokio::test]
async fn the_address_is_used_when_the_host_name_leads_nowhere() {
    let server = server().await;
    let endpoint = ProxmoxEndpoint { ip_address: Some(server.uri()), ..endpoint(&nothing_there()) };
    let client = connect(&endpoint).await.unwrap();
    assert_eq!(client.base_url(), server.uri());
    assert_eq!(client.requests(), 2);
    client.get("/version", &[]).await.unwrap();
    assert_eq!(client.requests(), 3, "the address that answered is tried first");
}

#[tokio::test]
async fn a_host_that_refuses_is_named_together_with_the_other_address() {
    let (one, two) = (nothing_there(), nothing_there());
    let endpoint = ProxmoxEndpoint { ip_address: Some(two.clone()), max_retries: Some(0), ..endpoint(&one) };
    let error = connect(&endpoint).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-unreachable");
    let (one, two) = (one.trim_start_matches("http://"), two.trim_start_matches("http://"));
    assert_eq!(
        error.to_string(),
        format!(
            "Proxmox endpoint lab: reading /version failed: {one} refused the connection, and {two} refused the connection"
        )
    );
}

#[tokio::test]
async fn a_host_name_without_an_address_is_named() {
    let endpoint = ProxmoxEndpoint { max_retries: Some(0), ..endpoint("pve.invalid") };
    let error = connect(&endpoint).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-unknown-host");
    assert!(error.to_string().contains("pve.invalid:8006"), "{error}");
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_refused_however_it_is_written_and_not_tried_again() {
    let server = server().await;
    let port = server.address().port();
    let addresses =
        AddressPolicy { blocked: "127.0.0.0/8, ::1".parse().unwrap(), ..AddressPolicy::default() };
    let settings = ProxmoxSettings { addresses, ..quick() };
    for host in ["http://127.0.0.1", "https://[::ffff:127.0.0.1]", "https://0x7f000001", "http://localhost"] {
        let error =
            Proxmox::connect(&endpoint(&format!("{host}:{port}")), settings.clone()).await.unwrap_err();
        assert_eq!(error.code(), "address-not-allowed", "{host}: {error}");
        assert!(error.hint().unwrap().contains("explicitly_blocked_ip_ranges"));
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn of_two_addresses_the_one_that_is_allowed_is_used() {
    let server = server().await;
    let refused = ProxmoxEndpoint { domain: Some("169.254.169.254".into()), ..endpoint(&server.uri()) };
    let endpoint = ProxmoxEndpoint { ip_address: Some(server.uri()), ..refused };
    assert_eq!(connect(&endpoint).await.unwrap().base_url(), server.uri());
}

#[tokio::test]
async fn settings_that_cannot_work_fail_before_anything_is_sent() {
    let server = server().await;
    let good = endpoint(&server.uri());
    for (endpoint, code) in [
        (ProxmoxEndpoint { domain: None, ..good.clone() }, "proxmox-invalid-address"),
        (ProxmoxEndpoint { domain: Some("http://192.0.2.1".into()), ..good.clone() }, "proxmox-plain-http"),
        (
            ProxmoxEndpoint {
                auth: ProxmoxAuth::Token { name: "n".into(), value: "".into() },
                ..good.clone()
            },
            "proxmox-invalid-credential",
        ),
        (
            ProxmoxEndpoint {
                auth: ProxmoxAuth::Token { name: "n".into(), value: "a\nb".into() },
                ..good.clone()
            },
            "proxmox-invalid-credential",
        ),
        (
            ProxmoxEndpoint { auth: ProxmoxAuth::Password("".into()), ..good.clone() },
            "proxmox-invalid-credential",
        ),
    ] {
        let error = connect(&endpoint).await.unwrap_err();
        assert_eq!((error.step(), error.code()), (&Step::SetUp, code));
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_old_looking_answer_without_data_is_refused() {
    let server = MockServer::start().await;
    answer(&server, "/version", ResponseTemplate::new(200).set_body_json(json!({"version": "9"}))).await;
    assert_eq!(connect(&endpoint(&server.uri())).await.unwrap_err().code(), "proxmox-unexpected-answer");
    server.reset().await;
    answer(&server, "/version", data(&json!({"release": "9"}))).await;
    assert_eq!(connect(&endpoint(&server.uri())).await.unwrap_err().code(), "proxmox-unexpected-answer");
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let server = MockServer::start().await;
    let endless = ResponseTemplate::new(200).set_body_bytes(vec![b' '; 65 << 20]);
    answer(&server, "/version", endless).await;
    let error =
        Proxmox::connect(&endpoint(&server.uri()), ProxmoxSettings { max_retries: 0, ..quick() }).await;
    assert_eq!(error.unwrap_err().code(), "proxmox-too-large");
}

#[tokio::test]
async fn a_client_that_remembers_asks_once_and_again_after_a_failure() {
    let server = server().await;
    let failure = ResponseTemplate::new(501).set_body_string("not now");
    answer_first(&server, "/nodes", failure, 1).await;
    answer(&server, "/nodes", data(&json!([{"node": "pve1", "mem": 17179869184_u64}]))).await;
    let client = connect(&endpoint(&server.uri())).await.unwrap().remembering();
    assert!(client.get("/nodes", &[]).await.is_err());
    let first = client.get("/nodes", &[]).await.unwrap();
    let sent = client.requests();
    assert_eq!(client.get("/nodes", &[]).await.unwrap(), first);
    assert_eq!(client.requests(), sent);
    assert!(client.get("/nodes", &[("full", "1")]).await.is_ok(), "another question");
    assert_eq!(client.requests(), sent + 1);
}

#[test]
fn whatever_changes_of_an_endpoint_changes_its_fingerprint() {
    let settings = ProxmoxSettings::default();
    let endpoint = || ProxmoxEndpoint { auth: ProxmoxAuth::Password("one".into()), ..endpoint("192.0.2.1") };
    let same = fingerprint(&endpoint(), &settings);
    assert_eq!(same, fingerprint(&endpoint(), &settings));
    let others = [
        ProxmoxEndpoint { auth: ProxmoxAuth::Password("two".into()), ..endpoint() },
        ProxmoxEndpoint {
            auth: ProxmoxAuth::Token { name: String::new(), value: "one".into() },
            ..endpoint()
        },
        ProxmoxEndpoint { port: 443, ..endpoint() },
        ProxmoxEndpoint { domain: Some("pve".to_owned()), ..endpoint() },
        ProxmoxEndpoint { tls: TlsPolicy::Insecure, ..endpoint() },
        ProxmoxEndpoint { timeout: Some(Duration::from_secs(1)), ..endpoint() },
    ];
    for other in others {
        assert_ne!(same, fingerprint(&other, &settings), "{other:?}");
    }
    let settings = ProxmoxSettings { concurrency: 1, ..settings };
    assert_ne!(same, fingerprint(&endpoint(), &settings));
}
