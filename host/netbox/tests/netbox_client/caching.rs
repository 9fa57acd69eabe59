//! The cache of single questions.

use crate::support::{Lab, apply, create, endpoint, plan, quick};
use proxbox_netbox::{CachedQuestion, Netbox, NetboxSettings};
use serde_json::json;
use std::time::Duration;
use wiremock::ResponseTemplate;

#[tokio::test]
async fn the_same_question_is_asked_once() {
    let lab = Lab::start().await;
    let netbox = lab.client();
    netbox.get("dcim/sites", &[("a", "1"), ("b", "2")]).await.unwrap();
    netbox.get("/api/dcim/sites/", &[("b", "2"), ("a", "1")]).await.unwrap();
    netbox.get("dcim/sites", &[("a", "2")]).await.unwrap();
    assert_eq!(netbox.requests(), 2);
    let metrics = netbox.cache_metrics().await;
    assert_eq!((metrics.hits, metrics.misses, metrics.entries), (1, 2, 2));
    assert!(metrics.bytes > 0);
}

#[tokio::test]
async fn a_write_drops_what_it_makes_wrong_and_nothing_else() {
    let lab = Lab::start().await;
    lab.instead("GET", "dcim/sites/7", 9, ResponseTemplate::new(200).set_body_json(json!({"id": 7}))).await;
    let netbox = lab.client();
    let ask = async || {
        for path in ["dcim/sites", "dcim/sites/7", "dcim/manufacturers"] {
            netbox.get(path, &[]).await.unwrap();
        }
    };
    ask().await;
    apply(&netbox, &plan(vec![create("dcim.site", "new", &[])])).await;
    let before = netbox.requests();
    ask().await;
    assert_eq!(netbox.requests() - before, 2, "the list and the object, but not the manufacturers");
    assert_eq!(netbox.get("dcim/sites", &[]).await.unwrap()["count"], 1);
    assert_eq!(netbox.cache_metrics().await.invalidations, 2);
}

#[tokio::test]
async fn errors_are_not_kept() {
    let lab = Lab::start().await;
    lab.instead("GET", "dcim/sites", 1, ResponseTemplate::new(500)).await;
    let netbox = lab.client();
    netbox.get("dcim/sites", &[]).await.unwrap_err();
    netbox.get("dcim/sites", &[]).await.unwrap();
}

#[tokio::test]
async fn the_cache_can_be_turned_off() {
    let lab = Lab::start().await;
    let settings = NetboxSettings { get_cache_ttl: Duration::ZERO, ..quick() };
    let netbox = Netbox::new(&endpoint(&lab.server.uri()), settings).unwrap();
    netbox.get("dcim/sites", &[]).await.unwrap();
    netbox.get("dcim/sites", &[]).await.unwrap();
    assert_eq!(netbox.requests(), 2);
}

#[tokio::test]
async fn the_cache_stays_within_its_limits() {
    for (entries, bytes) in [(3, 1 << 20), (1000, 200)] {
        let lab = Lab::start().await;
        let settings =
            NetboxSettings { get_cache_max_entries: entries, get_cache_max_bytes: bytes, ..quick() };
        let netbox = Netbox::new(&endpoint(&lab.server.uri()), settings).unwrap();
        for n in 0..20 {
            netbox.get("dcim/sites", &[("n", &n.to_string())]).await.unwrap();
        }
        let metrics = netbox.cache_metrics().await;
        assert!(metrics.entries > 0 && metrics.entries <= entries, "{metrics:?}");
        assert!(metrics.bytes <= bytes, "{metrics:?}");
        assert_eq!(metrics.evictions_room, 20 - metrics.entries, "{metrics:?}");
    }
}

#[tokio::test]
async fn what_is_held_can_be_looked_at() {
    let lab = Lab::start().await;
    let netbox = lab.client();
    assert_eq!(netbox.cache_metrics().await.oldest, None);
    netbox.get("dcim/sites", &[("b", "2"), ("a", "1")]).await.unwrap();
    netbox.get("dcim/manufacturers", &[]).await.unwrap();
    assert!(netbox.cache_metrics().await.oldest.is_some());
    let pairs = |query: &[(&str, &str)]| -> Vec<(String, String)> {
        query.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    let sites = CachedQuestion { path: "dcim/sites".into(), query: pairs(&[("a", "1"), ("b", "2")]) };
    let manufacturers = CachedQuestion { path: "dcim/manufacturers".into(), query: Vec::new() };
    assert_eq!(netbox.cached_questions(9), [manufacturers.clone(), sites]);
    assert_eq!(netbox.cached_questions(1), [manufacturers]);
}
