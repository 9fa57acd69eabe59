//! Tokens, URLs and servers that are not NetBox.

use crate::support::{Lab, SECRET, endpoint, quick, status};
use proxbox_model::address::AddressPolicy;
use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken};
use proxbox_model::{Diagnostic, Problem};
use proxbox_netbox::{Netbox, NetboxError, NetboxSettings};
use secrecy::SecretString;
use serde_json::json;
use wiremock::matchers::{any, header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn with_v2(url: &str, key: &str) -> NetboxEndpoint {
    let token = NetboxToken::V2 { key: key.to_owned(), secret: SecretString::from(SECRET) };
    NetboxEndpoint { token, ..endpoint(url) }
}

async fn answering(answer: ResponseTemplate) -> (MockServer, Netbox) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let netbox = Netbox::new(&endpoint(&server.uri()), quick()).unwrap();
    (server, netbox)
}

async fn only_for(server: &MockServer, authorization: &str) {
    Mock::given(header("authorization", authorization))
        .and(path("/api/status/"))
        .respond_with(ResponseTemplate::new(200).set_body_json(status("4.7.3")))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_v1_token_goes_as_token() {
    let server = MockServer::start().await;
    only_for(&server, &format!("Token {SECRET}")).await;
    Netbox::new(&endpoint(&server.uri()), quick()).unwrap().get("status", &[]).await.unwrap();
}

#[tokio::test]
async fn a_v2_token_goes_as_bearer_with_its_prefix_once() {
    for key in ["abcdef", "nbt_abcdef"] {
        let server = MockServer::start().await;
        only_for(&server, &format!("Bearer nbt_abcdef.{SECRET}")).await;
        Netbox::new(&with_v2(&server.uri(), key), quick()).unwrap().get("status", &[]).await.unwrap();
    }
}

#[tokio::test]
async fn a_v1_token_stored_as_v2_works_and_is_reported() {
    let server = MockServer::start().await;
    only_for(&server, &format!("Token {SECRET}")).await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(403).set_body_json(json!({"detail": "Invalid v2 token"})))
        .with_priority(9)
        .mount(&server)
        .await;
    Mock::given(header("authorization", format!("Token {SECRET}").as_str()))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({})))
        .with_priority(8)
        .mount(&server)
        .await;
    let netbox = Netbox::new(&with_v2(&server.uri(), "abcdef"), quick()).unwrap();
    assert_eq!(netbox.probe().await.unwrap().problems[0].code, "netbox-token-version");
    assert_eq!(netbox.requests(), 4, "once as v2, then as v1 for good");
}

#[tokio::test]
async fn a_token_that_is_wrong_both_ways_is_reported_as_it_is_stored() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", format!("Token {SECRET}").as_str()))
        .respond_with(ResponseTemplate::new(403).set_body_json(json!({"detail": "Invalid v1 token"})))
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(403).set_body_json(json!({"detail": "Invalid v2 token"})))
        .with_priority(9)
        .mount(&server)
        .await;
    let netbox = Netbox::new(&with_v2(&server.uri(), "abcdef"), quick()).unwrap();
    let error = netbox.probe().await.unwrap_err();
    assert_eq!(error.code(), "netbox-unauthorized");
    assert_eq!(
        error.to_string(),
        format!("NetBox at {} does not accept the token: Invalid v2 token", server.uri())
    );
}

#[tokio::test]
async fn a_permission_that_lacks_is_not_mistaken_for_a_bad_token() {
    let lab = Lab::start().await;
    let detail = json!({"detail": "Das Token darf das nicht."});
    lab.instead("GET", "dcim/sites", 9, ResponseTemplate::new(403).set_body_json(detail)).await;
    let error = lab.client().get("dcim/sites", &[]).await.unwrap_err();
    assert_eq!(error.code(), "netbox-forbidden");
    assert!(error.to_string().contains("/api/dcim/sites/: Das Token darf das nicht."), "{error}");
}

#[tokio::test]
async fn a_bad_token_is_told_from_a_lack_of_permission_by_what_everybody_may_see() {
    let detail = json!({"detail": "Zugriff verweigert."});
    let (_server, netbox) = answering(ResponseTemplate::new(403).set_body_json(detail)).await;
    let error = netbox.get("dcim/sites", &[]).await.unwrap_err();
    assert_eq!(error.code(), "netbox-unauthorized");
    assert!(error.to_string().ends_with("does not accept the token: Zugriff verweigert."), "{error}");
}

#[tokio::test]
async fn a_login_page_is_called_a_web_page() {
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>…</body></html>";
    let (_server, netbox) = answering(ResponseTemplate::new(200).set_body_raw(page, "text/html")).await;
    let error = netbox.probe().await.unwrap_err();
    assert_eq!(error.code(), "netbox-web-page");
    assert!(error.to_string().contains("\"Sign in\""), "{error}");
}

#[tokio::test]
async fn something_else_than_netbox_is_not_taken_for_it() {
    let (_server, netbox) =
        answering(ResponseTemplate::new(200).set_body_json(json!({"hello": "world"}))).await;
    assert_eq!(netbox.probe().await.unwrap_err().code(), "netbox-malformed-answer");
    let (_server, netbox) = answering(ResponseTemplate::new(404)).await;
    let error = netbox.probe().await.unwrap_err();
    assert_eq!(error.code(), "netbox-not-found");
    assert!(error.hint().unwrap().contains("without /api"));
}

#[tokio::test]
async fn a_redirect_is_named_and_the_token_stays_here() {
    let elsewhere = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    let to = format!("{}/api/status/?next=x", elsewhere.uri());
    let (_server, netbox) =
        answering(ResponseTemplate::new(301).insert_header("location", to.as_str())).await;
    let error = netbox.probe().await.unwrap_err();
    assert_eq!(error.code(), "netbox-redirected");
    assert!(
        error.to_string().ends_with(&format!("redirected to {}/api/status/", elsewhere.uri())),
        "{error}"
    );
}

#[tokio::test]
async fn urls_are_taken_as_people_write_them() {
    let lab = Lab::start().await;
    for suffix in ["", "/", "/api", "/api/", "/?x=1"] {
        let netbox = Netbox::new(&endpoint(&format!("{}{suffix}", lab.server.uri())), quick()).unwrap();
        assert_eq!(netbox.url(), lab.server.uri());
        netbox.get("/api/status/", &[]).await.unwrap();
    }
}

#[tokio::test]
async fn a_netbox_below_a_sub_path_is_found_there() {
    let server = MockServer::start().await;
    Mock::given(path("/netbox/api/status/"))
        .respond_with(ResponseTemplate::new(200).set_body_json(status("4.7.3")))
        .mount(&server)
        .await;
    let netbox = Netbox::new(&endpoint(&format!("{}/netbox/", server.uri())), quick()).unwrap();
    netbox.get("status", &[]).await.unwrap();
    assert_eq!(netbox.url(), format!("{}/netbox", server.uri()));
}

#[test]
fn urls_that_cannot_be_used_are_refused_without_being_shown() {
    for url in ["", "netbox", "ftp://netbox", "https://admin:hunter2@netbox"] {
        let error = Netbox::new(&endpoint(url), quick()).unwrap_err();
        assert_eq!(error.code(), "netbox-invalid-url");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[test]
fn a_token_with_a_line_break_inside_is_refused() {
    let bad = NetboxEndpoint {
        token: NetboxToken::V1(SecretString::from("abc\ndef")),
        ..endpoint("http://netbox.example.org")
    };
    assert_eq!(Netbox::new(&bad, quick()).unwrap_err().code(), "netbox-invalid-token");
}

#[tokio::test]
async fn paths_that_leave_the_api_are_refused() {
    let lab = Lab::start().await;
    let netbox = lab.client();
    for path in ["", "../admin", "dcim//sites", "dcim/sites?x=1", "http://elsewhere/", "dcim\\sites"] {
        assert_eq!(netbox.get(path, &[]).await.unwrap_err().code(), "netbox-invalid-path", "{path}");
    }
    assert_eq!(netbox.requests(), 0);
}

#[tokio::test]
async fn no_error_shows_the_token() {
    let shown =
        |error: &NetboxError| format!("{error} {error:?} {:?} {:?}", error.hint(), Problem::from(error));
    for status in [301, 400, 401, 403, 404, 409, 413, 429, 500, 503] {
        let echo = format!("you sent Authorization: Token {SECRET}");
        for body in [json!({ "detail": echo }).to_string(), format!("<title>{echo}</title>"), echo.clone()] {
            let answer = ResponseTemplate::new(status).set_body_string(body);
            let (_server, netbox) = answering(answer).await;
            let error = netbox.get("status", &[]).await.unwrap_err();
            assert!(!shown(&error).contains(SECRET), "{error:?}");
            assert!(!format!("{netbox:?}").contains(SECRET));
        }
    }
}

/// With the server's address behind a host name.
fn behind(name: &str, server: &MockServer) -> NetboxEndpoint {
    NetboxEndpoint {
        spare_address: Some(server.address().ip()),
        ..endpoint(&format!("http://{name}:{}", server.address().port()))
    }
}

fn without_this_machine() -> NetboxSettings {
    let addresses =
        AddressPolicy { blocked: "127.0.0.0/8, ::1".parse().unwrap(), ..AddressPolicy::default() };
    NetboxSettings { addresses, ..quick() }
}

#[tokio::test]
async fn the_spare_address_is_used_when_the_host_name_is_unknown_and_the_name_is_still_sent() {
    let server = MockServer::start().await;
    let host = format!("netbox.invalid:{}", server.address().port());
    Mock::given(header("host", host.as_str()))
        .respond_with(ResponseTemplate::new(200).set_body_json(status("4.7.3")))
        .mount(&server)
        .await;
    let netbox = Netbox::new(&behind("netbox.invalid", &server), quick()).unwrap();
    netbox.get("status", &[]).await.unwrap();
    assert_eq!(netbox.requests(), 1);

    let alone = NetboxEndpoint { spare_address: None, ..behind("netbox.invalid", &server) };
    let netbox = Netbox::new(&alone, NetboxSettings { max_retries: 0, ..quick() }).unwrap();
    assert_eq!(netbox.get("status", &[]).await.unwrap_err().code(), "netbox-unreachable");
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_refused_before_anything_is_sent() {
    let server = MockServer::start().await;
    let error = Netbox::new(&endpoint(&server.uri()), without_this_machine()).unwrap_err();
    assert_eq!(error.code(), "address-not-allowed");
    assert!(error.hint().unwrap().contains("explicitly_blocked_ip_ranges"));

    let named = NetboxEndpoint { spare_address: None, ..behind("localhost", &server) };
    let netbox = Netbox::new(&named, without_this_machine()).unwrap();
    let error = netbox.get("status", &[]).await.unwrap_err();
    assert_eq!(error.code(), "address-not-allowed");
    assert_eq!(netbox.requests(), 1, "it is not tried again");
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn other_settings_hold_from_the_next_request_and_the_count_goes_on() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(status("4.7.3")))
        .mount(&server)
        .await;
    let endpoint = NetboxEndpoint { spare_address: None, ..behind("localhost", &server) };
    let first = Netbox::new(&endpoint, quick()).unwrap();
    first.get("status", &[]).await.unwrap();
    let second = first.again(&endpoint, without_this_machine()).unwrap();
    assert_eq!(second.get("status", &[]).await.unwrap_err().code(), "address-not-allowed");
    assert_eq!((first.requests(), second.requests()), (2, 2));
}
