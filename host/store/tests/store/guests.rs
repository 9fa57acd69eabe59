//! What tells guests apart.

use crate::common::Lab;
use proxbox_model::Identity;
use std::collections::HashMap;

#[tokio::test]
async fn the_uuid_of_a_guest_is_the_one_noted_last() {
    let lab = Lab::new();
    let store = lab.open().await;
    assert_eq!(store.guest_uuids().await.unwrap(), HashMap::new());
    let web = Identity::guest("lab", 100);
    let uuids = |web_uuid: &str| {
        HashMap::from([
            (web.clone(), web_uuid.to_owned()),
            (Identity::guest("other", 100), "b".to_owned()),
            (web.beside(proxbox_model::SourceObject::Cluster), "no guest".to_owned()),
        ])
    };
    store.guest_uuids_learned(&uuids("a")).await.unwrap();
    store.guest_uuids_learned(&uuids("c")).await.unwrap();
    let known = lab.open().await.guest_uuids().await.unwrap();
    assert_eq!(known.get(&web).map(String::as_str), Some("c"));
    assert_eq!(known.len(), 2, "{known:?}");
}
