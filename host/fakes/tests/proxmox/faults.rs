use crate::client::{data, fleet, get, refusal, start};
use proxbox_fakes::proxmox::Fault;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn faults_hit_the_paths_they_name_as_often_as_they_should() {
    let fake = start(fleet()).await;
    fake.fault_times("/nodes/*/status", Fault::Status(503, "too busy".to_owned()), 2);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(refusal(get(&fake, "/nodes/pve1/status")).await.0);
    }
    assert_eq!(seen, [503, 503, 200]);
    assert_eq!(refusal(get(&fake, "/nodes")).await.0, 200);
    assert_eq!((fake.count("/nodes/*/status"), fake.count("/nodes*")), (3, 4));
    fake.fault("*", Fault::Html(502));
    let (status, _, body) = refusal(get(&fake, "/version")).await;
    assert_eq!((status, body.as_str().unwrap().starts_with("<html>")), (502, true));
    fake.clear_faults();
    data(&fake, "/version").await;
}

#[tokio::test]
async fn bodies_can_be_cut_broken_garbled_or_replaced() {
    let fake = start(fleet()).await;
    let body = async |fault: Fault| {
        fake.clear_faults();
        fake.fault("/cluster/resources", fault);
        let response = get(&fake, "/cluster/resources").send().await?;
        assert_eq!(response.status(), 200);
        response.text().await
    };
    let whole = get(&fake, "/cluster/resources").send().await.unwrap().text().await.unwrap();
    let cut = body(Fault::Truncated).await.unwrap();
    assert!(cut.len() > 10 && cut.len() < whole.len() && serde_json::from_str::<Value>(&cut).is_err());
    assert!(body(Fault::Reset).await.is_err());
    assert!(body(Fault::Dropped).await.is_err());
    assert!(serde_json::from_str::<Value>(&body(Fault::Garbage).await.unwrap()).is_err());
    assert_eq!(body(Fault::Empty).await.unwrap(), r#"{"data":[]}"#);
    assert_eq!(body(Fault::Data(json!({"a": 1}))).await.unwrap(), r#"{"data":{"a":1}}"#);
}

#[tokio::test]
async fn a_hanging_request_ends_with_the_server() {
    let fake = start(fleet()).await;
    fake.fault("/version", Fault::Hang);
    let request = get(&fake, "/version").timeout(Duration::from_millis(50)).send().await;
    assert!(request.unwrap_err().is_timeout());
    let waiting = tokio::spawn(get(&fake, "/version").send());
    while fake.count("/version") < 2 {
        tokio::task::yield_now().await;
    }
    let url = fake.url();
    fake.shutdown().await;
    let _ = waiting.await.unwrap();
    assert!(reqwest::get(url).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn the_log_knows_how_many_requests_ran_at_once() {
    let fake = start(fleet()).await;
    fake.fault("/version", Fault::Slow(Duration::from_millis(100)));
    futures::future::join_all((0..5).map(|_| get(&fake, "/version").send())).await;
    assert_eq!((fake.requests().len(), fake.max_in_flight()), (5, 5));
    fake.clear_requests();
    assert!(fake.requests().is_empty());
}
