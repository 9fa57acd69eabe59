//! Which requests are sent again, and when.

use crate::support::{Lab, apply, created, endpoint, quick, sites};
use proxbox_model::Diagnostic;
use proxbox_netbox::{Netbox, NetboxSettings};
use serde_json::json;
use std::time::Duration;
use wiremock::ResponseTemplate;

#[tokio::test]
async fn reading_is_tried_again_while_netbox_is_busy() {
    for status in [429, 502, 503, 504] {
        let lab = Lab::start().await;
        lab.instead("GET", "dcim/sites", 2, ResponseTemplate::new(status)).await;
        let netbox = lab.client();
        netbox.get("dcim/sites", &[]).await.unwrap();
        assert_eq!((netbox.requests(), netbox.writes()), (3, 0), "status {status}");
    }
}

#[tokio::test]
async fn reading_is_tried_again_when_the_connection_breaks() {
    let lab = Lab::start().await;
    lab.drop_before_work("GET", "dcim/sites", 2).await;
    let netbox = lab.client();
    netbox.get("dcim/sites", &[]).await.unwrap();
    assert_eq!((netbox.requests(), netbox.writes()), (3, 0));
}

#[tokio::test]
async fn reading_is_tried_again_when_the_answer_is_cut_off() {
    let lab = Lab::start().await;
    let cut = ResponseTemplate::new(200).set_body_raw("{\"count\": 1, \"resul", "application/json");
    lab.instead("GET", "dcim/sites", 1, cut).await;
    let netbox = lab.client();
    netbox.get("dcim/sites", &[]).await.unwrap();
    assert_eq!((netbox.requests(), netbox.writes()), (2, 0));
}

#[tokio::test]
async fn a_database_without_free_connections_is_tried_again() {
    let lab = Lab::start().await;
    let busy = json!({"error": "remaining connection slots are reserved", "exception": "OperationalError"});
    lab.instead("GET", "dcim/sites", 1, ResponseTemplate::new(500).set_body_json(busy)).await;
    let netbox = lab.client();
    netbox.get("dcim/sites", &[]).await.unwrap();
    assert_eq!((netbox.requests(), netbox.writes()), (2, 0));
}

#[tokio::test]
async fn a_failure_of_netbox_itself_is_not_tried_again() {
    let lab = Lab::start().await;
    let boom = json!({"error": "boom", "exception": "ValueError"});
    lab.instead("GET", "dcim/sites", 9, ResponseTemplate::new(500).set_body_json(boom)).await;
    let netbox = lab.client();
    let error = netbox.get("dcim/sites", &[]).await.unwrap_err();
    assert_eq!(error.code(), "netbox-server-error");
    assert!(error.to_string().ends_with("/api/dcim/sites/ with status 500: boom"), "{error}");
    assert_eq!(netbox.requests(), 1);
}

#[tokio::test]
async fn retrying_ends_and_says_what_was_tried_last() {
    let lab = Lab::start().await;
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    lab.instead("GET", "dcim/sites", 99, ResponseTemplate::new(502).set_body_string(page)).await;
    let netbox = lab.client();
    let error = netbox.get("dcim/sites", &[]).await.unwrap_err();
    assert_eq!(error.code(), "netbox-unavailable");
    assert!(error.to_string().ends_with("was answered with status 502: 502 Bad Gateway"), "{error}");
    assert_eq!(netbox.requests(), 6);
}

#[tokio::test]
async fn the_servers_own_pause_goes_before_ours() {
    let lab = Lab::start().await;
    lab.instead("GET", "dcim/sites", 2, ResponseTemplate::new(429).insert_header("retry-after", "0")).await;
    let settings = NetboxSettings { retry_delay: Duration::from_secs(3600), ..quick() };
    let netbox = Netbox::new(&endpoint(&lab.server.uri()), settings).unwrap();
    let read = tokio::time::timeout(Duration::from_secs(60), netbox.get("dcim/sites", &[]));
    read.await.expect("it does not wait for an hour").unwrap();
    assert_eq!((netbox.requests(), netbox.writes()), (3, 0));
}

#[tokio::test]
async fn writing_is_tried_again_only_when_nothing_was_done() {
    for status in [429, 503] {
        let lab = Lab::start().await;
        lab.instead("POST", "dcim/sites", 2, ResponseTemplate::new(status)).await;
        let netbox = lab.client();
        let applied = apply(&netbox, &sites(["a".to_owned()])).await;
        assert_eq!(created(&applied), 1);
        assert_eq!((netbox.requests(), netbox.writes()), (3, 3), "without reading in between");
    }
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_and_names_the_netbox() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let netbox = Netbox::new(&endpoint(&url), NetboxSettings { max_retries: 2, ..quick() }).unwrap();
    let error = netbox.get("status", &[]).await.unwrap_err();
    assert_eq!(error.code(), "netbox-unreachable");
    assert_eq!(error.to_string(), format!("NetBox at {url} cannot be reached: it refuses the connection"));
    assert!(error.hint().unwrap().contains("port"));
    assert_eq!(netbox.requests(), 3);
}
